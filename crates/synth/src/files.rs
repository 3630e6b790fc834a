//! Writing files: whole texts, and tables that are streamed row by row.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::SynthError;

/// Bytes gathered before they are handed to the operating system.
const CHUNK: usize = 1 << 20;

/// Writes a text into the folder, making the folders on the way.
pub(crate) fn write_text(folder: &Path, name: &str, text: &str) -> Result<(), SynthError> {
    let path = folder.join(name);
    make_folder_of(&path)?;
    fs::write(&path, text).map_err(|source| SynthError::Write { path, source })
}

fn make_folder_of(path: &Path) -> Result<(), SynthError> {
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    fs::create_dir_all(folder).map_err(|source| SynthError::Write {
        path: folder.to_owned(),
        source,
    })
}

/// A table of delimited text that is streamed to its file. Rows are put
/// together in one buffer; nothing is allocated per row.
#[derive(Debug)]
pub(crate) struct Sheet {
    path: PathBuf,
    file: File,
    delimiter: u8,
    buffer: Vec<u8>,
    at_row_start: bool,
    rows: u64,
}

impl Sheet {
    /// Creates the file with its header, separated by commas.
    pub(crate) fn create(folder: &Path, name: &str, header: &[&str]) -> Result<Self, SynthError> {
        Self::delimited(folder, name, header, b',')
    }

    /// Creates the file with its header and a delimiter.
    pub(crate) fn delimited(
        folder: &Path,
        name: &str,
        header: &[&str],
        delimiter: u8,
    ) -> Result<Self, SynthError> {
        let path = folder.join(name);
        make_folder_of(&path)?;
        let file = File::create(&path).map_err(|source| SynthError::Write {
            path: path.clone(),
            source,
        })?;
        let mut sheet = Self {
            path,
            file,
            delimiter,
            buffer: Vec::with_capacity(CHUNK + 4096),
            at_row_start: true,
            rows: 0,
        };
        for title in header {
            sheet.text(title);
        }
        sheet.end_row()?;
        sheet.rows = 0;
        Ok(sheet)
    }

    fn separate(&mut self) {
        if self.at_row_start {
            self.at_row_start = false;
        } else {
            self.buffer.push(self.delimiter);
        }
    }

    /// A cell of text, quoted where it must be.
    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.separate();
        let special = |b: u8| b == self.delimiter || b == b'"' || b == b'\n';
        if text.bytes().any(special) {
            self.buffer.push(b'"');
            for byte in text.bytes() {
                if byte == b'"' {
                    self.buffer.push(b'"');
                }
                self.buffer.push(byte);
            }
            self.buffer.push(b'"');
        } else {
            self.buffer.extend_from_slice(text.as_bytes());
        }
        self
    }

    /// An empty cell.
    pub(crate) fn empty(&mut self) -> &mut Self {
        self.separate();
        self
    }

    /// A whole number.
    pub(crate) fn whole(&mut self, number: u64) -> &mut Self {
        self.separate();
        push_whole(&mut self.buffer, number, 1);
        self
    }

    /// A whole number, or an empty cell.
    pub(crate) fn whole_or_empty(&mut self, number: Option<u64>) -> &mut Self {
        match number {
            Some(number) => self.whole(number),
            None => self.empty(),
        }
    }

    /// A whole number with the digits grouped as in India: 12,34,567.
    pub(crate) fn grouped(&mut self, number: u64) -> &mut Self {
        self.text(&indian_grouping(number))
    }

    /// A number with a fixed count of decimals, rounded half up.
    pub(crate) fn decimal(&mut self, number: f64, decimals: u32) -> &mut Self {
        self.separate();
        push_decimal(&mut self.buffer, number, decimals);
        self
    }

    /// An identifier made of a prefix and a number of at least `width`
    /// digits.
    pub(crate) fn serial(&mut self, prefix: &str, number: u64, width: usize) -> &mut Self {
        self.separate();
        self.buffer.extend_from_slice(prefix.as_bytes());
        push_whole(&mut self.buffer, number, width);
        self
    }

    /// A yearly identifier such as `SYN/A/2021/0000017`.
    pub(crate) fn yearly_serial(&mut self, prefix: &str, year: usize, number: u64) -> &mut Self {
        self.separate();
        self.buffer.extend_from_slice(prefix.as_bytes());
        push_whole(&mut self.buffer, year as u64, 4);
        self.buffer.push(b'/');
        push_whole(&mut self.buffer, number, 7);
        self
    }

    /// A date, day first, with a separator: `05/04/2021`.
    pub(crate) fn day_first(&mut self, date: Date, separator: u8) -> &mut Self {
        self.separate();
        push_whole(&mut self.buffer, u64::from(date.day), 2);
        self.buffer.push(separator);
        push_whole(&mut self.buffer, u64::from(date.month), 2);
        self.buffer.push(separator);
        push_whole(&mut self.buffer, u64::from(date.year), 4);
        self
    }

    /// A date as ISO 8601: `2021-04-05`.
    pub(crate) fn iso_date(&mut self, date: Date) -> &mut Self {
        self.separate();
        push_whole(&mut self.buffer, u64::from(date.year), 4);
        self.buffer.push(b'-');
        push_whole(&mut self.buffer, u64::from(date.month), 2);
        self.buffer.push(b'-');
        push_whole(&mut self.buffer, u64::from(date.day), 2);
        self
    }

    /// Ends the row.
    pub(crate) fn end_row(&mut self) -> Result<(), SynthError> {
        self.buffer.push(b'\n');
        self.at_row_start = true;
        self.rows += 1;
        if self.buffer.len() >= CHUNK {
            self.flush()?;
        }
        Ok(())
    }

    /// Writes what is left; returns the number of rows without the header.
    pub(crate) fn finish(mut self) -> Result<u64, SynthError> {
        self.flush()?;
        Ok(self.rows)
    }

    fn flush(&mut self) -> Result<(), SynthError> {
        self.file
            .write_all(&self.buffer)
            .map_err(|source| SynthError::Write {
                path: self.path.clone(),
                source,
            })?;
        self.buffer.clear();
        Ok(())
    }
}

/// A day of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Date {
    pub(crate) year: u16,
    pub(crate) month: u8,
    pub(crate) day: u8,
}

fn push_whole(buffer: &mut Vec<u8>, number: u64, width: usize) {
    let mut digits = [b'0'; 20];
    let (mut at, mut rest) = (digits.len(), number);
    while rest > 0 {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    let from = at.min(digits.len() - width);
    buffer.extend_from_slice(&digits[from..]);
}

/// Appends a number with a fixed count of decimals, rounded half up.
pub(crate) fn push_decimal(buffer: &mut Vec<u8>, number: f64, decimals: u32) {
    let unit = 10_u64.pow(decimals);
    let scaled = libm::round(number.abs() * unit as f64) as u64;
    if number < 0.0 && scaled > 0 {
        buffer.push(b'-');
    }
    push_whole(buffer, scaled / unit, 1);
    if decimals > 0 {
        buffer.push(b'.');
        push_whole(buffer, scaled % unit, decimals as usize);
    }
}

/// Groups digits as in India: the last three, then pairs.
fn indian_grouping(number: u64) -> String {
    let digits = number.to_string();
    let (head, tail) = digits.split_at(digits.len().saturating_sub(3));
    if head.is_empty() {
        return digits;
    }
    let mut text = String::with_capacity(digits.len() + 6);
    for (position, digit) in head.chars().enumerate() {
        text.push(digit);
        if (head.len() - position) % 2 == 1 {
            text.push(',');
        }
    }
    text.push_str(tail);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_grouped_as_in_india() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (12_345, "12,345"),
            (123_456, "1,23,456"),
            (12_345_678, "1,23,45,678"),
        ] {
            assert_eq!(indian_grouping(number), text);
        }
    }

    #[test]
    fn a_sheet_quotes_what_must_be_quoted_and_counts_its_rows() {
        let folder = tempfile::tempdir().unwrap();
        let mut sheet = Sheet::create(folder.path(), "sub/a.csv", &["a", "b, c"]).unwrap();
        let date = Date {
            year: 2021,
            month: 4,
            day: 5,
        };
        sheet
            .grouped(123_456)
            .day_first(date, b'/')
            .end_row()
            .unwrap();
        sheet.decimal(-1.005, 1).decimal(0.25, 2).end_row().unwrap();
        sheet.serial("X-", 42, 5).empty().end_row().unwrap();
        assert_eq!(sheet.finish().unwrap(), 3);
        let text = fs::read_to_string(folder.path().join("sub/a.csv")).unwrap();
        assert_eq!(
            text,
            "a,\"b, c\"\n\"1,23,456\",05/04/2021\n-1.0,0.25\nX-00042,\n"
        );
    }

    #[test]
    fn a_file_that_cannot_be_written_is_named() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("taken"), "").unwrap();
        let error = write_text(folder.path(), "taken/a.txt", "").unwrap_err();
        assert!(error.to_string().contains("taken"), "{error}");
    }
}
