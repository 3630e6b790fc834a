//! The loader as its users see it: files in, batches and a quarantine out.
#![allow(clippy::unwrap_used)]

#[path = "ingest/harness.rs"]
mod harness;
#[path = "ingest/path.rs"]
mod path;
