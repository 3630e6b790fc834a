//! The units of a layer as features and rows.
//!
//! A feature is a unit with its measures for one theme and one period. The
//! order and the cursor are stable because a release never changes.

mod csv;
mod dictionary;
mod geojson;
mod page;
mod profile;
mod select;

pub(crate) use csv::write_csv;
pub(crate) use dictionary::{TableSchema, dictionary, kind_of};
pub(crate) use geojson::{CollectionPage, write_collection};
pub(crate) use page::{Cursor, limit};
pub(crate) use profile::write_profile;
pub(crate) use select::{Field, Sort, fields, select_units};

/// What identifies the rows of one answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'a> {
    /// Layer.
    pub(crate) layer: &'a crate::view::LayerView,
    /// Theme and period.
    pub(crate) selection: crate::view::Selection<'a>,
    /// Which properties to write.
    pub(crate) fields: &'a [Field],
}
