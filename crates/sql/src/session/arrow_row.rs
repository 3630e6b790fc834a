//! A row of Arrow data whose values are bound to placeholders.

use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use arrow::datatypes::DataType;
use arrow::ipc::reader::StreamDecoder;
use datafusion::common::ParamValues;
use datafusion::scalar::ScalarValue;
use serde::{Deserialize, Serialize};

use crate::gate::GateLimits;
use crate::refusal::{Limit, Refusal};

/// How much larger than its values a stream may be: it names its columns and
/// pads them.
const STREAM_BYTES_PER_VALUE_BYTE: u64 = 4;

/// One row of values for placeholders, as an Arrow IPC stream.
///
/// The stream comes from outside and is read by the worker alone: whatever it
/// does to its reader, it does in a process that can do nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ArrowRow {
    hexadecimal: String,
}

impl ArrowRow {
    /// A row out of a stream, which is not looked into.
    #[must_use]
    pub fn new(stream: &[u8]) -> Self {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let digit = |four_bits: u8| char::from(DIGITS[usize::from(four_bits)]);
        Self {
            hexadecimal: stream
                .iter()
                .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
                .collect(),
        }
    }

    /// Most bytes of a stream under the limits of a gate.
    #[must_use]
    pub fn most_bytes(limits: &GateLimits) -> u64 {
        limits
            .parameter_bytes
            .saturating_mul(STREAM_BYTES_PER_VALUE_BYTE)
    }

    /// Checks the size of the stream.
    ///
    /// # Errors
    /// [`Refusal::Limit`].
    pub fn check(&self, limits: &GateLimits) -> Result<(), Refusal> {
        if self.hexadecimal.len() as u64 / 2 > Self::most_bytes(limits) {
            return Err(Refusal::Limit {
                limit: Limit::ParameterBytes,
                most: limits.parameter_bytes,
            });
        }
        Ok(())
    }

    /// The values as the query engine binds them: by name where every column
    /// is named as a placeholder is, else by position.
    pub(super) fn values(
        &self,
        placeholders: &[String],
        limits: &GateLimits,
    ) -> Result<ParamValues, Refusal> {
        let row = self.read().ok_or(Refusal::Parameters)?;
        if row.num_rows() != 1 {
            return Err(Refusal::Parameters);
        }
        if row.num_columns() as u64 > limits.parameters {
            return Err(Refusal::Limit {
                limit: Limit::Parameters,
                most: limits.parameters,
            });
        }
        let bytes: usize = row
            .columns()
            .iter()
            .map(|column| crate::format::bytes_of(column.as_ref()))
            .sum();
        if bytes as u64 > limits.parameter_bytes {
            return Err(Refusal::Limit {
                limit: Limit::ParameterBytes,
                most: limits.parameter_bytes,
            });
        }
        let values = row.columns().iter().map(|column| {
            if !is_simple(column.data_type()) {
                return Err(Refusal::Parameters);
            }
            ScalarValue::try_from_array(column, 0).map_err(|_| Refusal::Parameters)
        });
        let values = values.collect::<Result<Vec<_>, _>>()?;
        let schema = row.schema();
        let names = schema
            .fields()
            .iter()
            .map(|field| field.name().trim_start_matches('$'));
        let is_named = |name: &str| {
            placeholders
                .iter()
                .any(|placeholder| placeholder.strip_prefix('$') == Some(name))
        };
        // `$1` is a position, whatever the client calls its columns.
        let is_position = |name: &str| name.bytes().all(|byte| byte.is_ascii_digit());
        if !values.is_empty()
            && names
                .clone()
                .all(|name| is_named(name) && !is_position(name))
        {
            let named: Vec<_> = names.zip(values).collect();
            return Ok(named.into());
        }
        Ok(values.into())
    }

    fn read(&self) -> Option<RecordBatch> {
        let digits = self.hexadecimal.as_bytes();
        let bytes = digits.chunks(2).map(|pair| {
            let text = std::str::from_utf8(pair).ok()?;
            u8::from_str_radix(text, 16).ok()
        });
        let bytes = bytes.collect::<Option<Vec<u8>>>()?;
        // It takes no memory for lengths that the stream only claims.
        let mut decoder = StreamDecoder::new();
        let mut rest = Buffer::from_vec(bytes);
        let mut found = None;
        // Clients may send batches without rows beside the one that counts.
        while let Some(batch) = decoder.decode(&mut rest).ok()? {
            match (batch.num_rows(), &found) {
                (0, _) => {}
                (_, None) => found = Some(batch),
                (_, Some(_)) => return None,
            }
        }
        decoder.finish().ok()?;
        found.or_else(|| decoder.schema().map(RecordBatch::new_empty))
    }
}

/// Whether values of a type may be bound: those that a query can write down.
pub(super) fn is_simple(data_type: &DataType) -> bool {
    data_type.is_numeric()
        || matches!(
            data_type,
            DataType::Null
                | DataType::Boolean
                | DataType::Utf8
                | DataType::LargeUtf8
                | DataType::Utf8View
                | DataType::Binary
                | DataType::LargeBinary
                | DataType::BinaryView
                | DataType::Date32
                | DataType::Date64
                | DataType::Time32(_)
                | DataType::Time64(_)
                | DataType::Timestamp(..)
        )
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array, StringArray};
    use arrow::ipc::writer::StreamWriter;

    use super::*;

    fn row(columns: Vec<(&str, ArrayRef)>) -> ArrowRow {
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema()).unwrap();
        writer.write(&batch).unwrap();
        writer.finish().unwrap();
        ArrowRow::new(&writer.into_inner().unwrap())
    }

    fn theme() -> ArrayRef {
        Arc::new(StringArray::from(vec!["missing"]))
    }

    fn bound(row: &ArrowRow, placeholders: &[&str]) -> Result<ParamValues, Refusal> {
        let placeholders: Vec<_> = placeholders.iter().map(|name| name.to_string()).collect();
        row.values(&placeholders, &GateLimits::default())
    }

    #[test]
    fn values_are_bound_by_name_only_where_all_columns_are_named_so() {
        let columns = || vec![("theme", theme()), ("n", theme())];
        let by_name = bound(&row(columns()), &["$n", "$theme"]).unwrap();
        assert!(matches!(by_name, ParamValues::Map(_)));
        let by_position = bound(&row(columns()), &["$1", "$2"]).unwrap();
        assert!(matches!(by_position, ParamValues::List(_)));
        let numbered = row(vec![("1", theme())]);
        let numbered = bound(&numbered, &["$1"]).unwrap();
        assert!(matches!(numbered, ParamValues::List(_)));
    }

    #[test]
    fn what_is_no_single_row_of_simple_values_is_refused() {
        let two: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
        let none: ArrayRef = Arc::new(Int64Array::from(Vec::<i64>::new()));
        let list =
            arrow::array::ListArray::from_iter_primitive::<arrow::datatypes::Int64Type, _, _>([
                Some([Some(1)]),
            ]);
        for bad in [
            row(vec![("a", two)]),
            row(vec![("a", none)]),
            row(vec![("a", Arc::new(list))]),
            ArrowRow::new(b"no stream"),
            ArrowRow::new(&[0xff; 64]),
            ArrowRow::new(b""),
        ] {
            assert_eq!(bound(&bad, &["$1"]).unwrap_err(), Refusal::Parameters);
        }
    }

    #[test]
    fn a_long_stream_and_long_values_meet_the_limit_of_parameters() {
        let limits = GateLimits::default();
        let long = "a".repeat(limits.parameter_bytes as usize + 1);
        let long: ArrayRef = Arc::new(StringArray::from(vec![long]));
        let long = row(vec![("a", long)]);
        assert_eq!(long.check(&limits), Ok(()));
        let met = |refusal| {
            matches!(
                refusal,
                Refusal::Limit {
                    limit: Limit::ParameterBytes,
                    ..
                }
            )
        };
        assert!(met(bound(&long, &["$1"]).unwrap_err()));
        let longer = ArrowRow::new(&vec![0; ArrowRow::most_bytes(&limits) as usize + 1]);
        assert!(met(longer.check(&limits).unwrap_err()));
    }
}
