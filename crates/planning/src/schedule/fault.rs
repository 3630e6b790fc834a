//! What is wrong with a request or with results handed in.

use chrono::NaiveDate;
use serde::Serialize;

/// A fault of the input, with its remedy.
#[derive(Debug, Clone, PartialEq, Serialize, thiserror::Error)]
#[non_exhaustive]
pub enum ScheduleFault {
    /// Nothing to schedule, or nobody to do it.
    #[error("there are no {list}; give at least one")]
    Empty {
        /// `stops` or `teams`.
        list: &'static str,
    },
    /// A number outside its domain.
    #[error("{what} of `{owner}` is {value}; expected {expected}; correct it")]
    Value {
        /// Name of the number.
        what: &'static str,
        /// Identifier of the stop or team.
        owner: String,
        /// Value found.
        value: f64,
        /// Domain in words.
        expected: &'static str,
    },
    /// An identifier used twice.
    #[error("`{id}` is given twice among the {list}; give it once")]
    Repeated {
        /// Which list.
        list: &'static str,
        /// The identifier.
        id: String,
    },
    /// A date used twice.
    #[error("{date} is given twice among the dates of team `{team}`; give it once")]
    RepeatedDate {
        /// Identifier of the team.
        team: String,
        /// The date.
        date: NaiveDate,
    },
    /// A team without a day.
    #[error("team `{team}` has no working dates; give it one or leave the team out")]
    NoDates {
        /// Identifier of the team.
        team: String,
    },
    /// Hours that are never open.
    #[error(
        "stop `{stop}` has open hours from minute {from_minute} to {until_minute} on {weekdays} \
         weekdays; expected a rising span within 1440 minutes and at least one weekday"
    )]
    OpenHours {
        /// Identifier of the stop.
        stop: String,
        /// Start.
        from_minute: u32,
        /// End.
        until_minute: u32,
        /// Number of weekdays.
        weekdays: usize,
    },
    /// A span of dates that ends before it begins.
    #[error("`{label}` runs from {from} to {until}; exchange the dates")]
    Span {
        /// Its label.
        label: String,
        /// First day.
        from: NaiveDate,
        /// Last day.
        until: NaiveDate,
    },
    /// A span for a stop that there is not.
    #[error("`{label}` names the unknown stop `{stop}`; take it off")]
    UnknownStop {
        /// Label of the span.
        label: String,
        /// Identifier.
        stop: String,
    },
    /// A distance table of the wrong shape.
    #[error(
        "the distance table has {rows} rows and {columns} columns; expected {expected} of each: \
         the stops, then the team bases"
    )]
    TableShape {
        /// Rows found.
        rows: usize,
        /// Columns found.
        columns: usize,
        /// Stops and teams.
        expected: usize,
    },
    /// A schedule of another request.
    #[error(
        "the schedule handed in has {found} {list}, the request {expected}; hand in the schedule \
         of this request"
    )]
    OtherSchedule {
        /// `stops` or `teams`.
        list: &'static str,
        /// Found.
        found: usize,
        /// Expected.
        expected: usize,
    },
    /// A result of a visit that was not planned.
    #[error(
        "a result names stop number {stop} for team number {team} on {date}, where no such visit \
         was planned; correct or drop it"
    )]
    NotPlanned {
        /// Number of the team.
        team: usize,
        /// The date.
        date: NaiveDate,
        /// Number of the stop.
        stop: usize,
    },
    /// Two results of one visit.
    #[error("stop number {stop} on {date} by team number {team} has two results; keep one")]
    RepeatedResult {
        /// Number of the team.
        team: usize,
        /// The date.
        date: NaiveDate,
        /// Number of the stop.
        stop: usize,
    },
    /// A visit that lies in the past without a result.
    #[error(
        "stop `{stop}` was to be visited on {date} by team `{team}`, before {today}, and has no \
         result; say done, lost or refused"
    )]
    NoResult {
        /// Identifier of the team.
        team: String,
        /// The date.
        date: NaiveDate,
        /// Identifier of the stop.
        stop: String,
        /// First day not yet worked.
        today: NaiveDate,
    },
    /// A result of a day still to come.
    #[error("a result is dated {date}, but {today} is the first day not yet worked; move either")]
    ResultTooEarly {
        /// Date of the result.
        date: NaiveDate,
        /// First day not yet worked.
        today: NaiveDate,
    },
}
