//! EWMA control chart of standardised counts.

use crate::StatsError;
use crate::error::{check_length, check_not_negative, check_positive};

use super::cusum::ChartPoint;

/// How a count is put on the standard scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CountResidual {
    /// (y − μ)/√μ.
    Pearson,
    /// (y − 3μ + 2√(yμ))/(2√μ): Rossi, Lampugnani & Marchi (1999),
    /// *Statistics in Medicine* 18; nearly normal from μ of about 2.
    Rossi,
    /// 1.5(y^⅔ − μ^⅔)/μ^⅙: Anscombe's.
    Anscombe,
}

/// Standardised residuals of counts; `None` where a number is missing or the
/// expected count is zero.
///
/// # Errors
/// [`StatsError`] if the lengths differ or a number is negative or not finite.
pub fn count_residuals(
    counts: &[Option<f64>],
    expected: &[Option<f64>],
    residual: CountResidual,
) -> Result<Vec<Option<f64>>, StatsError> {
    check_length("expected counts", expected.len(), counts.len())?;
    check_not_negative("count", counts)?;
    check_not_negative("expected count", expected)?;
    Ok(counts
        .iter()
        .zip(expected)
        .map(|(count, expected)| {
            let (y, mean) = ((*count)?, expected.filter(|mean| *mean > 0.0)?);
            Some(match residual {
                CountResidual::Pearson => (y - mean) / mean.sqrt(),
                CountResidual::Rossi => {
                    (y - 3.0 * mean + 2.0 * (y * mean).sqrt()) / (2.0 * mean.sqrt())
                }
                CountResidual::Anscombe => {
                    1.5 * (y.cbrt().powi(2) - mean.cbrt().powi(2)) / mean.powf(1.0 / 6.0)
                }
            })
        })
        .collect())
}

/// Parameters of [`ewma_chart`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EwmaChartParams {
    /// Variance over mean of counts in control; the limits widen by its root.
    pub dispersion: f64,
    smoothing: f64,
    limit: f64,
}

impl EwmaChartParams {
    /// Parameters with the weight of the latest period, such as 0.2, and the
    /// limit in standard deviations, such as 3.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] unless the weight is above 0 and at most 1
    /// and the limit above 0.
    pub fn new(smoothing: f64, limit: f64) -> Result<Self, StatsError> {
        check_positive("smoothing", smoothing)?;
        check_positive("limit", limit)?;
        if smoothing > 1.0 {
            return Err(StatsError::Parameter {
                what: "smoothing",
                value: smoothing,
                expected: "a number of at most one",
            });
        }
        Ok(Self {
            dispersion: 1.0,
            smoothing,
            limit,
        })
    }
}

/// EWMA chart of standardised residuals, in both directions.
///
/// Z_t = λ r_t + (1 − λ) Z_{t−1} from Z_0 = 0; alarm when |Z_t| exceeds
/// L √(φ λ/(2 − λ) (1 − (1 − λ)^{2t})), t counting the periods with a residual:
/// Roberts (1959), *Technometrics* 1; for counts Borror, Champ & Rigdon
/// (1998), *Journal of Quality Technology* 30, whose chart of raw counts with
/// a constant mean is this one with [`CountResidual::Pearson`]. A missing
/// period has no point and leaves the chart where it was. O(periods).
///
/// # Errors
/// [`StatsError`] for a residual that is not finite or a dispersion that is
/// not above zero.
pub fn ewma_chart(
    residuals: &[Option<f64>],
    params: &EwmaChartParams,
) -> Result<Vec<Option<ChartPoint>>, StatsError> {
    crate::error::check_finite("residual", residuals)?;
    check_positive("dispersion", params.dispersion)?;
    let kept = 1.0 - params.smoothing;
    let steady = params.dispersion * params.smoothing / (2.0 - params.smoothing);
    let (mut value, mut decay) = (0.0, 1.0);
    Ok(residuals
        .iter()
        .map(|residual| {
            value = params.smoothing * (*residual)? + kept * value;
            decay *= kept * kept;
            let limit = params.limit * (steady * (1.0 - decay)).sqrt();
            Some(ChartPoint {
                value,
                alarm: value.abs() > limit,
            })
        })
        .collect())
}
