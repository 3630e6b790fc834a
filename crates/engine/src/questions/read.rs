//! The rows of a question, from the lake into its tally.

use std::collections::HashMap;

use arrow::array::{Array as _, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Int64Type};
use arrow::row::{RowConverter, SortField};
use datafusion::prelude::SessionContext;
use futures::StreamExt as _;
use h3o::CellIndex;
use safeground_privacy::query::{Measure, QueryPlan, QueryRow, Tally};
use safeground_schema::Table;

use super::offered::Offered;
use super::surface::Surface;
use crate::EngineError;
use crate::count::{Units, month_of, places_of_cells};
use crate::release::sha256;

/// Columns that are no part of what makes a row itself.
const KEY: &str = "child_key";

/// Where the keys of a column of the plan come from.
enum Keys<'a> {
    /// Codes, in the column of this number.
    Codes(ArrayRef),
    /// Units of a level of places.
    Places(&'a Units),
}

/// Hands every row that names its child to the tally.
///
/// All rows of the table are read, whatever is asked: conditions are the
/// tally's, so that the work depends on the table and not on who is in a
/// group. The statement is made of constants alone. Memory beside the tally's
/// is that of a few batches.
///
/// # Errors
/// A failed query.
pub(super) async fn read_rows(
    ctx: &SessionContext,
    surface: &Surface,
    offered: &Offered,
    plan: &QueryPlan,
    tally: &mut Tally<'_>,
) -> Result<(), EngineError> {
    let of_places = plan
        .columns()
        .iter()
        .any(|c| surface.units(&c.name).is_some());
    let place_of_cell = if of_places {
        places_of_cells(ctx, &surface.places, &[offered.source]).await?
    } else {
        HashMap::new()
    };
    let names = columns_of(offered.table());
    let Some(sql) = offered.source.rows_of_children(&names) else {
        return Ok(());
    };
    let mut identity = Identity::new(offered.table())?;
    let mut stream = ctx.sql(&sql).await?.execute_stream().await?;
    while let Some(batch) = stream.next().await {
        let batch = batch?;
        let rows = identity.of(&batch)?;
        let children = text(&batch, "child")?;
        let places = text(&batch, "place")?;
        let (children, places) = (children.as_string::<i32>(), places.as_string::<i32>());
        let cells = batch["cell"].as_primitive::<Int64Type>();
        let days = batch["date"].as_primitive::<Date32Type>();
        let numbers = match plan.measure() {
            Measure::Sum { column, .. } => Some(batch[column.as_str()].as_primitive::<Int64Type>()),
            Measure::Rows | Measure::Children => None,
        };
        let columns: Vec<Keys<'_>> = plan
            .columns()
            .iter()
            .map(|column| {
                Ok(match surface.units(&column.name) {
                    Some(units) => Keys::Places(units),
                    None => Keys::Codes(text(&batch, &column.name)?),
                })
            })
            .collect::<Result<_, EngineError>>()?;
        let mut keys: Vec<Option<&str>> = Vec::with_capacity(columns.len());
        for row in (0..batch.num_rows()).filter(|row| days.is_valid(*row)) {
            let cell = cells
                .is_valid(row)
                .then(|| CellIndex::try_from(cells.value(row) as u64).ok())
                .flatten();
            let place = match places.is_valid(row) {
                true => surface.places.find(places.value(row)),
                false => cell.and_then(|cell| place_of_cell.get(&cell).copied()),
            };
            keys.clear();
            keys.extend(columns.iter().map(|column| match column {
                Keys::Codes(codes) => {
                    let codes = codes.as_string::<i32>();
                    codes.is_valid(row).then(|| codes.value(row))
                }
                Keys::Places(units) => {
                    let unit = units.unit(place, cell)?;
                    Some(units.ids[unit as usize].as_str())
                }
            }));
            let month = month_of(days.value(row));
            tally.push(&QueryRow {
                child: children.value(row),
                row: &rows[row],
                year: month.div_euclid(12),
                month: (month.rem_euclid(12) + 1) as u8,
                keys: &keys,
                number: numbers.and_then(|n| n.is_valid(row).then(|| n.value(row))),
            })?;
        }
    }
    Ok(())
}

/// All columns but that of the child.
fn columns_of(table: Table) -> Vec<&'static str> {
    let names = table.fields().iter().map(|field| field.name);
    names.filter(|name| *name != KEY).collect()
}

fn text(batch: &RecordBatch, name: &str) -> Result<ArrayRef, EngineError> {
    Ok(cast(&batch[name], &DataType::Utf8)?)
}

/// What makes a row itself: a hash of all it says but whose it is and which
/// load brought it, so that a row that came twice is one.
struct Identity {
    columns: Vec<(&'static str, DataType)>,
    converter: RowConverter,
}

impl Identity {
    fn new(table: Table) -> Result<Self, EngineError> {
        let fields = table.fields().iter().filter(|field| field.name != KEY);
        let columns: Vec<(&'static str, DataType)> = fields
            .map(|field| (field.name, field.arrow_field().data_type().clone()))
            .collect();
        let types = columns.iter().map(|(_, of)| SortField::new(of.clone()));
        Ok(Self {
            converter: RowConverter::new(types.collect())?,
            columns,
        })
    }

    /// One for each row: half of a SHA-256, which two rows do not share.
    fn of(&mut self, batch: &RecordBatch) -> Result<Vec<String>, EngineError> {
        let columns: Vec<ArrayRef> = self
            .columns
            .iter()
            .map(|(name, of)| cast(&batch[*name], of))
            .collect::<Result<_, _>>()?;
        let rows = self.converter.convert_columns(&columns)?;
        Ok(rows
            .iter()
            .map(|row| {
                let mut text = sha256(row.as_ref());
                text.truncate(32);
                text
            })
            .collect())
    }
}
