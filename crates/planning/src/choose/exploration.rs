//! A share of the places drawn at random, outside the top.

use serde::Serialize;

use super::instance::{Instance, ROUNDING};
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
        let least = Tally::new(instance)
            .completion()
            .expect("a problem is feasible");
        let of_top = params.share * top.chosen.len() as f64;
        let beside_least = least.count as f64 * params.share / (1.0 - params.share);
        let wanted = ceiling(of_top.max(beside_least));
        if least.count + wanted > instance.most {
            return Err(PlanningError::ExplorationRoom {
                needed: least.count + wanted,
                most: instance.most,
            });
        }
        let strata = self.strata(&instance, &top.chosen, &least, wanted)?;
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
        let most = ((wanted as f64 / params.share) + ROUNDING).floor() as usize;
        let varied = Instance {
            musts: &musts,
            most: instance.most.min(most),
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
        let pool = |under_observed: bool| -> Vec<usize> {
            (0..instance.places())
                .filter(|place| self.standing(*place) == Standing::Free)
                .filter(|place| self.numbers.under_observed[*place] == under_observed)
                .filter(|place| top.binary_search(place).is_err())
                .filter(|place| !least.added.contains(place))
                .filter(|place| instance.costs[*place] <= most_team_days)
                .collect()
        };
        let pools = [pool(true), pool(false)];
        let all = pools[0].len() + pools[1].len();
        let by_size = if all == 0 {
            0
        } else {
            (wanted * pools[0].len()).div_ceil(all)
        };
        let under = by_size
            .max(ceiling(instance.share * wanted as f64))
            .min(wanted);
        let mut strata = Vec::new();
        for ((pool, drawn), under_observed) in pools
            .into_iter()
            .zip([under, wanted - under])
            .zip([true, false])
        {
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
