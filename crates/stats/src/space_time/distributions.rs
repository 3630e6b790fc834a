//! Tails and quantiles of the distributions that alarms are read from.

use statrs::function::beta::checked_beta_reg;
use statrs::function::gamma::{checked_gamma_lr, checked_gamma_ur, ln_gamma};

use crate::normal;
use crate::rates::Interval;

/// Shape from which the gamma distribution is read from its cube root: the
/// error of Wilson & Hilferty (1931) is then below that of doubles in use, and
/// the series would take thousands of terms.
const LARGE_SHAPE: f64 = 1e7;

/// Argument from which statrs' incomplete beta function, which stops after
/// 140 terms of its continued fraction, would stop too early.
const LARGE_BETA: f64 = 3_000.0;

/// P(Γ ≤ `value`) of a gamma variable with the given shape and unit rate.
fn gamma_lower(shape: f64, value: f64) -> f64 {
    if value <= 0.0 {
        0.0
    } else if shape > LARGE_SHAPE {
        let spread = 1.0 / (9.0 * shape);
        normal::cumulative(((value / shape).cbrt() - (1.0 - spread)) / spread.sqrt())
    } else {
        checked_gamma_lr(shape, value).unwrap_or(f64::NAN)
    }
}

/// Regularised incomplete beta function.
fn beta_lower(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        0.0
    } else if x >= 1.0 {
        1.0
    } else if a.max(b) <= LARGE_BETA {
        checked_beta_reg(a, b, x).unwrap_or(f64::NAN)
    } else if x > (a + 1.0) / (a + b + 2.0) {
        1.0 - beta_fraction(b, a, 1.0 - x)
    } else {
        beta_fraction(a, b, x)
    }
}

/// Continued fraction of the incomplete beta function by the modified method
/// of Lentz: Abramowitz & Stegun (1964), 26.5.8. The number of terms grows as
/// the root of the arguments.
fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    let front = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (-x).ln_1p()).exp();
    let away = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / away(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for m in 1..20_000 {
        let m = f64::from(m);
        for numerator in [
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0)),
        ] {
            d = 1.0 / away(1.0 + numerator * d);
            c = away(1.0 + numerator / c);
            fraction *= c * d;
        }
        if (c * d - 1.0).abs() < 1e-15 {
            break;
        }
    }
    (front * fraction / a).clamp(0.0, 1.0)
}

/// P(χ² ≥ `value`).
pub(super) fn chi_square_upper(value: f64, degrees_of_freedom: f64) -> f64 {
    if value <= 0.0 {
        return 1.0;
    }
    checked_gamma_ur(degrees_of_freedom / 2.0, value / 2.0).unwrap_or(f64::NAN)
}

/// P(|T| ≥ |t|) of Student's t.
pub(super) fn student_two_sided(t: f64, degrees_of_freedom: f64) -> f64 {
    let square = t * t;
    if square == 0.0 {
        return 1.0;
    }
    if !square.is_finite() {
        return 0.0;
    }
    let share = degrees_of_freedom / (degrees_of_freedom + square);
    beta_lower(degrees_of_freedom / 2.0, 0.5, share)
}

/// The t that |T| stays below with probability `confidence`, by bisection.
pub(super) fn student_quantile(confidence: f64, degrees_of_freedom: f64) -> f64 {
    rising_root(|t| student_two_sided(t, degrees_of_freedom) <= 1.0 - confidence)
}

/// Garwood's exact central interval of the mean of a Poisson count, which need
/// not be whole: [`poisson_interval`](crate::rates::poisson_interval) at any
/// confidence.
pub(super) fn poisson_limits(count: f64, confidence: f64) -> Interval {
    let tail = (1.0 - confidence) / 2.0;
    Interval {
        low: if count > 0.0 {
            rising_root(|mean| gamma_lower(count, mean) >= tail)
        } else {
            0.0
        },
        high: rising_root(|mean| gamma_lower(count + 1.0, mean) >= 1.0 - tail),
    }
}

/// The number above zero from which on `reached` holds, to the last bit.
fn rising_root(reached: impl Fn(f64) -> bool) -> f64 {
    let mut high = 1.0;
    while !reached(high) && high < 1e300 {
        high *= 2.0;
    }
    let mut low = 0.0;
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if reached(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    0.5 * (low + high)
}

/// Distribution of a count with the given mean and variance = dispersion ×
/// mean: Poisson at dispersion 1, negative binomial above.
#[derive(Debug, Clone, Copy)]
pub(super) struct CountDistribution {
    pub mean: f64,
    pub dispersion: f64,
}

impl CountDistribution {
    /// P(Y ≥ `count`).
    pub fn upper(&self, count: f64) -> f64 {
        let count = count.ceil();
        if count <= 0.0 {
            return 1.0;
        }
        if self.mean <= 0.0 {
            return 0.0;
        }
        if self.dispersion > 1.0 {
            let size = self.mean / (self.dispersion - 1.0);
            beta_lower(count, size, 1.0 - 1.0 / self.dispersion)
        } else {
            gamma_lower(count, self.mean)
        }
    }

    /// The smallest count that is not exceeded with `probability`.
    pub fn quantile(&self, probability: f64) -> f64 {
        // P(Y ≥ q + 1) ≤ 1 − probability says the same as P(Y ≤ q) ≥
        // probability, and keeps its digits where the tail is small.
        let exceeds = |count: f64| self.upper(count + 1.0) > 1.0 - probability;
        if !exceeds(0.0) {
            return 0.0;
        }
        let (mut low, mut high) = (0.0, 1.0);
        while exceeds(high) && high < 1e15 {
            low = high;
            high *= 2.0;
        }
        while high - low > 1.0 {
            let middle = ((low + high) / 2.0).floor();
            if exceeds(middle) {
                low = middle;
            } else {
                high = middle;
            }
        }
        high
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tabulated quantiles of Student's t and of the Poisson distribution.
    #[test]
    fn quantiles_agree_with_the_tables() {
        for (df, t) in [(1.0, 12.706), (5.0, 2.571), (30.0, 2.042), (120.0, 1.980)] {
            assert!((student_quantile(0.95, df) - t).abs() < 6e-4);
        }
        let poisson = CountDistribution {
            mean: 3.0,
            dispersion: 1.0,
        };
        assert_eq!(poisson.quantile(0.95), 6.0);
        assert!((poisson.upper(7.0) - 0.033_508).abs() < 1e-6);
        assert!((chi_square_upper(5.991_464_547, 2.0) - 0.05).abs() < 1e-9);
    }

    #[test]
    fn large_arguments_join_the_small_ones() {
        for (a, b, x) in [
            (2_900.0, 1_500.0, 0.65),
            (40.0, 2_990.0, 0.016),
            (9.0, 2.0, 0.9),
        ] {
            let ours = if x > (a + 1.0) / (a + b + 2.0) {
                1.0 - beta_fraction(b, a, 1.0 - x)
            } else {
                beta_fraction(a, b, x)
            };
            let theirs = beta_lower(a, b, x);
            assert!(
                (ours - theirs).abs() < 1e-10,
                "{a} {b} {x}: {ours} {theirs}"
            );
        }
        let limits = poisson_limits(LARGE_SHAPE * 0.99, 0.95);
        let beyond = poisson_limits(LARGE_SHAPE * 1.01, 0.95);
        for (limits, count) in [(limits, LARGE_SHAPE * 0.99), (beyond, LARGE_SHAPE * 1.01)] {
            let width = (limits.high - limits.low) / count.sqrt();
            assert!((width - 2.0 * 1.959_963_985).abs() < 1e-3, "{width}");
        }
    }

    #[test]
    fn the_negative_binomial_tail_is_the_sum_of_its_terms() {
        let distribution = CountDistribution {
            mean: 4.0,
            dispersion: 2.5,
        };
        // Mass by recurrence from P(0) = (1/dispersion)^size.
        let size = 4.0 / 1.5;
        let mut mass = 2.5_f64.powf(-size);
        let mut below = 0.0;
        for count in 0..40 {
            let k = f64::from(count);
            assert!(
                (distribution.upper(k) - (1.0 - below)).abs() < 1e-12,
                "{count}"
            );
            below += mass;
            mass *= (k + size) / (k + 1.0) * (1.0 - 1.0 / 2.5);
        }
    }
}
