//! Rows as Parquet files.

use arrow::array::{Array, RecordBatch};
use arrow::datatypes::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};

use crate::EngineError;
use crate::release::CODE_VERSION;

/// Bytes of rows in memory at which a file is full.
pub(super) const FULL_BYTES: usize = 128 << 20;

/// Encodes rows as one row group. No statistics: neither least nor greatest value, null count
/// nor page index of any column.
pub(super) fn encode(schema: SchemaRef, batches: &[RecordBatch]) -> Result<Vec<u8>, EngineError> {
    let properties = WriterProperties::builder()
        .set_created_by(format!("safeground {CODE_VERSION}"))
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
        .set_statistics_enabled(EnabledStatistics::None)
        .set_max_row_group_row_count(None)
        .build();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, schema, Some(properties))?;
    for batch in batches {
        writer.write(batch)?;
    }
    writer.close()?;
    Ok(bytes)
}

/// Bytes that the rows of a batch take, not counting what a slice leaves out.
pub(super) fn size(batch: &RecordBatch) -> Result<usize, EngineError> {
    let mut bytes = 0;
    for column in batch.columns() {
        bytes += column.to_data().get_slice_memory_size()?;
    }
    Ok(bytes)
}
