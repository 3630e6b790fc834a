//! Rules between the fields of one record.

use std::sync::Arc;

use arrow::array::{Array, AsArray, PrimitiveArray};
use arrow::datatypes::{ArrowPrimitiveType, Date32Type, Float64Type, Int64Type};
use safeground_schema::{ErrorCode, Table};

use super::place::Fields;
use super::reject::{Cause, Rows};

/// Rejects the records whose fields contradict each other, and the survey
/// figures outside the range of their unit.
pub(super) fn check(table: Table, fields: &Fields, rows: &mut Rows) {
    match table {
        Table::Places => {
            not_above::<Int64Type>(fields, rows, "children_0_6", "population");
            not_above::<Int64Type>(fields, rows, "children_under_18", "population");
            not_above::<Int64Type>(fields, rows, "children_0_6", "children_under_18");
            not_above::<Date32Type>(fields, rows, "valid_from", "valid_to");
        }
        Table::Indicators => figures_fit_their_unit(fields, rows),
        Table::Incidents => one_child_per_key(fields, rows),
        _ => {}
    }
}

fn primitive<'f, T: ArrowPrimitiveType>(
    fields: &'f Fields,
    name: &str,
) -> Option<&'f PrimitiveArray<T>> {
    fields.get(name).map(|array| array.as_primitive::<T>())
}

fn reject(rows: &mut Rows, row: usize, code: ErrorCode, fields: &str) {
    rows.reject(row, || Cause::of_column(code, &Arc::from(fields), None));
}

fn not_above<T>(fields: &Fields, rows: &mut Rows, low: &str, high: &str)
where
    T: ArrowPrimitiveType,
    T::Native: PartialOrd,
{
    let (Some(lows), Some(highs)) = (primitive::<T>(fields, low), primitive::<T>(fields, high))
    else {
        return;
    };
    for row in 0..rows.len() {
        if lows.is_valid(row) && highs.is_valid(row) && lows.value(row) > highs.value(row) {
            reject(
                rows,
                row,
                ErrorCode::Inconsistent,
                &format!("{low}, {high}"),
            );
        }
    }
}

/// A pseudonym stands for one child.
fn one_child_per_key(fields: &Fields, rows: &mut Rows) {
    let (Some(keys), Some(children)) = (
        fields.get("child_key"),
        primitive::<Int64Type>(fields, "children"),
    ) else {
        return;
    };
    for row in 0..rows.len() {
        if keys.is_valid(row) && children.is_valid(row) && children.value(row) != 1 {
            reject(rows, row, ErrorCode::Inconsistent, "child_key, children");
        }
    }
}

fn figures_fit_their_unit(fields: &Fields, rows: &mut Rows) {
    let Some(units) = fields.get("unit") else {
        return;
    };
    let units = units.as_string::<i32>();
    for name in ["value", "standard_error"] {
        let Some(figures) = primitive::<Float64Type>(fields, name) else {
            continue;
        };
        for row in 0..rows.len() {
            if !figures.is_valid(row) || !units.is_valid(row) {
                continue;
            }
            let figure = figures.value(row);
            match units.value(row) {
                "percent" if !(0.0..=100.0).contains(&figure) => {
                    reject(rows, row, ErrorCode::ShareOutOfRange, name);
                }
                "per_1000" | "cases" | "people" if figure < 0.0 => {
                    reject(rows, row, ErrorCode::NegativeNumber, name);
                }
                _ => {}
            }
        }
    }
}
