//! Sums of logarithms of a rising sequence.

use super::gamma::stirling_tail;

/// Σ_{k<m} ln(x + sk) with its first and second derivatives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rising {
    /// Σ ln(x + sk).
    pub(crate) log: f64,
    /// Σ 1/(x + sk): ∂/∂x.
    pub(crate) by_x: f64,
    /// Σ k/(x + sk): ∂/∂s.
    pub(crate) by_step: f64,
    /// Σ 1/(x + sk)²: −∂²/∂x².
    pub(crate) xx: f64,
    /// Σ k/(x + sk)²: −∂²/∂x∂s.
    pub(crate) xs: f64,
    /// Σ k²/(x + sk)²: −∂²/∂s².
    pub(crate) ss: f64,
}

/// The sum for x > 0, s ≥ 0 and any number of terms: ln Γ(x/s + m) −
/// ln Γ(x/s) + m ln s, which is the form that likelihoods of overdispersed
/// counts take, without its loss of digits where s is small.
///
/// Few terms are summed as they stand. Otherwise: power series in s·m/x where
/// that is small, else differences of the gamma function and its derivatives,
/// formed from Stirling's series. O(1) for any m.
pub(crate) fn rising(x: f64, step: f64, terms: u64) -> Rising {
    let m = terms as f64;
    if terms <= 64 {
        summed(x, step, terms)
    } else if step * m < 1e-3 * x {
        series(x, step, m)
    } else {
        differences(x, step, m)
    }
}

fn summed(x: f64, step: f64, terms: u64) -> Rising {
    let mut sum = Rising {
        log: 0.0,
        by_x: 0.0,
        by_step: 0.0,
        xx: 0.0,
        xs: 0.0,
        ss: 0.0,
    };
    // One logarithm for a few factors, which can neither over- nor underflow
    // while each is between 1e-30 and 1e30.
    let mut product = 1.0;
    for k in 0..terms {
        let k = k as f64;
        let factor = x + step * k;
        product *= factor;
        if !(1e-100..1e100).contains(&product) {
            sum.log += product.ln();
            product = 1.0;
        }
        let inverse = 1.0 / factor;
        let share = k * inverse;
        sum.by_x += inverse;
        sum.by_step += share;
        sum.xx += inverse * inverse;
        sum.xs += inverse * share;
        sum.ss += share * share;
    }
    sum.log += product.ln();
    sum
}

fn series(x: f64, step: f64, m: f64) -> Rising {
    // Sums of the first powers of 0, …, m − 1 (Faulhaber).
    let n = m - 1.0;
    let s1 = n * m / 2.0;
    let s2 = s1 * (2.0 * n + 1.0) / 3.0;
    let s3 = s1 * s1;
    let s4 = s2 * (3.0 * n * n + 3.0 * n - 1.0) / 5.0;
    let s5 = s3 * (2.0 * n * n + 2.0 * n - 1.0) / 3.0;
    let s6 = s2 * (3.0 * n.powi(4) + 6.0 * n.powi(3) - 3.0 * n + 1.0) / 7.0;
    let s7 = s3 * (3.0 * n.powi(4) + 6.0 * n.powi(3) - n * n - 4.0 * n + 2.0) / 6.0;
    let q = step / x;
    let sums = [m, s1, s2, s3, s4, s5, s6, s7];
    // Σ k^p/(1 + qk) and Σ k^p/(1 + qk)².
    let over = |p: usize| {
        sums[p]
            - q * (sums[p + 1]
                - q * (sums[p + 2] - q * (sums[p + 3] - q * (sums[p + 4] - q * sums[p + 5]))))
    };
    let square = |p: usize| {
        sums[p]
            - q * (2.0 * sums[p + 1]
                - q * (3.0 * sums[p + 2]
                    - q * (4.0 * sums[p + 3] - q * (5.0 * sums[p + 4] - q * 6.0 * sums[p + 5]))))
    };
    Rising {
        log: m * x.ln()
            + q * (s1
                - q * (s2 / 2.0 - q * (s3 / 3.0 - q * (s4 / 4.0 - q * (s5 / 5.0 - q * s6 / 6.0))))),
        by_x: over(0) / x,
        by_step: over(1) / x,
        xx: square(0) / (x * x),
        xs: square(1) / (x * x),
        ss: square(2) / (x * x),
    }
}

fn differences(x: f64, step: f64, m: f64) -> Rising {
    // The first terms one by one until Stirling's series holds.
    let mut head = summed(x, step, 0);
    let mut skipped = 0.0;
    if x < 16.0 * step {
        let terms = 16_u64;
        head = summed(x, step, terms);
        skipped = terms as f64;
    }
    let a = x / step + skipped;
    let b = x / step + m;
    let rest = m - skipped;
    let log_ratio = (rest / a).ln_1p();
    // ψ(b) − ψ(a) and ψ′(a) − ψ′(b).
    let digamma = log_ratio + digamma_tail(b) - digamma_tail(a);
    let trigamma = rest / (a * b) + trigamma_tail(a) - trigamma_tail(b);
    let start = x + step * skipped;
    let by_x = digamma / step;
    let xx = trigamma / (step * step);
    // k = (x + sk − x)/s turns the other sums into these, counted from the
    // first term that is left.
    let by_step = (rest - start * by_x) / step;
    let xs = (by_x - start * xx) / step;
    let ss = (rest - 2.0 * start * by_x + start * start * xx) / (step * step);
    let log =
        rest * start.ln() + (b - 0.5) * log_ratio - rest + stirling_tail(b) - stirling_tail(a);
    Rising {
        log: head.log + log,
        by_x: head.by_x + by_x,
        by_step: head.by_step + by_step + skipped * by_x,
        xx: head.xx + xx,
        xs: head.xs + xs + skipped * xx,
        ss: head.ss + ss + skipped * (2.0 * xs + skipped * xx),
    }
}

/// ψ(x) − ln x, for x ≥ 16.
fn digamma_tail(x: f64) -> f64 {
    let s = 1.0 / (x * x);
    -0.5 / x
        - s * (1.0 / 12.0 - s * (1.0 / 120.0 - s * (1.0 / 252.0 - s * (1.0 / 240.0 - s / 132.0))))
}

/// ψ′(x) − 1/x, for x ≥ 16.
fn trigamma_tail(x: f64) -> f64 {
    let s = 1.0 / (x * x);
    0.5 * s
        + s / x
            * (1.0 / 6.0 - s * (1.0 / 30.0 - s * (1.0 / 42.0 - s * (1.0 / 30.0 - s * 5.0 / 66.0))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_branch_agrees_with_the_plain_sum() {
        for x in [1e-3, 0.3, 1.0] {
            for step in [0.0, 1e-9, 1e-6, 1e-4, 0.02, 1.0, 50.0] {
                for terms in [0, 1, 5, 64, 65, 400, 5_000] {
                    let (fast, plain) = (rising(x, step, terms), summed(x, step, terms));
                    for (ours, theirs, digits) in [
                        (fast.log, plain.log, 1e-10),
                        (fast.by_x, plain.by_x, 1e-10),
                        (fast.by_step, plain.by_step, 1e-9),
                        (fast.xx, plain.xx, 1e-9),
                        (fast.xs, plain.xs, 1e-6),
                        (fast.ss, plain.ss, 1e-5),
                    ] {
                        assert!(
                            (ours - theirs).abs() <= digits * theirs.abs() + 1e-15 * terms as f64,
                            "{x} {step} {terms}: {fast:?} {plain:?}"
                        );
                    }
                }
            }
        }
    }
}
