//! The incomplete gamma function and its inverse.

use std::f64::consts::TAU;

use crate::normal;

/// From this shape on Temme's expansion has all digits, and the series would
/// take thousands of terms.
const LARGE_SHAPE: f64 = 1e6;

/// P(a, x): probability that a gamma variable of shape `a` > 0 and unit rate
/// is at most `x` ≥ 0; also that a Poisson variable of mean x is at least a.
///
/// Series below a + 1 and continued fraction above (Abramowitz & Stegun 1964,
/// 6.5.29 and 6.5.31), O(√a) terms; for a > 10⁶ Temme's (1979, *SIAM J. Math.
/// Anal.* 10) uniform expansion.
pub(crate) fn lower(shape: f64, x: f64) -> f64 {
    tails(shape, x).0
}

/// Q(a, x) = 1 − P(a, x), without cancellation.
pub(crate) fn upper(shape: f64, x: f64) -> f64 {
    tails(shape, x).1
}

/// P(χ² ≥ `value`), 1 for values at or below zero.
pub(crate) fn chi_square_upper(value: f64, degrees_of_freedom: f64) -> f64 {
    upper(degrees_of_freedom / 2.0, value / 2.0)
}

/// [`lower`] and [`upper`] together.
pub(crate) fn tails(shape: f64, x: f64) -> (f64, f64) {
    if shape.is_nan() || x.is_nan() {
        return (f64::NAN, f64::NAN);
    }
    if x <= 0.0 {
        return (0.0, 1.0);
    }
    if x == f64::INFINITY {
        return (1.0, 0.0);
    }
    if shape > LARGE_SHAPE {
        return large_tails(shape, x);
    }
    let factor = poisson_density(shape, x);
    if x < shape + 1.0 {
        let (mut term, mut sum, mut a) = (1.0, 1.0, shape);
        while term > sum * f64::EPSILON * 0.25 {
            a += 1.0;
            term *= x / a;
            sum += term;
        }
        let lower = (factor * sum).min(1.0);
        (lower, 1.0 - lower)
    } else {
        // Modified Lentz algorithm.
        let tiny = 1e-300;
        let mut b = x + 1.0 - shape;
        let mut c = 1.0 / tiny;
        let mut d = 1.0 / b;
        let mut fraction = d;
        for i in 1..10_000_000_u32 {
            let i = f64::from(i);
            let a = -i * (i - shape);
            b += 2.0;
            d = not_zero(a * d + b);
            c = not_zero(b + a / c);
            d = 1.0 / d;
            let change = d * c;
            fraction *= change;
            if (change - 1.0).abs() <= f64::EPSILON {
                break;
            }
        }
        let upper = (factor * shape * fraction).min(1.0);
        (1.0 - upper, upper)
    }
}

fn not_zero(x: f64) -> f64 {
    if x.abs() < 1e-300 { 1e-300 } else { x }
}

/// Quantile of a gamma distribution by shape and rate, both above zero, for a
/// probability between 0 and 1.
///
/// Newton's method for ln P (or ln Q above the middle) in ln x. Both are
/// concave there, since the logarithm of a gamma variable has a log-concave
/// density, so that the steps cannot run away; 3 to 6 are enough.
pub(crate) fn quantile(shape: f64, rate: f64, probability: f64) -> f64 {
    let z = normal::quantile(probability);
    let cube = 1.0 - 1.0 / (9.0 * shape) + z / (3.0 * shape.sqrt());
    let from_normal = shape * cube * cube * cube;
    // P(a, x) is close to xᵃ/Γ(a + 1) where x is small.
    let leading = (probability.ln() + libm::lgamma(shape + 1.0)) / shape;
    let mut log_x = if cube > 0.1 && shape > 0.5 {
        from_normal.ln()
    } else {
        leading.min(0.0)
    };
    let mut last = f64::INFINITY;
    for _ in 0..100 {
        let x = log_x.exp();
        if x == 0.0 {
            return 0.0;
        }
        let (lower, upper) = tails(shape, x);
        // x·density, by which the tails change with ln x.
        let change = poisson_density(shape, x) * shape;
        let step = if probability <= 0.5 {
            (probability.ln() - lower.ln()) * lower / change
        } else {
            (upper.ln() - (-probability).ln_1p()) * upper / change
        };
        if !step.is_finite() {
            break;
        }
        let step = step.clamp(-50.0, 50.0);
        log_x += step;
        // Steps that no longer shrink are rounding.
        if step.abs() <= 2e-16 * (1.0 + log_x.abs())
            || (step.abs() < 1e-9 && step.abs() >= 0.5 * last)
        {
            break;
        }
        last = step.abs();
    }
    log_x.exp() / rate
}

/// Temme's expansion with η²/2 = x/a − 1 − ln(x/a):
/// Q = ½·erfc(η√(a/2)) + e^(−aη²/2)/√(2πa)·(C₀(η) + C₁(η)/a + …).
/// For so large a shape η is small wherever the tails are not 0.
fn large_tails(shape: f64, x: f64) -> (f64, f64) {
    let exponent = deviance(shape, x);
    if exponent > 745.0 {
        return if x < shape { (0.0, 1.0) } else { (1.0, 0.0) };
    }
    let eta = (2.0 * exponent / shape).sqrt().copysign(x - shape);
    let first =
        -1.0 / 3.0 + eta * (1.0 / 12.0 - eta * (2.0 / 135.0 - eta * (1.0 / 864.0 + eta / 2835.0)));
    let second = -1.0 / 540.0 - eta / 288.0;
    let rest = (-exponent).exp() / (TAU * shape).sqrt() * (first + second / shape);
    let near = 0.5 * libm::erfc(exponent.sqrt());
    if x < shape {
        let lower = (near - rest).clamp(0.0, 1.0);
        (lower, 1.0 - lower)
    } else {
        let upper = (near + rest).clamp(0.0, 1.0);
        (1.0 - upper, upper)
    }
}

/// μˣ e^(−μ)/Γ(x + 1): the Poisson probability, for real x ≥ 0.
///
/// Loader (2000), *Fast and accurate computation of binomial probabilities*:
/// the saddle-point form, whose parts are all small.
pub(crate) fn poisson_density(x: f64, mean: f64) -> f64 {
    log_poisson_density(x, mean).exp()
}

/// Logarithm of [`poisson_density`].
pub(crate) fn log_poisson_density(x: f64, mean: f64) -> f64 {
    if mean <= 0.0 {
        return if x == 0.0 { 0.0 } else { f64::NEG_INFINITY };
    }
    if x == 0.0 {
        return -mean;
    }
    if x < 1e-3 {
        return x * mean.ln() - mean - libm::lgamma(x + 1.0);
    }
    -stirling_error(x) - deviance(x, mean) - 0.5 * (TAU * x).ln()
}

/// ln Γ(x + 1) − (x + ½) ln x + x − ½ ln 2π.
pub(super) fn stirling_error(x: f64) -> f64 {
    if x < 16.0 {
        return libm::lgamma(x + 1.0) - (x + 0.5) * x.ln() + x - 0.5 * TAU.ln();
    }
    stirling_tail(x)
}

/// The series 1/12x − 1/360x³ + …, for x ≥ 16.
pub(super) fn stirling_tail(x: f64) -> f64 {
    let square = x * x;
    (1.0 / 12.0
        - (1.0 / 360.0 - (1.0 / 1260.0 - (1.0 / 1680.0 - 1.0 / 1188.0 / square) / square) / square)
            / square)
        / x
}

/// x ln(x/m) + m − x, without cancellation where x is close to m.
pub(super) fn deviance(x: f64, mean: f64) -> f64 {
    if (x - mean).abs() < 0.1 * (x + mean) {
        let v = (x - mean) / (x + mean);
        let mut sum = (x - mean) * v;
        let mut term = 2.0 * x * v;
        for j in 1..1000_u32 {
            term *= v * v;
            let next = sum + term / f64::from(2 * j + 1);
            if next == sum {
                break;
            }
            sum = next;
        }
        return sum;
    }
    x * (x / mean).ln() + mean - x
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sums of Poisson probabilities: an independent route for whole shapes.
    #[test]
    fn the_tails_agree_with_sums_of_poisson_probabilities() {
        for (shape, x) in [(1_u32, 0.3), (4, 9.0), (30, 22.0), (200, 260.0)] {
            let mut term = f64::exp(-x);
            let mut sum = term;
            for j in 1..shape {
                term *= x / f64::from(j);
                sum += term;
            }
            let shape = f64::from(shape);
            assert!((upper(shape, x) - sum).abs() < 1e-13 * sum.max(1e-3));
            assert!((lower(shape, x) - (1.0 - sum)).abs() < 1e-13);
        }
    }

    #[test]
    fn the_expansion_for_large_shapes_meets_the_series() {
        for sd in [-7.0, -2.0, -0.3, 0.0, 0.5, 3.0, 7.0] {
            let shape = LARGE_SHAPE;
            let x = shape + sd * shape.sqrt();
            let (series, expansion) = (tails(shape, x), large_tails(shape, x));
            assert!(
                (series.0 - expansion.0).abs() < 1e-11 * series.0,
                "{sd} {series:?} {expansion:?}"
            );
            assert!((series.1 - expansion.1).abs() < 1e-11 * series.1, "{sd}");
        }
        assert_eq!(large_tails(1e12, 2e12), (1.0, 0.0));
    }

    #[test]
    fn the_quantile_undoes_the_tail() {
        for shape in [1e-3, 0.02, 0.3, 0.7, 1.0, 3.5, 40.0, 1e3, 1e5, 1e7, 1e12] {
            for p in [1e-9, 1e-3, 0.025, 0.4, 0.5, 0.6, 0.975, 0.9999] {
                let x = quantile(shape, 1.0, p);
                if x < 1e-300 {
                    assert!(lower(shape, 1e-300) >= p * 0.999, "{shape} {p} {x}");
                    continue;
                }
                let again = lower(shape, x);
                // The last digit of x moves the tail by this much.
                let digit = 1e-12 * (1.0 + shape.sqrt());
                assert!((again - p).abs() < digit * p, "{shape} {p}: {x} {again}");
            }
        }
    }

    /// Chi-square quantiles of standard tables (half a gamma variable of
    /// shape ½·degrees).
    /// statrs gives ten digits and more while the arguments are moderate.
    #[test]
    fn the_tails_agree_with_those_of_statrs() {
        for shape in [0.01, 0.5, 1.0, 3.7, 40.0, 900.0] {
            for ratio in [0.01, 0.6, 0.97, 1.0, 1.1, 1.9] {
                let x = shape * ratio;
                let theirs = statrs::function::gamma::gamma_ur(shape, x);
                assert!((upper(shape, x) - theirs).abs() < 1e-10, "{shape} {x}");
            }
        }
        let (lower, upper) = tails(f64::NAN, 1.0);
        assert!(lower.is_nan() && upper.is_nan() && tails(1.0, f64::NAN).0.is_nan());
        assert!((chi_square_upper(5.991_464_547, 2.0) - 0.05).abs() < 1e-9);
        assert_eq!(chi_square_upper(-1.0, 4.0), 1.0);
    }

    #[test]
    fn quantiles_agree_with_the_chi_square_table() {
        for (degrees, p, table) in [
            (1.0, 0.95, 3.841_459),
            (10.0, 0.05, 3.940_299),
            (100.0, 0.975, 129.561_197),
        ] {
            let x = 2.0 * quantile(0.5 * degrees, 1.0, p);
            assert!((x - table).abs() < 5e-7, "{degrees} {p}: {x}");
        }
    }
}
