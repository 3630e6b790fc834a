//! Places on the globe or in the plane, with their distances.

use geo::Coord;
use h3o::{CellIndex, LatLng};

use crate::StatsError;
use crate::weights::{EARTH_RADIUS_M, Position};

/// Mean radius of the Earth, kilometres.
const EARTH_RADIUS_KM: f64 = EARTH_RADIUS_M / 1000.0;

/// How far two places are apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Metric {
    /// Along a great circle of a sphere of radius 6,371.0088 km.
    GreatCircle,
    /// Straight, in projected coordinates.
    Planar,
}

impl Metric {
    /// Squared distance, km², of two places whose straight-line distance
    /// squared is `chord` km².
    pub(crate) fn squared(self, chord: f64) -> f64 {
        match self {
            Self::Planar => chord,
            Self::GreatCircle => {
                let c = chord / (EARTH_RADIUS_KM * EARTH_RADIUS_KM);
                if c < 0.01 {
                    // (2·asin(√c/2))² = 2 Σ cⁿ/(n²·C(2n, n)); the first term
                    // left out is below 10⁻¹⁴ of the sum.
                    chord
                        * (1.0
                            + c * (1.0 / 12.0
                                + c * (1.0 / 90.0 + c * (1.0 / 560.0 + c * (1.0 / 3150.0)))))
                } else {
                    let angle = 2.0 * (c.sqrt() / 2.0).min(1.0).asin();
                    (EARTH_RADIUS_KM * angle).powi(2)
                }
            }
        }
    }

    /// Straight-line distance, km, of two places `distance` km apart.
    pub(crate) fn chord(self, distance: f64) -> f64 {
        match self {
            Self::Planar => distance,
            Self::GreatCircle => {
                let half = (distance / EARTH_RADIUS_KM / 2.0).min(std::f64::consts::FRAC_PI_2);
                2.0 * EARTH_RADIUS_KM * half.sin()
            }
        }
    }
}

/// A list of places, all on the globe or all in one plane.
#[derive(Debug, Clone, PartialEq)]
pub struct Locations {
    metric: Metric,
    /// Kilometres: from the centre of the Earth, or in the plane with a zero.
    vectors: Vec<[f64; 3]>,
}

impl Locations {
    /// Places on the globe; distances are along great circles.
    ///
    /// # Errors
    /// [`StatsError::Value`] unless every latitude lies within −90 to 90 and
    /// every longitude is finite.
    pub fn great_circle(positions: &[Position]) -> Result<Self, StatsError> {
        for (unit, position) in positions.iter().enumerate() {
            if !(-90.0..=90.0).contains(&position.latitude) {
                return Err(StatsError::Value {
                    what: "latitude",
                    unit,
                    value: position.latitude,
                    expected: "degrees from -90 to 90",
                });
            }
            if !position.longitude.is_finite() {
                return Err(StatsError::Value {
                    what: "longitude",
                    unit,
                    value: position.longitude,
                    expected: "finite degrees",
                });
            }
        }
        Ok(Self {
            metric: Metric::GreatCircle,
            vectors: positions
                .iter()
                .map(|position| on_sphere(*position))
                .collect(),
        })
    }

    /// Places in projected coordinates of metres; distances are straight.
    ///
    /// # Errors
    /// [`StatsError::Value`] unless every coordinate is finite.
    pub fn planar(coordinates_m: &[Coord<f64>]) -> Result<Self, StatsError> {
        for (unit, place) in coordinates_m.iter().enumerate() {
            for value in [place.x, place.y] {
                if !value.is_finite() {
                    return Err(StatsError::Value {
                        what: "coordinate",
                        unit,
                        value,
                        expected: "finite metres",
                    });
                }
            }
        }
        Ok(Self {
            metric: Metric::Planar,
            vectors: coordinates_m
                .iter()
                .map(|place| [place.x / 1000.0, place.y / 1000.0, 0.0])
                .collect(),
        })
    }

    /// Centres of H3 cells.
    #[must_use]
    pub fn cells(cells: &[CellIndex]) -> Self {
        Self {
            metric: Metric::GreatCircle,
            vectors: cells
                .iter()
                .map(|cell| {
                    let centre = LatLng::from(*cell);
                    on_sphere(Position {
                        latitude: centre.lat(),
                        longitude: centre.lng(),
                    })
                })
                .collect(),
        }
    }

    /// Number of places.
    #[must_use]
    pub fn len(&self) -> usize {
        self.vectors.len()
    }

    /// Whether there is no place.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.vectors.is_empty()
    }

    pub(crate) fn metric(&self) -> Metric {
        self.metric
    }

    pub(crate) fn vectors(&self) -> &[[f64; 3]] {
        &self.vectors
    }

    /// One list after the other.
    pub(crate) fn followed_by(&self, other: &Self) -> Self {
        let mut vectors = self.vectors.clone();
        vectors.extend_from_slice(&other.vectors);
        Self {
            metric: self.metric,
            vectors,
        }
    }

    /// The same places on a plane that touches the globe at their mean
    /// (azimuthal equidistant projection), kilometres; planar ones as they
    /// are.
    pub(crate) fn flattened(&self) -> Vec<[f64; 2]> {
        if self.metric == Metric::Planar {
            return self.vectors.iter().map(|v| [v[0], v[1]]).collect();
        }
        let mut mean = [0.0; 3];
        for vector in &self.vectors {
            for axis in 0..3 {
                mean[axis] += vector[axis];
            }
        }
        let length = dot(&mean, &mean).sqrt();
        if length == 0.0 {
            return vec![[0.0; 2]; self.vectors.len()];
        }
        let up = mean.map(|x| x / length);
        // East at the mean; at a pole any direction serves.
        let flat = up[0].hypot(up[1]);
        let east = if flat > 1e-12 {
            [-up[1] / flat, up[0] / flat, 0.0]
        } else {
            [0.0, 1.0, 0.0]
        };
        let north = [
            up[1] * east[2] - up[2] * east[1],
            up[2] * east[0] - up[0] * east[2],
            up[0] * east[1] - up[1] * east[0],
        ];
        self.vectors
            .iter()
            .map(|vector| {
                let (x, y) = (dot(vector, &east), dot(vector, &north));
                let side = x.hypot(y);
                if side == 0.0 {
                    return [0.0; 2];
                }
                let distance = EARTH_RADIUS_KM * side.atan2(dot(vector, &up));
                [x / side * distance, y / side * distance]
            })
            .collect()
    }
}

fn on_sphere(position: Position) -> [f64; 3] {
    position.unit_vector().map(|x| EARTH_RADIUS_KM * x)
}

fn dot(a: &[f64; 3], b: &[f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

pub(crate) fn chord_squared(a: &[f64; 3], b: &[f64; 3]) -> f64 {
    (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2) + (a[2] - b[2]).powi(2)
}

/// Fails unless both lists are on the globe or both in the plane.
pub(crate) fn check_same_metric(
    what: &'static str,
    first: &Locations,
    second: &Locations,
) -> Result<(), StatsError> {
    if first.metric == second.metric {
        Ok(())
    } else {
        Err(StatsError::MixedGeometry { what })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn great_circle_distances_agree_with_the_haversine_formula() {
        let at = |latitude: f64, longitude: f64| Position {
            latitude,
            longitude,
        };
        for (a, b) in [
            (at(25.6, 85.1), at(25.601, 85.1003)),
            (at(25.6, 85.1), at(27.0, 84.0)),
            (at(-10.0, 179.9), at(12.0, -178.0)),
            (at(0.0, 0.0), at(0.0, 180.0)),
        ] {
            let haversine = {
                let (p, q) = (a.latitude.to_radians(), b.latitude.to_radians());
                let l = (b.longitude - a.longitude).to_radians();
                let h = ((q - p) / 2.0).sin().powi(2) + p.cos() * q.cos() * (l / 2.0).sin().powi(2);
                2.0 * EARTH_RADIUS_KM * h.sqrt().min(1.0).asin()
            };
            let places = Locations::great_circle(&[a, b]).unwrap();
            let chord = chord_squared(&places.vectors[0], &places.vectors[1]);
            let ours = places.metric.squared(chord).sqrt();
            // Coordinates of 10⁴ km leave 10⁻¹² km to a difference.
            assert!(
                (ours - haversine).abs() < 1e-11 * haversine + 2e-12,
                "{ours} {haversine}"
            );
        }
    }

    #[test]
    fn places_that_are_none_are_rejected() {
        let bad = Position {
            latitude: 91.0,
            longitude: 0.0,
        };
        assert!(Locations::great_circle(&[bad]).is_err());
        assert!(
            Locations::planar(&[Coord {
                x: f64::NAN,
                y: 0.0
            }])
            .is_err()
        );
    }

    #[test]
    fn flattening_keeps_distances_from_the_mean() {
        let around: Vec<_> = [(26.0, 85.0), (25.0, 85.0), (25.5, 84.5), (25.5, 85.5)]
            .map(|(latitude, longitude)| Position {
                latitude,
                longitude,
            })
            .to_vec();
        let flat = Locations::great_circle(&around).unwrap().flattened();
        let height = flat[0][1] - flat[1][1];
        assert!((height - 111.195_08).abs() < 1e-3, "{height}");
        assert!(flat[3][0] > 0.0 && flat[2][0] < 0.0);
    }
}
