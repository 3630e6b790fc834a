//! Parquet and Arrow files with extension types, such as GeoArrow's.
//!
//! polars panics on columns of types that it does not know, as geopandas and
//! GDAL write them beside every geometry. Such files are read by Arrow's own
//! readers, which pass over what they do not know, and become the same chunks.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use arrow::array::{AsArray as _, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, SchemaRef};
use arrow::error::ArrowError;
use arrow::ipc::reader::FileReader;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use polars::prelude::{
    BinaryChunked, Column, DataFrame, IntoColumn as _, NewChunkedArray as _, StringChunked,
};

use super::chunk::CHUNK_ROWS;
use super::columnar::{ColumnKind, ColumnPlan};
use crate::IngestError;
use crate::mapping::file::Format;

/// Key that marks a field of an extension type.
const EXTENSION: &str = "ARROW:extension:name";

/// The schema of a file that has extension types; `None` for one without, and
/// for one that Arrow cannot read either: polars then says why.
pub(super) fn schema(path: &Path, format: Format) -> Option<SchemaRef> {
    let file = File::open(path).ok()?;
    let schema = match format {
        Format::Arrow => FileReader::try_new(BufReader::new(file), None)
            .ok()?
            .schema(),
        _ => {
            let options = ArrowReaderOptions::default();
            let metadata = ArrowReaderMetadata::load(&file, options).ok()?;
            std::sync::Arc::clone(metadata.schema())
        }
    };
    let mut fields = schema.fields().iter();
    let is_extended = fields.any(|field| field.metadata().contains_key(EXTENSION));
    is_extended.then_some(schema)
}

/// Hands the rows of the file on, until nobody wants more.
pub(super) fn stream(
    path: &Path,
    format: Format,
    columns: &[ColumnPlan],
    mut give: impl FnMut(DataFrame) -> Result<bool, IngestError>,
) -> Result<(), IngestError> {
    let failed = |error: String| IngestError::Columns {
        doing: "reading",
        path: path.to_owned(),
        reason: error,
    };
    let file = File::open(path).map_err(IngestError::file("opening", path))?;
    let batches: Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>>> = match format {
        Format::Arrow => Box::new(
            FileReader::try_new(BufReader::new(file), None)
                .map_err(|error| failed(error.to_string()))?,
        ),
        _ => Box::new(
            ParquetRecordBatchReaderBuilder::try_new(file)
                .and_then(|builder| builder.with_batch_size(CHUNK_ROWS).build())
                .map_err(|error| failed(error.to_string()))?,
        ),
    };
    for batch in batches {
        let frame = batch
            .and_then(|batch| frame(&batch, columns))
            .map_err(|error| failed(error.to_string()))?;
        if frame.height() > 0 && !give(frame)? {
            break;
        }
    }
    Ok(())
}

/// The columns of a plan as polars has them: text, or bytes.
fn frame(batch: &RecordBatch, columns: &[ColumnPlan]) -> Result<DataFrame, ArrowError> {
    let columns = columns.iter().map(|plan| -> Result<Column, ArrowError> {
        let name = plan.name.as_str().into();
        let column = batch.column_by_name(&plan.from).ok_or_else(|| {
            ArrowError::SchemaError(format!("a part of the file has no column `{}`", plan.from))
        })?;
        Ok(match plan.kind {
            ColumnKind::Text => {
                let texts = cast(column, &DataType::Utf8)?;
                StringChunked::from_iter_options(name, texts.as_string::<i32>().iter())
                    .into_column()
            }
            ColumnKind::Bytes | ColumnKind::Geometry => {
                let bytes = cast(column, &DataType::Binary)?;
                BinaryChunked::from_iter_options(name, bytes.as_binary::<i32>().iter())
                    .into_column()
            }
        })
    });
    let columns = columns.collect::<Result<Vec<_>, _>>()?;
    DataFrame::new(batch.num_rows(), columns)
        .map_err(|error| ArrowError::ComputeError(error.to_string()))
}
