//! The scores of one layer, theme and period, column by column.

use std::sync::LazyLock;

use arrow::array::{
    Array as _, AsArray as _, Float64Array, Int32Array, Int64Array, RecordBatch, StringArray,
};
use arrow::datatypes::{DataType, Float64Type, Int32Type, Int64Type};
use safeground_schema::release::scores_schema;

use crate::error::ServerError;

/// Columns that say which row it is; the others are measures.
const KEYS: [&str; 4] = ["layer", "unit_id", "theme", "period"];

/// Names of the measures, in the order of the released table.
pub(crate) static COLUMNS: LazyLock<Vec<String>> = LazyLock::new(|| {
    scores_schema()
        .fields()
        .iter()
        .map(|field| field.name().clone())
        .filter(|name| !KEYS.contains(&name.as_str()))
        .collect()
});

/// One value of a release. Every format writes from this, so that all show
/// the same.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Value<'a> {
    /// Nothing; the status says why.
    Null,
    /// A code or a name.
    Text(&'a str),
    /// A whole number.
    Integer(i64),
    /// A decimal number, finite.
    Number(f64),
}

#[derive(Debug, Clone)]
enum Column {
    Text(StringArray),
    Integer(Int64Array),
    Short(Int32Array),
    Number(Float64Array),
}

/// Measures of every unit of a layer for one theme and period; row `i` is of
/// the layer's unit `i`.
#[derive(Debug, Clone)]
pub(crate) struct Measures {
    columns: Vec<Column>,
}

impl Measures {
    /// The measures in the rows of a batch of the released table.
    pub(crate) fn of(batch: &RecordBatch) -> Result<Self, ServerError> {
        let columns = COLUMNS
            .iter()
            .map(|name| {
                let array = batch.column_by_name(name).ok_or_else(|| {
                    ServerError::Broken(format!("the scores have no column `{name}`"))
                })?;
                Ok(match array.data_type() {
                    DataType::Utf8 => Column::Text(array.as_string::<i32>().clone()),
                    DataType::Int64 => Column::Integer(array.as_primitive::<Int64Type>().clone()),
                    DataType::Int32 => Column::Short(array.as_primitive::<Int32Type>().clone()),
                    DataType::Float64 => {
                        Column::Number(array.as_primitive::<Float64Type>().clone())
                    }
                    other => {
                        return Err(ServerError::Broken(format!(
                            "the column `{name}` of the scores is of type {other}"
                        )));
                    }
                })
            })
            .collect::<Result<_, ServerError>>()?;
        Ok(Self { columns })
    }

    /// Position of a measure by its name.
    pub(crate) fn position(name: &str) -> Option<usize> {
        COLUMNS.iter().position(|column| column == name)
    }

    /// Value of a measure for a unit. What is not a finite number is nothing,
    /// and negative zero is zero, in every format.
    pub(crate) fn value(&self, column: usize, unit: usize) -> Value<'_> {
        match &self.columns[column] {
            Column::Text(a) if a.is_valid(unit) => Value::Text(a.value(unit)),
            Column::Integer(a) if a.is_valid(unit) => Value::Integer(a.value(unit)),
            Column::Short(a) if a.is_valid(unit) => Value::Integer(a.value(unit).into()),
            Column::Number(a) if a.is_valid(unit) && a.value(unit).is_finite() => {
                Value::Number(a.value(unit) + 0.0)
            }
            _ => Value::Null,
        }
    }
}
