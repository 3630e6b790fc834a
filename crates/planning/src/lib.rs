//! Campaign optimisation on plain numbers: which places under a budget,
//! which team on which day, and an independent check of both answers.
//!
//! [`choose`] takes candidate places with benefits from released scores, costs
//! and rules, and returns a [`choose::Plan`] with a bound on what any plan
//! could reach. [`schedule`] sends teams to the chosen places day by day.
//! [`checker`] examines plans before they are shown. The README
//! of the crate says which method is whose, and what is known of its results.
//!
//! Deliberately absent: Arrow, files, SQL and async; anything about a person;
//! words for the planner, for reasons and faults are data (faults also print).
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod checker;
pub mod choose;
mod error;
pub mod schedule;

pub use error::PlanningError;
