//! A share of the places drawn at random, outside the top.

use serde::Serialize;

use super::fitting::Needs;
use super::instance::{BaseLimits, Instance, ROUNDING};
use super::plan::Plan;
use super::problem::{Problem, Standing};
use super::random::{shuffle, stream};
use super::solve::Method;
use super::tally::{Completion, Tally};
use crate::PlanningError;

/// How much is explored.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ExplorationParams {
    share: f64,
    seed: u64,
}

impl ExplorationParams {
    /// Checks the share of the chosen places to draw at random, above 0 and
    /// below 1, and takes the seed of the draw.
    ///
    /// # Errors
    /// [`PlanningError::Parameter`] outside this domain.
    pub fn new(share: f64, seed: u64) -> Result<Self, PlanningError> {
        if share > 0.0 && share < 1.0 {
            Ok(Self { share, seed })
        } else {
            Err(PlanningError::Parameter {
                what: "exploration share",
                value: share,
                expected: "a number above 0 and below 1",
            })
        }
    }
}

/// A stratum of the draw.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stratum {
    /// Whether its places are under-observed.
    pub under_observed: bool,
    /// Base that its places belong to, where bases have team-days of their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<usize>,
    /// Numbers of the places that could be drawn, ascending.
    pub pool: Vec<usize>,
    /// How many were drawn.
    pub drawn: usize,
}

impl Stratum {
    /// Probability that a place of the pool was drawn.
    #[must_use]
    pub fn probability(&self) -> f64 {
        if self.pool.is_empty() {
            0.0
        } else {
            self.drawn as f64 / self.pool.len() as f64
        }
    }
}

/// A place drawn, with the probability it had.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Drawn {
    /// Number of the place.
    pub place: usize,
    /// Probability that it was drawn.
    pub probability: f64,
}

/// What was drawn, from what, and how likely each place was.
///
/// Dividing what was found at a place by its probability (Horvitz & Thompson
/// 1952, *A generalization of sampling without replacement from a finite
/// universe*) estimates the sum over the pool without the bias of the scores.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Exploration {
    /// Share of the chosen places that was asked for.
    pub share: f64,
    /// Seed of the draw.
    pub seed: u64,
    /// Pools; with those outside, whose probability is 0, they are all places.
    pub strata: Vec<Stratum>,
    /// The draw, by number of the place.
    pub drawn: Vec<Drawn>,
    /// What the best plan found without exploration reaches: the difference to
    /// the plan's value is what is paid for learning.
    pub value_without: f64,
}

impl Problem {
    /// Chooses places, a share of them by lot.
    ///
    /// 1. The plan without exploration: its places are the top.
    /// 2. With `n` places in the top, `m = ⌈share · n⌉` are drawn, and the
    ///    final plan has at most `m ÷ share` places, so that the share holds;
    ///    `m` is greater if the cheapest choice that meets musts and floors
    ///    would not find room beside it.
    /// 3. The pool: places that may be chosen, are neither in the top nor in
    ///    that cheapest choice, and cost at most the `m`-th part of what the
    ///    budget leaves beside it. Whatever is drawn can thus be paid.
    /// 4. Strata are the under-observed and the other places. The former get
    ///    their part by size, and at least the part that the floor asks for.
    ///    From each stratum a simple random sample without replacement is
    ///    drawn; the probability of each place is drawn ÷ size of the pool.
    ///    Where bases have team-days of their own each base has its two
    ///    strata, and a place of them costs at most the part of a draw of what
    ///    that base has left beside the cheapest choice too. Draws go one by
    ///    one to the base that then has most left for each of its draws.
    /// 5. The drawn places are musts of the final plan.
    ///
    /// # Errors
    /// [`PlanningError::ExplorationPool`] if a stratum has too few places.
    pub fn choose_with_exploration(
        &self,
        method: &Method,
        params: &ExplorationParams,
    ) -> Result<Plan, PlanningError> {
        let instance = self.instance();
        let top = self.plan(&instance, method);
        let needs = Needs::new(&Tally::new(instance)).expect("a problem is feasible");
        let least = needs.least();
        let of_top = params.share * top.chosen.len() as f64;
        let beside_least = least.count as f64 * params.share / (1.0 - params.share);
        let wanted = ceiling(of_top.max(beside_least));
        if least.count + wanted > instance.most {
            return Err(PlanningError::ExplorationRoom {
                needed: least.count + wanted,
                most: instance.most,
            });
        }
        let strata = self.strata(&instance, &top.chosen, least, wanted)?;
        let mut drawn: Vec<Drawn> = Vec::with_capacity(wanted);
        for (number, stratum) in (0u64..).zip(&strata) {
            let mut order = stratum.pool.clone();
            shuffle(&mut order, &mut stream(params.seed, number));
            drawn.extend(order[..stratum.drawn].iter().map(|place| Drawn {
                place: *place,
                probability: stratum.probability(),
            }));
        }
        drawn.sort_by_key(|drawn| drawn.place);
        let mut musts = self.numbers.musts.clone();
        musts.extend(drawn.iter().map(|drawn| drawn.place));
        musts.sort_unstable();
        let mut witness = musts.clone();
        witness.extend(&least.added);
        witness.sort_unstable();
        let most = ((wanted as f64 / params.share) + ROUNDING).floor() as usize;
        let varied = Instance {
            musts: &musts,
            most: instance.most.min(most),
            bases: instance.bases.map(|bases| BaseLimits {
                witness: &witness,
                ..bases
            }),
            ..instance
        };
        let mut plan = self.plan(&varied, method);
        plan.exploration = Some(Exploration {
            share: params.share,
            seed: params.seed,
            strata,
            drawn,
            value_without: top.value,
        });
        Ok(plan)
    }

    /// Steps 3 and 4, without the draw.
    fn strata(
        &self,
        instance: &Instance,
        top: &[usize],
        least: &Completion,
        wanted: usize,
    ) -> Result<Vec<Stratum>, PlanningError> {
        let most_team_days = if wanted == 0 {
            0.0
        } else {
            (instance.budget - least.team_days).max(0.0) / wanted as f64
        };
        let drawable = (0..instance.places())
            .filter(|place| self.standing(*place) == Standing::Free)
            .filter(|place| top.binary_search(place).is_err())
            .filter(|place| !least.added.contains(place))
            .filter(|place| instance.costs[*place] <= most_team_days)
            .collect();
        let Some(bases) = instance.bases else {
            return Pools::new(instance, drawable).strata(instance, wanted, most_team_days, None);
        };
        let mut of_base: Vec<Vec<usize>> = vec![Vec::new(); bases.team_days.len()];
        for place in drawable {
            of_base[bases.of[place] as usize].push(place);
        }
        let mut paid = instance.musts.to_vec();
        paid.extend(&least.added);
        let left: Vec<f64> = bases
            .spent(instance.costs, &paid)
            .iter()
            .zip(bases.team_days)
            .map(|(spent, team_days)| (team_days - spent).max(0.0))
            .collect();
        let pools_at = |base: usize, drawn: usize| {
            let most = left[base] / drawn as f64;
            let cheap = of_base[base].iter().copied();
            let pools = Pools::new(
                instance,
                cheap
                    .filter(|place| instance.costs[*place] <= most)
                    .collect(),
            );
            (pools, most.min(most_team_days))
        };
        let mut drawn_of = vec![0usize; left.len()];
        for turn in 0..wanted {
            let next = (0..left.len())
                .filter(|base| {
                    pools_at(*base, drawn_of[*base] + 1)
                        .0
                        .hold(instance, drawn_of[*base] + 1)
                })
                .max_by(|a, b| {
                    let each = |base: usize| left[base] / (drawn_of[base] + 1) as f64;
                    each(*a).total_cmp(&each(*b)).then(b.cmp(a))
                });
            let Some(base) = next else {
                return Err(PlanningError::ExplorationBases {
                    wanted,
                    found: turn,
                    most_team_days,
                });
            };
            drawn_of[base] += 1;
        }
        let mut strata = Vec::new();
        for (base, drawn) in drawn_of
            .into_iter()
            .enumerate()
            .filter(|(_, drawn)| *drawn > 0)
        {
            let (pools, most) = pools_at(base, drawn);
            strata.extend(pools.strata(instance, drawn, most, Some(base))?);
        }
        Ok(strata)
    }
}

/// Places that can be drawn: the under-observed, and the others.
struct Pools([Vec<usize>; 2]);

impl Pools {
    fn new(instance: &Instance, places: Vec<usize>) -> Self {
        let (under, others) = places
            .into_iter()
            .partition(|place| instance.under_observed[*place]);
        Self([under, others])
    }

    /// How many of `drawn` come from each pool.
    fn split(&self, instance: &Instance, drawn: usize) -> [usize; 2] {
        let all = self.0[0].len() + self.0[1].len();
        let by_size = if all == 0 {
            0
        } else {
            (drawn * self.0[0].len()).div_ceil(all)
        };
        let under = by_size
            .max(ceiling(instance.share * drawn as f64))
            .min(drawn);
        [under, drawn - under]
    }

    /// Whether both pools are large enough for `drawn`.
    fn hold(&self, instance: &Instance, drawn: usize) -> bool {
        let split = self.split(instance, drawn);
        split
            .iter()
            .zip(&self.0)
            .all(|(drawn, pool)| *drawn <= pool.len())
    }

    fn strata(
        self,
        instance: &Instance,
        drawn: usize,
        most_team_days: f64,
        base: Option<usize>,
    ) -> Result<Vec<Stratum>, PlanningError> {
        let split = self.split(instance, drawn);
        let mut strata = Vec::new();
        for ((pool, drawn), under_observed) in self.0.into_iter().zip(split).zip([true, false]) {
            if drawn > pool.len() {
                return Err(PlanningError::ExplorationPool {
                    wanted: drawn,
                    found: pool.len(),
                    stratum: if under_observed {
                        "under-observed"
                    } else {
                        "observed"
                    },
                    most_team_days,
                });
            }
            strata.push(Stratum {
                under_observed,
                base,
                pool,
                drawn,
            });
        }
        Ok(strata)
    }
}

/// Least whole number not below a count, but for rounding.
fn ceiling(count: f64) -> usize {
    (count - ROUNDING).ceil().max(0.0) as usize
}
