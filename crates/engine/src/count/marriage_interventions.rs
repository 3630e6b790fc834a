//! Child marriages answered.

use safeground_schema::Table;

use super::source::{Amount, Source};

/// Children whose marriage was answered by injunction, negotiation or
/// persuasion, whatever came of it; a row without a child key is one child.
pub(crate) const SOURCE: Source = Source {
    table: Table::MarriageInterventions,
    theme: "'marriage_intervention'",
    place: "place_id",
    cell: "h3",
    amount: Amount::Children {
        key: "child_key",
        keyless: "1",
    },
    event: "coalesce(event_key, child_key, CAST(date AS VARCHAR) || '|' || coalesce(place_id, '') || \
            '|' || coalesce(CAST(h3 AS VARCHAR), '') || '|' || coalesce(partner, ''))",
    only: "true",
};
