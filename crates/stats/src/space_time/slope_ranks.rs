//! Order statistics of the slopes of all pairs.

use rayon::prelude::*;

/// Above this number of slopes they are counted rather than kept.
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
                series.values.push(*value);
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

    /// Slopes from one value to all later ones.
    fn slopes_from(&self, first: usize) -> impl Iterator<Item = f64> + '_ {
        let (time, value) = (self.times[first], self.values[first]);
        self.times[first + 1..]
            .iter()
            .zip(&self.values[first + 1..])
            .map(move |(t, x)| (x - value) / (t - time))
    }
}

/// Slopes of the given ranks (from 0) among those of all pairs within each
/// series. Every rank must be below the number of pairs.
pub(super) fn order_statistics<const N: usize>(series: &[Series], ranks: [usize; N]) -> [f64; N] {
    let pairs: usize = series
        .iter()
        .map(|one| one.len() * one.len().saturating_sub(1) / 2)
        .sum();
    if pairs > KEPT {
        return ranks.map(|rank| by_counting(series, rank));
    }
    let mut slopes = Vec::with_capacity(pairs);
    for one in series {
        for first in 0..one.len() {
            slopes.extend(one.slopes_from(first));
        }
    }
    ranks.map(|rank| *slopes.select_nth_unstable_by(rank, f64::total_cmp).1)
}

/// One rank without keeping the slopes: four passes, each settling 16 bits of
/// the answer's place in the total order of floating-point numbers. Counts
/// are whole numbers, so the number of threads does not matter.
fn by_counting(series: &[Series], mut rank: usize) -> f64 {
    let starts: Vec<(usize, usize)> = series
        .iter()
        .enumerate()
        .flat_map(|(which, one)| (0..one.len()).map(move |first| (which, first)))
        .collect();
    let mut prefix = 0_u64;
    for level in 0..4_u32 {
        let shift = 48 - 16 * level;
        let counts = starts
            .par_chunks(256)
            .fold(
                || vec![0_usize; 1 << 16],
                |mut counts, chunk| {
                    for (which, first) in chunk {
                        for slope in series[*which].slopes_from(*first) {
                            let key = ordered(slope);
                            if level == 0 || key >> (shift + 16) == prefix {
                                counts[(key >> shift) as usize & 0xFFFF] += 1;
                            }
                        }
                    }
                    counts
                },
            )
            .reduce(
                || vec![0_usize; 1 << 16],
                |mut a, b| {
                    for (a, b) in a.iter_mut().zip(b) {
                        *a += b;
                    }
                    a
                },
            );
        let mut digit = 0;
        while rank >= counts[digit] {
            rank -= counts[digit];
            digit += 1;
        }
        prefix = prefix << 16 | digit as u64;
    }
    unordered(prefix)
}

/// A whole number that sorts as the value does under `total_cmp`.
fn ordered(value: f64) -> u64 {
    let bits = value.to_bits();
    if bits >> 63 == 1 {
        !bits
    } else {
        bits | 1 << 63
    }
}

fn unordered(key: u64) -> f64 {
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
        let pairs: usize = series.iter().map(|s| s.len() * (s.len() - 1) / 2).sum();
        for rank in [0, 1, pairs / 3, pairs / 2, pairs - 1] {
            let [sorted] = order_statistics(&series, [rank]);
            assert_eq!(by_counting(&series, rank), sorted, "{rank} of {pairs}");
        }
    }
}
