//! Scores of counts.

use safeground_schema::Theme;
use safeground_stats::composite::{Belief, ScoreUnit};
use safeground_stats::rates::{
    EmpiricalBayes, empirical_bayes, expected_below_threshold, poisson_interval,
};
use safeground_stats::weights::SpatialWeights;

use super::{CountBlock, Observation, ScoreBlock, clusters};
use crate::EngineError;

/// What a rate of this theme is multiplied by to be in its published unit.
fn scale(theme: &Theme) -> f64 {
    match theme {
        Theme::WelfareGap | Theme::Outreach => 100.0,
        _ => 100_000.0,
    }
}

/// Scores one layer, theme and period of counts.
///
/// 1. raw rate with its exact interval, for known counts;
/// 2. units below the threshold get the count expected of them given that it
///    is below (a function of the known counts, the threshold and public
///    denominators); with it they inform the prior and their neighbours, and
///    get no rate of their own;
/// 3. empirical Bayes rates;
/// 4. Gi* on these, score, ranks.
///
/// Where no count is known at all there is nothing to learn from, and all
/// is undefined.
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
    for (unit, observation) in input.observations.iter().enumerate() {
        let Some(count) = observation.known() else {
            continue;
        };
        for column in &mut block.count {
            column[unit] = i64::try_from(count).ok();
        }
        if let Some(exposure) = input.exposure[unit].filter(|e| *e > 0.0) {
            let interval = poisson_interval(count);
            block.rate[0][unit] = Some(scale * count as f64 / exposure);
            block.rate[1][unit] = Some(scale * interval.low / exposure);
            block.rate[2][unit] = Some(scale * interval.high / exposure);
        }
    }
    if input.known() == 0 {
        return Ok(block);
    }
    let bayes = shrink(input)?;
    let mut units: Vec<Option<ScoreUnit>> = vec![None; input.observations.len()];
    for (unit, observation) in input.observations.iter().enumerate() {
        let Some(rate) = bayes.rates[unit] else {
            continue;
        };
        let posterior = bayes.posteriors[unit];
        let ranked = observation.known().is_some();
        let belief = match posterior.filter(|_| ranked) {
            Some(posterior) => Belief::Gamma(posterior),
            None => Belief::Fixed(rate),
        };
        units[unit] = Some(ScoreUnit { belief, ranked });
        if ranked {
            block.eb[0][unit] = Some(scale * rate);
            if let Some(interval) = posterior.map(|p| p.interval()) {
                block.eb[1][unit] = Some(scale * interval.low);
                block.eb[2][unit] = Some(scale * interval.high);
            }
        }
    }
    clusters::fill(&mut block, &units, weights, seed)?;
    Ok(block)
}

/// Empirical Bayes rates of all units that were observed and have a
/// denominator, those below the threshold by their expected count.
fn shrink(input: &CountBlock) -> Result<EmpiricalBayes, EngineError> {
    let exposure: Vec<Option<f64>> = input
        .observations
        .iter()
        .zip(&input.exposure)
        .map(|(observation, exposure)| match observation {
            Observation::Known(_) | Observation::Below => *exposure,
            Observation::NotObserved | Observation::NoData => None,
        })
        .collect();
    let known: Vec<Option<f64>> = input
        .observations
        .iter()
        .map(|observation| observation.known().map(|count| count as f64))
        .collect();
    let filled = expected_below_threshold(&known, &exposure, input.threshold)?;
    Ok(empirical_bayes(&filled.expected, &exposure)?)
}
