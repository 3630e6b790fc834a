//! What the benches share.
//!
//! `benches/ingest.rs` measures rows a second from a CSV file to validated
//! Arrow batches, `benches/count.rs` the aggregation of incidents to H3 cells
//! and districts, `benches/tiles.rs` the time to a vector tile at zooms 4 to
//! 12; all three on a demo made by the code that users run. `benches/stats.rs`
//! measures the statistics on hexes; it and `src/bin/peers.rs`, which sets
//! them beside the packages researchers use today, and `benches/planning.rs`,
//! the campaign planner, build without the engine.
//! Peak memory on a large file is `cargo xtask memory`.

#[cfg(feature = "way")]
mod demo;
mod hexes;
pub mod settlements;

#[cfg(feature = "way")]
pub use demo::Demo;
pub use hexes::Hexes;
