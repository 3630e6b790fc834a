//! Seasonal and regional Mann-Kendall tests.

use crate::StatsError;
use crate::error::check_finite;

use super::combined_mann_kendall::{CombinedMannKendall, CombinedParams, combined};
use super::cube::SpaceTimeCube;
use super::kendall_score::kendall_score;
use super::sen_slope::{SenSlope, SenSlopeParams, slope_of};
use super::slope_ranks::Series;

/// Seasonal Mann-Kendall test: each season is compared with itself only.
///
/// `values` are equally spaced periods, `period` to the cycle (12 for months
/// in a year); the first is the first season. An incomplete last cycle counts.
///
/// 1. S_g and Var(S_g) of each season g as in
///    [`mann_kendall`](super::mann_kendall()), missing values left out.
/// 2. S = Σ S_g, Var(S) = Σ Var(S_g), for correlated seasons + Σ_{g≠h} σ_gh.
/// 3. σ_gh = (K_gh + 4 Σ_j R_jg R_jh − n(n_g+1)(n_h+1))/3, K_gh = Σ_{i<j}
///    sgn((x_jg − x_ig)(x_jh − x_ih)), R_jg = (n_g + 1 + Σ_i sgn(x_jg −
///    x_ig))/2, a sign being 0 where a value is missing: Hirsch & Slack
///    (1984), *Water Resources Research* 20.
///
/// Hirsch, Slack & Smith (1982), *Water Resources Research* 18. The same as
/// pymannkendall's `seasonal_test` and, for complete cycles,
/// `correlated_seasonal_test`, which drops every cycle with a gap. With fewer
/// than 10 cycles the covariances are poorly known: prefer independence.
///
/// O(n log n), with correlation O(period² · cycles²).
///
/// # Errors
/// [`StatsError`] for a value that is not finite, a period below 1, or no
/// season with a trend to test.
pub fn seasonal_mann_kendall(
    values: &[Option<f64>],
    period: usize,
    params: &CombinedParams,
) -> Result<CombinedMannKendall, StatsError> {
    check_finite("value", values)?;
    combined(
        &seasons(values, period)?,
        params,
        "the seasonal Mann-Kendall test",
    )
}

/// Regional Mann-Kendall test: one trend over all places of a cube, each
/// compared with itself only.
///
/// As [`seasonal_mann_kendall`] with places for seasons: Helsel & Frans
/// (2006), *Environmental Science & Technology* 40; correlation between places
/// as Libiseller & Grimvall (2002), *Environmetrics* 13. pymannkendall's
/// `regional_test` and `correlated_multivariate_test`. Neighbouring places
/// share their fate, so independence makes p too small.
///
/// O(places · periods log periods), with correlation O(places² · periods²) on
/// all threads.
///
/// # Errors
/// [`StatsError`] if no place has a trend to test.
pub fn regional_mann_kendall(
    cube: &SpaceTimeCube,
    params: &CombinedParams,
) -> Result<CombinedMannKendall, StatsError> {
    let series: Vec<_> = (0..cube.places()).map(|place| cube.series(place)).collect();
    combined(&series, params, "the regional Mann-Kendall test")
}

/// Sen's slope per cycle: the median of the slopes within seasons.
///
/// Hirsch, Slack & Smith (1982), the interval as in
/// [`sen_slope`](super::sen_slope()) with the variance of independent seasons.
/// Slope and intercept are pymannkendall's `seasonal_sens_slope`.
///
/// # Errors
/// [`StatsError`] for a value that is not finite, a period below 1, or no
/// season with two values.
pub fn seasonal_sen_slope(
    values: &[Option<f64>],
    period: usize,
    params: &SenSlopeParams,
) -> Result<SenSlope, StatsError> {
    check_finite("value", values)?;
    let series: Vec<Series> = seasons(values, period)?
        .iter()
        .map(|season| Series::of(season))
        .collect();
    let variance = series
        .iter()
        .map(|season| kendall_score(season.values()).variance)
        .sum();
    slope_of(&series, values, period, variance, params)
}

/// One series for each season, the last cycle filled with missing values.
fn seasons(values: &[Option<f64>], period: usize) -> Result<Vec<Vec<Option<f64>>>, StatsError> {
    if period == 0 {
        return Err(StatsError::Parameter {
            what: "period",
            value: 0.0,
            expected: "at least one period to the cycle",
        });
    }
    let cycles = values.len().div_ceil(period);
    Ok((0..period.min(values.len()))
        .map(|season| {
            (0..cycles)
                .map(|cycle| values.get(cycle * period + season).copied().flatten())
                .collect()
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_of_zero_and_constant_seasons_are_refused() {
        let params = CombinedParams::independent();
        assert!(seasonal_mann_kendall(&[Some(1.0)], 0, &params).is_err());
        assert!(seasonal_mann_kendall(&[Some(1.0); 24], 12, &params).is_err());
        assert!(seasonal_mann_kendall(&[], 12, &params).is_err());
    }
}
