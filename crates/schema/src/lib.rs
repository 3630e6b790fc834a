//! Arrow schemas, code lists and domain types of the Safeground lake.
//!
//! Everything that has a name in the data has it here: tables and their
//! fields, the codes a field may hold, place identifiers, periods, the four
//! kinds of nothing, the shape of a release, and the stable error codes of
//! the loader. `data-schema/` is generated from this crate by
//! `cargo xtask codegen`.
//!
//! Deliberately absent: files, SQL and any computation.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod breakdown;
mod codes;
mod dictionary;
mod error;
mod error_code;
mod field;
mod gazetteer;
mod period;
mod place;
pub mod release;
mod status;
mod table;
mod theme;

pub use codes::{
    Activity, AgeBand, Breakdown, Cadre, CaseStage, Category, CodeList, DetectionMode,
    EffortChannel, MarriageMethod, MarriageOutcome, Scheme, Sex,
};
pub use dictionary::{data_package, dictionary_markdown, errors_markdown, table_json_schema};
pub use error::SchemaError;
pub use error_code::ErrorCode;
pub use field::{FieldKind, FieldSpec, geoarrow_wkb};
pub use gazetteer::GazetteerEntry;
pub use period::{Period, PeriodKind};
pub use place::{Layer, Level, PlaceId};
pub use status::Status;
pub use table::{ADDITIVE_UNITS, Table};
pub use theme::{Theme, ThemeKind};
