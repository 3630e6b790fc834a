//! Raw rates and excess risk.

use super::observed::{observed, pooled_rate};
use crate::StatsError;

/// Counts per `per` units of exposure (1 for a rate, 1000 for a rate per
/// thousand); `None` where there is no count or no exposure, or where the rate is
/// beyond the largest number there is.
///
/// # Errors
/// [`StatsError`] if the lengths differ or a number is negative or not finite.
pub fn raw_rates(
    counts: &[Option<f64>],
    exposures: &[Option<f64>],
    per: f64,
) -> Result<Vec<Option<f64>>, StatsError> {
    crate::error::check_positive("per", per)?;
    let units = observed(counts, exposures)?;
    Ok(units
        .iter()
        .map(|unit| {
            unit.map(|(y, n)| per * y / n)
                .filter(|rate| rate.is_finite())
        })
        .collect())
}

/// Excess risk: the rate of each unit divided by the pooled rate of all.
///
/// 1 is what the exposure alone leads one to expect; the relative risk of
/// `spdep::probmap` is 100 times this. `None` where there is no count or no
/// exposure, and everywhere if all counts are 0.
///
/// # Errors
/// [`StatsError`] if the lengths differ or a number is negative or not finite.
pub fn excess_risks(
    counts: &[Option<f64>],
    exposures: &[Option<f64>],
) -> Result<Vec<Option<f64>>, StatsError> {
    let units = observed(counts, exposures)?;
    let Some(pooled) = pooled_rate(&units).filter(|rate| *rate > 0.0) else {
        return Ok(vec![None; counts.len()]);
    };
    Ok(units
        .iter()
        .map(|unit| {
            unit.map(|(y, n)| y / n / pooled)
                .filter(|risk| risk.is_finite())
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_and_risks_of_units_without_exposure_are_undefined() {
        let counts = [Some(2.0), None, Some(3.0), Some(4.0)];
        let exposures = [Some(4.0), Some(1.0), Some(0.0), Some(8.0)];
        let rates = raw_rates(&counts, &exposures, 1000.0).unwrap();
        assert_eq!(rates, [Some(500.0), None, None, Some(500.0)]);
        let risks = excess_risks(&counts, &exposures).unwrap();
        assert_eq!(risks, [Some(1.0), None, None, Some(1.0)]);
        let none = excess_risks(&[Some(0.0)], &[Some(4.0)]).unwrap();
        assert_eq!(none, [None]);
        assert!(raw_rates(&counts, &exposures, 0.0).is_err());
        assert!(excess_risks(&[Some(-1.0)], &[Some(4.0)]).is_err());
    }
}
