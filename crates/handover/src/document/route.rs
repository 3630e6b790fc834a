//! Who goes where, and when.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// A visit of a day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Visit {
    /// Identifier of the village.
    pub place_id: String,
    /// Kilometres from the base or the visit before.
    pub km: f64,
    /// Minutes after midnight at which the team arrives.
    pub arrival_minute: f64,
    /// When work begins.
    pub start_minute: f64,
    /// When the team leaves.
    pub leave_minute: f64,
    /// Households planned.
    pub households: u32,
}

/// A day of a team.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// Identifier of the team.
    pub team_id: String,
    /// The date.
    pub date: NaiveDate,
    /// When the team leaves its base.
    pub departure_minute: f64,
    /// When it is back.
    pub return_minute: f64,
    /// The whole way, back to the base included.
    pub km: f64,
    /// Visits in order.
    pub visits: Vec<Visit>,
}

impl Route {
    /// Households of all visits.
    #[must_use]
    pub fn households(&self) -> u64 {
        let planned = self.visits.iter().map(|visit| u64::from(visit.households));
        planned.sum()
    }
}

/// Why households are not planned.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "key", rename_all = "snake_case")]
pub enum WhyNot {
    /// No team works on a day on which the village is open.
    NoOpenDay,
    /// The way there and back is longer than any team's day allows.
    TooFar {
        /// The shortest way there and back.
        needs_km: f64,
    },
    /// Not one household can be visited within the hours.
    TooShort,
    /// The days are full.
    Full,
    /// The village refused.
    Refused,
}

impl WhyNot {
    /// Its key in a language.
    #[must_use]
    pub fn key(&self) -> &'static str {
        match self {
            Self::NoOpenDay => "no_open_day",
            Self::TooFar { .. } => "too_far",
            Self::TooShort => "too_short",
            Self::Full => "full",
            Self::Refused => "refused",
        }
    }
}

/// A change that would let the next visit in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "key", rename_all = "snake_case")]
pub enum Remedy {
    /// A working day more.
    AddDate {
        /// Identifier of the team.
        team_id: String,
        /// The date.
        date: NaiveDate,
    },
    /// A longer day.
    LengthenDay {
        /// Identifier of the team.
        team_id: String,
        /// The date.
        date: NaiveDate,
        /// How much longer.
        minutes: f64,
    },
    /// A longer way.
    RaiseKm {
        /// Identifier of the team.
        team_id: String,
        /// The date.
        date: NaiveDate,
        /// How much more.
        km: f64,
    },
    /// More households.
    RaiseHouseholds {
        /// Identifier of the team.
        team_id: String,
        /// The date.
        date: NaiveDate,
        /// How many more.
        households: u32,
    },
    /// Later closing of the village.
    OpenLonger {
        /// Identifier of the team.
        team_id: String,
        /// The date.
        date: NaiveDate,
        /// How much longer.
        minutes: f64,
    },
}

impl Remedy {
    /// Its key in a language.
    #[must_use]
    pub fn key(&self) -> &'static str {
        match self {
            Self::AddDate { .. } => "add_date",
            Self::LengthenDay { .. } => "lengthen_day",
            Self::RaiseKm { .. } => "raise_km",
            Self::RaiseHouseholds { .. } => "raise_households",
            Self::OpenLonger { .. } => "open_longer",
        }
    }

    /// The team and the date that it is about.
    #[must_use]
    pub fn team_day(&self) -> (&str, NaiveDate) {
        match self {
            Self::AddDate { team_id, date }
            | Self::LengthenDay { team_id, date, .. }
            | Self::RaiseKm { team_id, date, .. }
            | Self::RaiseHouseholds { team_id, date, .. }
            | Self::OpenLonger { team_id, date, .. } => (team_id, *date),
        }
    }
}

/// Households of a chosen village that are not planned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unscheduled {
    /// Identifier of the village.
    pub place_id: String,
    /// How many households.
    pub households: u32,
    /// Why.
    pub why: WhyNot,
    /// What would help.
    pub remedies: Vec<Remedy>,
}
