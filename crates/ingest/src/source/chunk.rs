//! Rows of a file on their way through the loader.

use polars::prelude::{
    BinaryChunked, BinaryChunkedBuilder, Column, DataFrame, IntoColumn, StringChunked,
    StringChunkedBuilder,
};

use super::GEOMETRY;

/// Rows of a chunk; enough for columnar work to pay, few enough that some
/// chunks in flight stay small beside the memory of a process.
pub(crate) const CHUNK_ROWS: usize = 32_768;

/// Text bytes after which a chunk is closed before it has all its rows.
const CHUNK_BYTES: usize = 16 << 20;

/// What is wrong with a row before its cells are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Every cell is empty: no row at all.
    Blank,
    /// More or fewer cells than the header.
    Ragged,
    /// A quoted cell holds lines that are rows.
    Swallowed,
    /// Bytes that are no text in the encoding of the file.
    Unencodable,
}

/// Consecutive rows of one file: every column as text, and `geometry` as
/// well-known binary.
#[derive(Debug, Clone)]
pub(crate) struct Chunk {
    frame: DataFrame,
    /// Index of the file in the load.
    pub file: usize,
    /// Number of the first row: 1 for the row after the header.
    pub first_row: u64,
    /// Line of each row in a text file; empty for other formats.
    pub lines: Vec<u64>,
    /// Faulty rows in ascending order.
    pub faults: Vec<(usize, Fault)>,
    /// Rows whose surplus cells were joined back.
    pub repaired: u64,
    /// Numbers in date columns are day serials of a spreadsheet.
    pub serial_dates: bool,
}

impl Chunk {
    /// Rows, faulty ones included.
    pub(crate) fn height(&self) -> usize {
        self.frame.height()
    }

    /// All columns in the order of the file.
    pub(crate) fn columns(&self) -> &[Column] {
        self.frame.columns()
    }

    /// A column of text; `None` where the file has none of this name.
    pub(crate) fn text(&self, name: &str) -> Option<&StringChunked> {
        self.frame
            .column(name)
            .ok()
            .and_then(|column| column.str().ok())
    }

    /// The geometries, where the format has them.
    pub(crate) fn geometry(&self) -> Option<&BinaryChunked> {
        self.frame
            .column(GEOMETRY)
            .ok()
            .and_then(|column| column.binary().ok())
    }

    /// A chunk made of a frame whose columns are text already.
    pub(crate) fn from_frame(frame: DataFrame, file: usize, first_row: u64) -> Self {
        let mut chunk = Self {
            frame,
            file,
            first_row,
            lines: Vec::new(),
            faults: Vec::new(),
            repaired: 0,
            serial_dates: false,
        };
        chunk.faults = chunk.blank_rows();
        chunk
    }

    fn blank_rows(&self) -> Vec<(usize, Fault)> {
        let mut is_blank = vec![true; self.height()];
        for column in self.columns() {
            if let Ok(text) = column.str() {
                for (blank, cell) in is_blank.iter_mut().zip(text.iter()) {
                    *blank &= cell.is_none_or(|cell| cell.trim().is_empty());
                }
            } else if let Ok(bytes) = column.binary() {
                for (blank, cell) in is_blank.iter_mut().zip(bytes.iter()) {
                    *blank &= cell.is_none();
                }
            }
        }
        is_blank
            .iter()
            .enumerate()
            .filter(|(_, blank)| **blank)
            .map(|(row, _)| (row, Fault::Blank))
            .collect()
    }
}

/// Builds chunks from rows.
pub(crate) struct ChunkBuilder {
    names: Vec<String>,
    texts: Vec<StringChunkedBuilder>,
    geometry: Option<BinaryChunkedBuilder>,
    height: usize,
    bytes: usize,
    blank: bool,
    file: usize,
    first_row: u64,
    lines: Vec<u64>,
    faults: Vec<(usize, Fault)>,
    repaired: u64,
    serial_dates: bool,
}

impl ChunkBuilder {
    /// A builder for text columns of these names, and `geometry` if wanted.
    pub(crate) fn new(names: &[String], with_geometry: bool, file: usize) -> Self {
        let mut builder = Self {
            names: names.to_vec(),
            texts: Vec::new(),
            geometry: None,
            height: 0,
            bytes: 0,
            blank: true,
            file,
            first_row: 1,
            lines: Vec::new(),
            faults: Vec::new(),
            repaired: 0,
            serial_dates: false,
        };
        builder.reset(with_geometry);
        builder
    }

    /// Marks all chunks as rows of a spreadsheet.
    pub(crate) fn with_serial_dates(mut self) -> Self {
        self.serial_dates = true;
        self
    }

    fn reset(&mut self, with_geometry: bool) {
        self.texts = self
            .names
            .iter()
            .map(|name| StringChunkedBuilder::new(name.as_str().into(), 0))
            .collect();
        self.geometry = with_geometry.then(|| BinaryChunkedBuilder::new(GEOMETRY.into(), 0));
        self.height = 0;
        self.bytes = 0;
    }

    /// Adds the cell of one text column to the current row. Each column takes
    /// exactly one cell per row.
    pub(crate) fn cell(&mut self, column: usize, cell: &str) {
        if cell.is_empty() {
            self.texts[column].append_null();
            return;
        }
        self.blank = self.blank && cell.trim().is_empty();
        self.bytes += cell.len();
        self.texts[column].append_value(cell);
    }

    /// Adds the geometry of the current row.
    pub(crate) fn geometry(&mut self, wkb: Option<&[u8]>) {
        if let Some(builder) = &mut self.geometry {
            self.blank &= wkb.is_none();
            self.bytes += wkb.map_or(0, <[u8]>::len);
            builder.append_option(wkb);
        }
    }

    /// Counts a row whose surplus cells were joined back.
    pub(crate) fn repaired(&mut self) {
        self.repaired += 1;
    }

    /// Ends the current row.
    pub(crate) fn end_row(&mut self, line: Option<u64>, fault: Option<Fault>) {
        let fault = fault.or(self.blank.then_some(Fault::Blank));
        if let Some(fault) = fault {
            self.faults.push((self.height, fault));
        }
        if let Some(line) = line {
            self.lines.push(line);
        }
        self.height += 1;
        self.blank = true;
    }

    /// Whether the chunk has enough rows.
    pub(crate) fn is_full(&self) -> bool {
        self.height >= CHUNK_ROWS || self.bytes >= CHUNK_BYTES
    }

    /// The rows since the last call; `None` if there were none.
    pub(crate) fn finish(&mut self) -> Option<Chunk> {
        if self.height == 0 {
            return None;
        }
        let with_geometry = self.geometry.is_some();
        let mut columns: Vec<Column> = std::mem::take(&mut self.texts)
            .into_iter()
            .map(|builder| builder.finish().into_column())
            .collect();
        columns.extend(self.geometry.take().map(|b| b.finish().into_column()));
        let frame = DataFrame::new(self.height, columns)
            .expect("names are unique and every column takes one cell per row");
        let chunk = Chunk {
            frame,
            file: self.file,
            first_row: self.first_row,
            lines: std::mem::take(&mut self.lines),
            faults: std::mem::take(&mut self.faults),
            repaired: std::mem::take(&mut self.repaired),
            serial_dates: self.serial_dates,
        };
        self.first_row += self.height as u64;
        self.reset(with_geometry);
        Some(chunk)
    }
}
