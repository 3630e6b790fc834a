//! Scores of published figures.

use safeground_schema::{Status, Theme};
use safeground_stats::composite::{Belief, ScoreUnit};
use safeground_stats::rates::{empirical_bayes, poisson_interval, survey_interval};
use safeground_stats::weights::SpatialWeights;

use super::{ScoreBlock, clusters};
use crate::EngineError;
use crate::count::Units;
use crate::count::indicators::{Figure, IndicatorBlock};

/// Cases per this many children.
const CASES_PER: f64 = 100_000.0;

/// How a published figure is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// A survey percentage: standard error or sample size tell its interval.
    Percent,
    /// A number of cases: Poisson, over the children of the place.
    Cases,
    /// A rate or ratio whose uncertainty is not known unless its standard
    /// error is given.
    Rate,
    /// A size; where it is large is no hotspot.
    Size,
}

impl Reading {
    fn of(unit: &str) -> Self {
        match unit {
            "percent" => Self::Percent,
            "cases" => Self::Cases,
            "people" | "households" | "children" => Self::Size,
            _ => Self::Rate,
        }
    }
}

/// Scores one layer and period of a published indicator. Not about our
/// children, so it needs no protection; a place the publisher left out has no
/// data.
///
/// # Errors
/// [`EngineError::Statistics`] for values no statistic takes.
pub fn score_figures(
    input: &IndicatorBlock,
    units: &Units,
    weights: &SpatialWeights,
    seed: u64,
) -> Result<ScoreBlock, EngineError> {
    let reading = Reading::of(&input.unit);
    let theme = Theme::Indicator(input.code.clone());
    let mut block = ScoreBlock::empty(units, theme.to_string(), input.period.to_string());
    let figures: Vec<Option<Figure>> = units
        .places
        .iter()
        .map(|place| input.figures.get(place).copied())
        .map(|figure| figure.filter(|f| reading != Reading::Cases || f.value >= 0.0))
        .collect();
    block.status = figures
        .iter()
        .map(|figure| figure.map_or(Status::NoData, |_| Status::Available))
        .collect();
    let beliefs = match reading {
        Reading::Cases => cases(&mut block, &figures, &units.children)?,
        _ => values(&mut block, &figures, reading),
    };
    if reading != Reading::Size {
        clusters::fill(&mut block, &beliefs, weights, seed)?;
    }
    Ok(block)
}

/// Published rates: the value itself, with what is known of its error.
fn values(
    block: &mut ScoreBlock,
    figures: &[Option<Figure>],
    reading: Reading,
) -> Vec<Option<ScoreUnit>> {
    let mut beliefs = vec![None; figures.len()];
    for (unit, figure) in figures.iter().enumerate() {
        let Some(figure) = figure else { continue };
        let value = figure.value;
        let respondents = figure.sample_size.and_then(|n| u64::try_from(n).ok());
        let interval = match reading {
            Reading::Percent => survey_interval(value, figure.standard_error, respondents)
                .map(|interval| (interval.low, interval.high)),
            _ => figure
                .standard_error
                .map(|error| (value - 1.96 * error, value + 1.96 * error)),
        };
        block.rate[0][unit] = Some(value);
        block.rate[1][unit] = interval.map(|(low, _)| low);
        block.rate[2][unit] = interval.map(|(_, high)| high);
        let from_sample = || {
            let n = respondents.filter(|_| reading == Reading::Percent)? as f64;
            let share = (value / 100.0).clamp(0.0, 1.0);
            Some(100.0 * (share * (1.0 - share) / n).sqrt())
        };
        let error = figure.standard_error.or_else(from_sample);
        let belief = match error.filter(|error| *error > 0.0) {
            Some(standard_error) => Belief::Normal {
                mean: value,
                standard_error,
            },
            None => Belief::Fixed(value),
        };
        beliefs[unit] = Some(ScoreUnit {
            belief,
            ranked: true,
        });
    }
    beliefs
}

/// Published counts over the children of the place.
fn cases(
    block: &mut ScoreBlock,
    figures: &[Option<Figure>],
    children: &[Option<f64>],
) -> Result<Vec<Option<ScoreUnit>>, EngineError> {
    let counts: Vec<Option<f64>> = figures
        .iter()
        .map(|figure| figure.map(|figure| figure.value.round()))
        .collect();
    let exposure: Vec<Option<f64>> = counts
        .iter()
        .zip(children)
        .map(|(count, children)| count.and(*children).filter(|n| *n > 0.0))
        .collect();
    let bayes = empirical_bayes(&counts, &exposure)?;
    let mut beliefs = vec![None; figures.len()];
    for unit in 0..figures.len() {
        let Some(count) = counts[unit] else { continue };
        for column in &mut block.count {
            column[unit] = Some(count as i64);
        }
        let (Some(exposure), Some(rate)) = (exposure[unit], bayes.rates[unit]) else {
            continue;
        };
        let interval = poisson_interval(count as u64);
        block.exposure[unit] = Some(exposure);
        block.rate[0][unit] = Some(CASES_PER * count / exposure);
        block.rate[1][unit] = Some(CASES_PER * interval.low / exposure);
        block.rate[2][unit] = Some(CASES_PER * interval.high / exposure);
        block.eb[0][unit] = Some(CASES_PER * rate);
        let posterior = bayes.posteriors[unit];
        if let Some(interval) = posterior.map(|p| p.interval()) {
            block.eb[1][unit] = Some(CASES_PER * interval.low);
            block.eb[2][unit] = Some(CASES_PER * interval.high);
        }
        beliefs[unit] = Some(ScoreUnit {
            belief: posterior.map_or(Belief::Fixed(rate), Belief::Gamma),
            ranked: true,
        });
    }
    Ok(beliefs)
}
