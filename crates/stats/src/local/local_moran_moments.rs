//! Analytic moments of local Moran's I.

use crate::normal;

/// Expectation and variance of a statistic under a null, with what they make
/// of the observed value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moments {
    /// Expectation.
    pub expectation: f64,
    /// Variance.
    pub variance: f64,
    /// (observed − expectation)/√variance.
    pub z: f64,
    /// Two-sided p-value of z under a normal approximation.
    pub p: f64,
}

impl Moments {
    pub(super) fn new(observed: f64, expectation: f64, variance: f64) -> Option<Self> {
        if variance.is_nan() || variance <= 0.0 {
            return None;
        }
        let z = (observed - expectation) / variance.sqrt();
        Some(Self {
            expectation,
            variance,
            z,
            p: normal::two_sided(z),
        })
    }
}

/// The unit's value is held: Sokal, Oden & Thomson (1998), eq. A7 and A8. With
/// b = z²/m₂, W = Σw and S = Σw²:
///
/// E = −b·W/(n − 1), V = b · n/(n − 2) · (S − W²/(n − 1)) · (1 − b/(n − 1))
///
/// `scale` turns I with divisor n into I with the divisor asked for.
pub(super) fn conditional(
    observed: f64,
    scale: f64,
    share: f64,
    n: f64,
    weight: f64,
    squares: f64,
) -> Option<Moments> {
    let rest = n - 1.0;
    let room = squares - weight * weight / rest;
    // Rounding may leave a little where the neighbours are all others, or
    // where one unit holds all the spread.
    if room <= 1e-12 * squares || 1.0 - share / rest <= 1e-12 {
        return None;
    }
    let variance = share * n / (n - 2.0) * room * (1.0 - share / rest);
    Moments::new(
        observed,
        -scale * share * weight / rest,
        scale * scale * variance,
    )
}

/// All values are rearranged: Sokal, Oden & Thomson (1998), eq. A3 and A4*.
/// With b₂ = m₄/m₂²:
///
/// E = −W/(n − 1), V = S·(n − b₂)/(n − 1) + (W² − S)·(2b₂ − n)/((n − 1)(n − 2)) − W²/(n − 1)²
pub(super) fn total(
    observed: f64,
    scale: f64,
    kurtosis: f64,
    n: f64,
    weight: f64,
    squares: f64,
) -> Option<Moments> {
    let rest = n - 1.0;
    let expectation = -weight / rest;
    let variance = squares * (n - kurtosis) / rest
        + (weight * weight - squares) * (2.0 * kurtosis - n) / (rest * (n - 2.0))
        - expectation * expectation;
    Moments::new(observed, scale * expectation, scale * scale * variance)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All arrangements of five values on a unit with two of four neighbours.
    #[test]
    fn moments_are_those_over_all_arrangements() {
        let x = [1.0, 2.0, 4.0, 8.0, 10.0];
        let mean = x.iter().sum::<f64>() / 5.0;
        let z = x.map(|v| v - mean);
        let m2 = z.iter().map(|v| v * v).sum::<f64>() / 5.0;
        let weights = [0.3, 0.7];
        let (mut held, mut all) = (Vec::new(), Vec::new());
        for own in 0..5 {
            for a in 0..5 {
                for b in 0..5 {
                    if own == a || own == b || a == b {
                        continue;
                    }
                    let i = z[own] / m2 * (weights[0] * z[a] + weights[1] * z[b]);
                    all.push(i);
                    if own == 3 {
                        held.push(i);
                    }
                }
            }
        }
        let moments = |v: &[f64]| {
            let mean = v.iter().sum::<f64>() / v.len() as f64;
            let variance = v.iter().map(|i| (i - mean).powi(2)).sum::<f64>() / v.len() as f64;
            (mean, variance)
        };
        let kurtosis = z.iter().map(|v| v.powi(4)).sum::<f64>() / 5.0 / (m2 * m2);
        let (sum, squares) = (1.0, 0.09 + 0.49);
        let ours = conditional(0.0, 1.0, z[3] * z[3] / m2, 5.0, sum, squares).unwrap();
        let (mean, variance) = moments(&held);
        assert!((ours.expectation - mean).abs() < 1e-12);
        assert!((ours.variance - variance).abs() < 1e-12);
        let ours = total(0.0, 1.0, kurtosis, 5.0, sum, squares).unwrap();
        let (mean, variance) = moments(&all);
        assert!((ours.expectation - mean).abs() < 1e-12);
        assert!((ours.variance - variance).abs() < 1e-12);
    }
}
