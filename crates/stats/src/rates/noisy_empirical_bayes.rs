//! Empirical Bayes rates of noisy counts by the method of moments.

use super::gamma_prior::{GammaPrior, PosteriorQuery, RateEstimate, estimate};
use crate::StatsError;
use crate::error::{check_length, check_not_negative};
use crate::evidence::{CountEvidence, check_evidence};

/// Result of [`noisy_empirical_bayes`].
#[derive(Debug, Clone, PartialEq)]
pub struct NoisyEmpiricalBayes {
    /// Prior by moments; its variance is 0 where the counts vary no more than
    /// chance and noise.
    pub prior: GammaPrior,
    /// Linear shrinkage of each unit, which needs no distribution; may be
    /// below 0 for a count far below 0.
    pub linear: Vec<Option<f64>>,
    /// Variance that the noise of a unit's count leaves in its linear rate, for
    /// [`noisy_getis_ord`](crate::local::noisy_getis_ord()): that of the noise
    /// times (shrinkage / n)², the prior being taken as known.
    pub linear_noise: Vec<Option<f64>>,
    /// Posterior of each unit; `None` without evidence or exposure.
    pub rates: Vec<Option<RateEstimate>>,
}

/// Empirical Bayes rates of counts with known additive noise.
///
/// Marshall's (1991) moments with the noise taken out, as measurement error
/// is: Fuller (1987), *Measurement Error Models*. With noisy counts v of noise
/// variance σ² (0 for exact counts) and exposures n,
/// 1. m = Σv/Σn, s² = Σ n(v/n − m)²/Σn;
/// 2. variance of the true rates A = s² − m/n̄ − Σ(σ²/n)/Σn, 0 where negative;
/// 3. linear rate m + (v/n − m)·A/(A + m/n + σ²/n²);
/// 4. posterior: the gamma prior of mean m and variance A with the noise of
///    the count unfolded ([`GammaPrior::estimate`]), whose intervals follow
///    the true shape of the noise and cannot reach below 0.
///
/// With exact counts alone this is [`super::empirical_bayes()`]. Maximum
/// likelihood ([`super::poisson_gamma()`]) uses small and large units with
/// better weights and takes bands too; moments are quick and are what one
/// checks by hand.
///
/// # Errors
/// [`StatsError`] if lengths differ, evidence is impossible or a band, an
/// exposure is negative or not finite, no unit has both, or the noisy counts
/// do not sum to more than 0.
pub fn noisy_empirical_bayes(
    evidence: &[Option<CountEvidence>],
    exposures: &[Option<f64>],
    query: &PosteriorQuery,
) -> Result<NoisyEmpiricalBayes, StatsError> {
    check_length("exposures", exposures.len(), evidence.len())?;
    check_not_negative("exposure", exposures)?;
    check_evidence(evidence)?;
    let mut units = Vec::with_capacity(evidence.len());
    for (unit, (evidence, exposure)) in evidence.iter().zip(exposures).enumerate() {
        let Some(evidence) = evidence else {
            units.push(None);
            continue;
        };
        let (value, noise) = evidence.value_and_variance().ok_or(StatsError::Value {
            what: "band",
            unit,
            value: evidence.midpoint(),
            expected: "an exact or a noisy count; use poisson_gamma for bands",
        })?;
        units.push(exposure.filter(|n| *n > 0.0).map(|n| (value, noise, n)));
    }
    let used = || units.iter().flatten();
    let total: f64 = used().map(|(_, _, n)| n).sum();
    if total <= 0.0 {
        return Err(StatsError::TooFew {
            method: "empirical bayes rate",
            found: 0,
            least: 1,
        });
    }
    let mean = used().map(|(v, _, _)| v).sum::<f64>() / total;
    if mean <= 0.0 {
        return Err(StatsError::NotIdentified {
            method: "empirical bayes rate",
            reason: "they do not sum to more than 0; use more units or less noise",
        });
    }
    let spread = used()
        .map(|(v, _, n)| n * (v / n - mean).powi(2))
        .sum::<f64>()
        / total;
    let chance = mean * used().count() as f64 / total;
    let noise = used().map(|(_, noise, n)| noise / n).sum::<f64>() / total;
    let variance = (spread - chance - noise).max(0.0);
    let prior = GammaPrior::new(mean, variance)?;
    let shrinkage = |noise: f64, n: f64| variance / (variance + mean / n + noise / (n * n));
    let linear = units
        .iter()
        .map(|unit| unit.map(|(v, noise, n)| mean + (v / n - mean) * shrinkage(noise, n)))
        .collect();
    let linear_noise = units
        .iter()
        .map(|unit| unit.map(|(_, noise, n)| noise * (shrinkage(noise, n) / n).powi(2)))
        .collect();
    let rates = evidence
        .iter()
        .zip(&units)
        .map(|(evidence, unit)| {
            let (_, _, exposure) = (*unit)?;
            Some(estimate(
                &[(1.0, prior)],
                evidence.as_ref()?,
                exposure,
                query,
            ))
        })
        .collect();
    Ok(NoisyEmpiricalBayes {
        prior,
        linear,
        linear_noise,
        rates,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rates::empirical_bayes;

    #[test]
    fn exact_counts_give_marshalls_rates() {
        let counts = [3_u64, 0, 12, 7, 1];
        let exposures = [100.0, 50.0, 120.0, 90.0, 80.0].map(Some);
        let evidence = counts.map(|y| Some(CountEvidence::Exact(y)));
        let query = PosteriorQuery::new(0.95, None).unwrap();
        let noisy = noisy_empirical_bayes(&evidence, &exposures, &query).unwrap();
        let plain = empirical_bayes(&counts.map(|y| Some(y as f64)), &exposures).unwrap();
        assert!((noisy.prior.variance() - plain.prior_variance.unwrap()).abs() < 1e-15);
        for index in 0..5 {
            let rate = plain.rates[index].unwrap();
            assert!((noisy.linear[index].unwrap() - rate).abs() < 1e-14);
            assert!((noisy.rates[index].unwrap().mean - rate).abs() < 1e-14);
            let interval = noisy.rates[index].unwrap().interval.unwrap();
            let theirs = plain.posteriors[index].unwrap().interval();
            assert!((interval.low - theirs.low).abs() < 1e-13);
            assert!((interval.high - theirs.high).abs() < 1e-13);
        }
    }

    #[test]
    fn bands_and_nothing_but_noise_are_refused() {
        let query = PosteriorQuery::new(0.95, None).unwrap();
        let run = |evidence| noisy_empirical_bayes(&[Some(evidence)], &[Some(10.0)], &query);
        assert!(run(CountEvidence::Band { low: 0, high: 4 }).is_err());
        assert!(matches!(
            run(CountEvidence::Noisy {
                value: -3.0,
                variance: 2.0
            }),
            Err(StatsError::NotIdentified { .. })
        ));
    }
}
