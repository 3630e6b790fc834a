//! Tails and quantiles of the distributions that alarms are read from.

use crate::special::{beta, count};

/// P(|T| ≥ |t|) of Student's t.
pub(super) fn student_two_sided(t: f64, degrees_of_freedom: f64) -> f64 {
    let square = t * t;
    if square == 0.0 {
        return 1.0;
    }
    if !square.is_finite() {
        return 0.0;
    }
    // The share df/(df + t²) of a beta variable, by its logit.
    let logit = degrees_of_freedom.ln() - square.ln();
    beta::tails(degrees_of_freedom / 2.0, 0.5, logit).0
}

/// The t that |T| stays below with probability `confidence`, by bisection.
pub(super) fn student_quantile(confidence: f64, degrees_of_freedom: f64) -> f64 {
    rising_root(|t| student_two_sided(t, degrees_of_freedom) <= 1.0 - confidence)
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
        let excess = if self.mean > 0.0 {
            (self.dispersion - 1.0).max(0.0) / self.mean
        } else {
            0.0
        };
        count::tails(count - 1.0, self.mean, excess).1
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
