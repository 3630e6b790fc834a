//! Tiles of the real districts of India, where the boundary file is there.

use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryArray, RecordBatch, StringArray, new_null_array};
use geo::{
    Area as _, BooleanOps as _, Geometry, LineString, MapCoords as _, MultiPolygon, Polygon, Rect,
};
use geozero::{CoordDimensions, ToWkb as _};
use safeground_schema::release::{places_schema, scores_schema};
use serde_json::Value;

use crate::fixture::{Client, Folder, Recipe, manifest};
use crate::tiles::decode;

fn boundary_file() -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/india/districts_2019_nfhs5.geojson");
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: there is no {}", path.display());
    None
}

fn polygon(rings: &Value) -> Polygon<f64> {
    let mut rings = rings.as_array().unwrap().iter().map(|ring| {
        let points = ring.as_array().unwrap().iter();
        LineString::from_iter(points.map(|p| (p[0].as_f64().unwrap(), p[1].as_f64().unwrap())))
    });
    Polygon::new(rings.next().unwrap(), rings.collect())
}

fn districts(path: &PathBuf) -> Vec<(String, MultiPolygon<f64>)> {
    let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let features = file["features"].as_array().unwrap();
    features
        .iter()
        .enumerate()
        .map(|(number, feature)| {
            let coordinates = &feature["geometry"]["coordinates"];
            let polygons = if feature["geometry"]["type"] == "Polygon" {
                vec![polygon(coordinates)]
            } else {
                coordinates
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(polygon)
                    .collect()
            };
            (format!("district:{number:04}"), MultiPolygon(polygons))
        })
        .collect()
}

/// A release of these districts with nothing known of any.
fn publish(folder: &Folder, districts: &[(String, MultiPolygon<f64>)]) {
    let text = |value: &dyn Fn(&str) -> String| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(
            districts.iter().map(|(id, _)| value(id)),
        ))
    };
    let shapes = districts.iter().map(|(_, shape)| {
        let shape = Geometry::MultiPolygon(shape.clone());
        shape.to_wkb(CoordDimensions::xy()).unwrap()
    });
    let shapes: ArrayRef = Arc::new(BinaryArray::from_iter_values(shapes));
    let table = |schema: arrow::datatypes::SchemaRef| {
        let columns = schema
            .fields()
            .iter()
            .map(|field| match field.name().as_str() {
                "place_id" | "unit_id" => text(&str::to_owned),
                "layer" => text(&|_| "district".into()),
                "theme" => text(&|_| "trafficking".into()),
                "period" => text(&|_| "2021".into()),
                "status" => text(&|_| "no_data".into()),
                "geometry" => Arc::clone(&shapes),
                _ => new_null_array(field.data_type(), districts.len()),
            });
        RecordBatch::try_new(Arc::clone(&schema), columns.collect()).unwrap()
    };
    let mut manifest = manifest(&Recipe::default());
    manifest.layers.retain(|layer| layer.id == "district");
    folder.publish_tables(manifest, &table(places_schema()), &table(scores_schema()));
}

/// Area of the shapes of a tile within the tile itself, without its buffer,
/// cut by an algorithm that is not the server's.
async fn area(client: &Client, zoom: u32, x: u32, y: u32) -> f64 {
    let answer = client.get(&format!("/tiles/district/{zoom}/{x}/{y}")).await;
    if answer.status == 204 {
        return 0.0;
    }
    let tile = Rect::new((0.0, 0.0), (4096.0, 4096.0)).to_polygon();
    decode(&answer)
        .iter()
        .map(|feature| match &feature.geometry {
            Geometry::Polygon(polygon) => MultiPolygon(vec![polygon.clone()]),
            Geometry::MultiPolygon(polygons) => polygons.clone(),
            _ => MultiPolygon(Vec::new()),
        })
        .map(|shape| shape.map_coords(|c| (f64::from(c.x), f64::from(c.y)).into()))
        .map(|shape: MultiPolygon<f64>| shape.intersection(&tile).unsigned_area())
        .sum()
}

#[tokio::test]
async fn real_districts_are_all_in_the_world_tile_and_drawn_at_every_zoom() {
    let Some(path) = boundary_file() else { return };
    let districts = districts(&path);
    let folder = Folder::empty();
    publish(&folder, &districts);
    let client = folder.client().await;
    let features = decode(&client.get("/tiles/district/0/0/0").await);
    assert_eq!(features.len(), districts.len());
    // From the whole country to a corner of Bihar: fewer districts each time,
    // never none.
    let mut shown = districts.len();
    for (zoom, x, y) in [
        (2, 2, 1),
        (4, 11, 6),
        (5, 23, 13),
        (6, 47, 27),
        (7, 94, 54),
        (8, 189, 109),
        (9, 378, 218),
        (10, 757, 436),
        (12, 3029, 1747),
        (14, 12117, 6990),
    ] {
        let tile = decode(&client.get(&format!("/tiles/district/{zoom}/{x}/{y}")).await);
        assert!(
            (1..=shown).contains(&tile.len()),
            "zoom {zoom}: {} districts after {shown}",
            tile.len()
        );
        shown = tile.len();
    }
}

#[tokio::test]
async fn simplification_keeps_the_area_of_real_districts() {
    let Some(path) = boundary_file() else { return };
    let districts = districts(&path);
    let folder = Folder::empty();
    publish(&folder, &districts);
    let client = folder.client().await;
    // Tile units of zoom 0 from the projected outlines, by the same formula.
    let project = |(x, y): (f64, f64)| {
        let y = 0.5 - y.to_radians().tan().asinh() / (2.0 * std::f64::consts::PI);
        ((x / 360.0 + 0.5) * 4096.0, y * 4096.0)
    };
    let exact: f64 = districts
        .iter()
        .flat_map(|(_, shape)| shape.iter())
        .map(|polygon| {
            let ring = |line: &LineString<f64>| {
                LineString::from_iter(line.0.iter().map(|c| project((c.x, c.y))))
            };
            let holes = polygon.interiors().iter().map(ring).collect();
            Polygon::new(ring(polygon.exterior()), holes).unsigned_area()
        })
        .sum();
    // Deep enough that no district is drawn as a dot, which would add to the
    // area: at zoom 0 that is 43 of them and 1.7 %. India and its islands lie
    // within columns 11 and 12, rows 6 and 7 of zoom 4.
    for zoom in [4_u32, 5] {
        let times = 1 << (zoom - 4);
        let mut total = 0.0;
        for x in 11 * times..13 * times {
            for y in 6 * times..8 * times {
                total += area(&client, zoom, x, y).await;
            }
        }
        let side = f64::from(1_u32 << zoom);
        let relative = total / (side * side) / exact - 1.0;
        eprintln!("zoom {zoom}: area differs by {:.4} %", relative * 100.0);
        assert!(relative.abs() < 0.001, "zoom {zoom}: {relative}");
    }
}
