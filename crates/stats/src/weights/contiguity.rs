//! Contiguity of polygons, tolerant of borders that do not match exactly.

use geo::MultiPolygon;

use super::SpatialWeights;
use super::border::Borders;
use super::rows::collect_rows;
use crate::StatsError;

/// When two polygons count as neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contiguity {
    /// They share at least a point of their borders.
    Queen,
    /// They share a stretch of border longer than the tolerance.
    Rook,
}

/// What the coordinates of polygons are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coordinates {
    Planar,
    Geographic,
}

/// Parameters of [`contiguity`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ContiguityParams {
    kind: Contiguity,
    tolerance: f64,
    coordinates: Coordinates,
}

impl ContiguityParams {
    /// Checked parameters. `tolerance` is the largest gap, in the units of the
    /// coordinates, that still counts as touching; in degrees 0.0001 is about
    /// eleven metres.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] unless the tolerance is finite and not below
    /// zero.
    pub fn new(kind: Contiguity, tolerance: f64) -> Result<Self, StatsError> {
        if tolerance.is_finite() && tolerance >= 0.0 {
            Ok(Self {
                kind,
                tolerance,
                coordinates: Coordinates::Planar,
            })
        } else {
            Err(StatsError::Parameter {
                what: "tolerance",
                value: tolerance,
                expected: "a finite number not below zero",
            })
        }
    }

    /// The same for coordinates in degrees of longitude and latitude: borders
    /// at longitude 180 and −180 touch.
    #[must_use]
    pub fn geographic(mut self) -> Self {
        self.coordinates = Coordinates::Geographic;
        self
    }
}

/// Contiguity weights of polygons, binary and symmetric. `None` is an island.
///
/// Official boundaries rarely share vertices to the last digit; a vertex of one
/// often lies in the middle of a segment of the other, and slivers and small
/// overlaps are common. So the borders, rings of holes included, are compared
/// as lines, not as sets of vertices:
/// 1. cut the borders into pieces of a few segments, and put their boxes into
///    an R*-tree (Beckmann et al., 1990);
/// 2. compare the segments of each unit with those of other units in boxes no
///    further away than the tolerance;
/// 3. queen: two borders that come within the tolerance in at least one point.
///    Rook: two borders that run beside each other, within the tolerance and
///    less than 30 degrees apart in direction, for longer than the tolerance in
///    sum, as measured along both. A corner, or any number of corners, has no
///    length.
///
/// With tolerance 0, gaps no larger than the rounding of coordinates are still
/// bridged. Then the result is that of DE-9IM: borders meet (queen), in a line
/// (rook). This differs
/// - from libpysal's `Queen` and `Rook`, which compare vertices, and so miss a
///   vertex in the middle of the other's segment;
/// - from spdep's `poly2nb`, which counts boundary points within `snap`, so that
///   its rook (`queen = FALSE`) asks for two common points, not for a line;
/// - from the predicate *touches*: identical polygons, and polygons that overlap
///   with crossing borders, are neighbours. One that lies wholly inside another
///   without a hole, and off its border, is not.
///
/// The result does not depend on the order of units, rings or vertices. Where
/// vertices lie closer together than the tolerance, a corner sharper than 30
/// degrees may pass for a border. Coordinates are planar unless the parameters
/// say [`ContiguityParams::geographic`]; the poles are not treated as one
/// point. O(v log v) for v vertices, in parallel over units.
///
/// Source of the definitions: Anselin (1988), *Spatial Econometrics*, ch. 3.
///
/// # Errors
/// [`StatsError::Value`] for a coordinate that is not finite.
pub fn contiguity(
    polygons: &[Option<&MultiPolygon<f64>>],
    params: &ContiguityParams,
) -> Result<SpatialWeights, StatsError> {
    let seam = (params.coordinates == Coordinates::Geographic).then_some(180.0);
    let borders = Borders::new(polygons, seam, params.tolerance)?;
    let reach = params.tolerance.max(borders.rounding());
    match params.kind {
        Contiguity::Queen => {
            let later = collect_rows(
                polygons.len(),
                || (),
                |(), unit, row| {
                    push_touched(unit, &borders, reach, row);
                    Ok(())
                },
            )?;
            Ok(later.symmetrised())
        }
        Contiguity::Rook => {
            let beside = collect_rows(polygons.len(), Vec::new, |stretches, unit, row| {
                push_beside(unit, &borders, reach, stretches, row);
                Ok(())
            })?;
            beside.mutual()
        }
    }
}

/// Later units whose border a unit's border touches.
fn push_touched(unit: usize, borders: &Borders, reach: f64, row: &mut Vec<u32>) {
    let start = row.len();
    for piece in borders.pieces(unit) {
        for (other, shift) in borders.near(piece, reach) {
            if other.unit as usize <= unit || row[start..].contains(&other.unit) {
                continue;
            }
            let theirs = borders.segments(other);
            let touch = borders.segments(piece).iter().any(|ours| {
                other.is_near(ours, shift, reach)
                    && theirs
                        .iter()
                        .any(|segment| ours.touches(&segment.moved(shift), reach))
            });
            if touch {
                row.push(other.unit);
            }
        }
    }
}

/// Units whose border runs beside a unit's border for longer than `reach`.
fn push_beside(
    unit: usize,
    borders: &Borders,
    reach: f64,
    stretches: &mut Vec<Stretch>,
    row: &mut Vec<u32>,
) {
    let start = row.len();
    let mut lengths: Vec<(u32, f64)> = Vec::new();
    for piece in borders.pieces(unit) {
        // Those that are neighbours already need no more length.
        let near: Vec<_> = borders
            .near(piece, reach)
            .filter(|(other, _)| other.unit as usize != unit && !row[start..].contains(&other.unit))
            .collect();
        if near.is_empty() {
            continue;
        }
        for ours in borders.segments(piece) {
            stretches.clear();
            for (other, shift) in near.iter().filter(|(o, s)| o.is_near(ours, *s, reach)) {
                let theirs = borders.segments(other).iter();
                stretches.extend(theirs.filter_map(|segment| {
                    let (from, to) = ours.stretch_along(&segment.moved(*shift), reach)?;
                    Some((other.unit, from, to))
                }));
            }
            stretches.sort_unstable_by(|a, b| {
                let by_place = a.1.total_cmp(&b.1).then(a.2.total_cmp(&b.2));
                a.0.cmp(&b.0).then(by_place)
            });
            for of_one in stretches.chunk_by(|a, b| a.0 == b.0) {
                let other = of_one[0].0;
                let at = lengths.iter().position(|(known, _)| *known == other);
                let at = at.unwrap_or_else(|| {
                    lengths.push((other, 0.0));
                    lengths.len() - 1
                });
                lengths[at].1 += covered(of_one);
                if lengths[at].1 > reach && !row[start..].contains(&other) {
                    row.push(other);
                }
            }
        }
    }
}

/// Another unit, and from where to where along a segment its border runs.
type Stretch = (u32, f64, f64);

/// Length that sorted stretches of one segment cover together.
fn covered(stretches: &[Stretch]) -> f64 {
    let mut length = 0.0;
    let mut end = f64::NEG_INFINITY;
    for (_, from, to) in stretches {
        length += (to - from.max(end)).max(0.0);
        end = end.max(*to);
    }
    length
}

#[cfg(test)]
mod tests {
    use geo::{Rect, coord};

    use super::*;

    fn square(x: f64, y: f64) -> MultiPolygon<f64> {
        let corner = coord! { x: x, y: y };
        let opposite = coord! { x: x + 1.0, y: y + 1.0 };
        MultiPolygon::new(vec![Rect::new(corner, opposite).to_polygon()])
    }

    fn neighbours(
        kind: Contiguity,
        tolerance: f64,
        shapes: &[MultiPolygon<f64>],
    ) -> Vec<Vec<usize>> {
        let shapes: Vec<_> = shapes.iter().map(Some).collect();
        let params = ContiguityParams::new(kind, tolerance).unwrap();
        let weights = contiguity(&shapes, &params).unwrap();
        (0..weights.len())
            .map(|unit| weights.neighbours(unit).collect())
            .collect()
    }

    #[test]
    fn queens_meet_at_corners_and_rooks_do_not() {
        let shapes = [square(0.0, 0.0), square(1.0, 0.0), square(1.0, 1.0)];
        assert_eq!(
            neighbours(Contiguity::Queen, 0.0, &shapes),
            [vec![1, 2], vec![0, 2], vec![0, 1]]
        );
        assert_eq!(
            neighbours(Contiguity::Rook, 0.0, &shapes),
            [vec![1], vec![0, 2], vec![1]]
        );
    }

    #[test]
    fn a_sliver_within_the_tolerance_is_bridged() {
        let shapes = [square(0.0, 0.0), square(1.000_05, 0.3)];
        assert_eq!(
            neighbours(Contiguity::Queen, 0.0, &shapes),
            [Vec::<usize>::new(), Vec::new()]
        );
        assert_eq!(
            neighbours(Contiguity::Queen, 1e-4, &shapes),
            [vec![1], vec![0]]
        );
    }

    #[test]
    fn a_missing_polygon_is_an_island() {
        let shape = square(0.0, 0.0);
        let params = ContiguityParams::new(Contiguity::Queen, 0.0).unwrap();
        let weights = contiguity(&[Some(&shape), None], &params).unwrap();
        assert_eq!(weights.islands(), [0, 1]);
    }
}
