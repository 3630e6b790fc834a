//! Tables with one row for each unit and one cell for each stratum.

use crate::StatsError;
use crate::error::{check_length, check_not_negative};

/// Fails unless there are strata, each with a finite figure not below zero.
pub(super) fn check_strata(what: &'static str, figures: &[f64]) -> Result<(), StatsError> {
    if figures.is_empty() {
        return Err(StatsError::TooFew {
            method: "standardisation",
            found: 0,
            least: 1,
        });
    }
    let figures: Vec<_> = figures.iter().copied().map(Some).collect();
    check_not_negative(what, &figures)
}

/// Fails unless the table has whole rows of finite cells not below zero.
pub(super) fn check_table(
    what: &'static str,
    table: &[Option<f64>],
    strata: usize,
) -> Result<(), StatsError> {
    let whole = table
        .len()
        .checked_rem(strata)
        .map(|rest| table.len() - rest);
    match whole {
        Some(whole) => check_length(what, table.len(), whole)?,
        None => {
            return Err(StatsError::TooFew {
                method: "standardisation",
                found: 0,
                least: 1,
            });
        }
    }
    check_not_negative(what, table)
}
