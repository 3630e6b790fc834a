//! The answer: one type for all methods.

use serde::Serialize;

use super::exploration::Exploration;
use super::request::{Measure, Objective};
use super::rollout::Rollout;

/// How a plan was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum FoundBy {
    /// Greedy with local search.
    Greedy,
    /// Mixed-integer programming, and nothing better by greedy.
    Exact(super::Solver),
}

/// Why the search ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Stopped {
    /// The plan is proven to be best: its gap is zero but for rounding.
    Proven,
    /// The exact solver met its time or node limit. After a time limit the
    /// plan depends on the speed of the machine.
    Limit,
    /// The model is larger than the exact solver is given; greedy answered.
    TooLarge,
    /// The exact solver failed; greedy answered.
    SolverFailed,
    /// The heuristic found nothing better.
    NoImprovement,
}

/// Places to visit, what they reach, and how far that is from the best.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    /// What was optimised.
    pub objective: Objective,
    /// Which number of the benefit was summed.
    pub measure: Measure,
    /// Numbers of the chosen places among the candidates, ascending.
    pub chosen: Vec<usize>,
    /// Benefit reached, or for the p-center kilometres of the worst served.
    pub value: f64,
    /// No feasible plan does better: an upper bound of the benefit, a lower
    /// bound of the kilometres. With exploration: no plan with the same draw.
    pub bound: f64,
    /// Cost of all visits.
    pub team_days: f64,
    /// How it was found.
    pub found_by: FoundBy,
    /// Why the search ended.
    pub stopped: Stopped,
    /// Share of the optimal benefit that the method reaches on any input of
    /// this kind; `None` where nothing is known beforehand. The `bound` is
    /// usually far closer.
    pub guarantee: Option<f64>,
    /// Places drawn at random, if a quota was asked for.
    pub exploration: Option<Exploration>,
    /// Order of the visits for an evaluation, if asked for.
    pub rollout: Option<Rollout>,
}

impl Plan {
    /// How far the plan may be from the best, relative to the bound: 0.02 means
    /// that no plan reaches more than 2 % beyond it. For the p-center relative
    /// to the value.
    #[must_use]
    pub fn gap(&self) -> f64 {
        let (better, worse) = match self.objective {
            Objective::PCenter => (self.value, self.bound),
            _ => (self.bound, self.value),
        };
        if better > 0.0 {
            ((better - worse) / better).max(0.0)
        } else {
            0.0
        }
    }
}
