//! Why a row is rejected.

use std::sync::Arc;

use safeground_schema::ErrorCode;

use crate::source::Fault;

/// What was wrong with a row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cause {
    pub code: ErrorCode,
    /// Column of the file, or several of them; empty for the whole row.
    pub column: Arc<str>,
    /// The reason that the mapping gives, for excluded rows.
    pub reason: Option<Arc<str>>,
    /// The cell, only where the column may be shown.
    pub value: Option<String>,
}

impl Cause {
    /// A cause that lies in the whole row.
    pub(crate) fn of_row(code: ErrorCode) -> Self {
        Self {
            code,
            column: Arc::from(""),
            reason: None,
            value: None,
        }
    }

    /// A cause that lies in a column.
    pub(crate) fn of_column(code: ErrorCode, column: &Arc<str>, value: Option<&str>) -> Self {
        Self {
            code,
            column: Arc::clone(column),
            reason: None,
            value: value.map(str::to_owned),
        }
    }
}

/// A rejected record with its place in the file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reject {
    pub file: usize,
    pub row: u64,
    pub line: Option<u64>,
    pub cause: Cause,
}

/// What has become of each row so far.
#[derive(Debug, Clone)]
pub(crate) struct Rows {
    states: Vec<State>,
}

#[derive(Debug, Clone)]
enum State {
    Good,
    Blank,
    Bad(Box<Cause>),
}

impl Rows {
    /// Rows of which these are faulty from the start.
    pub(crate) fn new(height: usize, faults: &[(usize, Fault)]) -> Self {
        let mut states = vec![State::Good; height];
        for (row, fault) in faults {
            states[*row] = match fault {
                Fault::Blank => State::Blank,
                Fault::Ragged => State::Bad(Box::new(Cause::of_row(ErrorCode::RaggedRow))),
                Fault::Swallowed => State::Bad(Box::new(Cause::of_row(ErrorCode::LinesSwallowed))),
                Fault::Unencodable => State::Bad(Box::new(Cause::of_row(ErrorCode::Unencodable))),
            };
        }
        Self { states }
    }

    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        self.states.len()
    }

    /// Whether a row is still to be converted.
    pub(crate) fn is_good(&self, row: usize) -> bool {
        matches!(self.states[row], State::Good)
    }

    /// Whether a row is blank and hence no row at all.
    pub(crate) fn is_blank(&self, row: usize) -> bool {
        matches!(self.states[row], State::Blank)
    }

    /// Rejects a row; the first cause stays.
    pub(crate) fn reject(&mut self, row: usize, cause: impl FnOnce() -> Cause) {
        if self.is_good(row) {
            self.states[row] = State::Bad(Box::new(cause()));
        }
    }

    /// The rows that were rejected, with their causes.
    pub(crate) fn rejected(&self) -> impl Iterator<Item = (usize, &Cause)> {
        self.states
            .iter()
            .enumerate()
            .filter_map(|(row, state)| match state {
                State::Bad(cause) => Some((row, cause.as_ref())),
                _ => None,
            })
    }
}
