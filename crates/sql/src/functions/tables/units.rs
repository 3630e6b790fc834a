//! The rows of an input as units in order of their ids.
//!
//! A query gives its rows in any order, and permutation tests draw units by
//! their place: so units are put in order first, and results depend on
//! neither the order of rows nor the number of threads.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, UInt32Array};
use arrow::compute::{cast, take, take_record_batch};
use arrow::datatypes::{DataType, Float64Type, Schema};
use arrow::row::{RowConverter, Rows as EncodedRows, SortField};

use super::error::StatisticsError;

type Result<T> = std::result::Result<T, StatisticsError>;

/// A column that an argument names, checked to exist.
#[derive(Debug, Clone)]
pub(super) struct NamedColumn {
    pub(super) function: &'static str,
    pub(super) argument: &'static str,
    pub(super) name: String,
    pub(super) at: usize,
}

impl NamedColumn {
    /// The column of a schema that an argument names.
    pub(super) fn find(
        function: &'static str,
        argument: &'static str,
        name: &str,
        schema: &Schema,
    ) -> Result<Self> {
        let named = || {
            let fields = schema.fields().iter().enumerate();
            fields.filter(|(_, field)| field.name() == name)
        };
        if named().count() > 1 {
            return Err(StatisticsError::AmbiguousColumn {
                function,
                name: argument,
                column: name.to_owned(),
            });
        }
        match named().next() {
            Some((at, _)) => Ok(Self {
                function,
                argument,
                name: name.to_owned(),
                at,
            }),
            None => Err(StatisticsError::UnknownColumn {
                function,
                name: argument,
                column: name.to_owned(),
                columns: schema
                    .fields()
                    .iter()
                    .map(|field| field.name().as_str())
                    .collect::<Vec<_>>()
                    .join(", "),
            }),
        }
    }

    /// The same, if its type is one that `fits`.
    pub(super) fn typed(
        self,
        schema: &Schema,
        fits: impl Fn(&DataType) -> bool,
        expected: &'static str,
    ) -> Result<Self> {
        let found = schema.field(self.at).data_type();
        if fits(found) {
            return Ok(self);
        }
        Err(StatisticsError::ColumnType {
            function: self.function,
            name: self.argument,
            column: self.name,
            found: found.to_string(),
            expected,
        })
    }

    /// The same, if it holds numbers.
    pub(super) fn numeric(self, schema: &Schema) -> Result<Self> {
        self.typed(
            schema,
            |found| found.is_numeric() || found.is_null(),
            "a number",
        )
    }

    fn null(&self, rows: usize) -> Result<()> {
        if rows == 0 {
            return Ok(());
        }
        Err(StatisticsError::Null {
            function: self.function,
            name: self.argument,
            column: self.name.clone(),
            rows,
        })
    }

    /// The column's numbers; null is `None`.
    pub(super) fn numbers(&self, rows: &RecordBatch) -> Result<Vec<Option<f64>>> {
        let numbers = cast(rows.column(self.at), &DataType::Float64).map_err(|source| {
            StatisticsError::Arrow {
                function: self.function,
                source,
            }
        })?;
        Ok(numbers.as_primitive::<Float64Type>().iter().collect())
    }
}

/// Values that can be compared: ids, periods.
pub(super) struct Keys {
    encoded: EncodedRows,
}

impl Keys {
    /// The values of a column, none of which may be null.
    pub(super) fn of(column: &NamedColumn, values: &ArrayRef) -> Result<Self> {
        column.null(values.logical_null_count())?;
        let arrow = |source| StatisticsError::Arrow {
            function: column.function,
            source,
        };
        let converter =
            RowConverter::new(vec![SortField::new(values.data_type().clone())]).map_err(arrow)?;
        let encoded = converter
            .convert_columns(&[Arc::clone(values)])
            .map_err(arrow)?;
        Ok(Self { encoded })
    }

    /// Number of values.
    pub(super) fn len(&self) -> usize {
        self.encoded.num_rows()
    }

    /// Number of each row's value among the distinct values in order, and the
    /// first row of each of these. O(n log n).
    pub(super) fn ranked(&self) -> (Vec<usize>, Vec<usize>) {
        let mut order: Vec<usize> = (0..self.len()).collect();
        // By row at last, so that the first row of a value is the first.
        order.sort_unstable_by(|a, b| {
            self.encoded
                .row(*a)
                .cmp(&self.encoded.row(*b))
                .then(a.cmp(b))
        });
        let mut ranks = vec![0; self.len()];
        let mut firsts: Vec<usize> = Vec::new();
        for row in order {
            let known = firsts
                .last()
                .is_some_and(|first| self.encoded.row(*first) == self.encoded.row(row));
            if !known {
                firsts.push(row);
            }
            ranks[row] = firsts.len() - 1;
        }
        (ranks, firsts)
    }
}

/// One row a unit, in order of their ids.
///
/// # Errors
/// Ids that are null or repeated.
pub(super) fn in_order(rows: &RecordBatch, id: &NamedColumn) -> Result<RecordBatch> {
    let keys = Keys::of(id, rows.column(id.at))?;
    let (_, firsts) = keys.ranked();
    if firsts.len() < keys.len() {
        return Err(StatisticsError::Repeated {
            function: id.function,
            name: "the id",
            rows: keys.len() - firsts.len(),
        });
    }
    take_record_batch(rows, &indices(&firsts)).map_err(|source| StatisticsError::Arrow {
        function: id.function,
        source,
    })
}

/// Rows of an array by their numbers.
pub(super) fn pick(function: &'static str, values: &ArrayRef, rows: &[usize]) -> Result<ArrayRef> {
    take(values, &indices(rows), None).map_err(|source| StatisticsError::Arrow { function, source })
}

/// Row numbers as Arrow takes them: inputs have fewer than 2³² rows.
pub(super) fn indices(rows: &[usize]) -> UInt32Array {
    rows.iter().map(|row| *row as u32).collect()
}
