//! Probabilities of negative binomial counts.

use super::gamma::log_poisson_density;
use super::rising::rising;
use super::{beta, gamma};

/// Dispersion times mean, the share that the variance is more than Poisson,
/// below which the distribution is Poisson to all digits.
const NEGLIGIBLE: f64 = 1e-18;

/// ln of the probability of `count` for mean μ and variance μ +
/// `dispersion`·μ²; Poisson where the dispersion is 0.
///
/// The Poisson probability times what the dispersion makes of it, so that
/// nothing is lost where the dispersion is small. O(1).
pub(crate) fn log_probability(count: u64, mean: f64, dispersion: f64) -> f64 {
    let y = count as f64;
    let poisson = log_poisson_density(y, mean);
    if dispersion == 0.0 || mean <= 0.0 {
        return poisson;
    }
    let spread = (dispersion * mean).ln_1p();
    poisson + mean - spread / dispersion - y * spread + rising(1.0, dispersion, count).log
}

/// Probability of at most `count`, and of more, for the same distribution:
/// neither is formed from the other where it is the smaller.
pub(crate) fn tails(count: f64, mean: f64, dispersion: f64) -> (f64, f64) {
    if mean <= 0.0 {
        (1.0, 0.0)
    } else if dispersion * mean < NEGLIGIBLE {
        let (more, at_most) = gamma::tails(count + 1.0, mean);
        (at_most, more)
    } else {
        // The share size/(size + mean) of a beta variable with the shapes
        // size and count + 1, by its logit.
        beta::tails(1.0 / dispersion, count + 1.0, -(dispersion * mean).ln())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_sum_to_one_and_to_the_tails() {
        for (mean, dispersion) in [
            (0.3, 0.0),
            (5.0, 0.4),
            (20.0, 3.0),
            (2.0, 1e-7),
            (9.0, 1e-12),
        ] {
            let mut sum = 0.0;
            for y in 0..5_000_u32 {
                sum += log_probability(u64::from(y), mean, dispersion).exp();
                let (at_most, more) = tails(f64::from(y), mean, dispersion);
                assert!(
                    (at_most - sum).abs() < 1e-11,
                    "{mean} {dispersion} {y}: {at_most} {sum}"
                );
                assert!((at_most + more - 1.0).abs() < 1e-15);
            }
            assert!((sum - 1.0).abs() < 1e-10, "{mean} {dispersion}: {sum}");
        }
    }

    #[test]
    fn nothing_expected_is_a_count_of_zero() {
        for dispersion in [0.0, 0.5] {
            assert_eq!(log_probability(0, 0.0, dispersion), 0.0);
            assert_eq!(log_probability(3, 0.0, dispersion), f64::NEG_INFINITY);
            assert_eq!(tails(0.0, 0.0, dispersion), (1.0, 0.0));
        }
    }
}
