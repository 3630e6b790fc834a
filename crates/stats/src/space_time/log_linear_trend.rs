//! Trend, season and holidays of a rate by log-linear regression.

use std::f64::consts::TAU;

use crate::StatsError;
use crate::error::{check_length, check_level, check_not_negative, check_positive};

use super::distributions::{student_quantile, student_two_sided};
use super::quasi_poisson::{Design, Fit};

const METHOD: &str = "log-linear regression";

/// Parameters of [`log_linear_trend`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LogLinearParams {
    /// Sines and cosines of so many multiples of the yearly frequency; 0 for
    /// no season.
    pub harmonics: usize,
    periods_per_year: f64,
    confidence: f64,
}

impl LogLinearParams {
    /// Parameters: periods in a year (12 for months, 365.25 for days) and the
    /// confidence of the intervals, such as 0.95.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] for a number of periods that is not above
    /// zero or a confidence that is not from 10⁻⁶ to 1 − 10⁻¹².
    pub fn new(periods_per_year: f64, confidence: f64) -> Result<Self, StatsError> {
        check_positive("periods per year", periods_per_year)?;
        check_level("confidence", confidence)?;
        Ok(Self {
            harmonics: 0,
            periods_per_year,
            confidence,
        })
    }
}

/// A ratio of rates with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateRatio {
    /// Ratio.
    pub ratio: f64,
    /// Lower limit.
    pub low: f64,
    /// Upper limit.
    pub high: f64,
    /// Two-sided p-value of Student's t that the ratio is 1.
    pub p: f64,
}

/// A fitted log-linear trend.
#[derive(Debug, Clone, PartialEq)]
pub struct LogLinearTrend {
    /// Ratio of the rate of one year to that of the year before; less 1 it is
    /// the annual percent change.
    pub yearly: RateRatio,
    /// Ratio for one unit more of each regressor.
    pub regressors: Vec<RateRatio>,
    /// Ratio of the highest to the lowest rate by the harmonics among the
    /// periods of the first year; `None` without harmonics.
    pub peak_to_trough: Option<f64>,
    /// Expected count of each period; `None` without exposure or regressor.
    pub expected: Vec<Option<f64>>,
    /// Pearson χ² over the degrees of freedom, at least 1.
    pub dispersion: f64,
    /// Periods with a count less terms.
    pub degrees_of_freedom: usize,
}

/// Trend of a rate whose denominator varies, with season and regressors such
/// as [`moving_holiday`](super::moving_holiday()).
///
/// log μ_t = log exposure_t + α + β·years + Σ_h (a_h sin + b_h cos) + γ·x_t,
/// quasi-Poisson, fitted by iteratively reweighted least squares. Standard
/// errors carry √φ, φ Pearson's dispersion, at least 1; intervals and p-values
/// are Student's t. The annual percent change of Joinpoint is this without
/// harmonics (there with φ = 1 or estimated, at choice).
///
/// Each regressor has one value for each period. A period with a missing
/// count, exposure or regressor, or an exposure of zero, is left out.
/// O(periods · terms²).
///
/// # Errors
/// [`StatsError`] if lengths differ, a number is not finite or a count or
/// exposure negative, or the data do not determine the model (too few
/// periods, no cases, terms that depend on each other).
pub fn log_linear_trend(
    counts: &[Option<f64>],
    exposure: Option<&[Option<f64>]>,
    regressors: &[&[Option<f64>]],
    params: &LogLinearParams,
) -> Result<LogLinearTrend, StatsError> {
    check_not_negative("count", counts)?;
    if let Some(exposure) = exposure {
        check_length("exposure", exposure.len(), counts.len())?;
        check_not_negative("exposure", exposure)?;
    }
    if params.harmonics > counts.len() {
        return Err(StatsError::Parameter {
            what: "harmonics",
            value: params.harmonics as f64,
            expected: "fewer than half the periods",
        });
    }
    for regressor in regressors {
        check_length("regressor", regressor.len(), counts.len())?;
        crate::error::check_finite("regressor", regressor)?;
    }
    let middle = counts.len() as f64 / 2.0;
    let row = |period: usize| -> Option<Vec<f64>> {
        let mut row = vec![1.0, (period as f64 - middle) / params.periods_per_year];
        row.extend(harmonics(period, params));
        for regressor in regressors {
            row.push(regressor[period]?);
        }
        Some(row)
    };
    let exposure_of = |period: usize| match exposure {
        Some(exposure) => exposure[period].filter(|exposure| *exposure > 0.0),
        None => Some(1.0),
    };
    let terms = 2 + 2 * params.harmonics + regressors.len();
    let mut design = Design::new(terms);
    for (period, count) in counts.iter().enumerate() {
        if let (Some(count), Some(exposure), Some(row)) = (count, exposure_of(period), row(period))
        {
            design.push(&row, *count, exposure);
        }
    }
    if design.len() <= terms {
        return Err(StatsError::TooFew {
            method: METHOD,
            found: design.len(),
            least: terms + 1,
        });
    }
    let fit = design
        .fit(&vec![1.0; design.len()])
        .ok_or(StatsError::NoFit { method: METHOD })?;
    let year = params.periods_per_year.ceil() as usize;
    let season: Vec<f64> = (0..year.min(counts.len()))
        .map(|period| {
            harmonics(period, params)
                .iter()
                .zip(&fit.coefficients[2..])
                .map(|(x, b)| x * b)
                .sum()
        })
        .collect();
    let highest = season.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let lowest = season.iter().copied().fold(f64::INFINITY, f64::min);
    Ok(LogLinearTrend {
        yearly: rate_ratio(&fit, 1, params.confidence),
        regressors: (0..regressors.len())
            .map(|which| rate_ratio(&fit, 2 + 2 * params.harmonics + which, params.confidence))
            .collect(),
        peak_to_trough: (params.harmonics > 0).then(|| (highest - lowest).exp()),
        expected: (0..counts.len())
            .map(|period| {
                let eta: f64 = row(period)?
                    .iter()
                    .zip(&fit.coefficients)
                    .map(|(x, b)| x * b)
                    .sum();
                Some(exposure_of(period)? * eta.exp())
            })
            .collect(),
        dispersion: fit.dispersion.max(1.0),
        degrees_of_freedom: design.len() - terms,
    })
}

fn harmonics(period: usize, params: &LogLinearParams) -> Vec<f64> {
    (1..=params.harmonics)
        .flat_map(|h| {
            let angle = TAU * h as f64 * period as f64 / params.periods_per_year;
            [angle.sin(), angle.cos()]
        })
        .collect()
}

fn rate_ratio(fit: &Fit, term: usize, confidence: f64) -> RateRatio {
    let terms = fit.coefficients.len();
    let coefficient = fit.coefficients[term];
    let error = (fit.unscaled[term * terms + term] * fit.dispersion.max(1.0)).sqrt();
    let margin = student_quantile(confidence, fit.degrees_of_freedom) * error;
    RateRatio {
        ratio: coefficient.exp(),
        low: (coefficient - margin).exp(),
        high: (coefficient + margin).exp(),
        p: student_two_sided(coefficient / error, fit.degrees_of_freedom),
    }
}
