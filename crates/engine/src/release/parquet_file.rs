//! Tables of a release as Parquet bytes, the same for the same rows.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::datatypes::SchemaRef;
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};

use super::CODE_VERSION;
use crate::EngineError;

/// Rows of a row group: a reader of one theme and period skips most groups.
const ROWS_PER_GROUP: usize = 65_536;

/// A table as Parquet bytes, which depend on the rows and the version of the
/// code: no clock, no thread count, no machine name enters them.
///
/// # Errors
/// What Parquet refuses.
pub fn to_bytes(batch: &RecordBatch) -> Result<Vec<u8>, EngineError> {
    let properties = WriterProperties::builder()
        .set_created_by(format!("safeground {CODE_VERSION}"))
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_max_row_group_row_count(Some(ROWS_PER_GROUP))
        .build();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties))?;
    writer.write(batch)?;
    writer.close()?;
    Ok(bytes)
}

/// Reads a table of a known schema back; `None` where the schema differs.
pub(super) fn from_bytes(
    bytes: Vec<u8>,
    schema: &SchemaRef,
) -> Result<Option<RecordBatch>, EngineError> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(bytes))?
        .with_batch_size(ROWS_PER_GROUP)
        .build()?;
    let batches = reader.collect::<Result<Vec<_>, _>>()?;
    let same = batches
        .iter()
        .all(|batch| batch.schema().fields() == schema.fields());
    if !same {
        return Ok(None);
    }
    let batches: Vec<RecordBatch> = batches
        .into_iter()
        .map(|batch| RecordBatch::try_new(Arc::clone(schema), batch.columns().to_vec()))
        .collect::<Result<_, _>>()?;
    Ok(Some(concat_batches(schema, &batches)?))
}
