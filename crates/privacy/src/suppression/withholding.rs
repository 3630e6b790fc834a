//! Withholding: which cells go, one after the other, until nothing is exposed.

use std::collections::BTreeSet;

use super::audit::{Demand, Effort, possible_values};
use super::complement::complement;
use super::difference::Difference;
use super::knowledge::{Knowledge, Shown};
use super::linear_program::LinearProgramSolver;
use super::{TableId, Tables};

/// How many times cheaper a complement is that was withheld in an earlier
/// period.
const STABLE_DISCOUNT: u64 = 4;

/// Resolution of costs, so that roots can be compared as whole numbers.
const COST_UNIT: f64 = 1_000.0;

/// Withholds more until nothing is exposed, or nothing is left to withhold.
pub(super) struct Withholding<'a, S> {
    sensitive: &'a [bool],
    solver: &'a S,
    pub(super) effort: Effort,
    /// Cells that may have to stay more open, by period.
    open: BTreeSet<(u32, u32)>,
    /// Series of which a cell was withheld: cheaper in later periods.
    withheld_before: BTreeSet<(TableId, u64)>,
    /// Complements found wide enough. They stay so, since withholding tells less.
    wide: BTreeSet<u32>,
    /// Differences found open. They stay so, since withholding tells less.
    left_open: BTreeSet<Difference>,
}

impl<'a, S: LinearProgramSolver> Withholding<'a, S> {
    pub(super) fn of(known: &Knowledge, sensitive: &'a [bool], solver: &'a S) -> Self {
        let open = (0..known.shown.len() as u32)
            .filter(|v| Demand::of(known, *v, sensitive[*v as usize]).is_some())
            .map(|variable| (period(known.tables, variable), variable))
            .collect();
        Self {
            sensitive,
            solver,
            effort: Effort::default(),
            open,
            withheld_before: BTreeSet::new(),
            wide: BTreeSet::new(),
            left_open: BTreeSet::new(),
        }
    }

    /// Withholds complements until every demand is met or nothing is left to
    /// withhold.
    pub(super) fn protect_cells(&mut self, known: &mut Knowledge) {
        while let Some((_, variable)) = self.open.pop_first() {
            if known.shown[variable as usize] == Shown::Withheld {
                self.withheld_before.extend(series(known.tables, variable));
            }
            let is_sensitive = self.sensitive[variable as usize];
            while let Some(demand) = Demand::of(known, variable, is_sensitive) {
                let found = possible_values(known, self.solver, &demand, &mut self.effort);
                if demand.is_met_by(found) {
                    break;
                }
                let target = demand.missed(found);
                let cost = |other: u32| self.cost(known, other);
                let mut chosen = complement(known, self.solver, variable, target, &cost);
                // A band that would be narrowed can be given up itself.
                let price = |cells: &[u32]| cells.iter().map(|cell| cost(*cell)).sum::<u64>();
                if known.is_published(variable)
                    && (chosen.is_empty() || price(&[variable]) <= price(&chosen))
                {
                    chosen = vec![variable];
                }
                if chosen.is_empty() {
                    break;
                }
                for other in chosen {
                    self.withhold(known, other);
                }
            }
        }
    }

    /// Withholds further until every complement leaves a fifth of its count
    /// open to a reader of the release; returns whether any was.
    ///
    /// A reader cannot tell a complement from a small count, so the search
    /// goes by what is told of withheld cells, which is nothing. Cells that
    /// are withheld for it are complements in their turn.
    pub(super) fn widen_complements(&mut self, known: &mut Knowledge) -> bool {
        let mut released = known.as_released();
        let mut any = false;
        let mut narrow: BTreeSet<(u32, u32)> = (0..known.shown.len() as u32)
            .filter(|variable| !self.wide.contains(variable))
            .map(|variable| (period(known.tables, variable), variable))
            .collect();
        while let Some((_, variable)) = narrow.pop_first() {
            let is_sensitive = self.sensitive[variable as usize];
            let Some(demand) = Demand::of_complement(&released, variable, is_sensitive) else {
                continue;
            };
            loop {
                let found = possible_values(&released, self.solver, &demand, &mut self.effort);
                if demand.is_met_by(found) {
                    self.wide.insert(variable);
                    break;
                }
                let target = demand.missed(found);
                let cost = |other: u32| self.cost(&released, other);
                let chosen = complement(&released, self.solver, variable, target, &cost);
                if chosen.is_empty() {
                    break;
                }
                for other in chosen {
                    released.withhold(other);
                    self.withhold(known, other);
                    narrow.insert((period(known.tables, other), other));
                    any = true;
                }
            }
        }
        any
    }

    /// Withholds cells until no difference is known to be small, earlier
    /// periods first; returns whether any was.
    ///
    /// Of the cells that take part in a difference it withholds the cheapest
    /// after which no difference of the same whole is known to be small and,
    /// where none is enough by itself, the cheapest.
    pub(super) fn close_differences(&mut self, known: &mut Knowledge) -> bool {
        let mut wholes: Vec<u32> = (0..known.shown.len() as u32)
            .filter(|whole| !known.tables.divided[*whole as usize].is_empty())
            .collect();
        wholes.sort_by_key(|whole| (period(known.tables, *whole), *whole));
        let mut any = false;
        for whole in wholes {
            while let Some(difference) = self.derivable(known, whole, Told::Settled) {
                let mut cells: Vec<u32> = difference.published(known).collect();
                cells.sort_by_key(|cell| (self.cost(known, *cell), *cell));
                let enough = cells.iter().copied().find(|cell| {
                    let before = (known.shown[*cell as usize], known.bounds[*cell as usize]);
                    known.withhold(*cell);
                    let is_enough = self.derivable(known, whole, Told::OnTrial).is_none();
                    (known.shown[*cell as usize], known.bounds[*cell as usize]) = before;
                    is_enough
                });
                let Some(cell) = enough.or(cells.first().copied()) else {
                    break;
                };
                self.withhold(known, cell);
                any = true;
            }
        }
        any
    }

    /// The first difference of a whole that is known to be small.
    fn derivable(&mut self, known: &Knowledge, whole: u32, told: Told) -> Option<Difference> {
        for difference in Difference::of(known, whole) {
            if self.left_open.contains(&difference) {
                continue;
            }
            if difference.is_derivable(known, self.solver, &mut self.effort.differences) {
                return Some(difference);
            }
            // What is open on trial may not be once the cell is shown again.
            if told == Told::Settled {
                self.left_open.insert(difference);
            }
        }
        None
    }

    fn withhold(&mut self, known: &mut Knowledge, cell: u32) {
        known.withhold(cell);
        self.withheld_before.extend(series(known.tables, cell));
        self.open.insert((period(known.tables, cell), cell));
    }

    fn cost(&self, known: &Knowledge, cell: u32) -> u64 {
        let stable =
            series(known.tables, cell).is_some_and(|series| self.withheld_before.contains(&series));
        let cost = cost_of(known, cell);
        if stable { cost / STABLE_DISCOUNT } else { cost }
    }
}

/// Whether what is withheld at the moment stays so.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    Settled,
    OnTrial,
}

fn period(tables: &Tables, variable: u32) -> u32 {
    tables.cell(variable).map_or(0, |cell| cell.period)
}

fn series(tables: &Tables, variable: u32) -> Option<(TableId, u64)> {
    let cell = tables.cell(variable)?;
    Some((cell.table, cell.series))
}

/// Cost of withholding a published cell: as given, or growing with the
/// square root of what is published of it, so that totals are given up last.
fn cost_of(known: &Knowledge, variable: u32) -> u64 {
    let Some(cell) = known.tables.cell(variable) else {
        return 0;
    };
    let published = known.bounds[variable as usize].0;
    let cost = match cell.cost {
        Some(cost) => f64::from(cost.max(1)),
        None => 1.0 + (published as f64).sqrt(),
    };
    (cost * COST_UNIT) as u64
}
