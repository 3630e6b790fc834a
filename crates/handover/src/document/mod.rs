//! A finished campaign plan, as it is kept, sent and exported.
//!
//! [`PlanDocument`] is the only input of every export. Whoever made a plan
//! fills it once; `from_planning` turns the data types of
//! `safeground-planning` into those of the document. [`PlanDocument::check`]
//! finds whatever contradicts itself, and every export begins with it.
//!
//! Its JSON is stable: keys are the field names, enums are snake case, dates
//! are `2026-12-03`, months `2026-12`, times are minutes after midnight. A
//! change that old readers would misread raises [`SCHEMA_VERSION`].

mod asked;
mod check;
mod figure;
#[cfg(feature = "planning")]
mod from_planning;
mod left_out;
mod month;
mod reason;
mod route;
mod summary;
mod unplannable;
mod village;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use asked::{Asked, Explored, Floors, Objective, Pace, RoadsAsked, TeamAsked};
pub use check::{DocumentFault, FaultKind};
pub use figure::{Figure, Status};
#[cfg(feature = "planning")]
pub use from_planning::{FromPlanningError, from_schedule};
pub use left_out::{LeftOut, LeftOutReason};
pub use month::{Month, MonthError};
pub use reason::Reason;
pub use route::{Remedy, Route, Unscheduled, Visit, WhyNot};
pub use summary::{BenefitUnit, CheckerVerdict, CurvePoint, Rollout, Summary};
pub use unplannable::{Unplannable, UnplannableReason};
pub use village::{Measure, Role, ScorePart, Source, Village};

/// Version of the JSON of a plan document.
pub const SCHEMA_VERSION: u32 = 1;

/// For whom the release is that a plan was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Anyone.
    Public,
    /// Researchers with a token.
    Research,
    /// Named planners with a token.
    Planning,
}

/// A point on the globe (EPSG:4326).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// Degrees east, −180 to 180.
    pub longitude: f64,
    /// Degrees north, −90 to 90.
    pub latitude: f64,
}

/// The area that was planned for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Area {
    /// Its name, such as `Gaya district`.
    pub name: String,
    /// Identifiers of the places that make it up, such as `district:220`.
    pub place_ids: Vec<String>,
}

/// Days that are closed to visits, or wanted for them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// What it is for, such as `Akshaya Tritiya`, in the planner's words.
    pub label: String,
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub until: NaiveDate,
    /// Identifiers of the villages; all villages if `None`.
    pub place_ids: Option<Vec<String>>,
}

/// A finished campaign plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanDocument {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Identifier of the plan: letters, digits, `-`, `_`, `.`, `:` and `@`. Every file
    /// carries it, and results are only accepted under it.
    pub plan_id: String,
    /// Identifier of the release whose scores were used. Every file carries it.
    pub release_id: String,
    /// For whom that release is: the plan may be shown to no wider audience.
    pub audience: Audience,
    /// The area.
    pub area: Area,
    /// Title, given by the planner.
    pub title: String,
    /// Day on which the plan was made; given, for the crate reads no clock.
    pub made_on: NaiveDate,
    /// What was asked for.
    pub asked: Asked,
    /// What the plan reaches, and how it was checked.
    pub summary: Summary,
    /// Chosen villages, in the planner's order (say by benefit).
    pub villages: Vec<Village>,
    /// The nearest misses, best first; need not be all.
    pub left_out: Vec<LeftOut>,
    /// Villages of the area that no plan could hold, by name; need not be all.
    #[serde(default)]
    pub unplannable: Vec<Unplannable>,
    /// How many there are.
    #[serde(default)]
    pub unplannable_villages: u64,
    /// What other budgets would reach, by budget, ascending.
    pub curve: Vec<CurvePoint>,
    /// A day of a team each, by date and then by team. Empty before the plan
    /// is scheduled.
    pub routes: Vec<Route>,
    /// Households of chosen villages that no day has room for.
    pub unscheduled: Vec<Unscheduled>,
    /// Days on which nobody goes.
    pub blackouts: Vec<Span>,
    /// Days on which visits were wanted most.
    pub priorities: Vec<Span>,
}

impl PlanDocument {
    /// The village of an identifier. O(villages).
    #[must_use]
    pub fn village(&self, place_id: &str) -> Option<&Village> {
        self.villages
            .iter()
            .find(|village| village.place_id == place_id)
    }

    /// The team of an identifier. O(teams).
    #[must_use]
    pub fn team(&self, team_id: &str) -> Option<&TeamAsked> {
        self.asked.teams.iter().find(|team| team.id == team_id)
    }

    /// Every visit with its route and its number on that day, from 1, in the
    /// order of the document.
    pub fn visits(&self) -> impl Iterator<Item = (&Route, usize, &Visit)> {
        self.routes.iter().flat_map(|route| {
            let visits = (1..).zip(&route.visits);
            visits.map(move |(order, visit)| (route, order, visit))
        })
    }
}
