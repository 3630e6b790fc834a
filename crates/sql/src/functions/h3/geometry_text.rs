//! Polygons as WKT and WKB, in and out.

use std::fmt::Write;

use datafusion::common::{DataFusionError, Result, exec_datafusion_err, exec_err};
use geo::{LineString, MultiPolygon, Polygon};
use geo_traits::GeometryTrait;
use geo_traits::to_geo::{ToGeoMultiPolygon, ToGeoPolygon};
use wkt::TryFromWkt;

/// Writes points in brackets, x before y, six decimals as DuckDB does; `close`
/// repeats the first at the end.
pub(super) fn write_ring(
    text: &mut String,
    points: impl Iterator<Item = (f64, f64)> + Clone,
    close: bool,
) {
    text.push('(');
    let first = points.clone().take(usize::from(close));
    for (place, (x, y)) in points.chain(first).enumerate() {
        if place > 0 {
            text.push_str(", ");
        }
        write!(text, "{x:.6} {y:.6}").expect("writing to a string does not fail");
    }
    text.push(')');
}

/// Polygons as WKT, six decimals.
pub(super) fn multi_polygon_text(polygons: &MultiPolygon) -> String {
    if polygons.0.is_empty() {
        return "MULTIPOLYGON EMPTY".to_owned();
    }
    // The last point of a ring repeats its first already.
    let ring = |text: &mut String, ring: &LineString| {
        write_ring(text, ring.0.iter().map(|point| (point.x, point.y)), false);
    };
    let mut text = "MULTIPOLYGON (".to_owned();
    for (place, polygon) in polygons.iter().enumerate() {
        text.push_str(if place > 0 { ", (" } else { "(" });
        ring(&mut text, polygon.exterior());
        for interior in polygon.interiors() {
            text.push_str(", ");
            ring(&mut text, interior);
        }
        text.push(')');
    }
    text.push(')');
    text
}

/// The polygons that WKT holds.
///
/// # Errors
/// Text that is not a `POLYGON` or `MULTIPOLYGON`. The message does not
/// repeat it: it may be somebody's place.
pub(super) fn parse_text(name: &str, text: &str) -> Result<MultiPolygon> {
    let text = text.trim_start();
    let starts = |word: &str| {
        text.get(..word.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(word))
    };
    let invalid = |error: &dyn std::fmt::Display| unreadable(name, "WKT", error);
    if starts("POLYGON") {
        let polygon = Polygon::try_from_wkt_str(text).map_err(|error| invalid(&error))?;
        return Ok(MultiPolygon::new(vec![polygon]));
    }
    // Asked before parsing, so that nested collections never reach a parser
    // that calls itself.
    if starts("MULTIPOLYGON") {
        return MultiPolygon::try_from_wkt_str(text).map_err(|error| invalid(&error));
    }
    exec_err!("{name}: the WKT is neither a POLYGON nor a MULTIPOLYGON: give one of these")
}

/// The polygons that WKB holds.
///
/// # Errors
/// Bytes that are not a polygon or multipolygon.
pub(in crate::functions) fn parse_bytes(name: &str, bytes: &[u8]) -> Result<MultiPolygon> {
    // Asked before reading, for the same reason.
    match geometry_code(bytes) {
        Some(3 | 6) => {}
        _ => {
            return exec_err!(
                "{name}: the WKB is neither a polygon nor a multipolygon: give one of these"
            );
        }
    }
    let geometry = wkb::reader::read_wkb(bytes).map_err(|error| unreadable(name, "WKB", &error))?;
    match geometry.as_type() {
        geo_traits::GeometryType::Polygon(polygon) => {
            Ok(MultiPolygon::new(vec![polygon.to_polygon()]))
        }
        geo_traits::GeometryType::MultiPolygon(polygons) => Ok(polygons.to_multi_polygon()),
        _ => exec_err!("{name}: the WKB is neither a polygon nor a multipolygon"),
    }
}

/// The type of a WKB geometry without dimensions: 3 polygon, 6 multipolygon.
fn geometry_code(bytes: &[u8]) -> Option<u32> {
    let code: [u8; 4] = bytes.get(1..5)?.try_into().ok()?;
    let code = match bytes[0] {
        0 => u32::from_be_bytes(code),
        1 => u32::from_le_bytes(code),
        _ => return None,
    };
    // EWKB keeps dimensions in the high bits, ISO WKB in the thousands.
    Some((code & 0x0fff_ffff) % 1000)
}

fn unreadable(name: &str, format: &str, error: &dyn std::fmt::Display) -> DataFusionError {
    exec_datafusion_err!("{name}: the {format} is not a polygon that can be read: {error}")
}
