//! Geary's C.

use super::autocorrelation::{Autocorrelation, AutocorrelationParams};
use super::deviate::Deviate;
use super::permutation::{LANES, as_lanes, permutation_test};
use super::sample::{Centred, Sample};
use crate::StatsError;
use crate::error::check_finite;
use crate::weights::{SpatialWeights, WeightSums};

const METHOD: &str = "Geary's C";

/// Geary's C of the values over any spatial weights.
///
/// Geary (1954), *The Incorporated Statistician* 5; moments of Cliff & Ord
/// (1981), *Spatial Processes*, chapter 2.
///
/// 1. C = ((n − 1) / 2S₀) · Σ_ij w_ij (x_i − x_j)² / Σ (x − x̄)².
/// 2. E(C) = 1.
/// 3. Under normality V(C) = ((2S₁ + S₂)(n − 1) − 4S₀²)/(2(n + 1)S₀²).
/// 4. Under randomisation V(C) = ((n − 1)S₁[n² − 3n + 3 − (n − 1)b₂] −
///    ¼(n − 1)S₂[n² + 3n − 6 − (n² − n + 2)b₂] + S₀²[n² − 3 − (n − 1)²b₂]) /
///    (n(n − 2)(n − 3)S₀²).
/// 5. The permutation test shuffles all values that take part.
///
/// Neighbours that are alike make C small: positive autocorrelation is `Less`
/// and z below 0, as in esda. spdep's `geary.test` turns the sign of z, so
/// that its `greater` is our `Less`. O(units + links), and as much for each
/// permutation.
///
/// Missing values, islands and self-weights as in [`moran_i`](super::moran_i).
/// With islands spdep's variance mixes n with and without them; under
/// `Islands::NotCounted` that figure is given.
///
/// # Errors
/// [`StatsError`] as in [`moran_i`](super::moran_i).
pub fn geary_c(
    values: &[Option<f64>],
    weights: &SpatialWeights,
    params: &AutocorrelationParams,
) -> Result<Autocorrelation, StatsError> {
    check_finite("value", values)?;
    let sample = Sample::new(METHOD, values, weights, params)?;
    let centred = Centred::of(METHOD, &sample.values)?;
    let counted = sample.counted as f64;
    let all = sample.values.len() as f64;
    let factor = (counted - 1.0) / (2.0 * sample.sums.s0) / centred.squares;
    let evaluate = |block: &[[f64; LANES]]| {
        sample
            .pairs
            .squared_differences(block)
            .map(|sum| sum * factor)
    };
    let statistic = evaluate(&as_lanes(&centred.z))[0];
    let kurtosis = centred.kurtosis() * counted / all;
    let deviate = |variance| Deviate::of(statistic, 1.0, variance, 1e-12 / counted);
    Ok(Autocorrelation {
        statistic,
        units: sample.counted,
        normality: deviate(normal_variance(counted, all, &sample.sums)),
        randomisation: deviate(randomisation_variance(counted, all, &sample.sums, kurtosis)),
        permutation: params
            .permutations
            .map(|permutations| permutation_test(&centred.z, permutations, evaluate)),
    })
}

/// `counted` and `all` differ only where spdep's mixture is asked for.
fn normal_variance(counted: f64, all: f64, sums: &WeightSums) -> f64 {
    let (s1, s2) = (sums.s1 / sums.s0 / sums.s0, sums.s2 / sums.s0 / sums.s0);
    ((2.0 * s1 + s2) * (counted - 1.0) - 4.0) / (2.0 * (all + 1.0))
}

fn randomisation_variance(counted: f64, all: f64, sums: &WeightSums, kurtosis: f64) -> f64 {
    if counted < 4.0 {
        return f64::NAN;
    }
    let (s1, s2) = (sums.s1 / sums.s0 / sums.s0, sums.s2 / sums.s0 / sums.s0);
    let less = counted - 1.0;
    let square = counted * counted;
    let first = less * s1 * (square - 3.0 * all + 3.0 - less * kurtosis);
    let second = 0.25 * less * s2 * (square + 3.0 * all - 6.0 - (square - all + 2.0) * kurtosis);
    let third = square - 3.0 - less * less * kurtosis;
    (first - second + third) / (all * (counted - 2.0) * (counted - 3.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The line of four with the values 1, 2, 3, 4, worked by hand:
    /// Σ_ij w (x_i − x_j)² = 6, Σz² = 5, S₀ = 6, so that C = 3·6/(2·6·5).
    #[test]
    fn a_line_of_four_is_three_tenths() {
        let weights =
            SpatialWeights::from_lists(vec![vec![1], vec![0, 2], vec![1, 3], vec![2]]).unwrap();
        let values = [1.0, 2.0, 3.0, 4.0].map(Some);
        let params = AutocorrelationParams::as_given();
        let result = geary_c(&values, &weights, &params).unwrap();
        assert!((result.statistic - 0.3).abs() < 1e-15);
        // S₁ = 12, S₂ = 40: ((24 + 40)·3 − 144)/(2·5·36).
        assert!((result.normality.unwrap().variance - 48.0 / 360.0).abs() < 1e-15);
        assert!(result.normality.unwrap().z < 0.0);
    }
}
