//! Answers as bytes: Arrow IPC stream, Parquet, CSV, JSON or NDJSON.
//!
//! Every format is written as batches come, so an answer of any length needs
//! the memory of one batch (Parquet: of one row group). Workers write them;
//! who serves passes the bytes on.

mod pieces;
mod plain;

use std::io::Write;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::csv::{Writer as CsvWriter, WriterBuilder as CsvBuilder};
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::ipc::writer::StreamWriter;
use arrow::json::writer::{JsonArray, LineDelimited, WriterBuilder as JsonBuilder};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use serde::{Deserialize, Serialize};

use crate::geoarrow::GeometryColumns;

/// Rows of a Parquet row group.
const ROWS_PER_GROUP: usize = 65_536;

pub(crate) use pieces::bytes_of;

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Arrow IPC stream.
    #[default]
    Arrow,
    /// Parquet file; GeoParquet where a column is a geometry.
    Parquet,
    /// CSV with a header. A text that a spreadsheet would take for a formula
    /// gets an apostrophe before it; bytes are hexadecimal.
    Csv,
    /// JSON array of objects. Unsigned 64-bit numbers, which H3 cells are, are
    /// texts, since JavaScript cannot hold them; bytes are hexadecimal.
    Json,
    /// The same objects, one a line.
    Ndjson,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Arrow,
        Self::Parquet,
        Self::Csv,
        Self::Json,
        Self::Ndjson,
    ];

    /// Name, as in `format=`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Arrow => "arrow",
            Self::Parquet => "parquet",
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
        }
    }

    /// Format of a name; `None` for a name that is no format's.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// Media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Arrow => "application/vnd.apache.arrow.stream",
            Self::Parquet => "application/vnd.apache.parquet",
            Self::Csv => "text/csv; charset=utf-8",
            Self::Json => "application/json",
            Self::Ndjson => "application/x-ndjson",
        }
    }
}

/// Types of texts and bytes in Arrow and Parquet answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextTypes {
    /// Utf8 and Binary, which every client reads.
    #[default]
    Classic,
    /// Whatever the engine made, views included: no copy.
    AsComputed,
}

impl TextTypes {
    /// A schema as an Arrow answer has it.
    #[must_use]
    pub fn written(self, schema: &Schema) -> SchemaRef {
        written_schema(Format::Arrow, self, schema)
    }
}

/// Writes batches of one schema.
pub struct Encoder<W: Write + Send> {
    schema: SchemaRef,
    inner: Inner<W>,
}

enum Inner<W: Write + Send> {
    Arrow(StreamWriter<W>),
    Parquet(Box<ArrowWriter<W>>, Option<GeometryColumns>),
    Csv(Box<CsvWriter<W>>),
    Json(arrow::json::Writer<W, JsonArray>),
    Ndjson(arrow::json::Writer<W, LineDelimited>),
}

impl<W: Write + Send> Encoder<W> {
    /// Begins an answer.
    ///
    /// # Errors
    /// The sink's.
    pub fn new(
        format: Format,
        texts: TextTypes,
        schema: &Schema,
        sink: W,
    ) -> Result<Self, ArrowError> {
        let schema = written_schema(format, texts, schema);
        let inner = match format {
            Format::Arrow => Inner::Arrow(StreamWriter::try_new(sink, &schema)?),
            Format::Parquet => {
                let properties = WriterProperties::builder()
                    .set_created_by("safeground".into())
                    .set_compression(Compression::ZSTD(ZstdLevel::default()))
                    .set_max_row_group_row_count(Some(ROWS_PER_GROUP))
                    .build();
                let geometry = GeometryColumns::of(&schema)?;
                let schema = geometry
                    .as_ref()
                    .map_or_else(|| Arc::clone(&schema), GeometryColumns::schema);
                let writer = ArrowWriter::try_new(sink, schema, Some(properties))?;
                Inner::Parquet(Box::new(writer), geometry)
            }
            Format::Csv => {
                let mut writer = CsvBuilder::new().with_header(true).build(sink);
                // Without rows there would be no header either.
                writer.write(&RecordBatch::new_empty(Arc::clone(&schema)))?;
                Inner::Csv(Box::new(writer))
            }
            Format::Json => Inner::Json(JsonBuilder::new().with_explicit_nulls(true).build(sink)),
            Format::Ndjson => {
                Inner::Ndjson(JsonBuilder::new().with_explicit_nulls(true).build(sink))
            }
        };
        Ok(Self { schema, inner })
    }

    /// Writes rows.
    ///
    /// # Errors
    /// The sink's, or a batch of another schema.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        let batch = plain::converted(batch, &self.schema)?;
        match &mut self.inner {
            Inner::Arrow(writer) => pieces::pieces(&batch)
                .iter()
                .try_for_each(|piece| writer.write(piece)),
            Inner::Parquet(writer, geometry) => {
                let batch = match geometry {
                    Some(geometry) => geometry.encode(&batch)?,
                    None => batch,
                };
                writer.write(&batch).map_err(ArrowError::from)
            }
            Inner::Csv(writer) => writer.write(&plain::without_formulas(&batch)?),
            Inner::Json(writer) => writer.write(&batch),
            Inner::Ndjson(writer) => writer.write(&batch),
        }
    }

    /// Ends the answer and gives the sink back.
    ///
    /// # Errors
    /// The sink's.
    pub fn finish(self) -> Result<W, ArrowError> {
        match self.inner {
            Inner::Arrow(mut writer) => {
                writer.finish()?;
                writer.into_inner()
            }
            Inner::Parquet(mut writer, geometry) => {
                if let Some(geometry) = geometry {
                    writer.append_key_value_metadata(geometry.metadata()?);
                }
                writer.into_inner().map_err(ArrowError::from)
            }
            Inner::Csv(writer) => Ok(writer.into_inner()),
            Inner::Json(mut writer) => {
                writer.finish()?;
                Ok(writer.into_inner())
            }
            Inner::Ndjson(mut writer) => {
                writer.finish()?;
                Ok(writer.into_inner())
            }
        }
    }
}

/// The schema in which a format writes an answer.
pub(crate) fn written_schema(format: Format, texts: TextTypes, schema: &Schema) -> SchemaRef {
    match (format, texts) {
        (Format::Arrow | Format::Parquet, TextTypes::AsComputed) => Arc::new(schema.clone()),
        (Format::Arrow | Format::Parquet, TextTypes::Classic) => plain::classic(schema),
        (Format::Csv, _) => plain::spreadsheet(schema),
        (Format::Json | Format::Ndjson, _) => plain::javascript(schema),
    }
}

/// A field of another type; the rest stays.
fn retyped(field: &FieldRef, data_type: DataType) -> Field {
    field.as_ref().clone().with_data_type(data_type)
}
