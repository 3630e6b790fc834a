//! Attack 6: bounds on withheld cells by linear programming.

use std::collections::BTreeSet;

use super::knowledge::{Bounds, least_threshold, not_observed};
use super::system::System;
use crate::attack::{Attack, Control, Outcome};
use crate::chance::Coins;
use crate::world::World;

/// Fewest counts that must stay possible.
pub(crate) const MIN_WIDTH: i64 = 5;

/// Share of the count that must stay possible.
const MIN_SHARE: f64 = 0.2;

/// Steps from a cell that the linear program reaches over sums.
const REACH: usize = 3;

/// Bounds that all tables of planners and researchers together give on cells
/// that none of them shows.
///
/// 1. All sums over places and periods narrow the bounds in turn.
/// 2. Linear programs over the sums around a cell narrow them jointly: for all
///    cells that came out narrow, and for a sample of the others.
/// 3. A bound counts only where it is true.
pub(crate) struct CellBounds;

impl Attack for CellBounds {
    fn number(&self) -> u32 {
        6
    }

    fn name(&self) -> &'static str {
        "bounds on withheld cells by linear programming over all tables"
    }

    fn passes_when(&self) -> &'static str {
        "none exact; at least max(5, 20 %) counts stay possible"
    }

    fn control(&self) -> Control {
        Control::Unprotected
    }

    fn run(&self, world: &World) -> anyhow::Result<Outcome> {
        let mut coins = Coins::new(6);
        let mut found = Found::default();
        let mut programs = 0;
        let mut contradictions = Vec::new();
        let budget = world.tries(40, 1_500);
        let systems = themes_and_years(world);
        let systems = coins.sample(systems, world.tries(12, usize::MAX));
        for (theme, year) in &systems {
            let mut system = System::new(world, theme, year);
            system.propagate();
            contradictions.extend(system.contradictions.iter().take(1).cloned());
            let mut open = Vec::new();
            for at in 0..system.names.len() {
                if let Some(target) = Target::new(world, &system, theme, at)
                    && !found.judge(&target, system.bounds[at])
                {
                    open.push(target);
                }
            }
            // The narrowest are nearest to giving way; the rest by lot.
            open.sort_by_key(|target| system.bounds[target.at].width());
            let share = budget.div_ceil(systems.len());
            let narrow = share.div_ceil(2).min(open.len());
            let mut chosen: Vec<Target> = open.drain(..narrow).collect();
            chosen.extend(coins.sample(open, share - narrow));
            for target in chosen {
                programs += 1;
                if let Some(bounds) = system.linear_bounds(target.at, REACH) {
                    found.judge_again(&target, bounds);
                }
            }
        }
        let outcome = Outcome::none_allowed(
            found.tried,
            found.exact + found.narrow,
            "withheld cells found exactly or too narrowly",
        );
        let outcome = match contradictions.first() {
            Some(first) => outcome.note(format!(
                "{} of {} themes and years contradict themselves, such as {first}",
                contradictions.len(),
                systems.len()
            )),
            None => outcome,
        };
        Ok(outcome
            .note(format!(
                "{} cells: {} found exactly, {} too narrowly, {} of them telling zero from some",
                found.tried, found.exact, found.narrow, found.zero
            ))
            .note(format!(
                "{} bounds that were false and do not count; {programs} pairs of linear programs",
                found.false_claims
            )))
    }
}

/// A cell worth finding.
struct Target {
    at: usize,
    truth: u64,
}

impl Target {
    /// Cells that are below the threshold, or whose count nobody shows.
    fn new(world: &World, system: &System, theme: &str, at: usize) -> Option<Self> {
        let (layer, unit, period) = &system.names[at];
        let truth = world.truth.count(layer, unit, theme, period)?;
        let shown = world.releases().any(|release| {
            release
                .cell(layer, unit, theme, period)
                .is_some_and(|cell| cell.count().is_some())
        });
        let small = truth < least_threshold(world, layer);
        let looked = !not_observed(world, layer, unit, theme, period);
        ((small || !shown) && looked).then_some(Self { at, truth })
    }
}

#[derive(Default)]
struct Found {
    tried: u64,
    exact: u64,
    narrow: u64,
    zero: u64,
    false_claims: u64,
}

impl Found {
    /// Whether a bound gives the cell away.
    fn judge(&mut self, target: &Target, bounds: Bounds) -> bool {
        self.tried += 1;
        self.count(target, bounds)
    }

    /// The same for a cell that was tried before.
    fn judge_again(&mut self, target: &Target, bounds: Bounds) {
        self.count(target, bounds);
    }

    fn count(&mut self, target: &Target, bounds: Bounds) -> bool {
        let least = MIN_WIDTH.max((MIN_SHARE * target.truth as f64).ceil() as i64);
        if bounds.width() >= least {
            return false;
        }
        if !bounds.holds(target.truth) {
            self.false_claims += 1;
            return false;
        }
        if bounds.width() == 1 {
            self.exact += 1;
        } else {
            self.narrow += 1;
        }
        self.zero += u64::from(bounds.high == 0 || bounds.low > 0 && target.truth < 5);
        true
    }
}

/// Themes and years of all releases.
pub(crate) fn themes_and_years(world: &World) -> Vec<(String, String)> {
    let pairs: BTreeSet<(String, String)> = world
        .releases()
        .flat_map(|release| release.blocks.keys())
        .map(|(_, theme, period)| (theme.clone(), period[..4.min(period.len())].to_owned()))
        .collect();
    pairs.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_that_is_false_gives_nothing_away() {
        let mut found = Found::default();
        let target = Target { at: 0, truth: 3 };
        assert!(!found.judge(&target, Bounds { low: 4, high: 4 }));
        assert!(!found.judge(&target, Bounds { low: 0, high: 4 }));
        assert!(found.judge(&target, Bounds { low: 3, high: 3 }));
        assert!(found.judge(&target, Bounds { low: 1, high: 4 }));
        assert_eq!(
            (found.tried, found.exact, found.narrow, found.false_claims),
            (4, 1, 1, 1)
        );
    }
}
