//! Geometries of places.

use arrow::array::{ArrayRef, BinaryBuilder};
use geo::{CoordsIter, GeodesicArea, Geometry, InteriorPoint, MultiPolygon};
use geozero::wkb::Wkb;
use geozero::{CoordDimensions, ToGeo, ToWkb};
use polars::prelude::BinaryChunked;
use safeground_schema::ErrorCode;
use std::sync::Arc;

use super::reject::{Cause, Rows};

/// What a polygon tells of its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Shape {
    /// Latitude of a point inside, degrees north.
    pub latitude: f64,
    /// Longitude of that point, degrees east.
    pub longitude: f64,
    /// Area on the ellipsoid.
    pub area_km2: f64,
}

/// Checks geometries and writes them as two-dimensional polygons.
///
/// A geometry is refused if it is missing, empty, no polygon, has a ring of
/// fewer than four points, a coordinate outside the globe, or no area.
/// Rings that touch or cross themselves are kept: boundaries as published
/// have many, and nothing here depends on their absence.
pub(crate) fn convert(
    cells: &BinaryChunked,
    column: &Arc<str>,
    rows: &mut Rows,
) -> (ArrayRef, Vec<Option<Shape>>) {
    let mut builder = BinaryBuilder::new();
    let mut shapes = Vec::with_capacity(rows.len());
    for (row, cell) in cells.iter().enumerate() {
        if !rows.is_good(row) {
            builder.append_null();
            shapes.push(None);
            continue;
        }
        match cell.ok_or(ErrorCode::GeometryInvalid).and_then(polygon) {
            Ok((wkb, shape)) => {
                builder.append_value(wkb);
                shapes.push(Some(shape));
            }
            Err(code) => {
                rows.reject(row, || Cause::of_column(code, column, None));
                builder.append_null();
                shapes.push(None);
            }
        }
    }
    (Arc::new(builder.finish()), shapes)
}

fn polygon(wkb: &[u8]) -> Result<(Vec<u8>, Shape), ErrorCode> {
    let invalid = ErrorCode::GeometryInvalid;
    let geometry = Wkb(wkb).to_geo().map_err(|_| invalid)?;
    let polygons = match &geometry {
        Geometry::Polygon(polygon) => MultiPolygon::new(vec![polygon.clone()]),
        Geometry::MultiPolygon(polygons) => polygons.clone(),
        _ => return Err(invalid),
    };
    let rings_are_closed = polygons
        .iter()
        .flat_map(|polygon| std::iter::once(polygon.exterior()).chain(polygon.interiors()))
        .all(|ring| ring.0.len() >= 4 && ring.is_closed());
    if polygons.0.is_empty() || !rings_are_closed {
        return Err(invalid);
    }
    let on_globe = geometry.coords_iter().all(|coordinate| {
        (-180.0..=180.0).contains(&coordinate.x) && (-90.0..=90.0).contains(&coordinate.y)
    });
    if !on_globe {
        return Err(ErrorCode::CoordinateInvalid);
    }
    // Rings may run either way round; the part that is not the rest of the
    // globe is meant.
    let area_km2: f64 = polygons
        .iter()
        .map(|polygon| polygon.geodesic_area_signed().abs())
        .sum::<f64>()
        / 1e6;
    let point = polygons.interior_point().ok_or(invalid)?;
    if !(area_km2.is_finite() && area_km2 > 0.0) {
        return Err(invalid);
    }
    let wkb = geometry
        .to_wkb(CoordDimensions::xy())
        .map_err(|_| invalid)?;
    Ok((
        wkb,
        Shape {
            latitude: point.y(),
            longitude: point.x(),
            area_km2,
        },
    ))
}
