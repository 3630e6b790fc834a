//! Joint suppression, from exact tables to protected cells.

use std::collections::BTreeSet;

use super::audit::{Demand, Effort, possible_values};
use super::complement::complement;
use super::difference::Difference;
use super::knowledge::{Knowledge, Shown, at_first};
use super::linear_program::{LinearProgramSolver, MicroLp};
use super::primary::sensitive;
use super::report::{SuppressionReport, TableReport};
use super::start::forget_the_truth;
use super::{Presentation, SuppressionError, SuppressionRules, TableId, Tables};
use crate::{Protected, Protection};

/// How many times cheaper a complement is that was withheld in an earlier
/// period.
const STABLE_DISCOUNT: u64 = 4;

/// Resolution of costs, so that roots can be compared as whole numbers.
const COST_UNIT: f64 = 1_000.0;

/// Protects all tables of a release together, consuming them.
///
/// 1. Withhold every sensitive cell ([`SuppressionRules`] says which).
/// 2. Forget the true table: go on from another one that agrees with all that
///    is published. What is withheld from here on follows from what passed
///    step 1, which a reader may know, and so tells nothing of the counts.
/// 3. Take the cells that must stay open, earlier periods first. For each,
///    look for tables that agree with all that is published and differ enough
///    in this cell; where none are found, withhold the cheapest complement,
///    or the cell itself if it is a band and cheaper, and look again. Cells
///    already seen stay protected, since withholding more tells less.
///    Complements become cells that must stay open.
/// 4. Take each whole that is shown less all that is shown within it. Where
///    what is left is known to be 1 to k - 1, k being the largest threshold of
///    the cells that take part, withhold the cheapest of them, and go on from
///    step 3 with it.
/// 5. Audit every cell and difference once more against the finished release.
///
/// Returned are the protected cells in the order of the calls of
/// [`super::TablesBuilder::cell`] (atoms are left out), the proof, and what
/// was done. Withheld cells look alike whatever the reason. The result
/// depends on the tables and rules alone.
///
/// # Errors
/// [`SuppressionError::Exposed`] where a cell cannot be protected: nothing
/// may be released then.
pub fn protect_jointly(
    tables: Tables,
    rules: &SuppressionRules,
) -> Result<(Vec<Protected>, Protection, SuppressionReport), SuppressionError> {
    if crate::UNPROTECTED {
        return Ok(unprotected(&tables, rules));
    }
    protect_with(&tables, rules, &MicroLp)
}

/// Every count as it is, for the test build that attacks must succeed
/// against.
fn unprotected(
    tables: &Tables,
    rules: &SuppressionRules,
) -> (Vec<Protected>, Protection, SuppressionReport) {
    let protected = (0..tables.variables.len() as u32)
        .filter_map(|variable| Some(Protected::shown(&tables.cell(variable)?.count, None)))
        .collect();
    let report = SuppressionReport {
        tables: Vec::new(),
        ratios_shown: vec![true; tables.ratios.len()],
        from_truth: 0,
        flows: 0,
        exchanges: 0,
        programs: 0,
        differences: 0,
    };
    let proof = Protection::with_threshold(rules.thresholds().k);
    (protected, proof, report)
}

/// [`protect_jointly`] with the solver given.
pub(super) fn protect_with(
    tables: &Tables,
    rules: &SuppressionRules,
    solver: &impl LinearProgramSolver,
) -> Result<(Vec<Protected>, Protection, SuppressionReport), SuppressionError> {
    protect_under(tables, rules, solver, Differences::Closed)
}

/// What is done about small differences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Differences {
    /// None is derivable.
    Closed,
    /// Only cells are protected: what tests compare with.
    #[cfg(test)]
    Ignored,
}

/// [`protect_with`] with or without protection of differences.
pub(super) fn protect_under(
    tables: &Tables,
    rules: &SuppressionRules,
    solver: &impl LinearProgramSolver,
    differences: Differences,
) -> Result<(Vec<Protected>, Protection, SuppressionReport), SuppressionError> {
    let sensitive = sensitive(tables, rules);
    let mut known = Knowledge::new(tables, rules, &sensitive);
    let from_truth = forget_the_truth(&mut known, solver);
    let mut withholding = Withholding::of(&known, &sensitive, solver);
    withholding.protect_cells(&mut known);
    if differences == Differences::Closed {
        while withholding.close_differences(&mut known) {
            withholding.protect_cells(&mut known);
        }
    }
    let effort = withholding.effort;
    let mut report = final_audit(&known, &sensitive, solver, effort, differences)?;
    report.from_truth = from_truth;
    let protected = (0..tables.variables.len() as u32)
        .filter_map(|variable| {
            let exact = &tables.cell(variable)?.count;
            Some(match known.shown[variable as usize] {
                Shown::Exact => Protected::shown(exact, None),
                Shown::Band(band) => Protected::shown(exact, Some(band)),
                Shown::Withheld => Protected::withheld(exact),
            })
        })
        .collect();
    Ok((
        protected,
        Protection::with_threshold(rules.thresholds().k),
        report,
    ))
}

/// Withholds more until nothing is exposed, or nothing is left to withhold.
struct Withholding<'a, S> {
    sensitive: &'a [bool],
    solver: &'a S,
    effort: Effort,
    /// Cells that may have to stay more open, by period.
    open: BTreeSet<(u32, u32)>,
    /// Series of which a cell was withheld: cheaper in later periods.
    withheld_before: BTreeSet<(TableId, u64)>,
    /// Differences found open. They stay so, since withholding tells less.
    left_open: BTreeSet<Difference>,
}

impl<'a, S: LinearProgramSolver> Withholding<'a, S> {
    fn of(known: &Knowledge, sensitive: &'a [bool], solver: &'a S) -> Self {
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
            left_open: BTreeSet::new(),
        }
    }

    /// Withholds complements until every demand is met or nothing is left to
    /// withhold.
    fn protect_cells(&mut self, known: &mut Knowledge) {
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
                let target = if found.0 > demand.low {
                    demand.low
                } else {
                    demand.high
                };
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

    /// Withholds cells until no difference is known to be small, earlier
    /// periods first; returns whether any was.
    ///
    /// Of the cells that take part in a difference it withholds the cheapest
    /// after which no difference of the same whole is known to be small and,
    /// where none is enough by itself, the cheapest.
    fn close_differences(&mut self, known: &mut Knowledge) -> bool {
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

/// Audits every cell and difference against the finished release.
fn final_audit(
    known: &Knowledge,
    sensitive: &[bool],
    solver: &impl LinearProgramSolver,
    mut effort: Effort,
    differences: Differences,
) -> Result<SuppressionReport, SuppressionError> {
    let tables = known.tables;
    let mut reports: Vec<TableReport> = tables
        .tables
        .iter()
        .map(|table| TableReport {
            name: table.name.clone(),
            cells: 0,
            primary: 0,
            complementary: 0,
            narrowest: None,
        })
        .collect();
    let mut exposed = Vec::new();
    for variable in 0..known.shown.len() as u32 {
        let Some(cell) = tables.cell(variable) else {
            continue;
        };
        let is_sensitive = sensitive[variable as usize];
        let report = &mut reports[cell.table.0 as usize];
        report.cells += 1;
        report.primary += usize::from(is_sensitive);
        report.complementary += usize::from(
            !is_sensitive
                && known.shown[variable as usize] != at_first(cell, tables, known.rules, false)
                && tables.table_of(cell).presentation != Presentation::Unpublished,
        );
        let Some(demand) = Demand::of(known, variable, is_sensitive) else {
            continue;
        };
        let found = possible_values(known, solver, &demand, &mut effort);
        if !demand.is_met_by(found) {
            exposed.push(cell.table);
        }
        let width = (found.1 - found.0 + 1) as u64;
        report.narrowest = Some(report.narrowest.map_or(width, |least| least.min(width)));
    }
    if differences == Differences::Closed {
        for whole in 0..known.shown.len() as u32 {
            let derivable = Difference::of(known, whole)
                .into_iter()
                .filter(|one| one.is_derivable(known, solver, &mut effort.differences))
                .count();
            let table = tables.cell(whole).map(|cell| cell.table);
            exposed.extend(table.into_iter().flat_map(|table| vec![table; derivable]));
        }
    }
    if let Some(first) = exposed.first() {
        return Err(SuppressionError::Exposed {
            table: tables.tables[first.0 as usize].name.clone(),
            cells: exposed.len(),
        });
    }
    let exact = |variable: u32| known.shown[variable as usize] == Shown::Exact;
    Ok(SuppressionReport {
        tables: reports,
        ratios_shown: tables
            .ratios
            .iter()
            .map(|ratio| exact(ratio.part) && exact(ratio.whole))
            .collect(),
        from_truth: 0,
        flows: effort.flows,
        exchanges: effort.exchanges,
        programs: effort.programs,
        differences: effort.differences,
    })
}
