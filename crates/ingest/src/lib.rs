//! Partners' files to validated Arrow batches and quarantine.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod gate;
pub mod locate;
