//! Neighbours drawn one by one, as a package draws them: slow, in the open, and
//! sharing no code with the library.

use rand::seq::index::sample;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::*;

/// Draws of [`redrawn`] and [`replaced`].
pub(super) const DRAWS: usize = 20_000;
/// What esda and pygeoda ran.
pub(super) const PERMUTATIONS: usize = 9999;
/// pygeoda's seed.
const SEED: u64 = 123_456_789;

/// A unit's statistic as observed and, in ascending order, over draws of its
/// neighbours.
pub(super) struct Drawn {
    pub(super) observed: f64,
    pub(super) sorted: Vec<f64>,
}

impl Drawn {
    fn new(observed: f64, mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        Self {
            observed,
            sorted: values,
        }
    }

    /// Differences up to this are rounding.
    pub(super) fn tolerance(&self) -> f64 {
        let ends = [self.observed, self.sorted[0], self.sorted[self.len() - 1]];
        1e-11 * ends.iter().fold(0.0_f64, |most, x| most.max(x.abs()))
    }

    pub(super) fn len(&self) -> usize {
        self.sorted.len()
    }

    /// Draws of at most `value`.
    pub(super) fn up_to(&self, value: f64) -> usize {
        self.sorted.partition_point(|x| *x <= value)
    }

    pub(super) fn mean(&self) -> f64 {
        self.sorted.iter().sum::<f64>() / self.len() as f64
    }

    /// Mean of the deviations to a power.
    pub(super) fn moment(&self, power: i32) -> f64 {
        let mean = self.mean();
        let sum: f64 = self.sorted.iter().map(|x| (x - mean).powi(power)).sum();
        sum / self.len() as f64
    }

    /// Draws at least as far from `centre` as the observed value, without and
    /// with those as far but for rounding.
    pub(super) fn as_far(&self, centre: f64) -> [usize; 2] {
        let (distance, tolerance) = ((self.observed - centre).abs(), self.tolerance());
        [tolerance, -tolerance].map(|more| {
            let far = |x: &&f64| (**x - centre).abs() > distance + more;
            self.sorted.iter().filter(far).count()
        })
    }

    /// Draws on either side, ties on both.
    pub(super) fn tails(&self) -> Tails {
        let tolerance = self.tolerance();
        Tails {
            greater_or_equal: self.len() - self.up_to(self.observed - tolerance),
            less_or_equal: self.up_to(self.observed + tolerance),
            as_far: self.as_far(self.mean())[1],
            permutations: self.len(),
        }
    }
}

/// Whether shares of `m` and of `l` independent draws may be of one chance:
/// they differ by at most four standard errors of such a difference, the
/// chance being estimated from both together.
pub(super) fn one_chance((p, m): (f64, usize), (q, l): (f64, usize)) -> bool {
    let (m, l) = (m as f64, l as f64);
    let pooled = (p * m + q * l) / (m + l);
    let error = (pooled * (1.0 - pooled) * (1.0 / m + 1.0 / l)).sqrt();
    (p - q).abs() <= 4.0 * error
}

/// The share r/m of a package that reports (r + 1)/(m + 1).
pub(super) fn share(p: f64, permutations: usize) -> f64 {
    let m = permutations as f64;
    (p * (m + 1.0) - 1.0) / m
}

/// `statistic` of each unit that has neighbours, over draws that `draw` makes
/// from all others: `None` where the statistic is.
fn over_draws(
    set: &Set,
    draws: usize,
    draw: impl Fn(&mut ChaCha8Rng, usize, usize) -> Vec<usize> + Sync,
    statistic: impl Fn(usize, &[usize]) -> Option<f64> + Sync,
) -> Vec<Option<Drawn>> {
    let n = set.values.len();
    (0..n)
        .into_par_iter()
        .map(|unit| {
            let near: Vec<usize> = set.weights.neighbours(unit).collect();
            if near.is_empty() {
                return None;
            }
            let observed = statistic(unit, &near)?;
            let mut random = ChaCha8Rng::seed_from_u64(unit as u64);
            let values: Option<Vec<f64>> = (0..draws)
                .map(|_| {
                    let mut picks = draw(&mut random, n - 1, near.len());
                    for pick in &mut picks {
                        *pick += usize::from(*pick >= unit);
                    }
                    statistic(unit, &picks)
                })
                .collect();
            Some(Drawn::new(observed, values?))
        })
        .collect()
}

/// Conditional permutation: distinct others, all equally likely.
pub(super) fn redrawn(
    set: &Set,
    statistic: impl Fn(usize, &[usize]) -> Option<f64> + Sync,
) -> Vec<Option<Drawn>> {
    let draw = |random: &mut ChaCha8Rng, of, count| sample(random, of, count).into_vec();
    over_draws(set, DRAWS, draw, statistic)
}

/// As spdep's `localmoran_perm` and `localG_perm` draw: the others with
/// replacement.
pub(super) fn replaced(
    set: &Set,
    statistic: impl Fn(usize, &[usize]) -> Option<f64> + Sync,
) -> Vec<Option<Drawn>> {
    let draw = |random: &mut ChaCha8Rng, of, count| {
        (0..count).map(|_| random.random_range(0..of)).collect()
    };
    over_draws(set, DRAWS, draw, statistic)
}

/// GeoDa's source of random numbers: Wang's hash of 64 bits (Wang 2007,
/// *Integer Hash Function*) of one whole number after the other, as a share
/// of 2⁶⁴.
pub(super) struct Hashed {
    key: u64,
}

impl Hashed {
    pub(super) fn new(key: u64) -> Self {
        Self { key }
    }

    fn next(&mut self) -> f64 {
        let mut x = self.key;
        self.key += 1;
        x = (x << 21).wrapping_sub(x).wrapping_sub(1);
        x ^= x >> 24;
        x = x.wrapping_mul(265);
        x ^= x >> 14;
        x = x.wrapping_mul(21);
        x ^= x >> 28;
        x = x.wrapping_add(x << 31);
        x as f64 * 0.5_f64.powi(64)
    }

    /// Distinct numbers from 0 to `last` of those allowed. Rounding to the
    /// nearest makes the two ends half as likely.
    pub(super) fn distinct(
        &mut self,
        count: usize,
        last: usize,
        allowed: impl Fn(usize) -> bool,
    ) -> Vec<usize> {
        distinct_of(count, last, allowed, || self.next())
    }
}

/// GeoDa's rule of drawing from a source of random numbers between 0 and 1.
pub(super) fn distinct_of(
    count: usize,
    last: usize,
    allowed: impl Fn(usize) -> bool,
    mut next: impl FnMut() -> f64,
) -> Vec<usize> {
    let mut picks = Vec::with_capacity(count);
    while picks.len() < count {
        let pick = (next() * last as f64 + 0.5).floor() as usize;
        if allowed(pick) && !picks.contains(&pick) {
            picks.push(pick);
        }
    }
    picks
}

/// pygeoda's "complete" method with two threads: the units of each half draw
/// one after the other; a unit draws neither itself nor an island.
pub(super) fn drawn_by_geoda(
    set: &Set,
    statistic: impl Fn(usize, &[usize]) -> Option<f64>,
) -> Vec<Option<Drawn>> {
    let n = set.values.len();
    let linked: Vec<bool> = (0..n)
        .map(|unit| set.weights.cardinality(unit) > 0)
        .collect();
    let half = n.div_ceil(2);
    let mut hashed = Hashed::new(SEED);
    (0..n)
        .map(|unit| {
            if unit == half {
                hashed = Hashed::new(SEED + half as u64);
            }
            let near: Vec<usize> = set.weights.neighbours(unit).collect();
            if near.is_empty() {
                return None;
            }
            let observed = statistic(unit, &near)?;
            let values: Option<Vec<f64>> = (0..PERMUTATIONS)
                .map(|_| {
                    let allowed = |pick: usize| pick != unit && linked[pick];
                    statistic(unit, &hashed.distinct(near.len(), n - 1, allowed))
                })
                .collect();
            Some(Drawn::new(observed, values?))
        })
        .collect()
}

/// pygeoda's "lookup" method with two threads: one table for all units, each
/// half of it made from a start of its own, read from the last draw back. A
/// unit's numbers are those of the others, islands too.
pub(super) fn looked_up_by_geoda(
    set: &Set,
    statistic: impl Fn(usize, &[usize]) -> f64,
) -> Vec<Option<Drawn>> {
    let n = set.values.len();
    let width = (0..n)
        .map(|unit| set.weights.cardinality(unit))
        .max()
        .unwrap();
    let half = PERMUTATIONS.div_ceil(2);
    let mut hashed = Hashed::new(SEED);
    let table: Vec<Vec<usize>> = (0..PERMUTATIONS)
        .map(|number| {
            if number == half {
                hashed = Hashed::new(SEED + (half * PERMUTATIONS * width) as u64);
            }
            let mut picks = hashed.distinct(width, n - 2, |_| true);
            picks.reverse();
            picks
        })
        .collect();
    (0..n)
        .map(|unit| {
            let near: Vec<usize> = set.weights.neighbours(unit).collect();
            if near.is_empty() {
                return None;
            }
            let values = table
                .iter()
                .map(|row| {
                    let others = row[..near.len()].iter();
                    let picks: Vec<usize> = others
                        .map(|pick| pick + usize::from(*pick >= unit))
                        .collect();
                    statistic(unit, &picks)
                })
                .collect();
            Some(Drawn::new(statistic(unit, &near), values))
        })
        .collect()
}
