//! Local join counts.

use crate::StatsError;
use crate::error::check_length;
use crate::permutation::{PermutationParams, Population, Reference, lag_references};
use crate::weights::SpatialWeights;

/// Local join count of one unit where the event holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LocalJoinCount {
    /// Neighbours where the event holds as well.
    pub joins: usize,
    /// Neighbours of which it is known whether it holds.
    pub neighbours: usize,
    /// What conditional permutation says; `None` where all other units are
    /// neighbours, or where the event holds at all units or at no other.
    pub reference: Option<Reference>,
}

/// Local join counts of one event.
///
/// x_i Σ_j w_ij x_j with binary links, Anselin & Li (2019), *Journal of
/// Geographical Systems* 21: how many neighbours of a place where the event
/// holds have it too. Links count 1 whatever their weight. Test with
/// [`crate::significance::Alternative::Greater`], as GeoDa does; esda reports
/// the directed p-value and none where the count is 0.
///
/// `None` for units of which it is not known (left out as neighbours too),
/// where the event does not hold (the count is 0 by definition), and without a
/// neighbour.
///
/// # Errors
/// [`StatsError::Length`] if the lengths differ.
pub fn local_join_count(
    event: &[Option<bool>],
    weights: &SpatialWeights,
    permutation: &PermutationParams,
) -> Result<Vec<Option<LocalJoinCount>>, StatsError> {
    joins(event, event, weights, permutation)
}

/// Local join counts of two events that never hold at the same unit.
///
/// x_i Σ_j w_ij z_j, Anselin & Li (2019): how many neighbours of a place with
/// the first event have the second. Events that do coincide are counted for
/// the neighbours only, GeoDa's bivariate count without co-location; for
/// events that often coincide ask [`local_co_location`]. Otherwise as
/// [`local_join_count`].
///
/// # Errors
/// [`StatsError::Length`] if the lengths differ.
pub fn bivariate_local_join_count(
    first: &[Option<bool>],
    second: &[Option<bool>],
    weights: &SpatialWeights,
    permutation: &PermutationParams,
) -> Result<Vec<Option<LocalJoinCount>>, StatsError> {
    check_length("second event", second.len(), first.len())?;
    let pairs = || first.iter().zip(second);
    let focal: Vec<_> = pairs().map(|(a, b)| Some((*a)? && !(*b)?)).collect();
    let other: Vec<_> = pairs().map(|(a, b)| Some(!(*a)? && (*b)?)).collect();
    joins(&focal, &other, weights, permutation)
}

/// Local join counts of places where two events hold together.
///
/// x_i z_i Σ_j w_ij x_j z_j, the co-location join count of Anselin & Li
/// (2019): pairs of events are permuted together. Otherwise as
/// [`local_join_count`].
///
/// # Errors
/// [`StatsError::Length`] if the lengths differ.
pub fn local_co_location(
    first: &[Option<bool>],
    second: &[Option<bool>],
    weights: &SpatialWeights,
    permutation: &PermutationParams,
) -> Result<Vec<Option<LocalJoinCount>>, StatsError> {
    check_length("second event", second.len(), first.len())?;
    let both: Vec<_> = first
        .iter()
        .zip(second)
        .map(|(a, b)| Some((*a)? && (*b)?))
        .collect();
    joins(&both, &both, weights, permutation)
}

fn joins(
    focal: &[Option<bool>],
    other: &[Option<bool>],
    weights: &SpatialWeights,
    permutation: &PermutationParams,
) -> Result<Vec<Option<LocalJoinCount>>, StatsError> {
    let values: Vec<Option<f64>> = other
        .iter()
        .map(|event| event.map(|holds| f64::from(u8::from(holds))))
        .collect();
    let links;
    let weights = if weights.is_binary() {
        weights
    } else {
        links = weights.binary();
        &links
    };
    let population = Population::new(&values, weights)?;
    let holds = |at: usize| focal[population.unit(at)] == Some(true);
    let n = population.len() as f64;
    let mean = population.values.iter().sum::<f64>() / n;
    let references = lag_references(&population, mean, 0.0, permutation, holds);
    let results = references
        .into_iter()
        .enumerate()
        .map(|(at, reference)| {
            let row = population.row(at);
            if !holds(at) || row.neighbours.is_empty() {
                return None;
            }
            let joins = row
                .neighbours
                .iter()
                .filter(|j| population.values[**j as usize] == 1.0)
                .count();
            Some(LocalJoinCount {
                joins,
                neighbours: row.neighbours.len(),
                reference: reference.filter(|reference| reference.variance > 0.0),
            })
        })
        .collect();
    Ok(population.scatter(results))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::significance::Alternative;
    use crate::testing::grid;

    /// The upper tail of a join count is hypergeometric.
    #[test]
    fn p_is_the_hypergeometric_tail() {
        let event: Vec<_> = (0..36).map(|i| Some(i % 6 < 3 && i < 24)).collect();
        let permutation = PermutationParams::new(4000, 5).unwrap();
        let results = local_join_count(&event, &grid(6, 6), &permutation).unwrap();
        let choose = |n: usize, k: usize| {
            (0..k)
                .map(|i| (n - i) as f64 / (i + 1) as f64)
                .product::<f64>()
        };
        for (unit, result) in results.iter().enumerate() {
            let Some(result) = result else {
                assert_eq!(event[unit], Some(false));
                continue;
            };
            // Of 35 others 11 have the event.
            let tail: f64 = (result.joins..=result.neighbours)
                .map(|j| choose(11, j) * choose(24, result.neighbours - j))
                .sum::<f64>()
                / choose(35, result.neighbours);
            let p = result.reference.unwrap().p(Alternative::Greater);
            let error = 4.0 * (tail * (1.0 - tail) / 4000.0).sqrt() + 1.0 / 4000.0;
            assert!((p - tail).abs() < error, "{unit}: {p} {tail}");
        }
    }

    #[test]
    fn two_events_count_each_other_and_both_count_together() {
        let first = [true, false, true, false].map(Some);
        let second = [false, true, true, true].map(Some);
        let weights =
            SpatialWeights::from_lists(vec![vec![1, 2], vec![0, 3], vec![0, 3], vec![1, 2]])
                .unwrap();
        let permutation = PermutationParams::new(9, 5).unwrap();
        let apart = bivariate_local_join_count(&first, &second, &weights, &permutation).unwrap();
        assert_eq!(apart[0].unwrap().joins, 1);
        assert!(apart[2].is_none(), "both events hold");
        let both = local_co_location(&first, &second, &weights, &permutation).unwrap();
        assert_eq!(both[2].unwrap().joins, 0);
        assert!(both[2].unwrap().reference.is_none(), "no other such place");
        assert!(both[0].is_none());
    }
}
