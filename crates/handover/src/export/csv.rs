//! The tables of a plan as CSV: UTF-8, commas, one heading line of keys.
//!
//! Keys are the same in every language, so that scripts keep working; only
//! sentences (`reasons`, `why_not`, `reason`, `label`) are in the language.
//! Numbers are plain, dates ISO. An empty value always has its status beside
//! it. Texts that a spreadsheet would run are prefixed with an apostrophe.

use super::{ExportError, checked};
use crate::document::PlanDocument;
use crate::language::Language;
use crate::safe_text::csv_text;
use crate::table::{self, Cell, Kind, Table};

/// Villages by team and day: one row for each visit, then those without one.
///
/// # Errors
/// [`ExportError::Document`] for a document with faults.
pub fn csv(document: &PlanDocument, language: &Language) -> Result<Vec<u8>, ExportError> {
    checked(document)?;
    write(&table::plan(document, language))
}

/// Score parts with interval, status and method, one row each.
///
/// # Errors
/// [`ExportError::Document`] for a document with faults.
pub fn scores_csv(document: &PlanDocument, language: &Language) -> Result<Vec<u8>, ExportError> {
    checked(document)?;
    write(&table::scores(document, language))
}

/// The nearest misses.
///
/// # Errors
/// [`ExportError::Document`] for a document with faults.
pub fn left_out_csv(document: &PlanDocument, language: &Language) -> Result<Vec<u8>, ExportError> {
    checked(document)?;
    write(&table::left_out(document, language))
}

/// Villages that no plan could hold, and why.
///
/// # Errors
/// [`ExportError::Document`] for a document with faults.
pub fn unplannable_csv(
    document: &PlanDocument,
    language: &Language,
) -> Result<Vec<u8>, ExportError> {
    checked(document)?;
    write(&table::unplannable(document, language))
}

/// What other budgets would reach.
///
/// # Errors
/// [`ExportError::Document`] for a document with faults.
pub fn curve_csv(document: &PlanDocument, language: &Language) -> Result<Vec<u8>, ExportError> {
    checked(document)?;
    write(&table::curve(document, language))
}

fn write(table: &Table) -> Result<Vec<u8>, ExportError> {
    let headings = table.columns.iter().map(table::Column::key);
    let rows = table.rows.iter().map(|row| {
        let cells = row.iter().zip(&table.columns);
        cells.map(|(cell, column)| text(cell, column)).collect()
    });
    lines(headings.collect(), rows)
}

/// Writes lines as CSV. Whoever calls has made texts safe.
pub(crate) fn lines(
    heading: Vec<String>,
    rows: impl Iterator<Item = Vec<String>>,
) -> Result<Vec<u8>, ExportError> {
    let failed = ExportError::write("CSV");
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    writer
        .write_record(heading)
        .map_err(|error| failed(&error))?;
    for row in rows {
        writer.write_record(row).map_err(|error| failed(&error))?;
    }
    writer.into_inner().map_err(|error| failed(&error))
}

fn text(cell: &Cell, column: &table::Column) -> String {
    match (cell, column.kind) {
        (Cell::Empty, _) => String::new(),
        (Cell::Text(text), _) => csv_text(text),
        (Cell::Date(date), _) => date.to_string(),
        (Cell::Number(value), Kind::Whole) => format!("{value:.0}"),
        // A metre is all that a village's point means.
        (Cell::Number(value), Kind::Number(decimals)) if column.unit == "degrees" => {
            format!("{value:.decimals$}")
        }
        (Cell::Number(value), _) => value.to_string(),
    }
}
