//! Where the places of a scan lie, and which are near which.

use crate::StatsError;
use crate::error::check_value;
use crate::weights::Position;

/// Radius of the Earth that `SaTScan` uses, metres: radii of clusters are
/// meant to be compared with its reports. The weights of this crate use
/// 6,371,008.8 m; the difference is 0.06 %.
const EARTH_RADIUS_M: f64 = 6_367_000.0;

/// Squared distances that differ by less than this share are tied.
const TIE: f64 = 1e-9;

/// A position on a plane, in any unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlanarPoint {
    /// First coordinate.
    pub x: f64,
    /// Second coordinate.
    pub y: f64,
}

/// The places of a scan: the centres of windows and what they contain.
#[derive(Debug, Clone, PartialEq)]
pub struct Places {
    points: Vec<[f64; 3]>,
    surface: Surface,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Surface {
    Plane,
    Sphere,
}

/// The places of one window after another: each window is the previous one
/// and all places at the next distance.
pub(super) struct Order {
    /// Places by distance from the centre.
    pub(super) places: Vec<u32>,
    /// Whether the window that ends with this place is a whole circle, not
    /// cut through places at the same distance.
    pub(super) whole: Vec<bool>,
}

impl Places {
    /// Places on a plane. Radii are in the unit of the coordinates.
    ///
    /// # Errors
    /// [`StatsError::Value`] if a coordinate is not finite.
    pub fn planar(points: &[PlanarPoint]) -> Result<Self, StatsError> {
        for (unit, point) in points.iter().enumerate() {
            for value in [point.x, point.y] {
                check_value(
                    "coordinate",
                    unit,
                    value,
                    value.is_finite(),
                    "a finite number",
                )?;
            }
        }
        Ok(Self {
            points: points.iter().map(|point| [point.x, point.y, 0.0]).collect(),
            surface: Surface::Plane,
        })
    }

    /// Places on the globe. Radii are great-circle distances in metres on a
    /// sphere of 6,367 km, as in `SaTScan`.
    ///
    /// # Errors
    /// [`StatsError::Value`] if a latitude is not within ±90° or a longitude
    /// not within ±360°.
    pub fn geographic(positions: &[Position]) -> Result<Self, StatsError> {
        for (unit, position) in positions.iter().enumerate() {
            let (latitude, longitude) = (position.latitude, position.longitude);
            let expected = "degrees from -90 to 90";
            check_value("latitude", unit, latitude, latitude.abs() <= 90.0, expected)?;
            let expected = "degrees from -360 to 360";
            check_value(
                "longitude",
                unit,
                longitude,
                longitude.abs() <= 360.0,
                expected,
            )?;
        }
        Ok(Self {
            points: positions
                .iter()
                .map(|position| on_sphere(*position))
                .collect(),
            surface: Surface::Sphere,
        })
    }

    /// Number of places.
    #[must_use]
    pub fn len(&self) -> usize {
        self.points.len()
    }

    /// Whether there is no place.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    /// Distance between two places, metres on the globe.
    pub(super) fn distance(&self, from: usize, to: usize) -> f64 {
        self.along(squared(self.points[from], self.points[to]).sqrt())
    }

    pub(super) fn is_planar(&self) -> bool {
        self.surface == Surface::Plane
    }

    pub(super) fn points(&self) -> &[[f64; 3]] {
        &self.points
    }

    /// Length of the straight line for a distance along the surface.
    pub(super) fn straight(&self, distance: f64) -> f64 {
        match self.surface {
            Surface::Plane => distance,
            Surface::Sphere => {
                let angle = (distance / (2.0 * EARTH_RADIUS_M)).min(std::f64::consts::FRAC_PI_2);
                2.0 * EARTH_RADIUS_M * angle.sin()
            }
        }
    }

    /// Distance along the surface of the ends of a straight line.
    fn along(&self, length: f64) -> f64 {
        match self.surface {
            Surface::Plane => length,
            Surface::Sphere => {
                2.0 * EARTH_RADIUS_M * (length / (2.0 * EARTH_RADIUS_M)).min(1.0).asin()
            }
        }
    }
}

/// For each place, whether it is the first at its position. Windows about
/// coincident places are the same, so that one of them is enough.
pub(super) fn first_at_position(points: &[[f64; 3]]) -> Vec<bool> {
    let mut order: Vec<usize> = (0..points.len()).collect();
    let by_position = |a: &usize, b: &usize| {
        let (a, b) = (points[*a], points[*b]);
        a[0].total_cmp(&b[0])
            .then(a[1].total_cmp(&b[1]))
            .then(a[2].total_cmp(&b[2]))
    };
    order.sort_by(|a, b| by_position(a, b).then(a.cmp(b)));
    let mut first = vec![true; points.len()];
    for pair in order.windows(2) {
        if points[pair[0]] == points[pair[1]] {
            first[pair[1]] = false;
        }
    }
    first
}

/// All places by distance from `centre`, up to a straight-line distance.
/// O(n log n). Ties stand in the order of their index.
pub(super) fn by_distance(points: &[[f64; 3]], centre: usize, farthest: f64) -> Order {
    let from = points[centre];
    let limit = farthest * farthest * (1.0 + TIE);
    // The bits of a non-negative float sort as the number does. Those of the
    // rounded distance with the index below them are one integer, which sorts
    // fast; what rounding makes equal is put right afterwards.
    let mut keys: Vec<u64> = Vec::with_capacity(points.len());
    for (place, point) in points.iter().enumerate() {
        let distance = squared(from, *point);
        if distance <= limit {
            keys.push(u64::from((distance as f32).to_bits()) << 32 | place as u64);
        }
    }
    keys.sort_unstable();
    let mut sorted: Vec<(f64, u32)> = keys
        .iter()
        .map(|key| (squared(from, points[*key as u32 as usize]), *key as u32))
        .collect();
    let mut start = 0;
    while start < keys.len() {
        let rounded = keys[start] >> 32;
        let same = keys[start..].iter().take_while(|key| *key >> 32 == rounded);
        let end = start + same.count();
        sorted[start..end].sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        start = end;
    }
    let mut places: Vec<u32> = sorted.iter().map(|(_, place)| *place).collect();
    let mut whole = vec![false; places.len()];
    start = 0;
    while start < sorted.len() {
        let first = sorted[start].0;
        let mut end = start + 1;
        while end < sorted.len() && sorted[end].0 - first <= TIE * first {
            end += 1;
        }
        places[start..end].sort_unstable();
        whole[end - 1] = true;
        start = end;
    }
    Order { places, whole }
}

pub(super) fn squared(a: [f64; 3], b: [f64; 3]) -> f64 {
    let (x, y, z) = (a[0] - b[0], a[1] - b[1], a[2] - b[2]);
    x * x + y * y + z * z
}

fn on_sphere(position: Position) -> [f64; 3] {
    let (latitude, longitude) = (
        position.latitude.to_radians(),
        position.longitude.to_radians(),
    );
    [
        EARTH_RADIUS_M * latitude.cos() * longitude.cos(),
        EARTH_RADIUS_M * latitude.cos() * longitude.sin(),
        EARTH_RADIUS_M * latitude.sin(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plane(points: &[(f64, f64)]) -> Places {
        let points: Vec<_> = points.iter().map(|&(x, y)| PlanarPoint { x, y }).collect();
        Places::planar(&points).unwrap()
    }

    #[test]
    fn ties_end_together_and_in_the_order_of_their_index() {
        let places = plane(&[(0.0, 0.0), (0.0, 1.0), (5.0, 0.0), (1.0, 0.0), (0.0, 0.0)]);
        let order = by_distance(places.points(), 0, f64::INFINITY);
        assert_eq!(order.places, [0, 4, 1, 3, 2]);
        assert_eq!(order.whole, [false, true, false, true, true]);
        assert_eq!(
            first_at_position(places.points()),
            [true, true, true, true, false]
        );
    }

    #[test]
    fn great_circle_distance_is_along_the_surface() {
        let at = |latitude, longitude| Position {
            latitude,
            longitude,
        };
        let places =
            Places::geographic(&[at(0.0, 0.0), at(0.0, 90.0), at(0.0, 180.0), at(90.0, 0.0)])
                .unwrap();
        let quarter = std::f64::consts::FRAC_PI_2 * EARTH_RADIUS_M;
        assert!((places.distance(0, 1) - quarter).abs() < 1e-6);
        assert!((places.distance(0, 2) - 2.0 * quarter).abs() < 1e-6);
        assert!((places.distance(1, 3) - quarter).abs() < 1e-6);
        assert!(Places::geographic(&[at(91.0, 0.0)]).is_err());
        assert!(Places::geographic(&[at(f64::NAN, 0.0)]).is_err());
    }
}
