//! Why no plan is made.

use safeground_planning::PlanningError;

/// Why no plan is made: what was asked cannot be answered.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CampaignError {
    /// What was asked is not in the form of an [`crate::Ask`].
    #[error(
        "the request cannot be read: {reason}; `safeground plan init` prints one to start from"
    )]
    Unreadable {
        /// The reader's words, with the line where there is one.
        reason: String,
    },
    /// A number or date outside its domain.
    #[error("`{field}` is {value}; expected {expected}")]
    Setting {
        /// Path of the field.
        field: String,
        /// Value given.
        value: String,
        /// Domain in words.
        expected: &'static str,
    },
    /// A name or identifier that the release does not have.
    #[error(
        "`{value}` in `{field}` is not in release {release_id}{}",
        .nearest.as_ref().map_or("; take it off".to_owned(), |near| format!("; did you mean {near}?"))
    )]
    Unknown {
        /// Path of the field.
        field: String,
        /// Value given.
        value: String,
        /// The release.
        release_id: String,
        /// The most alike that there is.
        nearest: Option<String>,
    },
    /// A name that several places have.
    #[error("`{value}` in `{field}` is the name of {}; write one of these instead", .ids.join(", "))]
    Ambiguous {
        /// Path of the field.
        field: String,
        /// Name given.
        value: String,
        /// Places of that name.
        ids: Vec<String>,
    },
    /// A theme that says nothing about how many children a visit may reach.
    #[error("theme `{theme}` cannot be planned for: {reason}; choose from {}", .possible.join(", "))]
    Theme {
        /// The theme.
        theme: String,
        /// Why.
        reason: &'static str,
        /// Themes of the release that can.
        possible: Vec<String>,
    },
    /// The release is for others.
    #[error(
        "release {release_id} is made for the {audience} audience; plans are made from a planning \
         release"
    )]
    Audience {
        /// The release.
        release_id: String,
        /// Its audience.
        audience: String,
    },
    /// More than is allowed here.
    #[error("{found} {what} are more than the {most} allowed here (`{field}`); {remedy}")]
    TooLarge {
        /// Path of the field to change.
        field: &'static str,
        /// What is counted.
        what: &'static str,
        /// How many.
        found: usize,
        /// The limit.
        most: usize,
        /// What to do.
        remedy: String,
    },
    /// Ways of the planner's that cannot be used.
    #[error(
        "{count} of the ways cannot be used: {}{}",
        .faults.join("; "),
        if .faults.len() < *.count { "; and others" } else { "" }
    )]
    Ways {
        /// How many faults there are.
        count: usize,
        /// The first of them, each with its line or number and what is expected.
        faults: Vec<String>,
    },
    /// Pairs without a way, where none may be left out.
    #[error(
        "{count} pairs have no way: {}{}; add them to travel.ways, or leave travel.untold out so \
         that great circles stand in",
        .pairs.join("; "),
        if .pairs.len() < *.count { "; and others" } else { "" }
    )]
    UntoldWays {
        /// How many pairs.
        count: usize,
        /// The first of them, by the names of their ends.
        pairs: Vec<String>,
    },
    /// Nothing to choose from.
    #[error("no village of the area can be planned for: {remedy}")]
    NoCandidates {
        /// What to do.
        remedy: String,
    },
    /// A table of the release that is not as this version reads it.
    #[error("column `{column}` of the release's {table} is missing or of another type")]
    Column {
        /// Table.
        table: &'static str,
        /// Column.
        column: &'static str,
    },
    /// The planner's words.
    #[error(transparent)]
    Planning(#[from] PlanningError),
    /// The independent checker refuses what the planner made; it is not shown.
    #[error("the plan fails its independent check and is not shown: {}", .violations.join("; "))]
    Check {
        /// Rules that it breaks.
        violations: Vec<String>,
    },
    /// The parts of the plan contradict each other; it is not shown.
    #[error("the plan contradicts itself and is not shown: {}", .faults.join("; "))]
    Document {
        /// What contradicts what.
        faults: Vec<String>,
    },
}
