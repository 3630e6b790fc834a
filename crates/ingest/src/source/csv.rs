//! Delimited text.
//!
//! Rows are cut by the `csv` crate and go on as polars columns, a chunk at a
//! time. polars' own CSV scanner does not do for this door: it fills up or
//! refuses a row with too few or too many cells and does not say which line a
//! row came from, while here each such row must reach the quarantine with its
//! line and the rest of the file must still load.

use std::collections::HashMap;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use csv::{ByteRecord, ReaderBuilder};

use super::chunk::{Chunk, ChunkBuilder, Fault};
use super::encoding::{self, TextEncoding};
use super::{Source, names, swallow};
use crate::IngestError;
use crate::mapping::SourceOptions;

/// Rows looked at to learn the width of a file without header.
const SAMPLE_ROWS: usize = 1000;

/// Delimiters tried, in order of preference.
const DELIMITERS: [u8; 4] = *b",;\t|";

/// Bytes that one row may have. A quote that is opened and never closed
/// would otherwise make one cell of the rest of a long file.
const LONGEST_ROW: usize = 32 << 20;

/// What is read after the last byte of a file: a line of its own. Where a
/// quote is still open it becomes text of the last row, which is how an
/// unclosed quote shows; the `csv` crate itself ends such a row without a word.
const END_MARK: &[u8] = b"\n\x04\n";

/// A reader of rows that tells of a row that does not end.
struct Reader {
    rows: csv::Reader<Guard>,
    /// Lines of the file before the first row.
    skipped_lines: u64,
    /// Whether rows end in a carriage return. A line feed after it is counted
    /// with the row that follows.
    ends_in_return: bool,
}

/// Counts the bytes handed on, and adds the mark to them.
struct Guard {
    inner: BufReader<Box<dyn Read + Send>>,
    /// What of the mark was not yet handed on.
    end_mark: &'static [u8],
    handed_on: u64,
    since_row: usize,
}

impl Read for Guard {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.since_row > LONGEST_ROW {
            return Err(std::io::ErrorKind::FileTooLarge.into());
        }
        let mut read = self.inner.read(buffer)?;
        if read == 0 {
            read = self.end_mark.read(buffer)?;
        }
        self.handed_on += read as u64;
        self.since_row += read;
        Ok(read)
    }
}

/// What comes next in a file.
enum Next {
    /// A row.
    Row(Place),
    /// The file is over.
    End,
    /// The file is over, and the quote opened in this line is still open.
    Unclosed(u64),
    /// The row that begins in this line is longer than [`LONGEST_ROW`].
    TooLong(u64),
}

/// Where a row stands in its file.
#[derive(Clone, Copy)]
struct Place {
    /// The line it begins in.
    line: u64,
    /// Whether a cell of it has a line break.
    has_breaks: bool,
}

impl Reader {
    fn advance(&mut self, record: &mut ByteRecord) -> Result<Next, csv::Error> {
        self.rows.get_mut().since_row = 0;
        let (first, start) = {
            let position = self.rows.position();
            (position.byte() == 0, position.line())
        };
        match self.rows.read_byte_record(record) {
            Ok(true) => {}
            Ok(false) => return Ok(Next::End),
            Err(error) if is_too_long(&error) => {
                let begins = start + u64::from(self.ends_in_return);
                return Ok(Next::TooLong(self.skipped_lines + begins));
            }
            Err(error) => return Err(error),
        }
        let guard = self.rows.get_ref();
        let mark_is_read = guard.end_mark.is_empty();
        let at_end = mark_is_read && self.rows.position().byte() == guard.handed_on;
        // One more than the line feeds so far.
        let end = self.rows.position().line();
        let breaks = line_feeds(record.as_slice());
        if at_end {
            if breaks == 0 {
                // The mark, as a row of its own.
                record.clear();
                return Ok(Next::End);
            }
            let before_last = record.iter().take(record.len() - 1);
            let opens = end - breaks + before_last.map(line_feeds).sum::<u64>();
            return Ok(Next::Unclosed(self.skipped_lines + opens));
        }
        if first {
            self.ends_in_return = end == start + breaks;
        }
        // The mark ends a last row that nothing else does.
        let ends_in_feed = mark_is_read || !self.ends_in_return;
        Ok(Next::Row(Place {
            line: self.skipped_lines + end - breaks - u64::from(ends_in_feed),
            // A carriage return breaks lines where nothing else does.
            has_breaks: breaks > 0 || end == start && record.as_slice().contains(&b'\r'),
        }))
    }
}

fn is_too_long(error: &csv::Error) -> bool {
    matches!(error.kind(), csv::ErrorKind::Io(source) if source.kind() == std::io::ErrorKind::FileTooLarge)
}

fn line_feeds(text: &[u8]) -> u64 {
    text.iter().filter(|byte| **byte == b'\n').count() as u64
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
                let place = read(&mut reader, &mut header, path)?;
                if let Some(place) = place
                    && place.has_breaks
                    && swallow::is_made_of_rows(&header, delimiter)
                {
                    let reason = format!(
                        "a quote in the header, line {}, makes text of the rows after it",
                        place.line
                    );
                    return Err(IngestError::format(path, reason, CLOSE_THE_QUOTE));
                }
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

    fn push(&mut self, record: &ByteRecord, place: Place) {
        let line = Some(place.line);
        let width = self.columns.len();
        let cells = record.len();
        let surplus = cells.saturating_sub(width);
        let surplus_is_empty = surplus > 0
            && record
                .iter()
                .skip(width)
                .all(|cell| cell.trim_ascii().is_empty());
        if place.has_breaks {
            let has_swallowed = if cells == width || surplus_is_empty {
                swallow::is_made_of_rows(record, self.delimiter)
            } else {
                swallow::holds_a_row(record, self.delimiter, width)
            };
            if has_swallowed {
                self.push_swallowed(line);
                return;
            }
        }
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

    /// Adds a row that has swallowed others, for the quarantine. Its cells
    /// are left empty: what they hold belongs to other rows and columns.
    fn push_swallowed(&mut self, line: Option<u64>) {
        for column in 0..self.columns.len() {
            self.builder.cell(column, "");
        }
        self.builder.end_row(line, Some(Fault::Swallowed));
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
        while !self.builder.is_full()
            && let Some(place) = read(&mut self.reader, &mut record, &self.path)?
        {
            self.push(&record, place);
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
    let guard = Guard {
        inner: encoding::open(path, encoding, skip_lines)?,
        end_mark: END_MARK,
        handed_on: 0,
        since_row: 0,
    };
    Ok(Reader {
        rows: ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .buffer_capacity(1 << 18)
            .from_reader(guard),
        skipped_lines: skip_lines as u64,
        ends_in_return: false,
    })
}

/// What to do about a quote that opens and does not close.
const CLOSE_THE_QUOTE: &str =
    "close the quote that opens there, or double it if it belongs to the text";

/// Reads a row; `None` after the last.
fn read(
    reader: &mut Reader,
    record: &mut ByteRecord,
    path: &Path,
) -> Result<Option<Place>, IngestError> {
    let next = reader
        .advance(record)
        .map_err(|error| unreadable(path, error))?;
    let reason = match next {
        Next::Row(place) => return Ok(Some(place)),
        Next::End => return Ok(None),
        Next::Unclosed(line) => {
            format!("the quote that opens in line {line} is still open where the file ends")
        }
        Next::TooLong(line) => format!("the row that begins in line {line} does not end"),
    };
    Err(IngestError::format(path, reason, CLOSE_THE_QUOTE))
}

fn unreadable(path: &Path, error: csv::Error) -> IngestError {
    let text = error.to_string();
    match error.into_kind() {
        csv::ErrorKind::Io(source) => IngestError::file("reading", path)(source),
        _ => IngestError::format(path, text, "check the delimiter and the quotes"),
    }
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

/// Numbers of cells of the first rows. A row that does not end is the last:
/// under another delimiter it may, and the one that is chosen tells of it.
fn widths(reader: &mut Reader, path: &Path, most: usize) -> Result<Vec<usize>, IngestError> {
    let mut record = ByteRecord::new();
    let mut widths = Vec::new();
    while widths.len() < most {
        let next = reader
            .advance(&mut record)
            .map_err(|error| unreadable(path, error))?;
        match next {
            Next::Row(_) => widths.push(record.len()),
            Next::End => break,
            Next::Unclosed(_) | Next::TooLong(_) => {
                widths.push(record.len());
                break;
            }
        }
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
