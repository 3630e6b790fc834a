//! Villages that were nearly chosen.

use serde::{Deserialize, Serialize};

use super::{Figure, Position};

/// Why a village is not in the plan.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "key", rename_all = "snake_case")]
pub enum LeftOutReason {
    /// The planner bars it.
    MustNot,
    /// In the territory of a partner who does not take part.
    LeftToPartner,
    /// It costs more than the budget leaves beside the musts.
    BeyondBudget {
        /// What is left.
        left_team_days: f64,
    },
    /// It costs more than its nearest team base has left beside the musts.
    BeyondBase {
        /// What is left.
        left_team_days: f64,
    },
    /// It would add benefit, but the team-days of its nearest base are spent.
    BaseSpent {
        /// What the plan leaves there.
        left_team_days: f64,
    },
    /// Everything it would serve is served already.
    ServedAlready,
    /// It would add less than others that the budget pays for.
    AddsLess {
        /// What it would add for each team-day.
        benefit_per_team_day: Option<f64>,
    },
    /// It would not bring the worst served near enough for its cost.
    NotNearEnough,
}

impl LeftOutReason {
    /// Its key in a language.
    #[must_use]
    pub fn key(&self) -> &'static str {
        match self {
            Self::MustNot => "must_not",
            Self::LeftToPartner => "left_to_partner",
            Self::BeyondBudget { .. } => "beyond_budget",
            Self::BeyondBase { .. } => "beyond_base",
            Self::BaseSpent { .. } => "base_spent",
            Self::ServedAlready => "served_already",
            Self::AddsLess { .. } => "adds_less",
            Self::NotNearEnough => "not_near_enough",
        }
    }
}

/// A village that was left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// Identifier.
    pub place_id: String,
    /// Code of the Local Government Directory, if it has one.
    pub lgd_code: Option<String>,
    /// Name.
    pub name: String,
    /// Name of its block.
    pub block: String,
    /// Name of its district.
    pub district: String,
    /// Representative point.
    pub position: Position,
    /// People who live there.
    pub population: Figure,
    /// What it would add to the plan; `None` where it would not be defined,
    /// as for the p-center.
    pub marginal_benefit: Option<f64>,
    /// What its visit would cost.
    pub team_days: f64,
    /// Why it was left out.
    pub reason: LeftOutReason,
}
