//! General G of Getis and Ord.

use super::autocorrelation::{Autocorrelation, AutocorrelationParams};
use super::deviate::Deviate;
use super::moran;
use super::permutation::{LANES, as_lanes, permutation_test};
use super::sample::{Centred, Sample};
use crate::StatsError;
use crate::error::check_not_negative;
use crate::weights::SpatialWeights;

const METHOD: &str = "general G";

/// General G: whether high values (G large) or low ones (G small) lie
/// together. Meant for values that are not negative and for binary weights.
///
/// Getis & Ord (1992), *Geographical Analysis* 24.
///
/// 1. G = Σ_ij w_ij x_i x_j / Σ_{i≠j} x_i x_j.
/// 2. E(G) = S₀/(n(n − 1)).
/// 3. V(G) over all arrangements. With x = x̄ + z the numerator departs from
///    x̄²S₀ by x̄L + Q, where L = Σ (w_i. + w_.i) z_i and Q = Σ w_ij z_i z_j, so
///    that V(G) = (x̄²V(L) + 2x̄·E(LQ) + V(Q))/(Σ_{i≠j} x_i x_j)², which equals
///    the published polynomial in S₀, S₁, S₂ and Σx…Σx⁴ but keeps its digits
///    where values are large with little spread.
/// 4. The permutation test shuffles all values that take part.
///
/// There is no variance under normality (`normality` is `None`). O(units +
/// links), and as much for each permutation.
///
/// Missing values, islands and self-weights as in [`moran_i`](super::moran_i).
/// esda and spdep give the same figures; spdep with `B1correct = FALSE` has 3
/// instead of 6 in the coefficient B₁. spdep leaves islands out of n but not
/// out of the sums of x (`Islands::NotCounted`).
///
/// # Errors
/// [`StatsError`] as in [`moran_i`](super::moran_i), also if a value is
/// negative or fewer than two are above zero.
pub fn getis_ord_g(
    values: &[Option<f64>],
    weights: &SpatialWeights,
    params: &AutocorrelationParams,
) -> Result<Autocorrelation, StatsError> {
    check_not_negative("value", values)?;
    let sample = Sample::new(METHOD, values, weights, params)?;
    let centred = Centred::of(METHOD, &sample.values)?;
    // In the units of the deviations, which keep products within range.
    let x: Vec<f64> = centred
        .z
        .iter()
        .map(|z| (z + centred.mean).max(0.0))
        .collect();
    let sum: f64 = x.iter().sum();
    let products: f64 = x.iter().map(|x| x * (sum - x)).sum();
    let positive = sample.values.iter().filter(|x| **x > 0.0).count();
    if positive < 2 || products <= 0.0 {
        return Err(StatsError::TooFew {
            method: "general G of values above zero",
            found: positive,
            least: 2,
        });
    }
    let evaluate =
        |block: &[[f64; LANES]]| sample.pairs.cross_products(block).map(|sum| sum / products);
    let statistic = evaluate(&as_lanes(&x))[0];
    let randomisation = if sample.counted == x.len() {
        moments(&sample, &centred, products)
    } else {
        spdep_moments(&sample, &x, statistic, products)
    };
    Ok(Autocorrelation {
        statistic,
        units: sample.counted,
        normality: None,
        randomisation,
        permutation: params
            .permutations
            .map(|permutations| permutation_test(&x, permutations, evaluate)),
    })
}

fn moments(sample: &Sample<'_, f64>, centred: &Centred, products: f64) -> Option<Deviate> {
    let n = centred.z.len() as f64;
    if n < 4.0 {
        return None;
    }
    let (mean, sums) = (centred.mean, &sample.sums);
    let product_variance = moran::randomisation_variance(n, sums, centred.kurtosis()).max(0.0)
        * (sums.s0 * centred.squares / n).powi(2);
    // Deviations of the totals, so that equal ones cancel to 0.
    let average = 2.0 * sums.s0 / n;
    let spread: f64 = sample
        .pairs
        .totals
        .iter()
        .map(|total| (total - average).powi(2))
        .sum();
    let linear_variance = spread * centred.squares / (n - 1.0);
    // E(z_i² z_j) and E(z_i z_j z_k) of distinct units.
    let twice = -centred.cubes / (n * (n - 1.0));
    let thrice = -2.0 * twice / (n - 2.0);
    let covariance = sums.s2 * twice + (2.0 * sums.s0 * sums.s0 - sums.s2) * thrice;
    let variance = mean * mean * linear_variance + 2.0 * mean * covariance + product_variance;
    let lanes = as_lanes(&centred.z);
    let linear: f64 = sample
        .pairs
        .totals
        .iter()
        .zip(&centred.z)
        .map(|(total, z)| total * z)
        .sum();
    let departure = mean * linear + sample.pairs.cross_products(&lanes)[0];
    let expected = -sums.s0 * centred.squares / (n * (n - 1.0));
    let least = moran::least_variance(n) * (sums.s0 * centred.squares / n).powi(2);
    Deviate::of(departure, expected, variance, least).map(|deviate| Deviate {
        expected: sums.s0 / (n * (n - 1.0)),
        variance: variance / (products * products),
        z: deviate.z,
    })
}

/// The published polynomial with n without islands and sums with them.
fn spdep_moments(
    sample: &Sample<'_, f64>,
    x: &[f64],
    statistic: f64,
    products: f64,
) -> Option<Deviate> {
    let n = sample.counted as f64;
    if n < 4.0 {
        return None;
    }
    let (s0, s1, s2) = (sample.sums.s0, sample.sums.s1, sample.sums.s2);
    let power = |exponent| x.iter().map(|x| x.powi(exponent)).sum::<f64>();
    let (x1, x2, x3, x4) = (power(1), power(2), power(3), power(4));
    let square = n * n;
    let b0 = (square - 3.0 * n + 3.0) * s1 - n * s2 + 3.0 * s0 * s0;
    let b1 = -((square - n) * s1 - 2.0 * n * s2 + 6.0 * s0 * s0);
    let b2 = -(2.0 * n * s1 - (n + 3.0) * s2 + 6.0 * s0 * s0);
    let b3 = 4.0 * (n - 1.0) * s1 - 2.0 * (n + 1.0) * s2 + 8.0 * s0 * s0;
    let b4 = s1 - s2 + s0 * s0;
    let expected = s0 / (n * (n - 1.0));
    let polynomial = b0 * x2 * x2 + b1 * x4 + b2 * x1 * x1 * x2 + b3 * x1 * x3 + b4 * x1.powi(4);
    let second = polynomial / (products * products * n * (n - 1.0) * (n - 2.0) * (n - 3.0));
    let variance = second - expected * expected;
    Deviate::of(statistic, expected, variance, 1e-14 * expected * expected)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::global::Islands;
    use crate::testing::grid;

    #[test]
    fn the_stable_variance_is_the_published_polynomial() {
        let weights = grid(6, 5);
        let values: Vec<_> = (0..30).map(|i| Some(f64::from((i * 37) % 23))).collect();
        let params = AutocorrelationParams::as_given();
        let result = getis_ord_g(&values, &weights, &params).unwrap();
        let sample = Sample::new(METHOD, &values, &weights, &params).unwrap();
        let x = &sample.values;
        let sum: f64 = x.iter().sum();
        let products: f64 = x.iter().map(|x| x * (sum - x)).sum();
        let published = spdep_moments(&sample, x, result.statistic, products).unwrap();
        let ours = result.randomisation.unwrap();
        assert!((ours.expected - published.expected).abs() < 1e-15);
        assert!((ours.variance / published.variance - 1.0).abs() < 1e-10);
        assert!((ours.z - published.z).abs() < 1e-10);
    }

    /// As the offset grows, G loses its quadratic part and z tends to that of
    /// the linear one; the polynomial would have lost all digits.
    #[test]
    fn z_keeps_its_digits_under_a_large_offset() {
        let weights = grid(6, 5);
        let z_at = |offset: f64| {
            let values: Vec<_> = (0..30)
                .map(|i| Some(offset + f64::from((i * 37) % 23)))
                .collect();
            let params = AutocorrelationParams::as_given();
            let result = getis_ord_g(&values, &weights, &params).unwrap();
            result.randomisation.unwrap().z
        };
        assert!((z_at(1e9) - z_at(1e12)).abs() < 1e-6);
    }

    #[test]
    fn negative_values_and_a_single_positive_one_are_refused() {
        let params = AutocorrelationParams::as_given().with_islands(Islands::Counted);
        let mut values = vec![Some(0.0); 30];
        values[3] = Some(2.0);
        let error = getis_ord_g(&values, &grid(6, 5), &params).unwrap_err();
        assert!(matches!(error, StatsError::TooFew { found: 1, .. }));
        values[4] = Some(-1.0);
        let error = getis_ord_g(&values, &grid(6, 5), &params).unwrap_err();
        assert!(matches!(error, StatsError::Value { unit: 4, .. }));
    }
}
