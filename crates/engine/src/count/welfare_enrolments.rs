//! Entitled but not enrolled.

use safeground_schema::Table;

use super::source::{Amount, Source};

/// Those found eligible for a scheme and not enrolled, summed over schemes
/// and months. Rows that give only one of the two figures say nothing about
/// the gap and are left out. An event is one scheme in one place and month.
pub(super) const SOURCE: Source = Source {
    table: Table::WelfareEnrolments,
    theme: "'welfare_gap'",
    place: "place_id",
    cell: "CAST(NULL AS BIGINT)",
    amount: Amount::Share {
        of: "CASE WHEN eligible > enrolled THEN eligible - enrolled ELSE 0 END",
        among: "eligible",
    },
    event: "CAST(date AS VARCHAR) || '|' || place_id || '|' || scheme || '|' || coalesce(partner, '')",
    only: "eligible IS NOT NULL AND enrolled IS NOT NULL",
};
