//! Order statistics of the slopes of all pairs.

use rayon::prelude::*;

use super::slope_selection::select;

/// Above this number of slopes not all are kept.
const KEPT: usize = 4_200_000;

/// Values of a series with the index of their period.
#[derive(Debug, Clone, Default)]
pub(super) struct Series {
    times: Vec<f64>,
    values: Vec<f64>,
}

impl Series {
    /// The periods with a value.
    pub fn of(values: &[Option<f64>]) -> Self {
        let mut series = Self::default();
        for (index, value) in values.iter().enumerate() {
            if let Some(value) = value {
                series.times.push(index as f64);
                // Adding zero makes −0 and 0 the same value.
                series.values.push(value + 0.0);
            }
        }
        series
    }

    pub fn len(&self) -> usize {
        self.values.len()
    }

    pub fn values(&self) -> &[f64] {
        &self.values
    }

    pub fn times(&self) -> &[f64] {
        &self.times
    }

    /// Slope from one value to a later one.
    pub fn slope(&self, first: usize, second: usize) -> f64 {
        (self.values[second] - self.values[first]) / (self.times[second] - self.times[first])
    }

    /// Slopes from one value to all later ones.
    fn slopes_from(&self, first: usize) -> impl Iterator<Item = f64> + '_ {
        let (time, value) = (self.times[first], self.values[first]);
        self.times[first + 1..]
            .iter()
            .zip(&self.values[first + 1..])
            .map(move |(t, x)| (x - value) / (t - time))
    }
}

/// Number of pairs within each series.
pub(super) fn pairs_of(series: &[Series]) -> usize {
    series
        .iter()
        .map(|one| one.len() * one.len().saturating_sub(1) / 2)
        .sum()
}

/// Slopes of the given ranks (from 0) among those of all pairs within each
/// series. Every rank must be below the number of pairs.
pub(super) fn order_statistics<const N: usize>(series: &[Series], ranks: [usize; N]) -> [f64; N] {
    let pairs = pairs_of(series);
    if pairs > KEPT {
        return beyond_memory(series, ranks, KEPT);
    }
    let mut slopes = Vec::with_capacity(pairs);
    for one in series {
        for first in 0..one.len() {
            slopes.extend(one.slopes_from(first));
        }
    }
    ranks.map(|rank| *slopes.select_nth_unstable_by(rank, f64::total_cmp).1)
}

/// Ranks without keeping all slopes: each by selection, or all by looking at
/// every pair where one has too many others beside it.
fn beyond_memory<const N: usize>(
    series: &[Series],
    ranks: [usize; N],
    gathered: usize,
) -> [f64; N] {
    let selected: Option<Vec<f64>> = ranks
        .par_iter()
        .map(|rank| select(series, *rank, gathered))
        .collect();
    selected
        .and_then(|slopes| slopes.try_into().ok())
        .unwrap_or_else(|| by_counting(series, ranks, gathered))
}

/// Ranks without keeping all slopes, in O(n²). Passes over the slopes settle 16 bits
/// each of the answers' places in the total order of floating-point numbers;
/// once few slopes share an answer's bits, these are gathered and sorted.
/// Counts are whole numbers, so the number of threads does not matter.
fn by_counting<const N: usize>(series: &[Series], ranks: [usize; N], gathered: usize) -> [f64; N] {
    let starts: Vec<(usize, usize)> = series
        .iter()
        .enumerate()
        .flat_map(|(which, one)| (0..one.len()).map(move |first| (which, first)))
        .collect();
    let mut searches = ranks.map(|rank| Search { rank, prefix: 0 });
    for level in 0..4_u32 {
        let shift = 48 - 16 * level;
        let counts = counts_of_digits(series, &starts, &searches, shift);
        let mut sharing = 0;
        for (search, counts) in searches.iter_mut().zip(counts.chunks_exact(DIGITS)) {
            let mut digit = 0;
            while search.rank >= counts[digit] {
                search.rank -= counts[digit];
                digit += 1;
            }
            search.prefix = search.prefix << 16 | digit as u64;
            sharing += counts[digit];
        }
        if level < 3 && sharing <= gathered {
            return gather(series, &starts, &searches, shift);
        }
    }
    searches.map(|search| unordered(search.prefix))
}

/// Values of 16 bits.
const DIGITS: usize = 1 << 16;

/// The leading bits of an answer and its rank among the slopes with these.
#[derive(Debug, Clone, Copy)]
struct Search {
    rank: usize,
    prefix: u64,
}

/// How often each value of the next 16 bits occurs among the slopes with the
/// leading bits of each search.
fn counts_of_digits<const N: usize>(
    series: &[Series],
    starts: &[(usize, usize)],
    searches: &[Search; N],
    shift: u32,
) -> Vec<usize> {
    starts
        .par_chunks(256)
        .fold(
            || vec![0_usize; N * DIGITS],
            |mut counts, chunk| {
                for (which, first) in chunk {
                    for slope in series[*which].slopes_from(*first) {
                        let key = ordered(slope);
                        for (at, search) in searches.iter().enumerate() {
                            // At first no bit is settled: a shift by all 64 leaves none.
                            if key.checked_shr(shift + 16).unwrap_or(0) == search.prefix {
                                counts[at * DIGITS + ((key >> shift) as usize & 0xFFFF)] += 1;
                            }
                        }
                    }
                }
                counts
            },
        )
        .reduce(
            || vec![0_usize; N * DIGITS],
            |mut a, b| {
                for (a, b) in a.iter_mut().zip(b) {
                    *a += b;
                }
                a
            },
        )
}

fn gather<const N: usize>(
    series: &[Series],
    starts: &[(usize, usize)],
    searches: &[Search; N],
    shift: u32,
) -> [f64; N] {
    let mut keys: Vec<u64> = starts
        .par_iter()
        .flat_map_iter(|(which, first)| {
            series[*which]
                .slopes_from(*first)
                .map(ordered)
                .filter(|key| searches.iter().any(|s| key >> shift == s.prefix))
        })
        .collect();
    keys.sort_unstable();
    searches.map(|search| {
        let first = keys.partition_point(|key| key >> shift < search.prefix);
        unordered(keys[first + search.rank])
    })
}

/// A whole number that sorts as the value does under `total_cmp`.
pub(super) fn ordered(value: f64) -> u64 {
    let bits = value.to_bits();
    if bits >> 63 == 1 {
        !bits
    } else {
        bits | 1 << 63
    }
}

pub(super) fn unordered(key: u64) -> f64 {
    f64::from_bits(if key >> 63 == 1 {
        key & !(1 << 63)
    } else {
        !key
    })
}

/// Median; the mean of the middle two for an even number. NaN if empty.
pub(super) fn median_of(values: &mut [f64]) -> f64 {
    let n = values.len();
    if n == 0 {
        return f64::NAN;
    }
    values.sort_unstable_by(f64::total_cmp);
    if n % 2 == 1 {
        values[n / 2]
    } else {
        (values[n / 2 - 1] + values[n / 2]) / 2.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counting_and_sorting_find_the_same_slopes() {
        let values: Vec<Option<f64>> = (0..120)
            .map(|i: i32| (i % 7 != 3).then(|| f64::from((i * i * 31) % 53 - 20)))
            .collect();
        let series = [Series::of(&values), Series::of(&values[30..])];
        let pairs = pairs_of(&series);
        for rank in [0, 1, pairs / 3, pairs / 2, pairs - 1] {
            let [sorted] = order_statistics(&series, [rank]);
            for gathered in [0, 500, pairs] {
                for found in [
                    by_counting(&series, [rank, 0], gathered),
                    beyond_memory(&series, [rank, 0], gathered),
                ] {
                    assert_eq!(found[0].to_bits(), sorted.to_bits(), "{rank} of {pairs}");
                    assert_eq!(found[1], order_statistics(&series, [0])[0]);
                }
            }
        }
    }
}
