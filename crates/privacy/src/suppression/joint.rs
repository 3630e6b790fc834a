//! Joint suppression, from exact tables to protected cells.

use std::collections::BTreeSet;

use super::audit::{Demand, Effort, possible_values};
use super::complement::complement;
use super::knowledge::{Knowledge, Shown, at_first};
use super::linear_program::{LinearProgramSolver, MicroLp};
use super::primary::sensitive;
use super::report::{SuppressionReport, TableReport};
use super::start::forget_the_truth;
use super::{Presentation, SuppressionError, SuppressionRules, Tables};
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
///    or the cell itself if it is a band and cheaper, and look again. Cells already seen stay protected, since withholding
///    more tells less. Complements become cells that must stay open.
/// 4. Audit every cell once more against the finished release.
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
    let sensitive = sensitive(tables, rules);
    let mut effort = Effort::default();
    let mut known = Knowledge::new(tables, rules, &sensitive);
    let from_truth = forget_the_truth(&mut known, solver);
    withhold_complements(&mut known, &sensitive, solver, &mut effort);
    let mut report = final_audit(&known, &sensitive, solver, effort)?;
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

/// Withholds complements until every demand is met or nothing is left to
/// withhold.
fn withhold_complements(
    known: &mut Knowledge,
    sensitive: &[bool],
    solver: &impl LinearProgramSolver,
    effort: &mut Effort,
) {
    let period = |tables: &Tables, variable| tables.cell(variable).map_or(0, |cell| cell.period);
    let mut open: BTreeSet<(u32, u32)> = (0..known.shown.len() as u32)
        .filter(|variable| Demand::of(known, *variable, sensitive[*variable as usize]).is_some())
        .map(|variable| (period(known.tables, variable), variable))
        .collect();
    let series = |tables: &Tables, variable| {
        let cell = tables.cell(variable)?;
        Some((cell.table, cell.series))
    };
    let mut withheld_before: BTreeSet<_> = BTreeSet::new();
    while let Some((_, variable)) = open.pop_first() {
        if known.shown[variable as usize] == Shown::Withheld {
            withheld_before.extend(series(known.tables, variable));
        }
        while let Some(demand) = Demand::of(known, variable, sensitive[variable as usize]) {
            let found = possible_values(known, solver, &demand, effort);
            if demand.is_met_by(found) {
                break;
            }
            let target = if found.0 > demand.low {
                demand.low
            } else {
                demand.high
            };
            let cost = |other: u32| {
                let stable = series(known.tables, other)
                    .is_some_and(|series| withheld_before.contains(&series));
                let cost = cost_of(known, other);
                if stable { cost / STABLE_DISCOUNT } else { cost }
            };
            let mut chosen = complement(known, solver, variable, target, &cost);
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
                known.withhold(other);
                withheld_before.extend(series(known.tables, other));
                open.insert((period(known.tables, other), other));
            }
        }
    }
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

/// Audits every cell against the finished release.
fn final_audit(
    known: &Knowledge,
    sensitive: &[bool],
    solver: &impl LinearProgramSolver,
    mut effort: Effort,
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
    })
}
