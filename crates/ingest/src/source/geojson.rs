//! GeoJSON feature collections (RFC 7946).

use std::borrow::Cow;
use std::collections::HashSet;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use geo::Geometry;
use geojson::{Feature, FeatureReader, GeometryValue};
use serde_json::Value;

use super::background::{Background, Give};
use super::feature::FeatureBuilder;
use crate::IngestError;

/// What a feature collection holds; found by reading it once, since each
/// feature may have other properties.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    /// Offset behind the key `features`.
    start: u64,
    properties: Vec<String>,
    has_points: bool,
}

impl Layout {
    /// Reads a collection to learn its layout.
    pub(super) fn detect(path: &Path) -> Result<Self, IngestError> {
        let start = features_at(path)?;
        let mut seen = HashSet::new();
        let mut properties = Vec::new();
        let mut has_points = false;
        each_feature(path, start, |feature| {
            for key in feature.properties.iter().flat_map(|map| map.keys()) {
                if !seen.contains(key) {
                    seen.insert(key.clone());
                    properties.push(key.clone());
                }
            }
            has_points |= feature
                .geometry
                .as_ref()
                .is_some_and(|geometry| matches!(geometry.value, GeometryValue::Point { .. }));
            true
        })?;
        Ok(Self {
            start,
            properties,
            has_points,
        })
    }
}

/// Opens a feature collection.
pub(super) fn open(path: &Path, layout: &Layout, file: usize) -> Background {
    let Layout {
        start,
        properties,
        has_points,
    } = layout.clone();
    let mut builder = FeatureBuilder::new(&properties, has_points, file);
    let columns = builder.columns();
    let path: PathBuf = path.to_owned();
    Background::new(columns, move |give: Give<'_>| {
        let mut wanted = true;
        each_feature(&path, start, |feature| {
            let geometry = feature
                .geometry
                .as_ref()
                .and_then(|geometry| Geometry::<f64>::try_from(geometry).ok());
            let cells = properties
                .iter()
                .map(|key| text_of(feature.properties.as_ref().and_then(|map| map.get(key))));
            builder.push(cells, geometry.as_ref());
            if let Some(chunk) = builder.take_full() {
                wanted = give(chunk);
            }
            wanted
        })?;
        if let Some(chunk) = builder.finish().filter(|_| wanted) {
            give(chunk);
        }
        Ok(())
    })
}

fn text_of(value: Option<&Value>) -> Cow<'_, str> {
    match value {
        None | Some(Value::Null) => Cow::Borrowed(""),
        Some(Value::String(text)) => Cow::Borrowed(text),
        Some(other) => Cow::Owned(other.to_string()),
    }
}

fn each_feature(
    path: &Path,
    start: u64,
    mut visit: impl FnMut(&Feature) -> bool,
) -> Result<(), IngestError> {
    let mut file = File::open(path).map_err(IngestError::file("opening", path))?;
    file.seek(SeekFrom::Start(start))
        .map_err(IngestError::file("reading", path))?;
    let reader = BufReader::with_capacity(1 << 18, file);
    for (index, feature) in FeatureReader::from_reader(reader).features().enumerate() {
        // The parser's message may quote the feature, so it is not repeated.
        let feature = feature.map_err(|_| {
            IngestError::format(
                path,
                format!("feature {} is not valid GeoJSON", index + 1),
                "check the file with a GeoJSON validator",
            )
        })?;
        if !visit(&feature) {
            break;
        }
    }
    Ok(())
}

/// Offset behind the key `features` of the collection. The key may stand
/// behind other members that hold arrays, such as `bbox`. A member `crs`, of
/// the format before RFC 7946, must say longitude and latitude of WGS 84.
fn features_at(path: &Path) -> Result<u64, IngestError> {
    let file = File::open(path).map_err(IngestError::file("opening", path))?;
    let mut outline = Outline::default();
    for (position, byte) in (0..).zip(BufReader::with_capacity(1 << 18, file).bytes()) {
        outline.take(position, byte.map_err(IngestError::file("reading", path))?);
    }
    let crs = String::from_utf8_lossy(&outline.crs).to_uppercase();
    let is_wgs84 = crs.is_empty()
        || crs.trim() == "NULL"
        || crs.contains("CRS84")
        || crs.contains("EPSG::4326")
        || crs.contains("EPSG:4326");
    if !is_wgs84 {
        return Err(IngestError::format(
            path,
            "the coordinates are not longitude and latitude of WGS 84",
            "reproject the file to EPSG:4326",
        ));
    }
    outline.features_at.ok_or_else(|| {
        IngestError::format(
            path,
            "there is no feature collection",
            "give a GeoJSON file of the type FeatureCollection",
        )
    })
}

/// Follows the outermost object of a JSON text.
#[derive(Default)]
struct Outline {
    depth: usize,
    in_string: bool,
    escaped: bool,
    /// The last text at depth one.
    text: Vec<u8>,
    /// Whether the value of `crs` is being read.
    in_crs: bool,
    crs: Vec<u8>,
    features_at: Option<u64>,
}

impl Outline {
    fn take(&mut self, position: u64, byte: u8) {
        if self.in_crs && !(self.depth == 1 && !self.in_string && matches!(byte, b',' | b'}')) {
            self.crs.push(byte);
        }
        if self.in_string {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_string = false,
                _ if self.depth == 1 && self.text.len() < 16 => self.text.push(byte),
                _ => {}
            }
            return;
        }
        match byte {
            b'"' => {
                self.in_string = true;
                if self.depth == 1 {
                    self.text.clear();
                }
            }
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                self.in_crs &= self.depth > 0;
            }
            b',' if self.depth == 1 => self.in_crs = false,
            b':' if self.depth == 1 => match self.text.as_slice() {
                b"features" if self.features_at.is_none() => self.features_at = Some(position + 1),
                b"crs" => self.in_crs = true,
                _ => {}
            },
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_features_are_found_behind_other_members() {
        let text = r#"{"type":"FeatureCollection","bbox":[1,2],"note":{"features":[1]},"crs":{"name":"x"},"features":[]}"#;
        let mut outline = Outline::default();
        for (position, byte) in (0..).zip(text.bytes()) {
            outline.take(position, byte);
        }
        let at = usize::try_from(outline.features_at.unwrap()).unwrap();
        assert_eq!(&text[at..], "[]}");
        assert_eq!(outline.crs, br#"{"name":"x"}"#);
    }
}
