//! What is counted of a theme in one layer, as all audiences together see it.

use std::collections::BTreeMap;
use std::sync::Arc;

use safeground_privacy::suppression::{
    Band, Decision, DecisionSubject, Earlier, PLANNING_BANDS, Presentation, SuppressionRules,
    Table, Thresholds, WIDE_BANDS, is_dominated,
};
use safeground_privacy::{Audience, AudiencePolicy, CountsShown, ExactCount, Policy};
use safeground_schema::{Level, Period, Theme};

use super::super::manifest::sha256;
use super::homogeneity::Homogeneous;
use super::{Closed, allowed, counted_layers, period_kind, without_noise};
use crate::count::{ExactBlock, ExactCounts, LayerKey, Pair, Units};

/// Counts of a theme in one layer over its closed periods, as all audiences
/// together see them.
pub(super) struct Board<'a> {
    pub(super) units: &'a Arc<Units>,
    pub(super) side: Side,
    pub(super) table: Table,
    pub(super) thresholds: Thresholds,
    /// Periods with their counts.
    pub(super) blocks: Vec<(Period, Arc<ExactBlock>)>,
    /// Denominator of each unit.
    exposure: Vec<Option<f64>>,
    theme: &'a Theme,
    homogeneous: &'a Homogeneous,
    /// Of a share, the share of its whole from which the part tells of each
    /// child in it; `None` where it is not what was done to a child.
    telling_share: Option<f64>,
    /// What is told of each unit already, by slot; `None` where that is to be
    /// decided.
    told: Option<Vec<Vec<Option<Earlier>>>>,
}

/// Which part of a share a board holds; counts that are no share are the part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Side {
    Part,
    Rest,
}

/// The boards of a theme, wide before fine, parts before rests.
pub(super) fn boards_of<'a>(
    exact: &'a ExactCounts,
    theme: &'a Theme,
    policy: &Policy,
    closed: Closed,
    homogeneous: &'a Homogeneous,
) -> Vec<Board<'a>> {
    let rules = &policy.concentration;
    let telling_share = rules
        .is_sensitive(&theme.to_string())
        .then(|| rules.homogeneity());
    let places = &exact.frame().places;
    let mut seen: BTreeMap<LayerKey, Vec<&AudiencePolicy>> = BTreeMap::new();
    for audience in Audience::ALL {
        let of = policy.audience(audience);
        for key in counted_layers(of, places) {
            if without_noise(of, theme) && allowed(of, &key, theme) {
                seen.entry(key).or_default().push(of);
            }
        }
    }
    let mut boards: Vec<Board<'a>> = seen
        .iter()
        .filter_map(|(key, readers)| {
            let kind = period_kind(readers[0]);
            let pair = exact.frame().pair(key, kind)?;
            let boards = Board::of(exact, theme, pair, readers, closed, homogeneous);
            Some(boards.into_iter().map(|board| Board {
                telling_share,
                ..board
            }))
        })
        .flatten()
        .collect();
    boards.sort_by(|a, b| (a.side, &a.units.key).cmp(&(b.side, &b.units.key)));
    boards
}

impl<'a> Board<'a> {
    fn of(
        exact: &ExactCounts,
        theme: &'a Theme,
        pair: &'a Pair,
        readers: &[&AudiencePolicy],
        closed: Closed,
        homogeneous: &'a Homogeneous,
    ) -> Vec<Self> {
        let key = &pair.units.key;
        let strictest = |banded: bool| {
            let of_kind = readers.iter().filter(|of| sees_bands(theme, of) == banded);
            of_kind.map(|of| least(theme, of)).reduce(Thresholds::and)
        };
        let bands = bands(key).to_vec();
        let (thresholds, presentation) = match (strictest(false), strictest(true)) {
            (Some(exact), Some(least)) => (least, Presentation::ExactOrBanded { exact, bands }),
            (None, Some(least)) => (least, Presentation::Banded(bands)),
            (exact, None) => (
                exact.unwrap_or_else(|| least(theme, readers[0])),
                Presentation::Exact,
            ),
        };
        let floor = readers.iter().map(|of| floor(theme, of)).max();
        let blocks: Vec<(Period, Arc<ExactBlock>)> = (0..pair.periods.len())
            .filter(|slot| closed.has(pair.periods[*slot]))
            .filter_map(|slot| exact.block(theme, pair, slot))
            .map(|block| (block.period, Arc::new(block)))
            .collect();
        let public = match theme {
            Theme::Outreach => &pair.units.households,
            _ => &pair.units.children,
        };
        let exposure: Vec<Option<f64>> = public.iter().map(|n| n.filter(|n| *n > 0.0)).collect();
        let share = readers.iter().any(|of| sees_share(theme, of));
        let sides: &[Side] = if share {
            &[Side::Part, Side::Rest]
        } else {
            &[Side::Part]
        };
        sides
            .iter()
            .map(|side| Self {
                units: &pair.units,
                side: *side,
                table: Table {
                    name: format!("{key}{}", side.suffix()),
                    presentation: match side {
                        Side::Part => presentation.clone(),
                        Side::Rest => Presentation::Exact,
                    },
                    min_population: floor.filter(|floor| *floor > 0),
                },
                thresholds: match (side, strictest(false)) {
                    (Side::Rest, Some(exact)) => exact,
                    _ => thresholds,
                },
                blocks: blocks.clone(),
                exposure: exposure.clone(),
                theme,
                homogeneous,
                telling_share: None,
                told: None,
            })
            .collect()
    }

    /// The same counts, of which everything was decided.
    pub(super) fn decided(&self, decided: &[Vec<Decision>]) -> Self {
        let told = decided.iter().map(|units| {
            let told = units.iter().map(|decision| Some(decision.as_told()));
            told.collect()
        });
        Self {
            units: self.units,
            side: self.side,
            table: self.table.clone(),
            thresholds: self.thresholds,
            blocks: self.blocks.clone(),
            exposure: self.exposure.clone(),
            theme: self.theme,
            homogeneous: self.homogeneous,
            telling_share: self.telling_share,
            told: Some(told.collect()),
        }
    }

    /// Counts of one class of the children of this board, for readers of exact
    /// counts. Where those of all children are not told as they are, nothing is
    /// told of a class.
    pub(super) fn of_class(
        &self,
        name: &str,
        blocks: Vec<(Period, Arc<ExactBlock>)>,
        homogeneous: &'a Homogeneous,
        reader: &AudiencePolicy,
    ) -> Self {
        let told = self.told.as_ref().map(|slots| {
            let of_class = |told: &Option<Earlier>| {
                (*told != Some(Earlier::Exact)).then_some(Earlier::Withheld)
            };
            let slots = slots.iter();
            slots
                .map(|units| units.iter().map(of_class).collect())
                .collect()
        });
        Self {
            units: self.units,
            side: Side::Part,
            table: Table {
                name: format!("{} {name}", self.units.key),
                presentation: Presentation::Exact,
                min_population: Some(floor(self.theme, reader)).filter(|floor| *floor > 0),
            },
            thresholds: least(self.theme, reader),
            blocks,
            exposure: self.exposure.clone(),
            theme: self.theme,
            homogeneous,
            telling_share: None,
            told,
        }
    }

    /// What is told of a unit already.
    pub(super) fn told(&self, slot: usize, unit: usize) -> Option<Earlier> {
        *self.told.as_ref()?.get(slot)?.get(unit)?
    }

    pub(super) fn subject(&self, theme: &Theme, period: Period) -> DecisionSubject {
        DecisionSubject {
            layer: self.table.name.clone(),
            theme: theme.to_string(),
            period: period.to_string(),
            units: self.units.len(),
            units_sha256: sha256(self.units.ids.join("\n").as_bytes()),
        }
    }

    /// Below which a count is small to those who see counts, or to those who
    /// see bands where nobody does.
    pub(super) fn threshold(&self) -> u64 {
        match &self.table.presentation {
            Presentation::ExactOrBanded { exact, .. } => exact.k,
            _ => self.thresholds.k,
        }
    }

    /// Whether a count may be shown as it is, as far as it alone decides.
    pub(super) fn is_shown_exactly(
        &self,
        slot: usize,
        unit: usize,
        rules: &SuppressionRules,
    ) -> bool {
        if let Some(told) = self.told(slot, unit) {
            return told == Earlier::Exact;
        }
        let count = self.count(slot, unit);
        let dominated = rules
            .dominance()
            .is_some_and(|rule| is_dominated(&self.contributions(slot, unit), rule));
        if dominated || self.categories_beside(slot, unit).is_some() {
            return false;
        }
        let inhabited = self.table.min_population.is_none_or(|floor| {
            self.units.population[unit].is_some_and(|people| people as u64 >= floor)
        });
        inhabited
            && self.thresholds.are_met_by(&count)
            && match &self.table.presentation {
                Presentation::ExactOrBanded { exact, .. } => exact.are_met_by(&count),
                Presentation::Exact => true,
                Presentation::Banded(_) | Presentation::Unpublished => false,
            }
    }

    /// What is counted in a unit. In a share the denominator is a count of
    /// ours: its presence must not tell whether there is one.
    pub(super) fn count(&self, slot: usize, unit: usize) -> ExactCount {
        let block = &self.blocks[slot].1;
        let part = block.amounts[unit];
        ExactCount {
            children: match (self.side, &block.among) {
                (Side::Rest, Some(among)) => among[unit].saturating_sub(part),
                _ => part,
            },
            events: block.events[unit],
            partners: block.partners[unit],
            observed: block.observed[unit],
            exposure: self.exposure[unit],
        }
    }

    /// What the largest source of a count adds to it, and the others, none of
    /// whom adds more; empty where nobody is to be hidden from a source: among
    /// households, and under thresholds that let one partner, or one event,
    /// stand alone.
    ///
    /// A partner who recorded every child of a count that others recorded as
    /// well learns of none that it does not know.
    pub(super) fn contributions(&self, slot: usize, unit: usize) -> Vec<u64> {
        let block = &self.blocks[slot].1;
        let largest = match self.side {
            Side::Part => &block.largest,
            Side::Rest => &block.largest_of_rest,
        };
        let of = |largest: &[u64], least: u64| match least {
            0 | 1 => 0,
            _ => largest.get(unit).copied().unwrap_or(0),
        };
        let children = self.count(slot, unit).children;
        let partner = of(&largest.partner, self.thresholds.min_partners);
        let knows_all = partner == children && block.partners[unit] > 1;
        let partner = if knows_all { 0 } else { partner };
        let largest = partner.max(of(&largest.event, self.thresholds.min_events));
        if largest == 0 {
            return Vec::new();
        }
        shares(children, largest)
    }

    /// What other kinds of harm a reader must think possible where all of them
    /// together are homogeneous; `None` where they are not.
    ///
    /// Of a share the one other category is the rest of its whole.
    pub(super) fn categories_beside(&self, slot: usize, unit: usize) -> Option<Vec<u64>> {
        let (period, block) = &self.blocks[slot];
        let (Some(share), Some(among)) = (self.telling_share, &block.among) else {
            let key = &self.units.key;
            return self.homogeneous.beside(self.theme, key, *period, unit);
        };
        let (part, whole) = (block.amounts[unit], among[unit]);
        let tells = whole > 0 && part as f64 >= share * whole as f64;
        tells.then(|| match self.side {
            Side::Part => vec![whole.saturating_sub(part)],
            Side::Rest => vec![part],
        })
    }

    /// The unit of a wider board that a unit lies in.
    pub(super) fn parent(&self, wider: &Board<'_>, unit: usize) -> Option<usize> {
        let place = self.units.places.get(unit)?;
        Some(wider.units.unit(Some(*place), None)? as usize)
    }
}

impl Side {
    fn suffix(self) -> &'static str {
        match self {
            Self::Part => "",
            Self::Rest => " (rest)",
        }
    }
}

/// Whether an audience sees bands of a theme. Households reached by a campaign
/// are no children, and planners have to add them up.
pub(super) fn sees_bands(theme: &Theme, policy: &AudiencePolicy) -> bool {
    policy.counts == CountsShown::Bands && *theme != Theme::Outreach
}

/// What a count of a theme has to reach for an audience. Households reached by
/// a campaign are the work of one partner and no children: the threshold alone
/// holds for them.
pub(super) fn least(theme: &Theme, policy: &AudiencePolicy) -> Thresholds {
    let least = Thresholds::of(policy);
    if *theme == Theme::Outreach {
        return Thresholds {
            min_events: 1,
            min_partners: 1,
            ..least
        };
    }
    least
}

/// Least inhabitants of a place for a count of a theme to be shown.
pub(super) fn floor(theme: &Theme, policy: &AudiencePolicy) -> u64 {
    if *theme == Theme::Outreach {
        0
    } else {
        policy.min_population
    }
}

/// The bands of a level.
pub(super) fn bands(key: &LayerKey) -> &'static [Band] {
    match key {
        LayerKey::Place(layer) if layer.level <= Level::District => &WIDE_BANDS,
        _ => &PLANNING_BANDS,
    }
}

/// Whether a reader is shown a share of a whole that is ours.
pub(super) fn sees_share(theme: &Theme, policy: &AudiencePolicy) -> bool {
    *theme == Theme::WelfareGap && !sees_bands(theme, policy)
}

/// A total in parts as large as the largest one, and what is left. The sources
/// behind it may be smaller: only that none is larger is known of them.
fn shares(total: u64, largest: u64) -> Vec<u64> {
    let mut shares: Vec<u64> = (0..total / largest).map(|_| largest).collect();
    shares.extend(Some(total % largest).filter(|rest| *rest > 0));
    shares
}

#[cfg(test)]
mod tests {
    use safeground_privacy::suppression::DominanceRule;

    use super::*;

    #[test]
    fn many_small_sources_together_are_not_taken_for_a_large_one() {
        let rule = DominanceRule::Largest {
            contributors: 1,
            percent: 90.0,
        };
        assert_eq!(shares(50, 20), [20, 20, 10]);
        assert!(!is_dominated(&shares(50, 1), rule));
        assert!(!is_dominated(&shares(50, 45), rule));
        assert!(is_dominated(&shares(50, 46), rule));
        assert_eq!(shares(5, 7), [5]);
    }
}
