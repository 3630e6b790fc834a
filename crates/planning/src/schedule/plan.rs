//! The answer.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// A visit of a day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlannedVisit {
    /// Number of the stop.
    pub stop: usize,
    /// Kilometres from the base or the visit before.
    pub km: f64,
    /// Minutes after midnight at which the team arrives.
    pub arrival_minute: f64,
    /// When work begins: on arrival, or when the place opens.
    pub start_minute: f64,
    /// When the team leaves.
    pub leave_minute: f64,
    /// Households planned.
    pub households: u32,
}

/// A team's day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DaySchedule {
    /// The date.
    pub date: NaiveDate,
    /// Minutes after midnight at which the team leaves its base: late enough
    /// not to wait at the first place.
    pub departure_minute: f64,
    /// Visits in order.
    pub visits: Vec<PlannedVisit>,
    /// When the team is back.
    pub return_minute: f64,
    /// The whole way, back to the base included.
    pub km: f64,
    /// Households of all visits.
    pub households: u32,
    /// Whether the day was kept as it was, because it lies within the freeze
    /// horizon.
    pub frozen: bool,
}

/// All days of a team that have visits, by date.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TeamSchedule {
    /// Number of the team.
    pub team: usize,
    /// Its days.
    pub days: Vec<DaySchedule>,
}

/// The stops of a team.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Area {
    /// Number of the team.
    pub team: usize,
    /// Numbers of its stops, ascending.
    pub stops: Vec<usize>,
    /// Estimated team-days of work and travel there.
    pub team_days: f64,
    /// Working days of the team.
    pub available_days: usize,
}

impl Area {
    /// Work over what the team can do; above 1 it will not be done in time.
    #[must_use]
    pub fn use_of_days(&self) -> f64 {
        self.team_days / self.available_days as f64
    }
}

/// Why households are not planned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum WhyNot {
    /// No team works on a day on which the place is open.
    NoOpenDay,
    /// The way there and back is longer than any team's day allows.
    TooFar {
        /// The shortest way there and back.
        needs_km: f64,
    },
    /// Not one household can be visited within hours of the team and the place.
    TooShort,
    /// It would fit on a day of its own, but these are full.
    Full,
    /// The place refused.
    Refused,
}

/// A change that would let the next visit in; each is the smallest of its
/// kind, with all other visits left in their order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[non_exhaustive]
pub enum ScheduleRemedy {
    /// A working day more.
    #[error("let team number {team} work on {date}")]
    AddDate {
        /// Number of the team.
        team: usize,
        /// The first date that suffices.
        date: NaiveDate,
    },
    /// A longer day.
    #[error("let team number {team} return {minutes} minutes later on {date}")]
    LengthenDay {
        /// Number of the team.
        team: usize,
        /// The date.
        date: NaiveDate,
        /// How much longer.
        minutes: f64,
    },
    /// A longer way.
    #[error("let team number {team} drive {km} km more on {date}")]
    RaiseKm {
        /// Number of the team.
        team: usize,
        /// The date.
        date: NaiveDate,
        /// How much more.
        km: f64,
    },
    /// More households.
    #[error("let team number {team} visit {households} households more on {date}")]
    RaiseHouseholds {
        /// Number of the team.
        team: usize,
        /// The date.
        date: NaiveDate,
        /// How many more.
        households: u32,
    },
    /// Later closing of a place.
    #[error("keep the place open {minutes} minutes longer on {date} for team number {team}")]
    OpenLonger {
        /// Number of the team.
        team: usize,
        /// The date.
        date: NaiveDate,
        /// How much longer.
        minutes: f64,
    },
}

/// Households that are not planned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Unscheduled {
    /// Number of the stop.
    pub stop: usize,
    /// How many.
    pub households: u32,
    /// Households of the visit that the remedies let in; fewer than
    /// `households` where the place takes several days.
    pub next_visit_households: u32,
    /// Why.
    pub why: WhyNot,
    /// What would help.
    pub remedies: Vec<ScheduleRemedy>,
}

/// Why the search ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SearchEnd {
    /// All rounds were run.
    AllRounds,
    /// Time ran out; the schedule depends on the speed of the machine.
    TimeLimit,
}

/// Who goes where and when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// Areas of the teams. A stop may be visited by another team than that of
    /// its area ([`super::Borders`]).
    pub areas: Vec<Area>,
    /// Greatest use of days over the mean use, less one.
    pub imbalance: f64,
    /// Days of each team, by number.
    pub teams: Vec<TeamSchedule>,
    /// What is left out, by stop.
    pub unscheduled: Vec<Unscheduled>,
    /// Households already reached at each stop, by results handed in.
    pub reached: Vec<u32>,
    /// Why the search ended.
    pub ended: SearchEnd,
    /// The seed.
    pub seed: u64,
}

impl Schedule {
    /// Kilometres of all days.
    #[must_use]
    pub fn km(&self) -> f64 {
        self.days().map(|(_, day)| day.km).sum()
    }

    /// Households of all days.
    #[must_use]
    pub fn households(&self) -> u64 {
        self.days().map(|(_, day)| u64::from(day.households)).sum()
    }

    /// Days with visits, with the number of their team.
    pub fn days(&self) -> impl Iterator<Item = (usize, &DaySchedule)> {
        self.teams
            .iter()
            .flat_map(|team| team.days.iter().map(|day| (team.team, day)))
    }
}
