//! Partners' files and official data to validated Arrow batches.
//!
//! A [`Mapping`] says what the columns of a file mean. [`load()`] reads the
//! files twice in bounded memory: first every value of every column goes
//! past the gate for personal data, and only if the mapping decides about
//! whatever looks like it does the second pass convert, validate and locate
//! the rows, hand the good ones to a [`Sink`] as Arrow batches and write the
//! others to a quarantine with a stable code, its cause and what to do.
//! Accepted and quarantined records always add up to the records read.
//!
//! Deliberately absent: SQL, HTTP, the lake itself, and any way to store a
//! value of a column that the mapping drops, hashes or coarsens.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod convert;
mod error;
pub mod gate;
mod load;
pub mod locate;
mod mapping;
mod source;

pub use error::{IngestError, TopCause};
pub use load::{
    ColumnTotal, ColumnUse, FileIdentity, LoadId, LoadReport, LoadRequest, MaxRejects, NamesFound,
    RejectCount, Sink, identify, load, quarantine_schema,
};
pub use locate::Gazetteer;
pub use mapping::{Mapping, draft, mapping_json_schema, mapping_markdown};
