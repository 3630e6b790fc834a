//! What two releases tell together that neither tells alone.

use std::collections::BTreeMap;
use std::path::Path;

use arrow::array::{Array as _, AsArray as _, RecordBatch};
use arrow::datatypes::Int64Type;
use safeground_privacy::Audience;

use super::open::open_id;
use super::store::Store;
use crate::EngineError;

/// What two releases tell of the same places, themes and periods.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct ReleaseDiff {
    /// Counts of which both tell the same.
    pub same: usize,
    /// Counts that one tells and the other does not list, as a period that is
    /// new.
    pub only_in_one: usize,
    /// Counts of which both tell something, and not the same: the difference
    /// is the number of children in between. There is none between releases of
    /// one lake to one audience.
    pub changed: Vec<Changed>,
    /// Counts that one tells and the other withholds.
    pub withheld_in_one: usize,
}

/// A count of which two releases tell different things.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Changed {
    /// Layer.
    pub layer: String,
    /// Unit.
    pub unit_id: String,
    /// Theme.
    pub theme: String,
    /// Period.
    pub period: String,
    /// Least and largest count by the first release, then by the second.
    pub ends: [(i64, Option<i64>); 2],
}

/// Ends of what is told of a unit, `None` where it is withheld.
type Told = Option<(i64, Option<i64>)>;

/// Compares two releases by their ids, of any audiences. For the steward: it
/// does what an attacker with both would do.
///
/// Published indicators are left out; they are the same for everybody.
///
/// # Errors
/// [`EngineError::UnknownRelease`], or as [`open_id`].
pub fn diff(releases: &Path, one: &str, other: &str) -> Result<ReleaseDiff, EngineError> {
    let (one, other) = (told(releases, one)?, told(releases, other)?);
    let mut found = ReleaseDiff::default();
    for (key, first) in &one {
        match (first, other.get(key)) {
            (_, None) => found.only_in_one += usize::from(first.is_some()),
            (None, Some(None)) => {}
            (Some(a), Some(Some(b))) if a == b => found.same += 1,
            (Some(a), Some(Some(b))) => {
                let [layer, theme, period, unit_id] = key.clone();
                found.changed.push(Changed {
                    layer,
                    unit_id,
                    theme,
                    period,
                    ends: [*a, *b],
                });
            }
            (Some(_), Some(None)) | (None, Some(Some(_))) => found.withheld_in_one += 1,
        }
    }
    let new = other.iter().filter(|(key, _)| !one.contains_key(*key));
    found.only_in_one += new.filter(|(_, told)| told.is_some()).count();
    Ok(found)
}

/// What a release tells, by layer, theme, period and unit.
fn told(releases: &Path, id: &str) -> Result<BTreeMap<[String; 4], Told>, EngineError> {
    let store = Store::new(releases);
    for audience in Audience::ALL {
        if store.folder(audience.as_str(), id)?.is_dir() {
            let released = open_id(releases, audience, id)?;
            return Ok(of_scores(&released.get().scores));
        }
    }
    Err(EngineError::UnknownRelease {
        release_id: id.to_owned(),
    })
}

fn of_scores(scores: &RecordBatch) -> BTreeMap<[String; 4], Told> {
    let text = |name: &str| scores[name].as_string::<i32>().clone();
    let keys = ["layer", "theme", "period", "unit_id"].map(text);
    let low = scores["count_low"].as_primitive::<Int64Type>();
    let high = scores["count_high"].as_primitive::<Int64Type>();
    (0..scores.num_rows())
        .filter(|row| !keys[1].value(*row).starts_with("indicator:"))
        .map(|row| {
            let told = low.is_valid(row).then(|| {
                let high = high.is_valid(row).then(|| high.value(row));
                (low.value(row), high)
            });
            (
                [0, 1, 2, 3].map(|key| keys[key].value(row).to_owned()),
                told,
            )
        })
        .collect()
}
