//! The incomplete beta function and its inverse.

use std::f64::consts::TAU;

use super::gamma::{deviance, stirling_error};
use crate::normal;

/// Probability that a beta variable is at most, and that it is above,
/// x = e^u/(1 + e^u): both tails without cancellation, at the logit `u`.
///
/// Continued fraction of Didonato & Morris (1992), *ACM Transactions on
/// Mathematical Software* 18 (algorithm 708, `BFRAC`), which unlike that of
/// Abramowitz & Stegun (1964), 26.5.8, keeps its digits where one shape is a
/// million times the other; O(√max(a, b)) terms.
pub(crate) fn tails(a: f64, b: f64, logit: f64) -> (f64, f64) {
    if a.is_nan() || b.is_nan() || logit.is_nan() {
        return (f64::NAN, f64::NAN);
    }
    let (x, y) = sides(logit);
    if x <= 0.0 {
        return (0.0, 1.0);
    }
    if y <= 0.0 {
        return (1.0, 0.0);
    }
    if x < (a + 1.0) / (a + b + 2.0) {
        let lower = (change(a, b, x, y) * fraction(a, b, x, y)).min(1.0);
        (lower, 1.0 - lower)
    } else {
        let upper = (change(b, a, y, x) * fraction(b, a, y, x)).min(1.0);
        (1.0 - upper, upper)
    }
}

/// Probability that a beta variable is above `x`.
pub(crate) fn upper(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        1.0
    } else if x >= 1.0 {
        0.0
    } else {
        tails(a, b, (x / (1.0 - x)).ln()).1
    }
}

/// Quantile of a beta distribution, both shapes above zero.
///
/// Newton's method for the logarithm of the smaller tail in the logit of x,
/// where both are concave: the logit of a beta variable has a log-concave
/// density.
pub(crate) fn quantile(a: f64, b: f64, probability: f64) -> f64 {
    let z = normal::quantile(probability);
    // Mean and spread of the logit, close enough to start from.
    let centre = ((a + 0.2) / (b + 0.2)).ln();
    let mut logit = centre + z * (1.0 / (a + 0.2) + 1.0 / (b + 0.2)).sqrt().min(10.0);
    let mut last = f64::INFINITY;
    for _ in 0..200 {
        let (lower, upper) = tails(a, b, logit);
        let (x, y) = sides(logit);
        let change = change(a, b, x, y);
        let step = if probability <= 0.5 {
            (probability.ln() - lower.ln()) * lower / change
        } else {
            (upper.ln() - (-probability).ln_1p()) * upper / change
        };
        if !step.is_finite() {
            // A tail that has vanished: come back towards the middle.
            logit = 0.5 * (logit + centre);
            continue;
        }
        let step = step.clamp(-20.0, 20.0);
        logit += step;
        // Steps that no longer shrink are rounding.
        if step.abs() <= 4e-16 * (1.0 + logit.abs())
            || (step.abs() < 1e-9 && step.abs() >= 0.5 * last)
        {
            break;
        }
        last = step.abs();
        if logit.abs() > 705.0 {
            // Below the smallest number there is, or 1 to all digits.
            return if logit < 0.0 { 0.0 } else { 1.0 };
        }
    }
    sides(logit).0
}

/// x and 1 − x of a logit.
fn sides(logit: f64) -> (f64, f64) {
    (1.0 / (1.0 + (-logit).exp()), 1.0 / (1.0 + logit.exp()))
}

/// xᵃ(1−x)ᵇ/B(a, b), by which the lower tail grows with the logit.
fn change(a: f64, b: f64, x: f64, y: f64) -> f64 {
    let n = a + b;
    if a < 1e-3 || b < 1e-3 {
        return (a * x.ln() + b * y.ln() - log_beta(a.min(b), a.max(b))).exp();
    }
    let log = stirling_error(n)
        - stirling_error(a)
        - stirling_error(b)
        - deviance(a, n * x)
        - deviance(b, n * y)
        + 0.5 * (a / TAU * (b / n)).ln();
    log.exp()
}

/// ln B(small, large) for a shape below 10⁻³.
///
/// ln Γ of a large shape and of the sum of both differ in digits that neither
/// has: their difference is taken term by term of Stirling's formula.
fn log_beta(small: f64, large: f64) -> f64 {
    let sum = small + large;
    let growth = if large < 16.0 {
        libm::lgamma(sum) - libm::lgamma(large)
    } else {
        (large - 0.5) * (small / large).ln_1p() - small
            + small * sum.ln()
            + (stirling_error(sum) - stirling_error(large))
    };
    libm::lgamma(1.0 + small) - small.ln() - growth
}

/// Lower tail over [`change`], for x below (a + 1)/(a + b + 2).
///
/// Nothing is formed from 1 − x where x is close to 1, since y is given and
/// the excess a − (a + b)x is taken from the smaller of the two.
fn fraction(a: f64, b: f64, x: f64, y: f64) -> f64 {
    let excess = if a > b {
        (a + b) * y - b
    } else {
        a - (a + b) * x
    };
    let first = 1.0 + 1.0 / a;
    let mut numerators = (0.0, 1.0);
    let mut denominators = (1.0, (1.0 + excess) / first);
    let mut fraction = 1.0 / denominators.1;
    for n in 1..10_000_000_u32 {
        let n = f64::from(n);
        let (before, after) = (a + 2.0 * n - 1.0, a + 2.0 * n + 1.0);
        let weight = n * (b - n) * x;
        let alpha = (a + n - 1.0) / before * ((a + b + n - 1.0) / before) * weight * x;
        let beta = n + weight / before + (a + n) / after * (1.0 + excess + n * (1.0 + y));
        numerators = (numerators.1, alpha * numerators.0 + beta * numerators.1);
        denominators = (
            denominators.1,
            alpha * denominators.0 + beta * denominators.1,
        );
        let next = numerators.1 / denominators.1;
        let change = (next - fraction).abs();
        fraction = next;
        if change <= f64::EPSILON * next.abs() {
            break;
        }
        // Ratios alone count; kept near 1, nothing overflows.
        let scale = denominators.1;
        numerators = (numerators.0 / scale, next);
        denominators = (denominators.0 / scale, 1.0);
    }
    fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    /// For whole shapes the tail is a sum of binomial probabilities.
    #[test]
    fn the_tail_agrees_with_sums_of_binomial_probabilities() {
        for (a, b, x) in [
            (1_u32, 1_u32, 0.3_f64),
            (3, 8, 0.2),
            (40, 25, 0.7),
            (2, 300, 0.01),
        ] {
            let n = a + b - 1;
            let mut sum = 0.0;
            for k in a..=n {
                let mut log = f64::from(k) * x.ln() + f64::from(n - k) * (-x).ln_1p();
                for j in 1..=k {
                    log += (f64::from(n - k + j) / f64::from(j)).ln();
                }
                sum += log.exp();
            }
            let upper = upper(f64::from(a), f64::from(b), x);
            assert!((1.0 - upper - sum).abs() < 1e-13, "{a} {b} {x}");
        }
    }

    /// statrs gives ten digits and more while the arguments are moderate.
    #[test]
    fn the_tail_agrees_with_that_of_statrs() {
        for (a, b, x) in [
            (0.3, 0.5, 0.2),
            (2.5, 0.5, 0.97),
            (30.0, 70.5, 0.31),
            (800.0, 300.0, 0.72),
        ] {
            let theirs = statrs::function::beta::beta_reg(a, b, x);
            assert!((1.0 - upper(a, b, x) - theirs).abs() < 1e-10, "{a} {b} {x}");
        }
        assert!(tails(f64::NAN, 1.0, 0.0).0.is_nan() && tails(1.0, 1.0, f64::NAN).1.is_nan());
    }

    /// With b = 1 the tail is xᵃ, with b = 2 xᵃ(1 + ay).
    #[test]
    fn shapes_far_apart_keep_their_digits() {
        for a in [1e3, 1e6, 1e9] {
            for mean in [0.01, 0.7, 2.0, 9.0] {
                let logit = f64::ln(a / mean);
                let y = mean / (a + mean);
                let power = (a * (-y).ln_1p()).exp();
                for (b, exact) in [(1.0, power), (2.0, power * (1.0 + a * y))] {
                    let (lower, upper) = tails(a, b, logit);
                    assert!((lower / exact - 1.0).abs() < 1e-13, "{a} {b} {mean}");
                    assert!((upper - (1.0 - exact)).abs() < 1e-14, "{a} {b} {mean}");
                }
            }
        }
    }

    /// The lower tail at b + 1 exceeds that at b by xᵃyᵇΓ(a + b)/(Γ(a)Γ(b + 1)),
    /// from xᵃ at b = 1 on.
    #[test]
    fn a_vanishing_shape_beside_a_large_one_keeps_its_digits() {
        for a in [1e-12, 1e-6, 5e-4] {
            for mean in [0.5, 30.0, 1e6] {
                let logit = f64::ln(a / mean);
                let (x, y) = sides(logit);
                let mut sum = (a * x.ln()).exp();
                let mut term = sum * a * y;
                let mut last = 0.0;
                for b in 1..3000_u32 {
                    let lower = tails(a, f64::from(b), logit).0;
                    assert!((lower - sum).abs() < 1e-12, "{a} {b} {mean}: {lower} {sum}");
                    assert!(lower > last - 1e-14, "{a} {b} {mean}: {lower} {last}");
                    last = lower;
                    sum += term;
                    term *= y * (a + f64::from(b)) / f64::from(b + 1);
                }
            }
        }
    }

    #[test]
    fn the_quantile_undoes_the_tail() {
        for a in [0.01, 0.4, 1.0, 7.0, 300.0, 1e6] {
            for b in [0.05, 1.0, 20.0, 1e4, 1e6] {
                for p in [1e-4, 0.025, 0.5, 0.8, 0.975] {
                    let x = quantile(a, b, p);
                    if !(1e-300..=1.0 - 1e-12).contains(&x) {
                        continue;
                    }
                    let again = 1.0 - upper(a, b, x);
                    assert!((again - p).abs() < 1e-9, "{a} {b} {p}: {x} {again}");
                }
            }
        }
    }
}
