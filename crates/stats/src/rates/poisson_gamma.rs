//! Poisson-gamma rates by maximum likelihood.

use rayon::prelude::*;

use super::gamma_prior::{GammaPrior, PosteriorQuery, RateEstimate, estimate};
use super::poisson_gamma_likelihood::{Unit, maximum};
use super::prior_uncertainty::plausible_priors;
use crate::StatsError;
use crate::error::{check_length, check_not_negative};
use crate::evidence::{CountEvidence, check_evidence};

/// Whether intervals account for the prior being estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PriorUncertainty {
    /// The estimated prior is taken as known, as empirical Bayes usually does.
    /// Intervals are too narrow with few units, and do not exist where the
    /// estimated variance is 0.
    Ignored,
    /// The posterior is averaged over priors in proportion to their
    /// plausibility: flat for ln mean and for the relative variance of the
    /// true rates. Intervals always exist.
    Averaged,
}

/// Parameters of [`poisson_gamma`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PoissonGammaParams {
    /// Level and threshold.
    pub query: PosteriorQuery,
    /// Whether intervals account for the prior being estimated.
    pub uncertainty: PriorUncertainty,
}

/// Standard errors of the prior by the observed information.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PriorErrors {
    /// Standard error of ln mean; times the mean, that of the mean.
    pub log_mean: f64,
    /// Standard error of ln relative variance; `None` where that is 0.
    pub log_relative_variance: Option<f64>,
    /// Correlation of the two estimates; `None` where the variance is 0.
    pub correlation: Option<f64>,
}

/// Result of [`poisson_gamma`].
#[derive(Debug, Clone, PartialEq)]
pub struct PoissonGamma {
    /// Prior by maximum likelihood.
    pub prior: GammaPrior,
    /// Its standard errors; `None` where the likelihood is too flat to give
    /// any.
    pub errors: Option<PriorErrors>,
    /// ln likelihood at its maximum (noisy counts enter with a density that is
    /// known up to a factor).
    pub log_likelihood: f64,
    /// Rate of each unit, per unit of exposure; `None` without evidence or
    /// exposure.
    pub rates: Vec<Option<RateEstimate>>,
}

/// Poisson-gamma empirical Bayes rates, the prior by maximum likelihood, from
/// counts that may be exact, noisy, or known to a band.
///
/// Clayton & Kaldor (1987), *Biometrics* 43, section 3.1. True rates follow a
/// gamma distribution of mean m and relative variance φ, and counts with
/// exposure n a Poisson distribution, so that counts are negative binomial
/// with mean mn and variance mn + φ(mn)².
/// 1. The likelihood of each unit is that of its evidence: the negative
///    binomial probability of an exact count, its sum over a band, its
///    convolution with the discrete Laplace noise of a noisy count.
/// 2. m and φ maximise the product, by Newton's method in ln m and ln φ from
///    the moments, with exact first and second derivatives (for noise and
///    bands by the identity of Louis 1982, *JRSS B* 44). φ is 0 where no
///    positive one is more likely.
/// 3. Each unit's posterior given the prior: see [`GammaPrior::estimate`].
/// 4. With [`PriorUncertainty::Averaged`], the mixture of these over priors on
///    a grid of 15 × 3 (5 × 3 where the data say much), weighted by their
///    likelihood.
///
/// For exact counts the maximum is that of a negative binomial regression with
/// nothing but an offset, and of `empbaysmooth` of the R package DCluster,
/// whose moment equations are another estimator of the same model.
///
/// Intervals cover their level over units drawn from the model: exactly for a
/// known prior; in simulations with 25 units and a prior of shape 3, 95.2 % of
/// averaged intervals and 93.0 % of those that ignore the uncertainty held the
/// true rate at level 0.95; with shape 10, 95.0 % and 87.6 %.
///
/// O(units) for exact counts. A noisy count takes times the width of its noise
/// and a band times its width. An open band takes times its lower end, since
/// it is told by the counts below; where the prior leaves it less than 10⁻³
/// (10⁻⁶ where the list is long), times the counts above that matter. No count
/// farther than four million from the most probable one is looked at. 15 to 45
/// times as much for averaged intervals. Results do not depend on the number
/// of threads.
///
/// # Errors
/// [`StatsError`] if lengths differ, evidence is impossible, an exposure is
/// negative or not finite, fewer than 3 units have both, or the evidence does
/// not determine the mean (all counts 0).
pub fn poisson_gamma(
    evidence: &[Option<CountEvidence>],
    exposures: &[Option<f64>],
    params: &PoissonGammaParams,
) -> Result<PoissonGamma, StatsError> {
    check_length("exposures", exposures.len(), evidence.len())?;
    check_not_negative("exposure", exposures)?;
    check_evidence(evidence)?;
    let units: Vec<Option<Unit>> = evidence
        .iter()
        .zip(exposures)
        .map(|(evidence, exposure)| {
            Some(Unit {
                evidence: (*evidence)?,
                exposure: exposure.filter(|n| *n > 0.0)?,
            })
        })
        .collect();
    let used: Vec<Unit> = units.iter().flatten().copied().collect();
    if used.len() < 3 {
        return Err(StatsError::TooFew {
            method: "poisson-gamma model",
            found: used.len(),
            least: 3,
        });
    }
    let maximum = maximum(&used)?;
    let priors = match params.uncertainty {
        PriorUncertainty::Ignored => vec![(1.0, maximum.prior)],
        PriorUncertainty::Averaged => plausible_priors(&used, &maximum),
    };
    let rates = units
        .par_iter()
        .map(|unit| {
            unit.map(|unit| estimate(&priors, &unit.evidence, unit.exposure, &params.query))
        })
        .collect();
    Ok(PoissonGamma {
        prior: maximum.prior,
        errors: maximum.errors,
        log_likelihood: maximum.log_likelihood,
        rates,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(uncertainty: PriorUncertainty) -> PoissonGammaParams {
        PoissonGammaParams {
            query: PosteriorQuery::new(0.95, None).unwrap(),
            uncertainty,
        }
    }

    fn exact(counts: &[u64]) -> Vec<Option<CountEvidence>> {
        counts
            .iter()
            .map(|y| Some(CountEvidence::Exact(*y)))
            .collect()
    }

    #[test]
    fn counts_without_extra_variation_have_the_variance_on_its_boundary() {
        let counts = exact(&[10, 10, 11, 9, 10, 10]);
        let exposures = vec![Some(100.0); 6];
        let result =
            poisson_gamma(&counts, &exposures, &params(PriorUncertainty::Ignored)).unwrap();
        assert_eq!(result.prior.variance(), 0.0);
        assert!((result.prior.mean() - 0.1).abs() < 1e-12);
        assert!((result.errors.unwrap().log_mean - 60.0_f64.powf(-0.5)).abs() < 1e-9);
        assert_eq!(result.rates[0].unwrap().interval, None);
        let result =
            poisson_gamma(&counts, &exposures, &params(PriorUncertainty::Averaged)).unwrap();
        let interval = result.rates[0].unwrap().interval.unwrap();
        assert!(interval.low > 0.06 && interval.high < 0.16, "{interval:?}");
    }

    #[test]
    fn what_cannot_be_estimated_is_an_error() {
        let exposures = vec![Some(100.0); 4];
        let run = |evidence: &[Option<CountEvidence>]| {
            poisson_gamma(evidence, &exposures, &params(PriorUncertainty::Averaged))
        };
        assert!(matches!(
            run(&exact(&[0, 0, 0, 0])),
            Err(StatsError::NotIdentified { .. })
        ));
        assert!(matches!(run(&[None; 4]), Err(StatsError::TooFew { .. })));
        assert!(matches!(
            run(&exact(&[1, 2])),
            Err(StatsError::Length { .. })
        ));
        let low = vec![Some(CountEvidence::Band { low: 0, high: 4 }); 4];
        assert!(matches!(run(&low), Err(StatsError::NotIdentified { .. })));
        let all = vec![
            Some(CountEvidence::Band {
                low: 0,
                high: u64::MAX
            });
            4
        ];
        assert!(run(&all).is_err());
    }
}
