//! What earlier releases told, which cannot be taken back.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use arrow::array::{Array as _, AsArray as _, Int64Array, RecordBatch};
use arrow::datatypes::{Float64Type, Int64Type};
use safeground_privacy::Audience;
use safeground_privacy::suppression::{Band, Earlier as Told};
use safeground_schema::{Period, Theme};

use super::super::open::open;
use crate::EngineError;
use crate::count::Units;

/// The release that an audience has now, by layer, theme and period.
#[derive(Debug, Default)]
pub(crate) struct Earlier {
    scores: Option<RecordBatch>,
    rows: BTreeMap<(String, String, String), Range<usize>>,
}

impl Earlier {
    /// Reads the current release of an audience, if there is one.
    ///
    /// # Errors
    /// As [`open`], for one that cannot be read: going on would tell its
    /// periods a second time.
    pub(crate) fn read(releases: &Path, audience: Audience) -> Result<Self, EngineError> {
        let released = match open(releases, audience) {
            Ok(released) => released,
            Err(EngineError::NoRelease { .. }) => return Ok(Self::default()),
            Err(error) => return Err(error),
        };
        Ok(Self::of(released.get().scores.clone()))
    }

    fn of(scores: RecordBatch) -> Self {
        let mut rows: BTreeMap<(String, String, String), Range<usize>> = BTreeMap::new();
        let text = |name: &str| scores[name].as_string::<i32>().clone();
        let (layer, theme, period) = (text("layer"), text("theme"), text("period"));
        for row in 0..scores.num_rows() {
            let of = |column: &arrow::array::StringArray| column.value(row).to_owned();
            let range = rows
                .entry((of(&layer), of(&theme), of(&period)))
                .or_insert(row..row);
            range.end = row + 1;
        }
        Self {
            scores: Some(scores),
            rows,
        }
    }

    /// What was told of each unit of a layer; `None` where nothing was, or it
    /// was told of other units.
    pub(crate) fn told(
        &self,
        units: &Units,
        theme: &Theme,
        period: Period,
    ) -> Option<Vec<ToldCell>> {
        let key = (
            units.key.to_string(),
            theme.to_string(),
            period.to_string(),
        );
        let rows = self.rows.get(&key)?.clone();
        let scores = self.scores.as_ref()?.slice(rows.start, rows.len());
        let ids = scores["unit_id"].as_string::<i32>();
        if ids.len() != units.len() || ids.iter().zip(&units.ids).any(|(a, b)| a != Some(b)) {
            return None;
        }
        let whole = |name: &str| scores[name].as_primitive::<Int64Type>().clone();
        let (count, low, high) = (whole("count"), whole("count_low"), whole("count_high"));
        let exposure = scores["exposure"].as_primitive::<Float64Type>();
        let at = |column: &Int64Array, row: usize| {
            column.is_valid(row).then(|| column.value(row).max(0) as u64)
        };
        let told = (0..units.len()).map(|row| {
            let part = at(&count, row);
            let of = part.filter(|_| exposure.is_valid(row));
            ToldCell {
                told: match (part, at(&low, row)) {
                    (Some(_), _) => Told::Exact,
                    (None, Some(low)) => Told::Band(Band {
                        low,
                        high: at(&high, row),
                    }),
                    (None, None) => Told::Withheld,
                },
                part,
                rest: of.map(|part| (exposure.value(row).max(0.0) as u64).saturating_sub(part)),
            }
        });
        Some(told.collect())
    }
}

/// What was told of one unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ToldCell {
    /// In which way.
    pub(crate) told: Told,
    /// The count, where it was told exactly.
    pub(crate) part: Option<u64>,
    /// What the denominator has besides; meant only where it is a count too.
    pub(crate) rest: Option<u64>,
}
