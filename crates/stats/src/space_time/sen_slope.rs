//! Sen's slope.

use crate::StatsError;
use crate::error::{check_finite, check_positive};
use crate::normal;

use super::kendall_score::kendall_score;
use super::slope_ranks::{Series, median_of, order_statistics};

const METHOD: &str = "Sen's slope";

/// Parameters of [`sen_slope`] and
/// [`seasonal_sen_slope`](super::seasonal_sen_slope).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SenSlopeParams {
    confidence: f64,
}

impl SenSlopeParams {
    /// Parameters with the confidence of the interval, such as 0.95.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] unless it lies strictly between 0 and 1.
    pub fn new(confidence: f64) -> Result<Self, StatsError> {
        check_positive("confidence", confidence)?;
        if confidence >= 1.0 {
            return Err(StatsError::Parameter {
                what: "confidence",
                value: confidence,
                expected: "a number below one",
            });
        }
        Ok(Self { confidence })
    }

    /// Confidence of the interval.
    #[must_use]
    pub fn confidence(&self) -> f64 {
        self.confidence
    }
}

/// Slope of a robust line with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SenSlope {
    /// Median slope: change of the value per period (per cycle where the
    /// slope is seasonal).
    pub slope: f64,
    /// Value of the line at the first period: median value less the slope
    /// times the median index of the periods with a value (Conover).
    pub intercept: f64,
    /// Lower limit of the slope.
    pub low: f64,
    /// Upper limit of the slope.
    pub high: f64,
    /// Number of pairs whose slope counts.
    pub pairs: usize,
}

/// Sen's slope of a series of equally spaced periods, with its interval.
///
/// 1. Slopes (x_j − x_i)/(j − i) of all pairs of periods with a value; the
///    index counts missing periods, so that gaps do not steepen the line.
/// 2. The slope is their median: Sen (1968), *JASA* 63.
/// 3. With C = z₁₋α/₂ √Var(S), Var(S) with ties as in
///    [`mann_kendall`](super::mann_kendall()), the limits are the slopes of
///    rank (N − C)/2 and (N + C)/2 + 1 of N, each rank rounded to the nearest
///    whole number, halves to the even one: Gilbert (1987), *Statistical
///    Methods for Environmental Pollution Monitoring*, section 16.5. Ranks
///    beyond the first or last slope stay there.
///
/// scipy's `theilslopes` and R's `trend::sens.slope` round the same way.
/// pymannkendall gives the same slope and intercept and no interval. For fewer
/// than about 6 periods the interval is all slopes and may cover less than
/// asked.
///
/// O(n²) time and memory up to 2,900 periods. Beyond, ranks are found among
/// slopes that are counted, not formed: O(n log n) for each of some ten counts
/// to a rank and O(n) memory, with the same bits as sorting all slopes.
/// Only where more than four million slopes differ from a limit by no more
/// than rounding, as on a straight line whose values are rounded, is every
/// pair looked at, in O(n²) time and constant memory.
///
/// # Errors
/// [`StatsError`] for a value that is not finite or fewer than 2 values.
pub fn sen_slope(values: &[Option<f64>], params: &SenSlopeParams) -> Result<SenSlope, StatsError> {
    check_finite("value", values)?;
    let series = Series::of(values);
    if series.len() < 2 {
        return Err(StatsError::TooFew {
            method: METHOD,
            found: series.len(),
            least: 2,
        });
    }
    let variance = kendall_score(series.values()).variance;
    slope_of(&[series], values, 1, variance, params)
}

/// The line through several series (seasons) whose slopes are pooled.
pub(super) fn slope_of(
    seasons: &[Series],
    values: &[Option<f64>],
    cycle: usize,
    variance: f64,
    params: &SenSlopeParams,
) -> Result<SenSlope, StatsError> {
    let pairs: usize = seasons
        .iter()
        .map(|season| season.len() * season.len().saturating_sub(1) / 2)
        .sum();
    if pairs == 0 {
        return Err(StatsError::TooFew {
            method: METHOD,
            found: values.iter().flatten().count(),
            least: 2,
        });
    }
    let margin = -normal::quantile(0.5 * (1.0 - params.confidence)) * variance.max(0.0).sqrt();
    let at = |rank: f64| (rank.round_ties_even().max(1.0) as usize).min(pairs) - 1;
    let ranks = [
        (pairs - 1) / 2,
        pairs / 2,
        at((pairs as f64 - margin) / 2.0),
        at((pairs as f64 + margin) / 2.0 + 1.0),
    ];
    let [below, above, low, high] = order_statistics(seasons, ranks);
    let slope = if below == above {
        below
    } else {
        (below + above) / 2.0
    };
    let mut present: Vec<f64> = values.iter().flatten().copied().collect();
    let mut indices: Vec<f64> = values
        .iter()
        .enumerate()
        .filter(|(_, value)| value.is_some())
        .map(|(index, _)| index as f64)
        .collect();
    let middle = median_of(&mut present);
    let centre = median_of(&mut indices);
    Ok(SenSlope {
        slope,
        intercept: middle - centre / cycle as f64 * slope,
        low,
        high,
        pairs,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_does_not_steepen_the_line() {
        let values = [Some(1.0), None, None, Some(7.0), Some(9.0)];
        let line = sen_slope(&values, &SenSlopeParams::new(0.95).unwrap()).unwrap();
        assert_eq!(line.slope, 2.0);
        assert_eq!(line.intercept, 7.0 - 3.0 * 2.0);
    }

    #[test]
    fn one_value_and_a_confidence_of_one_are_refused() {
        let params = SenSlopeParams::new(0.95).unwrap();
        assert!(sen_slope(&[Some(1.0), None], &params).is_err());
        assert!(SenSlopeParams::new(1.0).is_err());
        assert!(SenSlopeParams::new(f64::NAN).is_err());
    }
}
