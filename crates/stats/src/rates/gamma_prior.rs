//! A gamma prior of rates and what it makes of a unit's evidence.

use super::Interval;
use super::gamma_mixture::{GammaMixture, Node};
use super::true_count::TrueCount;
use crate::StatsError;
use crate::error::{check_level, check_not_negative, check_positive};
use crate::evidence::{CountEvidence, check_evidence};

/// Largest variance of a prior over the square of its mean.
const MOST_RELATIVE_VARIANCE: f64 = 1e12;

/// Gamma distribution of the true rates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GammaPrior {
    mean: f64,
    relative_variance: f64,
}

impl GammaPrior {
    /// By mean and variance of the true rates. A variance of 0 says that all
    /// have the same.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] if the mean is not above zero, or the variance
    /// is negative or above 10¹² times the square of the mean.
    pub fn new(mean: f64, variance: f64) -> Result<Self, StatsError> {
        check_positive("prior mean", mean)?;
        let relative_variance = variance / mean / mean;
        if !(0.0..=MOST_RELATIVE_VARIANCE).contains(&relative_variance) {
            return Err(StatsError::Parameter {
                what: "prior variance",
                value: variance,
                expected: "0 to 10^12 times the square of the prior mean",
            });
        }
        Ok(Self::relative(mean, relative_variance))
    }

    pub(super) fn relative(mean: f64, relative_variance: f64) -> Self {
        Self {
            mean,
            relative_variance,
        }
    }

    /// Mean of the true rates.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// Variance of the true rates.
    #[must_use]
    pub fn variance(&self) -> f64 {
        self.relative_variance * self.mean * self.mean
    }

    /// Variance of the relative risks: variance / mean². 1 over the shape.
    #[must_use]
    pub fn relative_variance(&self) -> f64 {
        self.relative_variance
    }

    /// Shape of the gamma distribution; infinite where the variance is 0.
    #[must_use]
    pub fn shape(&self) -> f64 {
        1.0 / self.relative_variance
    }

    /// Rate of a unit given its evidence and exposure, the prior being taken
    /// as known.
    ///
    /// The true count y has the negative binomial distribution given by prior
    /// and exposure n; the evidence narrows it down by Bayes' rule; given y the
    /// rate has the gamma distribution of shape a + y and rate a/m + n. The
    /// result is their mixture over y. Exact counts leave one component.
    ///
    /// The interval covers its level over units and data that follow the
    /// model. Interval and exceedance are `None` where the variance is 0, for
    /// then the posterior is a point.
    ///
    /// # Errors
    /// [`StatsError`] if the exposure is not above zero, the evidence is
    /// impossible, or the query's level is not between 0 and 1.
    pub fn estimate(
        &self,
        evidence: CountEvidence,
        exposure: f64,
        query: &PosteriorQuery,
    ) -> Result<RateEstimate, StatsError> {
        check_positive("exposure", exposure)?;
        check_not_negative("exposure", &[Some(exposure)])?;
        check_evidence(&[Some(evidence)])?;
        Ok(estimate(&[(1.0, *self)], &evidence, exposure, query))
    }
}

/// What is asked of a posterior.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PosteriorQuery {
    level: f64,
    threshold: Option<f64>,
}

impl PosteriorQuery {
    /// Central intervals at `level`, and, with a threshold, the probability
    /// that the rate (or proportion) is above it.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] unless the level is from 10⁻⁶ to 1 − 10⁻¹² and the
    /// threshold is finite and not negative.
    pub fn new(level: f64, threshold: Option<f64>) -> Result<Self, StatsError> {
        check_level("level", level)?;
        if let Some(value) = threshold.filter(|t| !(t.is_finite() && *t >= 0.0)) {
            return Err(StatsError::Parameter {
                what: "threshold",
                value,
                expected: "a finite number not below zero",
            });
        }
        Ok(Self { level, threshold })
    }

    /// Probability left on either side of the interval.
    pub(super) fn tail(&self) -> f64 {
        0.5 * (1.0 - self.level)
    }

    pub(super) fn threshold(&self) -> Option<f64> {
        self.threshold
    }
}

/// Posterior of a unit's rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateEstimate {
    /// Posterior mean.
    pub mean: f64,
    /// Central posterior interval; `None` where the posterior is a point.
    pub interval: Option<Interval>,
    /// Probability that the rate is above the threshold; `None` without a
    /// threshold or where the posterior is a point.
    pub exceedance: Option<f64>,
}

/// Posterior under a mixture of priors with the given weights before the
/// unit's evidence is seen (1 for a known prior); `weights` are those after
/// all evidence, which the unit's own is part of.
pub(super) fn estimate(
    priors: &[(f64, GammaPrior)],
    evidence: &CountEvidence,
    exposure: f64,
    query: &PosteriorQuery,
) -> RateEstimate {
    if let [(_, prior)] = priors
        && prior.relative_variance <= 0.0
    {
        return RateEstimate {
            mean: prior.mean,
            interval: None,
            exceedance: None,
        };
    }
    let mixture = GammaMixture {
        nodes: priors
            .iter()
            .map(|(weight, prior)| Node {
                weight: *weight,
                shape: prior.shape(),
                rate: prior.shape() / prior.mean + exposure,
                count: TrueCount::new(evidence, prior.mean * exposure, prior.relative_variance),
            })
            .collect(),
    };
    RateEstimate {
        mean: mixture.mean(),
        interval: Some(mixture.interval(query.tail())),
        exceedance: query.threshold.map(|threshold| mixture.above(threshold)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exact_count_has_the_textbook_posterior() {
        let prior = GammaPrior::new(0.002, 1e-6).unwrap();
        let query = PosteriorQuery::new(0.95, Some(0.003)).unwrap();
        let result = prior
            .estimate(CountEvidence::Exact(7), 2000.0, &query)
            .unwrap();
        // Shape 4, rate 2000 a priori.
        assert!((result.mean - 11.0 / 4000.0).abs() < 1e-15);
        // Twice the gamma variable of shape 11 is chi-square with 22 degrees:
        // 2.5 % and 97.5 % points 10.982 and 36.781.
        let interval = result.interval.unwrap();
        assert!((interval.low * 8000.0 - 10.982).abs() < 1e-3);
        assert!((interval.high * 8000.0 - 36.781).abs() < 1e-3);
        // P(Poisson(12) ≤ 10) = 0.34723.
        assert!((result.exceedance.unwrap() - 0.347_23).abs() < 1e-5);
    }

    #[test]
    fn much_noise_leaves_the_prior_and_little_noise_the_count() {
        let prior = GammaPrior::new(0.01, 2e-5).unwrap();
        let query = PosteriorQuery::new(0.9, None).unwrap();
        let mean = |evidence| prior.estimate(evidence, 1000.0, &query).unwrap().mean;
        let exact = mean(CountEvidence::Exact(25));
        let little = mean(CountEvidence::Noisy {
            value: 25.0,
            variance: 1e-9,
        });
        assert!((exact - little).abs() < 1e-8);
        let much = mean(CountEvidence::Noisy {
            value: 25.0,
            variance: 1e7,
        });
        assert!((much - 0.01).abs() < 1e-4, "{much}");
        let all = mean(CountEvidence::Band {
            low: 0,
            high: u64::MAX,
        });
        assert!((all - 0.01).abs() < 1e-12, "{all}");
    }

    #[test]
    fn a_prior_without_variance_has_no_interval() {
        let prior = GammaPrior::new(0.01, 0.0).unwrap();
        let query = PosteriorQuery::new(0.9, Some(0.5)).unwrap();
        let result = prior
            .estimate(CountEvidence::Exact(3), 10.0, &query)
            .unwrap();
        assert_eq!(
            result,
            RateEstimate {
                mean: 0.01,
                interval: None,
                exceedance: None
            }
        );
        assert!(GammaPrior::new(0.0, 1.0).is_err());
        assert!(GammaPrior::new(1.0, -1.0).is_err());
        assert!(PosteriorQuery::new(1.5, None).is_err());
        assert!(PosteriorQuery::new(0.5, Some(-1.0)).is_err());
    }
}
