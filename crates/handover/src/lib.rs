//! A campaign plan as files that people work with, and their results read
//! back.
//!
//! [`PlanDocument`] is a finished plan with all that its readers need, as
//! plain data. Exports turn it into bytes in a language; nothing here computes
//! a plan.
//!
//! Deliberately absent: Arrow, SQL, async, the file system, the clock, and
//! anything about a person.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod document;

pub use document::PlanDocument;
