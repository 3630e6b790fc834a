//! Exact coins: uniform integers, and Bernoulli(exp(−γ)) for a rational γ.

use rand_chacha::rand_core::RngCore;

/// A uniform integer in `0..upper`; `upper` must not be zero.
///
/// Draws as many bits as `upper − 1` has and rejects what is too large, so
/// that every value is exactly equally likely; fewer than two tries expected.
pub(super) fn uniform_below(upper: u128, random: &mut impl RngCore) -> u128 {
    let last = upper.saturating_sub(1);
    let mask = u128::MAX.checked_shr(last.leading_zeros()).unwrap_or(0);
    loop {
        let low = u128::from(random.next_u64());
        let high = if mask > u128::from(u64::MAX) {
            u128::from(random.next_u64())
        } else {
            0
        };
        let drawn = ((high << 64) | low) & mask;
        if drawn <= last {
            return drawn;
        }
    }
}

/// A coin that falls true with probability exp(−`numerator`/`denominator`),
/// for a γ = `numerator`/`denominator` in [0, 1].
///
/// Canonne, Kamath & Steinke (2020), Algorithm 1, after von Neumann:
/// 1. K ← 1;
/// 2. draw A ~ Bernoulli(γ/K); while A = 1, K ← K + 1;
/// 3. true if K is odd.
///
/// The series Σ (−γ)^K/K! is summed by the coin itself, so no exponential is
/// computed and nothing is rounded. Fewer than e rounds are expected.
pub(super) fn bernoulli_exp(numerator: u64, denominator: u64, random: &mut impl RngCore) -> bool {
    let numerator = u128::from(numerator);
    let mut k: u64 = 1;
    while uniform_below(u128::from(denominator) * u128::from(k), random) < numerator {
        k += 1;
    }
    k % 2 == 1
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng;

    use super::*;

    #[test]
    fn uniform_integers_are_uniform_at_awkward_sizes() {
        let mut random = ChaCha20Rng::from_seed([3; 32]);
        for upper in [1_u128, 2, 3, 5, 17] {
            let mut seen = vec![0_f64; upper as usize];
            let draws = 20_000;
            for _ in 0..draws {
                seen[uniform_below(upper, &mut random) as usize] += 1.0;
            }
            let expected = f64::from(draws) / upper as f64;
            let chi: f64 = seen.iter().map(|n| (n - expected).powi(2) / expected).sum();
            // 16 degrees of freedom at most; P(chi² > 45) < 0.0002.
            assert!(chi < 45.0, "{upper}: {chi}");
        }
        let wide = u128::from(u64::MAX) * 3;
        assert!((0..100).any(|_| uniform_below(wide, &mut random) > u128::from(u64::MAX)));
    }

    #[test]
    fn the_coin_falls_as_the_exponential_says() {
        let mut random = ChaCha20Rng::from_seed([5; 32]);
        for (numerator, denominator) in [(0, 7), (1, 7), (1, 2), (7, 7)] {
            let draws = 40_000;
            let heads = (0..draws)
                .filter(|_| bernoulli_exp(numerator, denominator, &mut random))
                .count() as f64;
            let p = (-(numerator as f64) / denominator as f64).exp();
            let sigma = (p * (1.0 - p) / f64::from(draws)).sqrt();
            let miss = (heads / f64::from(draws) - p).abs();
            assert!(miss <= 5.0 * sigma, "{numerator}/{denominator}: {miss}");
        }
    }
}
