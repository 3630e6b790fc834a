//! Reading what other packages say, and real boundaries.

use std::collections::HashMap;
use std::path::PathBuf;

use safeground_stats::weights::SpatialWeights;

/// Data sets with the name of their main variable.
pub(crate) const SETS: [(&str, &str); 4] = [
    ("columbus", "value"),
    ("guerry", "value"),
    ("nc_sids", "rate"),
    ("nc_sids_cc89", "rate"),
];

/// A file beside the repository, or `None` with a visible word.
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared")
        .join(path);
    if path.exists() {
        Some(path)
    } else {
        eprintln!("skipped: {} is absent", path.display());
        None
    }
}

/// Columns of a CSV file by name; what is not a number is `None`.
pub(crate) fn columns(path: PathBuf) -> HashMap<String, Vec<Option<f64>>> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let names: Vec<String> = reader
        .headers()
        .unwrap()
        .iter()
        .map(str::to_owned)
        .collect();
    let mut columns: HashMap<String, Vec<Option<f64>>> = HashMap::new();
    for record in reader.records() {
        for (name, cell) in names.iter().zip(&record.unwrap()) {
            let number = cell.parse().ok().filter(|x: &f64| x.is_finite());
            columns.entry(name.clone()).or_default().push(number);
        }
    }
    columns
}

pub(crate) fn neighbours(path: PathBuf) -> SpatialWeights {
    let value: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let lists = value["neighbours"]
        .as_array()
        .unwrap()
        .iter()
        .map(|list| {
            list.as_array()
                .unwrap()
                .iter()
                .map(|index| index.as_u64().unwrap() as usize)
                .collect()
        })
        .collect();
    SpatialWeights::from_lists(lists).unwrap()
}

/// The polygons of a GeoJSON geometry.
pub(crate) fn multi_polygon(geometry: &serde_json::Value) -> geo::MultiPolygon<f64> {
    let ring = |value: &serde_json::Value| -> geo::LineString<f64> {
        value
            .as_array()
            .unwrap()
            .iter()
            .map(|point| (point[0].as_f64().unwrap(), point[1].as_f64().unwrap()))
            .collect()
    };
    let polygon = |value: &serde_json::Value| {
        let mut rings = value.as_array().unwrap().iter().map(ring);
        geo::Polygon::new(rings.next().unwrap(), rings.collect())
    };
    let coordinates = &geometry["coordinates"];
    match geometry["type"].as_str().unwrap() {
        "Polygon" => geo::MultiPolygon::new(vec![polygon(coordinates)]),
        _ => coordinates
            .as_array()
            .unwrap()
            .iter()
            .map(polygon)
            .collect(),
    }
}
