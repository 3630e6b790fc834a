//! Results as rows of the lake's `campaigns` table.

use super::{Outcome, Results};
use crate::export::ExportError;
use crate::safe_text::csv_text;

/// The mapping file with which `safeground ingest` loads
/// [`Results::campaigns_csv`].
pub const CAMPAIGNS_MAPPING: &str = include_str!("../../campaigns.toml");

/// Columns of the file, in order.
const COLUMNS: [&str; 8] = [
    "plan_id",
    "visit_id",
    "place_id",
    "date",
    "activity",
    "households_reached",
    "pledges",
    "partner",
];

impl Results {
    /// Visits done, one row each, for the table `campaigns`: the day of the
    /// visit, the place, households reached and pledges.
    /// Empty cells are not known. Visits lost or refused are no campaign and
    /// have no row; numbers of refusals have no column in the lake.
    ///
    /// # Errors
    /// [`ExportError::Write`] if the CSV cannot be written.
    pub fn campaigns_csv(&self, partner: Option<&str>) -> Result<Vec<u8>, ExportError> {
        let number = |value: Option<u32>| value.map_or_else(String::new, |v| v.to_string());
        let rows = self.visits.iter().filter_map(|visit| {
            let date = visit
                .visited_on
                .filter(|_| visit.outcome == Outcome::Done)?;
            Some(vec![
                self.plan_id.clone(),
                visit.visit_id.clone(),
                visit.place_id.clone(),
                date.to_string(),
                "door_to_door".to_owned(),
                number(visit.households_reached),
                number(visit.pledges),
                csv_text(partner.unwrap_or("")),
            ])
        });
        let heading = COLUMNS.map(str::to_owned).to_vec();
        crate::export::lines(heading, rows)
    }
}
