//! Rates over time with varying and stratified denominators.

use crate::StatsError;
use crate::error::{check_length, check_level, check_not_negative};
use crate::rates::{Interval, exact_interval};

use super::cube::SpaceTimeCube;

/// Rate or ratio of one period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RatePoint {
    /// Cases.
    pub count: f64,
    /// Exposure, or the expected count of a standardised ratio.
    pub exposure: f64,
    /// Count over exposure.
    pub rate: f64,
    /// Exact central interval of a Poisson count over the exposure.
    pub interval: Interval,
}

/// Rate of each period with its exact interval.
///
/// Garwood (1936), *Biometrika* 28, at any confidence. `None` where a number
/// is missing or the exposure is zero.
///
/// # Errors
/// [`StatsError`] if lengths differ, a number is negative or not finite, or
/// the confidence is not from 10⁻⁶ to 1 − 10⁻¹².
pub fn rate_series(
    counts: &[Option<f64>],
    exposure: &[Option<f64>],
    confidence: f64,
) -> Result<Vec<Option<RatePoint>>, StatsError> {
    check_length("exposure", exposure.len(), counts.len())?;
    check_not_negative("count", counts)?;
    check_not_negative("exposure", exposure)?;
    check_level("confidence", confidence)?;
    Ok(counts
        .iter()
        .zip(exposure)
        .map(|(count, exposure)| point((*count)?, (*exposure)?, confidence))
        .collect())
}

/// Indirectly standardised ratio of each period: cases over those expected if
/// every stratum (age band, sex) had its rate over all periods.
///
/// Both cubes hold strata for places. Stratum rates r_s = Σ_t C_st/Σ_t E_st
/// over the cells with both numbers; expected count of a period Σ_s r_s E_st,
/// so that a population that grows older does not pass for a trend. The
/// interval takes the expected counts as known. `None` for a period with a
/// cell missing, since its count and expectation would not be of the same
/// people, or with nothing expected. The expected counts can serve
/// [`poisson_cusum`](super::poisson_cusum()) and
/// [`poisson_changepoints`](super::poisson_changepoints()) as exposure.
/// O(strata · periods).
///
/// # Errors
/// [`StatsError`] if the cubes differ in shape, a number is negative, a cell
/// without exposure has cases, or the confidence does not lie strictly between
/// 0 and 1.
pub fn standardised_series(
    counts: &SpaceTimeCube,
    exposure: &SpaceTimeCube,
    confidence: f64,
) -> Result<Vec<Option<RatePoint>>, StatsError> {
    check_length("strata of the exposure", exposure.places(), counts.places())?;
    check_length(
        "periods of the exposure",
        exposure.periods(),
        counts.periods(),
    )?;
    check_not_negative("count", counts.values())?;
    check_not_negative("exposure", exposure.values())?;
    check_level("confidence", confidence)?;
    let cells = counts.values().iter().zip(exposure.values());
    if let Some(unit) = cells
        .clone()
        .position(|(count, exposure)| *exposure == Some(0.0) && count.is_some_and(|c| c > 0.0))
    {
        return Err(StatsError::Value {
            what: "exposure",
            unit,
            value: 0.0,
            expected: "a number above zero where there are cases",
        });
    }
    let strata = counts.places();
    let mut sums = vec![(0.0, 0.0); strata];
    for (cell, (count, exposure)) in cells.enumerate() {
        if let (Some(count), Some(exposure)) = (count, exposure) {
            let sum = &mut sums[cell % strata];
            sum.0 += count;
            sum.1 += exposure;
        }
    }
    let rates: Vec<f64> = sums
        .iter()
        .map(|(count, exposure)| {
            if *exposure > 0.0 {
                count / exposure
            } else {
                0.0
            }
        })
        .collect();
    Ok((0..counts.periods())
        .map(|period| {
            let (mut observed, mut expected) = (0.0, 0.0);
            let slices = counts.slice(period).iter().zip(exposure.slice(period));
            for ((count, exposure), rate) in slices.zip(&rates) {
                observed += (*count)?;
                expected += (*exposure)? * rate;
            }
            point(observed, expected, confidence)
        })
        .collect())
}

fn point(count: f64, exposure: f64, confidence: f64) -> Option<RatePoint> {
    if exposure <= 0.0 {
        return None;
    }
    let limits = exact_interval(count, 0.5 * (1.0 - confidence));
    Some(RatePoint {
        count,
        exposure,
        rate: count / exposure,
        interval: Interval {
            low: limits.low / exposure,
            high: limits.high / exposure,
        },
    })
}
