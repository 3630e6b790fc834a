//! Public behaviour of the engine, one binary.
#![allow(clippy::unwrap_used)]

#[path = "engine/count.rs"]
mod count;
#[path = "engine/fixture.rs"]
mod fixture;
#[path = "engine/google_store.rs"]
mod google_store;
#[path = "engine/govern.rs"]
mod govern;
#[path = "engine/lake.rs"]
mod lake;
#[path = "engine/lake_as_of.rs"]
mod lake_as_of;
#[path = "engine/lake_faults.rs"]
mod lake_faults;
#[path = "engine/lake_files.rs"]
mod lake_files;
#[path = "engine/lake_remote.rs"]
mod lake_remote;
#[path = "engine/queries.rs"]
mod queries;
#[path = "engine/questions.rs"]
mod questions;
#[path = "engine/release.rs"]
mod release;
#[path = "engine/release_breakdowns.rs"]
mod release_breakdowns;
#[path = "engine/release_concentration.rs"]
mod release_concentration;
#[path = "engine/release_diff.rs"]
mod release_diff;
#[path = "engine/release_privacy.rs"]
mod release_privacy;
