//! What the planner asked for.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::Position;

/// What a good choice is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Objective {
    /// Most benefit at the chosen villages themselves.
    WeightedBenefit,
    /// Most benefit within reach of a chosen village.
    MaximumCoverage {
        /// Demand this near is served.
        service_radius_km: f64,
    },
    /// The worst served as near as possible. The benefits of the document are
    /// kilometres then.
    PCenter,
}

/// How fast teams work, as stated by the planner.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pace {
    /// Households a team visits in a day.
    pub households_per_team_day: f64,
    /// Least a visit takes.
    pub least_visit_team_days: f64,
}

/// Equity floors.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Floors {
    /// Chosen villages that each block gets at least.
    pub least_per_block: u32,
    /// Share of the chosen villages, 0 to 1, that are under-observed.
    pub under_observed_share: f64,
}

/// Villages drawn by lot, so that what the scores miss can be seen.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Explored {
    /// Share of the chosen villages, above 0 and below 1.
    pub share: f64,
    /// Seed of the draw.
    pub seed: u64,
}

/// How long the ways are.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RoadsAsked {
    /// Great circle times a factor.
    GreatCircle {
        /// The factor, at least 1.
        road_factor: f64,
    },
    /// Kilometres from a table of the planner's.
    Table,
    /// Kilometres and minutes as the planner told them, and great circle times
    /// a factor for pairs of places of which nothing was told.
    Matrix {
        /// Pairs of villages and bases that were told, each direction by itself.
        told_pairs: u64,
        /// Pairs that were not.
        filled_pairs: u64,
        /// The factor, at least 1.
        road_factor: f64,
    },
}

/// A team. It is known by a label such as `Team 3`, never by a person's name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TeamAsked {
    /// Identifier: letters, digits, `-` and `_`.
    pub id: String,
    /// What it is called on paper.
    pub label: String,
    /// Where each day begins and ends.
    pub base: Position,
    /// Days on which it works.
    pub dates: Vec<NaiveDate>,
    /// Minutes after midnight before which it does not leave its base.
    pub day_starts_minute: f64,
    /// Hours from then until it must be back.
    pub hours_per_day: f64,
    /// Speed on the road.
    pub speed_km_per_hour: f64,
    /// Longest way of a day.
    pub most_km_per_day: f64,
    /// Most households of a day.
    pub most_households_per_day: u32,
    /// Work at each household.
    pub minutes_per_household: f64,
    /// Work at each visit beside the households.
    pub minutes_per_visit: f64,
}

/// The parameters as they were asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Teams.
    pub teams: Vec<TeamAsked>,
    /// What all visits together may cost.
    pub budget_team_days: f64,
    /// First day of the campaign.
    pub from: NaiveDate,
    /// Last day of the campaign. Results are accepted from `from` to here.
    pub until: NaiveDate,
    /// Weeks of the campaign, as asked.
    pub weeks: u32,
    /// What a good choice is.
    pub objective: Objective,
    /// Whether the lower bound of the benefit was summed rather than the mean.
    pub lower_bound: bool,
    /// Pace; `None` where costs were stated in team-days.
    pub pace: Option<Pace>,
    /// Equity floors.
    pub floors: Floors,
    /// Exploration, if asked for.
    pub exploration: Option<Explored>,
    /// How long the ways are.
    pub roads: RoadsAsked,
    /// Seed of the schedule and of the rollout.
    pub seed: u64,
}
