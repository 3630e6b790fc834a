//! What a release tells, ready to be put together with another.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{Array as _, AsArray as _, RecordBatch};
use arrow::datatypes::Int64Type;

use super::Ends;

/// A count of a release.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) layer: String,
    pub(super) theme: String,
    pub(super) period: String,
    pub(super) unit_id: String,
}

/// Arithmetic of what is told.
pub(super) struct Ranges;

impl Ranges {
    /// What both say, or `None` where they contradict each other.
    pub(super) fn meet(a: Ends, b: Ends) -> Option<Ends> {
        let low = a.0.max(b.0);
        let high = match (a.1, b.1) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        high.is_none_or(|high| low <= high).then_some((low, high))
    }
}

/// What a release tells.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Ends of every count, `None` where it is withheld.
    pub(super) counts: BTreeMap<Key, Option<Ends>>,
    /// Parent of each place.
    pub(super) parents: BTreeMap<String, String>,
    /// Layer of each place.
    pub(super) layers: BTreeMap<String, String>,
    /// Layers and themes with noise.
    pub(super) noisy: BTreeSet<(String, String)>,
    /// Threshold.
    pub(super) k: i64,
}

impl Told {
    pub(super) fn of(
        scores: &RecordBatch,
        places: &RecordBatch,
        noisy: BTreeSet<(String, String)>,
        k: i64,
    ) -> Self {
        let text = |batch: &RecordBatch, name: &str| batch[name].as_string::<i32>().clone();
        let keys = ["layer", "theme", "period", "unit_id"].map(|name| text(scores, name));
        let low = scores["count_low"].as_primitive::<Int64Type>();
        let high = scores["count_high"].as_primitive::<Int64Type>();
        let counts = (0..scores.num_rows())
            .filter(|row| !keys[1].value(*row).starts_with("indicator:"))
            .map(|row| {
                let told = low.is_valid(row).then(|| {
                    let high = high.is_valid(row).then(|| high.value(row));
                    (low.value(row), high)
                });
                let [layer, theme, period, unit_id] =
                    [0, 1, 2, 3].map(|key| keys[key].value(row).to_owned());
                let key = Key {
                    layer,
                    theme,
                    period,
                    unit_id,
                };
                (key, told)
            })
            .collect();
        let [id, layer, parent] = ["place_id", "layer", "parent_id"].map(|name| text(places, name));
        let rows = 0..places.num_rows();
        let with_parent = rows.clone().filter(|row| parent.is_valid(*row));
        Self {
            counts,
            parents: with_parent
                .map(|row| (id.value(row).to_owned(), parent.value(row).to_owned()))
                .collect(),
            layers: rows
                .map(|row| (id.value(row).to_owned(), layer.value(row).to_owned()))
                .collect(),
            noisy,
            k,
        }
    }

    /// The same with counts by class, each class as a theme of its own: sums
    /// over places hold for it, too.
    pub(super) fn with_classes(mut self, breakdowns: &RecordBatch) -> Self {
        let text = |name: &str| breakdowns[name].as_string::<i32>().clone();
        let [layer, theme, period, unit, by, class] =
            ["layer", "theme", "period", "unit_id", "breakdown", "class"].map(text);
        let counts = breakdowns["count"].as_primitive::<Int64Type>();
        self.counts.extend((0..breakdowns.num_rows()).map(|row| {
            let (theme, by, class) = (theme.value(row), by.value(row), class.value(row));
            let key = Key {
                layer: layer.value(row).to_owned(),
                theme: format!("{theme}, {by}={class}"),
                period: period.value(row).to_owned(),
                unit_id: unit.value(row).to_owned(),
            };
            let count = counts.is_valid(row).then(|| counts.value(row));
            (key, count.map(|count| (count, Some(count))))
        }));
        self
    }

    /// Whether a count carries noise.
    pub(super) fn is_noisy(&self, key: &Key) -> bool {
        self.noisy.contains(&(key.layer.clone(), key.theme.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_ranges_say_together_is_what_both_hold() {
        assert_eq!(Ranges::meet((5, Some(9)), (7, None)), Some((7, Some(9))));
        assert_eq!(Ranges::meet((50, None), (60, None)), Some((60, None)));
        assert_eq!(Ranges::meet((5, Some(9)), (10, Some(19))), None);
    }
}
