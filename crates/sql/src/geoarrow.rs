//! Geometry columns: how they are marked in Arrow, and written as GeoParquet.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow_schema::extension::EXTENSION_TYPE_NAME_KEY;
use geoarrow_schema::crs::{Crs, CrsTransform};
use geoarrow_schema::error::{GeoArrowError, GeoArrowResult};
use geoparquet::writer::{GeoParquetRecordBatchEncoder, GeoParquetWriterOptionsBuilder};
use parquet::file::metadata::KeyValue;
use safeground_schema::geoarrow_wkb;
use serde_json::Value;

/// What the names of all extension types of geometry begin with.
const PREFIX: &str = "geoarrow.";

/// Codes of coordinates in degrees of longitude and latitude.
const DEGREES: [&str; 2] = ["OGC:CRS84", "EPSG:4326"];

/// A field of bytes marked as WKB in degrees of longitude and latitude.
pub(crate) fn marked(field: Field) -> Field {
    let mut metadata = field.metadata().clone();
    metadata.extend(geoarrow_wkb());
    field.with_metadata(metadata)
}

/// A released table's schema with its column `geometry` marked, if it has one.
pub(crate) fn with_marked_geometry(schema: &Schema) -> SchemaRef {
    let fields = schema.fields().iter().map(|field| {
        let bytes = matches!(field.data_type(), DataType::Binary | DataType::BinaryView);
        if field.name() == "geometry" && bytes {
            Arc::new(marked(field.as_ref().clone()))
        } else {
            Arc::clone(field)
        }
    });
    Arc::new(Schema::new_with_metadata(
        fields.collect::<Vec<_>>(),
        schema.metadata().clone(),
    ))
}

fn is_geometry(field: &Field) -> bool {
    let name = field.metadata().get(EXTENSION_TYPE_NAME_KEY);
    name.is_some_and(|name| name.starts_with(PREFIX))
}

/// Writes the geometry columns of an answer as GeoParquet 1.1 wants them: WKB,
/// with their kinds and bounds in the file's metadata.
pub(crate) struct GeometryColumns(GeoParquetRecordBatchEncoder);

impl GeometryColumns {
    /// For an answer with geometry; `None` for one without.
    ///
    /// # Errors
    /// An extension type that is no geometry of GeoArrow's.
    pub(crate) fn of(schema: &Schema) -> Result<Option<Self>, ArrowError> {
        let mut geometry = schema.fields().iter().filter(|field| is_geometry(field));
        let Some(first) = geometry.next() else {
            return Ok(None);
        };
        // Without a name the encoder takes the first by name; the first in the
        // query is what its author means.
        let options = GeoParquetWriterOptionsBuilder::default()
            .set_primary_column(first.name().clone())
            .set_crs_transform(Box::new(OnlyDegrees))
            .build();
        let encoder = GeoParquetRecordBatchEncoder::try_new(schema, &options);
        Ok(Some(Self(encoder.map_err(external)?)))
    }

    /// The schema that the Parquet file has.
    pub(crate) fn schema(&self) -> SchemaRef {
        self.0.target_schema()
    }

    /// A batch as the file holds it.
    ///
    /// # Errors
    /// Bytes that are no geometry.
    pub(crate) fn encode(&mut self, batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        self.0.encode_record_batch(batch).map_err(external)
    }

    /// The entry of the file's metadata that makes it GeoParquet.
    ///
    /// # Errors
    /// Metadata that cannot be written as JSON.
    pub(crate) fn metadata(self) -> Result<KeyValue, ArrowError> {
        self.0.into_keyvalue().map_err(external)
    }
}

/// GeoParquet takes coordinates without a CRS for degrees, which all of ours
/// are; others would need a library that knows them.
#[derive(Debug)]
struct OnlyDegrees;

impl CrsTransform for OnlyDegrees {
    fn _convert_to_projjson(&self, crs: &Crs) -> GeoArrowResult<Option<Value>> {
        match crs.crs_value() {
            None => Ok(None),
            Some(Value::String(code)) if DEGREES.contains(&code.as_str()) => Ok(None),
            Some(_) => Err(GeoArrowError::Crs(
                "only coordinates in degrees can be written as GeoParquet".to_owned(),
            )),
        }
    }

    fn _convert_to_wkt(&self, _: &Crs) -> GeoArrowResult<Option<String>> {
        Ok(None)
    }
}

fn external(error: impl std::error::Error + Send + Sync + 'static) -> ArrowError {
    ArrowError::ExternalError(Box::new(error))
}

#[cfg(test)]
mod tests {
    use arrow::array::{BinaryArray, Int64Array};
    use bytes::Bytes;
    use parquet::file::reader::{FileReader as _, SerializedFileReader};

    use super::*;
    use crate::format::{Encoder, Format, TextTypes};

    fn geo(batch: &RecordBatch, rows: bool) -> Option<serde_json::Value> {
        let mut encoder = Encoder::new(
            Format::Parquet,
            TextTypes::Classic,
            &batch.schema(),
            Vec::new(),
        )
        .unwrap();
        if rows {
            encoder.write(batch).unwrap();
        }
        let bytes = Bytes::from(encoder.finish().unwrap());
        let reader = SerializedFileReader::new(bytes).unwrap();
        let metadata = reader.metadata().file_metadata();
        let entries = metadata.key_value_metadata().unwrap();
        let entry = entries.iter().find(|entry| entry.key == "geo")?;
        serde_json::from_str(entry.value.as_ref().unwrap()).unwrap()
    }

    fn batch(name: &str, bytes: Option<&[u8]>) -> RecordBatch {
        let schema = Schema::new(vec![
            Field::new("unit", DataType::Int64, false),
            Field::new(name, DataType::Binary, true),
        ]);
        RecordBatch::try_new(
            with_marked_geometry(&schema),
            vec![
                Arc::new(Int64Array::from(vec![1, 2])),
                Arc::new(BinaryArray::from(vec![bytes, None])),
            ],
        )
        .unwrap()
    }

    /// The point 77.5, 28.25, little endian.
    fn point() -> Vec<u8> {
        let mut bytes = vec![1, 1, 0, 0, 0];
        bytes.extend(77.5_f64.to_le_bytes());
        bytes.extend(28.25_f64.to_le_bytes());
        bytes
    }

    #[test]
    fn a_table_with_geometry_becomes_geoparquet_with_its_kinds_and_bounds() {
        let geo = geo(&batch("geometry", Some(&point())), true).unwrap();
        assert_eq!(geo["primary_column"], "geometry");
        let column = &geo["columns"]["geometry"];
        assert_eq!(column["encoding"], "WKB");
        assert_eq!(column["geometry_types"], serde_json::json!(["Point"]));
        assert_eq!(
            column["bbox"],
            serde_json::json!([77.5, 28.25, 77.5, 28.25])
        );
        // GeoParquet: no CRS means longitude and latitude.
        assert!(column.get("crs").is_none());
    }

    #[test]
    fn an_answer_without_rows_is_geoparquet_too_and_one_without_geometry_is_not() {
        assert!(geo(&batch("geometry", None), false).is_some());
        assert!(geo(&batch("geometry", None), true).is_some());
        assert_eq!(geo(&batch("shape", Some(&point())), true), None);
    }

    #[test]
    fn bytes_that_are_no_geometry_are_an_error_and_no_panic() {
        let batch = batch("geometry", Some(b"no geometry"));
        let schema = batch.schema();
        let mut encoder =
            Encoder::new(Format::Parquet, TextTypes::Classic, &schema, Vec::new()).unwrap();
        assert!(encoder.write(&batch).is_err());
    }
}
