//! Attack 1: differencing by set complement.

use std::collections::BTreeMap;

use crate::attack::{Attack, Control, Outcome};
use crate::chance::{accuracy_at, median, two_sigma};
use crate::world::{Canary, Release, World, withstands_full_knowledge};

/// Shares of the measured layers; sums of them carry less.
const SHARES: [(&str, f64); 5] = [
    ("h3_r5", 0.7),
    ("district", 0.2),
    ("h3_r4", 0.05),
    ("h3_r3", 0.02),
    ("state", 0.02),
];

/// The layer that tells most of one child.
const FINEST: &str = "h3_r5";

/// Canaries below which a share says nothing.
const FEWEST: u64 = 50;

/// Units from which a median error is taken.
const FEWEST_UNITS: usize = 10;

/// All children less all but one.
///
/// 1. Where noise protects, the adversary knows every other child: the count
///    less the others is 0 or 1, plus noise. Each single canary is guessed from
///    all layers together, by the likelihood ratio of Laplace noise around the
///    median error of the layer, which stands for what bounding took off.
/// 2. Where thresholds protect, the adversary knows what is released: a parent
///    less all its visible parts is what the one part withheld holds.
pub(crate) struct Complement;

impl Attack for Complement {
    fn number(&self) -> u32 {
        1
    }

    fn name(&self) -> &'static str {
        "differencing by set complement, over every layer and audience"
    }

    fn passes_when(&self) -> &'static str {
        "accuracy at most e^ε/(1+e^ε) + 2σ at the ledger's ε; no remainder in 1..k-1"
    }

    fn control(&self) -> Control {
        Control::Unprotected
    }

    fn run(&self, world: &World) -> anyhow::Result<Outcome> {
        let mut outcome = membership(world);
        for release in world.releases() {
            outcome = outcome.note(full_knowledge_of_exact_layers(world, release));
        }
        Ok(outcome.and(remainders(world)))
    }
}

/// The unit of a layer that holds a canary, and the period.
pub(crate) fn unit_of(canary: &Canary, layer: &str) -> Option<String> {
    match layer {
        "state" => None,
        "district" => Some(canary.district.clone()),
        "block" => Some(canary.block.clone()),
        "village" => canary.tells_village.then(|| canary.village.clone()),
        _ => {
            let resolution = layer.strip_prefix("h3_r")?.parse().ok()?;
            crate::world::parent(&canary.h3, resolution)
        }
    }
}

/// Median error of each block's visible counts: what every unit lost alike.
type Errors = BTreeMap<(String, String, String), f64>;

fn median_errors(world: &World, release: &Release) -> Errors {
    let mut errors = Errors::new();
    for (key, block) in &release.blocks {
        let base = world.truth.base(release.is_noisy(&key.0));
        let Some(exact) = base.get(key) else {
            continue;
        };
        let mut found: Vec<f64> = block
            .cells()
            .filter_map(|(unit, cell)| Some(cell.count()? - *exact.get(unit)? as f64))
            .collect();
        // A median of a few would be the error of the unit itself, which is
        // just what the adversary does not know.
        let middle = median(&mut found).filter(|_| found.len() >= FEWEST_UNITS);
        errors.insert(key.clone(), middle.unwrap_or(0.0));
    }
    errors
}

fn membership(world: &World) -> Outcome {
    let Some(release) = world.releases.get("public") else {
        return Outcome::none_allowed(0, 0, "accuracy of guessing a canary's presence");
    };
    let errors = median_errors(world, release);
    let (mut tried, mut right) = (0, 0);
    let (mut tried_in_cells, mut right_in_cells) = (0, 0);
    let mut by_layer: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for canary in world.truth.singles() {
        let mut odds = 0.0;
        let (mut seen, mut in_cell) = (false, false);
        for (layer, share) in SHARES {
            let Some(surplus) = surplus(world, release, &errors, canary, layer) else {
                continue;
            };
            seen = true;
            in_cell |= layer == FINEST;
            odds += share * (surplus.abs() - (surplus - 1.0).abs());
            let (layer_tried, layer_right) = by_layer.entry(layer).or_default();
            *layer_tried += 1;
            *layer_right += u64::from((surplus > 0.5) == canary.present);
        }
        if seen {
            tried += 1;
            right += u64::from((odds > 0.0) == canary.present);
        }
        if in_cell {
            tried_in_cells += 1;
            right_in_cells += u64::from((odds > 0.0) == canary.present);
        }
    }
    let outcome = |tried: u64, right: u64| {
        let accuracy = right as f64 / tried.max(1) as f64;
        let bound = accuracy_at(release.epsilon()) + two_sigma(tried);
        Outcome::at_most(
            tried,
            right,
            accuracy,
            bound,
            "accuracy of guessing a canary's presence",
        )
    };
    // Those whose finest cell is shown lose most: they are judged apart too.
    let mut all = outcome(tried, right).note(format!(
        "{tried_in_cells} canaries whose finest cell is shown: {right_in_cells} right"
    ));
    if tried_in_cells >= FEWEST {
        all = all.and(outcome(tried_in_cells, right_in_cells));
    }
    let mut outcome = all;
    for (layer, (tried, right)) in by_layer {
        let share = right as f64 / tried as f64;
        outcome = outcome.note(format!(
            "public {layer}: {right} of {tried} right ({share:.3})"
        ));
    }
    outcome
}

/// The released count around a canary less all others, if it is given.
fn surplus(
    world: &World,
    release: &Release,
    errors: &Errors,
    canary: &Canary,
    layer: &str,
) -> Option<f64> {
    let key = (layer.to_owned(), canary.theme.clone(), canary.year.clone());
    let block = release.blocks.get(&key)?;
    let unit = unit_of(canary, layer).or_else(|| block.units.first().cloned())?;
    let count = block.cell(&unit)?.count()?;
    let base = world.truth.base(release.is_noisy(layer));
    let exact = *base.get(&key)?.get(&unit)? as f64;
    let others = exact - f64::from(u8::from(canary.present));
    Some(count - others - errors.get(&key)?)
}

/// What thresholds do not promise, told for the steward: an adversary who
/// knows all others of a visible exact count learns of the last.
fn full_knowledge_of_exact_layers(world: &World, release: &Release) -> String {
    let (mut tried, mut right) = (0_u64, 0_u64);
    for layer in release.layers() {
        if withstands_full_knowledge(&release.audience, layer) {
            continue;
        }
        for canary in world.truth.singles() {
            for period in [&canary.year, &canary.quarter] {
                let Some(unit) = unit_of(canary, layer) else {
                    continue;
                };
                let count = release
                    .cell(layer, &unit, &canary.theme, period)
                    .and_then(|cell| cell.count());
                let exact = world.truth.count(layer, &unit, &canary.theme, period);
                if let (Some(count), Some(exact)) = (count, exact) {
                    let others = exact - u64::from(canary.present);
                    tried += 1;
                    right += u64::from((count > others as f64) == canary.present);
                }
            }
        }
    }
    format!(
        "{}, exact counts of places, for an adversary who knows all others (not promised by \
         thresholds): {right} of {tried} guesses right",
        release.audience
    )
}

fn remainders(world: &World) -> Outcome {
    let (mut tried, mut found) = (0_u64, 0_u64);
    let mut outcome_lines = Vec::new();
    for release in world.releases() {
        let (mut here, mut several, mut families) = (0, 0, 0);
        for (wide, fine) in [
            ("district", "block"),
            ("block", "village"),
            ("h3_r4", "h3_r5"),
        ] {
            for ((layer, theme, period), parents) in &release.blocks {
                if layer != wide || withstands_full_knowledge(&release.audience, layer) {
                    continue;
                }
                let Some(parts) = release.block(fine, theme, period) else {
                    continue;
                };
                let exact =
                    world
                        .truth
                        .exact
                        .get(&(fine.to_owned(), theme.clone(), period.clone()));
                let Some(exact) = exact else { continue };
                let children = families_of(world, wide, fine);
                for (unit, cell) in parents.cells() {
                    let Some(total) = cell.count() else { continue };
                    let Some(units) = children.get(unit) else {
                        continue;
                    };
                    families += 1;
                    let mut rest = total;
                    let (mut hidden, mut withheld) = (0, 0);
                    for part in units {
                        match parts.cell(part).and_then(|cell| cell.count()) {
                            Some(count) => rest -= count,
                            None => {
                                withheld += 1;
                                hidden += exact.get(part).copied().unwrap_or(0);
                            }
                        }
                    }
                    // The claim counts only where it is true.
                    let k = release.k().max(5) as f64;
                    let small = rest >= 1.0 && rest < k && rest == hidden as f64;
                    here += u64::from(small && withheld == 1);
                    several += u64::from(small && withheld > 1);
                    // With nothing protected the parts show themselves.
                    here += units
                        .iter()
                        .filter_map(|part| parts.cell(part)?.count())
                        .filter(|count| *count >= 1.0 && *count < k)
                        .count() as u64;
                }
            }
        }
        outcome_lines.push(format!(
            "{}: {here} small counts from {families} families of places; {several} small sums of \
             several withheld parts, which attack 8 judges",
            release.audience
        ));
        tried += families;
        found += here;
    }
    let mut outcome = Outcome::none_allowed(tried, found, "small counts found as remainders");
    outcome.detail = outcome_lines;
    outcome
}

/// Units of a finer layer by the unit of a wider one that holds them.
fn families_of(world: &World, wide: &str, fine: &str) -> BTreeMap<String, Vec<String>> {
    let mut families: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let parent_of: BTreeMap<usize, &String> = world
        .geography
        .members
        .get(wide)
        .into_iter()
        .flatten()
        .flat_map(|(unit, villages)| villages.iter().map(move |v| (*v, unit)))
        .collect();
    for (unit, villages) in world.geography.members.get(fine).into_iter().flatten() {
        if let Some(parent) = villages.first().and_then(|v| parent_of.get(v)) {
            families
                .entry((*parent).clone())
                .or_default()
                .push(unit.clone());
        }
    }
    families
}
