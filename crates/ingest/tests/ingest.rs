//! The loader as its users see it: files in, batches and a quarantine out.
#![allow(clippy::unwrap_used)]

#[path = "ingest/balance.rs"]
mod balance;
#[path = "ingest/csv.rs"]
mod csv;
#[path = "ingest/drafts.rs"]
mod drafts;
#[path = "ingest/errors.rs"]
mod errors;
#[path = "ingest/formats.rs"]
mod formats;
#[path = "ingest/gate.rs"]
mod gate;
#[path = "ingest/geoparquet.rs"]
mod geoparquet;
#[path = "ingest/harness.rs"]
mod harness;
#[path = "ingest/loads.rs"]
mod loads;
#[path = "ingest/mapping.rs"]
mod mapping;
#[path = "ingest/path.rs"]
mod path;
#[path = "ingest/real.rs"]
mod real;
#[path = "ingest/zip.rs"]
mod zip;
