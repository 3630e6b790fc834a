//! LOSH by conditional permutation.

use rand::seq::SliceRandom as _;
use rayon::prelude::*;

use super::LoshParams;
use super::losh_residuals::{Neighbourhoods, Residuals};
use crate::StatsError;
use crate::error::check_repetitions;
use crate::permutation::Summary;
use crate::random::stream;
use crate::weights::SpatialWeights;

/// Parameters of [`losh_permutation`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoshPermutationParams {
    permutations: usize,
    seed: u64,
}

impl LoshPermutationParams {
    /// Checked parameters: number of permutations and seed.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] unless there are 1 to ten million of them.
    pub fn new(permutations: usize, seed: u64) -> Result<Self, StatsError> {
        check_repetitions(
            "permutations",
            permutations,
            1,
            "a number from 1 to 10,000,000",
        )?;
        Ok(Self { permutations, seed })
    }
}

/// LOSH of one unit and what permutations say of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LoshReference {
    /// H as observed.
    pub statistic: f64,
    /// Permutations whose H is at least as large.
    pub greater_or_equal: usize,
    /// Permutations whose H is at most as large.
    pub less_or_equal: usize,
    /// Pseudo p-value (r + 1)/(m + 1) on the high side: values scatter.
    pub p: f64,
    /// The same on the low side: the map is smooth here.
    pub p_low: f64,
}

/// H of [`losh`](super::losh()) with pseudo p-values by conditional
/// permutation: the bootstrap of Xu, Mei & Yan (2014), *Annals of Regional
/// Science* 52, 697–710, in the form of spdep's `LOSH.mc`.
///
/// 1. Values are put in random order, but the unit's own stays: in one random
///    order of all it changes places with the value that came there.
/// 2. All residuals, their mean and H follow from these values anew.
///
/// One order serves all units of a permutation, so that each p-value is exact
/// by itself and those of different units depend on the same luck. spdep puts
/// the unit's value back without taking it from where the order had brought
/// it, so that it is there twice and another value is lost, and its p is
/// r/(m + 1); orders made so give its figures.
///
/// H within 10⁻¹² of the observed one is a tie and counts on both sides.
/// `None` where [`losh`](super::losh()) is. O(permutations · n · k²) for k
/// neighbours: each exchange changes the residuals around two units only.
///
/// # Errors
/// [`StatsError`] if the lengths differ or a value is not finite.
pub fn losh_permutation(
    values: &[Option<f64>],
    weights: &SpatialWeights,
    params: &LoshParams,
    permutation: &LoshPermutationParams,
) -> Result<Vec<Option<LoshReference>>, StatsError> {
    let around = Neighbourhoods::new(values, weights)?;
    let n = around.len();
    let none = || Ok(vec![None; values.len()]);
    let Some(residuals) = around.residuals(params.exponent()) else {
        return none();
    };
    let known: Vec<f64> = residuals.sizes.iter().flatten().copied().collect();
    if Summary::new(&known).is_none() {
        return none();
    }
    let count = known.len() as f64;
    let mean = known.iter().sum::<f64>() / count;
    let observed: Vec<Option<f64>> = (0..n)
        .map(|unit| {
            let sum = around.sum_of_sizes(unit, |other| residuals.sizes[other])?;
            Some(sum.mean / mean)
        })
        .collect();
    let arrangement = Arrangement {
        lookers: lookers(&around),
        around: &around,
        residuals: &residuals,
        count,
    };
    let counts = (0..permutation.permutations as u64)
        .into_par_iter()
        .fold(
            || (vec![[0_u32; 2]; n], Scratch::new(n)),
            |(mut counts, mut scratch), number| {
                let mut random = stream(permutation.seed, number);
                scratch.order.sort_unstable();
                scratch.order.shuffle(&mut random);
                arrangement.prepare(&mut scratch);
                for (unit, observed) in observed.iter().enumerate() {
                    if let Some(observed) = observed
                        && let Some(h) = arrangement.held(unit, &mut scratch)
                    {
                        let tie = 1e-12 * observed;
                        counts[unit][0] += u32::from(h >= observed - tie);
                        counts[unit][1] += u32::from(h <= observed + tie);
                    }
                }
                (counts, scratch)
            },
        )
        .map(|(counts, _)| counts)
        .reduce(
            || vec![[0; 2]; n],
            |mut a, b| {
                for (a, b) in a.iter_mut().zip(b) {
                    a[0] += b[0];
                    a[1] += b[1];
                }
                a
            },
        );
    let p = |extreme: u32| (f64::from(extreme) + 1.0) / (permutation.permutations as f64 + 1.0);
    let results = observed
        .into_iter()
        .zip(counts)
        .map(|(statistic, [greater, less])| {
            statistic.map(|statistic| LoshReference {
                statistic,
                greater_or_equal: greater as usize,
                less_or_equal: less as usize,
                p: p(greater),
                p_low: p(less),
            })
        })
        .collect();
    Ok(around.scatter(results))
}

/// For each unit, the units whose residual depends on its value: itself and
/// those that have it as neighbour.
fn lookers(around: &Neighbourhoods<'_>) -> Vec<Vec<u32>> {
    let mut lookers: Vec<Vec<u32>> = (0..around.len() as u32).map(|unit| vec![unit]).collect();
    for unit in 0..around.len() {
        for other in around.neighbours(unit) {
            lookers[*other as usize].push(unit as u32);
        }
    }
    lookers
}

struct Arrangement<'a> {
    around: &'a Neighbourhoods<'a>,
    residuals: &'a Residuals,
    lookers: Vec<Vec<u32>>,
    /// Units that have a residual.
    count: f64,
}

/// One order of the values and what follows from it.
struct Scratch {
    /// Unit whose value each unit has.
    order: Vec<u32>,
    /// Unit that has each unit's value.
    place: Vec<u32>,
    sizes: Vec<Option<f64>>,
    total: f64,
    /// Sizes that an exchange changes; `changed[unit]` says whether.
    held: Vec<Option<f64>>,
    changed: Vec<bool>,
}

impl Scratch {
    fn new(n: usize) -> Self {
        Self {
            order: (0..n as u32).collect(),
            place: vec![0; n],
            sizes: vec![None; n],
            total: 0.0,
            held: vec![None; n],
            changed: vec![false; n],
        }
    }
}

impl Arrangement<'_> {
    /// Sizes of the order as it was drawn.
    fn prepare(&self, scratch: &mut Scratch) {
        for (unit, from) in (0_u32..).zip(&scratch.order) {
            scratch.place[*from as usize] = unit;
        }
        let order = &scratch.order;
        for (unit, size) in scratch.sizes.iter_mut().enumerate() {
            *size = self.around.size(unit, self.residuals, |other| {
                self.around.value(order[other] as usize)
            });
        }
        scratch.total = scratch.sizes.iter().flatten().sum();
    }

    /// H of a unit that has its own value back, in exchange with the unit that
    /// had it. `None` where all residuals are 0.
    fn held(&self, unit: usize, scratch: &mut Scratch) -> Option<f64> {
        let (given, holder) = (scratch.order[unit] as usize, scratch.place[unit] as usize);
        let value = |other: usize| {
            let from = match other {
                _ if other == unit => unit,
                _ if other == holder => given,
                _ => scratch.order[other] as usize,
            };
            self.around.value(from)
        };
        let mut total = scratch.total;
        let touched = || self.lookers[unit].iter().chain(&self.lookers[holder]);
        if holder != unit {
            for looker in touched() {
                let looker = *looker as usize;
                if !scratch.changed[looker] {
                    let size = self.around.size(looker, self.residuals, value);
                    total += size.unwrap_or(0.0) - scratch.sizes[looker].unwrap_or(0.0);
                    scratch.held[looker] = size;
                    scratch.changed[looker] = true;
                }
            }
        }
        let sum = self.around.sum_of_sizes(unit, |other| {
            if scratch.changed[other] {
                scratch.held[other]
            } else {
                scratch.sizes[other]
            }
        });
        if holder != unit {
            for looker in touched() {
                scratch.changed[*looker as usize] = false;
            }
        }
        let mean = total / self.count;
        (mean > 0.0).then_some(sum?.mean / mean)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every order of five values with the unit's own held, worked out
    /// plainly: the share as extreme is what many permutations come to.
    #[test]
    fn p_values_come_to_those_of_all_orders() {
        let lists = vec![vec![1, 2], vec![0, 3], vec![0, 4, 3], vec![1, 2], vec![2]];
        let weights = SpatialWeights::from_lists(lists.clone()).unwrap();
        let x = [2.0, 7.0, 1.0, 4.5, 4.0];
        let h = |x: &[f64], unit: usize| {
            let e: Vec<f64> = (0..5)
                .map(|j| {
                    let mean = lists[j].iter().map(|k| x[*k]).sum::<f64>() / lists[j].len() as f64;
                    (x[j] - mean).powi(2)
                })
                .collect();
            let around = lists[unit].iter().map(|k| e[*k]).sum::<f64>() / lists[unit].len() as f64;
            around / (e.iter().sum::<f64>() / 5.0)
        };
        let params = LoshParams::new(2.0).unwrap();
        let many = LoshPermutationParams::new(40_000, 8).unwrap();
        let found = losh_permutation(&x.map(Some), &weights, &params, &many).unwrap();
        for (unit, found) in found.iter().enumerate() {
            let own = h(&x, unit);
            let (mut extreme, mut all) = (0.0, 0.0);
            for code in 0..5_usize.pow(5) {
                let order: Vec<usize> = (0..5).map(|at| code / 5_usize.pow(at) % 5).collect();
                let distinct = (0..5).all(|value| order.contains(&value));
                if distinct && order[unit] == unit {
                    let y: Vec<f64> = order.iter().map(|from| x[*from]).collect();
                    all += 1.0;
                    extreme += f64::from(u8::from(h(&y, unit) >= own * (1.0 - 1e-12)));
                }
            }
            assert_eq!(all, 24.0);
            let (p, found) = (extreme / all, found.unwrap());
            assert!((found.statistic - own).abs() < 1e-14);
            let error = (p * (1.0 - p) / 40_000.0_f64).sqrt();
            assert!(
                (found.p - p).abs() < 4.0 * error + 1e-4,
                "{unit}: {} {p}",
                found.p
            );
        }
    }
}
