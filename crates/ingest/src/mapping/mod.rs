//! The mapping: what the columns of a file mean.

mod check;
mod check_columns;
mod check_locate;
mod checked;
mod decision;
mod draft;
pub(crate) mod file;
mod guess;
mod profile;
mod reference;
mod units;

pub(crate) use check_locate::FINEST_RESOLUTION;
pub use checked::Mapping;
pub(crate) use checked::{
    CodeKind, ExcludeRule, FieldRule, Locator, LocatorGroup, Method, Origin, Parent, Reading,
    Record, SourceOptions,
};
pub(crate) use decision::{Coarsen, Decision};
pub use draft::draft;
pub use reference::{mapping_json_schema, mapping_markdown};
pub(crate) use units::factor as unit_factor;
