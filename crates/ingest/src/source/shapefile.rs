//! ESRI shapefiles with their .dbf and .prj.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use geo::Geometry;
use shapefile::dbase::{FieldValue, Record};
use shapefile::{Shape, ShapeType};

use super::background::{Background, Give};
use super::feature::FeatureBuilder;
use crate::IngestError;

/// Opens a shapefile.
pub(super) fn open(path: &Path, file: usize) -> Result<Background, IngestError> {
    check_projection(path)?;
    let mut reader = shapefile::Reader::from_path(path).map_err(|error| broken(path, &error))?;
    let table = shapefile::dbase::Reader::from_path(path.with_extension("dbf")).map_err(|_| {
        IngestError::format(
            path,
            "the .dbf beside it cannot be read",
            "give the .shp, .dbf, .shx and .prj files of one folder",
        )
    })?;
    let properties: Vec<String> = table
        .fields()
        .iter()
        .map(|field| field.name().to_owned())
        .collect();
    let has_points = matches!(
        reader.header().shape_type,
        ShapeType::Point | ShapeType::PointM | ShapeType::PointZ
    );
    let mut builder = FeatureBuilder::new(&properties, has_points, file);
    let columns = builder.columns();
    let path: PathBuf = path.to_owned();
    Ok(Background::new(columns, move |give: Give<'_>| {
        for pair in reader.iter_shapes_and_records() {
            let (shape, record) = pair.map_err(|error| broken(&path, &error))?;
            let geometry = match shape {
                Shape::NullShape => None,
                shape => Geometry::<f64>::try_from(shape).ok(),
            };
            let cells = properties.iter().map(|name| text_of(&record, name));
            builder.push(cells, geometry.as_ref());
            if let Some(chunk) = builder.take_full()
                && !give(chunk)
            {
                return Ok(());
            }
        }
        if let Some(chunk) = builder.finish() {
            give(chunk);
        }
        Ok(())
    }))
}

fn broken(path: &Path, error: &dyn std::error::Error) -> IngestError {
    IngestError::format(
        path,
        format!("the shapefile cannot be read: {error}"),
        "give the .shp, .dbf, .shx and .prj files of one folder",
    )
}

/// A .prj beside the file must tell longitude and latitude of WGS 84.
fn check_projection(path: &Path) -> Result<(), IngestError> {
    let prj = path.with_extension("prj");
    if !prj.exists() {
        return Ok(());
    }
    let bytes = std::fs::read(&prj).map_err(IngestError::file("reading", &prj))?;
    let text = String::from_utf8_lossy(&bytes).to_uppercase();
    let is_geographic = text.trim_start().starts_with("GEOG");
    let is_wgs84 = ["WGS_1984", "WGS 84", "WGS84", "WORLD GEODETIC SYSTEM 1984"]
        .iter()
        .any(|name| text.contains(name));
    if is_geographic && is_wgs84 {
        return Ok(());
    }
    Err(IngestError::format(
        path,
        "its .prj tells another system than longitude and latitude of WGS 84",
        "reproject the file to EPSG:4326",
    ))
}

fn text_of<'r>(record: &'r Record, name: &str) -> Cow<'r, str> {
    match record.get(name) {
        None
        | Some(
            FieldValue::Character(None)
            | FieldValue::Numeric(None)
            | FieldValue::Logical(None)
            | FieldValue::Date(None)
            | FieldValue::Float(None),
        ) => Cow::Borrowed(""),
        Some(FieldValue::Character(Some(text)) | FieldValue::Memo(text)) => Cow::Borrowed(text),
        Some(
            FieldValue::Numeric(Some(number))
            | FieldValue::Currency(number)
            | FieldValue::Double(number),
        ) => Cow::Owned(number.to_string()),
        Some(FieldValue::Float(Some(number))) => Cow::Owned(number.to_string()),
        Some(FieldValue::Integer(number)) => Cow::Owned(number.to_string()),
        Some(FieldValue::Logical(Some(flag))) => Cow::Owned(flag.to_string()),
        Some(FieldValue::Date(Some(date))) => Cow::Owned(format!(
            "{:04}-{:02}-{:02}",
            date.year(),
            date.month(),
            date.day()
        )),
        Some(FieldValue::DateTime(moment)) => {
            let date = moment.date();
            Cow::Owned(format!(
                "{:04}-{:02}-{:02}",
                date.year(),
                date.month(),
                date.day()
            ))
        }
    }
}
