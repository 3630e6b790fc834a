//! A small map of a day as SVG: the base, the stops with their numbers, the
//! way between them, north up, with a scale.

use std::fmt::Write as _;

use super::geojson::way;
use crate::document::{PlanDocument, Position};
use crate::language::Language;
use crate::safe_text::markup;

const WIDTH: f64 = 300.0;
const HEIGHT: f64 = 200.0;
const MARGIN: f64 = 18.0;
/// Kilometres of a degree of latitude.
const KM_PER_DEGREE: f64 = 111.195;

/// The map of a route, by its number in the document.
///
/// Straight lines in an equirectangular projection around the middle of the
/// route, which is true to within a per cent over a day's way. Stops at one
/// point share a dot. O(stops).
pub(crate) fn svg(document: &PlanDocument, route: usize, language: &Language) -> String {
    let way = way(document, route);
    let frame = Frame::new(&way);
    let title = markup(language.word("list.map"));
    let mut svg = format!(
        "<svg class=\"map\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{title}\">\
         <rect x=\"0.5\" y=\"0.5\" width=\"{}\" height=\"{}\" class=\"frame\"/>",
        WIDTH - 1.0,
        HEIGHT - 1.0,
    );
    let points: Vec<String> = way
        .iter()
        .map(|position| {
            let [x, y] = frame.place(*position);
            format!("{x:.1},{y:.1}")
        })
        .collect();
    let _ = write!(
        svg,
        "<polyline points=\"{}\" class=\"way\"/>",
        points.join(" ")
    );
    let stops = way.len().saturating_sub(2);
    for (number, position) in way.iter().enumerate().skip(1).take(stops) {
        let [x, y] = frame.place(*position);
        let _ = write!(
            svg,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"7\" class=\"stop\"/>\
             <text x=\"{x:.1}\" y=\"{:.1}\" class=\"number\">{number}</text>",
            y + 3.0,
        );
    }
    if let Some(base) = way.first() {
        let [x, y] = frame.place(*base);
        let label = markup(language.word("list.base"));
        let _ = write!(
            svg,
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"8\" height=\"8\" class=\"base\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" class=\"label\">{label}</text>",
            x - 4.0,
            y - 4.0,
            x + 7.0,
            y + 3.0,
        );
    }
    let (km, width) = frame.scale_bar();
    let _ = write!(
        svg,
        "<path d=\"M8 {y}v4h{width:.1}v-4\" class=\"scale\"/>\
         <text x=\"{x:.1}\" y=\"{text:.1}\" class=\"label\">{} km</text>\
         <path d=\"M{north} 8l4 10h-8z\" class=\"base\"/></svg>",
        language.number(km, usize::from(km < 1.0)),
        y = HEIGHT - 12.0,
        x = width + 12.0,
        text = HEIGHT - 7.0,
        north = WIDTH - 12.0,
    );
    svg
}

struct Frame {
    middle: Position,
    /// Pixels of a kilometre.
    scale: f64,
    shrink: f64,
}

impl Frame {
    fn new(way: &[Position]) -> Self {
        let ends = |of: fn(&Position) -> f64| {
            let values = way.iter().map(of);
            let none = (f64::INFINITY, f64::NEG_INFINITY);
            let (low, high) = values.fold(none, |(low, high), v| (low.min(v), high.max(v)));
            if low > high { (0.0, 0.0) } else { (low, high) }
        };
        let (west, east) = ends(|position| position.longitude);
        let (south, north) = ends(|position| position.latitude);
        let middle = Position {
            longitude: f64::midpoint(west, east),
            latitude: f64::midpoint(south, north),
        };
        let shrink = middle.latitude.to_radians().cos();
        let km = [
            (east - west) * shrink * KM_PER_DEGREE,
            (north - south) * KM_PER_DEGREE,
        ];
        // At least half a kilometre across, so that a single point has a scale.
        let scale_x = (WIDTH - 2.0 * MARGIN) / km[0].max(0.5);
        let scale_y = (HEIGHT - 2.0 * MARGIN - 10.0) / km[1].max(0.5);
        Self {
            middle,
            scale: scale_x.min(scale_y),
            shrink,
        }
    }

    fn place(&self, position: Position) -> [f64; 2] {
        let east = (position.longitude - self.middle.longitude) * self.shrink * KM_PER_DEGREE;
        let north = (position.latitude - self.middle.latitude) * KM_PER_DEGREE;
        [
            WIDTH / 2.0 + east * self.scale,
            (HEIGHT - 10.0) / 2.0 - north * self.scale,
        ]
    }

    /// The longest of 0.1, 0.2, 0.5, 1, 2, 5 … km within a quarter of the
    /// width, and its pixels.
    fn scale_bar(&self) -> (f64, f64) {
        let most = WIDTH / 4.0 / self.scale;
        let mut km = 0.1;
        for step in [2.0, 2.5, 2.0].into_iter().cycle().take(15) {
            if km * step > most {
                break;
            }
            km *= step;
        }
        (km, km * self.scale)
    }
}
