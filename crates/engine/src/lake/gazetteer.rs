//! The places a loader looks names and codes up in.

use arrow::array::{Array, AsArray, RecordBatch};
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
    let owned = |value: Option<&str>| value.map(str::to_owned);
    for row in 0..batch.num_rows() {
        let at = |column: &arrow::array::StringArray| {
            column.is_valid(row).then(|| column.value(row).to_owned())
        };
        entries.push(GazetteerEntry {
            place_id: place(ids.value(row))?,
            name: at(names),
            parent_id: owned(parents.is_valid(row).then(|| parents.value(row)))
                .as_deref()
                .map(place)
                .transpose()?,
            lgd_code: at(lgd),
            census2011_code: at(census),
            latitude: latitude.is_valid(row).then(|| latitude.value(row)),
            longitude: longitude.is_valid(row).then(|| longitude.value(row)),
        });
    }
    Ok(())
}

fn place(id: &str) -> Result<PlaceId, EngineError> {
    id.parse().map_err(|e| EngineError::Content {
        table: Table::Places.name(),
        reason: format!("place id `{id}`: {e}"),
    })
}
