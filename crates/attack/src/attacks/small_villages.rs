//! Attack 15: villages under a thousand people.

use std::collections::BTreeMap;

use crate::attack::{Attack, Control, Outcome};
use crate::world::{HOUSEHOLDS, Protection, World};

/// Inhabitants below which a place must not be shown by itself.
const LEAST: u64 = 1_000;

/// In a village of a few hundred people a count of children is as good as
/// their names. Looks for every visible count, without noise, of an area in
/// which fewer than a thousand people live: villages, and cells that hold but
/// small ones. The clusters of canaries in small villages are there to be
/// found.
pub(crate) struct SmallVillages;

impl Attack for SmallVillages {
    fn number(&self) -> u32 {
        15
    }

    fn name(&self) -> &'static str {
        "villages under 1,000 people"
    }

    fn passes_when(&self) -> &'static str {
        "merged upward: none is visible by itself"
    }

    fn control(&self) -> Control {
        Control::Unprotected
    }

    fn run(&self, world: &World) -> anyhow::Result<Outcome> {
        // A small village that no release lists is a try that gave nothing.
        let small = world
            .geography
            .villages
            .iter()
            .filter(|v| v.population < LEAST);
        let mut tried = small.count() as u64;
        let (mut found, mut households) = (0, 0);
        let mut by_layer: BTreeMap<String, u64> = BTreeMap::new();
        for release in world.releases() {
            for ((layer, theme, _), block) in &release.blocks {
                if layer == "state" || release.protection(layer) == Protection::Noise {
                    continue;
                }
                for (unit, cell) in block.cells() {
                    let lived_in = !world.geography.of(layer, unit).is_empty();
                    if !lived_in || world.geography.population(layer, unit) >= LEAST {
                        continue;
                    }
                    if theme == HOUSEHOLDS {
                        households += u64::from(cell.is_shown());
                        continue;
                    }
                    tried += 1;
                    if cell.is_shown() {
                        found += 1;
                        let name = format!("{} {layer}", release.audience);
                        *by_layer.entry(name).or_default() += 1;
                    }
                }
            }
        }
        let mut outcome = Outcome::none_allowed(tried, found, "visible counts of small villages");
        for (layer, count) in by_layer {
            outcome = outcome.note(format!("{layer}: {count}"));
        }
        let clusters = world
            .truth
            .canaries
            .iter()
            .filter(|canary| canary.role == "small_village" && canary.present)
            .map(|canary| {
                let planning = world.releases.get("planning");
                planning
                    .and_then(|r| r.cell("village", &canary.village, &canary.theme, &canary.year))
                    .is_some_and(|cell| cell.is_shown())
            });
        let (all, seen) = clusters.fold((0, 0), |(all, seen), s| (all + 1, seen + u64::from(s)));
        let outcome = outcome.note(format!(
            "{households} visible figures of households reached, which are no children"
        ));
        Ok(outcome.note(format!(
            "{seen} of {all} canaries of small villages stand in the open"
        )))
    }
}
