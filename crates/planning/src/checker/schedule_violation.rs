//! What a schedule can do wrong.

use chrono::NaiveDate;
use serde::Serialize;

/// A rule that a schedule breaks.
#[derive(Debug, Clone, PartialEq, Serialize, thiserror::Error)]
#[non_exhaustive]
pub enum ScheduleViolation {
    /// Teams, stops, areas or sums that are not those of the request.
    #[error("{what}: found {found}, expected {expected}")]
    Shape {
        /// What does not match.
        what: &'static str,
        /// Found.
        found: usize,
        /// Expected.
        expected: usize,
    },
    /// A day on which the team does not work, or which is there twice.
    #[error("team `{team}` is sent out on {date}, {what}")]
    Date {
        /// Identifier of the team.
        team: String,
        /// The date.
        date: NaiveDate,
        /// What is wrong with it.
        what: &'static str,
    },
    /// A number that is not what the day adds up to.
    #[error("team `{team}` on {date}: {what} is stated as {stated}, found {found}")]
    Stated {
        /// Identifier of the team.
        team: String,
        /// The date.
        date: NaiveDate,
        /// Which number.
        what: &'static str,
        /// Stated.
        stated: f64,
        /// Found.
        found: f64,
    },
    /// A limit of the team.
    #[error("team `{team}` on {date}: {what} is {value}, the limit is {limit}")]
    Limit {
        /// Identifier of the team.
        team: String,
        /// The date.
        date: NaiveDate,
        /// Which limit.
        what: &'static str,
        /// Value found.
        value: f64,
        /// The limit.
        limit: f64,
    },
    /// A visit on a day on which there are none.
    #[error("`{stop}` is visited on {date}, within `{label}`")]
    Blackout {
        /// Identifier of the stop.
        stop: String,
        /// The date.
        date: NaiveDate,
        /// Label of the span.
        label: String,
    },
    /// A visit while the place is closed.
    #[error("`{stop}` is visited on {date} from minute {from} to {until}, when it is not open")]
    Closed {
        /// Identifier of the stop.
        stop: String,
        /// The date.
        date: NaiveDate,
        /// Start of the visit.
        from: f64,
        /// End of the visit.
        until: f64,
    },
    /// Households that are neither reached, planned nor reported, or too many.
    #[error(
        "`{stop}` has {households} households, but {accounted} are reached, planned or reported"
    )]
    Households {
        /// Identifier of the stop.
        stop: String,
        /// Its households.
        households: u64,
        /// Those accounted for.
        accounted: u64,
    },
    /// A day within the freeze horizon that was changed.
    #[error("team `{team}` on {date}: {what}")]
    Freeze {
        /// Identifier of the team.
        team: String,
        /// The date.
        date: NaiveDate,
        /// What is wrong.
        what: &'static str,
    },
    /// A place visited again though it refused.
    #[error("`{stop}` refused and is visited again on {date}")]
    Refused {
        /// Identifier of the stop.
        stop: String,
        /// The date.
        date: NaiveDate,
    },
}
