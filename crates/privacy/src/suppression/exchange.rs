//! Exchange: a cheap search for another table that fits all that is published.
//!
//! Starts from the table at hand, moves the cell in question and repairs each
//! sum that this breaks by moving another cell in it. What it finds is proof;
//! what it does not find is left to the linear program.

use std::collections::BTreeMap;

use super::knowledge::Knowledge;

/// Repairs tried before giving up.
const MAX_REPAIRS: usize = 64;

/// The changes that turn the table at hand ([`Knowledge::start`]) into another.
pub(super) type Changes = BTreeMap<u32, i64>;

/// Looks for changes that move a variable to a target and keep every sum.
///
/// 1. Move the variable.
/// 2. While a sum is off, take the first and move in it the variable that
///    leaves least imbalance elsewhere (closing a cycle beats opening a
///    path), as far as its bounds and the imbalance allow; no variable turns
///    back.
/// 3. Give up where nothing in the sum can move, or after 64 repairs.
///
/// O(64 × longest sum × sums per variable). The result satisfies
/// [`is_consistent`].
pub(super) fn exchange(known: &Knowledge, variable: u32, target: i64) -> Option<Changes> {
    let mut search = Search {
        known,
        changes: Changes::new(),
        imbalance: BTreeMap::new(),
    };
    search.shift(variable, target - known.start[variable as usize]);
    for _ in 0..MAX_REPAIRS {
        let Some((relation, off)) = search.imbalance.iter().next() else {
            return is_consistent(known, &search.changes).then_some(search.changes);
        };
        let (relation, off) = (*relation, *off);
        let (mover, by) = search.best_repair(relation, off)?;
        search.shift(mover, by);
    }
    None
}

/// Whether the table at hand with these changes agrees with all that is
/// published: bounds and sums, in whole numbers.
pub(super) fn is_consistent(known: &Knowledge, changes: &Changes) -> bool {
    let mut sums: BTreeMap<u32, i64> = BTreeMap::new();
    for (variable, by) in changes {
        let (low, high) = known.bounds[*variable as usize];
        let value = known.start[*variable as usize] + by;
        if value < low || value > high {
            return false;
        }
        for (relation, coefficient) in &known.tables.incident[*variable as usize] {
            *sums.entry(*relation).or_default() += coefficient * by;
        }
    }
    sums.values().all(|sum| *sum == 0)
}

struct Search<'a> {
    known: &'a Knowledge<'a>,
    changes: Changes,
    imbalance: BTreeMap<u32, i64>,
}

impl Search<'_> {
    fn shift(&mut self, variable: u32, by: i64) {
        *self.changes.entry(variable).or_default() += by;
        for (relation, coefficient) in &self.known.tables.incident[variable as usize] {
            let off = self.imbalance.entry(*relation).or_default();
            *off += coefficient * by;
            if *off == 0 {
                self.imbalance.remove(relation);
            }
        }
    }

    /// The variable of a sum to move, and by how much.
    fn best_repair(&self, relation: u32, off: i64) -> Option<(u32, i64)> {
        self.known.tables.relations[relation as usize]
            .iter()
            .filter_map(|(variable, coefficient)| {
                let by = self.reach(*variable, -off * coefficient);
                (by != 0).then(|| {
                    let left = off + coefficient * by;
                    let elsewhere = self.added_imbalance(*variable, relation, by);
                    (elsewhere + left.abs(), *variable, by)
                })
            })
            .min_by_key(|(cost, variable, _)| (*cost, *variable))
            .map(|(_, variable, by)| (variable, by))
    }

    /// How far a variable can go towards a wish without turning back.
    fn reach(&self, variable: u32, wish: i64) -> i64 {
        let changed = self.changes.get(&variable).copied().unwrap_or(0);
        if changed.signum() * wish.signum() < 0 {
            return 0;
        }
        let (low, high) = self.known.bounds[variable as usize];
        let value = self.known.start[variable as usize] + changed;
        if wish > 0 {
            wish.min(high - value).max(0)
        } else {
            wish.max(low - value).min(0)
        }
    }

    fn added_imbalance(&self, variable: u32, except: u32, by: i64) -> i64 {
        self.known.tables.incident[variable as usize]
            .iter()
            .filter(|(relation, _)| *relation != except)
            .map(|(relation, coefficient)| {
                let off = self.imbalance.get(relation).copied().unwrap_or(0);
                (off + coefficient * by).abs() - off.abs()
            })
            .sum()
    }
}
