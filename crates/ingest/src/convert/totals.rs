//! Control totals: what the figures of each column add up to.

use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use safeground_schema::{FieldKind, Table};

use super::column::figure;
use super::place::Fields;
use super::plan::{ColumnInput, FieldPlan, Input, RecordPlan};
use super::reject::Rows;
use crate::IngestError;
use crate::source::Chunk;

/// Figures of one column that fill one field of one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Figures {
    /// Index of the record of the mapping.
    pub record: usize,
    /// Column of the file.
    pub column: Arc<str>,
    /// Field that takes the figures.
    pub field: &'static str,
    /// Index of the field in the table.
    index: usize,
}

/// What the figures of a column add up to, in the unit of the field.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Sums {
    pub accepted: f64,
    pub quarantined: f64,
}

/// The columns whose figures are added up: those of numbers, other than the
/// coordinates of a point, in the tables of public figures. What a table
/// about children adds up to is not for whoever watches a load.
pub(super) fn figures(table: Table, records: &[RecordPlan]) -> Vec<Figures> {
    let mut all = Vec::new();
    if !is_public(table) {
        return all;
    }
    for (record, plan) in records.iter().enumerate() {
        for field in &plan.fields {
            if let Some(input) = summed(field) {
                all.push(Figures {
                    record,
                    column: Arc::clone(&input.name),
                    field: field.spec.name,
                    index: field.index,
                });
            }
        }
    }
    all
}

fn is_public(table: Table) -> bool {
    matches!(table, Table::Places | Table::Indicators)
}

fn summed(field: &FieldPlan) -> Option<&ColumnInput> {
    let is_number = matches!(field.spec.kind, FieldKind::Integer | FieldKind::Number);
    match &field.input {
        Input::Column(input) if is_number && !field.spec.unit.starts_with("degrees") => Some(input),
        _ => None,
    }
}

/// Adds up the figures of a record, in the order of [`figures`]: of accepted
/// rows what is stored, of the others what the cell says, if it is a number.
pub(super) fn add_up(
    table: Table,
    record: &RecordPlan,
    chunk: &Chunk,
    fields: &Fields,
    rows: &Rows,
) -> Result<Vec<Sums>, IngestError> {
    let mut all = Vec::new();
    if !is_public(table) {
        return Ok(all);
    }
    for field in &record.fields {
        let Some(input) = summed(field) else { continue };
        let mut sums = Sums::default();
        if let Some(array) = fields.get(field.spec.name) {
            let numbers = cast(array, &DataType::Float64)
                .map_err(IngestError::arrow("adding up the figures of a column"))?;
            let numbers = numbers.as_primitive::<Float64Type>();
            for row in (0..rows.len()).filter(|row| rows.is_good(*row) && numbers.is_valid(*row)) {
                sums.accepted += numbers.value(row);
            }
        }
        if let Some(cells) = chunk.text(&input.name) {
            for (row, _) in rows.rejected() {
                let cell = cells.get(row).unwrap_or("").trim();
                sums.quarantined += figure(field, input, cells, cell).unwrap_or(0.0);
            }
        }
        all.push(sums);
    }
    Ok(all)
}

impl Figures {
    /// What this column adds up to in a batch of its record.
    pub(crate) fn sum_of(&self, batch: &RecordBatch) -> Result<f64, IngestError> {
        let numbers = cast(batch.column(self.index), &DataType::Float64)
            .map_err(IngestError::arrow("adding up the figures of a column"))?;
        Ok(numbers.as_primitive::<Float64Type>().iter().flatten().sum())
    }
}

impl Sums {
    /// Adds the sums of another part.
    pub(crate) fn add(&mut self, other: Self) {
        self.accepted += other.accepted;
        self.quarantined += other.quarantined;
    }
}
