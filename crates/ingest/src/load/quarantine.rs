//! The quarantine: one row per rejected record, as Parquet.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};

use super::LoadId;
use crate::IngestError;
use crate::convert::Reject;

/// Schema of a quarantine file.
///
/// `row` counts from 1 after the header; `line` is the line of a text file.
/// `value` is the offending cell where its column passed the gate as it is
/// or is declared harmless, and empty otherwise.
#[must_use]
pub fn quarantine_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("load_id", DataType::Utf8, false),
        Field::new("file", DataType::Utf8, false),
        Field::new("row", DataType::Int64, false),
        Field::new("line", DataType::Int64, true),
        Field::new("column", DataType::Utf8, true),
        Field::new("code", DataType::Utf8, false),
        Field::new("cause", DataType::Utf8, false),
        Field::new("action", DataType::Utf8, false),
        Field::new("value", DataType::Utf8, true),
    ]))
}

/// Rejects written at once.
const BATCH: usize = 8192;

/// Writes rejected records to a file.
pub(super) struct Quarantine<'l> {
    path: PathBuf,
    writer: ArrowWriter<File>,
    id: &'l LoadId,
    waiting: Vec<Reject>,
}

impl<'l> Quarantine<'l> {
    pub(super) fn create(path: &Path, id: &'l LoadId) -> Result<Self, IngestError> {
        let file = File::create(path).map_err(IngestError::file("creating", path))?;
        // Statistics would repeat cells in the footer, and nobody filters by them.
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_statistics_enabled(EnabledStatistics::None)
            .set_max_row_group_row_count(Some(16 * BATCH))
            .build();
        let writer = ArrowWriter::try_new(file, quarantine_schema(), Some(properties))
            .map_err(|error| failed(path, error))?;
        Ok(Self {
            path: path.to_owned(),
            writer,
            id,
            waiting: Vec::new(),
        })
    }

    pub(super) fn add(&mut self, reject: Reject) -> Result<(), IngestError> {
        self.waiting.push(reject);
        if self.waiting.len() >= BATCH {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), IngestError> {
        let rejects = std::mem::take(&mut self.waiting);
        if rejects.is_empty() {
            return Ok(());
        }
        let number = |number: u64| i64::try_from(number).expect("a file has fewer than 2^63 rows");
        let batch = RecordBatch::try_new(
            quarantine_schema(),
            vec![
                Arc::new(StringArray::from_iter_values(
                    rejects.iter().map(|_| self.id.load_id.as_str()),
                )),
                Arc::new(StringArray::from_iter_values(
                    rejects
                        .iter()
                        .map(|reject| self.id.files[reject.file].name.as_str()),
                )),
                Arc::new(Int64Array::from_iter_values(
                    rejects.iter().map(|reject| number(reject.row)),
                )),
                Arc::new(
                    rejects
                        .iter()
                        .map(|reject| reject.line.map(number))
                        .collect::<Int64Array>(),
                ),
                Arc::new(
                    rejects
                        .iter()
                        .map(|reject| Some(reject.cause.column.as_ref()).filter(|c| !c.is_empty()))
                        .collect::<StringArray>(),
                ),
                Arc::new(StringArray::from_iter_values(
                    rejects.iter().map(|reject| reject.cause.code.as_str()),
                )),
                Arc::new(StringArray::from_iter_values(rejects.iter().map(
                    |reject| match &reject.cause.reason {
                        Some(reason) => format!("{} Reason: {reason}", reject.cause.code.cause()),
                        None => reject.cause.code.cause().to_owned(),
                    },
                ))),
                Arc::new(StringArray::from_iter_values(
                    rejects.iter().map(|reject| reject.cause.code.action()),
                )),
                Arc::new(
                    rejects
                        .iter()
                        .map(|reject| reject.cause.value.as_deref())
                        .collect::<StringArray>(),
                ),
            ],
        )
        .map_err(IngestError::arrow("making a batch of the quarantine"))?;
        self.writer
            .write(&batch)
            .map_err(|error| failed(&self.path, error))
    }

    /// Writes what is waiting and closes the file.
    pub(super) fn finish(mut self) -> Result<(), IngestError> {
        self.flush()?;
        let file = self
            .writer
            .into_inner()
            .map_err(|error| failed(&self.path, error))?;
        file.sync_all()
            .map_err(IngestError::file("writing", &self.path))
    }
}

fn failed(path: &Path, error: ParquetError) -> IngestError {
    IngestError::file("writing", path)(std::io::Error::other(error))
}
