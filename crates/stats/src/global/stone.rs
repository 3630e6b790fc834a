//! Stone's test of decline with distance.

use super::cases::{Cases, multinomial};
use super::permutation::{PermutationTest, Permutations, simulated};
use crate::StatsError;
use crate::error::check_length;

const METHOD: &str = "Stone's test";

/// Result of [`stone_test`].
#[derive(Debug, Clone, PartialEq)]
pub struct StoneTest {
    /// Largest ratio of observed to expected cases within any distance.
    pub statistic: f64,
    /// Distance at which it is reached, in the units given.
    pub distance: f64,
    /// Units within that distance.
    pub units: usize,
    /// Cases allotted at random (multinomial).
    pub simulation: PermutationTest,
}

/// Stone's test: whether risk falls with distance from a source, such as a
/// brick kiln or a railway station.
///
/// Stone (1988), *Statistics in Medicine* 7. With units in order of distance:
///
/// 1. T = max over k of Σ_{i≤k} O_i / Σ_{i≤k} E_i, where the expected counts
///    are scaled to the sum of the cases, so that what is tested is the
///    decline and not the level. Units at the same distance enter together.
/// 2. The p-value is that of `Greater` over cases allotted at random.
///
/// The test is valid only if the source was named before the cases were seen.
/// O(units · log units), and O(units) for each simulation. `stone.stat` of R's
/// `DCluster` gives the same with `lambda = NULL`; with `lambda = 1` it takes
/// the level as known.
///
/// Units without counts, distance or expectation are left out.
///
/// # Errors
/// [`StatsError`] as in [`tango_index`](super::tango_index); also for a
/// distance that is not a number.
pub fn stone_test(
    cases: &[Option<f64>],
    expected: &[Option<f64>],
    distances: &[Option<f64>],
    simulations: Permutations,
) -> Result<StoneTest, StatsError> {
    check_length("distances", distances.len(), cases.len())?;
    crate::error::check_finite("distance", distances)?;
    let near: Vec<Option<f64>> = cases
        .iter()
        .zip(distances)
        .map(|(cases, distance)| cases.filter(|_| distance.is_some()))
        .collect();
    let cases = Cases::new(METHOD, &near, expected)?;
    let far = |at: usize| distances[cases.units[at]].unwrap_or(f64::INFINITY);
    let mut order: Vec<usize> = (0..cases.units.len()).collect();
    order.sort_by(|a, b| far(*a).total_cmp(&far(*b)).then(a.cmp(b)));
    let sorted = |values: &[f64]| -> Vec<f64> { order.iter().map(|at| values[*at]).collect() };
    let (observed, shares) = (sorted(&cases.observed), sorted(&cases.shares));
    let last_of_ring: Vec<bool> = (0..order.len())
        .map(|at| at + 1 == order.len() || far(order[at]) < far(order[at + 1]))
        .collect();
    let largest = |counts: &[f64]| {
        let (mut count, mut share) = (0.0, 0.0);
        let mut best = (f64::NEG_INFINITY, 0);
        for at in 0..counts.len() {
            count += counts[at];
            share += shares[at];
            let ratio = count / (share * cases.total);
            // Within rounding the nearer distance is named.
            if last_of_ring[at] && ratio > best.0 * (1.0 + 1e-12) {
                best = (ratio, at);
            }
        }
        best
    };
    let (statistic, at) = largest(&observed);
    let total = cases.whole_total()?;
    let reference = simulated(simulations, |random| {
        let mut counts = Vec::with_capacity(shares.len());
        multinomial(random, total, &shares, &mut counts);
        largest(&counts).0
    });
    Ok(StoneTest {
        statistic,
        distance: far(order[at]),
        units: at + 1,
        simulation: PermutationTest::of(statistic, reference),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::significance::Alternative;

    #[test]
    fn the_largest_ratio_is_found_in_order_of_distance() {
        let cases = [1.0, 6.0, 2.0, 9.0, 2.0].map(Some);
        let expected = [4.0; 5].map(Some);
        let distances = [5.0, 2.0, 3.0, 1.0, 2.0].map(Some);
        let simulations = Permutations::new(999, 4).unwrap();
        let result = stone_test(&cases, &expected, &distances, simulations).unwrap();
        // 9/4 at distance 1; 17/12 within 2, where two units lie.
        assert!((result.statistic - 2.25).abs() < 1e-12);
        assert_eq!((result.distance, result.units), (1.0, 1));
        assert!(result.simulation.p(Alternative::Greater) < 0.05);
        let missing = [Some(1.0), None, None, None, None];
        assert!(stone_test(&cases, &expected, &missing, simulations).is_err());
    }
}
