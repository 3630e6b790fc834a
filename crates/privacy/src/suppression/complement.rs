//! Complementary suppression: which further cells to withhold so that an
//! exposed cell is no longer.

use std::collections::BTreeMap;

use super::knowledge::{Knowledge, UNBOUNDED};
use super::linear_program::{LinearProgramSolver, Program};
use super::neighbourhood::Neighbourhood;
use super::network::{Outcome, settle};

/// Numbers of variables of the programs tried. A program too small to hold a
/// cycle through crossing tables gives up totals instead: with 150 variables
/// 166 of 185 totals of a release of 1,650 cells went, with 600 none.
const PROGRAM_SIZES: [usize; 2] = [600, 3_000];

/// Variables looked at for the nearest published cell when no program helps.
const LAST_RESORT: usize = 20_000;

/// Cells to withhold so that `variable` can take the value `target`, cheapest
/// by cost; empty where no published cell is connected to it.
///
/// Where the tables are a network, by successive shortest paths ([`settle`]).
/// Otherwise by the sequential linear-programming heuristic of statistical
/// offices
/// (Robertson, "Cell suppression at Statistics Canada", 1993; Fischetti and
/// Salazar-González, *Management Science* 47(7), 2001, discuss it):
/// 1. fix the cell at the target;
/// 2. let every other cell move freely within what is published, and beyond
///    it at its cost per unit;
/// 3. minimise the cost that keeps every sum; cells that moved beyond what is
///    published are the complement.
///
/// Programs grow until one has a solution. Where none has, or rounding hides
/// the complement, the published cells that share a sum with the cell are
/// withheld and, where there are none, the nearest published cell.
pub(super) fn complement(
    known: &Knowledge,
    solver: &impl LinearProgramSolver,
    variable: u32,
    target: i64,
    cost: &dyn Fn(u32) -> u64,
) -> Vec<u32> {
    if let Outcome::Settled { withheld, .. } = settle(known, variable, target, Some(cost))
        && !withheld.is_empty()
    {
        return withheld;
    }
    for size in PROGRAM_SIZES {
        let around = Neighbourhood::around(known.tables, variable, size, |other| {
            let (low, high) = known.bounds[other as usize];
            low < high || known.is_published(other)
        });
        match cheapest(known, solver, &around, (variable, target), cost) {
            Some(cells) if !cells.is_empty() => return cells,
            _ if around.is_whole => break,
            _ => {}
        }
    }
    last_resort(known, variable)
}

fn cheapest(
    known: &Knowledge,
    solver: &impl LinearProgramSolver,
    around: &Neighbourhood,
    (variable, target): (u32, i64),
    cost: &dyn Fn(u32) -> u64,
) -> Option<Vec<u32>> {
    let mut program = Program::default();
    let mut columns: BTreeMap<u32, Vec<(usize, f64)>> = BTreeMap::new();
    for other in around.variables.iter().copied().filter(|o| *o != variable) {
        let (low, high) = known.bounds[other as usize];
        let mut add = |cost, low, high, sign| {
            program.variables.push((cost, low, high));
            columns
                .entry(other)
                .or_default()
                .push((program.variables.len() - 1, sign));
        };
        add(0.0, low, high, 1.0);
        if known.is_published(other) {
            let cost = cost(other) as f64;
            add(cost, 0, UNBOUNDED, 1.0);
            add(cost, 0, low, -1.0);
        }
    }
    around.equations(known.tables, &mut program, &columns, |other| {
        if other == variable {
            target
        } else {
            known.start[other as usize]
        }
    });
    let solution = solver.minimise(&program)?;
    Some(
        columns
            .iter()
            .filter(|(_, columns)| columns.iter().skip(1).any(|(c, _)| solution[*c] > 1e-6))
            .map(|(other, _)| *other)
            .collect(),
    )
}

fn last_resort(known: &Knowledge, variable: u32) -> Vec<u32> {
    let mut beside: Vec<u32> = known.tables.incident[variable as usize]
        .iter()
        .flat_map(|(relation, _)| &known.tables.relations[*relation as usize])
        .map(|(other, _)| *other)
        .filter(|other| *other != variable && known.is_published(*other))
        .collect();
    beside.sort_unstable();
    beside.dedup();
    if !beside.is_empty() {
        return beside;
    }
    Neighbourhood::around(known.tables, variable, LAST_RESORT, |_| true)
        .variables
        .into_iter()
        .find(|other| *other != variable && known.is_published(*other))
        .into_iter()
        .collect()
}
