//! Seasonal index of counts.

use crate::StatsError;
use crate::error::{check_length, check_level, check_not_negative};
use crate::rates::exact_interval;

use super::distributions::student_quantile;
use super::quasi_poisson::{Design, Fit};

const METHOD: &str = "the seasonal index";

/// Parameters of [`seasonal_index`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SeasonalIndexParams {
    period: usize,
    confidence: f64,
}

impl SeasonalIndexParams {
    /// Parameters: periods in the cycle (12 for months) and the confidence of
    /// the intervals, such as 0.95.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] for fewer than 2 periods or a confidence that
    /// is not from 10⁻⁶ to 1 − 10⁻¹².
    pub fn new(period: usize, confidence: f64) -> Result<Self, StatsError> {
        if period < 2 {
            return Err(StatsError::Parameter {
                what: "period",
                value: period as f64,
                expected: "at least two periods to the cycle",
            });
        }
        check_level("confidence", confidence)?;
        Ok(Self { period, confidence })
    }
}

/// Index of one period of the cycle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SeasonalIndex {
    /// Rate of the period over the mean rate of all periods of the cycle.
    pub index: f64,
    /// Lower limit.
    pub low: f64,
    /// Upper limit.
    pub high: f64,
    /// Cases that entered.
    pub count: f64,
}

/// Indices of a cycle.
#[derive(Debug, Clone, PartialEq)]
pub struct SeasonalIndices {
    /// One for each period of the cycle; `None` for one never observed.
    pub indices: Vec<Option<SeasonalIndex>>,
    /// Variance over mean, at least 1; the intervals allow for it.
    pub dispersion: f64,
}

/// Seasonal index for each period of the cycle, such as a calendar month.
///
/// 1. log μ = cycle + period of the cycle + log exposure, quasi-Poisson: each
///    year has its own level, so that neither a trend nor an incomplete year
///    tilts the season. `exposure` is the number of days, or people × days;
///    `None` for equal ones.
/// 2. Index = e^{β_m} over the mean of e^{β} of the periods observed, so that
///    the indices average 1.
/// 3. Interval by the delta method on the log scale with the dispersion
///    (Pearson's, at least 1) and Student's t.
///
/// A period of the cycle without any case has index 0 and as upper limit
/// that of a Poisson count of 0 times the dispersion over its expectation at
/// the mean rate; a cycle without any case says nothing of the season. With
/// complete cycles and equal exposure the index is the period's share of all
/// cases times the number of periods. The first value is the first period of
/// the cycle. O(values · (cycles + period)²).
///
/// # Errors
/// [`StatsError`] if lengths differ, a number is negative or not finite, or
/// the values do not determine the model (fewer than two cycles with cases).
pub fn seasonal_index(
    counts: &[Option<f64>],
    exposure: Option<&[Option<f64>]>,
    params: &SeasonalIndexParams,
) -> Result<SeasonalIndices, StatsError> {
    check_not_negative("count", counts)?;
    if let Some(exposure) = exposure {
        check_length("exposure", exposure.len(), counts.len())?;
        check_not_negative("exposure", exposure)?;
    }
    if counts.len() <= params.period {
        return Err(StatsError::TooFew {
            method: METHOD,
            found: counts.len(),
            least: params.period.saturating_add(1),
        });
    }
    let cells: Vec<Cell> = counts
        .iter()
        .enumerate()
        .filter_map(|(at, count)| {
            let exposure = match exposure {
                Some(exposure) => exposure[at].filter(|exposure| *exposure > 0.0)?,
                None => 1.0,
            };
            Some(Cell {
                cycle: at / params.period,
                season: at % params.period,
                count: (*count)?,
                exposure,
            })
        })
        .collect();
    let cycles = counts.len().div_ceil(params.period);
    let mut by_cycle = vec![0.0; cycles];
    let mut by_season = vec![None; params.period];
    for cell in &cells {
        by_cycle[cell.cycle] += cell.count;
        *by_season[cell.season].get_or_insert(0.0) += cell.count;
    }
    let known_cycles: Vec<usize> = (0..cycles).filter(|at| by_cycle[*at] > 0.0).collect();
    let known_seasons: Vec<usize> = (0..params.period)
        .filter(|at| by_season[*at].is_some_and(|count| count > 0.0))
        .collect();
    if known_cycles.len() < 2 || known_seasons.is_empty() {
        return Err(StatsError::TooFew {
            method: METHOD,
            found: known_cycles.len(),
            least: 2,
        });
    }
    let fit =
        fit(&cells, &known_cycles, &known_seasons).ok_or(StatsError::NoFit { method: METHOD })?;
    let dispersion = fit.dispersion.max(1.0);
    let first = known_cycles.len();
    // Effects of the seasons, that of the first being 0.
    let effect = |which: usize| {
        if which == 0 {
            0.0
        } else {
            fit.coefficients[first + which - 1]
        }
    };
    let observed = by_season.iter().flatten().count() as f64;
    let sum: f64 = (0..known_seasons.len())
        .map(|which| effect(which).exp())
        .sum();
    let quantile = student_quantile(params.confidence, fit.degrees_of_freedom);
    let indices = (0..params.period)
        .map(|season| {
            let count = by_season[season]?;
            let Some(which) = known_seasons.iter().position(|known| *known == season) else {
                let expected: f64 = cells
                    .iter()
                    .filter(|cell| cell.season == season)
                    .filter_map(|cell| {
                        let cycle = known_cycles.iter().position(|c| *c == cell.cycle)?;
                        Some(cell.exposure * fit.coefficients[cycle].exp() * sum / observed)
                    })
                    .sum();
                let high = exact_interval(0.0, 0.5 * (1.0 - params.confidence)).high;
                return Some(SeasonalIndex {
                    index: 0.0,
                    low: 0.0,
                    high: high * dispersion / expected,
                    count,
                });
            };
            // Gradient of the log of the index in the coefficients.
            let mut gradient = vec![0.0; fit.coefficients.len()];
            for other in 1..known_seasons.len() {
                gradient[first + other - 1] -= effect(other).exp() / sum;
            }
            if which > 0 {
                gradient[first + which - 1] += 1.0;
            }
            let error = (fit.variance_of(&gradient) * dispersion).sqrt();
            let index = effect(which).exp() * observed / sum;
            Some(SeasonalIndex {
                index,
                low: index * (-quantile * error).exp(),
                high: index * (quantile * error).exp(),
                count,
            })
        })
        .collect();
    Ok(SeasonalIndices {
        indices,
        dispersion,
    })
}

struct Cell {
    cycle: usize,
    season: usize,
    count: f64,
    exposure: f64,
}

fn fit(cells: &[Cell], cycles: &[usize], seasons: &[usize]) -> Option<Fit> {
    let terms = cycles.len() + seasons.len() - 1;
    let mut design = Design::new(terms);
    for cell in cells {
        let (Some(cycle), Some(season)) = (
            cycles.iter().position(|known| *known == cell.cycle),
            seasons.iter().position(|known| *known == cell.season),
        ) else {
            continue;
        };
        let mut row = vec![0.0; terms];
        row[cycle] = 1.0;
        if season > 0 {
            row[cycles.len() + season - 1] = 1.0;
        }
        design.push(&row, cell.count, cell.exposure);
    }
    let weights = vec![1.0; design.len()];
    design
        .fit(&weights)
        .filter(|fit| fit.degrees_of_freedom > 0.0)
}
