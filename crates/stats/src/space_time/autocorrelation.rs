//! Serial correlation of a series with gaps.

use super::slope_ranks::Series;
use crate::StatsError;

/// Autocorrelations at lags 0 to `longest`: sums of products about the mean
/// over pairs of periods that both have a value, divided by the sum of
/// squares, as R's `acf` without gaps. `None` if the values do not vary.
pub(super) fn autocorrelations(values: &[Option<f64>], longest: usize) -> Option<Vec<f64>> {
    let n = values.iter().flatten().count() as f64;
    let mean = values.iter().flatten().sum::<f64>() / n;
    let centred: Vec<f64> = values
        .iter()
        .map(|value| value.map_or(0.0, |x| x - mean))
        .collect();
    let product = |lag: usize| -> f64 {
        centred
            .iter()
            .zip(centred.iter().skip(lag))
            .map(|(a, b)| a * b)
            .sum()
    };
    let squares = product(0);
    (squares > 0.0).then(|| (0..=longest).map(|lag| product(lag) / squares).collect())
}

/// The series less `slope` per period, counted from 1 as pymannkendall does,
/// so that ties are broken by the same rounding.
///
/// # Errors
/// [`StatsError::Constant`] if nothing but rounding is left.
pub(super) fn detrended(
    values: &[Option<f64>],
    slope: f64,
    method: &'static str,
) -> Result<Vec<Option<f64>>, StatsError> {
    let left: Vec<Option<f64>> = values
        .iter()
        .enumerate()
        .map(|(index, value)| value.map(|x| x - (index + 1) as f64 * slope))
        .collect();
    let series = Series::of(&left);
    let fold =
        |start: f64, pick: fn(f64, f64) -> f64| series.values().iter().copied().fold(start, pick);
    let spread = fold(f64::NEG_INFINITY, f64::max) - fold(f64::INFINITY, f64::min);
    let largest = values
        .iter()
        .flatten()
        .fold(slope.abs() * values.len() as f64, |largest, x| {
            largest.max(x.abs())
        });
    if spread > 1e-13 * largest {
        Ok(left)
    } else {
        Err(StatsError::Constant {
            what: "the series without its trend",
            method,
        })
    }
}

/// Ranks from 1, equal values sharing the mean of theirs.
pub(super) fn average_ranks(values: &[Option<f64>]) -> Vec<Option<f64>> {
    let mut order: Vec<(usize, f64)> = values
        .iter()
        .enumerate()
        .filter_map(|(index, value)| value.map(|x| (index, x + 0.0)))
        .collect();
    order.sort_unstable_by(|a, b| a.1.total_cmp(&b.1));
    let mut ranks = vec![None; values.len()];
    let mut before = 0;
    for group in order.chunk_by(|a, b| a.1 == b.1) {
        let rank = before as f64 + (group.len() + 1) as f64 / 2.0;
        for (index, _) in group {
            ranks[*index] = Some(rank);
        }
        before += group.len();
    }
    ranks
}
