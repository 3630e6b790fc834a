//! A chosen village.

use serde::{Deserialize, Serialize};

use super::{Figure, Month, Position, Reason};

/// What a score part measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Expected burden: harm that is likely, seen or not.
    Burden,
    /// Detection: how much of it is seen.
    Detection,
    /// Service gap: entitled but not reached.
    ServiceGap,
    /// Composite of the others, which are always shown with it.
    Composite,
    /// Recorded count, as a band.
    Count,
    /// Rate for each person exposed.
    Rate,
    /// Rate smoothed towards its surroundings (empirical Bayes).
    SmoothedRate,
    /// Hotspot score.
    HotspotScore,
    /// Children at risk, expected.
    ChildrenAtRisk,
    /// Households with at least one child at risk, expected.
    HouseholdsAtRisk,
    /// Published prevalence, in per cent.
    Prevalence,
    /// Share of children out of school, in per cent.
    OutOfSchool,
}

impl Measure {
    /// All of them, in their documented order.
    pub const ALL: [Self; 12] = [
        Self::Burden,
        Self::Detection,
        Self::ServiceGap,
        Self::Composite,
        Self::Count,
        Self::Rate,
        Self::SmoothedRate,
        Self::HotspotScore,
        Self::ChildrenAtRisk,
        Self::HouseholdsAtRisk,
        Self::Prevalence,
        Self::OutOfSchool,
    ];

    /// Its key in a language.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Burden => "burden",
            Self::Detection => "detection",
            Self::ServiceGap => "service_gap",
            Self::Composite => "composite",
            Self::Count => "count",
            Self::Rate => "rate",
            Self::SmoothedRate => "smoothed_rate",
            Self::HotspotScore => "hotspot_score",
            Self::ChildrenAtRisk => "children_at_risk",
            Self::HouseholdsAtRisk => "households_at_risk",
            Self::Prevalence => "prevalence",
            Self::OutOfSchool => "out_of_school",
        }
    }
}

/// Whom a figure is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Our records, through the protection of the release. Such a figure is
    /// never `zero`: telling zero from one would tell that a child is there.
    Protected,
    /// A published survey or census.
    Published,
}

/// A part of the score of a village.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScorePart {
    /// What it measures: the key of its label in every language.
    pub measure: Measure,
    /// Theme that it is about, such as `child_marriage`: the key of its label
    /// too. `None` for a part over all themes.
    pub theme: Option<String>,
    /// The value with interval and status.
    pub figure: Figure,
    /// Whom it is about.
    pub source: Source,
    /// Place that the value was taken from if not the village itself, such as
    /// its block: small villages are seen at their block.
    pub from_place_id: Option<String>,
    /// Name of that place, for people.
    #[serde(default)]
    pub from_place: Option<String>,
    /// p-value after multiple-testing control, where it was tested.
    pub q_value: Option<f64>,
    /// Observations behind it, as a band where they are ours.
    pub observations: Option<Figure>,
    /// Method that made it, such as `eb_rate`.
    pub method: String,
}

/// Why a village is in the plan.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Role {
    /// By its score.
    Chosen,
    /// The planner demanded it.
    Must,
    /// Drawn by lot.
    Explored {
        /// Probability that it was drawn, above 0 and at most 1.
        probability: f64,
    },
}

impl Role {
    /// Its key in files and languages.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Chosen => "chosen",
            Self::Must => "must",
            Self::Explored { .. } => "explored",
        }
    }
}

/// A chosen village. When it is visited stands in the routes, once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Village {
    /// Identifier, such as `village:248213`, unique in the document.
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
    /// People who live there: the denominator of coverage.
    pub population: Figure,
    /// Households there, all of them.
    pub households: Figure,
    /// Score with its parts.
    pub scores: Vec<ScorePart>,
    /// Benefit of a visit with its interval, earlier visits taken off.
    pub benefit: Figure,
    /// Share of the benefit that earlier visits left, 0 to 1.
    pub remaining_share: f64,
    /// Rank of its score among all candidates, 1 for the highest.
    pub score_rank: Option<u32>,
    /// Month of the last visit, or its year; `None` where none is shown.
    pub last_visit: Option<Month>,
    /// Share of posterior draws in which it is chosen, 0 to 1; `None` where it
    /// was not asked for.
    pub selection_probability: Option<f64>,
    /// Why it is in the plan.
    pub role: Role,
    /// Step of a randomised rollout, from 1.
    pub rollout_step: Option<u32>,
    /// Great-circle distance from the nearest team base.
    pub base_distance_km: Option<f64>,
    /// What its visit costs, travel included.
    pub team_days: f64,
    /// Reasons, put into words by the language.
    pub reasons: Vec<Reason>,
}
