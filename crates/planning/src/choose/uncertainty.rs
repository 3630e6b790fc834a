//! Which picks are firm: how often each place is chosen across draws.

use rayon::prelude::*;
use serde::Serialize;

use super::instance::Instance;
use super::plan::Plan;
use super::problem::Problem;
use super::request::Objective;
use super::solve::{GreedyParams, Method};
use crate::PlanningError;

/// Posterior draws of the benefits.
#[derive(Debug, Clone, PartialEq)]
pub struct Draws(Vec<Vec<f64>>);

impl Draws {
    /// Checks draws; each holds the benefit of every demand point (of every
    /// place, where demand is at the places), before any decay.
    ///
    /// # Errors
    /// [`PlanningError::Parameter`] without any draw,
    /// [`PlanningError::Length`] for a draw of another length, and
    /// [`PlanningError::Value`] for a benefit below zero or not finite.
    pub fn new(draws: Vec<Vec<f64>>, demand_points: usize) -> Result<Self, PlanningError> {
        if draws.is_empty() {
            return Err(PlanningError::Parameter {
                what: "number of draws",
                value: 0.0,
                expected: "at least 1",
            });
        }
        for draw in &draws {
            if draw.len() != demand_points {
                return Err(PlanningError::Length {
                    what: "a posterior draw",
                    found: draw.len(),
                    expected: demand_points,
                    unit: "demand point",
                });
            }
            if let Some(number) = draw.iter().position(|b| !(b.is_finite() && *b >= 0.0)) {
                return Err(PlanningError::Value {
                    what: "drawn benefit",
                    number,
                    value: draw[number],
                    expected: "a finite number, not below zero",
                });
            }
        }
        Ok(Self(draws))
    }
}

/// A plan under the uncertainty of the benefits.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Firmness {
    /// For each place the share of draws in which the best plan found for that
    /// draw alone chooses it.
    pub selection_probabilities: Vec<f64>,
    /// What the given plan reaches in each draw, in the order of the draws.
    pub plan_values: Vec<f64>,
}

impl Problem {
    /// Solves the problem once for each draw, and values `plan` in each.
    ///
    /// A place chosen in nearly all draws is firm; one chosen in half of them
    /// could as well be another. Draws are shared out over threads; the result
    /// does not depend on their number. O(draws × greedy); the coverage is
    /// computed once.
    ///
    /// # Errors
    /// [`PlanningError::NotForObjective`] for the p-center, which knows no
    /// benefits; [`PlanningError::Length`] for draws of another problem.
    pub fn firmness(
        &self,
        plan: &Plan,
        draws: &Draws,
        params: &GreedyParams,
    ) -> Result<Firmness, PlanningError> {
        if self.request().objective == Objective::PCenter {
            return Err(PlanningError::NotForObjective {
                what: "the selection probability",
                objective: Objective::PCenter.name(),
                remedy: "every choice is the same in all draws",
            });
        }
        if draws.0[0].len() != self.demand_points() {
            return Err(PlanningError::Length {
                what: "a posterior draw",
                found: draws.0[0].len(),
                expected: self.demand_points(),
                unit: "demand point",
            });
        }
        let method = Method::Greedy(*params);
        let solved: Vec<(Vec<usize>, f64)> = draws
            .0
            .par_iter()
            .map(|draw| {
                let weights = self.effective(draw);
                let instance = Instance {
                    weights: &weights,
                    ..self.instance()
                };
                let best = self.plan(&instance, &method);
                (best.chosen, instance.covered_weight(&plan.chosen))
            })
            .collect();
        let mut times = vec![0usize; self.places().len()];
        for place in solved.iter().flat_map(|(chosen, _)| chosen) {
            times[*place] += 1;
        }
        let draws = solved.len() as f64;
        Ok(Firmness {
            selection_probabilities: times.iter().map(|times| *times as f64 / draws).collect(),
            plan_values: solved.iter().map(|(_, value)| *value).collect(),
        })
    }
}
