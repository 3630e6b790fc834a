//! Standardised ratios (SMR, SIR) with their intervals.

use super::poisson::{Interval, PoissonMethod, poisson_interval_at};
use crate::StatsError;
use crate::error::{check_length, check_level, check_not_negative};

/// Observed count over expected count, with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StandardisedRatio {
    /// Observed / expected: 1 is what was expected.
    pub ratio: f64,
    /// Interval of the ratio.
    pub interval: Interval,
}

/// Parameters of [`standardised_ratios`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StandardisedRatioParams {
    level: f64,
    method: PoissonMethod,
}

impl StandardisedRatioParams {
    /// Intervals at `level`, such as 0.95, by `method`.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] unless the level is from 10⁻⁶ to 1 − 10⁻¹².
    pub fn new(level: f64, method: PoissonMethod) -> Result<Self, StatsError> {
        check_level("level", level)?;
        Ok(Self { level, method })
    }
}

/// Standardised mortality or incidence ratios.
///
/// The expected counts come from reference rates ([`super::expected_counts`])
/// and are taken as known without error; the observed count is Poisson. The
/// interval is that of the count divided by the expected count. Breslow & Day
/// (1987), *Statistical Methods in Cancer Research* II, section 2.3.
///
/// `None` where a count is missing or nothing is expected.
///
/// # Errors
/// [`StatsError`] if the lengths differ or an expected count is negative or
/// not finite.
pub fn standardised_ratios(
    observed: &[Option<u64>],
    expected: &[Option<f64>],
    params: &StandardisedRatioParams,
) -> Result<Vec<Option<StandardisedRatio>>, StatsError> {
    check_length("expected counts", expected.len(), observed.len())?;
    check_not_negative("expected count", expected)?;
    observed
        .iter()
        .zip(expected)
        .map(|(count, expected)| {
            let Some((count, expected)) = count.zip(expected.filter(|e| *e > 0.0)) else {
                return Ok(None);
            };
            let interval = poisson_interval_at(count, params.level, params.method)?;
            Ok(Some(StandardisedRatio {
                ratio: count as f64 / expected,
                interval: interval.over(expected),
            }))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_that_of_the_count_over_the_expected() {
        let params = StandardisedRatioParams::new(0.95, PoissonMethod::Exact).unwrap();
        let ratios = standardised_ratios(
            &[Some(10), Some(3), None],
            &[Some(5.0), Some(0.0), Some(1.0)],
            &params,
        )
        .unwrap();
        let ratio = ratios[0].unwrap();
        assert_eq!(ratio.ratio, 2.0);
        assert!((ratio.interval.low - 4.7954 / 5.0).abs() < 1e-4);
        assert!((ratio.interval.high - 18.390 / 5.0).abs() < 1e-3);
        assert_eq!(ratios[1..], [None, None]);
    }
}
