//! Moran's I.

use super::autocorrelation::{Autocorrelation, AutocorrelationParams};
use super::deviate::Deviate;
use super::permutation::{LANES, as_lanes, permutation_test};
use super::sample::{Centred, Sample};
use crate::StatsError;
use crate::error::check_finite;
use crate::weights::{SpatialWeights, WeightSums};

const METHOD: &str = "Moran's I";

/// Moran's I of the values over any spatial weights.
///
/// Moran (1950), *Biometrika* 37; moments of Cliff & Ord (1981), *Spatial
/// Processes*, chapter 2. With z = x − x̄ over n units:
///
/// 1. I = (n / S₀) · Σ_ij w_ij z_i z_j / Σ z².
/// 2. E(I) = −1/(n − 1).
/// 3. Under normality V(I) = (n²S₁ − nS₂ + 3S₀²)/((n² − 1)S₀²) − E².
/// 4. Under randomisation V(I) = (n[(n² − 3n + 3)S₁ − nS₂ + 3S₀²] −
///    b₂[(n² − n)S₁ − 2nS₂ + 6S₀²])/((n − 1)(n − 2)(n − 3)S₀²) − E², with the
///    kurtosis b₂ = nΣz⁴/(Σz²)².
/// 5. The permutation test shuffles all values that take part.
///
/// Positive autocorrelation is `Greater`. O(units + links), and as much for
/// each permutation.
///
/// Units without a value are left out with their links; what becomes of
/// islands is a parameter. Self-weights are left out, since the moments hold
/// for w_ii = 0. esda counts islands and gives two-sided p-values
/// (`Islands::Counted`); `moran.test` of spdep leaves them out of n but not of
/// z (`Islands::NotCounted`) and tests `Greater`.
///
/// # Errors
/// [`StatsError`] if the lengths differ, a value is not finite, fewer than
/// three units take part, all values are equal, or no two units are linked.
pub fn moran_i(
    values: &[Option<f64>],
    weights: &SpatialWeights,
    params: &AutocorrelationParams,
) -> Result<Autocorrelation, StatsError> {
    check_finite("value", values)?;
    let sample = Sample::new(METHOD, values, weights, params)?;
    let centred = Centred::of(METHOD, &sample.values)?;
    let n = sample.counted as f64;
    let factor = n / sample.sums.s0 / centred.squares;
    let evaluate =
        |block: &[[f64; LANES]]| sample.pairs.cross_products(block).map(|sum| sum * factor);
    let statistic = evaluate(&as_lanes(&centred.z))[0];
    let expected = -1.0 / (n - 1.0);
    let least = least_variance(n);
    Ok(Autocorrelation {
        statistic,
        units: sample.counted,
        normality: Deviate::of(statistic, expected, normal_variance(n, &sample.sums), least),
        randomisation: Deviate::of(
            statistic,
            expected,
            randomisation_variance(n, &sample.sums, centred.kurtosis()),
            least,
        ),
        permutation: params
            .permutations
            .map(|permutations| permutation_test(&centred.z, permutations, evaluate)),
    })
}

/// Variance of I for independent normal values.
pub(super) fn normal_variance(n: f64, sums: &WeightSums) -> f64 {
    let (s1, s2) = (sums.s1 / sums.s0 / sums.s0, sums.s2 / sums.s0 / sums.s0);
    (n * n * s1 - n * s2 + 3.0) / (n * n - 1.0) - (n - 1.0).powi(-2)
}

/// Variance of I over all arrangements; NaN with fewer than four units.
pub(super) fn randomisation_variance(n: f64, sums: &WeightSums, kurtosis: f64) -> f64 {
    if n < 4.0 {
        return f64::NAN;
    }
    let (s1, s2) = (sums.s1 / sums.s0 / sums.s0, sums.s2 / sums.s0 / sums.s0);
    let first = n * ((n * n - 3.0 * n + 3.0) * s1 - n * s2 + 3.0);
    let second = kurtosis * ((n * n - n) * s1 - 2.0 * n * s2 + 6.0);
    (first - second) / ((n - 1.0) * (n - 2.0) * (n - 3.0)) - (n - 1.0).powi(-2)
}

/// Below this a variance of I is rounding: both terms of it are near E².
pub(super) fn least_variance(n: f64) -> f64 {
    1e-12 * (n - 1.0).powi(-2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::significance::Alternative;

    /// A line of four units with the values 1, 2, 3, 4, worked by hand:
    /// z = (−1.5, −0.5, 0.5, 1.5), Σz² = 5, Σ_ij w z z = 2·1.25, S₀ = 6.
    #[test]
    fn a_line_of_four_is_one_third() {
        let weights =
            SpatialWeights::from_lists(vec![vec![1], vec![0, 2], vec![1, 3], vec![2]]).unwrap();
        let values = [1.0, 2.0, 3.0, 4.0].map(Some);
        let params = AutocorrelationParams::as_given();
        let result = moran_i(&values, &weights, &params).unwrap();
        assert!((result.statistic - 1.0 / 3.0).abs() < 1e-15);
        assert!((result.normality.unwrap().expected + 1.0 / 3.0).abs() < 1e-15);
        // S₁ = 12, S₂ = 40: (16·12 − 4·40 + 108)/(15·36) − 1/9.
        assert!((result.normality.unwrap().variance - (140.0 / 540.0 - 1.0 / 9.0)).abs() < 1e-15);
        assert!(result.randomisation.unwrap().p(Alternative::Greater) < 0.06);
    }

    #[test]
    fn every_unit_beside_every_other_leaves_nothing_to_test() {
        let lists = (0..9).map(|i| (0..9).filter(|j| *j != i).collect());
        let weights = SpatialWeights::from_lists(lists.collect()).unwrap();
        let values: Vec<_> = (0..9).map(|i| Some(f64::from(i * i))).collect();
        let params = AutocorrelationParams::as_given();
        let result = moran_i(&values, &weights, &params).unwrap();
        assert!((result.statistic + 0.125).abs() < 1e-14);
        assert_eq!((result.normality, result.randomisation), (None, None));
    }

    #[test]
    fn what_is_undefined_is_an_error() {
        let weights = SpatialWeights::from_lists(vec![vec![1], vec![0, 2], vec![1]]).unwrap();
        let run = |values: &[Option<f64>]| {
            moran_i(values, &weights, &AutocorrelationParams::as_given()).unwrap_err()
        };
        assert!(matches!(run(&[Some(2.0); 3]), StatsError::Constant { .. }));
        assert!(matches!(run(&[Some(2.0); 2]), StatsError::Length { .. }));
        assert!(matches!(
            run(&[Some(2.0), None, Some(1.0)]),
            StatsError::TooFew { .. }
        ));
        let value = run(&[Some(2.0), Some(f64::NAN), Some(1.0)]);
        assert!(matches!(value, StatsError::Value { unit: 1, .. }));
        let apart = SpatialWeights::from_lists(vec![vec![]; 5]).unwrap();
        let params = AutocorrelationParams::as_given();
        let values: Vec<_> = (0..5).map(|i| Some(f64::from(i))).collect();
        assert!(moran_i(&values, &apart, &params).is_err());
        let counted = params.with_islands(super::super::Islands::Counted);
        let error = moran_i(&values, &apart, &counted).unwrap_err();
        assert!(matches!(error, StatsError::NoLinks { .. }));
    }
}
