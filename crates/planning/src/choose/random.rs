//! Random numbers that depend on the seed and the piece of work alone.

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// The stream `number` of a seed of the counter-based generator `ChaCha8`.
/// Bernstein (2008), *ChaCha, a variant of Salsa20*.
pub(crate) fn stream(seed: u64, number: u64) -> ChaCha8Rng {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(number);
    random
}

/// Brings items into a random order, each order equally likely: Durstenfeld's
/// form of the Fisher–Yates shuffle. The first `m` items are a simple random
/// sample.
pub(crate) fn shuffle<T>(items: &mut [T], random: &mut ChaCha8Rng) {
    for place in 0..items.len() {
        let other = random.random_range(place as u64..items.len() as u64);
        items.swap(
            place,
            usize::try_from(other).expect("the range ends at a length"),
        );
    }
}
