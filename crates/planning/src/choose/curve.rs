//! What more, or less, of a budget would do.

use serde::Serialize;

use super::instance::{BaseLimits, Instance};
use super::local_search::improve;
use super::payable::{all_places, decide};
use super::plan::Plan;
use super::problem::Problem;
use super::request::Objective;
use super::solve::{GreedyParams, Method};
use crate::PlanningError;

/// A budget and the best plan found for it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CurvePoint {
    /// The budget.
    pub budget_team_days: f64,
    /// The plan; `None` where musts and floors, or any place at all, cost more
    /// than this budget, or than the bases then have.
    pub plan: Option<Plan>,
    /// What is gained on the point before: more benefit, or fewer kilometres.
    /// `None` at the first point that has a plan.
    pub gained: Option<f64>,
}

impl Problem {
    /// The marginal benefit curve over `budgets_team_days`, ascending. With
    /// steps of one team's team-days, `gained` is what one more team adds.
    ///
    /// Each plan is at least as good as the one before, which it could repeat,
    /// and each bound holds for smaller budgets too, so that values and bounds
    /// rise together (for the p-center: fall).
    ///
    /// Where bases have team-days of their own, these rise and fall with the
    /// budget: at a budget of `b` a base has `b ÷ budget of the request` times
    /// the days stated for it, as if teams joined in proportion. With a budget
    /// of zero in the request they stay as stated.
    ///
    /// # Errors
    /// [`PlanningError::Value`] unless the budgets are finite, not below zero
    /// and ascending.
    pub fn marginal_curve(
        &self,
        budgets_team_days: &[f64],
        params: &GreedyParams,
    ) -> Result<Vec<CurvePoint>, PlanningError> {
        let mut last = -f64::MIN_POSITIVE;
        for (number, budget) in budgets_team_days.iter().enumerate() {
            if !(budget.is_finite() && *budget > last) {
                return Err(PlanningError::Value {
                    what: "budget",
                    number,
                    value: *budget,
                    expected: "a finite number, not below zero and above the one before",
                });
            }
            last = *budget;
        }
        let mut points: Vec<CurvePoint> = Vec::with_capacity(budgets_team_days.len());
        for budget in budgets_team_days {
            let before = points.last().and_then(|point| point.plan.as_ref());
            let plan = self.plan_at(*budget, before, params);
            let gained = match (&plan, before) {
                (Some(plan), Some(before)) => Some((plan.value - before.value).abs()),
                _ => None,
            };
            points.push(CurvePoint {
                budget_team_days: *budget,
                plan,
                gained,
            });
        }
        let is_center = self.request().objective == Objective::PCenter;
        let mut beyond: Option<f64> = None;
        for plan in points.iter_mut().rev().filter_map(|p| p.plan.as_mut()) {
            plan.bound = match beyond {
                Some(bound) if is_center => plan.bound.max(bound),
                Some(bound) => plan.bound.min(bound),
                None => plan.bound,
            };
            beyond = Some(plan.bound);
        }
        Ok(points)
    }

    fn plan_at(&self, budget: f64, before: Option<&Plan>, params: &GreedyParams) -> Option<Plan> {
        let asked = self.instance();
        let scale = if asked.budget > 0.0 {
            budget / asked.budget
        } else {
            1.0
        };
        let team_days: Vec<f64> = asked.bases.map_or_else(Vec::new, |bases| {
            bases.team_days.iter().map(|days| days * scale).collect()
        });
        let at_budget = Instance {
            budget,
            bases: asked.bases.map(|bases| BaseLimits {
                team_days: &team_days,
                ..bases
            }),
            ..asked
        };
        let least = decide(&at_budget).found()?;
        let witness = all_places(&at_budget, &least);
        let instance = Instance {
            bases: at_budget.bases.map(|bases| BaseLimits {
                witness: &witness,
                ..bases
            }),
            ..at_budget
        };
        let mut plan = self.plan(&instance, &Method::Greedy(*params));
        let Some(before) = before else {
            return Some(plan);
        };
        let (chosen, value, better) = if plan.objective == Objective::PCenter {
            (
                before.chosen.clone(),
                before.value,
                before.value < plan.value,
            )
        } else {
            let chosen = improve(&instance, &before.chosen, params.passes());
            let value = instance.covered_weight(&chosen);
            (chosen, value, value > plan.value)
        };
        if better {
            plan.team_days = chosen.iter().map(|place| instance.costs[*place]).sum();
            plan.chosen = chosen;
            plan.value = value;
        }
        Some(plan)
    }
}
