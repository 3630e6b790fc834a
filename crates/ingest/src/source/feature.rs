//! Features of spatial formats as rows: properties as text, the geometry as
//! well-known binary, and the coordinates of points.

use std::borrow::Cow;

use geo::Geometry;
use geozero::{CoordDimensions, ToWkb};

use super::chunk::{Chunk, ChunkBuilder};
use super::{GEOMETRY, names};

/// Columns of the coordinates of point features.
const POINT: [&str; 2] = ["geometry_latitude", "geometry_longitude"];

/// Builds chunks of features.
pub(super) struct FeatureBuilder {
    columns: Vec<String>,
    properties: usize,
    has_points: bool,
    builder: ChunkBuilder,
}

impl FeatureBuilder {
    /// A builder for features with these properties; `has_points` says
    /// whether the columns of coordinates are wanted.
    pub(super) fn new(properties: &[String], has_points: bool, file: usize) -> Self {
        let reserved = [GEOMETRY, POINT[0], POINT[1]];
        let mut columns = names::tidy(
            reserved
                .into_iter()
                .chain(properties.iter().map(String::as_str)),
        )
        .split_off(reserved.len());
        if has_points {
            columns.extend(POINT.map(str::to_owned));
        }
        let builder = ChunkBuilder::new(&columns, true, file);
        columns.push(GEOMETRY.to_owned());
        Self {
            columns,
            properties: properties.len(),
            has_points,
            builder,
        }
    }

    /// Names of all columns.
    pub(super) fn columns(&self) -> Vec<String> {
        self.columns.clone()
    }

    /// Adds a feature. A geometry that cannot be written is left out, and
    /// the row goes to the quarantine where the mapping asks for it.
    pub(super) fn push<'c>(
        &mut self,
        cells: impl IntoIterator<Item = Cow<'c, str>>,
        geometry: Option<&Geometry<f64>>,
    ) {
        let mut cells = cells.into_iter();
        for column in 0..self.properties {
            self.builder.cell(column, &cells.next().unwrap_or_default());
        }
        if self.has_points {
            let (latitude, longitude) = match geometry {
                Some(Geometry::Point(point)) => (point.y().to_string(), point.x().to_string()),
                _ => (String::new(), String::new()),
            };
            self.builder.cell(self.properties, &latitude);
            self.builder.cell(self.properties + 1, &longitude);
        }
        let wkb = geometry.and_then(|geometry| geometry.to_wkb(CoordDimensions::xy()).ok());
        self.builder.geometry(wkb.as_deref());
        self.builder.end_row(None, None);
    }

    /// A chunk, once there are enough features.
    pub(super) fn take_full(&mut self) -> Option<Chunk> {
        self.builder
            .is_full()
            .then(|| self.builder.finish())
            .flatten()
    }

    /// The features that are left.
    pub(super) fn finish(&mut self) -> Option<Chunk> {
        self.builder.finish()
    }
}
