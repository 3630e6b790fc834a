//! Kulldorff's spatial scan with ellipses.

use super::cluster::{Scan, ScanParams};
use super::counts::SpatialCounts;
use super::places::Places;
use super::rings::{Axes, scan_rings};
use crate::StatsError;
use crate::error::check_length;

/// How elongated windows are held back: the likelihood ratio of a window
/// with axes in ratio s is multiplied by (4s/(s+1)²)^a.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NonCompactness {
    /// a = 0: not at all.
    None,
    /// a = ½.
    Medium,
    /// a = 1.
    Strong,
}

/// Ellipses of one ratio of axes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EllipseShape {
    /// Longer axis over shorter axis.
    pub ratio: f64,
    /// Number of directions of the longer axis: multiples of 180° over it.
    pub angles: usize,
}

/// Most angles of a shape: each has its own order of all places.
const MOST_ANGLES: usize = 360;

/// Parameters of [`elliptic_scan`].
#[derive(Debug, Clone, PartialEq)]
pub struct EllipseParams {
    shapes: Vec<EllipseShape>,
    penalty: NonCompactness,
}

impl EllipseParams {
    /// Circles and these ellipses.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] unless ratios are finite and above 1, and
    /// each shape has 1 to 360 angles.
    pub fn new(shapes: Vec<EllipseShape>, penalty: NonCompactness) -> Result<Self, StatsError> {
        for shape in &shapes {
            if !(shape.ratio.is_finite() && shape.ratio > 1.0) {
                return Err(StatsError::Parameter {
                    what: "ratio of the axes of an ellipse",
                    value: shape.ratio,
                    expected: "a finite number above 1; circles are always scanned",
                });
            }
            if !(1..=MOST_ANGLES).contains(&shape.angles) {
                return Err(StatsError::Parameter {
                    what: "angles of an ellipse",
                    value: shape.angles as f64,
                    expected: "1 to 360",
                });
            }
        }
        Ok(Self { shapes, penalty })
    }

    /// The ellipses that `SaTScan` scans beside the circle: axes in ratio
    /// 1.5, 2, 3, 4, 5 with 4, 6, 9, 12, 15 angles.
    #[must_use]
    pub fn satscan(penalty: NonCompactness) -> Self {
        let shapes = [(1.5, 4), (2.0, 6), (3.0, 9), (4.0, 12), (5.0, 15)];
        Self {
            shapes: shapes
                .map(|(ratio, angles)| EllipseShape { ratio, angles })
                .to_vec(),
            penalty,
        }
    }
}

/// The spatial scan statistic with circles and ellipses.
///
/// Kulldorff, Huang, Pickle & Duczmal (2006), *Statistics in Medicine* 25:
/// 3929–3943. As [`circular_scan`](super::circular_scan), with the ellipses
/// of all ratios and angles about each position beside the circle. Windows
/// are ranked by the likelihood ratio times the penalty, also in simulations;
/// both figures are reported, as `SaTScan` does (log likelihood ratio and test
/// statistic). The best window about a centre is taken over all shapes.
///
/// Angles are counted from the first coordinate axis against the clock; the
/// first is 0. Limits of the radius hold for half of the shorter axis.
/// Places in order of distance are so in the metric of the ellipse.
///
/// Cost: as circles, times the number of shapes and angles (47 in `SaTScan`).
/// `SaTScan` turns coordinates in single precision; we do not.
///
/// # Errors
/// [`StatsError::Length`] if counts and places differ in number,
/// [`StatsError::Parameter`] for places on the globe: project them first, an
/// ellipse has no meaning there.
pub fn elliptic_scan(
    places: &Places,
    counts: &SpatialCounts,
    ellipses: &EllipseParams,
    params: &ScanParams,
) -> Result<Scan, StatsError> {
    check_length("counts", counts.len(), places.len())?;
    if !places.is_planar() {
        return Err(StatsError::Parameter {
            what: "coordinates in degrees",
            value: places.len() as f64,
            expected: "no places on the globe; project them to a plane for ellipses",
        });
    }
    let field = counts.field();
    let mut axes = vec![Axes::circle(places)];
    for shape in &ellipses.shapes {
        for turn in 0..shape.angles {
            let angle = std::f64::consts::PI * turn as f64 / shape.angles as f64;
            axes.push(squeezed(places, shape.ratio, angle, ellipses.penalty));
        }
    }
    scan_rings(places, &axes, &field, (1, &[(0, 1)]), params)
}

/// Places in axes along and across the ellipse, the longer one shortened.
fn squeezed(places: &Places, ratio: f64, angle: f64, penalty: NonCompactness) -> Axes {
    let (sine, cosine) = angle.sin_cos();
    let exponent = match penalty {
        NonCompactness::None => 0.0,
        NonCompactness::Medium => 0.5,
        NonCompactness::Strong => 1.0,
    };
    Axes {
        points: places
            .points()
            .iter()
            .map(|[x, y, _]| [(x * cosine + y * sine) / ratio, y * cosine - x * sine, 0.0])
            .collect(),
        ellipse: Some((ratio, angle)),
        penalty: (4.0 * ratio / (ratio + 1.0).powi(2)).powf(exponent),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::{MonteCarlo, PlanarPoint, Shape};

    #[test]
    fn a_line_of_cases_is_one_ellipse() {
        let mut points = Vec::new();
        for x in 0..9 {
            for y in 0..9 {
                points.push(PlanarPoint {
                    x: f64::from(x),
                    y: f64::from(y),
                });
            }
        }
        let on_line = |point: &PlanarPoint| point.x == point.y && (2.0..=6.0).contains(&point.x);
        let cases: Vec<u64> = points
            .iter()
            .map(|p| if on_line(p) { 20 } else { 2 })
            .collect();
        let expected = vec![1.0; cases.len()];
        let counts = SpatialCounts::poisson(&cases, &expected).unwrap();
        let places = Places::planar(&points).unwrap();
        let ellipses = EllipseParams::new(
            vec![EllipseShape {
                ratio: 5.0,
                angles: 4,
            }],
            NonCompactness::None,
        )
        .unwrap();
        let params = ScanParams::new(MonteCarlo::new(0, 0));
        let scan = elliptic_scan(&places, &counts, &ellipses, &params).unwrap();
        let best = &scan.clusters[0];
        assert_eq!((best.members.len(), best.observed), (5, 100));
        let Shape::Ellipse {
            ratio,
            angle_degrees,
            minor_radius,
        } = best.shape
        else {
            panic!("a circle");
        };
        assert_eq!(ratio, 5.0);
        assert!((angle_degrees - 45.0).abs() < 1e-12);
        assert!((minor_radius - 8.0_f64.sqrt() / 5.0).abs() < 1e-12);
    }

    #[test]
    fn ellipses_are_checked() {
        let shape = |ratio, angles| vec![EllipseShape { ratio, angles }];
        for shapes in [shape(1.0, 4), shape(f64::NAN, 4), shape(2.0, 0)] {
            assert!(EllipseParams::new(shapes, NonCompactness::None).is_err());
        }
    }
}
