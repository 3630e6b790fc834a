//! What a load reports.

use std::collections::BTreeMap;
use std::fmt;

use safeground_schema::ErrorCode;
use serde::Serialize;

use super::{ColumnTotal, LoadId, NamesFound};
use crate::TopCause;
use crate::convert::Reject;

/// What became of the rows of a load. Holds no value of any column.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LoadReport {
    /// Identity of the load.
    pub load_id: String,
    /// Table that took the rows.
    pub table: &'static str,
    /// Names of the files.
    pub files: Vec<String>,
    /// Rows of the files, blank ones not counted.
    pub source_rows: u64,
    /// Records: rows times the records that each becomes.
    pub read: u64,
    /// Records handed on.
    pub accepted: u64,
    /// Records in the quarantine; with `accepted` they are `read`.
    pub quarantined: u64,
    /// Where the records of the quarantine are. Only who keeps the file knows,
    /// once the load is stored: [`load`](crate::load()) leaves it empty.
    pub quarantine_file: Option<String>,
    /// Rows whose surplus cells were joined back or were empty.
    pub repaired: u64,
    /// Rows without any cell filled, which are no rows.
    pub blank_rows: u64,
    /// Rejected records by code and column, most frequent first.
    pub rejects: Vec<RejectCount>,
    /// What the figures of each column add up to, in tables of public figures.
    pub totals: Vec<ColumnTotal>,
    /// Spellings looked up by name, for each way to locate by name.
    pub names: Vec<NamesFound>,
    /// What was done with columns that are not stored as they are.
    pub columns: ColumnUse,
    /// What a careful reader should know besides.
    pub notes: Vec<String>,
}

/// Rejected records of one code and column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RejectCount {
    /// Stable code.
    pub code: &'static str,
    /// Column or columns of the file; empty for the whole row.
    pub column: String,
    /// Records.
    pub count: u64,
    /// What to do about it.
    pub action: &'static str,
}

/// Columns that are not stored as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ColumnUse {
    /// Dropped by decision.
    pub dropped: Vec<String>,
    /// Turned into pseudonyms.
    pub hashed: Vec<String>,
    /// Made coarser, coordinates that become cells included.
    pub coarsened: Vec<String>,
    /// Named by nothing in the mapping.
    pub unused: Vec<String>,
}

impl fmt::Display for LoadReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "load {} into {} from {}",
            self.load_id,
            self.table,
            self.files.join(", ")
        )?;
        write!(f, "{} records read", grouped(self.read))?;
        if self.read != self.source_rows {
            write!(f, " from {} rows", grouped(self.source_rows))?;
        }
        writeln!(
            f,
            " = {} accepted + {} quarantined",
            grouped(self.accepted),
            grouped(self.quarantined)
        )?;
        for reject in &self.rejects {
            write!(f, "  {:>12}  {}", grouped(reject.count), reject.code)?;
            if !reject.column.is_empty() {
                write!(f, " in `{}`", reject.column)?;
            }
            writeln!(f, ": {}", reject.action)?;
        }
        if let Some(file) = &self.quarantine_file {
            writeln!(f, "quarantined records are in {file}")?;
        }
        for total in &self.totals {
            writeln!(f, "{total}")?;
        }
        for names in &self.names {
            writeln!(f, "{names}")?;
        }
        if self.repaired > 0 {
            writeln!(
                f,
                "{} rows repaired: surplus cells joined back, or empty",
                grouped(self.repaired)
            )?;
        }
        if self.blank_rows > 0 {
            writeln!(f, "{} blank rows passed over", grouped(self.blank_rows))?;
        }
        for (what, columns) in [
            ("dropped", &self.columns.dropped),
            ("hashed", &self.columns.hashed),
            ("coarsened", &self.columns.coarsened),
            ("unused", &self.columns.unused),
        ] {
            if !columns.is_empty() {
                writeln!(f, "columns {what}: {}", columns.join(", "))?;
            }
        }
        for note in &self.notes {
            writeln!(f, "note: {note}")?;
        }
        Ok(())
    }
}

/// A number with its thousands grouped.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Counts of a load in progress.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub source_rows: u64,
    pub accepted: u64,
    pub quarantined: u64,
    pub repaired: u64,
    pub blank: u64,
    causes: BTreeMap<(ErrorCode, String), Occurrence>,
}

#[derive(Debug)]
struct Occurrence {
    count: u64,
    file: usize,
    row: u64,
}

impl Tally {
    /// Counts a rejected record.
    pub(super) fn reject(&mut self, reject: &Reject) {
        self.quarantined += 1;
        let key = (reject.cause.code, reject.cause.column.to_string());
        self.causes
            .entry(key)
            .and_modify(|occurrence| occurrence.count += 1)
            .or_insert(Occurrence {
                count: 1,
                file: reject.file,
                row: reject.row,
            });
    }

    /// Causes, most frequent first.
    fn sorted(&self) -> Vec<(&(ErrorCode, String), &Occurrence)> {
        let mut causes: Vec<_> = self.causes.iter().collect();
        causes.sort_by(|a, b| b.1.count.cmp(&a.1.count).then_with(|| a.0.cmp(b.0)));
        causes
    }

    /// The most frequent causes with their first occurrence.
    pub(super) fn top(&self, most: usize, id: &LoadId) -> Vec<TopCause> {
        self.sorted()
            .into_iter()
            .take(most)
            .map(|((code, column), occurrence)| TopCause {
                code: code.as_str(),
                column: column.clone(),
                count: occurrence.count,
                file: id.files[occurrence.file].name.clone(),
                row: occurrence.row,
                action: code.action(),
            })
            .collect()
    }

    /// All causes for the report.
    pub(super) fn counts(&self) -> Vec<RejectCount> {
        self.sorted()
            .into_iter()
            .map(|((code, column), occurrence)| RejectCount {
                code: code.as_str(),
                column: column.clone(),
                count: occurrence.count,
                action: code.action(),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!(super::grouped(0), "0");
        assert_eq!(super::grouped(999), "999");
        assert_eq!(super::grouped(833_748_852), "833,748,852");
    }
}
