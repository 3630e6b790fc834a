//! The places a loader looks names and codes up in.

use arrow::array::{Array, AsArray, Float64Array, RecordBatch, StringArray};
use arrow::datatypes::Float64Type;
use safeground_schema::{GazetteerEntry, PlaceId, Table};

use super::Lake;
use crate::EngineError;

/// Columns of an entry.
const COLUMNS: [&str; 7] = [
    "place_id",
    "name",
    "parent_id",
    "lgd_code",
    "census2011_code",
    "latitude",
    "longitude",
];

impl Lake {
    /// All places, sorted by identifier as text, as all loads together
    /// describe them.
    ///
    /// # Errors
    /// What keeps the table from being read, or [`EngineError::Content`] for
    /// an identifier that is none.
    pub async fn gazetteer(&self) -> Result<Vec<GazetteerEntry>, EngineError> {
        let snapshot = self.table(Table::Places).snapshot().await?;
        let batches = self.resolved_places(&snapshot, &COLUMNS).await?;
        let mut entries = Vec::with_capacity(batches.iter().map(RecordBatch::num_rows).sum());
        for batch in &batches {
            append(batch, &mut entries)?;
        }
        Ok(entries)
    }
}

fn append(batch: &RecordBatch, entries: &mut Vec<GazetteerEntry>) -> Result<(), EngineError> {
    let text = |name: &str| batch[name].as_string::<i32>();
    let number = |name: &str| batch[name].as_primitive::<Float64Type>();
    let (ids, names, parents) = (text("place_id"), text("name"), text("parent_id"));
    let (lgd, census) = (text("lgd_code"), text("census2011_code"));
    let (latitude, longitude) = (number("latitude"), number("longitude"));
    for row in 0..batch.num_rows() {
        let owned = |column: &StringArray| value(column, row).map(str::to_owned);
        let degrees = |column: &Float64Array| column.is_valid(row).then(|| column.value(row));
        entries.push(GazetteerEntry {
            place_id: place(ids.value(row))?,
            name: owned(names),
            parent_id: value(parents, row).map(place).transpose()?,
            lgd_code: owned(lgd),
            census2011_code: owned(census),
            latitude: degrees(latitude),
            longitude: degrees(longitude),
        });
    }
    Ok(())
}

fn value(column: &StringArray, row: usize) -> Option<&str> {
    column.is_valid(row).then(|| column.value(row))
}

fn place(id: &str) -> Result<PlaceId, EngineError> {
    id.parse().map_err(|e| EngineError::Content {
        table: Table::Places.name(),
        reason: format!("place id `{id}`: {e}"),
    })
}
