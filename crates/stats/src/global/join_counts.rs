//! Join counts of two colours.

use super::autocorrelation::AutocorrelationParams;
use super::deviate::Deviate;
use super::permutation::{LANES, PermutationTest, as_lanes, permuted};
use super::sample::Sample;
use crate::StatsError;
use crate::weights::{SpatialWeights, WeightSums};

const METHOD: &str = "join counts";

/// Parameters of [`join_counts`] and
/// [`join_counts_multi`](super::join_counts_multi()).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JoinCountParams {
    /// Weights, islands and permutations. Counts of joins need weights as
    /// given and binary (style B of spdep); row-standardised weights give
    /// spdep's style W.
    pub autocorrelation: AutocorrelationParams,
    /// Null hypothesis of the moments.
    pub sampling: Sampling,
}

/// How the colours come about under the null hypothesis of join counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sampling {
    /// The number of units of each colour is given: sampling without
    /// replacement, which the permutation test follows too.
    NonFree,
    /// Each unit takes a colour independently, with its observed share as
    /// probability: sampling with replacement.
    Free,
}

/// A number of joins with its moments.
#[derive(Debug, Clone, PartialEq)]
pub struct JoinCount {
    /// Joins, or half the sum of their weights.
    pub count: f64,
    /// Moments under the sampling asked for; `None` where the variance is not
    /// above zero.
    pub deviate: Option<Deviate>,
    /// Permutation test, if asked for.
    pub permutation: Option<PermutationTest>,
}

/// Result of [`join_counts`].
#[derive(Debug, Clone, PartialEq)]
pub struct JoinCounts {
    /// Joins of two `true` units (black–black).
    pub bb: JoinCount,
    /// Joins of two `false` units (white–white).
    pub ww: JoinCount,
    /// Joins of unlike units (black–white).
    pub bw: JoinCount,
    /// All joins, S₀/2.
    pub joins: f64,
    /// Number of units n in the moments.
    pub units: usize,
}

/// Join counts BB, WW and BW of two colours.
///
/// Cliff & Ord (1981), *Spatial Processes*, chapters 1 and 2.
///
/// 1. BB = ½ Σ_ij w_ij over pairs that are both `true`, WW likewise `false`,
///    BW over unlike pairs; together S₀/2.
/// 2. A count's moments follow from P₂, the probability that a pair is
///    counted, P₃, that two pairs with a common unit both are, and P₄, that
///    two pairs without a common unit both are:
///    E = ½S₀P₂ and V = ¼[S₁P₂ + (S₂ − 2S₁)P₃ + (S₀² + S₁ − S₂)P₄ − S₀²P₂²].
/// 3. The permutation test shuffles the colours.
///
/// O(units + links), and as much for each permutation.
///
/// Clustering is `Greater` for BB and WW, `Less` for BW. Missing values,
/// islands and self-weights as in [`moran_i`](super::moran_i). spdep's
/// `joincount.test` gives BB and WW (with `NotCounted` islands),
/// `joincount.multi` BW too. esda counts islands, and tests `Greater` for BW
/// also.
///
/// # Errors
/// [`StatsError`] if the lengths differ, fewer than three units take part,
/// all have the same colour, or no two are linked.
pub fn join_counts(
    is_black: &[Option<bool>],
    weights: &SpatialWeights,
    params: &JoinCountParams,
) -> Result<JoinCounts, StatsError> {
    let sample = Sample::new(METHOD, is_black, weights, &params.autocorrelation)?;
    let x: Vec<f64> = sample
        .values
        .iter()
        .map(|black| f64::from(u8::from(*black)))
        .collect();
    let black: f64 = x.iter().sum();
    let white = x.len() as f64 - black;
    if black < 1.0 || white < 1.0 {
        return Err(StatsError::Constant {
            what: "colour",
            method: METHOD,
        });
    }
    let joins = sample.sums.s0 / 2.0;
    let evaluate = |block: &[[f64; LANES]]| {
        let products = sample.pairs.cross_products(block);
        // The weights at black units hold each BB join twice and each BW one
        // once.
        let mut at_black = [0.0; LANES];
        for (row, total) in block.iter().zip(&sample.pairs.totals) {
            for lane in 0..LANES {
                at_black[lane] += row[lane] * total;
            }
        }
        let bb = products.map(|sum| sum / 2.0);
        let mut bw = [0.0; LANES];
        let mut ww = [0.0; LANES];
        for lane in 0..LANES {
            bw[lane] = at_black[lane] / 2.0 - products[lane];
            ww[lane] = joins - bb[lane] - bw[lane];
        }
        vec![bb, ww, bw]
    };
    let observed = evaluate(&as_lanes(&x));
    let mut references = params
        .autocorrelation
        .permutations
        .map(|permutations| permuted(&x, permutations, evaluate).into_iter());
    let n = Population {
        units: sample.counted as f64,
        all: x.len() as f64,
        sampling: params.sampling,
    };
    let mut count = |at: usize, pattern: Pattern| {
        let count = observed[at][0];
        JoinCount {
            count,
            deviate: pattern.deviate(count, &sample.sums),
            permutation: references
                .as_mut()
                .and_then(Iterator::next)
                .map(|reference| PermutationTest::of(count, reference)),
        }
    };
    Ok(JoinCounts {
        bb: count(0, n.same(black)),
        ww: count(1, n.same(white)),
        bw: count(2, n.different(black, white)),
        joins,
        units: sample.counted,
    })
}

/// The units among which colours are drawn.
pub(super) struct Population {
    /// n of the moments.
    pub(super) units: f64,
    /// Units with a colour; differs from `units` only with
    /// [`Islands::NotCounted`](super::Islands::NotCounted).
    pub(super) all: f64,
    pub(super) sampling: Sampling,
}

/// How often pairs of units are counted.
pub(super) struct Pattern {
    /// Probability P₂ that a pair is counted.
    pub(super) pair: f64,
    /// P₃: two pairs with one unit in common.
    pub(super) joined: f64,
    /// P₄ of two pairs apart, less P₂²: computed as such, since both are
    /// multiplied by S₀² and nearly cancel.
    pub(super) apart: f64,
}

impl Population {
    /// Pairs that both have a colour of which there are `count` units.
    pub(super) fn same(&self, count: f64) -> Pattern {
        let (c, n) = (count, self.units);
        match self.sampling {
            Sampling::Free => {
                let p = c / self.all;
                Pattern {
                    pair: p * p,
                    joined: p.powi(3),
                    apart: 0.0,
                }
            }
            Sampling::NonFree => {
                let pair = c * (c - 1.0) / (n * (n - 1.0));
                Pattern {
                    pair,
                    joined: pair * (c - 2.0) / (n - 2.0),
                    apart: pair * (n - c) * (6.0 * (n + c) - 4.0 * n * c - 6.0) / falling_four(n),
                }
            }
        }
    }

    /// Pairs of one unit of each of two colours.
    pub(super) fn different(&self, first: f64, second: f64) -> Pattern {
        let (r, s, n) = (first, second, self.units);
        match self.sampling {
            Sampling::Free => {
                let (p, q) = (r / self.all, s / self.all);
                Pattern {
                    pair: 2.0 * p * q,
                    joined: p * q * (p + q),
                    apart: 0.0,
                }
            }
            Sampling::NonFree => {
                let half = r * s / (n * (n - 1.0));
                Pattern {
                    pair: 2.0 * half,
                    joined: half * (r + s - 2.0) / (n - 2.0),
                    apart: 4.0 * half * (r * s * (4.0 * n - 6.0) - (r + s - 1.0) * n * (n - 1.0))
                        / falling_four(n),
                }
            }
        }
    }

    /// Pairs of units of any two different colours.
    pub(super) fn unlike(&self, counts: &[f64]) -> Pattern {
        let n = self.units;
        match self.sampling {
            Sampling::Free => {
                let shares = || counts.iter().map(|count| count / self.all);
                Pattern {
                    pair: shares().map(|p| p * (1.0 - p)).sum(),
                    joined: shares().map(|p| p * (1.0 - p).powi(2)).sum(),
                    apart: 0.0,
                }
            }
            Sampling::NonFree => {
                let (pairs, all) = (n * (n - 1.0), self.all);
                let sum = |term: &dyn Fn(f64) -> f64| counts.iter().map(|c| term(*c)).sum::<f64>();
                let twos = sum(&|c| c * (c - 1.0));
                let joined = sum(&|c| c * (all - c) * (all - c - 1.0)) / (pairs * (n - 2.0));
                let fours = sum(&|c| c * (c - 1.0) * (6.0 - 4.0 * c));
                let pair = (all * (all - 1.0) - twos) / pairs;
                let apart = if all == n {
                    (twos * (twos / pairs) * (4.0 * n - 6.0) + fours) / falling_four(n)
                } else {
                    let either = 2.0 * twos * (all - 2.0) * (all - 3.0);
                    let both = twos * twos + fours;
                    (falling_four(all) - either + both) / falling_four(n) - pair * pair
                };
                Pattern {
                    pair,
                    joined,
                    apart,
                }
            }
        }
    }
}

/// n(n − 1)(n − 2)(n − 3).
fn falling_four(n: f64) -> f64 {
    n * (n - 1.0) * (n - 2.0) * (n - 3.0)
}

impl Pattern {
    pub(super) fn deviate(&self, count: f64, sums: &WeightSums) -> Option<Deviate> {
        let (s0, s1, s2) = (sums.s0, sums.s1, sums.s2);
        let Self {
            pair,
            joined,
            apart,
        } = self;
        // P₄ = apart + P₂².
        let within = s1 * (pair - pair * pair) + (s2 - 2.0 * s1) * (joined - pair * pair);
        let beyond = (s0 * s0 + s1 - s2) * apart;
        let least = 1e-12 * (s1 + s2) * pair;
        Deviate::of(count, s0 * pair / 2.0, (within + beyond) / 4.0, least)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::global::Islands;

    /// Every arrangement of a few colours on a small graph: the moments must
    /// be theirs exactly.
    #[test]
    fn moments_are_those_of_all_arrangements() {
        let weights = SpatialWeights::from_weighted_lists(vec![
            vec![(1, 1.0), (4, 0.5)],
            vec![(0, 2.0), (2, 1.0)],
            vec![(3, 1.0)],
            vec![(0, 0.25), (5, 1.0)],
            vec![(2, 1.0)],
            vec![(4, 3.0)],
        ])
        .unwrap();
        let of = |mask: u32, params: &JoinCountParams| {
            let colours: Vec<_> = (0..6).map(|i| Some(mask >> i & 1 == 1)).collect();
            join_counts(&colours, &weights, params).unwrap()
        };
        let params = JoinCountParams {
            autocorrelation: AutocorrelationParams::as_given(),
            sampling: Sampling::NonFree,
        };
        for black in 2..5_u32 {
            let all: Vec<_> = (0..64_u32)
                .filter(|mask| mask.count_ones() == black)
                .map(|mask| of(mask, &params))
                .collect();
            let check = |part: fn(&JoinCounts) -> &JoinCount| {
                let size = all.len() as f64;
                let mean = all.iter().map(|j| part(j).count).sum::<f64>() / size;
                let squares = all.iter().map(|j| (part(j).count - mean).powi(2));
                let variance = squares.sum::<f64>() / size;
                let deviate = part(&all[0]).deviate.unwrap();
                assert!((deviate.expected - mean).abs() < 1e-12);
                assert!((deviate.variance - variance).abs() < 1e-12);
            };
            check(|j| &j.bb);
            check(|j| &j.ww);
            check(|j| &j.bw);
        }
    }

    /// With replacement: every one of the 2⁶ colourings, weighted with its
    /// probability at the observed share of one half.
    #[test]
    fn moments_of_free_sampling_are_those_of_all_colourings() {
        let weights = SpatialWeights::from_weighted_lists(
            vec![
                vec![(1, 1.0)],
                vec![(0, 2.0), (2, 1.0)],
                vec![(3, 1.0), (4, 0.5)],
                vec![(0, 0.25)],
            ]
            .into_iter()
            .chain([vec![(2, 1.0)], vec![(4, 3.0)]])
            .collect(),
        )
        .unwrap();
        let pairs: Vec<_> = (0..6)
            .flat_map(|i| {
                weights
                    .weighted(i)
                    .map(move |(j, w)| (i, j, w))
                    .collect::<Vec<_>>()
            })
            .collect();
        let moments = |counted: fn(u32, u32) -> bool| {
            let counts: Vec<f64> = (0..64_u32)
                .map(|mask| {
                    let joins = pairs
                        .iter()
                        .filter(|(i, j, _)| counted(mask >> i & 1, mask >> j & 1));
                    joins.map(|(_, _, w)| w / 2.0).sum()
                })
                .collect();
            let mean = counts.iter().sum::<f64>() / 64.0;
            (
                mean,
                counts.iter().map(|c| (c - mean).powi(2)).sum::<f64>() / 64.0,
            )
        };
        let params = JoinCountParams {
            autocorrelation: AutocorrelationParams::as_given(),
            sampling: Sampling::Free,
        };
        let colours = [true, true, false, false, true, false].map(Some);
        let result = join_counts(&colours, &weights, &params).unwrap();
        for (part, expected) in [
            (&result.bb, moments(|a, b| a == 1 && b == 1)),
            (&result.ww, moments(|a, b| a == 0 && b == 0)),
            (&result.bw, moments(|a, b| a != b)),
        ] {
            let deviate = part.deviate.unwrap();
            assert!((deviate.expected - expected.0).abs() < 1e-12);
            assert!((deviate.variance - expected.1).abs() < 1e-12);
        }
    }

    proptest! {
        #[test]
        fn colours_exchanged_exchange_the_counts(colours in prop::collection::vec(any::<bool>(), 6..40)) {
            prop_assume!(colours.iter().any(|c| *c) && colours.iter().any(|c| !c));
            let n = colours.len();
            let lists = (0..n).map(|i| vec![(i + 1) % n, (i + 3) % n]).collect();
            let weights = SpatialWeights::from_lists(lists).unwrap();
            let params = JoinCountParams {
                autocorrelation: AutocorrelationParams::as_given().with_islands(Islands::Counted),
                sampling: Sampling::NonFree,
            };
            let plain: Vec<_> = colours.iter().map(|c| Some(*c)).collect();
            let turned: Vec<_> = colours.iter().map(|c| Some(!c)).collect();
            let (a, b) = (
                join_counts(&plain, &weights, &params).unwrap(),
                join_counts(&turned, &weights, &params).unwrap(),
            );
            prop_assert_eq!(a.bw.count, b.bw.count);
            prop_assert_eq!(a.ww.count + a.bw.count + b.ww.count, a.joins);
            prop_assert_eq!(a.bb, b.ww);
        }
    }
}
