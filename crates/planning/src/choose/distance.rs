//! Distances: by great circle, or from a table of the user's.

use rstar::RTree;
use rstar::primitives::GeomWithData;

use super::place::LatLng;
use crate::PlanningError;

/// Mean radius of the earth, (2a + b)/3 of the GRS 80 ellipsoid.
const EARTH_RADIUS_KM: f64 = 6_371.008_8;

/// Great-circle distance by the haversine formula, to about 0.5 % of the
/// distance on the ellipsoid.
#[must_use]
pub fn great_circle_km(from: LatLng, to: LatLng) -> f64 {
    let (from_latitude, to_latitude) = (from.latitude.to_radians(), to.latitude.to_radians());
    let half_latitude = libm::sin((to_latitude - from_latitude) / 2.0);
    let half_longitude = libm::sin((to.longitude - from.longitude).to_radians() / 2.0);
    let haversine = half_latitude * half_latitude
        + libm::cos(from_latitude) * libm::cos(to_latitude) * half_longitude * half_longitude;
    2.0 * EARTH_RADIUS_KM * libm::asin(haversine.sqrt().min(1.0))
}

/// Distances between demand and places that the user supplies, such as travel
/// by road.
#[derive(Debug, Clone, PartialEq)]
pub struct DistanceTable {
    places: usize,
    km: Vec<f64>,
}

impl DistanceTable {
    /// Checks a table with a row for each demand point, a column for each
    /// place, row after row.
    ///
    /// # Errors
    /// [`PlanningError::Length`] unless the length is a multiple of `places`;
    /// [`PlanningError::Value`] for distances that are negative or not finite.
    pub fn new(places: usize, km: Vec<f64>) -> Result<Self, PlanningError> {
        if places == 0 || !km.len().is_multiple_of(places) {
            return Err(PlanningError::Length {
                what: "the distance table",
                found: km.len(),
                expected: places * (km.len() / places.max(1) + 1),
                unit: "pair of demand point and place",
            });
        }
        if let Some(number) = km.iter().position(|km| !(km.is_finite() && *km >= 0.0)) {
            return Err(PlanningError::Value {
                what: "distance",
                number,
                value: km[number],
                expected: "a finite number of kilometres, not below zero",
            });
        }
        Ok(Self { places, km })
    }

    /// Number of places (columns).
    #[must_use]
    pub fn places(&self) -> usize {
        self.places
    }

    /// Number of demand points (rows).
    #[must_use]
    pub fn demand(&self) -> usize {
        self.km.len() / self.places
    }

    /// Distance of a demand point from a place.
    #[must_use]
    pub fn km(&self, demand: usize, place: usize) -> f64 {
        self.km[demand * self.places + place]
    }
}

/// Points of the globe that can be searched by distance.
///
/// They lie on the unit sphere in three dimensions, where the straight line
/// grows with the great circle, so that neither the poles nor the date line
/// are special.
pub(super) struct GlobeIndex {
    tree: RTree<GeomWithData<[f64; 3], u32>>,
}

impl GlobeIndex {
    pub(super) fn new(points: &[LatLng]) -> Self {
        let entries = points
            .iter()
            .zip(0u32..)
            .map(|(point, number)| GeomWithData::new(on_unit_sphere(*point), number))
            .collect();
        Self {
            tree: RTree::bulk_load(entries),
        }
    }

    /// Numbers of the points within `radius_km` of `centre`, ascending.
    pub(super) fn within(&self, centre: LatLng, radius_km: f64, points: &[LatLng]) -> Vec<u32> {
        let angle = (radius_km / EARTH_RADIUS_KM).min(std::f64::consts::PI);
        let chord = 2.0 * libm::sin(angle / 2.0);
        // Within a hair of the chord the haversine formula decides, so that
        // the radius means the same everywhere.
        let surely = chord * chord * (1.0 - 1e-9) - 1e-18;
        let perhaps = chord * chord * (1.0 + 1e-9) + 1e-18;
        let query = on_unit_sphere(centre);
        let mut found: Vec<u32> = self
            .tree
            .locate_within_distance(query, perhaps)
            .filter(|entry| {
                let at = entry.geom();
                let squares = (0..3).map(|axis| (at[axis] - query[axis]).powi(2));
                squares.sum::<f64>() <= surely
                    || great_circle_km(centre, points[entry.data as usize]) <= radius_km
            })
            .map(|entry| entry.data)
            .collect();
        found.sort_unstable();
        found
    }

    /// The nearest points that `wanted` lets pass, with their distances; at
    /// most `count`, the nearest first, by number at equal distance.
    pub(super) fn nearest_where(
        &self,
        centre: LatLng,
        count: usize,
        points: &[LatLng],
        wanted: impl Fn(usize) -> bool,
    ) -> Vec<(usize, f64)> {
        let mut found: Vec<(usize, f64)> = Vec::with_capacity(count);
        for entry in self.tree.nearest_neighbor_iter(&on_unit_sphere(centre)) {
            let number = entry.data as usize;
            if !wanted(number) {
                continue;
            }
            let distance_km = great_circle_km(centre, points[number]);
            // The tree orders equal distances as it likes: look a bit further.
            let farther = found
                .last()
                .is_some_and(|(_, last)| distance_km > last + 1e-9);
            if found.len() >= count && farther {
                break;
            }
            found.push((number, distance_km));
        }
        found.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
        found.truncate(count);
        found
    }
}

fn on_unit_sphere(point: LatLng) -> [f64; 3] {
    let (latitude, longitude) = (point.latitude.to_radians(), point.longitude.to_radians());
    let around = libm::cos(latitude);
    [
        around * libm::cos(longitude),
        around * libm::sin(longitude),
        libm::sin(latitude),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(latitude: f64, longitude: f64) -> LatLng {
        LatLng {
            latitude,
            longitude,
        }
    }

    #[test]
    fn a_quarter_of_the_equator_is_a_quarter_of_its_length() {
        let quarter = std::f64::consts::FRAC_PI_2 * EARTH_RADIUS_KM;
        assert!((great_circle_km(at(0.0, 0.0), at(0.0, 90.0)) - quarter).abs() < 1e-9);
        assert!((great_circle_km(at(0.0, 10.0), at(90.0, 77.0)) - quarter).abs() < 1e-9);
        assert_eq!(great_circle_km(at(25.6, 85.1), at(25.6, 85.1)), 0.0);
    }

    #[test]
    fn the_index_finds_what_all_pairs_find_across_the_date_line_too() {
        let points: Vec<LatLng> = (0..400)
            .map(|number| {
                let number = f64::from(number);
                at(
                    (number * 37.0) % 170.0 - 85.0,
                    175.0 + (number * 13.7) % 10.0,
                )
            })
            .map(|point| {
                let longitude = if point.longitude > 180.0 {
                    point.longitude - 360.0
                } else {
                    point.longitude
                };
                at(point.latitude, longitude)
            })
            .collect();
        let index = GlobeIndex::new(&points);
        for radius_km in [0.0, 50.0, 500.0, 5_000.0, 30_000.0] {
            for centre in &points[..40] {
                let all: Vec<u32> = (0u32..)
                    .zip(&points)
                    .filter(|(_, point)| great_circle_km(*centre, **point) <= radius_km)
                    .map(|(number, _)| number)
                    .collect();
                assert_eq!(index.within(*centre, radius_km, &points), all);
            }
        }
    }

    #[test]
    fn a_table_with_a_hole_or_a_negative_distance_is_refused() {
        assert!(DistanceTable::new(2, vec![1.0, 2.0, 3.0]).is_err());
        assert!(DistanceTable::new(1, vec![1.0, f64::INFINITY]).is_err());
        assert!(DistanceTable::new(1, vec![-1.0]).is_err());
        assert_eq!(
            DistanceTable::new(2, vec![1.0, 2.0, 3.0, 4.0])
                .unwrap()
                .km(1, 0),
            3.0
        );
    }
}
