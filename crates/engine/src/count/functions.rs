//! SQL functions private to counting. They are registered on a session of
//! their own and never reach users.

use std::hash::{DefaultHasher, Hasher};
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Int64Array, Int64Builder, ListBuilder, PrimitiveArray, StringArray,
};
use arrow::datatypes::{ArrowPrimitiveType, DataType, Date32Type, Field, Int64Type};
use datafusion::error::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarUDF, Volatility, create_udf};
use datafusion::prelude::SessionContext;
use h3o::CellIndex;
use safeground_schema::{Breakdown, CodeList as _, Theme};

use super::Frame;
use super::frame::theme_number;

/// A copy of the session with the counting functions of this frame.
pub(super) fn session_with(ctx: &SessionContext, frame: &Arc<Frame>) -> SessionContext {
    let own = SessionContext::new_with_state(ctx.state());
    own.register_udf(buckets(Arc::clone(frame)));
    own.register_udf(key64());
    own
}

/// `buckets(theme, place_id, h3, date, class, …)`: numbers of all buckets an
/// event falls into. Classes come in the order of [`Breakdown::ALL`], NULL where
/// a table has no such column.
fn buckets(frame: Arc<Frame>) -> ScalarUDF {
    let item = Arc::new(Field::new("item", DataType::Int64, true));
    let body = move |arguments: &[ColumnarValue]| {
        let columns = ColumnarValue::values_to_arrays(arguments)?;
        let theme = columns[0].as_string::<i32>();
        let place = columns[1].as_string::<i32>();
        let cell = columns[2].as_primitive::<Int64Type>();
        let day = columns[3].as_primitive::<Date32Type>();
        let classes: Vec<&StringArray> = columns[4..]
            .iter()
            .map(|column| column.as_string::<i32>())
            .collect();
        let most = frame.pairs.len() + frame.divisions.len();
        let mut out = ListBuilder::with_capacity(
            Int64Builder::with_capacity(theme.len() * most),
            theme.len(),
        );
        let mut found = Vec::with_capacity(most);
        // Tables come in runs of one theme, so the last one is worth keeping.
        let mut known: (&str, Option<u64>) = ("", None);
        for row in 0..theme.len() {
            found.clear();
            let code = theme.value(row);
            if known.0 != code {
                let number = code.parse::<Theme>().ok().and_then(|t| theme_number(&t));
                known = (code, number);
            }
            if let (Some(number), Some(day)) = (known.1, value(day, row)) {
                let cell = value(cell, row).and_then(|c| CellIndex::try_from(c as u64).ok());
                let place = frame.place(text(place, row), cell);
                let class = |by: Breakdown| text(classes[by as usize], row);
                frame.buckets(number, (place, cell, day), class, &mut found);
            }
            out.values().append_slice(&found);
            out.append(true);
        }
        Ok(ColumnarValue::Array(Arc::new(out.finish()) as ArrayRef))
    };
    create_udf(
        "buckets",
        [
            DataType::Utf8,
            DataType::Utf8,
            DataType::Int64,
            DataType::Date32,
        ]
        .into_iter()
        .chain(Breakdown::ALL.iter().map(|_| DataType::Utf8))
        .collect(),
        DataType::List(item),
        Volatility::Immutable,
        Arc::new(body),
    )
}

/// `key64(text)`: 64 bits of a key, so that counting distinct keys of 10⁸
/// rows moves eight bytes a row instead of sixty-four.
///
/// Two keys of one bucket collide with probability n²/2⁶⁵: 10⁻⁷ for a bucket
/// of a million children.
fn key64() -> ScalarUDF {
    let body = |arguments: &[ColumnarValue]| -> Result<ColumnarValue> {
        let columns = ColumnarValue::values_to_arrays(arguments)?;
        let hashed: Int64Array = columns[0]
            .as_string::<i32>()
            .iter()
            .map(|key| {
                key.map(|key| {
                    let mut hasher = DefaultHasher::new();
                    hasher.write(key.as_bytes());
                    hasher.finish() as i64
                })
            })
            .collect();
        Ok(ColumnarValue::Array(Arc::new(hashed)))
    };
    create_udf(
        "key64",
        vec![DataType::Utf8],
        DataType::Int64,
        Volatility::Immutable,
        Arc::new(body),
    )
}

fn value<T: ArrowPrimitiveType>(column: &PrimitiveArray<T>, row: usize) -> Option<T::Native> {
    column.is_valid(row).then(|| column.value(row))
}

fn text(column: &StringArray, row: usize) -> Option<&str> {
    column.is_valid(row).then(|| column.value(row))
}
