//! Spreadsheets: Excel workbooks and OpenDocument spreadsheets.

use std::borrow::Cow;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use calamine::{Data, Dimensions, Ods, Range, Reader, Xlsx, open_workbook};

use super::chunk::{Chunk, ChunkBuilder};
use super::{Source, names};
use crate::IngestError;
use crate::mapping::SourceOptions;
use crate::mapping::file::Format;

/// A sheet in memory; a sheet has at most 1,048,576 rows.
pub(crate) struct SheetSource {
    columns: Vec<String>,
    range: Range<Data>,
    /// Next row of the range.
    next: usize,
    builder: ChunkBuilder,
}

impl SheetSource {
    /// Reads a sheet of a workbook.
    pub(crate) fn open(
        path: &Path,
        format: Format,
        options: &SourceOptions,
        file: usize,
    ) -> Result<Self, IngestError> {
        let range = match format {
            Format::Ods => {
                let mut book: Ods<BufReader<File>> =
                    open_workbook(path).map_err(|error| broken(path, &error))?;
                let sheet = sheet_name(path, options, &book.sheet_names())?;
                book.worksheet_range(&sheet)
                    .map_err(|error| broken(path, &error))?
            }
            _ => {
                let mut book: Xlsx<BufReader<File>> =
                    open_workbook(path).map_err(|error| broken(path, &error))?;
                let sheet = sheet_name(path, options, &book.sheet_names())?;
                let mut range = book
                    .worksheet_range(&sheet)
                    .map_err(|error| broken(path, &error))?;
                let merged = book
                    .merge_cells_by_sheet_name(&sheet)
                    .map_err(|error| broken(path, &error))?;
                fill_down(&mut range, &merged);
                range
            }
        };
        let width = range.width();
        // Rows are counted from the top of the sheet, where a range may have
        // its first filled cell further down.
        let top = range.start().map_or(0, |(row, _)| row as usize);
        let mut next = options.skip_lines.saturating_sub(top);
        let is_filled = |row: usize| {
            (0..width).any(|column| !text_of(range.get((row, column))).trim().is_empty())
        };
        while next < range.height() && !is_filled(next) {
            next += 1;
        }
        if next >= range.height() {
            return Err(IngestError::format(
                path,
                "the sheet is empty",
                "name another `sheet` under [source] in the mapping, or correct `skip_lines`",
            ));
        }
        let columns = match &options.names {
            Some(given) => names::without_header(path, given, width)?,
            None => {
                let header = (0..width).map(|column| text_of(range.get((next, column))));
                let columns = names::tidy(header);
                next += 1;
                columns
            }
        };
        Ok(Self {
            builder: ChunkBuilder::new(&columns, false, file).with_serial_dates(),
            columns,
            range,
            next,
        })
    }
}

impl Source for SheetSource {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn next_chunk(&mut self) -> Result<Option<Chunk>, IngestError> {
        while !self.builder.is_full() && self.next < self.range.height() {
            for column in 0..self.columns.len() {
                self.builder
                    .cell(column, &text_of(self.range.get((self.next, column))));
            }
            self.builder.end_row(None, None);
            self.next += 1;
        }
        Ok(self.builder.finish())
    }
}

fn broken(path: &Path, error: &dyn std::error::Error) -> IngestError {
    IngestError::format(
        path,
        format!("the workbook cannot be read: {error}"),
        "open it in a spreadsheet program, save it again without a password, or export it as CSV",
    )
}

fn sheet_name(
    path: &Path,
    options: &SourceOptions,
    sheets: &[String],
) -> Result<String, IngestError> {
    let found = match &options.sheet {
        Some(name) => sheets.iter().find(|sheet| sheet.trim() == name.trim()),
        None => sheets.first(),
    };
    found.cloned().ok_or_else(|| {
        IngestError::format(
            path,
            match &options.sheet {
                Some(name) => format!("there is no sheet `{name}`"),
                None => "there is no sheet".to_owned(),
            },
            format!(
                "name one of these as `sheet` under [source] in the mapping: {}",
                sheets.join(", ")
            ),
        )
    })
}

/// A cell merged over several rows stands for each of them; the file holds
/// its value in the first only.
fn fill_down(range: &mut Range<Data>, merged: &[Dimensions]) {
    let (Some(start), Some(end)) = (range.start(), range.end()) else {
        return;
    };
    for area in merged {
        let (row, column) = area.start;
        let Some(value) = range.get_value((row, column)).cloned() else {
            continue;
        };
        if column < start.1 || column > end.1 {
            continue;
        }
        for row in row + 1..=area.end.0.min(end.0) {
            range.set_value((row, column), value.clone());
        }
    }
}

/// A cell as text: whole numbers without fraction, dates in ISO form.
fn text_of(cell: Option<&Data>) -> Cow<'_, str> {
    match cell {
        None | Some(Data::Empty) => Cow::Borrowed(""),
        Some(Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text)) => {
            Cow::Borrowed(text)
        }
        Some(Data::Int(number)) => Cow::Owned(number.to_string()),
        Some(Data::Float(number)) => Cow::Owned(number.to_string()),
        Some(Data::Bool(true)) => Cow::Borrowed("true"),
        Some(Data::Bool(false)) => Cow::Borrowed("false"),
        Some(Data::Error(error)) => Cow::Owned(error.to_string()),
        Some(Data::DateTime(date)) if date.is_duration() => Cow::Owned(date.as_f64().to_string()),
        Some(Data::DateTime(date)) => {
            let (year, month, day, hour, minute, second, _) = date.to_ymd_hms_milli();
            if (hour, minute, second) == (0, 0, 0) {
                Cow::Owned(format!("{year:04}-{month:02}-{day:02}"))
            } else {
                Cow::Owned(format!(
                    "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"
                ))
            }
        }
    }
}
