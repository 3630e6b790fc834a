//! Global statistics against other packages, naive twins and simulated nulls.

mod calibration;
mod packages;
mod properties;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use safeground_stats::global::AutocorrelationParams;
use safeground_stats::weights::SpatialWeights;

type Column = Vec<Option<f64>>;

/// Two Monte Carlo p-values, `size` and 9,999 permutations, within four
/// standard errors of their difference.
fn near(what: &str, ours: f64, theirs: f64, size: f64) {
    let p = theirs.max(1.0 / size);
    let error = 4.0
        * (p * (1.0 - p) * (1.0 / size + 1.0 / 9999.0))
            .max(0.0)
            .sqrt()
        + 1.0 / size;
    assert!((ours - theirs).abs() <= error, "{what}: {ours} {theirs}");
}

fn row() -> AutocorrelationParams {
    AutocorrelationParams::row_standardised()
}

fn binary() -> AutocorrelationParams {
    AutocorrelationParams::as_given()
}

/// Units above the median.
fn high(values: &[Option<f64>]) -> Vec<Option<bool>> {
    let mut sorted: Vec<f64> = values.iter().flatten().copied().collect();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    let median = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2.0;
    values
        .iter()
        .map(|value| value.map(|value| value > median))
        .collect()
}

/// Weights of a random graph, mostly in one direction.
fn random_weights(n: usize, seed: u64) -> SpatialWeights {
    let mut random = StdRng::seed_from_u64(seed);
    let mut lists = vec![Vec::new(); n];
    for (unit, list) in lists.iter_mut().enumerate() {
        for other in (0..n).filter(|other| *other != unit) {
            if random.random_bool(0.2) {
                list.push((other, random.random_range(0.1..3.0)));
            }
        }
    }
    SpatialWeights::from_weighted_lists(lists).unwrap()
}

fn grid(side: usize) -> SpatialWeights {
    let lists = (0..side * side)
        .map(|unit| {
            let (x, y) = (unit % side, unit / side);
            [
                (x > 0).then(|| unit - 1),
                (x + 1 < side).then_some(unit + 1),
                (y > 0).then(|| unit - side),
                (y + 1 < side).then_some(unit + side),
            ]
            .into_iter()
            .flatten()
            .collect()
        })
        .collect();
    SpatialWeights::from_lists(lists).unwrap()
}
