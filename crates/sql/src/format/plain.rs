//! Columns in types that a reader of a format understands.

use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, AsArray as _, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};

use super::retyped;

/// Texts as Utf8 and bytes as Binary instead of views, within lists too.
pub(super) fn classic(schema: &Schema) -> SchemaRef {
    fn plain(data_type: &DataType) -> DataType {
        match data_type {
            DataType::Utf8View => DataType::Utf8,
            DataType::BinaryView => DataType::Binary,
            DataType::List(field) => {
                DataType::List(Arc::new(retyped(field, plain(field.data_type()))))
            }
            other => other.clone(),
        }
    }
    with_types(schema, plain)
}

/// For CSV: everything that is no number, truth value or time as text. Names
/// of columns are texts of the user and as dangerous as others.
pub(super) fn spreadsheet(schema: &Schema) -> SchemaRef {
    let schema = with_types(schema, |data_type| match data_type {
        other if other.is_numeric() || other.is_temporal() => other.clone(),
        DataType::Boolean => DataType::Boolean,
        _ => DataType::Utf8,
    });
    let fields = schema.fields().iter().map(|field| {
        let name = without_formula(field.name());
        field.as_ref().clone().with_name(name)
    });
    let fields: Vec<_> = fields.collect();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

/// What makes a spreadsheet compute a text that starts with it.
const FORMULA_STARTS: [char; 12] = [
    '=', '+', '-', '@', '\t', '\r', '\n', '|', '＝', '＋', '－', '＠',
];

fn without_formula(text: &str) -> String {
    match text.starts_with(FORMULA_STARTS) {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}

/// For JSON: unsigned 64-bit numbers and bytes as text.
pub(super) fn javascript(schema: &Schema) -> SchemaRef {
    with_types(schema, |data_type| match data_type {
        DataType::UInt64
        | DataType::Utf8View
        | DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView
        | DataType::FixedSizeBinary(_) => DataType::Utf8,
        other => other.clone(),
    })
}

fn with_types(schema: &Schema, of: impl Fn(&DataType) -> DataType) -> SchemaRef {
    let fields = schema.fields().iter();
    let fields: Vec<_> = fields
        .map(|field| retyped(field, of(field.data_type())))
        .collect();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

/// A batch in the types of a schema.
pub(super) fn converted(
    batch: &RecordBatch,
    schema: &SchemaRef,
) -> Result<RecordBatch, ArrowError> {
    let columns = batch.columns().iter().zip(schema.fields());
    let columns = columns.map(|(column, field)| column_as(column, field.data_type()));
    let columns = columns.collect::<Result<Vec<_>, _>>()?;
    // A batch without columns still has rows.
    let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)
}

fn column_as(column: &ArrayRef, wanted: &DataType) -> Result<ArrayRef, ArrowError> {
    let has = column.data_type();
    if has == wanted {
        return Ok(Arc::clone(column));
    }
    let is_text = matches!(
        has,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
    );
    if *wanted != DataType::Utf8 || is_text {
        return cast(column, wanted);
    }
    // Bytes are printed in hexadecimal, lists and structs as they read.
    let options = FormatOptions::default();
    let formatter = ArrayFormatter::try_new(column, &options)?;
    let texts = (0..column.len()).map(|row| {
        let text = (!column.is_null(row)).then(|| formatter.value(row).try_to_string());
        text.transpose()
    });
    Ok(Arc::new(texts.collect::<Result<StringArray, _>>()?))
}

/// Texts that a spreadsheet would compute get an apostrophe before them.
pub(super) fn without_formulas(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let columns = batch.columns().iter().map(|column| -> ArrayRef {
        let Some(texts) = column.as_string_opt::<i32>() else {
            return Arc::clone(column);
        };
        if !texts
            .iter()
            .flatten()
            .any(|text| text.starts_with(FORMULA_STARTS))
        {
            return Arc::clone(column);
        }
        let safe = texts.iter().map(|text| text.map(without_formula));
        Arc::new(safe.collect::<StringArray>())
    });
    let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(batch.schema(), columns.collect(), &options)
}

#[cfg(test)]
mod tests {
    use arrow::array::{BinaryArray, StringViewArray, UInt64Array};
    use arrow::datatypes::Field;
    use bytes::Bytes;

    use super::super::{Encoder, Format, TextTypes};
    use super::*;

    fn batch() -> RecordBatch {
        let schema = Schema::new(vec![
            Field::new("cell", DataType::UInt64, true),
            Field::new("name", DataType::Utf8View, true),
            Field::new("shape", DataType::Binary, true),
        ]);
        let columns: Vec<ArrayRef> = vec![
            Arc::new(UInt64Array::from(vec![Some(u64::MAX), None])),
            Arc::new(StringViewArray::from(vec![Some("=1+1"), Some("a,b")])),
            Arc::new(BinaryArray::from(vec![Some(&b"\x01\xff"[..]), None])),
        ];
        RecordBatch::try_new(Arc::new(schema), columns).unwrap()
    }

    fn written(format: Format) -> Vec<u8> {
        let batch = batch();
        let mut encoder =
            Encoder::new(format, TextTypes::Classic, &batch.schema(), Vec::new()).unwrap();
        encoder.write(&batch).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn csv_has_a_header_no_formulas_and_bytes_in_hexadecimal() {
        let text = String::from_utf8(written(Format::Csv)).unwrap();
        assert_eq!(
            text,
            "cell,name,shape\n18446744073709551615,'=1+1,01ff\n,\"a,b\",\n"
        );
    }

    #[test]
    fn json_keeps_every_digit_of_a_cell() {
        let text = String::from_utf8(written(Format::Json)).unwrap();
        let rows: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(rows[0]["cell"], "18446744073709551615");
        assert_eq!(rows[1]["cell"], serde_json::Value::Null);
        let lines = String::from_utf8(written(Format::Ndjson)).unwrap();
        assert_eq!(lines.lines().count(), 2);
    }

    #[test]
    fn arrow_and_parquet_come_back_in_classic_types() {
        let read = |schema: SchemaRef| {
            let types = schema
                .fields()
                .iter()
                .map(|field| field.data_type().clone());
            types.collect::<Vec<_>>()
        };
        let classic = [DataType::UInt64, DataType::Utf8, DataType::Binary];
        let bytes = written(Format::Arrow);
        let reader = arrow::ipc::reader::StreamReader::try_new(&bytes[..], None).unwrap();
        assert_eq!(read(reader.schema()), classic);
        let bytes = Bytes::from(written(Format::Parquet));
        let reader =
            parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap();
        assert_eq!(read(Arc::clone(reader.schema())), classic);
    }

    #[test]
    fn an_answer_without_rows_is_still_an_answer() {
        for format in Format::ALL {
            let schema = batch().schema();
            let encoder = Encoder::new(format, TextTypes::Classic, &schema, Vec::new()).unwrap();
            let bytes = encoder.finish().unwrap();
            match format {
                Format::Ndjson => assert!(bytes.is_empty()),
                Format::Json => assert_eq!(bytes, b"[]"),
                _ => assert!(!bytes.is_empty(), "{format:?}"),
            }
        }
    }
}
