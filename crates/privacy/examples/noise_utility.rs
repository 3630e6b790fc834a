//! What the noise costs, by share and sparsity: the curve behind the default.
//!
//! `cargo run --release -p safeground-privacy --example noise_utility`
//!
//! Simulated places with log-normal rates, so that few have much and most have
//! little. For each share of ε: the overlap of the top 5 % with the exact
//! ranking, mean of twenty draws, ranked by the noisy estimates.
#![expect(clippy::unwrap_used, reason = "an example over fixed inputs")]

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use safeground_privacy::noise::DiscreteLaplace;
use safeground_privacy::noise::utility::top_overlap;

const DRAWS: u32 = 20;

fn main() {
    let layers = [
        ("36 districts, median 60 children", 36, 60.0, 1.0),
        ("750 districts, median 30", 750, 30.0, 1.2),
        ("1,200 cells of resolution 5, median 2", 1_200, 2.0, 1.4),
        ("12,000 cells of resolution 5, median 1.5", 12_000, 1.5, 1.4),
        ("12,000 cells of resolution 5, median 0.5", 12_000, 0.5, 1.8),
        ("84,000 cells of resolution 6, median 0.3", 84_000, 0.3, 1.6),
    ];
    let epsilons = [
        "0.05", "0.1", "0.2", "0.25", "0.4", "0.6", "0.75", "0.8", "0.9", "1",
    ];
    println!(
        "{:<44}{}",
        "epsilon of the layer",
        epsilons.map(|e| format!("{e:>7}")).join("")
    );
    for (name, n, median, spread) in layers {
        let mut random = ChaCha20Rng::from_seed([41; 32]);
        let exact: Vec<u64> = (0..n).map(|_| count(median, spread, &mut random)).collect();
        let row = epsilons.map(|epsilon| {
            let noise = DiscreteLaplace::calibrate(1, epsilon.parse().unwrap()).unwrap();
            let sum: f64 = (0..DRAWS)
                .map(|_| {
                    // Shifted, so that negative values keep their order.
                    let noisy: Vec<u64> = exact
                        .iter()
                        .map(|n| (*n as i64 + noise.sample(&mut random) + 1_000_000) as u64)
                        .collect();
                    top_overlap(&exact, &noisy, 0.05).unwrap()
                })
                .sum();
            format!("{:>7.3}", sum / f64::from(DRAWS))
        });
        println!("{name:<44}{}", row.join(""));
    }
}

fn uniform(random: &mut ChaCha20Rng) -> f64 {
    ((random.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
}

fn normal(random: &mut ChaCha20Rng) -> f64 {
    (-2.0 * uniform(random).ln()).sqrt() * (std::f64::consts::TAU * uniform(random)).cos()
}

/// A Poisson count with a log-normal mean.
fn count(median: f64, spread: f64, random: &mut ChaCha20Rng) -> u64 {
    let mean = median * (spread * normal(random)).exp();
    if mean > 50.0 {
        return (mean + mean.sqrt() * normal(random)).round().max(0.0) as u64;
    }
    let (mut n, mut waited) = (0, -uniform(random).ln());
    while waited < mean {
        n += 1;
        waited -= uniform(random).ln();
    }
    n
}
