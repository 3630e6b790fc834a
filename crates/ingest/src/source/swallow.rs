//! Rows that have swallowed the rows after them.
//!
//! A stray quote at the start of a cell makes text of everything up to the
//! next quote, line breaks and delimiters included. What comes of it may have
//! as many cells as the header and would then be stored, and the rows between
//! would be lost. Such a row is known by its lines: cut at its line breaks as
//! though no quote were there, they are rows. Lines of a text that somebody
//! wrote hardly ever are, since the first and the last of them would have to
//! hold just as many delimiters as the cells before and after the text leave
//! over.

use csv::ByteRecord;

/// Whether a row that has the cells it should have is made of rows: its first
/// line, its last and at least half of those between have as many cells as it
/// has itself.
///
/// In two columns a text whose last line has one delimiter looks like that as
/// well. There a quote must also be left inside a cell, as the quote that
/// closed the row by mistake and opened a cell of its own leaves one.
pub(super) fn is_made_of_rows(record: &ByteRecord, delimiter: u8) -> bool {
    let cells = record.len();
    if cells < 2 || cells == 2 && !record.as_slice().contains(&b'"') {
        return false;
    }
    let lines = Lines::of(record, delimiter, |found| found == cells);
    let between = lines.count.saturating_sub(2);
    let alike_between = lines.alike.saturating_sub(2);
    lines.count >= 2 && lines.first && lines.last && 2 * alike_between >= between
}

/// Whether a row with too many or too few cells holds another row: a line
/// after its first has at least as many cells as the header.
pub(super) fn holds_a_row(record: &ByteRecord, delimiter: u8, width: usize) -> bool {
    let lines = Lines::of(record, delimiter, |found| found >= width);
    width > 1 && lines.alike > usize::from(lines.first)
}

/// Lines of a row that are not blank.
#[derive(Debug, Default)]
struct Lines {
    count: usize,
    /// Those with the number of cells sought.
    alike: usize,
    /// Whether the first and the last are among them.
    first: bool,
    last: bool,
}

impl Lines {
    fn of(record: &ByteRecord, delimiter: u8, is_alike: impl Fn(usize) -> bool) -> Self {
        let mut lines = Self::default();
        let (mut cells, mut blank) = (1, true);
        for (index, cell) in record.iter().enumerate() {
            if index > 0 {
                cells += 1;
                blank = false;
            }
            for byte in cell {
                if *byte == delimiter {
                    cells += 1;
                    blank = false;
                } else if matches!(*byte, b'\n' | b'\r') {
                    lines.end(blank, is_alike(cells));
                    (cells, blank) = (1, true);
                } else {
                    blank &= byte.is_ascii_whitespace();
                }
            }
        }
        lines.end(blank, is_alike(cells));
        lines
    }

    fn end(&mut self, blank: bool, alike: bool) {
        if blank {
            return;
        }
        if self.count == 0 {
            self.first = alike;
        }
        self.count += 1;
        self.alike += usize::from(alike);
        self.last = alike;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(cells: &[&str]) -> ByteRecord {
        ByteRecord::from(cells.to_vec())
    }

    #[test]
    fn rows_in_a_cell_are_told_from_lines_of_text() {
        let cases: &[(&[&str], bool)] = &[
            // The quote opened in the third cell and closed in that of a later row.
            (&["1", "a", "x,4\n2,b,y\"", "5"], true),
            (&["1", "a", "x,4\r\n2,b,y,5\r\n\r\n3,c,z\"", "6"], true),
            // A footer among the rows does not hide them.
            (&["1", "a", "x,4\n2,b,y,5\nEnd\n3,c,z\"", "6"], true),
            // Texts of several lines.
            (&["1", "a", "north, east\nwest", "5"], false),
            (&["1", "a", "north\neast, west, south", "5"], false),
            (
                &["1", "a", "5", "north\neast\nwest, south, up, down"],
                false,
            ),
            (&["1", "a", "one line", "5"], false),
            // Two columns.
            (&["1", "x\n2,y\""], true),
            (&["1", "House 5\nRampur, Bihar"], false),
            (&["line one\nline two"], false),
        ];
        for (cells, swallowed) in cases {
            assert_eq!(
                is_made_of_rows(&record(cells), b','),
                *swallowed,
                "{cells:?}"
            );
        }
    }

    #[test]
    fn a_ragged_row_holds_a_row_if_a_later_line_is_as_wide_as_the_header() {
        let closed_elsewhere = record(&["1", "a", "x,4\n2,b,y,5\n3,c\"", "z", "6"]);
        assert!(holds_a_row(&closed_elsewhere, b',', 4));
        let joined = record(&["1", "North", " East", "two\nlines", "5"]);
        assert!(!holds_a_row(&joined, b',', 4));
        assert!(!holds_a_row(&record(&["two\nlines"]), b',', 1));
    }
}
