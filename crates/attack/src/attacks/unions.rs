//! The second half of attack 8: sums of several withheld parts.

use std::collections::BTreeMap;

use super::cell_bounds::themes_and_years;
use super::knowledge::{Bounds, OPEN};
use super::system::System;
use crate::attack::Outcome;
use crate::chance::Coins;
use crate::world::{Protection, World};

/// Steps that the linear programs reach over sums.
const REACH: usize = 2;

/// Largest program tried, in cells that it starts from.
const MOST_TERMS: usize = 60;

/// A total less all that is shown within it is the sum of what is withheld
/// there, children with no finer place included. No part of that sum need be
/// known for the sum to be a small number of children.
///
/// Over what all accounts see together, for each whole:
/// 1. less the parts that are shown;
/// 2. less, besides, what is shown within the parts that are not, at each
///    depth: districts and blocks of a state, blocks and villages of a
///    district;
/// 3. for those that truly are small, the same with the bounds that linear
///    programs over all sums give, while the budget of programs lasts.
///
/// A sum counts if it is certain to lie in 1..k-1 and truly does, however many
/// values stay possible; k is the largest threshold of all audiences that are
/// shown the whole or a part that is taken off.
pub(crate) fn small_unions(world: &World) -> Outcome {
    let mut found = Found::default();
    let mut coins = Coins::new(8);
    let mut programs = world.tries(30, 2_000);
    let systems = coins.sample(themes_and_years(world), world.tries(12, usize::MAX));
    for (theme, year) in &systems {
        let mut system = System::new(world, theme, year);
        system.propagate();
        let wholes = Wholes::of(&system);
        let mut open = Vec::new();
        for whole in wholes.parts.keys() {
            for depth in 1..=3 {
                let Some(rest) = wholes.rest(&system, *whole, depth) else {
                    continue;
                };
                if let Some(target) = Target::new(world, &system, theme, *whole, rest)
                    && !found.judge(&system, &target, target.bounds(&system))
                    && (1..target.k).contains(&target.truth)
                    && target.shown.len() < MOST_TERMS
                {
                    open.push(target);
                }
            }
        }
        for target in coins.sample(open, programs.min(world.tries(6, 200))) {
            programs -= 1;
            let mut terms = vec![(target.whole, 1.0)];
            terms.extend(target.shown.iter().map(|part| (*part, -1.0)));
            if let Some(bounds) = system.linear_bounds_of(&terms, REACH) {
                found.programs += 1;
                found.judge(&system, &target, bounds);
            }
        }
    }
    let sums = found.leaks;
    let mut outcome = Outcome::none_allowed(
        found.tried,
        sums,
        "small sums of withheld parts, or differences in 1..k-1",
    )
    .note(format!(
        "sums of withheld parts: {} tried, of which {} truly are 1..k-1; {sums} known to be, {} of \
         them to the child; {} false; {} pairs of linear programs",
        found.tried, found.small, found.exact, found.false_claims, found.programs
    ));
    for ((layer, depth), count) in found.by_kind {
        outcome = outcome.note(format!("{layer}, {depth} parts withheld: {count}"));
    }
    outcome
}

/// Wholes and their parts.
struct Wholes {
    parts: BTreeMap<usize, Vec<usize>>,
}

/// What stands against a whole: parts that are shown, and how many are not.
struct Rest {
    shown: Vec<usize>,
    withheld: usize,
}

impl Wholes {
    fn of(system: &System) -> Self {
        let mut parts: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (whole, of) in system.families() {
            parts.entry(whole).or_default().extend(of);
        }
        Self { parts }
    }

    /// What is shown of a whole down to a depth. `None` where that is nothing
    /// more than less deep, or nothing at all.
    fn rest(&self, system: &System, whole: usize, depth: usize) -> Option<Rest> {
        let mut rest = Rest {
            shown: Vec::new(),
            withheld: 0,
        };
        let mut new = false;
        self.add(system, whole, depth, &mut rest, &mut new);
        new.then_some(rest)
    }

    fn add(&self, system: &System, whole: usize, depth: usize, rest: &mut Rest, new: &mut bool) {
        for part in self.parts.get(&whole).into_iter().flatten() {
            let Bounds { low, high } = system.stated[*part];
            let shown = high < OPEN && (low > 0 || low == high);
            if shown {
                rest.shown.push(*part);
                *new |= depth == 1;
            } else if depth > 1 && self.parts.contains_key(part) {
                self.add(system, *part, depth - 1, rest, new);
            } else {
                rest.withheld += 1;
            }
        }
    }
}

/// A sum of withheld parts.
struct Target {
    whole: usize,
    shown: Vec<usize>,
    withheld: usize,
    truth: i64,
    k: i64,
}

impl Target {
    fn new(world: &World, system: &System, theme: &str, whole: usize, rest: Rest) -> Option<Self> {
        let truth = |cell: usize| {
            let (layer, unit, period) = &system.names[cell];
            world.truth.count(layer, unit, theme, period)
        };
        let k_of = |cell: usize| {
            let (layer, unit, period) = &system.names[cell];
            let sees = |release: &&crate::world::Release| {
                release.protection(layer) != Protection::Noise
                    && release
                        .cell(layer, unit, theme, period)
                        .is_some_and(|cell| cell.is_shown())
            };
            world
                .releases()
                .filter(sees)
                .map(|release| release.k())
                .max()
        };
        let of_parts = rest.shown.iter().filter_map(|part| k_of(*part));
        let k = of_parts.fold(k_of(whole)?, u64::max);
        let shown: Option<Vec<u64>> = rest.shown.iter().map(|part| truth(*part)).collect();
        Some(Self {
            truth: truth(whole)? as i64 - shown?.iter().sum::<u64>() as i64,
            whole,
            shown: rest.shown,
            withheld: rest.withheld,
            k: k as i64,
        })
    }

    /// What the bounds on each say of the sum.
    fn bounds(&self, system: &System) -> Bounds {
        let whole = system.bounds[self.whole];
        let parts = || self.shown.iter().map(|part| system.bounds[*part]);
        let high: i64 = parts().map(|part| part.high).fold(0, i64::saturating_add);
        Bounds {
            low: whole.low.saturating_sub(high),
            high: whole.high - parts().map(|part| part.low).sum::<i64>(),
        }
    }
}

#[derive(Default)]
struct Found {
    tried: u64,
    small: u64,
    leaks: u64,
    exact: u64,
    false_claims: u64,
    programs: u64,
    by_kind: BTreeMap<(&'static str, &'static str), u64>,
}

impl Found {
    /// Whether the bounds give a small sum away.
    fn judge(&mut self, system: &System, target: &Target, bounds: Bounds) -> bool {
        self.tried += 1;
        self.small += u64::from((1..target.k).contains(&target.truth));
        if bounds.low < 1 || bounds.high >= target.k {
            return false;
        }
        if !(bounds.low..=bounds.high).contains(&target.truth) {
            self.false_claims += 1;
            return false;
        }
        self.leaks += 1;
        self.exact += u64::from(bounds.low == bounds.high);
        let several = match target.withheld {
            0 => "no",
            1 => "one of its",
            _ => "several of its",
        };
        let kind = (system.names[target.whole].0, several);
        *self.by_kind.entry(kind).or_default() += 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A block of 12 with three villages of 8, 2 and 2, of which two are
    /// withheld, as released where five possible values were taken for enough.
    fn planted(village: Bounds) -> (System, Target) {
        let name = |layer, unit: &str| (layer, unit.to_owned(), "2024".to_owned());
        let block = Bounds { low: 12, high: 12 };
        let cells = [
            (name("block", "b"), block),
            (name("village", "v"), village),
            (name("village", "w"), Bounds::ANY),
            (name("village", "x"), Bounds::ANY),
        ];
        let mut system = System::planted(&cells, &[(0, vec![1, 2, 3], false)]);
        system.propagate();
        let wholes = Wholes::of(&system);
        let rest = wholes.rest(&system, 0, 1).unwrap();
        let target = Target {
            whole: 0,
            shown: rest.shown,
            withheld: rest.withheld,
            truth: 4,
            k: 11,
        };
        (system, target)
    }

    #[test]
    fn a_small_sum_with_five_possible_values_is_a_leak() {
        let (system, target) = planted(Bounds { low: 5, high: 9 });
        let bounds = target.bounds(&system);
        assert_eq!((bounds.low, bounds.high), (3, 7));
        let mut found = Found::default();
        assert!(found.judge(&system, &target, bounds));
        assert_eq!((found.leaks, found.exact), (1, 0));
    }

    #[test]
    fn a_sum_that_may_be_zero_is_none() {
        let (system, target) = planted(Bounds { low: 5, high: 14 });
        let mut found = Found::default();
        assert!(!found.judge(&system, &target, target.bounds(&system)));
    }
}
