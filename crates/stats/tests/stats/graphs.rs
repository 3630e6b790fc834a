//! Graphs that tests of several families stand on.

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use safeground_stats::weights::SpatialWeights;

/// A square of cells, row by row, rook neighbours.
pub(crate) fn square(side: usize) -> SpatialWeights {
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

/// Weights of a random graph, mostly in one direction.
pub(crate) fn random_weights(n: usize, seed: u64) -> SpatialWeights {
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
