//! Empirical Bayes rates: Poisson counts with a gamma prior.

use super::Interval;
use super::observed::observed;
use crate::StatsError;
use crate::error::check_level;
use crate::special::gamma::{quantile, upper};

/// Gamma posterior of a rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GammaPosterior {
    /// Shape.
    pub shape: f64,
    /// Rate (inverse scale), in units of exposure.
    pub rate: f64,
}

impl GammaPosterior {
    /// Posterior mean: the empirical Bayes rate.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.shape / self.rate
    }

    /// Central 95 % posterior interval.
    #[must_use]
    pub fn interval(&self) -> Interval {
        self.central(0.025)
    }

    /// Central posterior interval at any level.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] unless the level is from 10⁻⁶ to 1 − 10⁻¹².
    pub fn interval_at(&self, level: f64) -> Result<Interval, StatsError> {
        check_level("level", level)?;
        Ok(self.central(0.5 * (1.0 - level)))
    }

    /// Posterior probability that the rate is above a threshold.
    #[must_use]
    pub fn exceedance(&self, threshold: f64) -> f64 {
        upper(self.shape, self.rate * threshold)
    }

    fn central(&self, tail: f64) -> Interval {
        Interval {
            low: quantile(self.shape, self.rate, tail),
            high: quantile(self.shape, self.rate, 1.0 - tail),
        }
    }
}

/// Result of [`empirical_bayes`].
#[derive(Debug, Clone, PartialEq)]
pub struct EmpiricalBayes {
    /// Pooled rate: the prior mean; `None` where nobody has exposure.
    pub prior_mean: Option<f64>,
    /// Variance of the true rates; 0 where the counts vary no more than
    /// chance, `None` where nobody has exposure.
    pub prior_variance: Option<f64>,
    /// Shrunken rate of each unit, per unit of exposure; `None` where there
    /// is no exposure.
    pub rates: Vec<Option<f64>>,
    /// Posterior of each unit; `None` also where the prior variance is 0, for
    /// then the posterior is a point at the pooled rate and its width is not
    /// known from these data.
    pub posteriors: Vec<Option<GammaPosterior>>,
}

/// Global empirical Bayes rates by the method of moments.
///
/// Marshall (1991), *Applied Statistics* 40, eq. 2–6. With counts y, exposures
/// n, pooled rate m = Σy/Σn and s² = Σ n (y/n − m)² / Σn, the variance of the
/// true rates is A = s² − m/n̄, set to 0 where negative (as `spdep` does). The
/// shrunken rate m + (y/n − m)·A/(A + m/n) is the mean of the gamma posterior
/// of shape m²/A + y and rate m/A + n, from which the interval is taken.
///
/// Counts may be fractional: expected counts of units that are only known to
/// be small enter with their expectation. Units without a count or with an
/// exposure of 0 are left out and get `None`. esda lets the variance be negative, which puts
/// rates outside the range of the data; spdep does as here.
///
/// # Errors
/// [`StatsError`] if the lengths differ, or a count or exposure is negative or
/// not finite.
pub fn empirical_bayes(
    counts: &[Option<f64>],
    exposures: &[Option<f64>],
) -> Result<EmpiricalBayes, StatsError> {
    let units = observed(counts, exposures)?;
    let used = || units.iter().flatten();
    let total: f64 = used().map(|(_, n)| n).sum();
    if total == 0.0 {
        return Ok(EmpiricalBayes {
            prior_mean: None,
            prior_variance: None,
            rates: vec![None; counts.len()],
            posteriors: vec![None; counts.len()],
        });
    }
    let mean = used().map(|(y, _)| y).sum::<f64>() / total;
    let spread = used().map(|(y, n)| n * (y / n - mean).powi(2)).sum::<f64>() / total;
    let variance = (spread - mean / (total / used().count() as f64)).max(0.0);
    let posterior = |(y, n): (f64, f64)| GammaPosterior {
        shape: mean * mean / variance + y,
        rate: mean / variance + n,
    };
    Ok(EmpiricalBayes {
        prior_mean: Some(mean),
        prior_variance: Some(variance),
        rates: units
            .iter()
            .map(|unit| {
                unit.map(|unit| {
                    if variance > 0.0 {
                        posterior(unit).mean()
                    } else {
                        mean
                    }
                })
            })
            .collect(),
        posteriors: units
            .iter()
            .map(|unit| unit.filter(|_| variance > 0.0).map(posterior))
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_shrunken_rate_lies_between_the_raw_and_the_pooled(
            data in prop::collection::vec((0u32..200, 1u32..10_000), 2..40)
        ) {
            let counts: Vec<_> = data.iter().map(|(y, _)| Some(f64::from(*y))).collect();
            let exposures: Vec<_> = data.iter().map(|(_, n)| Some(f64::from(*n))).collect();
            let result = empirical_bayes(&counts, &exposures).unwrap();
            for (index, (y, n)) in data.iter().enumerate() {
                let raw = f64::from(*y) / f64::from(*n);
                let shrunken = result.rates[index].unwrap();
                let slack = 1e-9 * (1.0 + raw);
                prop_assert!(shrunken >= raw.min(result.prior_mean.unwrap()) - slack);
                prop_assert!(shrunken <= raw.max(result.prior_mean.unwrap()) + slack);
            }
        }
    }

    #[test]
    fn equal_rates_shrink_to_the_pooled_rate_without_an_interval() {
        let result = empirical_bayes(&[Some(1.0), Some(2.0)], &[Some(10.0), Some(20.0)]).unwrap();
        assert_eq!(result.rates, [Some(0.1), Some(0.1)]);
        assert_eq!(result.posteriors, [None, None]);
    }

    #[test]
    fn a_unit_without_exposure_stays_undefined() {
        let result = empirical_bayes(
            &[Some(1.0), Some(9.0), Some(3.0)],
            &[Some(10.0), Some(20.0), None],
        )
        .unwrap();
        assert_eq!(result.rates[2], None);
    }
}
