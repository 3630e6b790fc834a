//! Scores of counts.

use rayon::prelude::*;
use safeground_schema::Theme;
use safeground_stats::StatsError;
use safeground_stats::composite::{Belief, ScoreUnit};
use safeground_stats::evidence::CountEvidence;
use safeground_stats::local::{
    GetisOrdParams, NoisyGetisOrdParams, SelfNeighbour, getis_ord, noisy_getis_ord,
};
use safeground_stats::rates::{
    PoissonGammaParams, PosteriorQuery, PriorUncertainty, RateEstimate, noisy_empirical_bayes,
    poisson_gamma, poisson_interval,
};
use safeground_stats::weights::SpatialWeights;

use super::clusters::{self, Cluster};
use super::{CountBlock, ScoreBlock};
use crate::EngineError;

/// Confidence of all intervals.
const CONFIDENCE: f64 = 0.95;

/// What a rate of this theme is multiplied by to be in its published unit.
fn scale(theme: &Theme) -> f64 {
    match theme {
        Theme::WelfareGap | Theme::Outreach => 100.0,
        _ => 100_000.0,
    }
}

/// Scores one layer, theme and period of counts.
///
/// 1. raw rate with its interval, for counts that are shown: exact Poisson
///    limits, of the ends that the noise leaves where there is noise;
/// 2. empirical Bayes rates from what is known of every unit: its count, its
///    band, its count with noise, or that it is below the threshold. Units
///    that are withheld inform the prior and their neighbours, and get no rate
///    of their own;
/// 3. Gi* on these rates, with the variance of the noise in its test, and
/// 4. score and ranks.
///
/// Where no count is shown at all nothing is scored.
///
/// # Errors
/// [`EngineError::Statistics`] for a negative or infinite denominator.
pub fn score_counts(
    input: &CountBlock,
    weights: &SpatialWeights,
    seed: u64,
) -> Result<ScoreBlock, EngineError> {
    let scale = scale(&input.theme);
    let mut block = ScoreBlock::empty(
        &input.units,
        input.theme.to_string(),
        input.period.to_string(),
    );
    block.status = input.observations.iter().map(|o| o.status()).collect();
    block.exposure.clone_from(&input.exposure);
    let whole = |count: Option<u64>| count.and_then(|count| i64::try_from(count).ok());
    for (unit, observation) in input.observations.iter().enumerate() {
        let (low, high) = observation.ends();
        block.count[0][unit] = whole(observation.known());
        block.count[1][unit] = whole(low);
        block.count[2][unit] = whole(high);
        if let (Some(count), Some(low), Some(high)) = (observation.known(), low, high)
            && let Some(exposure) = input.exposure[unit].filter(|e| *e > 0.0)
        {
            block.rate[0][unit] = Some(scale * count as f64 / exposure);
            block.rate[1][unit] = Some(scale * poisson_interval(low).low / exposure);
            block.rate[2][unit] = Some(scale * poisson_interval(high).high / exposure);
        }
    }
    if input.shown() == 0 {
        return Ok(block);
    }
    let Some(rates) = shrink(input)? else {
        return Ok(block);
    };
    let mut units: Vec<Option<ScoreUnit>> = vec![None; input.observations.len()];
    for (unit, observation) in input.observations.iter().enumerate() {
        let Some(rate) = rates.estimates[unit] else {
            continue;
        };
        let ranked = observation.is_shown();
        let belief = match rate.gamma().filter(|_| ranked) {
            Some(posterior) => Belief::Gamma(posterior),
            None => Belief::Fixed(rate.mean),
        };
        units[unit] = Some(ScoreUnit { belief, ranked });
        if ranked {
            block.eb[0][unit] = Some(scale * rate.mean);
            if let Some(interval) = rate.interval {
                block.eb[1][unit] = Some(scale * interval.low);
                block.eb[2][unit] = Some(scale * interval.high);
            }
        }
    }
    let clusters = rates.clusters(weights)?;
    clusters::fill_with(&mut block, &units, clusters, weights, seed)?;
    Ok(block)
}

/// Shrunken rates of all units of which anything is known.
struct Rates {
    estimates: Vec<Option<RateEstimate>>,
    /// Linear rates with the variance that the noise leaves in them; absent
    /// where no count carries noise.
    noise: Option<Linear>,
}

/// Linear empirical Bayes rates and what the noise leaves in them.
struct Linear {
    rates: Vec<Option<f64>>,
    variances: Vec<Option<f64>>,
}

/// Empirical Bayes rates; absent where they cannot be told, as where every
/// count that is known is zero.
fn shrink(input: &CountBlock) -> Result<Option<Rates>, EngineError> {
    let evidence: Vec<Option<CountEvidence>> = input
        .observations
        .iter()
        .zip(&input.exposure)
        .map(|(observation, exposure)| {
            exposure.filter(|e| *e > 0.0)?;
            observation.evidence(input.threshold)
        })
        .collect();
    let query = PosteriorQuery::new(CONFIDENCE, None)?;
    let estimated = if input.is_noisy() {
        noisy_empirical_bayes(&evidence, &input.exposure, &query).map(|result| Rates {
            estimates: result.rates,
            noise: Some(Linear {
                rates: result.linear,
                variances: result.linear_noise,
            }),
        })
    } else {
        let params = PoissonGammaParams {
            query,
            uncertainty: PriorUncertainty::Ignored,
        };
        poisson_gamma(&evidence, &input.exposure, &params).map(|result| Rates {
            estimates: result.rates,
            noise: None,
        })
    };
    match estimated {
        Ok(rates) => Ok(Some(rates)),
        Err(StatsError::TooFew { .. } | StatsError::NotIdentified { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

impl Rates {
    /// Gi* of every unit: of the shrunken rates or, where they carry noise, of
    /// the linear ones, whose noise has a known variance.
    fn clusters(&self, weights: &SpatialWeights) -> Result<Vec<Option<Cluster>>, EngineError> {
        if let Some(Linear { rates, variances }) = &self.noise {
            let params = NoisyGetisOrdParams::new(SelfNeighbour::Included, CONFIDENCE)?;
            let found = noisy_getis_ord(rates, variances, weights, &params)?;
            return Ok(found
                .into_par_iter()
                .map(|g| g.map(|g| Cluster { z: g.z, p: g.p }))
                .collect());
        }
        let values: Vec<Option<f64>> = self
            .estimates
            .iter()
            .map(|rate| rate.map(|rate| rate.mean))
            .collect();
        let found = getis_ord(&values, weights, &GetisOrdParams::star())?;
        Ok(found
            .into_iter()
            .map(|g| g.map(|g| Cluster { z: g.z, p: g.p() }))
            .collect())
    }
}
