//! What chance alone would give, and seeded coins.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore as _, SeedableRng as _};
use statrs::distribution::{Beta, ContinuousCDF as _};

/// Two standard deviations of a share of `n` fair guesses.
pub(crate) fn two_sigma(n: u64) -> f64 {
    2.0 * (0.25 / n.max(1) as f64).sqrt()
}

/// Most accuracy of a guess of membership at ε: e^ε/(1 + e^ε).
pub(crate) fn accuracy_at(epsilon: f64) -> f64 {
    epsilon.exp() / (1.0 + epsilon.exp())
}

/// Lower end of Clopper and Pearson's exact interval of a share.
pub(crate) fn share_at_least(hits: u64, n: u64, alpha: f64) -> f64 {
    let (x, n) = (hits as f64, n as f64);
    match hits {
        0 => 0.0,
        _ => Beta::new(x, n - x + 1.0).map_or(0.0, |beta| beta.inverse_cdf(alpha)),
    }
}

/// Upper end likewise.
pub(crate) fn share_at_most(hits: u64, n: u64, alpha: f64) -> f64 {
    if hits >= n {
        return 1.0;
    }
    let (x, n) = (hits as f64, n as f64);
    Beta::new(x + 1.0, n - x).map_or(1.0, |beta| beta.inverse_cdf(1.0 - alpha))
}

/// Area under the curve of telling the second of a pair from the first, ties
/// as a half, turned so that it is at least 1/2.
pub(crate) fn paired_area(pairs: &[(f64, f64)]) -> f64 {
    if pairs.is_empty() {
        return 0.5;
    }
    let wins: f64 = pairs
        .iter()
        .map(|(zero, one)| match one.total_cmp(zero) {
            std::cmp::Ordering::Greater => 1.0,
            std::cmp::Ordering::Equal => 0.5,
            std::cmp::Ordering::Less => 0.0,
        })
        .sum();
    let area = wins / pairs.len() as f64;
    area.max(1.0 - area)
}

pub(crate) fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// Pearson's correlation; 0 where one side does not vary.
pub(crate) fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let (mean_a, mean_b) = (mean(a), mean(b));
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        ab += (x - mean_a) * (y - mean_b);
        aa += (x - mean_a).powi(2);
        bb += (y - mean_b).powi(2);
    }
    if aa == 0.0 || bb == 0.0 {
        0.0
    } else {
        ab / (aa * bb).sqrt()
    }
}

/// The harness's own coins.
pub(crate) struct Coins(ChaCha8Rng);

impl Coins {
    pub(crate) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    pub(crate) fn flip(&mut self) -> bool {
        self.0.next_u32() & 1 == 1
    }

    /// Uniform among 0 … n − 1; the bias is far below what is measured.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.0.next_u64()) * n as u128) >> 64) as usize
    }

    /// At most `n` of the items, in random order.
    pub(crate) fn sample<T>(&mut self, mut items: Vec<T>, n: usize) -> Vec<T> {
        let take = n.min(items.len());
        for at in 0..take {
            let other = at + self.below(items.len() - at);
            items.swap(at, other);
        }
        items.truncate(take);
        items
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_is_a_half_for_ties_and_one_for_a_perfect_sign() {
        assert_eq!(paired_area(&[(1.0, 1.0), (2.0, 2.0)]), 0.5);
        assert_eq!(paired_area(&[(1.0, 2.0), (1.0, 3.0)]), 1.0);
        assert_eq!(paired_area(&[(2.0, 1.0), (3.0, 1.0)]), 1.0);
        assert_eq!(paired_area(&[(1.0, 2.0), (1.0, 1.0)]), 0.75);
    }

    #[test]
    fn exact_intervals_hold_the_share() {
        // Clopper and Pearson for 5 of 10 at 2.5 %: 0.187 and 0.813.
        assert!((share_at_least(5, 10, 0.025) - 0.187).abs() < 1e-3);
        assert!((share_at_most(5, 10, 0.025) - 0.813).abs() < 1e-3);
        assert_eq!(share_at_least(0, 10, 0.025), 0.0);
        assert_eq!(share_at_most(10, 10, 0.025), 1.0);
    }

    #[test]
    fn a_sample_holds_each_item_at_most_once() {
        let mut sample = Coins::new(1).sample((0..100).collect(), 30);
        sample.sort_unstable();
        sample.dedup();
        assert_eq!(sample.len(), 30);
    }
}
