//! Attack 14: one raid, family or partner behind a cell.

use std::collections::BTreeMap;

use crate::attack::{Attack, Control, Outcome};
use crate::world::{Protection, Sources, World};

/// Fewest events and partners behind a visible count.
const LEAST: (u64, u64) = (3, 2);

/// Largest share of one event or partner in a visible count.
const LARGEST: f64 = 0.9;

/// A partner that sees a count behind which it stands alone, or almost alone,
/// knows all of the others' children; so does whoever knows of the one raid.
/// Every visible count without noise is held against the records: by how many
/// events and partners there are, and by what the largest of them contributes.
pub(crate) struct Dominance;

impl Attack for Dominance {
    fn number(&self) -> u32 {
        14
    }

    fn name(&self) -> &'static str {
        "dominance by one event or partner"
    }

    fn passes_when(&self) -> &'static str {
        "nothing visible from fewer than 3 events or 2 partners, or from one of them to more than \
         90 %"
    }

    fn control(&self) -> Control {
        Control::Unprotected
    }

    fn run(&self, world: &World) -> anyhow::Result<Outcome> {
        let sources = world.truth.sources(&[3, 4, 5, 6]);
        let mut tried = 0;
        let mut all = Found::default();
        let mut by_layer: BTreeMap<String, Found> = BTreeMap::new();
        let mut largest_share = 0.0_f64;
        for release in world.releases() {
            for (key, block) in &release.blocks {
                let Some(behind) = sources.get(key) else {
                    continue;
                };
                if release.protection(&key.0) == Protection::Noise {
                    continue;
                }
                for (unit, cell) in block.cells() {
                    let count = cell.count().or_else(|| cell.number("count_low"));
                    if count.is_none_or(|count| count == 0.0) {
                        continue;
                    }
                    tried += 1;
                    let behind = behind.get(unit).copied().unwrap_or_default();
                    let (layer, unit, theme, period) = (&key.0, unit, &key.1, &key.2);
                    let children = world.truth.count(layer, unit, theme, period).unwrap_or(0);
                    let share = share(behind, children);
                    let few = Found::of(behind, share);
                    // The largest share of a count that no other rule catches.
                    if few.events + few.partners == 0 {
                        largest_share = largest_share.max(share);
                    }
                    if few.any() {
                        let name = format!("{} {layer}", release.audience);
                        by_layer.entry(name).or_default().add(few);
                        all.add(few);
                    }
                }
            }
        }
        let mut outcome = Outcome::none_allowed(tried, all.counts, "visible counts dominated");
        for (layer, found) in by_layer {
            outcome = outcome.note(format!(
                "{layer}: {} from fewer than 3 events, {} from one partner, {} of 3 events and 2 \
                 partners or more to over 90 % from one of them",
                found.events, found.partners, found.nearly
            ));
        }
        Ok(outcome.note(format!(
            "largest share of one event or partner in a visible count of 3 events and 2 partners or \
             more: {:.1} %",
            100.0 * largest_share
        )))
    }
}

/// Share of the largest source in a count. A partner who recorded every child
/// that others recorded as well learns of none that it does not know.
fn share(behind: Sources, children: u64) -> f64 {
    let knows_all = behind.of_largest_partner == children && behind.partners > 1;
    let partner = if knows_all {
        0
    } else {
        behind.of_largest_partner
    };
    let largest = behind.of_largest_event.max(partner);
    largest as f64 / children.max(largest).max(1) as f64
}

#[derive(Debug, Clone, Copy, Default)]
struct Found {
    counts: u64,
    events: u64,
    partners: u64,
    nearly: u64,
}

impl Found {
    fn of(behind: Sources, share: f64) -> Self {
        let few_events = behind.events < LEAST.0;
        let few_partners = behind.partners < LEAST.1;
        let nearly = share > LARGEST && !few_events && !few_partners;
        Self {
            counts: u64::from(few_events || few_partners || nearly),
            events: few_events.into(),
            partners: few_partners.into(),
            nearly: nearly.into(),
        }
    }

    fn any(self) -> bool {
        self.counts > 0
    }

    fn add(&mut self, other: Self) {
        self.counts += other.counts;
        self.events += other.events;
        self.partners += other.partners;
        self.nearly += other.nearly;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearly_one_source_is_found_where_there_are_enough_of_them() {
        let behind = |events, partners, of_largest_event, of_largest_partner| Sources {
            events,
            partners,
            of_largest_event,
            of_largest_partner,
        };
        let of = |behind, children| Found::of(behind, share(behind, children));
        assert!(!of(behind(10, 2, 2, 18), 20).any());
        assert_eq!(of(behind(10, 2, 2, 19), 20).nearly, 1);
        assert_eq!(of(behind(3, 2, 28, 28), 30).nearly, 1);
        assert!(!of(behind(40, 2, 1, 30), 30).any(), "both have all of them");
        let alone = of(behind(2, 1, 28, 30), 30);
        assert_eq!((alone.events, alone.partners, alone.nearly), (1, 1, 0));
    }
}
