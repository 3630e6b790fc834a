//! Places where nearly all recorded children suffered the same.

use std::collections::BTreeMap;

use safeground_privacy::suppression::is_homogeneous;
use safeground_privacy::{Audience, AudiencePolicy, ConcentrationPolicy, ExactCount, Policy};
use safeground_schema::{Period, PeriodKind, Theme};

use super::board::least;
use super::{Closed, allowed, counted_layers, period_kind, without_noise};
use crate::count::{Division, ExactBlock, ExactCounts, LayerKey, Pair};

/// A withheld count leaves at least 0 to this possible.
const OPEN_AT_LEAST: u64 = 4;

/// Homogeneous places by layer and period, with the categories that make them
/// so.
#[derive(Debug, Default)]
pub(super) struct Homogeneous(BTreeMap<(LayerKey, Period), BTreeMap<usize, Categories>>);

/// Kinds of harm of one place and period with how many children a reader must
/// think possible at least.
type Categories = BTreeMap<Theme, u64>;

/// Counts of a kind of harm with those who may see them.
type Counted<'a> = (ExactBlock, Vec<&'a AudiencePolicy>);

impl Homogeneous {
    /// Looks through every layer of places that the policy names and that is
    /// shown without noise.
    ///
    /// Themes have no sums in common, so what a reader can say of one kind of
    /// harm does not depend on the others, and the least share of a kind is its
    /// count out of itself and the most that each other may be. That most is the
    /// other's count where it can be seen, and [`OPEN_AT_LEAST`] where it cannot:
    /// suppression keeps these values possible. The count behind a withheld
    /// number is not looked at, so that what is withheld here does not tell of
    /// it. A place that this does not find is one of which no reader can know
    /// that the share is reached.
    ///
    /// Kinds that nobody looks for in a place are no categories there: that
    /// its only programme is on one kind of harm is known without us.
    pub(super) fn find(exact: &ExactCounts, policy: &Policy, closed: Closed) -> Self {
        let mut readers: BTreeMap<(LayerKey, PeriodKind), Vec<&AudiencePolicy>> = BTreeMap::new();
        for audience in Audience::ALL {
            let of = policy.audience(audience);
            for key in counted_layers(of, &exact.frame().places) {
                readers.entry((key, period_kind(of))).or_default().push(of);
            }
        }
        let mut found = Self::default();
        for ((key, kind), readers) in readers {
            if let Some(pair) = exact.frame().pair(&key, kind) {
                let block = |theme: &Theme, slot| exact.block(theme, pair, slot);
                found.look_at(exact.themes(), policy, closed, (pair, &readers), block);
            }
        }
        found
    }

    /// The same among the children of one class: whoever knows that a girl is
    /// recorded in a place is not to learn what was done to her.
    pub(super) fn find_in_class(
        exact: &ExactCounts,
        policy: &Policy,
        closed: Closed,
        (division, class): (&Division, usize),
    ) -> Self {
        let mut found = Self::default();
        let pair = &exact.frame().pairs[division.pair];
        let block = |theme: &Theme, slot| exact.block_of_class(theme, division, class, slot);
        let readers = [&policy.research];
        found.look_at(exact.themes(), policy, closed, (pair, &readers), block);
        found
    }

    fn look_at(
        &mut self,
        themes: &[Theme],
        policy: &Policy,
        closed: Closed,
        (pair, readers): (&Pair, &[&AudiencePolicy]),
        block: impl Fn(&Theme, usize) -> Option<ExactBlock>,
    ) {
        let rules = &policy.concentration;
        let key = &pair.units.key;
        if !is_looked_at(rules, key) {
            return;
        }
        for slot in (0..pair.periods.len()).filter(|slot| closed.has(pair.periods[*slot])) {
            let counted: Vec<Counted<'_>> = themes
                .iter()
                .filter(|theme| {
                    // Of a share the part is held against its own whole.
                    rules.is_sensitive(&theme.to_string()) && **theme != Theme::WelfareGap
                })
                .filter_map(|theme| {
                    let sees =
                        |of: &&&AudiencePolicy| without_noise(of, theme) && allowed(of, key, theme);
                    let readers: Vec<_> = readers.iter().filter(sees).copied().collect();
                    let block = block(theme, slot)?;
                    (!readers.is_empty()).then_some((block, readers))
                })
                .collect();
            let places: BTreeMap<usize, Categories> = (0..pair.units.len())
                .filter_map(|unit| Some((unit, categories(&counted, unit, rules.homogeneity())?)))
                .collect();
            if !places.is_empty() {
                self.0.insert((key.clone(), pair.periods[slot]), places);
            }
        }
    }

    /// The categories beside a theme in a homogeneous place; `None` in any
    /// other place or for a theme that is none of them.
    pub(super) fn beside(
        &self,
        theme: &Theme,
        key: &LayerKey,
        period: Period,
        unit: usize,
    ) -> Option<Vec<u64>> {
        let categories = self.0.get(&(key.clone(), period))?.get(&unit)?;
        categories.get(theme)?;
        let others = categories.iter().filter(|(other, _)| *other != theme);
        Some(others.map(|(_, most)| *most).collect())
    }
}

fn is_looked_at(rules: &ConcentrationPolicy, key: &LayerKey) -> bool {
    matches!(key, LayerKey::Place(layer) if rules.looks_at(layer.level.as_str()))
}

/// The categories of a unit, if it is homogeneous.
fn categories(counted: &[Counted<'_>], unit: usize, share: f64) -> Option<Categories> {
    let categories: Categories = counted
        .iter()
        .filter(|(block, _)| block.observed[unit])
        .map(|(block, readers)| {
            let count = ExactCount {
                children: block.amounts[unit],
                events: block.events[unit],
                partners: block.partners[unit],
                observed: true,
                exposure: None,
            };
            let seen = readers
                .iter()
                .any(|of| least(&block.theme, of).are_met_by(&count));
            let most = if seen { count.children } else { OPEN_AT_LEAST };
            (block.theme.clone(), most)
        })
        .collect();
    let counts: Vec<u64> = categories.values().copied().collect();
    // The largest of those that nobody sees is no finding.
    let any_seen = counts.iter().any(|most| *most > OPEN_AT_LEAST);
    (any_seen && is_homogeneous(&counts, share)).then_some(categories)
}
