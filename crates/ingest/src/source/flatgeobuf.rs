//! FlatGeobuf files.

use std::borrow::Cow;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use flatgeobuf::{FallibleStreamingIterator, FgbReader, GeometryType};
use geozero::{ColumnValue, FeatureProperties, PropertyProcessor, ToGeo};

use super::background::{Background, Give};
use super::feature::FeatureBuilder;
use crate::IngestError;

/// Opens a FlatGeobuf file.
pub(super) fn open(path: &Path, file: usize) -> Result<Background, IngestError> {
    let opened = File::open(path).map_err(IngestError::file("opening", path))?;
    let reader = FgbReader::open(BufReader::new(opened)).map_err(|error| broken(path, &error))?;
    let header = reader.header();
    // Zero is the default of the format: not stated.
    if let Some(code) = header.crs().map(|crs| crs.code())
        && !matches!(code, 0 | 4326)
    {
        return Err(IngestError::format(
            path,
            format!("the file has the coordinate system {code}"),
            "reproject the file to EPSG:4326",
        ));
    }
    let properties: Vec<String> = header
        .columns()
        .map(|columns| {
            columns
                .iter()
                .map(|column| column.name().to_owned())
                .collect()
        })
        .unwrap_or_default();
    let has_points = matches!(
        header.geometry_type(),
        GeometryType::Point | GeometryType::Unknown
    );
    let mut builder = FeatureBuilder::new(&properties, has_points, file);
    let columns = builder.columns();
    let path: PathBuf = path.to_owned();
    Ok(Background::new(columns, move |give: Give<'_>| {
        let mut features = reader
            .select_all_seq()
            .map_err(|error| broken(&path, &error))?;
        let mut cells = Cells {
            texts: vec![String::new(); properties.len()],
        };
        while let Some(feature) = features.next().map_err(|error| broken(&path, &error))? {
            cells.texts.iter_mut().for_each(String::clear);
            // The parser's message may quote a value, so it is not repeated.
            feature.process_properties(&mut cells).map_err(|_| {
                IngestError::format(
                    &path,
                    "the properties of a feature cannot be read",
                    "write the file again",
                )
            })?;
            let geometry = feature.to_geo().ok();
            builder.push(
                cells.texts.iter().map(|text| Cow::Borrowed(text.as_str())),
                geometry.as_ref(),
            );
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
        format!("the FlatGeobuf file cannot be read: {error}"),
        "write the file again",
    )
}

/// Takes the properties of one feature as text.
struct Cells {
    texts: Vec<String>,
}

impl PropertyProcessor for Cells {
    fn property(
        &mut self,
        index: usize,
        _name: &str,
        value: &ColumnValue<'_>,
    ) -> geozero::error::Result<bool> {
        if let Some(text) = self.texts.get_mut(index) {
            match value {
                ColumnValue::String(t) | ColumnValue::Json(t) | ColumnValue::DateTime(t) => {
                    text.push_str(t);
                }
                // Bytes cannot be checked and are not offered.
                ColumnValue::Binary(_) => {}
                other => text.push_str(&other.to_string()),
            }
        }
        Ok(false)
    }
}
