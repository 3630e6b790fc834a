//! Rows that are not data.

use std::sync::Arc;

use safeground_schema::ErrorCode;

use super::reject::{Cause, Rows};
use crate::mapping::ExcludeRule;
use crate::source::Chunk;

/// Rejects the rows that a rule of the mapping excludes.
pub(crate) fn exclude(rules: &[ExcludeRule], chunk: &Chunk, rows: &mut Rows) {
    for rule in rules {
        let Some(cells) = chunk.text(&rule.column) else {
            continue;
        };
        let column: Arc<str> = Arc::from(rule.column.as_str());
        let reason: Arc<str> = Arc::from(rule.reason.as_str());
        for (row, cell) in cells.iter().enumerate() {
            if rows.is_good(row) && rule.test.excludes(cell.unwrap_or("").trim()) {
                rows.reject(row, || Cause {
                    reason: Some(Arc::clone(&reason)),
                    ..Cause::of_column(ErrorCode::ExcludedRow, &column, None)
                });
            }
        }
    }
}

/// Rejects the rows that repeat an earlier one; `is_repeat` answers for the
/// number of a row in the chunk.
pub(crate) fn repeated(rows: &mut Rows, is_repeat: impl Fn(usize) -> bool) {
    for row in 0..rows.len() {
        if rows.is_good(row) && is_repeat(row) {
            rows.reject(row, || Cause::of_row(ErrorCode::DuplicateRow));
        }
    }
}
