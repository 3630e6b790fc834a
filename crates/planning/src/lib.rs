//! Campaign optimisation on slices.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod checker;
pub mod choose;
mod error;

pub use error::PlanningError;
