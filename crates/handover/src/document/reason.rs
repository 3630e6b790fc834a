//! Reasons for a chosen village, as keys and numbers.

use serde::{Deserialize, Serialize};

/// A reason; the words for it are in the language files under its key.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "key", rename_all = "snake_case")]
pub enum Reason {
    /// The planner demands it.
    Must,
    /// Drawn by lot.
    Drawn {
        /// Probability that it was drawn.
        probability: f64,
    },
    /// Its block would fall below its floor without it.
    BlockFloor {
        /// The floor.
        least: u32,
    },
    /// The under-observed villages would fall below their share without it.
    UnderObservedShare {
        /// The share.
        share: f64,
    },
    /// What the plan reaches only through it.
    ReachesAlone {
        /// Benefit lost without it.
        benefit: f64,
        /// The same for each team-day.
        benefit_per_team_day: Option<f64>,
    },
    /// Whom it serves within the service radius.
    Serves {
        /// Demand points, itself included.
        points: u32,
        /// Their benefit.
        benefit: f64,
    },
    /// For whom it is the nearest chosen village.
    NearestFor {
        /// Demand points.
        points: u32,
        /// Distance of the farthest of them.
        farthest_km: f64,
    },
}

impl Reason {
    /// Its key in a language.
    #[must_use]
    pub fn key(&self) -> &'static str {
        match self {
            Self::Must => "must",
            Self::Drawn { .. } => "drawn",
            Self::BlockFloor { .. } => "block_floor",
            Self::UnderObservedShare { .. } => "under_observed_share",
            Self::ReachesAlone { .. } => "reaches_alone",
            Self::Serves { .. } => "serves",
            Self::NearestFor { .. } => "nearest_for",
        }
    }
}
