//! Differences: a whole less what is shown within it.
//!
//! The count that is left may belong to several withheld cells and have many
//! possible values, so that no cell is exposed, and yet be known to be a small
//! number of children: a block of 12 less a village of 5–9 is 3 to 7. Nobody
//! may learn that of any area.

use super::audit::PROGRAM_SIZES;
use super::exchange::{Changes, is_consistent};
use super::knowledge::{Knowledge, Shown, UNBOUNDED};
use super::linear_program::{LinearProgramSolver, Program};
use super::neighbourhood::Neighbourhood;
use super::{Presentation, Tables};

/// A shown whole less shown cells within it that do not overlap.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Difference {
    whole: u32,
    /// Cells taken off, ascending.
    shown: Vec<u32>,
    /// The largest threshold of all cells that take part.
    k: i64,
}

impl Difference {
    /// The differences of a whole that are 1 to k − 1 in the table at hand:
    /// all others are not known to be.
    ///
    /// 1. Less the parts that are shown and, where a part is not, less what is
    ///    shown within that part, at every depth; each depth is a difference,
    ///    so that a reader who stops early is held off as well.
    /// 2. The same from the parts of the parts on, and so forth: less the
    ///    villages, whether or not their blocks are shown.
    /// 3. Each of these with some of the shown cells left in.
    ///
    /// Where a part is divided in several ways, the first that was named is
    /// followed. None where the whole itself is withheld: what a reader knows
    /// of it follows from a wider whole.
    ///
    /// O(levels² × cells within the whole), and O(cells²) where cells are left
    /// in: no three fit below a threshold of 11.
    pub(super) fn of(known: &Knowledge, whole: u32) -> Vec<Self> {
        let mut all = Vec::new();
        if known.shown[whole as usize] == Shown::Withheld {
            return all;
        }
        let parts_of = |part: &u32| {
            let family = known.tables.divided[*part as usize].first();
            family.map_or(&[][..], |family| {
                known.tables.families[*family as usize].parts.as_slice()
            })
        };
        for family in &known.tables.divided[whole as usize] {
            let mut from = known.tables.families[*family as usize].parts.clone();
            while !from.is_empty() {
                let mut shown = Vec::new();
                let mut parts = from.clone();
                while !parts.is_empty() {
                    let (new, withheld): (Vec<u32>, Vec<u32>) = parts
                        .into_iter()
                        .partition(|part| known.shown[*part as usize] != Shown::Withheld);
                    if !new.is_empty() {
                        shown.extend(new);
                        Self::with_some_left_in(known, whole, &shown, &mut all);
                    }
                    parts = withheld.iter().flat_map(parts_of).copied().collect();
                }
                from = from.iter().flat_map(parts_of).copied().collect();
            }
        }
        all.sort();
        all.dedup();
        all
    }

    /// A whole less cells, and less all of them but some.
    fn with_some_left_in(known: &Knowledge, whole: u32, shown: &[u32], all: &mut Vec<Self>) {
        let start = |cell: u32| known.start[cell as usize];
        let k = threshold(known, whole);
        let k = shown
            .iter()
            .fold(k, |k, cell| k.max(threshold(known, *cell)));
        let mut shown = shown.to_vec();
        shown.sort_by_key(|cell| (start(*cell), *cell));
        let rest = start(whole) - shown.iter().map(|cell| start(*cell)).sum::<i64>();
        // Cells left in so far, where to go on, and the difference with them.
        let mut open = vec![(Vec::new(), 0, rest)];
        while let Some((left_in, next, rest)) = open.pop() {
            if rest >= 1 && left_in.len() < shown.len() {
                let taken_off = shown.iter().filter(|cell| !left_in.contains(*cell));
                let mut taken_off: Vec<u32> = taken_off.copied().collect();
                taken_off.sort_unstable();
                all.push(Self {
                    whole,
                    k: taken_off.iter().fold(threshold(known, whole), |k, cell| {
                        k.max(threshold(known, *cell))
                    }),
                    shown: taken_off,
                });
            }
            for (at, cell) in shown.iter().enumerate().skip(next) {
                // Ascending: what follows is larger still.
                if rest + start(*cell) >= k {
                    break;
                }
                let mut more = left_in.clone();
                more.push(*cell);
                open.push((more, at + 1, rest + start(*cell)));
            }
        }
        all.retain(|one| (1..one.k).contains(&one.value(start)));
    }

    /// Cells that could be withheld so that it can no longer be taken.
    pub(super) fn published<'a>(&'a self, known: &'a Knowledge) -> impl Iterator<Item = u32> + 'a {
        self.shown
            .iter()
            .chain([&self.whole])
            .copied()
            .filter(|cell| known.is_published(*cell))
    }

    /// Whether all that is published leaves only 1 to k − 1 for it.
    ///
    /// 1. Yes, if the cells that take part say so by themselves.
    /// 2. No, if linear programs around the whole find a table, checked in
    ///    whole numbers, in which it is 0 or at least k; else yes.
    pub(super) fn is_derivable(
        &self,
        known: &Knowledge,
        solver: &impl LinearProgramSolver,
        programs: &mut usize,
    ) -> bool {
        let is_small = |value| (1..self.k).contains(&value);
        let (low, high) = known.bounds[self.whole as usize];
        let parts = || self.shown.iter().map(|cell| known.bounds[*cell as usize]);
        let least = low - parts().map(|(_, high)| high).fold(0, i64::saturating_add);
        let most = high - parts().map(|(low, _)| low).sum::<i64>();
        if is_small(least) && is_small(most) {
            return true;
        }
        for size in PROGRAM_SIZES {
            let around = Neighbourhood::around(known.tables, self.whole, size, |other| {
                let (low, high) = known.bounds[other as usize];
                low < high
            });
            for towards in [1.0, -1.0] {
                *programs += 1;
                if self.is_left_open(known, solver, &around, towards) {
                    return false;
                }
            }
            if around.is_whole {
                break;
            }
        }
        true
    }

    fn value(&self, of: impl Fn(u32) -> i64) -> i64 {
        let parts = self.shown.iter().map(|cell| of(*cell));
        of(self.whole) - parts.sum::<i64>()
    }

    /// Whether a table is found in which the difference is not 1 to k − 1,
    /// looking for the least (1.0) or the greatest (-1.0) that it can be.
    fn is_left_open(
        &self,
        known: &Knowledge,
        solver: &impl LinearProgramSolver,
        around: &Neighbourhood,
        towards: f64,
    ) -> bool {
        let mut program = Program::default();
        let mut columns = std::collections::BTreeMap::new();
        let moving: Vec<u32> = around
            .variables
            .iter()
            .copied()
            .filter(|other| {
                let (low, high) = known.bounds[*other as usize];
                low < high
            })
            .collect();
        for (column, other) in moving.iter().enumerate() {
            let (low, high) = known.bounds[*other as usize];
            program.variables.push((0.0, low, high));
            columns.insert(*other, vec![(column, 1.0)]);
        }
        let start = |other: u32| known.start[other as usize];
        around.equations(known.tables, &mut program, &columns, start);
        // The difference itself, no further than is asked for.
        let mut terms = vec![(moving.len(), 1.0)];
        program.variables.push((towards, 0, self.k));
        let mut fixed = 0;
        let cells = self.shown.iter().map(|cell| (*cell, 1));
        for (cell, sign) in cells.chain([(self.whole, -1)]) {
            match columns.get(&cell) {
                Some(column) => terms.push((column[0].0, f64::from(sign))),
                None => fixed -= i64::from(sign) * start(cell),
            }
        }
        program.equations.push((terms, fixed));
        for whole in [false, true] {
            program.whole = whole;
            let Some(solution) = solver.minimise(&program) else {
                return false;
            };
            let changes: Changes = moving
                .iter()
                .zip(&solution)
                .map(|(other, found)| {
                    let found = found.round().clamp(-1.0, UNBOUNDED as f64) as i64;
                    (*other, found - start(*other))
                })
                .filter(|(_, by)| *by != 0)
                .collect();
            if is_consistent(known, &changes) {
                let changed = |cell| start(cell) + changes.get(&cell).copied().unwrap_or(0);
                return !(1..self.k).contains(&self.value(changed));
            }
        }
        false
    }
}

/// Below which a count is small to those who see the cell as it is shown now.
fn threshold(known: &Knowledge, variable: u32) -> i64 {
    let tables: &Tables = known.tables;
    let Some(cell) = tables.cell(variable) else {
        return 0;
    };
    let k = tables.thresholds_of(cell, known.rules).k;
    match (
        known.shown[variable as usize],
        &tables.table_of(cell).presentation,
    ) {
        (Shown::Exact, Presentation::ExactOrBanded { exact, .. }) => exact.k.max(k) as i64,
        _ => k as i64,
    }
}
