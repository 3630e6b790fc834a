//! Beta-binomial proportions by maximum likelihood.

use rayon::prelude::*;

use super::Interval;
use super::gamma_prior::{PosteriorQuery, RateEstimate};
use crate::StatsError;
use crate::error::{check_length, check_level};
use crate::special::beta::{quantile, upper};
use crate::special::maximum::{Curved, climb};
use crate::special::rising::rising;

/// Beta distribution of a proportion.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BetaPosterior {
    /// First shape: successes.
    pub alpha: f64,
    /// Second shape: failures.
    pub beta: f64,
}

impl BetaPosterior {
    fn variance(&self) -> f64 {
        let total = self.alpha + self.beta;
        self.alpha * self.beta / (total * total * (total + 1.0))
    }

    /// Mean of the proportion.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.alpha / (self.alpha + self.beta)
    }

    /// Central interval at a level.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] unless the level is from 10⁻⁶ to 1 − 10⁻¹².
    pub fn interval_at(&self, level: f64) -> Result<Interval, StatsError> {
        check_level("level", level)?;
        Ok(self.central(0.5 * (1.0 - level)))
    }

    /// Probability that the proportion is above a threshold.
    #[must_use]
    pub fn exceedance(&self, threshold: f64) -> f64 {
        upper(self.alpha, self.beta, threshold)
    }

    fn central(&self, tail: f64) -> Interval {
        Interval {
            low: quantile(self.alpha, self.beta, tail),
            high: quantile(self.alpha, self.beta, 1.0 - tail),
        }
    }
}

/// Result of [`beta_binomial`].
#[derive(Debug, Clone, PartialEq)]
pub struct BetaBinomial {
    /// Mean of the true proportions.
    pub mean: f64,
    /// Correlation of two persons of the same unit, 1/(α + β + 1); 0 where the
    /// counts vary no more than chance.
    pub correlation: f64,
    /// Standard error of the logit of the mean.
    pub logit_mean_error: Option<f64>,
    /// ln likelihood without the binomial coefficients.
    pub log_likelihood: f64,
    /// Posterior of each unit; `None` without trials, or where the
    /// correlation is 0, for then the posterior is a point at the mean.
    pub posteriors: Vec<Option<BetaPosterior>>,
    /// Mean, interval and exceedance of each unit.
    pub proportions: Vec<Option<RateEstimate>>,
}

/// Empirical Bayes proportions: binomial counts with a beta prior by maximum
/// likelihood.
///
/// Griffiths (1973), *Biometrics* 29; Williams (1975), *Biometrics* 31. With y
/// successes in n trials and a beta prior of mean π and 1/(α + β) = φ, the
/// likelihood of a unit is, up to the binomial coefficient,
/// Π_{k<y}(π + φk) · Π_{k<n−y}(1 − π + φk) / Π_{k<n}(1 + φk).
/// 1. π and φ by Newton's method in logit π and ln φ; φ is 0
///    where no positive one is more likely;
/// 2. posterior: beta with shapes α + y and β + n − y.
///
/// Intervals take the prior as known. O(units), whatever the counts.
///
/// # Errors
/// [`StatsError`] if lengths differ, successes exceed trials, trials exceed 10¹⁰,
/// fewer than 3 units have trials, or all trials ended alike.
pub fn beta_binomial(
    successes: &[Option<u64>],
    trials: &[Option<u64>],
    query: &PosteriorQuery,
) -> Result<BetaBinomial, StatsError> {
    check_length("trials", trials.len(), successes.len())?;
    let mut units = Vec::with_capacity(trials.len());
    for (unit, pair) in successes.iter().zip(trials).enumerate() {
        let pair = pair.0.zip(*pair.1).filter(|(_, trials)| *trials > 0);
        if let Some((value, _)) = pair.filter(|(successes, trials)| successes > trials) {
            return Err(StatsError::Value {
                what: "number of successes",
                unit,
                value: value as f64,
                expected: "at most the number of trials",
            });
        }
        if let Some((_, value)) = pair.filter(|(_, trials)| *trials > MOST_TRIALS) {
            return Err(StatsError::Value {
                what: "number of trials",
                unit,
                value: value as f64,
                expected: "at most 10^10",
            });
        }
        units.push(pair);
    }
    let used: Vec<(u64, u64)> = units.iter().flatten().copied().collect();
    if used.len() < 3 {
        return Err(StatsError::TooFew {
            method: "beta-binomial model",
            found: used.len(),
            least: 3,
        });
    }
    let total: f64 = used.iter().map(|(_, n)| *n as f64).sum();
    let pooled = used.iter().map(|(y, _)| *y as f64).sum::<f64>() / total;
    if pooled <= 0.0 || pooled >= 1.0 {
        return Err(StatsError::NotIdentified {
            method: "beta-binomial model",
            reason: "all trials ended alike; use more units or a longer period",
        });
    }
    let fit = maximum(&used, pooled);
    let prior = (fit.dispersion > 0.0).then(|| BetaPosterior {
        alpha: fit.mean / fit.dispersion,
        beta: (1.0 - fit.mean) / fit.dispersion,
    });
    let posteriors: Vec<Option<BetaPosterior>> = units
        .iter()
        .map(|unit| {
            let ((y, n), prior) = unit.zip(prior)?;
            Some(BetaPosterior {
                alpha: prior.alpha + y as f64,
                beta: prior.beta + (n - y) as f64,
            })
        })
        .collect();
    let proportions = posteriors
        .par_iter()
        .zip(&units)
        .map(|(posterior, unit)| {
            (*unit)?;
            Some(RateEstimate {
                mean: posterior.map_or(fit.mean, |p| p.mean()),
                variance: posterior.map_or(0.0, |p| p.variance()),
                interval: posterior.map(|p| p.central(query.tail())),
                exceedance: posterior
                    .zip(query.threshold())
                    .map(|(p, threshold)| p.exceedance(threshold)),
            })
        })
        .collect();
    Ok(BetaBinomial {
        mean: fit.mean,
        correlation: fit.dispersion / (1.0 + fit.dispersion),
        logit_mean_error: fit.logit_mean_error,
        log_likelihood: fit.log_likelihood,
        posteriors,
        proportions,
    })
}

/// More trials than people there are.
const MOST_TRIALS: u64 = 10_000_000_000;

struct Fit {
    mean: f64,
    dispersion: f64,
    logit_mean_error: Option<f64>,
    log_likelihood: f64,
}

/// Below this dispersion the beta distribution is a point to all digits that
/// counts can tell.
const LEAST_DISPERSION: f64 = 1e-10;

fn maximum(units: &[(u64, u64)], pooled: f64) -> Fit {
    let logit = (pooled / (1.0 - pooled)).ln();
    // Without dispersion the pooled proportion is most likely.
    let total: f64 = units.iter().map(|(_, n)| *n as f64).sum();
    let flat = total * (pooled * pooled.ln() + (1.0 - pooled) * (-pooled).ln_1p());
    let mut fit = Fit {
        mean: pooled,
        dispersion: 0.0,
        logit_mean_error: Some((total * pooled * (1.0 - pooled)).sqrt().recip()),
        log_likelihood: flat,
    };
    // So little dispersion that the likelihood is a straight line from 0.
    let little = 1e-2
        / units
            .iter()
            .fold(1.0_f64, |most, (_, n)| most.max(*n as f64));
    let rises = likelihood(units, [logit, (1e-5 * little).ln()]).gradient[1] > 0.0;
    let (starts, least) = if rises {
        ([0.05_f64, 1.0], LEAST_DISPERSION)
    } else {
        ([0.3, 3.0], little)
    };
    for start in starts {
        let (at, curved) = climb(
            [logit, start.ln()],
            |at| at[1] < least.ln() || at[0].abs() > 700.0,
            |at| likelihood(units, at),
        );
        let rounding = 1e-12 * (1.0 + flat.abs());
        if at[1] >= least.ln() && curved.value > fit.log_likelihood + rounding {
            fit = Fit {
                mean: 1.0 / (1.0 + (-at[0]).exp()),
                dispersion: at[1].exp(),
                logit_mean_error: curved.covariance().map(|[mean, _, _]| mean.sqrt()),
                log_likelihood: curved.value,
            };
            break;
        }
        if !rises {
            break;
        }
    }
    fit
}

/// ln likelihood with its derivatives by logit mean and ln dispersion. Units
/// are summed in their order.
fn likelihood(units: &[(u64, u64)], [logit, log_dispersion]: [f64; 2]) -> Curved {
    let (mean, other) = (1.0 / (1.0 + (-logit).exp()), 1.0 / (1.0 + logit.exp()));
    let dispersion = log_dispersion.exp();
    let slope = mean * other;
    let each: Vec<Curved> = units
        .par_iter()
        .with_min_len(256)
        .map(|(successes, trials)| {
            let yes = rising(mean, dispersion, *successes);
            let no = rising(other, dispersion, trials - successes);
            let all = rising(1.0, dispersion, *trials);
            let by_mean = yes.by_x - no.by_x;
            let by_dispersion = yes.by_step + no.by_step - all.by_step;
            let twice = all.ss - yes.ss - no.ss;
            Curved {
                value: yes.log + no.log - all.log,
                gradient: [slope * by_mean, dispersion * by_dispersion],
                hessian: [
                    -slope * slope * (yes.xx + no.xx) + slope * (other - mean) * by_mean,
                    slope * dispersion * (no.xs - yes.xs),
                    dispersion * (dispersion * twice + by_dispersion),
                ],
            }
        })
        .collect();
    let mut sum = Curved::ZERO;
    for curved in &each {
        sum.add(curved);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derivatives_are_those_of_the_value() {
        let units = [(0, 4), (3, 9), (20, 21), (150, 900), (7, 7)];
        for at in [[0.3, -1.0], [-2.0, 0.5], [0.0, -5.0]] {
            let here = likelihood(&units, at);
            let step = 1e-5;
            for index in 0..2 {
                let (mut up, mut down) = (at, at);
                up[index] += step;
                down[index] -= step;
                let (up, down) = (likelihood(&units, up), likelihood(&units, down));
                let slope = (up.value - down.value) / (2.0 * step);
                assert!((here.gradient[index] - slope).abs() < 1e-4 * (1.0 + slope.abs()));
                for other in 0..2 {
                    let curve = (up.gradient[other] - down.gradient[other]) / (2.0 * step);
                    let ours = here.hessian[index + other];
                    assert!((ours - curve).abs() < 1e-4 * (1.0 + curve.abs()));
                }
            }
        }
    }

    #[test]
    fn equal_proportions_have_no_correlation() {
        let query = PosteriorQuery::new(0.95, Some(0.5)).unwrap();
        let result = beta_binomial(&[Some(5); 4], &[Some(10); 4], &query).unwrap();
        assert_eq!(result.correlation, 0.0);
        assert_eq!(result.proportions[0].unwrap().mean, 0.5);
        assert_eq!(result.proportions[0].unwrap().interval, None);
    }

    #[test]
    fn what_cannot_be_estimated_is_an_error() {
        let query = PosteriorQuery::new(0.95, None).unwrap();
        let run = |y: &[Option<u64>], n: &[Option<u64>]| beta_binomial(y, n, &query);
        assert!(run(&[Some(0); 4], &[Some(10); 4]).is_err());
        assert!(run(&[Some(11); 4], &[Some(10); 4]).is_err());
        assert!(run(&[Some(1); 2], &[Some(10); 2]).is_err());
        assert!(run(&[Some(1); 2], &[Some(10); 3]).is_err());
    }

    #[test]
    fn an_interval_leaves_its_tails() {
        let posterior = BetaPosterior {
            alpha: 3.0,
            beta: 40.0,
        };
        let interval = posterior.interval_at(0.9).unwrap();
        assert!((posterior.exceedance(interval.high) - 0.05).abs() < 1e-13);
        assert!((posterior.exceedance(interval.low) - 0.95).abs() < 1e-13);
        assert!(posterior.interval_at(1.0).is_err());
    }
}
