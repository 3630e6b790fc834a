//! What two releases tell together that neither tells alone.

mod follow;
mod told;

use std::path::Path;

use safeground_privacy::Audience;
use safeground_schema::release::CountProtection;

use self::told::{Key, Ranges, Told};
use super::open::open_id;
use super::store::Store;
use crate::EngineError;

/// Least and largest count that is told or follows; open where `None`.
pub type Ends = (i64, Option<i64>);

/// What two releases tell together.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct ReleaseDiff {
    /// Counts of which both tell the same.
    pub same: usize,
    /// Counts that one tells and the other does not list, as a period that is
    /// new.
    pub only_in_one: usize,
    /// Counts that one tells more closely than the other, as a number within a
    /// range.
    pub closer_in_one: usize,
    /// Counts that one tells with noise and the other without. Nothing is
    /// certain of the first, so nothing follows from it but the noise.
    pub noise_in_one: usize,
    /// Counts that one tells and the other withholds.
    pub withheld_in_one: usize,
    /// Counts of which both tell something, and not the same: the difference
    /// is the number of children in between. There is none between releases of
    /// one lake to one audience.
    pub changed: Vec<Changed>,
    /// Counts that neither tells, and that follow from sums over what both tell:
    /// of places within a place, and of quarters within a year.
    pub follows: Vec<Follows>,
    /// Places where a count that at least one withholds is known to have changed
    /// by a small number: a wider place changed, and all others in it did not.
    pub change_follows: Vec<ChangeFollows>,
    /// Themes and years whose statements contradict each other as sums, since a
    /// child counts in two places or the data changed; where they do, the sum is
    /// left out.
    pub sums_that_do_not_hold: usize,
}

impl ReleaseDiff {
    /// Whether anybody who has both learns of fewer children than either
    /// release may tell of.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.changed.is_empty() && self.follows.is_empty() && self.change_follows.is_empty()
    }
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
    pub ends: [Ends; 2],
}

/// What follows of a count that neither release tells.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Follows {
    /// Layer.
    pub layer: String,
    /// Unit.
    pub unit_id: String,
    /// Theme.
    pub theme: String,
    /// Period.
    pub period: String,
    /// What follows from both.
    pub ends: Ends,
    /// What follows from the first alone, then from the second.
    pub alone: [Ends; 2],
    /// Why that is too much.
    pub because: Exposure,
}

/// Why what follows of a count is too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Exposure {
    /// One value is left.
    Exact,
    /// It is known to be one to less than the threshold.
    Small,
    /// Fewer than five values, or fewer than 20 % of it, are left.
    Narrow,
}

/// A small change of a count that at least one release withholds.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ChangeFollows {
    /// Layer.
    pub layer: String,
    /// Unit.
    pub unit_id: String,
    /// Theme.
    pub theme: String,
    /// Period.
    pub period: String,
    /// Least and largest number of children by which the second is larger.
    pub by: [i64; 2],
}

/// Compares two releases by their ids, of any audiences. For the steward: it
/// does what an attacker with both would do.
///
/// 1. Counts of the same place, theme and period are set against each other.
/// 2. Sums: a place is its parts (a block at least its villages, since records
///    may name the block alone), a year is at least each of its quarters and at
///    most all of them. What follows from both together is compared with what
///    follows from each alone, by narrowing and then by linear programs around
///    the counts of which least is left open.
/// 3. Where both tell of different data, the same sums hold of the changes.
///
/// Published indicators are left out; they are the same for everybody. Counts
/// with noise are certain of nothing, so they enter step 1 alone: what noise
/// tells is bounded by its epsilon.
///
/// # Errors
/// [`EngineError::UnknownRelease`], or as [`open_id`].
pub fn diff(releases: &Path, one: &str, other: &str) -> Result<ReleaseDiff, EngineError> {
    let (one, other) = (told(releases, one)?, told(releases, other)?);
    let mut found = same_counts(&one, &other);
    follow::add_what_follows(&one, &other, &mut found);
    Ok(found)
}

/// Step 1.
fn same_counts(one: &Told, other: &Told) -> ReleaseDiff {
    let mut found = ReleaseDiff::default();
    for (key, first) in &one.counts {
        let noise = [one, other].map(|told| told.is_noisy(key));
        match (first, other.counts.get(key)) {
            (_, None) => found.only_in_one += usize::from(first.is_some()),
            (None, Some(None)) => {}
            (Some(_), Some(Some(_))) if noise[0] != noise[1] => found.noise_in_one += 1,
            (Some(a), Some(Some(b))) if a == b => found.same += 1,
            (Some(a), Some(Some(b))) if !noise[0] && Ranges::meet(*a, *b).is_some() => {
                found.closer_in_one += 1;
            }
            (Some(a), Some(Some(b))) => {
                let Key {
                    layer,
                    theme,
                    period,
                    unit_id,
                } = key.clone();
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
    let new = other
        .counts
        .iter()
        .filter(|(key, _)| !one.counts.contains_key(*key));
    found.only_in_one += new.filter(|(_, told)| told.is_some()).count();
    found
}

/// What a release tells.
fn told(releases: &Path, id: &str) -> Result<Told, EngineError> {
    let store = Store::new(releases);
    for audience in Audience::ALL {
        if store.folder(audience.as_str(), id)?.is_dir() {
            let released = open_id(releases, audience, id)?;
            let data = released.get();
            let noisy = data
                .manifest
                .available
                .iter()
                .filter(|layer| layer.protection == Some(CountProtection::Noise))
                .map(|layer| (layer.layer.clone(), layer.theme.clone()));
            let told = Told::of(
                &data.scores,
                &data.places,
                noisy.collect(),
                data.manifest.policy["k"].as_i64().unwrap_or(0),
            );
            return Ok(match &data.breakdowns {
                Some(breakdowns) => told.with_classes(breakdowns),
                None => told,
            });
        }
    }
    Err(EngineError::UnknownRelease {
        release_id: id.to_owned(),
    })
}
