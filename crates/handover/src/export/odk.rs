//! Villages as an entity list of ODK Central.
//!
//! Central takes a CSV file with a column `label` and a column for each
//! property of the list. `name` and names that begin with `__` are its own, so
//! the village's name is `village`. `geometry` is an ODK point (latitude,
//! longitude, altitude, accuracy), which lets Collect choose from a map.

use super::csv::lines;
use super::{ExportError, checked};
use crate::document::PlanDocument;
use crate::language::Language;
use crate::language::dates::time;
use crate::safe_text::csv_text;

/// Properties of an entity, besides its label.
const PROPERTIES: [&str; 15] = [
    "visit_id",
    "plan_id",
    "release_id",
    "place_id",
    "lgd_code",
    "village",
    "block",
    "district",
    "team_id",
    "visit_date",
    "visit_order",
    "arrival",
    "households_planned",
    "role",
    "geometry",
];

/// One entity for each visit, labelled with date, number, village and block.
/// Create the properties in Central under the same names, then upload the
/// file.
///
/// # Errors
/// [`ExportError::Document`] for a document with faults.
pub fn odk_entities(document: &PlanDocument, _: &Language) -> Result<Vec<u8>, ExportError> {
    checked(document)?;
    let heading = std::iter::once("label").chain(PROPERTIES);
    let rows = document.visits().filter_map(|(route, order, visit)| {
        let village = document.village(&visit.place_id)?;
        let label = format!(
            "{} #{order} {} ({})",
            route.date, village.name, village.block
        );
        let position = village.position;
        let geometry = format!("{:.5} {:.5} 0 0", position.latitude, position.longitude);
        Some(vec![
            csv_text(&label),
            visit_id(&route.team_id, route.date, order),
            document.plan_id.clone(),
            document.release_id.clone(),
            village.place_id.clone(),
            csv_text(village.lgd_code.as_deref().unwrap_or("")),
            csv_text(&village.name),
            csv_text(&village.block),
            csv_text(&village.district),
            route.team_id.clone(),
            route.date.to_string(),
            order.to_string(),
            time(visit.arrival_minute),
            visit.households.to_string(),
            village.role.key().to_owned(),
            geometry,
        ])
    });
    lines(heading.map(str::to_owned).collect(), rows)
}

/// Identifier of a visit within its plan: `team~2026-12-03~2`.
pub(crate) fn visit_id(team_id: &str, date: chrono::NaiveDate, order: usize) -> String {
    format!("{team_id}~{date}~{order}")
}
