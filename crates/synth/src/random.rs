//! Random numbers that are the same on every machine.
//!
//! Each table draws from its own stream, so that adding one does not shift
//! the others. Logarithms and exponentials come from `libm`, because those of
//! the operating system differ in the last bit and would change draws.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore as _, SeedableRng as _};
use sha2::{Digest as _, Sha256};

/// Means from here on are drawn by transformed rejection.
const POISSON_REJECTION_FROM: f64 = 12.0;

/// Numbers of trials up to here are drawn one by one.
const BINOMIAL_EXACT_UP_TO: u64 = 24;

/// A stream of random numbers, fixed by the seed of the run and its own name.
#[derive(Debug, Clone)]
pub(crate) struct Stream(ChaCha8Rng);

impl Stream {
    /// The stream of this name.
    pub(crate) fn new(seed: u64, name: &str) -> Self {
        let digest = Sha256::new()
            .chain_update(b"safeground-synth/1/")
            .chain_update(seed.to_le_bytes())
            .chain_update(name.as_bytes())
            .finalize();
        Self(ChaCha8Rng::from_seed(digest.into()))
    }

    /// Sixty-four random bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Uniform in [0, 1).
    pub(crate) fn unit(&mut self) -> f64 {
        const STEP: f64 = 1.0 / (1_u64 << 53) as f64;
        (self.bits() >> 11) as f64 * STEP
    }

    /// Uniform in [low, high).
    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Uniform among 0 … n − 1; the bias is below n / 2⁶⁴.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.bits()) * n as u128) >> 64) as usize
    }

    /// Whether an event of this probability happens.
    pub(crate) fn happens(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Standard normal, by the polar method (Marsaglia & Bray, 1964).
    pub(crate) fn normal(&mut self) -> f64 {
        loop {
            let (x, y) = (self.between(-1.0, 1.0), self.between(-1.0, 1.0));
            let s = x * x + y * y;
            if s > 0.0 && s < 1.0 {
                return x * (-2.0 * libm::log(s) / s).sqrt();
            }
        }
    }

    /// Log-normal with mean 1 and this standard deviation of the logarithm.
    pub(crate) fn around_one(&mut self, sigma: f64) -> f64 {
        libm::exp(sigma * self.normal() - 0.5 * sigma * sigma)
    }

    /// Gamma with mean 1 and this shape of at least 1 (Marsaglia & Tsang,
    /// 2000).
    pub(crate) fn gamma_around_one(&mut self, shape: f64) -> f64 {
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let v = 1.0 + c * x;
            if v <= 0.0 {
                continue;
            }
            let v = v * v * v;
            let u = self.unit();
            if u > 0.0 && libm::log(u) < 0.5 * x * x + d - d * v + d * libm::log(v) {
                return d * v / shape;
            }
        }
    }

    /// Poisson: by inversion for small means, by transformed rejection (PTRS;
    /// Hörmann, 1993) for others.
    pub(crate) fn poisson(&mut self, mean: f64) -> u64 {
        if mean <= 0.0 {
            0
        } else if mean < POISSON_REJECTION_FROM {
            self.poisson_inversion(mean)
        } else {
            self.poisson_rejection(mean)
        }
    }

    fn poisson_inversion(&mut self, mean: f64) -> u64 {
        let u = self.unit();
        let mut probability = libm::exp(-mean);
        let mut cumulative = probability;
        let mut k = 0_u64;
        // The tail beyond 200 has no mass that a 53-bit uniform can reach.
        while u >= cumulative && k < 200 {
            k += 1;
            probability *= mean / k as f64;
            cumulative += probability;
        }
        k
    }

    fn poisson_rejection(&mut self, mean: f64) -> u64 {
        let b = 0.931 + 2.53 * mean.sqrt();
        let a = -0.059 + 0.02483 * b;
        let inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
        let v_r = 0.9277 - 3.6224 / (b - 2.0);
        let log_mean = libm::log(mean);
        loop {
            let u = self.unit() - 0.5;
            let v = self.unit();
            let us = 0.5 - u.abs();
            let k = ((2.0 * a / us + b) * u + mean + 0.43).floor();
            if us >= 0.07 && v <= v_r {
                return k as u64;
            }
            if k < 0.0 || v == 0.0 || (us < 0.013 && v > us) {
                continue;
            }
            let left = libm::log(v * inverse_alpha / (a / (us * us) + b));
            if left <= k * log_mean - mean - libm::lgamma(k + 1.0) {
                return k as u64;
            }
        }
    }

    /// Binomial; above 24 trials by the rounded normal approximation, whose
    /// error is far below what any use here resolves.
    pub(crate) fn binomial(&mut self, trials: u64, probability: f64) -> u64 {
        if trials <= BINOMIAL_EXACT_UP_TO {
            return (0..trials).filter(|_| self.happens(probability)).count() as u64;
        }
        let n = trials as f64;
        let deviation = (n * probability * (1.0 - probability)).sqrt();
        let drawn = libm::round(n * probability + deviation * self.normal());
        drawn.clamp(0.0, n) as u64
    }
}

/// A choice among few, decided by sixteen random bits.
#[derive(Debug, Clone)]
pub(crate) struct Choice {
    /// Cumulative shares in units of 2⁻¹⁶; the last is implied.
    below: Vec<u32>,
}

impl Choice {
    /// A choice with these weights, at least one of them above zero.
    pub(crate) fn new(weights: &[f64]) -> Self {
        let total: f64 = weights.iter().sum();
        let mut sum = 0.0;
        let mut below: Vec<u32> = weights
            .iter()
            .map(|weight| {
                sum += weight;
                libm::round(sum / total * 65_536.0) as u32
            })
            .collect();
        // Rounding must not let trailing members of weight zero in.
        if let Some(last) = weights.iter().rposition(|weight| *weight > 0.0) {
            below.truncate(last + 1);
            below[last] = 65_536;
        }
        Self { below }
    }

    /// The member that these bits point to.
    pub(crate) fn pick(&self, bits: u16) -> usize {
        let bits = u32::from(bits);
        self.below
            .iter()
            .position(|limit| bits < *limit)
            .expect("the last limit is above every sixteen-bit number")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_of_different_names_differ_and_of_one_name_repeat() {
        let mut first = Stream::new(7, "a");
        let mut again = Stream::new(7, "a");
        let mut other = Stream::new(7, "b");
        let drawn = first.bits();
        assert_eq!(drawn, again.bits());
        assert_ne!(drawn, other.bits());
    }

    /// Mean and variance over many draws lie within five standard errors.
    #[test]
    fn draws_have_the_mean_and_variance_of_their_law() {
        let n = 40_000;
        let mut stream = Stream::new(1, "law");
        for mean in [0.05, 3.0, 15.0, 400.0] {
            let drawn: Vec<f64> = (0..n).map(|_| stream.poisson(mean) as f64).collect();
            check(&drawn, mean, mean);
        }
        let drawn: Vec<f64> = (0..n).map(|_| stream.gamma_around_one(3.0)).collect();
        check(&drawn, 1.0, 1.0 / 3.0);
        let drawn: Vec<f64> = (0..n).map(|_| stream.binomial(200, 0.3) as f64).collect();
        check(&drawn, 60.0, 42.0);
    }

    fn check(drawn: &[f64], mean: f64, variance: f64) {
        let n = drawn.len() as f64;
        let average = drawn.iter().sum::<f64>() / n;
        let spread = drawn.iter().map(|x| (x - average).powi(2)).sum::<f64>() / (n - 1.0);
        assert!(
            (average - mean).abs() < 5.0 * (variance / n).sqrt(),
            "{average} {mean}"
        );
        assert!((spread / variance - 1.0).abs() < 0.2, "{spread} {variance}");
    }

    #[test]
    fn a_choice_follows_its_weights_and_never_takes_a_weightless_member() {
        let choice = Choice::new(&[1.0, 0.0, 3.0, 0.0]);
        let mut counts = [0_u32; 4];
        for bits in 0..=u16::MAX {
            counts[choice.pick(bits)] += 1;
        }
        assert_eq!(counts, [16_384, 0, 49_152, 0]);
    }
}
