//! From a problem to a plan.

use std::time::Duration;

use super::bound::Prices;
use super::exact::PlaceProgram;
use super::greedy::{complete, greedy, needs};
use super::instance::Instance;
use super::local_search::improve;
use super::milp::{self, Answer, Limits, Solver};
use super::p_center;
use super::plan::{FoundBy, Plan, Stopped};
use super::problem::Problem;
use super::request::Objective;
use super::tally::Tally;
use crate::PlanningError;

/// How hard the heuristic tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GreedyParams {
    passes: usize,
    bound_rounds: usize,
}

impl GreedyParams {
    /// Most passes of the local search, and rounds that sharpen the bound. With
    /// no rounds the bound is that of submodularity, which is quick and rough;
    /// a few hundred bring it near that of the linear relaxation. Any numbers
    /// are in order.
    #[must_use]
    pub fn new(passes: usize, bound_rounds: usize) -> Self {
        Self {
            passes,
            bound_rounds,
        }
    }

    pub(super) fn passes(self) -> usize {
        self.passes
    }

    pub(super) fn bound_rounds(self) -> usize {
        self.bound_rounds
    }
}

impl Default for GreedyParams {
    /// 20 passes, 200 rounds.
    fn default() -> Self {
        Self::new(20, 200)
    }
}

/// Limits of the exact search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExactParams {
    solver: Solver,
    limits: Limits,
    greedy: GreedyParams,
}

impl ExactParams {
    /// Checks the limits: at least one of time and branch-and-bound nodes. A
    /// node limit, unlike a time limit, gives the same plan on every machine.
    /// For the p-center the limits hold for each radius tried, not for the
    /// whole search.
    /// `greedy` says how the start is found.
    ///
    /// # Errors
    /// [`PlanningError::Parameter`] without any limit.
    pub fn new(
        solver: Solver,
        time: Option<Duration>,
        nodes: Option<u64>,
        greedy: GreedyParams,
    ) -> Result<Self, PlanningError> {
        if time.is_none() && nodes.is_none() {
            return Err(PlanningError::Parameter {
                what: "limit of the exact search",
                value: f64::INFINITY,
                expected: "a time or a number of nodes",
            });
        }
        Ok(Self {
            solver,
            limits: Limits { time, nodes },
            greedy,
        })
    }

    pub(super) fn solver(&self) -> Solver {
        self.solver
    }

    pub(super) fn limits(&self) -> Limits {
        self.limits
    }
}

/// How a plan is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Lazy greedy and local search, for any size.
    Greedy(GreedyParams),
    /// Mixed-integer programming from the greedy start. A model too large for
    /// the solver, or one it fails on, is answered by greedy; the plan says so.
    Exact(ExactParams),
}

impl Method {
    pub(super) fn greedy(&self) -> GreedyParams {
        match self {
            Self::Greedy(params) => *params,
            Self::Exact(params) => params.greedy,
        }
    }
}

/// A choice with its bound.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Outcome {
    pub chosen: Vec<usize>,
    pub value: f64,
    pub bound: f64,
    pub found_by: FoundBy,
    pub stopped: Stopped,
    pub guarantee: Option<f64>,
}

/// Relative gap that is nothing but rounding.
pub(super) const ROUNDING_GAP: f64 = 1e-9;

impl Problem {
    /// Chooses places.
    #[must_use]
    pub fn choose(&self, method: &Method) -> Plan {
        self.plan(&self.instance(), method)
    }

    /// The same for a variation of the numbers.
    pub(super) fn plan(&self, instance: &Instance, method: &Method) -> Plan {
        let request = self.request();
        let outcome = match request.objective {
            Objective::PCenter => p_center::choose(self, instance, method),
            Objective::WeightedBenefit | Objective::MaximumCoverage { .. } => {
                cover(instance, method)
            }
        };
        let costs = outcome.chosen.iter().map(|place| instance.costs[*place]);
        Plan {
            objective: request.objective,
            measure: request.measure,
            team_days: costs.sum(),
            chosen: outcome.chosen,
            value: outcome.value,
            bound: outcome.bound,
            found_by: outcome.found_by,
            stopped: outcome.stopped,
            guarantee: outcome.guarantee,
            exploration: None,
            rollout: None,
        }
    }
}

/// Most benefit: greedy, local search, bound, and the exact solver if asked.
pub(super) fn cover(instance: &Instance, method: &Method) -> Outcome {
    let heuristic = cover_by_greedy(instance, method.greedy());
    match method {
        Method::Exact(params) if heuristic.stopped != Stopped::Proven => {
            cover_exactly(instance, params, heuristic)
        }
        _ => heuristic,
    }
}

/// Rounds of the bound after which its prices suggest another choice.
const ROUNDS_A_STAGE: usize = 50;

/// Passes of the local search over a suggestion that may not be kept.
const PASSES_OF_A_SUGGESTION: usize = 4;

fn cover_by_greedy(instance: &Instance, params: GreedyParams) -> Outcome {
    let start = greedy(instance);
    let mut chosen = improve(instance, &start.chosen, params.passes);
    let mut value = instance.covered_weight(&chosen);
    let mut prices = Prices::new(instance, &chosen, value);
    let mut rounds = params.bound_rounds;
    while rounds > 0 && prices.bound() - value > ROUNDING_GAP * prices.bound() {
        let stage = rounds.min(ROUNDS_A_STAGE);
        rounds -= stage;
        prices.improve(instance, value, stage);
        // Good prices lead to another part of the space of choices.
        let passes = params.passes.min(PASSES_OF_A_SUGGESTION);
        let other = improve(instance, &repaired(instance, prices.favoured()), passes);
        let other_value = instance.covered_weight(&other);
        if other_value > value {
            (chosen, value) = (other, other_value);
        }
    }
    if params.bound_rounds > 0 {
        chosen = improve(instance, &chosen, params.passes);
        value = instance.covered_weight(&chosen);
    }
    let bound = prices.bound().max(value);
    Outcome {
        stopped: if bound - value <= ROUNDING_GAP * bound {
            Stopped::Proven
        } else {
            Stopped::NoImprovement
        },
        chosen,
        value,
        bound,
        found_by: FoundBy::Greedy,
        guarantee: start.guarantee,
    }
}

/// As many of `favoured` as fit, and what the floors need besides.
fn repaired(instance: &Instance, favoured: &[usize]) -> Vec<usize> {
    let mut tally = Tally::new(*instance);
    let mut needs = needs(&tally);
    for place in favoured {
        if !tally.is_chosen(*place) && needs.fits(&mut tally, *place) {
            needs.take(&mut tally, *place);
        }
    }
    complete(tally, &needs)
}

fn cover_exactly(instance: &Instance, params: &ExactParams, heuristic: Outcome) -> Outcome {
    let model = PlaceProgram::most_benefit(instance);
    if model.program.coefficients() > params.solver.most_coefficients() {
        return Outcome {
            stopped: Stopped::TooLarge,
            ..heuristic
        };
    }
    let start = model.values(&heuristic.chosen);
    let answer = milp::solve(&model.program, params.solver, params.limits, Some(&start));
    let failed = Outcome {
        stopped: Stopped::SolverFailed,
        ..heuristic.clone()
    };
    match answer {
        Ok(Answer::Found {
            values,
            bound,
            proven,
        }) => {
            let Some(chosen) = model.chosen(instance, &values) else {
                return failed;
            };
            let value = instance.covered_weight(&chosen);
            let mut outcome = heuristic;
            if value > outcome.value {
                outcome = Outcome {
                    chosen,
                    value,
                    ..outcome
                };
            }
            outcome.found_by = FoundBy::Exact(params.solver);
            outcome.bound = outcome.bound.min(bound).max(outcome.value);
            outcome.stopped = if proven {
                Stopped::Proven
            } else {
                Stopped::Limit
            };
            outcome
        }
        Ok(Answer::Nothing { bound }) => Outcome {
            bound: bound.map_or(heuristic.bound, |bound| {
                bound.min(heuristic.bound).max(heuristic.value)
            }),
            stopped: Stopped::Limit,
            ..heuristic
        },
        // The heuristic is feasible, so the solver must be wrong.
        Ok(Answer::Infeasible) | Err(_) => failed,
    }
}
