//! What may be asked of a lake: made from places and code lists alone.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use datafusion::prelude::SessionContext;
use safeground_privacy::query::{Calendar, Column, Schema, SexualAbuse, Table};
use safeground_privacy::{AudiencePolicy, CalendarPeriod, Policy};
use safeground_schema::{Level, Period};

use super::QUESTIONS;
use super::offered::{OFFERED, Offered};
use crate::EngineError;
use crate::count::{LayerKey, Places, Units, locate};
use crate::release::Closed;

/// First year that may be asked about. Fixed: the year of the oldest row would
/// tell of that row.
const FIRST_YEAR: i32 = 2000;

/// The schema of a lake's questions, and the places behind its keys.
pub(super) struct Surface {
    /// All places.
    pub(super) places: Arc<Places>,
    /// What may be asked.
    pub(super) schema: Schema,
    /// Units of each level that is a column.
    levels: BTreeMap<String, Arc<Units>>,
}

impl Surface {
    /// The surface of a lake whose last load was on a day (ISO 8601).
    ///
    /// 1. Places of each level of the research policy, in the one vintage that
    ///    events are counted in; below districts only those known to have the
    ///    policy's least inhabitants, and a level without any is no column;
    /// 2. code lists of the data model;
    /// 3. quarters from a fixed year to the last that has ended and settled;
    ///    before there is any, no table may be asked about.
    ///
    /// # Errors
    /// A failed query, or places whose identifiers cannot be keys.
    pub(super) async fn read(
        ctx: &SessionContext,
        policy: &Policy,
        data_as_of: Option<&str>,
    ) -> Result<Self, EngineError> {
        let research = &policy.research;
        let places = Arc::new(Places::read(ctx).await?);
        let keys: Vec<(String, LayerKey)> = research
            .levels
            .iter()
            .filter_map(|level| {
                let layer = places.counted_layer(level.parse().ok()?)?;
                Some((level.clone(), LayerKey::Place(layer.clone())))
            })
            .collect();
        let located = locate(ctx, Arc::clone(&places), keys.iter().map(|(_, key)| key)).await?;
        let levels: BTreeMap<String, Arc<Units>> = keys
            .into_iter()
            .filter_map(|(level, key)| Some((level, Arc::clone(located.units.get(&key)?))))
            .collect();
        let columns: BTreeMap<String, Column> = levels
            .iter()
            .filter_map(|(level, units)| {
                Some((level.clone(), place_column(level, units, research)?))
            })
            .collect();
        let mut tables = Vec::new();
        if let Some(last) = last_closed(data_as_of, policy.settling_days) {
            let first = Period::Quarter(FIRST_YEAR, 1).to_string();
            let calendar = Calendar::new(CalendarPeriod::Quarter, &first, &last.to_string())?;
            for offered in &OFFERED {
                let name = offered.table().name().to_owned();
                tables.push((name, table(offered, calendar, &columns)));
            }
        }
        Ok(Self {
            schema: Schema::new(QUESTIONS, tables, research)?,
            places,
            levels,
        })
    }

    /// Units of a column, if it is one of places.
    pub(super) fn units(&self, column: &str) -> Option<&Units> {
        self.levels.get(column).map(Arc::as_ref)
    }
}

fn table(offered: &Offered, calendar: Calendar, places: &BTreeMap<String, Column>) -> Table {
    let mut columns = places.clone();
    for name in offered.codes {
        let codes = offered.table().field(name).and_then(|field| field.codes());
        let mut keys: Vec<String> = codes
            .unwrap_or_default()
            .into_iter()
            .map(str::to_owned)
            .collect();
        keys.sort_unstable();
        columns.insert((*name).to_owned(), Column::Category { keys });
    }
    for (name, lowest, highest) in offered.numbers {
        let (lowest, highest) = (*lowest, *highest);
        columns.insert((*name).to_owned(), Column::Number { lowest, highest });
    }
    Table {
        calendar,
        rows_per_child: offered.rows_per_child,
        groups_per_child: offered.groups_per_child,
        columns,
        sexual_abuse: match offered.sexual_abuse {
            None => SexualAbuse::Absent,
            Some((column, keys)) => SexualAbuse::Keys {
                column: column.to_owned(),
                keys: keys.iter().map(|key| (*key).to_owned()).collect(),
            },
        },
    }
}

/// The places of a level that may be named.
fn place_column(level: &str, units: &Units, research: &AudiencePolicy) -> Option<Column> {
    let LayerKey::Place(layer) = &units.key else {
        return None;
    };
    // Districts and states are far above the floor.
    let floor = if layer.level <= Level::District {
        0.0
    } else {
        research.min_population as f64
    };
    let large = |people: &Option<f64>| floor <= 0.0 || people.is_some_and(|n| n >= floor);
    let keys: Vec<String> = units
        .ids
        .iter()
        .zip(&units.population)
        .filter(|(_, people)| large(people))
        .map(|(id, _)| id.clone())
        .collect();
    let level = level.to_owned();
    (!keys.is_empty()).then_some(Column::Place { level, keys })
}

/// The last quarter that had ended and settled on the day of the last load,
/// from [`FIRST_YEAR`] on: what may be asked follows from the lake alone.
fn last_closed(data_as_of: Option<&str>, settling_days: u32) -> Option<Period> {
    let loaded: NaiveDate = data_as_of?.get(..10)?.parse().ok()?;
    let closed = Closed::by(data_as_of, loaded, settling_days);
    let year: i32 = data_as_of?.get(..4)?.parse().ok()?;
    (FIRST_YEAR..=year)
        .rev()
        .flat_map(|year| {
            (1..=4)
                .rev()
                .map(move |quarter| Period::Quarter(year, quarter))
        })
        .find(|quarter| closed.has(*quarter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_may_be_asked_about_once_it_has_ended_and_settled() {
        let last = |day| last_closed(Some(day), 60).map(|period| period.to_string());
        assert_eq!(last("2025-03-01").as_deref(), Some("2024-Q4"));
        assert_eq!(last("2025-02-28").as_deref(), Some("2024-Q3"));
        assert_eq!(last("2000-04-01"), None);
        assert_eq!(last("1999-12-31"), None);
        assert_eq!(last_closed(None, 60), None);
    }
}
