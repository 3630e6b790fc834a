//! Headbanging: median smoothing that keeps edges and ridges.

use rayon::prelude::*;

use super::weighted_median::{median, weighted_median};
use crate::StatsError;
use crate::error::{check_finite, check_length, check_not_negative, check_passes};
use crate::weights::SpatialWeights;

/// Parameters of [`headbanging`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HeadbangingParams {
    triples: usize,
    least_angle_degrees: f64,
    iterations: usize,
}

impl HeadbangingParams {
    /// At most `triples` triples for each unit (3 is usual), whose arms span
    /// at least `least_angle_degrees` (135 is usual), in `iterations` passes.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] if there are no triples, the angle does not
    /// lie between 0 and 180 degrees, or there are more than 10,000 iterations.
    pub fn new(
        triples: usize,
        least_angle_degrees: f64,
        iterations: usize,
    ) -> Result<Self, StatsError> {
        if triples == 0 {
            return Err(StatsError::Parameter {
                what: "triples",
                value: 0.0,
                expected: "at least 1",
            });
        }
        if !(0.0..180.0).contains(&least_angle_degrees) {
            return Err(StatsError::Parameter {
                what: "least_angle_degrees",
                value: least_angle_degrees,
                expected: "a number from 0 to below 180",
            });
        }
        check_passes(iterations)?;
        Ok(Self {
            triples,
            least_angle_degrees,
            iterations,
        })
    }

    /// Three triples of at least 135 degrees, one pass: the values of Mungiole
    /// et al. and of esda.
    #[must_use]
    pub fn usual() -> Self {
        Self {
            triples: 3,
            least_angle_degrees: 135.0,
            iterations: 1,
        }
    }
}

/// Where a unit is, on a plane. Project longitudes and latitudes first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlanePoint {
    /// Eastward coordinate, in any unit of length.
    pub x: f64,
    /// Northward coordinate, in the same unit.
    pub y: f64,
}

/// Headbanging smoother.
///
/// Hansen (1991), *J. Am. Water Resour. Assoc.*; Mungiole, Pickle & Simonson
/// (1999), *Statistics in Medicine* 18. For each unit,
/// 1. triples: pairs of its neighbours seen from the unit at an angle wider
///    than the least one; of these, those whose connecting segments pass
///    closest to the unit;
/// 2. screens: the median of the lower values of the pairs and the median of
///    the higher ones;
/// 3. the smooth value is the median of the unit's value and both screens, so
///    that a value between its screens stays, and one that sticks out on both
///    sides of every line is cut back.
///
/// With `exposures` (weighted headbanging) the screens are weighted medians,
/// and a value moves to its screen only if the exposures of the pairs' members
/// together exceed its own times the number of triples. A value that rests on
/// more people than its surroundings stays.
///
/// `weights` says who is a neighbour: 5 to 8 nearest ones are usual. A unit
/// without a triple (an island, or a corner whose neighbours all lie on one
/// side) keeps its value; the extrapolated points that Mungiole et al. add at
/// the edge are not made. Pairs with a missing value (or, if weighted, a
/// missing exposure) are left out. Two units at the same place see each other
/// under no angle and form no triple.
///
/// esda's deprecated class follows the same steps, but with its libpysal 4.14
/// compares radians with degrees, and so takes whatever pair turns clockwise
/// for a triple. Of triples equally near it keeps those listed first by
/// neighbour, as here.
/// O(units · degree² · iterations).
///
/// # Errors
/// [`StatsError`] if the lengths differ, a value or coordinate is not finite,
/// or an exposure is negative or not finite.
pub fn headbanging(
    values: &[Option<f64>],
    exposures: Option<&[Option<f64>]>,
    points: &[PlanePoint],
    weights: &SpatialWeights,
    params: &HeadbangingParams,
) -> Result<Vec<Option<f64>>, StatsError> {
    check_length("values", values.len(), weights.len())?;
    check_length("points", points.len(), weights.len())?;
    check_finite("value", values)?;
    for (unit, point) in points.iter().enumerate() {
        for value in [point.x, point.y] {
            if !value.is_finite() {
                return Err(StatsError::Value {
                    what: "coordinate",
                    unit,
                    value,
                    expected: "a finite number",
                });
            }
        }
    }
    if let Some(exposures) = exposures {
        check_length("exposures", exposures.len(), weights.len())?;
        check_not_negative("exposure", exposures)?;
    }
    // Whoever has no value, or no weight where weights are wanted, is no arm.
    let usable: Vec<bool> = (0..values.len())
        .map(|i| values[i].is_some() && exposures.is_none_or(|e| e[i].is_some()))
        .collect();
    let triples: Vec<Vec<(usize, usize)>> = (0..values.len())
        .into_par_iter()
        .map(|unit| triples(unit, points, weights, &usable, params))
        .collect();
    let mut smooth = values.to_vec();
    for _ in 0..params.iterations {
        smooth = (0..smooth.len())
            .into_par_iter()
            .map(|unit| {
                let own = smooth[unit]?;
                Some(match exposures {
                    None => between_screens(own, &triples[unit], &smooth),
                    Some(exposures) => match exposures[unit] {
                        Some(weight) => {
                            weighed_against_screens(own, weight, &triples[unit], &smooth, exposures)
                        }
                        None => own,
                    },
                })
            })
            .collect();
    }
    Ok(smooth)
}

fn triples(
    unit: usize,
    points: &[PlanePoint],
    weights: &SpatialWeights,
    usable: &[bool],
    params: &HeadbangingParams,
) -> Vec<(usize, usize)> {
    let centre = points[unit];
    let arms: Vec<(usize, f64, f64)> = weights
        .neighbours(unit)
        .filter(|neighbour| usable[*neighbour])
        .map(|neighbour| {
            let point = points[neighbour];
            (neighbour, point.x - centre.x, point.y - centre.y)
        })
        .filter(|(_, x, y)| *x != 0.0 || *y != 0.0)
        .collect();
    let mut found = Vec::new();
    for (at, (first, ax, ay)) in arms.iter().enumerate() {
        for (second, bx, by) in &arms[at + 1..] {
            let (dot, cross) = (ax * bx + ay * by, ax * by - ay * bx);
            let angle = cross.abs().atan2(dot).to_degrees();
            if angle > params.least_angle_degrees {
                found.push((distance_to_segment((*ax, *ay), (*bx, *by)), *first, *second));
            }
        }
    }
    // A stable sort keeps the order of neighbours among equals.
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    found.truncate(params.triples);
    found.into_iter().map(|(_, a, b)| (a, b)).collect()
}

/// Distance of the origin from the segment between two points.
fn distance_to_segment(a: (f64, f64), b: (f64, f64)) -> f64 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let length = dx * dx + dy * dy;
    let along = if length > 0.0 {
        (-(a.0 * dx + a.1 * dy) / length).clamp(0.0, 1.0)
    } else {
        0.0
    };
    (a.0 + along * dx).hypot(a.1 + along * dy)
}

fn between_screens(own: f64, triples: &[(usize, usize)], values: &[Option<f64>]) -> f64 {
    let pairs = || {
        triples
            .iter()
            .filter_map(|(a, b)| values[*a].zip(values[*b]))
    };
    let mut low: Vec<f64> = pairs().map(|(a, b)| a.min(b)).collect();
    let mut high: Vec<f64> = pairs().map(|(a, b)| a.max(b)).collect();
    match median(&mut low).zip(median(&mut high)) {
        Some((low, high)) => own.clamp(low, high),
        None => own,
    }
}

fn weighed_against_screens(
    own: f64,
    weight: f64,
    triples: &[(usize, usize)],
    values: &[Option<f64>],
    exposures: &[Option<f64>],
) -> f64 {
    let mut low = Vec::with_capacity(triples.len());
    let mut high = Vec::with_capacity(triples.len());
    let mut around = 0.0;
    for (a, b) in triples {
        let (Some(a), Some(b)) = (values[*a].zip(exposures[*a]), values[*b].zip(exposures[*b]))
        else {
            continue;
        };
        around += a.1 + b.1;
        let (lower, higher) = if a.0 <= b.0 { (a, b) } else { (b, a) };
        low.push(lower);
        high.push(higher);
    }
    if weight * low.len() as f64 >= around {
        return own;
    }
    match weighted_median(&mut low).zip(weighted_median(&mut high)) {
        // Weighted medians of the lower and the higher values may cross.
        Some((low, _)) if own < low => low,
        Some((_, high)) if own > high => high,
        _ => own,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn grid(side: usize) -> (Vec<PlanePoint>, SpatialWeights) {
        let points: Vec<_> = (0..side * side)
            .map(|i| PlanePoint {
                x: (i % side) as f64,
                y: (i / side) as f64,
            })
            .collect();
        let lists = (0..side * side)
            .map(|i| {
                (0..side * side)
                    .filter(|j| {
                        let (a, b) = (points[i], points[*j]);
                        i != *j && (a.x - b.x).abs() <= 1.0 && (a.y - b.y).abs() <= 1.0
                    })
                    .collect()
            })
            .collect();
        (points, SpatialWeights::from_lists(lists).unwrap())
    }

    #[test]
    fn a_spike_is_cut_and_a_straight_edge_is_kept() {
        let (points, weights) = grid(7);
        let mut values: Vec<_> = points
            .iter()
            .map(|p| Some(if p.x < 3.0 { 1.0 } else { 5.0 }))
            .collect();
        let clean = values.clone();
        values[8] = Some(50.0);
        let smooth = headbanging(
            &values,
            None,
            &points,
            &weights,
            &HeadbangingParams::usual(),
        )
        .unwrap();
        assert_eq!(smooth[8], Some(1.0));
        for (index, value) in clean.iter().enumerate().filter(|(i, _)| *i != 8) {
            assert_eq!(smooth[index], *value, "unit {index}");
        }
    }

    #[test]
    fn a_spike_on_many_people_stays() {
        let (points, weights) = grid(5);
        let mut values = vec![Some(1.0); 25];
        values[12] = Some(50.0);
        let mut people = vec![Some(10.0); 25];
        let smooth = |people: &[Option<f64>]| {
            headbanging(
                &values,
                Some(people),
                &points,
                &weights,
                &HeadbangingParams::usual(),
            )
            .unwrap()
        };
        assert_eq!(smooth(&people)[12], Some(1.0));
        people[12] = Some(1000.0);
        assert_eq!(smooth(&people)[12], Some(50.0));
    }

    proptest! {
        #[test]
        fn turned_mirrored_and_renumbered_maps_are_smoothed_alike(
            values in prop::collection::vec(-50.0..50.0f64, 20),
            places in prop::collection::vec((0.0..10.0f64, 0.0..10.0f64), 20),
            people in prop::collection::vec(1.0..90.0f64, 20),
        ) {
            let lists: Vec<Vec<usize>> = (0..20)
                .map(|i| {
                    let far = |j: usize| {
                        (places[i].0 - places[j].0).hypot(places[i].1 - places[j].1)
                    };
                    let mut others: Vec<usize> = (0..20).filter(|j| *j != i).collect();
                    others.sort_by(|a, b| far(*a).total_cmp(&far(*b)));
                    others.truncate(6);
                    others
                })
                .collect();
            let run = |sign: f64, turn: bool, backwards: bool| -> Vec<Option<f64>> {
                let at = |i: usize| if backwards { 19 - i } else { i };
                let points: Vec<_> = (0..20)
                    .map(|i| {
                        let (x, y) = places[at(i)];
                        if turn { PlanePoint { x: 5.0 - y, y: x } } else { PlanePoint { x, y } }
                    })
                    .collect();
                let lists = (0..20).map(|i| lists[at(i)].iter().map(|j| at(*j)).collect());
                let weights = SpatialWeights::from_lists(lists.collect()).unwrap();
                let values: Vec<_> = (0..20).map(|i| Some(sign * values[at(i)])).collect();
                let people: Vec<_> = (0..20).map(|i| Some(people[at(i)])).collect();
                let params = HeadbangingParams::usual();
                let plain = headbanging(&values, None, &points, &weights, &params).unwrap();
                let weighted =
                    headbanging(&values, Some(&people), &points, &weights, &params).unwrap();
                let mut both: Vec<_> = (0..20).map(|i| plain[at(i)].map(|v| sign * v)).collect();
                both.extend((0..20).map(|i| weighted[at(i)].map(|v| sign * v)));
                both
            };
            let usual = run(1.0, false, false);
            prop_assert_eq!(&usual[..20], &run(-1.0, false, false)[..20]);
            prop_assert_eq!(&usual, &run(1.0, true, false));
            prop_assert_eq!(&usual, &run(1.0, false, true));
        }
    }

    #[test]
    fn corners_and_gaps_keep_what_they_have() {
        let (points, weights) = grid(3);
        let mut values = vec![Some(1.0); 9];
        values[0] = Some(7.0);
        values[4] = None;
        let smooth = headbanging(
            &values,
            None,
            &points,
            &weights,
            &HeadbangingParams::usual(),
        )
        .unwrap();
        assert_eq!(smooth, values);
        assert!(HeadbangingParams::new(0, 135.0, 1).is_err());
        assert!(HeadbangingParams::new(3, 180.0, 1).is_err());
    }
}
