//! A plan as files. Each export is a function from a document and a language
//! to bytes; the same document and language give the same bytes.
//!
//! Every file names plan, release and audience. Text from the document never
//! acts: no formula in a spreadsheet, no tag in a page.

mod bundle;
mod csv;
mod geojson;
mod html;
mod map;
mod odk;
mod package;
mod pmtiles;
mod tiles;
mod vrp;
mod xlsx;

use crate::document::{DocumentFault, PlanDocument};
use crate::language::Language;

pub use bundle::{Export, bundle};
pub use csv::{csv, curve_csv, left_out_csv, scores_csv, unplannable_csv};
pub use geojson::geojson;
pub use html::html;
pub use odk::odk_entities;
pub use package::table_schema;
pub use pmtiles::pmtiles;
pub use vrp::{vrp_problem, vrp_solution};
pub use xlsx::xlsx;

pub(crate) use csv::lines;
pub(crate) use odk::visit_id;
pub(crate) use xlsx::walk_list;

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The document contradicts itself.
    #[error("the plan has {} faults; the first: {}", .0.len(), .0[0])]
    Document(Vec<DocumentFault>),
    /// More than a format can hold.
    #[error("{what} number {found}; {format} holds at most {most}; divide the plan")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many may be.
        most: usize,
        /// The format.
        format: &'static str,
    },
    /// A library could not write its format.
    #[error("{format} could not be written: {reason}")]
    Write {
        /// The format.
        format: &'static str,
        /// What the library says.
        reason: String,
    },
}

impl ExportError {
    pub(crate) fn write(format: &'static str) -> impl Fn(&dyn std::fmt::Display) -> Self {
        move |reason| Self::Write {
            format,
            reason: reason.to_string(),
        }
    }
}

/// What every export begins with.
fn checked(document: &PlanDocument) -> Result<(), ExportError> {
    document.check().map_err(ExportError::Document)
}

/// The document itself as JSON, indented, keys in the order of the type.
///
/// # Errors
/// [`ExportError::Document`] for a document with faults.
pub fn json(document: &PlanDocument, _: &Language) -> Result<Vec<u8>, ExportError> {
    checked(document)?;
    let write = ExportError::write("JSON");
    let mut bytes = serde_json::to_vec_pretty(document).map_err(|error| write(&error))?;
    bytes.push(b'\n');
    Ok(bytes)
}
