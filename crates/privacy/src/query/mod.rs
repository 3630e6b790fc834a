//! Questions about single rows, answered with noise: the research surface.
//!
//! The way of a question, each step a file:
//! 1. [`QueryPlan::parse`] reads it in a small grammar and checks it against
//!    the [`Schema`], which offers nothing finer than the research policy;
//! 2. [`AnswerBook::find`]: an answer that was given is given again, free;
//! 3. [`QueryPlan::price`] calibrates noise to the ε asked and names the draw;
//! 4. [`PricedQuery::reserve`] proposes the charge to the [`crate::ledger`];
//!    append, fsync, accept;
//! 5. [`PricedQuery::start`] takes the charge; only then can a row be counted.
//!    The engine reads what the plan says and hands each [`QueryRow`] to
//!    [`Tally::push`];
//! 6. [`Tally::finish`] bounds, adds up, draws and rounds: an [`Answer`];
//! 7. store the answer as [`seal_answer`] writes it, [`AnswerBook::admit`] it,
//!    commit the charge.
//!
//! Whatever stops between 4 and 7 leaves ε spent; the same question then runs
//! again under the same name, at no cost and to the same bytes.
//!
//! # The grammar
//! ```text
//! question  = SELECT item {, item} FROM table [WHERE condition {AND condition}]
//!             [GROUP BY column {, column}]
//! item      = (column | measure) [AS alias]
//! measure   = COUNT(*) | COUNT(DISTINCT child) | SUM(CLAMP(column, low, high))
//! condition = column = 'key' | column IN ('key' {, 'key'})
//!           | period >= 'period' | period < 'period'
//!           | period BETWEEN 'period' AND 'period'
//! ```
//! Exactly one measure; selected columns are grouped by; periods are written
//! `2025` or `2025-Q1`; keywords and names may be in either case, keys not.
//! Every key of the public list gets an answer, empty ones included; a
//! condition on a grouped column shortens the list.
//!
//! # What is promised
//! Whether a child's rows of a year are in the data changes
//! the odds of any guess from all answers about that year, by all who ask,
//! together, by a factor of at most e^ε, where ε is the year's account. What
//! does not overlap is charged as if it did. Other draws from the same rows,
//! such as the public release, add their own ε unless they share the account.
//!
//! Deliberately absent: SQL text, files, rows in an error, any condition on a
//! number or a child, keys that are not on a public list, fresh noise for an
//! old question, and refunds. How long a run takes and how many rows it reads
//! are not hidden here: whoever serves answers must not let them show.

mod answer;
mod book;
mod calendar;
mod canonical;
mod error;
mod grammar;
#[cfg(test)]
mod naive;
mod plan;
mod policy;
mod priced;
mod refusal;
mod schema;
mod sealed;
mod tally;

pub use answer::{Answer, Cell};
pub use book::AnswerBook;
pub use calendar::Calendar;
pub use canonical::QueryContext;
pub use error::SchemaError;
pub use grammar::MOST_BYTES;
pub use plan::{MOST_CELLS, Measure, PlanColumn, PlanPeriods, QueryPlan};
pub use policy::QueryPolicy;
pub use priced::PricedQuery;
pub use refusal::Refusal;
pub use schema::{Column, Schema, SexualAbuse, Table};
pub use sealed::{open_answer, seal_answer};
pub use tally::{QueryRow, Tally};
