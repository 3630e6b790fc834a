//! Bivariate Moran's I.

use super::autocorrelation::{Autocorrelation, AutocorrelationParams};
use super::deviate::Deviate;
use super::permutation::{LANES, as_lanes, permutation_test};
use super::sample::{Centred, Sample};
use crate::StatsError;
use crate::error::{check_finite, check_length};
use crate::weights::SpatialWeights;

const METHOD: &str = "bivariate Moran's I";

/// Bivariate Moran's I: whether x goes with y in the neighbourhood.
///
/// Anselin, Syabri & Smirnov (2002), *Visualizing multivariate spatial
/// correlation with dynamically linked windows*.
///
/// 1. I = (n/S₀) · Σ_ij w_ij zx_i zy_j / √(Σzx² Σzy²).
/// 2. The permutation test keeps x and shuffles y, as esda and GeoDa do. Over
///    these shuffles E(I) = 0, and with c_j = Σ_i w_ij zx_i the variance is
///    exactly (n/S₀)² Σ(c − c̄)² / ((n − 1) Σzx²): `randomisation`.
///
/// Shuffling y also breaks its correlation with x in the same place, so that
/// a small p-value does not tell association in the neighbourhood from plain
/// correlation of clustered values: Lee (2001), *Journal of Geographical
/// Systems* 3.
///
/// O(units + links), and O(units) for each permutation. Units without x or y
/// are left out with their links; islands as in [`moran_i`](super::moran_i).
/// esda (`Moran_BV`) and spdep (`moran_bv`) divide by n − 1 rather than
/// multiply by n/S₀: the same for row-standardised weights without islands,
/// and with islands under `Islands::NotCounted`.
///
/// # Errors
/// [`StatsError`] as in [`moran_i`](super::moran_i), for either variable.
pub fn bivariate_moran_i(
    x: &[Option<f64>],
    y: &[Option<f64>],
    weights: &SpatialWeights,
    params: &AutocorrelationParams,
) -> Result<Autocorrelation, StatsError> {
    check_length("y", y.len(), x.len())?;
    check_finite("x", x)?;
    check_finite("y", y)?;
    let both: Vec<Option<(f64, f64)>> = x.iter().zip(y).map(|(x, y)| (*x).zip(*y)).collect();
    let sample = Sample::new(METHOD, &both, weights, params)?;
    let (x, y): (Vec<f64>, Vec<f64>) = sample.values.iter().copied().unzip();
    let (x, y) = (Centred::of(METHOD, &x)?, Centred::of(METHOD, &y)?);
    let mut lagged = vec![0.0; x.z.len()];
    for (unit, value) in x.z.iter().enumerate() {
        for (neighbour, weight) in sample.weights.weighted(unit) {
            lagged[neighbour] += weight * value;
        }
    }
    let n = lagged.len() as f64;
    let factor = sample.counted as f64 / sample.sums.s0 / (x.squares * y.squares).sqrt();
    let evaluate = |block: &[[f64; LANES]]| {
        let mut sum = [0.0; LANES];
        for (row, lagged) in block.iter().zip(&lagged) {
            for lane in 0..LANES {
                sum[lane] += row[lane] * lagged;
            }
        }
        sum.map(|sum| sum * factor)
    };
    let statistic = evaluate(&as_lanes(&y.z))[0];
    let mean = lagged.iter().sum::<f64>() / n;
    let spread: f64 = lagged.iter().map(|c| (c - mean).powi(2)).sum();
    let scale: f64 = lagged.iter().map(|c| c * c).sum();
    let variance = |spread: f64| factor * factor * spread * y.squares / (n - 1.0);
    Ok(Autocorrelation {
        statistic,
        units: sample.counted,
        normality: None,
        randomisation: Deviate::of(statistic, 0.0, variance(spread), 1e-24 * variance(scale)),
        permutation: params
            .permutations
            .map(|permutations| permutation_test(&y.z, permutations, evaluate)),
    })
}
