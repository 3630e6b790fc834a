//! Permutation tests: the statistic over shuffled values.

use rand::Rng;
use rayon::prelude::*;

use super::deviate::p_of_z;
use crate::StatsError;
use crate::error::check_repetitions;
use crate::random::stream;
use crate::significance::{Alternative, Tails};

/// How often values are shuffled (or counts simulated), and the seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permutations {
    count: usize,
    seed: u64,
}

impl Permutations {
    /// 999 or 9,999 are usual: the smallest possible p-value is
    /// 1/(count + 1).
    ///
    /// # Errors
    /// [`StatsError::Parameter`] for fewer than two or more than ten million.
    pub fn new(count: usize, seed: u64) -> Result<Self, StatsError> {
        check_repetitions("permutations", count, 2, "a number from 2 to 10,000,000")?;
        Ok(Self { count, seed })
    }

    /// Number of permutations.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// Seed.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }
}

/// A statistic against its values over permutations or simulations.
#[derive(Debug, Clone, PartialEq)]
pub struct PermutationTest {
    /// Mean over the permutations.
    pub mean: f64,
    /// Variance over the permutations, divisor m − 1 (spdep's; esda divides
    /// by m).
    pub variance: f64,
    /// (value − mean)/√variance; `None` if all permutations give the same.
    pub z: Option<f64>,
    /// Permutations on either side of the value.
    pub tails: Tails,
    /// Value of each permutation, in order. Those within rounding of the
    /// statistic are set equal to it, so that they count as ties.
    pub reference: Vec<f64>,
}

impl PermutationTest {
    /// Pseudo p-value (r + 1)/(m + 1).
    #[must_use]
    pub fn p(&self, alternative: Alternative) -> f64 {
        self.tails.p(alternative)
    }

    /// p-value of `z` under the normal approximation: `p_z_sim` of esda.
    #[must_use]
    pub fn p_normal(&self, alternative: Alternative) -> Option<f64> {
        self.z.map(|z| p_of_z(z, alternative))
    }

    /// A permutation that gives the same sum in another order may differ from
    /// the statistic by rounding, which must not decide a tie.
    pub(super) fn of(statistic: f64, mut reference: Vec<f64>) -> Self {
        let largest = reference
            .iter()
            .fold(statistic.abs(), |largest, value| largest.max(value.abs()));
        for value in &mut reference {
            if (*value - statistic).abs() <= 1e-12 * largest {
                *value = statistic;
            }
        }
        let count = reference.len() as f64;
        // About the statistic, so that offsets cancel before squaring.
        let mean_gap = reference.iter().map(|v| v - statistic).sum::<f64>() / count;
        let squares: f64 = reference
            .iter()
            .map(|v| (v - statistic - mean_gap).powi(2))
            .sum();
        let variance = squares / (count - 1.0);
        let deviation = variance.sqrt();
        Self {
            mean: statistic + mean_gap,
            variance,
            z: (deviation > 1e-12 * largest).then(|| -mean_gap / deviation),
            tails: Tails::of(statistic, &reference),
            reference,
        }
    }
}

/// Permutations evaluated at once: links are read once for all of them, and
/// the inner loop runs over neighbouring numbers.
pub(super) const LANES: usize = 8;

/// The values of each statistic over shuffled values, one list for each
/// statistic that `evaluate` returns.
///
/// Permutation k shuffles the values, in the order given, by the random stream
/// of number k, so that it does not depend on threads or batches. O(m · (n +
/// cost of the statistic)) time, O(threads · n) memory.
pub(super) fn permuted<T: Copy + Send + Sync>(
    values: &[T],
    permutations: Permutations,
    evaluate: impl Fn(&[[T; LANES]]) -> Vec<[f64; LANES]> + Sync,
) -> Vec<Vec<f64>> {
    let batches = permutations.count.div_ceil(LANES);
    // Each piece has its own buffers, so that there are few of them.
    let pieces = batches.min(2 * rayon::current_num_threads());
    let results: Vec<Vec<Vec<[f64; LANES]>>> = (0..pieces)
        .into_par_iter()
        .map(|piece| {
            let mut block = as_lanes(values);
            let mut shuffled: [Vec<T>; LANES] = std::array::from_fn(|_| values.to_vec());
            let mut bytes = Vec::new();
            (piece * batches / pieces..(piece + 1) * batches / pieces)
                .map(|batch| {
                    for (lane, into) in shuffled.iter_mut().enumerate() {
                        let mut random = stream(permutations.seed, (batch * LANES + lane) as u64);
                        shuffle(values, into, &mut bytes, &mut random);
                    }
                    for (at, row) in block.iter_mut().enumerate() {
                        for (value, lane) in row.iter_mut().zip(&shuffled) {
                            *value = lane[at];
                        }
                    }
                    evaluate(&block)
                })
                .collect()
        })
        .collect();
    let batches: Vec<Vec<[f64; LANES]>> = results.into_iter().flatten().collect();
    let statistics = batches.first().map_or(0, Vec::len);
    (0..statistics)
        .map(|statistic| {
            batches
                .iter()
                .flat_map(|batch| batch[statistic])
                .take(permutations.count)
                .collect()
        })
        .collect()
}

/// The same values in every lane.
pub(super) fn as_lanes<T: Copy>(values: &[T]) -> Vec<[T; LANES]> {
    values.iter().map(|value| [*value; LANES]).collect()
}

/// The same test for a single statistic.
pub(super) fn permutation_test<T: Copy + Send + Sync>(
    values: &[T],
    permutations: Permutations,
    evaluate: impl Fn(&[[T; LANES]]) -> [f64; LANES] + Sync,
) -> PermutationTest {
    // The statistic is evaluated as its permutations are, to the last bit.
    let statistic = evaluate(&as_lanes(values))[0];
    let reference = permuted(values, permutations, |block| vec![evaluate(block)])
        .pop()
        .expect("one statistic gives one list");
    PermutationTest::of(statistic, reference)
}

/// Simulations of a statistic, each from its own random stream.
pub(super) fn simulated(
    permutations: Permutations,
    simulate: impl Fn(&mut rand_chacha::ChaCha8Rng) -> f64 + Sync,
) -> Vec<f64> {
    (0..permutations.count)
        .into_par_iter()
        .map(|number| simulate(&mut stream(permutations.seed, number as u64)))
        .collect()
}

/// From this many values on a shuffle goes by way of buckets.
const MANY: usize = 1 << 15;

/// Writes the values in random order.
///
/// Few values are shuffled as Fisher & Yates did. Many would make that jump
/// through all of memory; each then falls into one of 256 buckets by a random
/// byte, and every bucket is shuffled by itself, which is as random: Sandelius
/// (1962), *JRSS B* 24.
fn shuffle<T: Copy>(values: &[T], into: &mut [T], bytes: &mut Vec<u8>, random: &mut impl Rng) {
    if values.len() < MANY {
        into.copy_from_slice(values);
        fisher_yates(into, random);
        return;
    }
    bytes.resize(values.len(), 0);
    random.fill_bytes(bytes);
    let mut next = [0_usize; 257];
    for byte in bytes.iter() {
        next[usize::from(*byte) + 1] += 1;
    }
    for bucket in 1..257 {
        next[bucket] += next[bucket - 1];
    }
    for (value, byte) in values.iter().zip(bytes.iter()) {
        let at = &mut next[usize::from(*byte)];
        into[*at] = *value;
        *at += 1;
    }
    // Each start has moved to the end of its bucket.
    let mut start = 0;
    for end in &next[..256] {
        fisher_yates(&mut into[start..*end], random);
        start = *end;
    }
}

fn fisher_yates<T>(values: &mut [T], random: &mut impl Rng) {
    for last in (1..values.len()).rev() {
        // Weights hold unit indices in u32, so that they fit; the wider range
        // draws other numbers but as random.
        let at = match u32::try_from(last) {
            Ok(last) => random.random_range(0..=last) as usize,
            Err(_) => random.random_range(0..=last as u64) as usize,
        };
        values.swap(last, at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_arrangement_is_equally_frequent() {
        let permutations = Permutations::new(24_000, 3).unwrap();
        let codes = permuted(&[0.0, 1.0, 2.0, 3.0], permutations, |block| {
            let mut code = [0.0; LANES];
            for row in block {
                for lane in 0..LANES {
                    code[lane] = code[lane] * 4.0 + row[lane];
                }
            }
            vec![code]
        });
        let mut counts = std::collections::BTreeMap::new();
        for code in &codes[0] {
            *counts.entry(*code as u32).or_insert(0_u32) += 1;
        }
        assert_eq!(counts.len(), 24);
        let chi_square: f64 = counts
            .values()
            .map(|count| (f64::from(*count) - 1000.0).powi(2) / 1000.0)
            .sum();
        // 99.9 % point of chi-square with 23 degrees of freedom.
        assert!(chi_square < 49.73, "{chi_square}");
    }

    #[test]
    fn many_values_are_shuffled_too() {
        let values: Vec<u32> = (0..MANY as u32 + 777).collect();
        let mut into = values.clone();
        let mut bytes = Vec::new();
        let (mut first, mut fixed) = (0.0, 0);
        for number in 0..40 {
            shuffle(&values, &mut into, &mut bytes, &mut stream(1, number));
            first += f64::from(into[0]) / f64::from(into.len() as u32) / 40.0;
            fixed += into.iter().zip(&values).filter(|(a, b)| a == b).count();
        }
        // A first value from anywhere; one fixed point on average.
        assert!((first - 0.5).abs() < 4.0 * (1.0 / 12.0_f64 / 40.0).sqrt());
        assert!((15..70).contains(&fixed), "{fixed}");
        into.sort_unstable();
        assert_eq!(into, values);
    }

    #[test]
    fn fewer_permutations_are_the_first_of_more() {
        let sum = |block: &[[f64; LANES]]| vec![block[0]];
        let values: Vec<f64> = (0..50).map(f64::from).collect();
        let few = permuted(&values, Permutations::new(11, 7).unwrap(), sum);
        let many = permuted(&values, Permutations::new(99, 7).unwrap(), sum);
        assert_eq!(few[0], many[0][..11]);
        assert!(Permutations::new(1, 0).is_err());
        assert!(Permutations::new(usize::MAX, 0).is_err());
    }

    #[test]
    fn rounding_does_not_decide_a_tie() {
        let test = PermutationTest::of(0.3, vec![0.1 + 0.2, 0.3, 0.2, 0.4]);
        assert_eq!(test.tails.greater_or_equal, 3);
        assert_eq!(test.tails.less_or_equal, 3);
        let same = PermutationTest::of(0.3, vec![0.1 + 0.2; 5]);
        assert_eq!(same.z, None);
        assert_eq!(same.p(Alternative::Greater), 1.0);
    }
}
