//! Why a question is not answered, in codes that carry no value.

use crate::ledger::LedgerError;

/// Why a question is refused.
///
/// Each is a constant: neither the text asked nor anything in the data shows
/// in it. All but [`Refusal::Unavailable`] are decided from the question, the
/// [`super::Schema`] and the ledger, before any row is read, so that being
/// refused tells nothing about rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Longer than [`super::MOST_BYTES`].
    #[error("the question is too long; ask for less at once")]
    TooLong,
    /// A character outside printable ASCII, space, tab and line ends.
    #[error("the question holds a character outside plain ASCII; retype it")]
    Characters,
    /// Not in the grammar.
    #[error(
        "the question is not in the grammar: SELECT one of COUNT(*), COUNT(DISTINCT child), \
         SUM(CLAMP(column, low, high)) FROM table [WHERE conditions joined by AND] [GROUP BY columns]"
    )]
    Syntax,
    /// A table that may not be asked about.
    #[error("there is no such table to ask about; see the schema")]
    UnknownTable,
    /// A column that may not be asked about.
    #[error("there is no such column to ask about; see the schema")]
    UnknownColumn,
    /// A key outside the public list.
    #[error("a key is not in its column's public list; see the schema")]
    UnknownKey,
    /// A condition that this kind of column does not take.
    #[error(
        "a condition does not fit its column: keys take = and IN, period takes all, numbers none"
    )]
    Condition,
    /// A period that does not parse or is finer than the table's.
    #[error("a period is not of the form 2025 or 2025-Q1, or is finer than the table's periods")]
    Period,
    /// Bounds that are not in order or outside what the column declares.
    #[error("the bounds of CLAMP are not in order, or outside the column's declared range")]
    Bounds,
    /// No measure, or more than one.
    #[error("a question has exactly one measure; ask once for each")]
    Measure,
    /// A selected column that is not grouped by.
    #[error("a selected column is not in GROUP BY; add it there")]
    NotGrouped,
    /// More answers than [`super::MOST_CELLS`].
    #[error("too many groups; group by fewer columns or list fewer keys")]
    TooManyGroups,
    /// Conditions that no row can meet.
    #[error("the conditions exclude each other; nothing is asked")]
    Empty,
    /// Sexual abuse finer than the policy allows.
    #[error(
        "sexual abuse is answered at a wider level only; leave its keys out by a condition or use \
         wider places"
    )]
    TooFine,
    /// An epsilon outside what the policy allows for one question.
    #[error("the epsilon is outside what one question may spend; see the policy")]
    Epsilon,
    /// Too little left in some year of the question.
    #[error("the privacy budget of these rows is spent; it is not refilled")]
    BudgetSpent,
    /// Years that have no budget.
    #[error("these rows have no privacy budget")]
    NoBudget,
    /// Somebody else was charged in between.
    #[error("another question was charged at the same moment; ask again")]
    Busy,
    /// Not paid, or handled wrongly by the program.
    #[error("the question cannot be answered now")]
    Unavailable,
}

impl Refusal {
    /// All refusals, for documentation.
    pub const ALL: [Self; 19] = [
        Self::TooLong,
        Self::Characters,
        Self::Syntax,
        Self::UnknownTable,
        Self::UnknownColumn,
        Self::UnknownKey,
        Self::Condition,
        Self::Period,
        Self::Bounds,
        Self::Measure,
        Self::NotGrouped,
        Self::TooManyGroups,
        Self::Empty,
        Self::TooFine,
        Self::Epsilon,
        Self::BudgetSpent,
        Self::NoBudget,
        Self::Busy,
        Self::Unavailable,
    ];

    /// The stable code that programs read; it never changes its meaning.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::TooLong => "dp_too_long",
            Self::Characters => "dp_characters",
            Self::Syntax => "dp_syntax",
            Self::UnknownTable => "dp_unknown_table",
            Self::UnknownColumn => "dp_unknown_column",
            Self::UnknownKey => "dp_unknown_key",
            Self::Condition => "dp_condition",
            Self::Period => "dp_period",
            Self::Bounds => "dp_bounds",
            Self::Measure => "dp_measure",
            Self::NotGrouped => "dp_not_grouped",
            Self::TooManyGroups => "dp_too_many_groups",
            Self::Empty => "dp_empty",
            Self::TooFine => "dp_too_fine",
            Self::Epsilon => "dp_epsilon",
            Self::BudgetSpent => "dp_budget_spent",
            Self::NoBudget => "dp_no_budget",
            Self::Busy => "dp_busy",
            Self::Unavailable => "dp_unavailable",
        }
    }
}

impl From<LedgerError> for Refusal {
    /// Drops what the ledger says to its keeper.
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Exhausted { .. } => Self::BudgetSpent,
            LedgerError::NoAccount { .. } => Self::NoBudget,
            LedgerError::Stale(_) => Self::Busy,
            _ => Self::Unavailable,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_refusal_has_its_own_code() {
        let codes: BTreeSet<&str> = Refusal::ALL.iter().map(|refusal| refusal.code()).collect();
        assert_eq!(codes.len(), Refusal::ALL.len());
        let known: BTreeSet<Refusal> = Refusal::ALL.into_iter().collect();
        assert_eq!(known.len(), Refusal::ALL.len());
    }

    #[test]
    fn what_the_ledger_knows_does_not_show() {
        let refusal = Refusal::from(LedgerError::Exhausted {
            dataset: "lake".into(),
            year: 2025,
            asked: "0.05".into(),
            remaining: "0.012345".into(),
        });
        assert_eq!(refusal, Refusal::BudgetSpent);
        assert!(!refusal.to_string().contains("0.0"));
    }
}
