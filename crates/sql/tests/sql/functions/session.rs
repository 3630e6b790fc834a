//! A session with the functions, and ways to look at results.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion::common::Result;
use datafusion::prelude::{SessionConfig, SessionContext};

/// A session with all functions, on some partitions.
pub fn session(partitions: usize) -> SessionContext {
    let config = SessionConfig::new().with_target_partitions(partitions);
    let context = SessionContext::new_with_config(config);
    safeground_sql::functions::register(&context).unwrap();
    context
}

/// All rows of a query.
pub async fn rows(context: &SessionContext, sql: &str) -> Result<RecordBatch> {
    let frame = context.sql(sql).await?;
    let schema = Arc::new(frame.schema().as_arrow().clone());
    let batches = frame.collect().await?;
    let schema = batches.first().map_or(schema, |batch| batch.schema());
    Ok(concat_batches(&schema, &batches)?)
}

/// The only value of a query, as text; `None` for null.
pub async fn value(sql: &str) -> Result<Option<String>> {
    let batch = rows(&session(1), sql).await?;
    assert_eq!((batch.num_rows(), batch.num_columns()), (1, 1), "{sql}");
    Ok(shown(batch.column(0), 0))
}

/// One value as Arrow shows it.
pub fn shown(column: &ArrayRef, row: usize) -> Option<String> {
    column
        .is_valid(row)
        .then(|| arrow::util::display::array_value_to_string(column, row).unwrap())
}

/// A column as numbers.
pub fn numbers(batch: &RecordBatch, name: &str) -> Vec<Option<f64>> {
    let column = batch
        .column_by_name(name)
        .unwrap_or_else(|| panic!("no column {name}"));
    let column = cast(column, &DataType::Float64).unwrap();
    column.as_primitive::<Float64Type>().iter().collect()
}

/// A column as whole numbers.
pub fn integers(batch: &RecordBatch, name: &str) -> Vec<Option<i64>> {
    let column = cast(batch.column_by_name(name).unwrap(), &DataType::Int64).unwrap();
    column.as_primitive::<Int64Type>().iter().collect()
}

/// A column as text.
pub fn texts(batch: &RecordBatch, name: &str) -> Vec<Option<String>> {
    let column = cast(batch.column_by_name(name).unwrap(), &DataType::Utf8).unwrap();
    let texts = column.as_string::<i32>();
    texts.iter().map(|text| text.map(str::to_owned)).collect()
}
