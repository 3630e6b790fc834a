//! What a reader can compute: bounds on a cell from the release alone.

use std::collections::BTreeMap;

use super::knowledge::UNBOUNDED;
use super::linear_program::{LinearProgramSolver, MicroLp, Program};
use super::neighbourhood::Neighbourhood;
use super::tables::Variable;
use super::{CellId, Tables};
use crate::Protected;

/// Bounds on a count, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttackBounds {
    /// Least possible count.
    pub low: u64,
    /// Greatest possible count; `None` where nothing bounds it.
    pub high: Option<u64>,
}

/// Bounds that linear programming gives on a cell from what was released,
/// over every table and sum at once: attack 6.
///
/// Takes the released cells, not the exact ones, and shares with the audit
/// only the solver. Withheld cells count as anything from zero up. `protected`
/// stands in the order of the cells added, as [`super::protect_jointly`]
/// returns it.
///
/// `None` where the solver finds no table at all: a release that contradicts
/// itself, or a failure of the solver; not a proof of safety.
#[must_use]
pub fn attack_bounds(
    tables: &Tables,
    protected: &[Protected],
    cell: CellId,
) -> Option<AttackBounds> {
    let mut released = protected.iter();
    let bounds: Vec<(i64, i64)> = tables
        .variables
        .iter()
        .map(|variable| match variable {
            Variable::Latent { at_most } => (0, at_most.unwrap_or(UNBOUNDED)),
            Variable::Cell(_) => {
                let Some(cell) = released.next() else {
                    return (0, UNBOUNDED);
                };
                match (cell.count(), cell.band()) {
                    (Some(count), _) => (count as i64, count as i64),
                    (None, Some(band)) => (
                        band.low as i64,
                        band.high.map_or(UNBOUNDED, |high| high as i64),
                    ),
                    (None, None) => (0, UNBOUNDED),
                }
            }
        })
        .collect();
    linear_bounds(tables, &bounds, cell.0)
}

/// Bounds on a variable given bounds on each.
pub(super) fn linear_bounds(
    tables: &Tables,
    bounds: &[(i64, i64)],
    variable: u32,
) -> Option<AttackBounds> {
    let (least, greatest) = bounds[variable as usize];
    if least == greatest {
        return Some(AttackBounds {
            low: least as u64,
            high: Some(greatest as u64),
        });
    }
    let around = Neighbourhood::around(tables, variable, usize::MAX, |other| {
        let (low, high) = bounds[other as usize];
        low < high
    });
    let mut program = Program::default();
    let mut columns = BTreeMap::new();
    for (column, other) in around.variables.iter().enumerate() {
        let (low, high) = bounds[*other as usize];
        program.variables.push((0.0, low, high));
        columns.insert(*other, vec![(column, 1.0)]);
    }
    around.equations(tables, &mut program, &columns, |other| {
        bounds[other as usize].0
    });
    program.variables[0].0 = 1.0;
    let low = MicroLp.minimise(&program)?[0];
    program.variables[0].0 = -1.0;
    // A table exists, as just seen, so no maximum means no bound.
    let high = MicroLp.minimise(&program).map(|solution| solution[0]);
    Some(AttackBounds {
        low: (low - 1e-6).ceil().max(0.0) as u64,
        high: high.map(|high| (high + 1e-6).floor() as u64),
    })
}
