//! Probability maps of counts.

use super::observed::{observed, pooled_rate};
use crate::StatsError;
use crate::error::check_not_negative;
use crate::special::gamma::{lower, upper};

/// A count against what its exposure leads one to expect.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CountProbability {
    /// Exposure times the pooled rate.
    pub expected: f64,
    /// Observed over expected; 1 is what was expected.
    pub relative_risk: f64,
    /// Probability of so small a count or smaller, P(Y ≤ y): `probmap` of
    /// spdep with its default alternative, "less".
    pub at_most: f64,
    /// Probability of so large a count or larger, P(Y ≥ y): `probmap` with
    /// alternative "greater".
    pub at_least: f64,
}

impl CountProbability {
    /// The tail on whose side the count lies: P(Y ≤ y) below the expected
    /// count, P(Y ≥ y) at or above it. Choynowski (1959), *JASA* 54.
    ///
    /// Because the side is chosen after looking, compare it with α/2.
    #[must_use]
    pub fn choynowski(&self) -> f64 {
        if self.relative_risk < 1.0 {
            self.at_most
        } else {
            self.at_least
        }
    }
}

/// Poisson probabilities of the counts, given the pooled rate.
///
/// Choynowski (1959), *JASA* 54; Cressie (1993), *Statistics for Spatial
/// Data*, section 6.2. The pooled rate Σy/Σn is taken as known, and counts as
/// Poisson with mean n·Σy/Σn, so that a map of these says which counts are
/// improbable if all units had the same risk. Large units reach small
/// probabilities with small differences: use an empirical Bayes rate to see
/// how large the risk is.
///
/// The figures are those of `probmap` and `choynowski` of spdep, also for its
/// `legacy = FALSE`. Counts are whole numbers. `None` where a count is missing
/// or there is no exposure, and everywhere if all counts are 0, for then
/// nothing is expected.
///
/// # Errors
/// [`StatsError`] if the lengths differ, a number is negative or not finite,
/// or a count is not whole.
pub fn probability_map(
    counts: &[Option<f64>],
    exposures: &[Option<f64>],
) -> Result<Vec<Option<CountProbability>>, StatsError> {
    check_not_negative("count", counts)?;
    for (unit, count) in counts.iter().enumerate() {
        if let Some(value) = count.filter(|y| y.fract() != 0.0) {
            return Err(StatsError::Value {
                what: "count",
                unit,
                value,
                expected: "a whole number",
            });
        }
    }
    let units = observed(counts, exposures)?;
    let Some(pooled) = pooled_rate(&units).filter(|rate| *rate > 0.0) else {
        return Ok(vec![None; counts.len()]);
    };
    Ok(units
        .iter()
        .map(|unit| {
            unit.map(|(y, n)| {
                let expected = n * pooled;
                CountProbability {
                    expected,
                    relative_risk: y / expected,
                    at_most: upper(y + 1.0, expected),
                    at_least: if y == 0.0 { 1.0 } else { lower(y, expected) },
                }
            })
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tails_of_a_count_are_sums_of_poisson_probabilities() {
        let map = probability_map(&[Some(0.0), Some(3.0)], &[Some(1.0), Some(2.0)]).unwrap();
        let (none, three) = (map[0].unwrap(), map[1].unwrap());
        assert_eq!(none.expected, 1.0);
        assert_eq!(none.at_least, 1.0);
        assert!((none.choynowski() - f64::exp(-1.0)).abs() < 1e-15);
        let below = f64::exp(-2.0) * (1.0 + 2.0 + 2.0);
        assert!((three.choynowski() - (1.0 - below)).abs() < 1e-15);
        assert!((three.at_most - (below + f64::exp(-2.0) * 8.0 / 6.0)).abs() < 1e-15);
    }

    #[test]
    fn a_count_that_is_not_whole_is_refused() {
        assert!(probability_map(&[Some(0.5)], &[Some(1.0)]).is_err());
    }
}
