//! Mann-Kendall tests whose variance allows for serial correlation.

use crate::StatsError;
use crate::error::{check_finite, check_share};
use crate::normal;

use super::autocorrelation::{autocorrelations, average_ranks, detrended};
use super::mann_kendall::{MannKendall, NullDistribution, checked_score, from_score};
use super::sen_slope::{SenSlopeParams, sen_slope};

const METHOD: &str = "the Mann-Kendall test with corrected variance";

/// How serial correlation enters the variance of S.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum VarianceCorrection {
    /// Hamed & Rao (1998), *Journal of Hydrology* 204: autocorrelations ρ of
    /// the ranks of the detrended series that leave the band ±z₁₋α/₂/√n enter
    /// n/n* = 1 + 2/(n(n−1)(n−2)) Σ (n−k)(n−k−1)(n−k−2) ρ_k.
    HamedRao {
        /// α of the band, such as 0.05.
        significance: f64,
    },
    /// Yue & Wang (2004), *Water Resources Management* 18: all
    /// autocorrelations ρ of the detrended series enter
    /// n/n* = 1 + 2 Σ (1 − k/n) ρ_k.
    YueWang,
}

/// Parameters of [`autocorrelated_mann_kendall`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AutocorrelatedParams {
    correction: VarianceCorrection,
    longest_lag: Option<usize>,
}

impl AutocorrelatedParams {
    /// Parameters; `longest_lag` of `None` takes all lags, as pymannkendall
    /// does unless told otherwise. Hamed & Rao suggest 3 and Yue & Wang 1.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] for a significance that does not lie strictly
    /// between 0 and 1.
    pub fn new(
        correction: VarianceCorrection,
        longest_lag: Option<usize>,
    ) -> Result<Self, StatsError> {
        if let VarianceCorrection::HamedRao { significance } = correction {
            check_share("significance", significance)?;
        }
        Ok(Self {
            correction,
            longest_lag,
        })
    }
}

/// A Mann-Kendall test with corrected variance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AutocorrelatedMannKendall {
    /// The test with the corrected variance.
    pub test: MannKendall,
    /// n/n*: corrected over plain variance; above 1 for positive correlation.
    pub variance_factor: f64,
    /// Sen's slope that was taken out before the correlation was measured.
    pub slope: f64,
}

/// Mann-Kendall test of a series with serial correlation.
///
/// 1. S and Var(S) as in [`mann_kendall`](super::mann_kendall()).
/// 2. The series less its Sen slope is what correlates.
/// 3. Var(S) is multiplied by n/n* of the [`VarianceCorrection`].
/// 4. z with the continuity correction, and p from the normal distribution.
///
/// The same figures as pymannkendall's `hamed_rao_modification_test` and
/// `yue_wang_modification_test` for series without gaps. With gaps, that
/// package closes them before it detrends and correlates; here periods keep
/// their distance, and a lag pairs the periods that far apart that both have
/// a value.
///
/// O(n²). Ties among detrended values are those of floating-point numbers, so
/// that for data rounded to few digits Hamed & Rao's ranks depend on the last
/// bit; pymannkendall's do in the same way.
///
/// # Errors
/// As [`mann_kendall`](super::mann_kendall()); [`StatsError::Constant`] for a
/// series on a straight line, whose correlation is undefined; and
/// [`StatsError::Value`] where the corrected variance is not above zero, which
/// strong negative correlation can bring about (pymannkendall gives NaN).
pub fn autocorrelated_mann_kendall(
    values: &[Option<f64>],
    params: &AutocorrelatedParams,
) -> Result<AutocorrelatedMannKendall, StatsError> {
    check_finite("value", values)?;
    let present: Vec<f64> = values.iter().flatten().copied().collect();
    let score = checked_score(&present, METHOD)?;
    let slope = sen_slope(values, &SenSlopeParams::new(0.95)?)?.slope;
    let residuals = detrended(values, slope, METHOD)?;
    let n = present.len();
    let longest = params.longest_lag.unwrap_or(n - 1).min(n - 1);
    let correlated = match params.correction {
        VarianceCorrection::HamedRao { .. } => average_ranks(&residuals),
        VarianceCorrection::YueWang => residuals,
    };
    let rho = autocorrelations(&correlated, longest).ok_or(StatsError::Constant {
        what: "the series without its trend",
        method: METHOD,
    })?;
    let size = n as f64;
    let lags = rho.iter().enumerate().skip(1);
    let variance_factor = match params.correction {
        VarianceCorrection::HamedRao { significance } => {
            let band = -normal::quantile(significance / 2.0) / size.sqrt();
            let sum: f64 = lags
                .filter(|(_, rho)| rho.abs() > band)
                .map(|(lag, rho)| {
                    let left = size - lag as f64;
                    left * (left - 1.0) * (left - 2.0) * rho
                })
                .sum();
            1.0 + 2.0 / (size * (size - 1.0) * (size - 2.0)) * sum
        }
        VarianceCorrection::YueWang => {
            1.0 + 2.0
                * lags
                    .map(|(lag, rho)| (1.0 - lag as f64 / size) * rho)
                    .sum::<f64>()
        }
    };
    let variance = score.variance * variance_factor;
    if variance.is_nan() || variance <= 0.0 {
        return Err(StatsError::Value {
            what: "corrected variance of S",
            unit: 0,
            value: variance,
            expected: "a variance above zero; limit the lags or use pre-whitening",
        });
    }
    Ok(AutocorrelatedMannKendall {
        test: from_score(&score, variance, NullDistribution::NormalWithContinuity),
        variance_factor,
        slope,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_straight_line_has_no_correlation_to_correct_for() {
        let line: Vec<_> = (0..20).map(|i| Some(1e6 + 0.1 * f64::from(i))).collect();
        for correction in [
            VarianceCorrection::HamedRao { significance: 0.05 },
            VarianceCorrection::YueWang,
        ] {
            let params = AutocorrelatedParams::new(correction, None).unwrap();
            assert!(matches!(
                autocorrelated_mann_kendall(&line, &params),
                Err(StatsError::Constant { .. })
            ));
        }
    }
}
