//! Counts of which only an upper bound is known.

use crate::StatsError;
use crate::error::{check_length, check_not_negative};

/// Largest threshold: all counts below it are gone through for each unit.
const MOST_THRESHOLD: u64 = 10_000;

/// Result of [`expected_below_threshold`].
#[derive(Debug, Clone, PartialEq)]
pub struct Censored {
    /// Common rate by maximum likelihood, per unit of exposure; `None` where
    /// nobody has exposure.
    pub pooled_rate: Option<f64>,
    /// The count itself where it is known, its expectation where it is only
    /// known to be below the threshold, `None` where there is no exposure.
    pub expected: Vec<Option<f64>>,
}

/// What a count is expected to be that is only known to be below `threshold`.
///
/// Counts are taken as Poisson with a common rate. Known counts and the
/// knowledge that the others are small give the rate by the EM algorithm
/// (Dempster, Laird & Rubin 1977, *JRSS B* 39):
/// 1. expectation: E[Y | Y < k] for mean λ = rate · exposure is
///    Σ_{j<k} j·p_j / Σ_{j<k} p_j with Poisson probabilities p_j;
/// 2. maximisation: rate = Σ counts / Σ exposures;
/// 3. until the rate changes by less than one part in 10¹².
///
/// The result depends on protected data alone: known counts, the threshold and
/// public exposures. `counts[i]` is `Some` where known and `None` where below
/// the threshold; units with no (or zero) exposure are left out.
///
/// O(steps · units · threshold).
///
/// # Errors
/// [`StatsError`] if the lengths differ, a number is negative or not finite, or
/// the threshold is not within 1 and 10,000: below 0 there is no count, and
/// larger counts need not be withheld.
pub fn expected_below_threshold(
    counts: &[Option<f64>],
    exposures: &[Option<f64>],
    threshold: u64,
) -> Result<Censored, StatsError> {
    check_length("exposures", exposures.len(), counts.len())?;
    check_not_negative("count", counts)?;
    check_not_negative("exposure", exposures)?;
    if !(1..=MOST_THRESHOLD).contains(&threshold) {
        return Err(StatsError::Parameter {
            what: "threshold",
            value: threshold as f64,
            expected: "a whole number from 1 to 10,000",
        });
    }
    let units: Vec<Option<(Option<f64>, f64)>> = counts
        .iter()
        .zip(exposures)
        .map(|(count, exposure)| Some((*count, exposure.filter(|e| *e > 0.0)?)))
        .collect();
    let total: f64 = units.iter().flatten().map(|(_, exposure)| exposure).sum();
    if total == 0.0 {
        return Ok(Censored {
            pooled_rate: None,
            expected: vec![None; counts.len()],
        });
    }
    let fill = |rate: f64| -> Vec<Option<f64>> {
        units
            .iter()
            .map(|unit| {
                unit.map(|(count, exposure)| {
                    count.unwrap_or_else(|| mean_below(rate * exposure, threshold))
                })
            })
            .collect()
    };
    let middle = threshold.saturating_sub(1) as f64 / 2.0;
    let start: f64 = units
        .iter()
        .flatten()
        .map(|(count, _)| count.unwrap_or(middle))
        .sum();
    let mut rate = start / total;
    for _ in 0..10_000 {
        let next = fill(rate).into_iter().flatten().sum::<f64>() / total;
        let change = (next - rate).abs();
        rate = next;
        if change <= 1e-12 * rate {
            break;
        }
    }
    Ok(Censored {
        pooled_rate: Some(rate),
        expected: fill(rate),
    })
}

/// E[Y | Y < threshold] for a Poisson variable of the given mean.
fn mean_below(mean: f64, threshold: u64) -> f64 {
    if threshold <= 1 || mean == 0.0 {
        return 0.0;
    }
    // Probabilities relative to the largest term that is kept, so that
    // neither a tiny nor a huge mean over- or underflows.
    let last = threshold - 1;
    let mode = (mean.floor() as u64).min(last);
    let (mut weight, mut weighted) = (1.0, mode as f64);
    let mut term = 1.0;
    for j in (1..=mode).rev() {
        term *= j as f64 / mean;
        weight += term;
        weighted += term * (j - 1) as f64;
    }
    term = 1.0;
    for j in mode + 1..=last {
        term *= mean / j as f64;
        weight += term;
        weighted += term * j as f64;
    }
    weighted / weight
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_truncated_mean_agrees_with_direct_summation() {
        for (mean, threshold) in [(0.01, 11u64), (3.0, 5), (8.0, 11), (400.0, 11)] {
            let log_p = |j: u64| {
                -mean + j as f64 * f64::ln(mean) - (1..=j).map(|i| (i as f64).ln()).sum::<f64>()
            };
            let top = (0..threshold).map(log_p).fold(f64::MIN, f64::max);
            let p = |j: u64| (log_p(j) - top).exp();
            let direct = (0..threshold).map(|j| j as f64 * p(j)).sum::<f64>()
                / (0..threshold).map(p).sum::<f64>();
            assert!((mean_below(mean, threshold) - direct).abs() < 1e-12 * (1.0 + direct));
        }
    }

    #[test]
    fn with_nothing_censored_the_rate_is_the_plain_one() {
        let result =
            expected_below_threshold(&[Some(20.0), Some(30.0)], &[Some(10.0), Some(40.0)], 11)
                .unwrap();
        assert!((result.pooled_rate.unwrap() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_censored_unit_is_expected_below_the_threshold() {
        let result = expected_below_threshold(
            &[Some(50.0), None, None],
            &[Some(1000.0), Some(1000.0), Some(10.0)],
            11,
        )
        .unwrap();
        assert!(result.expected[1].unwrap() < 11.0);
        assert!(result.expected[2].unwrap() < result.expected[1].unwrap());
    }
}
