//! Random numbers that do not depend on the number of threads.

use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

/// The random numbers of one piece of work (a unit, a draw, a simulation).
///
/// `ChaCha8` is a counter-based generator: 2⁶⁴ independent streams for a
/// seed, so that work done in any order on any number of threads sees the
/// same numbers. Bernstein (2008), *ChaCha, a variant of Salsa20*.
pub(crate) fn stream(seed: u64, number: u64) -> ChaCha8Rng {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(number);
    random
}
