//! Joint suppression, from exact tables to protected cells.

use super::audit::{Demand, Effort, possible_values};
use super::difference::Difference;
use super::knowledge::{Knowledge, Shown, at_first};
use super::linear_program::{LinearProgramSolver, MicroLp};
use super::primary::sensitive;
use super::report::{SuppressionReport, TableReport};
use super::start::forget_the_truth;
use super::withholding::Withholding;
use super::{Presentation, SuppressionError, SuppressionRules, Tables};
use crate::{Protected, Protection};

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
/// 4. Take the complements once more, as the release tells of them, and
///    withhold further until each leaves 20 % of its count open, as every
///    withheld cell must.
/// 5. Take each whole that is shown less all that is shown within it. Where
///    what is left is known to be 1 to k - 1, k being the largest threshold of
///    the cells that take part, withhold the cheapest of them, and go on from
///    step 3 with it.
/// 6. Audit every cell and difference once more against the finished release.
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
    loop {
        let widened = withholding.widen_complements(&mut known);
        let closed =
            differences == Differences::Closed && withholding.close_differences(&mut known);
        if !widened && !closed {
            break;
        }
        withholding.protect_cells(&mut known);
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
    // What the last steps withheld is seen here, so this copy is made last.
    let released = known.as_released();
    for variable in 0..released.shown.len() as u32 {
        let is_sensitive = sensitive[variable as usize];
        let Some(demand) = Demand::of_complement(&released, variable, is_sensitive) else {
            continue;
        };
        if !demand.is_met_by(possible_values(&released, solver, &demand, &mut effort)) {
            exposed.extend(tables.cell(variable).map(|cell| cell.table));
        }
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
