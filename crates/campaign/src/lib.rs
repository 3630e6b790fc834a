//! From a released map to a campaign plan.
//!
//! [`Ask`] is what a planner asks: an area, teams, weeks, what is to be
//! reached. [`plan()`] answers it: [`tables::Tables`] reads the tables of a
//! planning release, [`benefit`] says what a visit to each village is expected
//! to give, [`mod@make`] lets `safeground-planning` choose villages and schedule
//! teams and has its independent checker look at both, and [`mod@document`]
//! writes all of it down as a `safeground_handover::PlanDocument`.
//!
//! Everything here is a function of released tables: a plan can tell nothing
//! about a child that the release did not tell. Villages of which no count is
//! shown are planned with the rate of the block, district or state around
//! them, so that being in a plan, or not, proves no case.
//!
//! Deliberately absent: files, SQL, HTTP, and the lake.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod ask;
pub mod bases;
pub mod benefit;
pub mod candidates;
pub mod choice;
pub mod cost;
pub mod document;
mod document_places;
mod error;
pub mod limits;
pub mod make;
mod names;
mod plan;
pub mod replan;
mod settings;
pub mod tables;
#[cfg(test)]
mod testing;
pub mod travel;
pub mod visits;

pub use ask::Ask;
pub use error::CampaignError;
pub use limits::Limits;
pub use plan::{Made, Stage, State, plan, plan_within};
