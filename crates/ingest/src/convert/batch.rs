//! A chunk of rows to batches of the table.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch, StringArray, new_null_array};
use arrow::compute::filter;
use safeground_schema::{ErrorCode, FieldKind, Table};

use super::column;
use super::consistency;
use super::filter::{exclude, repeated};
use super::geometry;
use super::locate::{Found, Spelling, locate};
use super::place::{Fields, derive, fill_located};
use super::plan::{Input, RecordPlan, Worker};
use super::reject::{Cause, Reject, Rows};
use super::totals::{Sums, add_up};
use crate::IngestError;
use crate::source::Chunk;

/// What became of the rows of a chunk.
#[derive(Debug, Default)]
pub(crate) struct Converted {
    pub accepted: Vec<Accepted>,
    pub rejects: Vec<Reject>,
    /// Rows of the file, blank ones not counted.
    pub source_rows: u64,
    /// Blank rows.
    pub blank: u64,
    pub repaired: u64,
    /// One per entry of the plan's figures.
    pub sums: Vec<Sums>,
    /// Names that a worker has looked up for the first time.
    pub names: Vec<Spelling>,
}

/// Accepted records of one kind.
#[derive(Debug)]
pub(crate) struct Accepted {
    pub batch: RecordBatch,
    /// Index of the record of the mapping.
    pub record: usize,
    /// Where each record stands, for tables whose rows have a key.
    pub origins: Vec<Origin>,
}

/// Where a record stands in its file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin {
    pub file: usize,
    pub row: u64,
    pub line: Option<u64>,
}

/// Fields that together name a row of the table: no two rows of one load may
/// agree in them, unless their figures add up. Tables of events have none,
/// since two events may well be alike.
pub(crate) fn key_fields(table: Table) -> &'static [&'static str] {
    match table {
        Table::Places => &["place_id"],
        Table::PlaceChanges => &["from_place", "to_place"],
        Table::Indicators => &["place_id", "indicator", "period", "source"],
        _ => &[],
    }
}

impl Worker<'_> {
    /// Converts a chunk; `is_repeat` tells the rows that repeat an earlier
    /// row of the load.
    pub(crate) fn convert(
        &mut self,
        chunk: &Chunk,
        is_repeat: impl Fn(usize) -> bool,
    ) -> Result<Converted, IngestError> {
        let plan = self.plan;
        let mut rows = Rows::new(chunk.height(), &chunk.faults);
        exclude(&plan.mapping.excludes, chunk, &mut rows);
        repeated(&mut rows, is_repeat);
        let found = locate(self, chunk, &mut rows);

        let blank = (0..rows.len()).filter(|row| rows.is_blank(*row)).count();
        let mut converted = Converted {
            source_rows: (rows.len() - blank) as u64,
            blank: blank as u64,
            repaired: chunk.repaired,
            names: self.names_found(),
            ..Converted::default()
        };
        let mut rejects: Vec<(usize, usize, Cause)> = Vec::new();
        for (index, record) in plan.records.iter().enumerate() {
            let mut rows = rows.clone();
            let (batch, sums) = self.record(record, chunk, &found, &mut rows)?;
            converted.sums.extend(sums);
            rejects.extend(
                rows.rejected()
                    .map(|(row, cause)| (row, index, cause.clone())),
            );
            if batch.num_rows() > 0 {
                converted.accepted.push(Accepted {
                    batch,
                    record: index,
                    origins: origins(plan.mapping.table, chunk, &rows),
                });
            }
        }
        rejects.sort_by_key(|(row, record, _)| (*row, *record));
        converted.rejects = rejects
            .into_iter()
            .map(|(row, _, cause)| {
                let origin = origin(chunk, row);
                Reject {
                    file: origin.file,
                    row: origin.row,
                    line: origin.line,
                    cause,
                }
            })
            .collect();
        Ok(converted)
    }

    fn record(
        &self,
        record: &RecordPlan,
        chunk: &Chunk,
        found: &[Found],
        rows: &mut Rows,
    ) -> Result<(RecordBatch, Vec<Sums>), IngestError> {
        let plan = self.plan;
        let table = plan.mapping.table;
        let mut fields = Fields::new(table);
        let mut shapes = Vec::new();
        for field in &record.fields {
            let array = match (field.spec.kind, &field.input) {
                (FieldKind::Geometry, Input::Column(input)) => {
                    let (array, of_rows) = match chunk.geometry() {
                        Some(cells) => geometry::convert(cells, &input.name, rows),
                        None => no_geometry(&input.name, rows),
                    };
                    shapes = of_rows;
                    array
                }
                _ => column::convert(field, chunk, rows),
            };
            fields.set_at(field.index, array);
        }
        fill_located(&mut fields, &plan.mapping.locators, found);
        if table == Table::Places {
            derive(&mut fields, &shapes, rows);
        }
        consistency::check(table, &fields, rows);
        let sums = add_up(table, record, chunk, &fields, rows)?;
        Ok((finish(table, fields, &plan.load_id, rows)?, sums))
    }
}

fn no_geometry(column: &Arc<str>, rows: &mut Rows) -> (ArrayRef, Vec<Option<geometry::Shape>>) {
    for row in 0..rows.len() {
        rows.reject(row, || {
            Cause::of_column(ErrorCode::GeometryInvalid, column, None)
        });
    }
    let array = new_null_array(&arrow::datatypes::DataType::Binary, rows.len());
    (array, vec![None; rows.len()])
}

/// The good rows as a batch of the table.
fn finish(
    table: Table,
    fields: Fields,
    load_id: &str,
    rows: &Rows,
) -> Result<RecordBatch, IngestError> {
    let schema = table.arrow_schema();
    let kept: Vec<bool> = (0..rows.len()).map(|row| rows.is_good(row)).collect();
    let height = kept.iter().filter(|kept| **kept).count();
    let mask = BooleanArray::from(kept);
    let is_whole = height == rows.len();
    let mut arrays: Vec<ArrayRef> = fields
        .into_arrays()
        .into_iter()
        .zip(schema.fields())
        .map(|(array, field)| match array {
            None => Ok(new_null_array(field.data_type(), height)),
            Some(array) if is_whole => Ok(array),
            Some(array) => filter(&array, &mask),
        })
        .collect::<Result<_, _>>()
        .map_err(IngestError::arrow("keeping the accepted rows"))?;
    arrays.push(Arc::new(StringArray::from_iter_values(
        std::iter::repeat_n(load_id, height),
    )));
    RecordBatch::try_new(schema, arrays).map_err(IngestError::arrow("making a batch"))
}

/// Where the accepted rows stand, for tables whose rows have a key.
fn origins(table: Table, chunk: &Chunk, rows: &Rows) -> Vec<Origin> {
    if key_fields(table).is_empty() {
        return Vec::new();
    }
    (0..rows.len())
        .filter(|row| rows.is_good(*row))
        .map(|row| origin(chunk, row))
        .collect()
}

fn origin(chunk: &Chunk, row: usize) -> Origin {
    Origin {
        file: chunk.file,
        row: chunk.first_row + row as u64,
        line: chunk.lines.get(row).copied(),
    }
}
