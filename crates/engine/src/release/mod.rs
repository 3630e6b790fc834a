//! Releases: the only thing that leaves the lake.
//!
//! A run counts, protects, scores and writes, in this order, for each
//! audience; a release is an immutable folder with its manifest, named by the
//! hash of that manifest. Servers call [`open()`], which reads release folders
//! and nothing else.
//!
//! Deliberately absent: serving, and any way to publish an exact count.

mod breakdowns_table;
mod describe;
mod diff;
mod kept;
mod manifest;
mod open;
mod parquet_file;
mod places_table;
mod protect;
mod report;
mod run;
pub(crate) mod signature;
mod store;
mod utility;
mod vault;

pub use diff::{ChangeFollows, Changed, Ends, Exposure, Follows, ReleaseDiff, diff};
pub use manifest::MANIFEST;
pub(crate) use manifest::sha256;
pub use open::{ReleaseData, ReleaseEntry, current, list, open, open_id, open_trusted, withdraw};
pub use parquet_file::to_bytes as table_to_parquet;
pub(crate) use protect::Closed;
pub use report::{LeftOut, ReleaseSummary, RunReport, Suppressed};
pub use run::{Input, ReleaseRequest, run_on, run_reaching};
pub use signature::{ReleaseSigner, SIGNATURE};
pub use store::{Published, Step, Store};
pub use utility::{ErrorOfSize, UtilityRequest, UtilityRow, utility_curve};
pub use vault::{DATASET, Reached, Vault, VaultStep};

/// Version of the code, part of a release's identity. That of the test build
/// without protection ends in [`UNPROTECTED`].
pub const CODE_VERSION: &str = if safeground_privacy::UNPROTECTED {
    concat!(env!("CARGO_PKG_VERSION"), "-unprotected")
} else {
    env!("CARGO_PKG_VERSION")
};

/// How the code version of a release without protection ends.
pub const UNPROTECTED: &str = "-unprotected";

/// File name of the places.
pub const PLACES: &str = "places.parquet";

/// File name of the scores.
pub const SCORES: &str = "scores.parquet";

/// File name of the counts by class.
pub const BREAKDOWNS: &str = "breakdowns.parquet";
