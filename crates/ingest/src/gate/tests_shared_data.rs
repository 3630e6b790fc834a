//! The gate over every column of the published files used in development.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::*;

/// Rows looked at in each file; the first rows decide as well as all do,
/// and leave the tests quick.
const ROWS: usize = 5_000;

/// Columns of a file: header and gate.
type Gates = Vec<ColumnGate>;

/// The role a mapping would give a column: names of places by their headers.
fn role(header: &str) -> ColumnRole {
    let lower = header.to_lowercase();
    let place = [
        "name",
        "district",
        "state",
        "state/ut",
        "states/uts",
        "block",
        "hab_name",
        "sai_state",
        "sai_district",
        "poly_state",
        "poly_district",
        "nfhs_state",
        "nfhs_district",
    ];
    match lower.trim() {
        text if place.contains(&text) || text.ends_with(" name") => ColumnRole::PlaceName,
        "lat" | "lon" | "lng" | "long" | "latitude" | "longitude" => ColumnRole::Coordinate,
        _ => ColumnRole::Other,
    }
}

fn gates<'h>(headers: impl Iterator<Item = &'h str>) -> Gates {
    headers
        .map(|header| ColumnGate::new(header, ColumnContext::of(role(header))))
        .collect()
}

fn of_csv(file: &Path) -> Gates {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_path(file)
        .unwrap();
    let headers = reader.byte_headers().unwrap().clone();
    let headers: Vec<String> = headers
        .iter()
        .map(|header| String::from_utf8_lossy(header).into_owned())
        .collect();
    let mut gates = gates(headers.iter().map(String::as_str));
    for row in reader.byte_records().take(ROWS) {
        for (gate, value) in gates.iter_mut().zip(&row.unwrap()) {
            gate.observe(&String::from_utf8_lossy(value));
        }
    }
    gates
}

fn of_geojson(file: &Path) -> Gates {
    let text = std::fs::read_to_string(file).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let mut by_header: BTreeMap<String, ColumnGate> = BTreeMap::new();
    for feature in json["features"].as_array().unwrap() {
        for (header, value) in feature["properties"].as_object().unwrap() {
            let gate = by_header
                .entry(header.clone())
                .or_insert_with(|| ColumnGate::new(header, ColumnContext::of(role(header))));
            match value {
                serde_json::Value::Null => {}
                serde_json::Value::String(text) => gate.observe(text),
                other => gate.observe(&other.to_string()),
            }
        }
    }
    by_header.into_values().collect()
}

fn of_parquet(file: &Path) -> Gates {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    let reader = SerializedFileReader::new(std::fs::File::open(file).unwrap()).unwrap();
    let schema = reader.metadata().file_metadata().schema().clone();
    let mut gates = gates(schema.get_fields().iter().map(|field| field.name()));
    for row in reader.get_row_iter(None).unwrap().take(ROWS) {
        let row = row.unwrap();
        for (gate, (_, value)) in gates.iter_mut().zip(row.get_column_iter()) {
            match value {
                parquet::record::Field::Null => {}
                parquet::record::Field::Str(text) => gate.observe(text),
                other => gate.observe(&other.to_string()),
            }
        }
    }
    gates
}

fn files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let mut files = Vec::new();
    for folder in ["india", "bihar", "courts", "messy"] {
        let Ok(entries) = std::fs::read_dir(root.join(folder)) else {
            eprintln!("skipped: ../shared/data/{folder} is absent");
            continue;
        };
        files.extend(entries.map(|entry| entry.unwrap().path()));
    }
    files.sort();
    files
}

#[test]
fn published_files_pass_but_for_what_they_do_hold() {
    let files = files();
    if files.is_empty() {
        return;
    }
    let (mut columns, mut held) = (0, Vec::new());
    for file in &files {
        let gates = match file.extension().and_then(|extension| extension.to_str()) {
            Some("csv") => of_csv(file),
            Some("geojson") => of_geojson(file),
            Some("parquet") => of_parquet(file),
            _ => continue,
        };
        columns += gates.len();
        let name = file.file_name().unwrap().to_string_lossy();
        for finding in gates.into_iter().flat_map(ColumnGate::verdict) {
            held.push(format!("{name}: {finding}"));
        }
    }
    eprintln!(
        "{columns} columns of {} files, held: {held:#?}",
        files.len()
    );
    assert!(held.len() * 100 <= columns, "{held:#?}");
}
