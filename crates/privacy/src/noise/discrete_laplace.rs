//! The discrete Laplace (two-sided geometric) distribution, sampled exactly.

use rand_chacha::rand_core::RngCore;

use super::bernoulli_exp::{bernoulli_exp, uniform_below};
use super::{Epsilon, NoiseError};

/// Discrete Laplace with scale t/s:
/// P(X = x) = (1 − q)/(1 + q) · q^|x| with q = exp(−s/t).
///
/// Added to an integer-valued query of L1 sensitivity Δ it is ε-differentially
/// private for ε = Δ·s/t, with no δ (Ghosh, Roughgarden & Sundararajan 2012).
///
/// # Why not OpenDP's sampler
/// A release must be reproducible from its inputs, its policy and a sealed
/// seed. OpenDP 0.16 draws from OpenSSL or the thread's generator and takes
/// neither a seed nor a generator, so its draws cannot be repeated. The same
/// algorithm runs here over a ChaCha20 stream; OpenDP is the oracle of the
/// tests, for the distribution and for the privacy map. It also stays out of
/// the program that organisations run, and OpenSSL with it.
///
/// # Why integers only
/// Textbook Laplace noise in floating point gives the exact value away through
/// its low-order bits (Mironov 2012). Everything here is integer arithmetic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiscreteLaplace {
    t: u64,
    s: u64,
}

impl DiscreteLaplace {
    /// Noise for a query of the given L1 sensitivity at ε: scale = sensitivity/ε.
    ///
    /// # Errors
    /// [`NoiseError::Bound`] unless the sensitivity is between 1 and 1000,
    /// [`NoiseError::Epsilon`] if ε is zero.
    pub fn calibrate(sensitivity: u32, epsilon: Epsilon) -> Result<Self, NoiseError> {
        if !(1..=1000).contains(&sensitivity) {
            return Err(NoiseError::Bound(sensitivity));
        }
        let s = Epsilon::from_millionths(epsilon.millionths())?.millionths();
        let t = u64::from(sensitivity) * Epsilon::ONE.millionths();
        let common = greatest_common_divisor(t, s);
        Ok(Self {
            t: t / common,
            s: s / common,
        })
    }

    /// The scale t/s as a reduced fraction.
    #[must_use]
    pub fn scale(&self) -> (u64, u64) {
        (self.t, self.s)
    }

    /// One draw.
    ///
    /// Canonne, Kamath & Steinke (2020), Algorithm 2:
    /// 1. U uniform in 0..t; keep it with probability exp(−U/t), else restart;
    /// 2. V ← number of Bernoulli(exp(−1)) heads before the first tail;
    /// 3. Y ← ⌊(U + tV)/s⌋, geometric with ratio exp(−s/t);
    /// 4. a fair sign B; restart if it would make −0; return ±Y.
    ///
    /// Expected constant time, whatever the scale. How long a draw takes
    /// depends on the draw: releases are made offline, where nobody times it.
    pub fn sample(&self, random: &mut impl RngCore) -> i64 {
        loop {
            let u = uniform_below(u128::from(self.t), random);
            // t is at most 10⁹, so the cast back is exact.
            if !bernoulli_exp(u as u64, self.t, random) {
                continue;
            }
            let mut v: u128 = 0;
            while bernoulli_exp(1, 1, random) {
                v += 1;
            }
            let magnitude = (u + u128::from(self.t) * v) / u128::from(self.s);
            let negative = uniform_below(2, random) == 1;
            if negative && magnitude == 0 {
                continue;
            }
            // Beyond i64 only with probability below exp(−10⁹).
            let magnitude = i64::try_from(magnitude).unwrap_or(i64::MAX);
            return if negative { -magnitude } else { magnitude };
        }
    }

    /// Probability of a value. Describes the noise; is not used to draw it.
    #[must_use]
    pub fn probability(&self, value: i64) -> f64 {
        let rate = self.s as f64 / self.t as f64;
        libm::tanh(rate / 2.0) * libm::exp(-rate * value.unsigned_abs() as f64)
    }

    /// Variance 2q/(1 − q)² = 1/(2·sinh²(s/2t)).
    #[must_use]
    pub fn variance(&self) -> f64 {
        let half = libm::sinh(self.s as f64 / self.t as f64 / 2.0);
        0.5 / (half * half)
    }
}

fn greatest_common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_probabilities_sum_to_one_and_give_the_variance() {
        for epsilon in ["0.1", "0.6", "1", "3"] {
            let noise = DiscreteLaplace::calibrate(2, epsilon.parse().unwrap()).unwrap();
            let (mut sum, mut square) = (0.0, 0.0);
            for value in -2000..=2000_i64 {
                sum += noise.probability(value);
                square += noise.probability(value) * (value * value) as f64;
            }
            assert!((sum - 1.0).abs() < 1e-12, "{sum}");
            assert!((square / noise.variance() - 1.0).abs() < 1e-9, "{square}");
        }
    }

    #[test]
    fn the_scale_is_exact() {
        let noise = DiscreteLaplace::calibrate(3, "0.6".parse().unwrap()).unwrap();
        assert_eq!(noise.scale(), (5, 1));
        assert!(DiscreteLaplace::calibrate(0, Epsilon::ONE).is_err());
        assert!(DiscreteLaplace::calibrate(1, Epsilon::ZERO).is_err());
    }
}
