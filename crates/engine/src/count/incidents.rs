//! Children in incidents of harm, by category.

use safeground_schema::Table;

use super::source::{Amount, Source};

/// Incidents: the category is the theme. The place is where it happened, told
/// by its identifier or its cell, or, for trafficking with neither, where the
/// child was taken from or to. Rows
/// without an incident key are one event per day, place and partner, the
/// smallest number they can be.
pub(crate) const SOURCE: Source = Source {
    table: Table::Incidents,
    theme: "category",
    place: "CASE WHEN h3 IS NULL THEN coalesce(place_id, source_place, destination_place) \
            ELSE place_id END",
    cell: "h3",
    amount: Amount::Children {
        key: "child_key",
        keyless: "children",
    },
    event: "coalesce(incident_key, CAST(date AS VARCHAR) || '|' || coalesce(place_id, '') || '|' || \
            coalesce(CAST(h3 AS VARCHAR), '') || '|' || coalesce(partner, ''))",
    only: "true",
};
