//! Features as GeoJSON (RFC 7946).
//!
//! Written straight into bytes: a page may hold ten thousand features. Numbers
//! are written with the fewest digits that read back to the same bits.

use geo::{LineString, MultiPolygon, Polygon};
use serde::Serialize;

use super::{Field, Source};
use crate::geometry::{Shape, split_at_antimeridian};
use crate::routes::Link;
use crate::view::Value;

/// What a page says besides its features.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CollectionPage {
    /// `FeatureCollection`.
    pub(crate) r#type: &'static str,
    /// Release.
    pub(crate) release: String,
    /// Layer.
    pub(crate) layer: String,
    /// Theme of the measures.
    pub(crate) theme: Option<String>,
    /// Period of the measures.
    pub(crate) period: Option<String>,
    /// Units that match.
    pub(crate) number_matched: usize,
    /// Units in this page.
    pub(crate) number_returned: usize,
    /// This page, the next, other forms.
    pub(crate) links: Vec<Link>,
}

/// A page of features. CPU work.
pub(crate) fn write_collection(
    page: &CollectionPage,
    source: Option<Source<'_>>,
    units: &[usize],
    skip_geometry: bool,
) -> Vec<u8> {
    let mut out = json(page);
    // The page is an object, so it ends in a brace.
    out.pop();
    out.extend_from_slice(b",\"features\":[");
    if let Some(source) = source {
        for (position, &unit) in units.iter().enumerate() {
            if position > 0 {
                out.push(b',');
            }
            write_feature(&mut out, source, unit, skip_geometry);
        }
    }
    out.extend_from_slice(b"]}");
    out
}

/// One feature.
fn write_feature(out: &mut Vec<u8>, source: Source<'_>, unit: usize, skip_geometry: bool) {
    let described = &source.layer.units[unit];
    out.extend_from_slice(b"{\"type\":\"Feature\",\"id\":");
    out.extend(json(&described.id));
    out.extend_from_slice(b",\"geometry\":");
    if skip_geometry {
        out.extend_from_slice(b"null");
    } else {
        write_shape(out, &described.shape);
    }
    out.extend_from_slice(b",\"properties\":{");
    write_properties(out, source, unit);
    out.extend_from_slice(b"}}");
}

/// The members of an object of properties.
pub(super) fn write_properties(out: &mut Vec<u8>, source: Source<'_>, unit: usize) {
    for (position, field) in source.fields.iter().enumerate() {
        if position > 0 {
            out.push(b',');
        }
        write_property(out, *field, source, unit);
    }
}

fn write_property(out: &mut Vec<u8>, field: Field, source: Source<'_>, unit: usize) {
    out.extend(json(&field.name()));
    out.push(b':');
    match field.value(source.layer, &source.selection, unit) {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Text(text) => out.extend(json(&text)),
        Value::Integer(number) => out.extend(json(&number)),
        Value::Number(number) => out.extend(json(&number)),
    }
}

pub(super) fn json<T: Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).expect("text, numbers and plain structs are always JSON")
}

pub(super) fn write_shape(out: &mut Vec<u8>, shape: &Shape) {
    let mut polygons = |polygons: &[Polygon<f64>]| match polygons {
        [polygon] => {
            out.extend_from_slice(b"{\"type\":\"Polygon\",\"coordinates\":");
            write_polygon(out, polygon);
            out.push(b'}');
        }
        polygons => {
            out.extend_from_slice(b"{\"type\":\"MultiPolygon\",\"coordinates\":[");
            for (position, polygon) in polygons.iter().enumerate() {
                if position > 0 {
                    out.push(b',');
                }
                write_polygon(out, polygon);
            }
            out.extend_from_slice(b"]}");
        }
    };
    match shape {
        Shape::Polygons(MultiPolygon(parts)) => polygons(parts),
        Shape::Cell(cell) => polygons(&split_at_antimeridian(*cell)),
        Shape::None => out.extend_from_slice(b"null"),
        Shape::Point(point) => {
            out.extend_from_slice(b"{\"type\":\"Point\",\"coordinates\":");
            out.extend(json(point));
            out.push(b'}');
        }
    }
}

fn write_polygon(out: &mut Vec<u8>, polygon: &Polygon<f64>) {
    out.push(b'[');
    write_ring(out, polygon.exterior(), true);
    for hole in polygon.interiors() {
        out.push(b',');
        write_ring(out, hole, false);
    }
    out.push(b']');
}

/// A ring, counter-clockwise if it is an outer one (RFC 7946, section 3.1.6).
fn write_ring(out: &mut Vec<u8>, ring: &LineString<f64>, outer: bool) {
    let twice_area: f64 = ring
        .lines()
        .map(|line| line.start.x * line.end.y - line.end.x * line.start.y)
        .sum();
    let write = |out: &mut Vec<u8>, corners: &mut dyn Iterator<Item = &geo::Coord<f64>>| {
        out.push(b'[');
        for (position, corner) in corners.enumerate() {
            if position > 0 {
                out.push(b',');
            }
            out.extend(json(&[corner.x, corner.y]));
        }
        out.push(b']');
    };
    if (twice_area >= 0.0) == outer {
        write(out, &mut ring.0.iter());
    } else {
        write(out, &mut ring.0.iter().rev());
    }
}
