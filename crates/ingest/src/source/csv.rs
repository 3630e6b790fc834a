//! Delimited text.
//!
//! Rows are cut by the `csv` crate and go on as polars columns, a chunk at a
//! time. polars' own CSV scanner does not do for this door: it fills up or
//! refuses a row with too few or too many cells and does not say which line a
//! row came from, while here each such row must reach the quarantine with its
//! line and the rest of the file must still load.

use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use csv::{ByteRecord, ReaderBuilder};

use super::chunk::{Chunk, ChunkBuilder, Fault};
use super::encoding::{self, TextEncoding};
use super::{Source, names};
use crate::IngestError;
use crate::mapping::SourceOptions;

/// Rows looked at to learn the width of a file without header.
const SAMPLE_ROWS: usize = 1000;

/// Delimiters tried, in order of preference.
const DELIMITERS: [u8; 4] = *b",;\t|";

/// Bytes that one row may have. A quote that is opened and never closed
/// would otherwise make one cell of the rest of the file.
const LONGEST_ROW: usize = 32 << 20;

/// A reader of rows that stops within a row that is far too long.
struct Reader {
    rows: csv::Reader<Guard>,
    since_row: Arc<AtomicUsize>,
    /// Lines of the file before the first row.
    skipped_lines: u64,
}

/// Counts the bytes handed on since the last row ended.
struct Guard {
    inner: std::io::BufReader<Box<dyn Read + Send>>,
    since_row: Arc<AtomicUsize>,
}

impl Read for Guard {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.since_row.load(Ordering::Relaxed) > LONGEST_ROW {
            return Err(std::io::ErrorKind::FileTooLarge.into());
        }
        let read = self.inner.read(buffer)?;
        self.since_row.fetch_add(read, Ordering::Relaxed);
        Ok(read)
    }
}

/// How a text file is encoded and delimited.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dialect {
    encoding: TextEncoding,
    delimiter: u8,
}

impl Dialect {
    /// The dialect as the mapping states it, or else as the file shows it.
    pub(crate) fn detect(path: &Path, options: &SourceOptions) -> Result<Self, IngestError> {
        let encoding = encoding::detect(path, options.encoding)?;
        let delimiter = match options.delimiter {
            Some(delimiter) => delimiter,
            None => sniff(path, encoding, options.skip_lines)?,
        };
        Ok(Self {
            encoding,
            delimiter,
        })
    }
}

/// A delimited text file.
pub(crate) struct CsvSource {
    path: PathBuf,
    reader: Reader,
    delimiter: u8,
    encoding: TextEncoding,
    columns: Vec<String>,
    ragged_join: Option<usize>,
    builder: ChunkBuilder,
}

impl CsvSource {
    /// Opens a file and reads its header.
    pub(crate) fn open(
        path: &Path,
        options: &SourceOptions,
        dialect: Dialect,
        file: usize,
    ) -> Result<Self, IngestError> {
        let Dialect {
            encoding,
            delimiter,
        } = dialect;
        let mut reader = reader(path, encoding, options.skip_lines, delimiter)?;
        let columns = match &options.names {
            Some(given) => {
                let width = usual_width(path, encoding, options.skip_lines, delimiter)?;
                names::without_header(path, given, width)?
            }
            None => {
                let mut header = ByteRecord::new();
                read(&mut reader, &mut header, path)?;
                names::tidy(header.iter().map(String::from_utf8_lossy))
            }
        };
        if columns.is_empty() {
            return Err(IngestError::format(
                path,
                "the file is empty",
                "give a file with a header and rows, or correct `skip_lines`",
            ));
        }
        // A column that is not there is reported with the other missing ones.
        let ragged_join = options
            .ragged_join
            .as_ref()
            .and_then(|name| columns.iter().position(|column| column == name));
        Ok(Self {
            path: path.to_owned(),
            reader,
            delimiter,
            encoding,
            builder: ChunkBuilder::new(&columns, false, file),
            columns,
            ragged_join,
        })
    }

    fn push(&mut self, record: &ByteRecord) {
        let line = record
            .position()
            .map(|position| position.line() + self.reader.skipped_lines);
        let width = self.columns.len();
        let cells = record.len();
        let surplus = cells.saturating_sub(width);
        let surplus_is_empty = surplus > 0
            && record
                .iter()
                .skip(width)
                .all(|cell| cell.trim_ascii().is_empty());
        let mut fault = None;
        if cells < width {
            fault = Some(Fault::Ragged);
        } else if surplus_is_empty {
            self.builder.repaired();
        } else if surplus > 0 {
            if let Some(column) = self.ragged_join {
                self.builder.repaired();
                self.push_joined(record, column, surplus, line);
                return;
            }
            fault = Some(Fault::Ragged);
        }
        for column in 0..width {
            if !self.push_cell(column, record.get(column).unwrap_or_default()) {
                fault = Some(Fault::Unencodable);
            }
        }
        self.builder.end_row(line, fault);
    }

    /// Adds a row whose surplus cells belong to `column`.
    fn push_joined(
        &mut self,
        record: &ByteRecord,
        column: usize,
        surplus: usize,
        line: Option<u64>,
    ) {
        let joined = record
            .iter()
            .skip(column)
            .take(surplus + 1)
            .collect::<Vec<_>>()
            .join(&self.delimiter);
        let mut fault = None;
        for index in 0..self.columns.len() {
            let cell = match index.cmp(&column) {
                std::cmp::Ordering::Less => record.get(index).unwrap_or_default(),
                std::cmp::Ordering::Equal => joined.as_slice(),
                std::cmp::Ordering::Greater => record.get(index + surplus).unwrap_or_default(),
            };
            if !self.push_cell(index, cell) {
                fault = Some(Fault::Unencodable);
            }
        }
        self.builder.end_row(line, fault);
    }

    /// Adds a cell; `false` if its bytes are no text. Such a cell is left
    /// empty, since the row goes to the quarantine without it.
    fn push_cell(&mut self, column: usize, bytes: &[u8]) -> bool {
        match std::str::from_utf8(bytes) {
            Ok(cell)
                if self.encoding != TextEncoding::Utf16
                    || !cell.contains(char::REPLACEMENT_CHARACTER) =>
            {
                self.builder.cell(column, cell);
                true
            }
            _ => {
                self.builder.cell(column, "");
                false
            }
        }
    }
}

impl Source for CsvSource {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn next_chunk(&mut self) -> Result<Option<Chunk>, IngestError> {
        let mut record = ByteRecord::new();
        while !self.builder.is_full() && read(&mut self.reader, &mut record, &self.path)? {
            self.push(&record);
        }
        Ok(self.builder.finish())
    }
}

fn reader(
    path: &Path,
    encoding: TextEncoding,
    skip_lines: usize,
    delimiter: u8,
) -> Result<Reader, IngestError> {
    let since_row = Arc::new(AtomicUsize::new(0));
    let guard = Guard {
        inner: encoding::open(path, encoding, skip_lines)?,
        since_row: Arc::clone(&since_row),
    };
    Ok(Reader {
        rows: ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .buffer_capacity(1 << 18)
            .from_reader(guard),
        since_row,
        skipped_lines: skip_lines as u64,
    })
}

fn read(reader: &mut Reader, record: &mut ByteRecord, path: &Path) -> Result<bool, IngestError> {
    reader.since_row.store(0, Ordering::Relaxed);
    let line = reader.rows.position().line() + reader.skipped_lines;
    reader.rows.read_byte_record(record).map_err(|error| {
        let text = error.to_string();
        match error.into_kind() {
            csv::ErrorKind::Io(source) if source.kind() == std::io::ErrorKind::FileTooLarge => {
                IngestError::format(
                    path,
                    format!("the row that begins in line {line} does not end"),
                    "close the quote that is opened in it, or double it if it belongs to the text",
                )
            }
            csv::ErrorKind::Io(source) => IngestError::file("reading", path)(source),
            _ => IngestError::format(path, text, "check the delimiter and the quotes"),
        }
    })
}

/// Most frequent number of cells among the first rows.
fn usual_width(
    path: &Path,
    encoding: TextEncoding,
    skip_lines: usize,
    delimiter: u8,
) -> Result<usize, IngestError> {
    let mut reader = reader(path, encoding, skip_lines, delimiter)?;
    let widths = widths(&mut reader, path, SAMPLE_ROWS)?;
    Ok(most_frequent(&widths).map_or(0, |(width, _)| width))
}

fn widths(reader: &mut Reader, path: &Path, most: usize) -> Result<Vec<usize>, IngestError> {
    let mut record = ByteRecord::new();
    let mut widths = Vec::new();
    while widths.len() < most && read(reader, &mut record, path)? {
        widths.push(record.len());
    }
    Ok(widths)
}

/// The value that occurs most often, and how often; of equals the largest.
fn most_frequent(values: &[usize]) -> Option<(usize, usize)> {
    let mut counts: HashMap<usize, usize> = HashMap::new();
    for value in values {
        *counts.entry(*value).or_default() += 1;
    }
    counts
        .into_iter()
        .max_by_key(|&(value, count)| (count, value))
}

/// The delimiter that splits the first rows into the same number of cells
/// most consistently, and into more than one.
fn sniff(path: &Path, encoding: TextEncoding, skip_lines: usize) -> Result<u8, IngestError> {
    let mut best = (0.0, b',');
    for delimiter in DELIMITERS {
        let mut reader = reader(path, encoding, skip_lines, delimiter)?;
        let widths = widths(&mut reader, path, 200)?;
        let Some((width, count)) = most_frequent(&widths) else {
            continue;
        };
        if width < 2 {
            continue;
        }
        let score = count as f64 / widths.len() as f64 + (width.min(50) as f64) / 1000.0;
        if score > best.0 {
            best = (score, delimiter);
        }
    }
    Ok(best.1)
}
