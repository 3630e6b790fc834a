//! Mann-Kendall tests of series cleared of lag-one correlation.

use crate::StatsError;
use crate::error::check_finite;

use super::autocorrelation::{autocorrelations, detrended};
use super::mann_kendall::{MannKendall, NullDistribution, checked_score, from_score};
use super::sen_slope::{SenSlopeParams, sen_slope};

const METHOD: &str = "the pre-whitened Mann-Kendall test";

/// What is cleared of correlation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PreWhitening {
    /// The series itself: y_t = x_t − r₁ x_{t−1}. Part of a real trend counts
    /// as correlation and is lost: von Storch (1995).
    Plain,
    /// The series without its Sen slope, which is put back afterwards: Yue,
    /// Pilon, Phinney & Cavadias (2002), *Hydrological Processes* 16.
    TrendFree,
}

/// A pre-whitened Mann-Kendall test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PreWhitenedMannKendall {
    /// The test of the cleared series, which has one value less.
    pub test: MannKendall,
    /// Lag-one autocorrelation r₁ that was taken out.
    pub correlation: f64,
    /// Sen's slope of the series as given.
    pub slope: f64,
}

/// Mann-Kendall test after pre-whitening.
///
/// 1. r₁ of the series, or of the series less its Sen slope.
/// 2. y_t = x_t − r₁ x_{t−1}, for periods whose predecessor has a value.
/// 3. The slope times the number of the period is put back (trend-free only).
/// 4. Mann-Kendall test of y.
///
/// The same figures as pymannkendall's `pre_whitening_modification_test` and
/// `trend_free_pre_whitening_modification_test` for series without gaps; with
/// gaps, that package closes them first and pairs periods that do not follow
/// each other. Values that would be equal but for rounding are ordered by their
/// last bit, there as here: for whole numbers S of the trend-free test can
/// differ by a few units (3 of 400 simulated series). O(n²).
///
/// # Errors
/// As [`mann_kendall`](super::mann_kendall()), for the cleared series too;
/// [`StatsError::Constant`] for a series on a straight line (trend-free only).
pub fn pre_whitened_mann_kendall(
    values: &[Option<f64>],
    whitening: PreWhitening,
) -> Result<PreWhitenedMannKendall, StatsError> {
    check_finite("value", values)?;
    let present: Vec<f64> = values.iter().flatten().copied().collect();
    checked_score(&present, METHOD)?;
    let slope = sen_slope(values, &SenSlopeParams::new(0.95)?)?.slope;
    let (series, returned) = match whitening {
        PreWhitening::Plain => (values.to_vec(), 0.0),
        PreWhitening::TrendFree => (detrended(values, slope, METHOD)?, slope),
    };
    let correlation = autocorrelations(&series, 1)
        .and_then(|rho| rho.get(1).copied())
        .ok_or(StatsError::Constant {
            what: "the series",
            method: METHOD,
        })?;
    let whitened: Vec<f64> = series
        .windows(2)
        .enumerate()
        .filter_map(|(index, pair)| {
            let (before, now) = (pair[0]?, pair[1]?);
            Some(now - before * correlation + (index + 1) as f64 * returned)
        })
        .collect();
    let score = checked_score(&whitened, METHOD)?;
    Ok(PreWhitenedMannKendall {
        test: from_score(
            &score,
            score.variance,
            NullDistribution::NormalWithContinuity,
        ),
        correlation,
        slope,
    })
}
