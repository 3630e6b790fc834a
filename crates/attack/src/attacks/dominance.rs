//! Attack 14: one raid, family or partner behind a cell.

use std::collections::BTreeMap;

use crate::attack::{Attack, Control, Outcome};
use crate::world::{Protection, World};

/// Fewest events and partners behind a visible count.
const LEAST: (u64, u64) = (3, 2);

/// A partner that sees a count behind which it stands alone, or almost alone,
/// knows all of the others' children; so does whoever knows of the one raid.
/// Every visible count without noise is held against the records.
pub(crate) struct Dominance;

impl Attack for Dominance {
    fn number(&self) -> u32 {
        14
    }

    fn name(&self) -> &'static str {
        "dominance by one event or partner"
    }

    fn passes_when(&self) -> &'static str {
        "nothing visible from fewer than 3 events or 2 partners"
    }

    fn control(&self) -> Control {
        Control::Unprotected
    }

    fn run(&self, world: &World) -> anyhow::Result<Outcome> {
        let sources = world.truth.sources(&[3, 4, 5, 6]);
        let (mut tried, mut found) = (0, 0);
        let mut by_layer: BTreeMap<String, (u64, u64)> = BTreeMap::new();
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
                    let (events, partners) = behind.get(unit).copied().unwrap_or((0, 0));
                    if events < LEAST.0 || partners < LEAST.1 {
                        found += 1;
                        let name = format!("{} {}", release.audience, key.0);
                        let few = by_layer.entry(name).or_default();
                        few.0 += u64::from(events < LEAST.0);
                        few.1 += u64::from(partners < LEAST.1);
                    }
                }
            }
        }
        let mut outcome = Outcome::none_allowed(tried, found, "visible counts dominated");
        for (layer, (events, partners)) in by_layer {
            outcome = outcome.note(format!(
                "{layer}: {events} from fewer than 3 events, {partners} from one partner"
            ));
        }
        Ok(outcome)
    }
}
