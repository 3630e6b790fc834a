//! The lake: Delta tables in a folder or an object store.
//!
//! ```text
//! LAKE/
//!   places/ … online_reports/            one Delta table for each `Table`
//!     _delta_log/                        versions; a load or an undo is one commit
//!     load-ID/ATTEMPT/part-00000.parquet rows of one load and of no other
//!   _safeground/
//!     lake.json                          written last: the lake is whole
//!     secret                             key of pseudonyms (local lakes)
//!     privacy/audit/000000000000.json    who did what, one file an entry
//!     privacy/…                          ledger, kept draws and decisions, approvals
//!     quarantine/ID-ATTEMPT.parquet      rejected rows of a load
//! ```
//!
//! A load writes its rows as files nobody refers to, makes them durable, and
//! becomes visible by one conditional write of the next version of its table.
//! What the lake lists as loads is read from the very files it reads rows
//! from, so that the two cannot disagree. Files that no version refers to are
//! the remains of loads that died; they are swept when they are old enough
//! that no running load can own them.
//!
//! Neither the Parquet files nor the log hold the least and greatest value or
//! the null count of any column: such statistics would outlive an erasure and
//! tell of rows to whoever may list files.
//!
//! Deliberately absent: what the rows mean, and any rewriting of rows.

mod as_of;
mod commit;
mod describe;
mod durable;
mod files;
mod gazetteer;
mod handle;
mod input;
mod load;
mod location;
mod part;
mod places;
mod purge;
mod quarantine;
mod raw;
mod secret;
mod table;
mod undo;
mod writer;

pub use as_of::AsOf;
pub use describe::{Description, IndicatorSums, LayerSums, TableRows};
pub use durable::DurableStore;
pub use handle::Lake;
pub use load::{Begun, Committed, LoadRecord, LoadSummary, NewLoad};
pub use location::{LakeOptions, LakeUrl, SECRET_FILE_VARIABLE};
pub use purge::{Purged, SAFE_AGE};
pub use raw::RawTables;
pub use secret::LakeSecret;
pub use undo::{Left, Undone};
pub use writer::LoadWriter;
