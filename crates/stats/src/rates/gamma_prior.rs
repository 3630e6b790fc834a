//! A gamma prior of rates and what it makes of a unit's evidence.

use super::gamma_mixture::{GammaMixture, Node};
use super::true_count::TrueCount;
use super::{GammaPosterior, Interval};
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
    /// result is their mixture over y. Exact counts leave one component. For a
    /// band without upper end the mixture is formed as the prior less the
    /// components below the band, so that a large mean costs nothing.
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
    /// Posterior variance; 0 where the posterior is a point.
    pub variance: f64,
    /// Central posterior interval; `None` where the posterior is a point.
    pub interval: Option<Interval>,
    /// Probability that the rate is above the threshold; `None` without a
    /// threshold or where the posterior is a point.
    pub exceedance: Option<f64>,
}

impl RateEstimate {
    /// The gamma distribution with the same mean and variance: the posterior
    /// itself for an exact count and a known prior, close to it otherwise.
    /// `None` where the posterior is a point.
    #[must_use]
    pub fn gamma(&self) -> Option<GammaPosterior> {
        (self.variance > 0.0 && self.mean > 0.0).then(|| GammaPosterior {
            shape: self.mean * self.mean / self.variance,
            rate: self.mean / self.variance,
        })
    }
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
            variance: 0.0,
            interval: None,
            exceedance: None,
        };
    }
    estimate_by(priors, exposure, query, |mean, dispersion| {
        let count = TrueCount::new(evidence, mean, dispersion);
        if count.resolves(query.tail()) {
            count
        } else {
            TrueCount::listed(evidence, mean, dispersion)
        }
    })
}

/// [`estimate`] by the true count given mean and dispersion of its prior.
fn estimate_by(
    priors: &[(f64, GammaPrior)],
    exposure: f64,
    query: &PosteriorQuery,
    true_count: impl Fn(f64, f64) -> TrueCount,
) -> RateEstimate {
    let mixture = GammaMixture {
        nodes: priors
            .iter()
            .map(|(weight, prior)| {
                let prior_rate = prior.shape() / prior.mean;
                Node {
                    weight: *weight,
                    shape: prior.shape(),
                    prior_rate,
                    rate: prior_rate + exposure,
                    count: true_count(prior.mean * exposure, prior.relative_variance),
                }
            })
            .collect(),
    };
    RateEstimate {
        mean: mixture.mean(),
        variance: mixture.variance(),
        interval: Some(mixture.interval(query.tail())),
        exceedance: query.threshold.map(|threshold| mixture.above(threshold)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::special::count::{log_probability, tails};
    use crate::special::gamma::{lower, quantile};

    #[test]
    fn an_exact_count_has_the_textbook_posterior() {
        let prior = GammaPrior::new(0.002, 1e-6).unwrap();
        let query = PosteriorQuery::new(0.95, Some(0.003)).unwrap();
        let result = prior
            .estimate(CountEvidence::Exact(7), 2000.0, &query)
            .unwrap();
        // Shape 4, rate 2000 a priori.
        assert!((result.mean - 11.0 / 4000.0).abs() < 1e-15);
        let gamma = result.gamma().unwrap();
        assert!((gamma.shape - 11.0).abs() < 1e-9 && (gamma.rate - 4000.0).abs() < 1e-6);
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
    fn an_open_band_has_the_posterior_of_its_counts_listed_one_by_one() {
        let query = PosteriorQuery::new(0.95, Some(1.3)).unwrap();
        let mut compared = 0;
        for mean in [2.0, 40.0, 300.0, 3000.0] {
            for dispersion in [1e-5, 0.05, 0.3, 1.0, 3.0] {
                for low in [1, 5, 50, 400] {
                    let band = CountEvidence::Band {
                        low,
                        high: u64::MAX,
                    };
                    let by_complement =
                        |m, phi| matches!(TrueCount::new(&band, m, phi), TrueCount::Except { .. });
                    if !by_complement(mean, dispersion) {
                        continue;
                    }
                    compared += 1;
                    // The rates are about 1; a second prior makes a mixture.
                    let priors = [(0.6, 1.0, dispersion), (0.4, 1.1, 1.5 * dispersion)]
                        .map(|(weight, m, phi)| (weight, GammaPrior::relative(m, phi)));
                    let ours = estimate(&priors, &band, mean, &query);
                    let listed = estimate_by(&priors, mean, &query, |m, phi| {
                        TrueCount::listed(&band, m, phi)
                    });
                    let (a, b) = (ours.interval.unwrap(), listed.interval.unwrap());
                    for (ours, listed) in [
                        (ours.mean, listed.mean),
                        (ours.variance, listed.variance),
                        (a.low, b.low),
                        (a.high, b.high),
                        (ours.exceedance.unwrap(), listed.exceedance.unwrap()),
                    ] {
                        assert!(
                            (ours - listed).abs() <= 1e-9 * listed,
                            "{mean} {dispersion} {low}: {ours} {listed}"
                        );
                    }
                }
            }
        }
        assert!(compared > 50, "{compared}");
    }

    #[test]
    fn the_lower_end_leaves_its_tail_however_small() {
        // Σ_{y ≥ low} P(y)·P(rate ≤ x | y) has positive terms alone, few of
        // them where x is low.
        for (mean, dispersion, low) in [(300.0, 0.3, 50_u64), (20.0, 0.2, 50), (500.0, 1.0, 5)] {
            let prior = GammaPrior::relative(1.0, dispersion);
            let band = CountEvidence::Band {
                low,
                high: u64::MAX,
            };
            let (_, rest) = tails((low - 1) as f64, mean, dispersion);
            for tail in [0.1, 0.025, 1e-3, 1e-5, 1e-8] {
                let query = PosteriorQuery::new(1.0 - 2.0 * tail, None).unwrap();
                let x = prior
                    .estimate(band, mean, &query)
                    .unwrap()
                    .interval
                    .unwrap()
                    .low;
                let scaled = x * (prior.shape() + mean);
                let below: f64 = (low..low + 2000)
                    .map(|y| {
                        log_probability(y, mean, dispersion).exp()
                            * lower(prior.shape() + y as f64, scaled)
                    })
                    .sum();
                assert!(
                    (below / rest / query.tail() - 1.0).abs() < 1e-8,
                    "{mean} {dispersion} {low} {tail}: {}",
                    below / rest
                );
            }
        }
    }

    #[test]
    fn an_open_band_far_below_its_mean_leaves_the_prior() {
        let prior = GammaPrior::new(1.0, 0.1).unwrap();
        let query = PosteriorQuery::new(0.9, None).unwrap();
        let band = |low| CountEvidence::Band {
            low,
            high: u64::MAX,
        };
        let everything = prior.estimate(band(0), 1e9, &query).unwrap();
        let interval = everything.interval.unwrap();
        assert!((everything.mean - 1.0).abs() < 1e-12);
        assert!((interval.low - quantile(10.0, 10.0, 0.05)).abs() < 1e-12);
        assert!((interval.high - quantile(10.0, 10.0, 0.95)).abs() < 1e-12);
        let most = prior.estimate(band(50), 1e9, &query).unwrap();
        assert!((most.mean - 1.0).abs() < 1e-9, "{most:?}");
        assert!((most.variance - 0.1).abs() < 1e-9, "{most:?}");
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
                variance: 0.0,
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
