//! What a plan reaches, and how far that can be relied on.

use serde::{Deserialize, Serialize};

use super::Figure;

/// What the benefit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BenefitUnit {
    /// Children at risk, expected.
    ChildrenAtRisk,
    /// Households with at least one child at risk, expected.
    HouseholdsAtRisk,
    /// Households.
    Households,
    /// People.
    People,
    /// A score without a unit.
    Score,
    /// Kilometres of the worst served (p-center): less is better.
    Kilometres,
}

impl BenefitUnit {
    /// Its key in a language.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::ChildrenAtRisk => "children_at_risk",
            Self::HouseholdsAtRisk => "households_at_risk",
            Self::Households => "households",
            Self::People => "people",
            Self::Score => "score",
            Self::Kilometres => "kilometres",
        }
    }
}

/// What the independent checker said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CheckerVerdict {
    /// No rule is broken, neither by the choice nor by the schedule.
    Passed,
    /// Rules that are broken, as the checker prints them.
    Broken {
        /// The violations.
        violations: Vec<String>,
    },
}

/// Order of the villages for an evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rollout {
    /// Steps; each village carries its own.
    pub steps: u32,
    /// Score bands within which the order was drawn.
    pub bands: u32,
    /// Seed of the draw.
    pub seed: u64,
}

/// The plan in a few numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// What the benefit counts.
    pub benefit_unit: BenefitUnit,
    /// Benefit that the plan is expected to reach.
    pub benefit: f64,
    /// Benefit of the whole area, reached or not, candidates or not; `no_data`
    /// where it is not defined.
    pub area_benefit: Figure,
    /// No feasible plan does better than this.
    pub bound: f64,
    /// How far the plan may be from the best, relative to the bound, 0 to 1.
    pub gap: f64,
    /// What the visits cost.
    pub team_days: f64,
    /// What the best plan without exploration would reach: the difference is
    /// what is paid for learning.
    pub benefit_without_exploration: Option<f64>,
    /// Population of the chosen villages, each counted whole.
    pub population_chosen: Figure,
    /// Population of all villages of the area, visited or not: the denominator
    /// of what was reached.
    pub population_area: Figure,
    /// What the checker said.
    pub checker: CheckerVerdict,
    /// Randomised order, if asked for.
    pub rollout: Option<Rollout>,
    /// Greatest use of days over the mean use among teams, less one; `None`
    /// before the plan is scheduled.
    pub imbalance: Option<f64>,
}

/// A budget and what it would reach.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CurvePoint {
    /// The budget.
    pub budget_team_days: f64,
    /// Benefit of the best plan found; `None` where musts and floors cost more
    /// than this budget.
    pub benefit: Option<f64>,
    /// No plan of this budget reaches more (for kilometres: less).
    pub bound: Option<f64>,
    /// Gained on the point before.
    pub gained: Option<f64>,
    /// Villages of that plan.
    pub villages: Option<u32>,
}
