//! What the metadata of a GeoParquet file say of its columns.
//!
//! GeoParquet 1.1 (Open Geospatial Consortium, 2024): a key `geo` in the
//! footer names the geometry columns, their encoding, their coordinate system
//! and the columns that hold their bounds.

use std::fs::File;
use std::path::Path;

use parquet::file::reader::{FileReader as _, SerializedFileReader};
use serde::Deserialize;
use serde_json::Value;

use crate::IngestError;

/// Columns with a part to play.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct GeoColumns {
    /// The geometry.
    pub(super) geometry: String,
    /// Bounds of geometries, which say nothing new.
    pub(super) bounds: Vec<String>,
}

#[derive(Deserialize)]
struct Geo {
    primary_column: String,
    columns: std::collections::BTreeMap<String, Geometry>,
}

#[derive(Deserialize)]
struct Geometry {
    encoding: String,
    /// Absent: longitude and latitude. Null: unknown.
    #[serde(default, deserialize_with = "given")]
    crs: Option<Value>,
    #[serde(default)]
    covering: Value,
}

/// Tells `null` from an absent value.
fn given<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// The columns of a file; `None` for Parquet without geometry.
///
/// # Errors
/// A file that is no Parquet, metadata that cannot be understood, or geometry
/// that is no WKB in degrees of longitude and latitude.
pub(super) fn read(path: &Path) -> Result<Option<GeoColumns>, IngestError> {
    let file = File::open(path).map_err(IngestError::file("opening", path))?;
    let reader = SerializedFileReader::new(file)
        .map_err(|error| IngestError::format(path, error.to_string(), "give a Parquet file"))?;
    let metadata = reader.metadata().file_metadata().key_value_metadata();
    let geo = metadata
        .into_iter()
        .flatten()
        .find(|entry| entry.key == "geo")
        .and_then(|entry| entry.value.as_deref());
    geo.map(|text| columns(path, text)).transpose()
}

fn columns(path: &Path, text: &str) -> Result<GeoColumns, IngestError> {
    let geo: Geo = serde_json::from_str(text).map_err(|error| {
        IngestError::format(
            path,
            format!("its metadata `geo` cannot be understood: {error}"),
            "write the file as GeoParquet 1.0 or 1.1",
        )
    })?;
    let name = &geo.primary_column;
    let Some(geometry) = geo.columns.get(name) else {
        return Err(IngestError::format(
            path,
            format!("its metadata `geo` name `{name}` and do not describe it"),
            "write the file as GeoParquet 1.0 or 1.1",
        ));
    };
    if geometry.encoding != "WKB" {
        return Err(IngestError::format(
            path,
            format!("`{name}` is encoded as {}", geometry.encoding),
            "write the geometry as WKB",
        ));
    }
    if let Some(crs) = &geometry.crs
        && !is_degrees(crs)
    {
        let system = match crs {
            Value::Null => "an unknown coordinate system".to_owned(),
            _ => format!(
                "the coordinate system {}",
                crs["name"].as_str().unwrap_or("of no name")
            ),
        };
        return Err(IngestError::format(
            path,
            format!("`{name}` has {system}"),
            "reproject the file to EPSG:4326",
        ));
    }
    let bounds = geo.columns.values().filter_map(|geometry| {
        let column = geometry.covering.pointer("/bbox/xmin/0")?;
        column.as_str().map(str::to_owned)
    });
    Ok(GeoColumns {
        geometry: name.clone(),
        bounds: bounds.collect(),
    })
}

/// Whether PROJJSON is identified as WGS 84 in degrees. GeoParquet's axes are
/// longitude and latitude whatever the system says.
fn is_degrees(crs: &Value) -> bool {
    let code = &crs["id"]["code"];
    match crs["id"]["authority"].as_str() {
        Some("OGC") => code == "CRS84",
        Some("EPSG") => code == 4326 || code == "4326",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(columns_text: &str) -> Result<GeoColumns, String> {
        let text = format!(
            r#"{{"version":"1.1.0","primary_column":"geom","columns":{{"geom":{columns_text}}}}}"#
        );
        columns(Path::new("places.parquet"), &text).map_err(|error| error.to_string())
    }

    #[test]
    fn geometry_in_degrees_is_found_with_the_columns_of_its_bounds() {
        let plain = of(r#"{"encoding":"WKB","geometry_types":[]}"#).unwrap();
        assert_eq!((plain.geometry.as_str(), plain.bounds.len()), ("geom", 0));
        let covered = of(
            r#"{"encoding":"WKB","geometry_types":[],"crs":{"name":"WGS 84","id":{"authority":"EPSG","code":4326}},
                "covering":{"bbox":{"xmin":["bbox","xmin"],"ymin":["bbox","ymin"],"xmax":["bbox","xmax"],"ymax":["bbox","ymax"]}}}"#,
        );
        assert_eq!(covered.unwrap().bounds, ["bbox"]);
        of(r#"{"encoding":"WKB","crs":{"id":{"authority":"OGC","code":"CRS84"}}}"#).unwrap();
    }

    #[test]
    fn other_systems_and_encodings_are_refused_by_name() {
        let utm = of(
            r#"{"encoding":"WKB","crs":{"name":"WGS 84 / UTM zone 44N","id":{"authority":"EPSG","code":32644}}}"#,
        );
        let utm = utm.unwrap_err();
        assert!(
            utm.contains("UTM zone 44N") && utm.contains("EPSG:4326"),
            "{utm}"
        );
        let unknown = of(r#"{"encoding":"WKB","crs":null}"#).unwrap_err();
        assert!(unknown.contains("unknown coordinate system"), "{unknown}");
        let points = of(r#"{"encoding":"point"}"#).unwrap_err();
        assert!(points.contains("encoded as point"), "{points}");
    }
}
