//! Join counts of any number of colours.

use std::collections::BTreeMap;

use super::join_counts::{JoinCount, JoinCountParams, Pattern, Population};
use super::permutation::{LANES, PermutationTest, as_lanes, permuted};
use super::sample::Sample;
use crate::StatsError;
use crate::weights::SpatialWeights;

const METHOD: &str = "join counts of several colours";

/// More colours than this say nothing of clustering and make a table of their
/// square.
const MOST_COLOURS: usize = 256;

/// Result of [`join_counts_multi`].
#[derive(Debug, Clone, PartialEq)]
pub struct JoinCountsMulti {
    /// Joins of two units of the same colour, for each colour upward.
    pub same: Vec<(usize, JoinCount)>,
    /// Joins of two colours, the lower one first, in order.
    pub different: Vec<((usize, usize), JoinCount)>,
    /// Joins of unlike units, all colours together: `Jtot` of spdep.
    pub unlike: JoinCount,
    /// All joins, S₀/2.
    pub joins: f64,
    /// Number of units n in the moments.
    pub units: usize,
}

/// Join counts of any number of colours, such as the classes of a map.
///
/// Moments and tests as in [`join_counts`](super::join_counts()), from the
/// probabilities that pairs are of the colours in question. Those of `unlike`
/// are exact; with islands left out of n (`NotCounted`) spdep mixes two n in
/// the variance of `Jtot`, which then disagrees with its own figure for the
/// single pair of two colours.
///
/// O(units + links + colours²), and as much for each permutation.
///
/// # Errors
/// As [`join_counts`](super::join_counts()); [`StatsError::Parameter`] for more
/// than 256 colours.
pub fn join_counts_multi(
    colours: &[Option<usize>],
    weights: &SpatialWeights,
    params: &JoinCountParams,
) -> Result<JoinCountsMulti, StatsError> {
    let sample = Sample::new(METHOD, colours, weights, &params.autocorrelation)?;
    let mut found: BTreeMap<usize, f64> = BTreeMap::new();
    for colour in &sample.values {
        *found.entry(*colour).or_default() += 1.0;
    }
    let k = found.len();
    if k < 2 {
        return Err(StatsError::Constant {
            what: "colour",
            method: METHOD,
        });
    }
    if k > MOST_COLOURS {
        return Err(StatsError::Parameter {
            what: "number of colours",
            value: k as f64,
            expected: "at most 256",
        });
    }
    let names: Vec<usize> = found.keys().copied().collect();
    let sizes: Vec<f64> = found.values().copied().collect();
    let codes: Vec<usize> = sample
        .values
        .iter()
        .map(|colour| names.partition_point(|name| name < colour))
        .collect();
    // Counts in the order of the result: same, different, unlike.
    let evaluate = |block: &[[usize; LANES]]| {
        let mut table = vec![[0.0; LANES]; k * k];
        for (unit, other, weight) in sample.pairs.iter() {
            let (a, b) = (&block[unit], &block[other]);
            for lane in 0..LANES {
                table[a[lane].min(b[lane]) * k + a[lane].max(b[lane])][lane] += weight / 2.0;
            }
        }
        let mut counts: Vec<[f64; LANES]> = (0..k).map(|c| table[c * k + c]).collect();
        let mut unlike = [0.0; LANES];
        for first in 0..k {
            for second in first + 1..k {
                let count = table[first * k + second];
                counts.push(count);
                for lane in 0..LANES {
                    unlike[lane] += count[lane];
                }
            }
        }
        counts.push(unlike);
        counts
    };
    let observed = evaluate(&as_lanes(&codes));
    let mut references = params
        .autocorrelation
        .permutations
        .map(|permutations| permuted(&codes, permutations, evaluate).into_iter());
    let mut observed = observed.iter().map(|lanes| lanes[0]);
    let mut count = |pattern: Pattern| {
        let count = observed.next().unwrap_or(f64::NAN);
        JoinCount {
            count,
            deviate: pattern.deviate(count, &sample.sums),
            permutation: references
                .as_mut()
                .and_then(Iterator::next)
                .map(|reference| PermutationTest::of(count, reference)),
        }
    };
    let n = Population {
        units: sample.counted as f64,
        all: codes.len() as f64,
        sampling: params.sampling,
    };
    let same = (0..k)
        .map(|colour| (names[colour], count(n.same(sizes[colour]))))
        .collect();
    let different = (0..k)
        .flat_map(|first| (first + 1..k).map(move |second| (first, second)))
        .map(|(first, second)| {
            let pattern = n.different(sizes[first], sizes[second]);
            ((names[first], names[second]), count(pattern))
        })
        .collect();
    Ok(JoinCountsMulti {
        same,
        different,
        unlike: count(n.unlike(&sizes)),
        joins: sample.sums.s0 / 2.0,
        units: sample.counted,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::global::{AutocorrelationParams, Sampling};

    fn weights() -> SpatialWeights {
        SpatialWeights::from_weighted_lists(vec![
            vec![(1, 1.0), (4, 0.5)],
            vec![(0, 2.0), (2, 1.0)],
            vec![(3, 1.0)],
            vec![(0, 0.25), (5, 1.0)],
            vec![(2, 1.0)],
            vec![(4, 3.0)],
        ])
        .unwrap()
    }

    fn run(colours: [usize; 6], sampling: Sampling) -> JoinCountsMulti {
        let params = JoinCountParams {
            autocorrelation: AutocorrelationParams::as_given(),
            sampling,
        };
        join_counts_multi(&colours.map(Some), &weights(), &params).unwrap()
    }

    fn parts(result: &JoinCountsMulti) -> Vec<&JoinCount> {
        let same = result.same.iter().map(|part| &part.1);
        let different = result.different.iter().map(|part| &part.1);
        same.chain(different).chain([&result.unlike]).collect()
    }

    /// All 3⁶ colourings, those with the given numbers of each colour alike.
    #[test]
    fn moments_are_those_of_all_arrangements() {
        let all: Vec<_> = (0..729_usize)
            .map(|code| [1, 3, 9, 27, 81, 243].map(|power| code / power % 3))
            .filter(|colours| {
                [3, 2, 1] == [0, 1, 2].map(|c| colours.iter().filter(|x| **x == c).count())
            })
            .map(|colours| run(colours, Sampling::NonFree))
            .collect();
        let size = all.len() as f64;
        for part in 0..7 {
            let counts = || all.iter().map(|result| parts(result)[part].count);
            let mean = counts().sum::<f64>() / size;
            let variance = counts().map(|c| (c - mean).powi(2)).sum::<f64>() / size;
            match parts(&all[0])[part].deviate {
                Some(deviate) => {
                    assert!((deviate.expected - mean).abs() < 1e-12, "{part}");
                    assert!((deviate.variance - variance).abs() < 1e-12, "{part}");
                }
                // A single unit of a colour makes no join with itself.
                None => assert_eq!((part, mean), (2, 0.0)),
            }
        }
    }

    #[test]
    fn free_moments_of_unlike_joins_are_those_of_all_colourings() {
        let result = run([0, 0, 0, 1, 1, 2], Sampling::Free);
        let weights = weights();
        let links: Vec<_> = (0..6)
            .flat_map(|i| weights.weighted(i).map(move |(j, w)| (i, j, w)))
            .collect();
        let (mut mean, mut square) = (0.0, 0.0);
        for code in 0..729_usize {
            let colours = [1, 3, 9, 27, 81, 243].map(|power| code / power % 3);
            let p: f64 = colours
                .iter()
                .map(|c| [0.5, 1.0 / 3.0, 1.0 / 6.0][*c])
                .product();
            let count: f64 = links
                .iter()
                .filter(|(i, j, _)| colours[*i] != colours[*j])
                .map(|link| link.2 / 2.0)
                .sum();
            mean += p * count;
            square += p * count * count;
        }
        let deviate = result.unlike.deviate.unwrap();
        assert!((deviate.expected - mean).abs() < 1e-12);
        assert!((deviate.variance - (square - mean * mean)).abs() < 1e-12);
    }
}
