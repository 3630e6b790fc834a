//! Households reached by campaigns.

use safeground_schema::Table;

use super::source::{Amount, Source};

/// Households reached, summed over activities: a household reached twice
/// counts twice, so coverage can exceed 100 %.
pub(super) const SOURCE: Source = Source {
    table: Table::Campaigns,
    theme: "'outreach'",
    place: "place_id",
    cell: "CAST(NULL AS BIGINT)",
    amount: Amount::Sum("households_reached"),
    event: "CAST(date AS VARCHAR) || '|' || place_id || '|' || activity || '|' || coalesce(partner, '')",
    only: "households_reached IS NOT NULL",
};
