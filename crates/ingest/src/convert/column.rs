//! Cells of one column to an Arrow array.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Date32Builder, Float64Builder, Int64Builder, StringBuilder, new_null_array,
};
use polars::prelude::StringChunked;
use safeground_schema::{ErrorCode, FieldKind};

use super::date::parse_date;
use super::number::{parse_integer, parse_number};
use super::plan::{ColumnInput, FieldPlan, Input};
use super::reject::{Cause, Rows};
use super::text::{normal_text, parse_period, place_code};
use super::value::Value;
use crate::source::Chunk;

/// Converts the field for every row of the chunk that is still good; the
/// others are null.
pub(super) fn convert(field: &FieldPlan, chunk: &Chunk, rows: &mut Rows) -> ArrayRef {
    let height = rows.len();
    match &field.input {
        Input::Nothing => new_null_array(field.spec.arrow_field().data_type(), height),
        Input::Constant(value) => constant(value, height),
        Input::Column(input) => match chunk.text(&input.name) {
            Some(cells) => cells_of(field, input, cells, chunk.serial_dates, rows),
            None => new_null_array(field.spec.arrow_field().data_type(), height),
        },
    }
}

fn constant(value: &Value, height: usize) -> ArrayRef {
    match value {
        Value::Text(text) => {
            let mut builder = StringBuilder::with_capacity(height, height * text.len());
            for _ in 0..height {
                builder.append_value(text);
            }
            Arc::new(builder.finish())
        }
        Value::Integer(number) => Arc::new(arrow::array::Int64Array::from_value(*number, height)),
        Value::Number(number) => Arc::new(arrow::array::Float64Array::from_value(*number, height)),
        Value::Date(days) => Arc::new(arrow::array::Date32Array::from_value(*days, height)),
    }
}

/// What takes converted values of one kind.
trait Append {
    fn value(&mut self, value: &Value);
    fn null(&mut self);
}

macro_rules! append {
    ($builder:ident, $variant:ident, $value:ident => $stored:expr) => {
        impl Append for $builder {
            fn value(&mut self, value: &Value) {
                if let Value::$variant($value) = value {
                    self.append_value($stored);
                } else {
                    debug_assert!(false, "values are parsed by the kind of their field");
                    self.append_null();
                }
            }
            fn null(&mut self) {
                self.append_null();
            }
        }
    };
}

append!(StringBuilder, Text, text => text);
append!(Int64Builder, Integer, number => *number);
append!(Float64Builder, Number, number => *number);
append!(Date32Builder, Date, days => *days);

fn cells_of(
    field: &FieldPlan,
    input: &ColumnInput,
    cells: &StringChunked,
    serials: bool,
    rows: &mut Rows,
) -> ArrayRef {
    let height = rows.len();
    let task = Task {
        field,
        input,
        cells,
    };
    match field.spec.kind {
        FieldKind::Integer => task.run(
            rows,
            Int64Builder::with_capacity(height),
            |builder, cell| {
                builder.append_value(integer(field, input, cell)?);
                Ok(())
            },
        ),
        FieldKind::Number => task.run(
            rows,
            Float64Builder::with_capacity(height),
            |builder, cell| {
                builder.append_value(number(field, input, cell)?);
                Ok(())
            },
        ),
        FieldKind::Date => {
            let reading = super::date::DateReading {
                serials,
                ..field.date
            };
            task.run(
                rows,
                Date32Builder::with_capacity(height),
                |builder, cell| {
                    builder.append_value(parse_date(cell, reading)?);
                    Ok(())
                },
            )
        }
        FieldKind::Key => {
            let mut hex = [0; 64];
            task.run(
                rows,
                StringBuilder::with_capacity(height, 64 * height),
                |builder, cell| {
                    let hasher = input.hasher.as_ref().ok_or(ErrorCode::Inconsistent)?;
                    hasher.hash_into(cell, &mut hex);
                    builder.append_value(
                        std::str::from_utf8(&hex).expect("hexadecimal digits are text"),
                    );
                    Ok(())
                },
            )
        }
        FieldKind::Period => task.run(
            rows,
            StringBuilder::with_capacity(height, 8 * height),
            |builder, cell| {
                match &field.reading.codes {
                    Some(codes) => builder.append_value(codes.translate(cell)?),
                    None => builder.append_value(parse_period(cell)?),
                }
                Ok(())
            },
        ),
        _ => task.run(
            rows,
            StringBuilder::with_capacity(height, 16 * height),
            |builder, cell| {
                match &field.reading.codes {
                    Some(codes) => builder.append_value(codes.translate(cell)?),
                    None if field.reading.pad > 0 => {
                        builder.append_value(place_code(cell, field.reading.pad));
                    }
                    None => builder.append_value(normal_text(cell)),
                }
                Ok(())
            },
        ),
    }
}

fn integer(field: &FieldPlan, input: &ColumnInput, cell: &str) -> Result<i64, ErrorCode> {
    let mut number = parse_integer(cell, field.factor, field.reading.round, field.dress)?;
    if let Some(coarsen) = input.coarsen {
        number = coarsen.number(number as f64) as i64;
    }
    if number < 0 {
        return Err(ErrorCode::NegativeNumber);
    }
    Ok(number)
}

fn number(field: &FieldPlan, input: &ColumnInput, cell: &str) -> Result<f64, ErrorCode> {
    let mut number = parse_number(cell, field.dress)? * field.factor;
    if let Some(coarsen) = input.coarsen {
        number = coarsen.number(number);
    }
    let unit = field.spec.unit;
    let is_within = |limit: f64| (-limit..=limit).contains(&number);
    match unit {
        "degrees north" if !is_within(90.0) => Err(ErrorCode::CoordinateInvalid),
        "degrees east" if !is_within(180.0) => Err(ErrorCode::CoordinateInvalid),
        "degrees north" | "degrees east" | "as `unit` says" | "" => Ok(number),
        _ if unit.starts_with("share") && !(0.0..=1.0).contains(&number) => {
            Err(ErrorCode::ShareOutOfRange)
        }
        _ if number < 0.0 => Err(ErrorCode::NegativeNumber),
        _ => Ok(number),
    }
}

/// The figure of a cell, whether or not its row is accepted; `None` if the
/// cell holds none.
pub(super) fn figure(
    field: &FieldPlan,
    input: &ColumnInput,
    cells: &StringChunked,
    raw: &str,
) -> Option<f64> {
    let reading = &field.reading;
    let value = |value: &Value| match value {
        #[expect(
            clippy::cast_precision_loss,
            reason = "whole numbers are read within the exact range of floats"
        )]
        Value::Integer(number) => Some(*number as f64),
        Value::Number(number) => Some(*number),
        _ => None,
    };
    if let Some(rules) = &reading.when {
        let rule = rules.iter().find(|(pattern, _)| pattern.is_match(raw));
        return rule.and_then(|(_, given)| value(given));
    }
    let is_missing = raw.is_empty() || field.missing.iter().any(|text| text == raw);
    let task = Task {
        field,
        input,
        cells,
    };
    match task.extract(raw) {
        _ if is_missing => reading.when_missing.as_ref().and_then(value),
        Ok("") => reading.when_missing.as_ref().and_then(value),
        Ok(cell) => parse_number(cell, field.dress)
            .ok()
            .map(|number| number * field.factor),
        Err(_) => None,
    }
}

struct Task<'t> {
    field: &'t FieldPlan,
    input: &'t ColumnInput,
    cells: &'t StringChunked,
}

impl Task<'_> {
    fn run<B>(
        &self,
        rows: &mut Rows,
        mut builder: B,
        mut append: impl FnMut(&mut B, &str) -> Result<(), ErrorCode>,
    ) -> ArrayRef
    where
        B: Append + arrow::array::ArrayBuilder,
    {
        let reading = &self.field.reading;
        for (row, raw) in self.cells.iter().enumerate() {
            if !rows.is_good(row) {
                builder.null();
                continue;
            }
            let raw = raw.unwrap_or("").trim();
            let result = if let Some(rules) = &reading.when {
                match rules.iter().find(|(pattern, _)| pattern.is_match(raw)) {
                    Some((_, value)) => {
                        builder.value(value);
                        Ok(())
                    }
                    None => self.empty(&mut builder),
                }
            } else if raw.is_empty() || self.field.missing.iter().any(|text| text == raw) {
                self.empty(&mut builder)
            } else {
                match self.extract(raw) {
                    Ok("") => self.empty(&mut builder),
                    Ok(cell) => append(&mut builder, cell),
                    Err(code) => Err(code),
                }
            };
            if let Err(code) = result {
                builder.null();
                let shown = self.input.is_shown && !raw.is_empty();
                rows.reject(row, || {
                    Cause::of_column(code, &self.input.name, shown.then_some(raw))
                });
            }
        }
        builder.finish()
    }

    /// The part of the cell that the pattern captures.
    fn extract<'c>(&self, cell: &'c str) -> Result<&'c str, ErrorCode> {
        let Some(pattern) = &self.field.reading.pattern else {
            return Ok(cell);
        };
        match pattern.captures(cell) {
            Some(captures) => Ok(captures.get(1).map_or("", |group| group.as_str().trim())),
            None => Err(ErrorCode::PatternUnmatched),
        }
    }

    fn empty(&self, builder: &mut impl Append) -> Result<(), ErrorCode> {
        match &self.field.reading.when_missing {
            Some(value) => builder.value(value),
            None if self.field.spec.nullable => builder.null(),
            None => return Err(ErrorCode::ValueMissing),
        }
        Ok(())
    }
}
