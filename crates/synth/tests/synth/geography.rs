//! Places fit together.

use std::collections::HashMap;

use geo::{Area as _, Contains as _, LinesIter as _, MultiPolygon, Point, Validation as _};
use h3o::{LatLng, Resolution};

use super::demo::{demo, polygons, shapes};

type Edge = ((i64, i64), (i64, i64));

/// Directed sides of polygons whose opposite is not a side of another one,
/// with what stands on their left.
fn open_edges(shapes: &[&MultiPolygon]) -> Vec<Edge> {
    let mut edges: HashMap<Edge, u32> = HashMap::new();
    let key = |value: f64| (value * 1e6).round() as i64;
    for shape in shapes {
        for line in polygons(shape).flat_map(|polygon| polygon.lines_iter()) {
            let from = (key(line.start.x), key(line.start.y));
            let to = (key(line.end.x), key(line.end.y));
            *edges.entry((from, to)).or_default() += 1;
        }
    }
    assert!(
        edges.values().all(|times| *times == 1),
        "a side is used twice"
    );
    let mut open: Vec<Edge> = edges
        .keys()
        .filter(|(from, to)| !edges.contains_key(&(*to, *from)))
        .copied()
        .collect();
    open.sort_unstable();
    open
}

/// Every side of a block is the side of its neighbour, or of the district's
/// outline, vertex for vertex: so there is neither gap nor overlap.
#[test]
fn blocks_tile_their_districts_and_districts_tile_the_state() {
    let folder = &demo().folder;
    let state = shapes(folder, "states.geojson", "state_code");
    let districts = shapes(folder, "districts.geojson", "district_code");
    let blocks = shapes(folder, "blocks.geojson", "block_code");
    assert_eq!((state.len(), districts.len(), blocks.len()), (1, 36, 220));
    for (code, _, shape) in &districts {
        let code_text = code.to_string();
        let own: Vec<&MultiPolygon> = blocks
            .iter()
            .filter(|(_, properties, _)| properties["district_code"] == code_text.as_str())
            .map(|(_, _, shape)| shape)
            .collect();
        assert_eq!(open_edges(&own), open_edges(&[shape]), "district {code}");
        let area: f64 = own.iter().map(|shape| shape.unsigned_area()).sum();
        assert!(
            (area / shape.unsigned_area() - 1.0).abs() < 1e-9,
            "district {code}"
        );
    }
    let all: Vec<&MultiPolygon> = districts.iter().map(|(_, _, shape)| shape).collect();
    assert_eq!(open_edges(&all), open_edges(&[&state[0].2]));
    let area: f64 = all.iter().map(|shape| shape.unsigned_area()).sum();
    assert!((area / state[0].2.unsigned_area() - 1.0).abs() < 1e-9);
}

#[test]
fn polygons_are_valid_and_the_state_has_a_lake() {
    let folder = &demo().folder;
    for (file, key) in [
        ("states.geojson", "state_code"),
        ("districts.geojson", "district_code"),
        ("blocks.geojson", "block_code"),
    ] {
        for (code, _, shape) in shapes(folder, file, key) {
            assert!(shape.is_valid(), "{file} {code}");
            assert!(polygons(&shape).all(|polygon| polygon.signed_area() > 0.0));
        }
    }
    let (_, _, state) = &shapes(folder, "states.geojson", "state_code")[0];
    assert_eq!(state.0[0].interiors().len(), 1);
}

#[test]
fn every_village_and_the_centre_of_its_cell_lie_inside_its_block() {
    let demo = demo();
    let blocks: HashMap<u32, MultiPolygon> = shapes(&demo.folder, "blocks.geojson", "block_code")
        .into_iter()
        .map(|(code, _, shape)| (code, shape))
        .collect();
    assert_eq!(demo.villages.len(), 5_000);
    for village in &demo.villages {
        let block = &blocks[&village.block];
        assert!(block.contains(&Point::new(village.longitude, village.latitude)));
        let point = LatLng::new(village.latitude, village.longitude).unwrap();
        let centre = LatLng::from(point.to_cell(Resolution::Eight));
        assert!(block.contains(&Point::new(centre.lng(), centre.lat())));
    }
}

#[test]
fn the_state_lies_in_the_open_ocean() {
    for village in &demo().villages {
        assert!((-36.0..-30.0).contains(&village.latitude));
        assert!((85.0..93.0).contains(&village.longitude));
    }
}
