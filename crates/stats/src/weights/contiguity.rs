//! Contiguity of polygons, tolerant of borders that do not match exactly.

use geo::{CoordsIter as _, LinesIter as _, MultiPolygon};
use rayon::prelude::*;
use rstar::RTree;
use rstar::primitives::{GeomWithData, Line};

use super::SpatialWeights;
use crate::StatsError;

/// When two polygons count as neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contiguity {
    /// They share at least a point of their borders.
    Queen,
    /// They share a stretch of border longer than the tolerance.
    Rook,
}

/// Parameters of [`contiguity`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ContiguityParams {
    kind: Contiguity,
    tolerance: f64,
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
            Ok(Self { kind, tolerance })
        } else {
            Err(StatsError::Parameter {
                what: "tolerance",
                value: tolerance,
                expected: "a finite number not below zero",
            })
        }
    }
}

/// Contiguity weights of polygons; symmetric. `None` is an island.
///
/// Official boundaries rarely share vertices to the last digit, and slivers
/// and small overlaps are common. So the borders are compared, not the
/// vertices:
/// 1. put every border segment into an R*-tree (Beckmann et al., 1990);
/// 2. for every vertex, find the segments of other polygons no further away
///    than the tolerance; these polygons touch in that vertex;
/// 3. queen: one such vertex is enough. Rook: two that lie further apart than
///    twice the tolerance.
///
/// Time is O(v log v) for v vertices. A polygon that lies wholly inside the
/// hole of another touches it; polygons that overlap by more than the
/// tolerance without a vertex near the other's border do not.
///
/// Source of the definitions: Anselin (1988), *Spatial Econometrics*, ch. 3.
#[must_use]
pub fn contiguity(
    polygons: &[Option<&MultiPolygon<f64>>],
    params: &ContiguityParams,
) -> SpatialWeights {
    let segments: Vec<GeomWithData<Line<[f64; 2]>, usize>> = polygons
        .iter()
        .enumerate()
        .flat_map(|(unit, polygon)| {
            polygon.iter().flat_map(move |polygon| {
                polygon.lines_iter().map(move |line| {
                    let ends = Line::new([line.start.x, line.start.y], [line.end.x, line.end.y]);
                    GeomWithData::new(ends, unit)
                })
            })
        })
        .collect();
    let tree = RTree::bulk_load(segments);
    let lists: Vec<Vec<usize>> = polygons
        .par_iter()
        .enumerate()
        .map(|(unit, polygon)| touched(unit, *polygon, &tree, params))
        .collect();
    SpatialWeights::from_lists(lists)
        .expect("the tree holds only units of this list")
        .symmetrised()
}

/// Polygons that the vertices of one polygon touch.
fn touched(
    unit: usize,
    polygon: Option<&MultiPolygon<f64>>,
    tree: &RTree<GeomWithData<Line<[f64; 2]>, usize>>,
    params: &ContiguityParams,
) -> Vec<usize> {
    // Rounding of a shared coordinate must not part neighbours at tolerance 0.
    let reach = params.tolerance.max(f64::EPSILON * 360.0);
    let far = 2.0 * reach;
    let mut first_touch: Vec<(usize, [f64; 2])> = Vec::new();
    let mut found = Vec::new();
    for coordinate in polygon.into_iter().flat_map(|p| p.coords_iter()) {
        let point = [coordinate.x, coordinate.y];
        for segment in tree.locate_within_distance(point, reach * reach) {
            let other = segment.data;
            if other == unit || found.contains(&other) {
                continue;
            }
            match params.kind {
                Contiguity::Queen => found.push(other),
                Contiguity::Rook => match first_touch.iter().find(|(seen, _)| *seen == other) {
                    None => first_touch.push((other, point)),
                    Some((_, first)) => {
                        if (first[0] - point[0]).hypot(first[1] - point[1]) > far {
                            found.push(other);
                        }
                    }
                },
            }
        }
    }
    found
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
        let weights = contiguity(&shapes, &params);
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
            [vec![], vec![]]
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
        assert_eq!(contiguity(&[Some(&shape), None], &params).islands(), [0, 1]);
    }
}
