//! The lake, and counting, scoring and releases over it.
//!
//! [`lake`] stores loads and hands out their rows, [`count`] turns the tables
//! of a lake into exact counts, [`score`] turns protected counts and published
//! figures into rates and hotspots, and [`release`] runs count → protect →
//! score and writes what may leave. [`questions`] answers what researchers ask
//! of single rows, with noise that is paid for. [`govern`] keeps the audit log,
//! and the stewards who together can allow what the floor forbids.
//!
//! Deliberately absent: HTTP.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod count;
mod error;
pub mod govern;
pub mod lake;
pub mod questions;
pub mod release;
mod resources;
pub mod score;

pub use error::EngineError;
pub use resources::Resources;
