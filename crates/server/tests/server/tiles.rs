//! Vector tiles, read with a decoder that shares no code with the encoder.

use std::collections::BTreeMap;

use geo::{Area as _, Geometry, Winding as _};
use mvt_reader::Reader;
use mvt_reader::feature::Value;

use crate::fixture::{Answer, Client, Folder, Recipe, layers};

pub struct Feature {
    pub geometry: Geometry<f32>,
    pub properties: BTreeMap<String, Value>,
}

impl Feature {
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.properties.get(name) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        }
    }
}

pub fn decode(tile: &Answer) -> Vec<Feature> {
    assert_eq!(tile.status, 200);
    assert_eq!(
        tile.header("content-type"),
        "application/vnd.mapbox-vector-tile"
    );
    let reader = Reader::new(tile.body.to_vec()).unwrap();
    assert_eq!(reader.get_layer_names().unwrap(), ["units"]);
    reader
        .get_features(0)
        .unwrap()
        .into_iter()
        .map(|feature| Feature {
            geometry: feature.geometry,
            properties: feature.properties.unwrap().into_iter().collect(),
        })
        .collect()
}

async fn tile(client: &Client, path: &str) -> Vec<Feature> {
    decode(&client.get(path).await)
}

/// Column and row of the tile that holds a point.
fn address(longitude: f64, latitude: f64, zoom: u32) -> (u32, u32) {
    let side = f64::from(1_u32 << zoom);
    let y = 0.5 - latitude.to_radians().tan().asinh() / (2.0 * std::f64::consts::PI);
    (
        (((longitude / 360.0) + 0.5) * side) as u32,
        (y * side) as u32,
    )
}

#[tokio::test]
async fn the_world_tile_holds_every_unit_of_the_layer() {
    let client = Folder::with(&Recipe::default()).client().await;
    for (layer, units) in layers() {
        let features = tile(&client, &format!("/tiles/{layer}/0/0/0")).await;
        let mut ids: Vec<_> = features.iter().map(|f| f.text("id").unwrap()).collect();
        ids.sort_unstable();
        assert_eq!(ids, units, "{layer}");
    }
}

#[tokio::test]
async fn a_place_without_a_polygon_is_a_point() {
    let client = Folder::with(&Recipe::default()).client().await;
    let features = tile(&client, "/tiles/district/0/0/0").await;
    let points = features
        .iter()
        .filter(|f| matches!(f.geometry, Geometry::Point(_) | Geometry::MultiPoint(_)));
    let ids: Vec<_> = points.map(|f| f.text("id").unwrap()).collect();
    assert_eq!(ids, ["district:112"]);
}

#[tokio::test]
async fn districts_fill_a_tile_without_gaps_at_every_zoom() {
    let client = Folder::with(&Recipe::default()).client().await;
    // A corner where four districts meet, away from the edge of the state.
    for zoom in 9..=14 {
        let (x, y) = address(86.0, 24.0, zoom);
        let features = tile(&client, &format!("/tiles/district/{zoom}/{x}/{y}")).await;
        let area: f64 = features
            .iter()
            .map(|feature| match &feature.geometry {
                Geometry::MultiPolygon(polygons) => f64::from(polygons.unsigned_area()),
                Geometry::Polygon(polygon) => f64::from(polygon.unsigned_area()),
                _ => 0.0,
            })
            .sum();
        let whole = f64::from(4096 + 2 * 64).powi(2);
        assert!((area - whole).abs() < 1.0, "zoom {zoom}: {area} of {whole}");
    }
}

#[tokio::test]
async fn outer_rings_run_clockwise_on_the_screen() {
    let client = Folder::with(&Recipe::default()).client().await;
    for path in ["/tiles/district/6/47/27", "/tiles/h3/7/95/55"] {
        for feature in tile(&client, path).await {
            if let Geometry::MultiPolygon(polygons) = &feature.geometry {
                for polygon in polygons {
                    // With y downwards, what looks clockwise is counter-clockwise
                    // in the plane that `geo` has in mind.
                    assert!(polygon.exterior().is_ccw());
                }
            }
        }
    }
}

#[tokio::test]
async fn cells_become_finer_with_the_zoom_as_far_as_the_release_goes() {
    let client = Folder::with(&Recipe::default()).client().await;
    for (zoom, resolution) in [(0, 3), (4, 3), (5, 4), (6, 4), (7, 5), (10, 5), (14, 5)] {
        let (x, y) = address(86.0, 24.0, zoom);
        let features = tile(&client, &format!("/tiles/h3/{zoom}/{x}/{y}")).await;
        for feature in features {
            let cell: h3o::CellIndex = feature.text("id").unwrap().parse().unwrap();
            assert_eq!(u8::from(cell.resolution()), resolution, "zoom {zoom}");
        }
    }
}

#[tokio::test]
async fn units_below_the_threshold_carry_the_same_attributes_whatever_their_count() {
    let client = Folder::with(&Recipe::default()).client().await;
    let features = tile(&client, "/tiles/district/0/0/0").await;
    let below: Vec<_> = features
        .iter()
        .filter(|f| f.text("status") == Some("below_threshold"))
        .collect();
    assert_eq!(below.len(), 5);
    for feature in below {
        let names: Vec<_> = feature.properties.keys().collect();
        assert_eq!(names, ["id", "name", "status"]);
    }
}

#[tokio::test]
async fn which_tiles_are_empty_does_not_depend_on_theme_or_period() {
    let client = Folder::with(&Recipe::default()).client().await;
    let (x, y) = address(86.0, 24.0, 5);
    for column in x - 1..=x + 1 {
        for row in y - 1..=y + 1 {
            let path = format!("/tiles/district/5/{column}/{row}");
            let mut seen = Vec::new();
            for query in [
                "theme=child_marriage&period=2020",
                "theme=child_marriage&period=2021",
                "theme=trafficking&period=2021",
            ] {
                seen.push(client.get(&format!("{path}?{query}")).await.status);
            }
            seen.dedup();
            assert_eq!(seen.len(), 1, "{path}");
        }
    }
    assert_eq!(client.get("/tiles/district/5/0/0").await.status, 204);
}

#[tokio::test]
async fn a_tile_address_outside_the_pyramid_is_refused() {
    let client = Folder::with(&Recipe::default()).client().await;
    client.get("/tiles/district/0/0/0").await;
    let addresses = [
        "99/0/0",
        "15/0/0",
        "-1/0/0",
        "0/1/0",
        "0/0/1",
        "3/8/0",
        "a/b/c",
        "3/1.5/0",
        "3/%00/0",
        "3/1/99999999999999999999",
        "3/NaN/0",
    ];
    for address in addresses {
        let answer = client.get(&format!("/tiles/district/{address}")).await;
        assert!(answer.is_problem(404), "{address}: {answer:?}");
    }
}

#[tokio::test]
async fn the_description_of_tiles_leads_to_tiles() {
    let client = Folder::with(&Recipe::default()).client().await;
    let host = [("host", "map.example.org:8080")];
    for layer in ["district", "h3", "h3_r5"] {
        let path = format!("/tiles/{layer}.json?theme=indicator:cm_nfhs5");
        let description = client.get_with(&path, &host).await.json();
        assert_eq!(description["tilejson"], "3.0.0");
        assert_eq!(description["vector_layers"][0]["id"], "units");
        let template = description["tiles"][0].as_str().unwrap();
        let template = template
            .strip_prefix("http://map.example.org:8080")
            .unwrap();
        let path = template
            .replace("{z}", "0")
            .replace("{x}", "0")
            .replace("{y}", "0");
        assert!(!tile(&client, &path).await.is_empty());
    }
}

#[tokio::test]
async fn an_encoded_tile_is_kept_and_is_the_same_gzipped() {
    let client = Folder::with(&Recipe::default()).client().await;
    let path = "/tiles/district/0/0/0";
    let plain = client.get(path).await;
    let gzip = client
        .get_with(path, &[("accept-encoding", "br, gzip")])
        .await;
    assert_eq!(gzip.header("content-encoding"), "gzip");
    let mut unpacked = Vec::new();
    let mut decoder = flate2::read::GzDecoder::new(&gzip.body[..]);
    std::io::Read::read_to_end(&mut decoder, &mut unpacked).unwrap();
    assert_eq!(unpacked, plain.body);
    assert_ne!(plain.header("etag"), gzip.header("etag"));
    let metrics = client.get("/metrics").await.text();
    assert!(metrics.contains("safeground_tile_cache_lookups_total{result=\"hit\"} 1"));
}
