//! The cells of a workbook, within limits.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use calamine::{DataRef, Reader as _, Xlsx};
use chrono::NaiveDate;

use super::fault::ResultsError;

/// Most bytes of all parts of a workbook together, unpacked.
const MOST_BYTES: u64 = 50_000_000;
/// Most cells with content.
const MOST_CELLS: u64 = 1_000_000;

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Text(String),
    Number(f64),
    Date(NaiveDate),
}

/// The cells of a sheet by row and column, from 0. Empty cells and cells with
/// nothing but white space are absent.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sheet {
    pub(super) name: String,
    pub(super) cells: BTreeMap<(u32, u32), Value>,
}

/// Reads all sheets. Cells are streamed and kept sparse: a range as a grid
/// would grow to billions of cells with a single one in its far corner.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Sheet>, ResultsError> {
    check_size(bytes)?;
    let failed = |error: &dyn std::fmt::Display| ResultsError::NoWorkbook {
        reason: error.to_string(),
    };
    let mut workbook: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes))
        .map_err(|error: calamine::XlsxError| failed(&error))?;
    let mut sheets = Vec::new();
    let mut left = MOST_CELLS;
    for name in workbook.sheet_names() {
        let mut cells = BTreeMap::new();
        // Sheets of charts have no cells.
        let Ok(mut reader) = workbook.worksheet_cells_reader(&name) else {
            continue;
        };
        while let Some(cell) = reader.next_cell().map_err(|error| failed(&error))? {
            let (row, column) = cell.get_position();
            if let Some(value) = value(cell.get_value()) {
                left = left.checked_sub(1).ok_or(ResultsError::TooLarge {
                    most: MOST_CELLS,
                    unit: "cells",
                })?;
                cells.insert((row, column), value);
            }
        }
        sheets.push(Sheet { name, cells });
    }
    Ok(sheets)
}

/// Unpacks everything once and counts, since what an archive says of its sizes
/// may be a lie.
fn check_size(bytes: &[u8]) -> Result<(), ResultsError> {
    let failed = |error: &dyn std::fmt::Display| ResultsError::NoWorkbook {
        reason: error.to_string(),
    };
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| failed(&error))?;
    let mut total = 0;
    for number in 0..archive.len() {
        let part = archive.by_index(number).map_err(|error| failed(&error))?;
        let mut limited = part.take(MOST_BYTES + 1 - total);
        total +=
            std::io::copy(&mut limited, &mut std::io::sink()).map_err(|error| failed(&error))?;
        if total > MOST_BYTES {
            return Err(ResultsError::TooLarge {
                most: MOST_BYTES,
                unit: "bytes unpacked",
            });
        }
    }
    Ok(())
}

fn value(value: &DataRef<'_>) -> Option<Value> {
    let text = |text: &str| {
        let text = text.trim();
        (!text.is_empty()).then(|| Value::Text(text.to_owned()))
    };
    match value {
        DataRef::Empty => None,
        DataRef::Int(number) => Some(Value::Number(*number as f64)),
        DataRef::Float(number) => Some(Value::Number(*number)),
        DataRef::String(string) => text(string),
        DataRef::SharedString(string) => text(string),
        DataRef::Bool(truth) => Some(Value::Text(truth.to_string())),
        DataRef::DateTime(moment) => {
            let (year, month, day, ..) = moment.to_ymd_hms_milli();
            let date = NaiveDate::from_ymd_opt(year.into(), month.into(), day.into());
            Some(date.map_or(Value::Number(moment.as_f64()), Value::Date))
        }
        DataRef::DateTimeIso(string) => {
            let date = string.get(..10).and_then(|day| day.parse().ok());
            date.map(Value::Date).or_else(|| text(string))
        }
        DataRef::DurationIso(string) => text(string),
        DataRef::Error(error) => Some(Value::Text(error.to_string())),
    }
}
