//! Public behaviour of the engine, one binary.
#![allow(clippy::unwrap_used)]

#[path = "engine/count.rs"]
mod count;
#[path = "engine/fixture.rs"]
mod fixture;
#[path = "engine/queries.rs"]
mod queries;
#[path = "engine/release.rs"]
mod release;
