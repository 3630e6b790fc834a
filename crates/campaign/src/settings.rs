//! The parts of a request: teams, pace, ways, earlier visits, floors, spans.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

/// A team.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TeamAsk {
    /// Name, such as `A`. Not the name of a person.
    pub name: String,
    /// Where each day begins and ends: a place, or `latitude, longitude`; if
    /// absent, the middle of its work ([`crate::bases`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<BaseAsk>,
    /// Minutes after midnight at which the day begins, as `HH:MM`.
    #[serde(default = "default_day_starts")]
    pub day_starts: String,
}

/// Where a team sets out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
pub enum BaseAsk {
    /// A place of the release.
    Place(String),
    /// A point: degrees north and east.
    Point {
        /// Degrees north.
        latitude: f64,
        /// Degrees east.
        longitude: f64,
    },
}

/// What a good choice is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ObjectiveAsk {
    /// Most expected children in the villages visited.
    #[default]
    WeightedBenefit,
    /// Most expected children within the service radius of a village visited.
    MaximumCoverage,
    /// The worst served village as near as can be.
    PCenter,
}

/// What is counted where a theme is expected.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum CountsAsk {
    /// Children.
    #[default]
    Children,
    /// Households with at least one such child ([`crate::benefit`]).
    Households,
}

impl CountsAsk {
    /// Left out of what is written down, so that plans keep their identifiers.
    pub(crate) fn is_children(&self) -> bool {
        *self == Self::Children
    }
}

/// Which number of the benefit counts.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum MeasureAsk {
    /// The mean.
    #[default]
    Mean,
    /// The lower bound of the 95 % interval.
    Lower,
}

/// How fast teams work and travel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PaceAsk {
    /// Households a team visits in a day.
    pub households_per_team_day: f64,
    /// Minutes at each village beside the households.
    pub minutes_per_visit: f64,
    /// Working hours of a day, the way included.
    pub hours_per_day: f64,
    /// Speed on the road.
    pub speed_km_per_hour: f64,
    /// Length of the road over the great circle, at least 1.
    pub road_factor: f64,
    /// Longest way of a day.
    pub most_km_per_day: f64,
}

impl Default for PaceAsk {
    /// 60 households and 7 hours a day, half an hour for each village, 25 km/h
    /// on roads 1.4 times the great circle, at most 120 km a day.
    fn default() -> Self {
        Self {
            households_per_team_day: 60.0,
            minutes_per_visit: 30.0,
            hours_per_day: 7.0,
            speed_km_per_hour: 25.0,
            road_factor: 1.4,
            most_km_per_day: 120.0,
        }
    }
}

/// Ways that the planner knows.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TravelAsk {
    /// CSV file with the columns `from`, `to`, `km` and perhaps `minutes`, beside
    /// the request; read by `safeground plan make` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matrix: Option<String>,
    /// The ways themselves.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ways: Vec<WayAsk>,
    /// What is done about pairs that are not told.
    #[serde(skip_serializing_if = "UntoldAsk::is_great_circle")]
    pub untold: UntoldAsk,
}

/// What is done about pairs whose way is not told.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum UntoldAsk {
    /// Great circle × `pace.road_factor`; the plan says how many pairs.
    #[default]
    GreatCircle,
    /// No plan is made, and the pairs are named.
    Refuse,
}

impl UntoldAsk {
    /// Left out of what is written down, so that plans keep their identifiers.
    fn is_great_circle(&self) -> bool {
        *self == Self::GreatCircle
    }
}

/// A way between two places. Told in one direction alone it holds for both.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WayAsk {
    /// A place by identifier or name, or `team:NAME` for the base of a team.
    pub from: String,
    /// The same.
    pub to: String,
    /// Its length.
    pub km: f64,
    /// How long it takes; as `pace.speed_km_per_hour` says, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<f64>,
    /// Line of the file that it was read from.
    #[serde(skip)]
    pub line: Option<u64>,
}

/// How earlier campaigns lower the benefit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EarlierAsk {
    /// Days after which half of the effect of a visit has faded.
    pub half_life_days: f64,
    /// Share of the benefit that a visit which reached everyone uses up.
    pub strength: f64,
    /// Visits that the release does not know yet.
    pub visits: Vec<VisitAsk>,
}

impl Default for EarlierAsk {
    /// A year, 0.8.
    fn default() -> Self {
        Self {
            half_life_days: 365.0,
            strength: 0.8,
            visits: Vec::new(),
        }
    }
}

/// A visit that the release does not know yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VisitAsk {
    /// The village.
    pub village: String,
    /// The day.
    pub date: NaiveDate,
    /// Households reached.
    pub households: u64,
}

/// Equity floors.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FloorsAsk {
    /// Villages that each block gets at least.
    pub least_per_block: usize,
    /// Blocks with a floor of their own.
    pub least_in_block: BTreeMap<String, usize>,
    /// Share of the villages, 0 to 1, where nobody looked so far.
    pub not_observed_share: f64,
}

/// A random order within score bands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RolloutAsk {
    /// Steps, each an equal part of the weeks.
    pub steps: usize,
    /// Score bands.
    pub bands: usize,
}

/// A span of days with what it is for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SpanAsk {
    /// What it is for.
    pub label: String,
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub until: NaiveDate,
    /// Districts, blocks or villages; all if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub places: Option<Vec<String>>,
}

/// Hours in which villages can be visited.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenAsk {
    /// Districts, blocks or villages.
    pub places: Vec<String>,
    /// Weekdays, `mon` to `sun`.
    #[schemars(with = "Vec<String>")]
    pub weekdays: Vec<Weekday>,
    /// From, `HH:MM`.
    pub from: String,
    /// Until, `HH:MM`.
    pub until: String,
}

/// Solver of the exact search.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum SolverAsk {
    /// Built in.
    #[default]
    Microlp,
    /// `HiGHS`, for larger models; only in programs built with the feature
    /// `highs`.
    Highs,
}

impl SolverAsk {
    /// Left out of what is written down, so that plans keep their identifiers.
    fn is_microlp(&self) -> bool {
        *self == Self::Microlp
    }
}

/// Whether teams visit villages of each other's areas.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum BordersAsk {
    /// Where that reaches more households or saves more than `border_km`.
    #[default]
    Open,
    /// Only what the team of an area has no room for goes to others: each team
    /// stays in one area and gets as much work as the area holds.
    Kept,
}

impl BordersAsk {
    /// Left out of what is written down, so that plans keep their identifiers.
    fn are_open(&self) -> bool {
        *self == Self::Open
    }
}

/// How hard is searched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SearchAsk {
    /// Nodes of the exact search; greedy alone if 0.
    pub exact_nodes: u64,
    /// Who searches exactly.
    #[serde(skip_serializing_if = "SolverAsk::is_microlp")]
    pub solver: SolverAsk,
    /// Rounds of the search for routes of each team.
    pub route_rounds: usize,
    /// Whether teams visit villages of each other's areas.
    #[serde(skip_serializing_if = "BordersAsk::are_open")]
    pub borders: BordersAsk,
    /// Kilometres that a visit in another team's area must save, where borders
    /// are open; 3 if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub border_km: Option<f64>,
    /// Draws from the posterior that say which picks are firm.
    pub draws: usize,
}

impl Default for SearchAsk {
    /// 2,000 nodes, 1,000 rounds, open borders, 200 draws.
    fn default() -> Self {
        Self {
            exact_nodes: 2_000,
            solver: SolverAsk::Microlp,
            route_rounds: 1_000,
            borders: BordersAsk::Open,
            border_km: None,
            draws: 200,
        }
    }
}

/// A user's calendar: spans that belong to no single plan.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Calendar {
    /// Days on which nobody works.
    pub holidays: BTreeSet<NaiveDate>,
    /// Days without visits.
    pub blackouts: Vec<SpanAsk>,
    /// Days on which visits are wanted most.
    pub priorities: Vec<SpanAsk>,
}

fn default_day_starts() -> String {
    "09:00".to_owned()
}
