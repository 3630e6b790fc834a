//! A table to start from that is not the true one.
//!
//! Were complements sought from the true table, which of two equally good
//! ones is found would depend on the hidden counts, and a reader who knows
//! the method could tell them from it.

use super::exchange::Changes;
use super::knowledge::{Knowledge, UNBOUNDED};
use super::linear_program::{LinearProgramSolver, Program};
use super::neighbourhood::Neighbourhood;
use super::network::{Outcome, balance};

/// Largest group of cells for which a linear program is tried.
const MAX_PROGRAM: usize = 4_000;

/// Replaces the table at hand by one made from published knowledge alone.
/// Returns the number of groups of connected cells where that failed and the
/// true counts stay.
///
/// For each group, every cell starts at the least value it can have; network
/// flow then restores the sums or, where the group is not a network, a linear
/// program does.
pub(super) fn forget_the_truth(known: &mut Knowledge, solver: &impl LinearProgramSolver) -> usize {
    let moves = |known: &Knowledge, variable: u32| {
        let (low, high) = known.bounds[variable as usize];
        low < high
    };
    let mut seen = vec![false; known.start.len()];
    let mut from_truth = 0;
    for variable in 0..known.start.len() as u32 {
        if seen[variable as usize] || !moves(known, variable) {
            continue;
        }
        let group = Neighbourhood::around(known.tables, variable, usize::MAX, |other| {
            moves(known, other)
        });
        let truth: Vec<i64> = values(known, &group);
        for member in &group.variables {
            seen[*member as usize] = true;
            known.start[*member as usize] = known.bounds[*member as usize].0;
        }
        let found = match balance(known, &group.relations) {
            Outcome::Settled { changes, .. } => {
                apply(known, &changes);
                true
            }
            _ => program(known, solver, &group),
        };
        if !found || !holds(known, &group) {
            from_truth += 1;
            for (member, value) in group.variables.iter().zip(truth) {
                known.start[*member as usize] = value;
            }
        }
    }
    from_truth
}

fn values(known: &Knowledge, group: &Neighbourhood) -> Vec<i64> {
    let members = group.variables.iter();
    members
        .map(|member| known.start[*member as usize])
        .collect()
}

fn apply(known: &mut Knowledge, changes: &Changes) {
    for (variable, by) in changes {
        known.start[*variable as usize] += by;
    }
}

/// Whether all bounds and sums of a group hold, in whole numbers.
fn holds(known: &Knowledge, group: &Neighbourhood) -> bool {
    group.variables.iter().all(|member| {
        let (low, high) = known.bounds[*member as usize];
        (low..=high).contains(&known.start[*member as usize])
    }) && group.relations.iter().all(|relation| {
        let terms = known.tables.relations[*relation as usize].iter();
        let sum: i64 = terms.map(|(v, c)| c * known.start[*v as usize]).sum();
        sum == 0
    })
}

/// Sets the members of a group to a solution of a linear program, with whole
/// variables if need be.
fn program(
    known: &mut Knowledge,
    solver: &impl LinearProgramSolver,
    group: &Neighbourhood,
) -> bool {
    if group.variables.len() > MAX_PROGRAM {
        return false;
    }
    let mut program = Program::default();
    let mut columns = std::collections::BTreeMap::new();
    for (column, member) in group.variables.iter().enumerate() {
        let (low, high) = known.bounds[*member as usize];
        program.variables.push((1.0, low, high));
        columns.insert(*member, vec![(column, 1.0)]);
    }
    group.equations(known.tables, &mut program, &columns, |other| {
        known.start[other as usize]
    });
    for whole in [false, true] {
        program.whole = whole;
        let Some(solution) = solver.minimise(&program) else {
            return false;
        };
        for (member, found) in group.variables.iter().zip(solution) {
            let found = found.round().clamp(-1.0, UNBOUNDED as f64) as i64;
            known.start[*member as usize] = found;
        }
        if holds(known, group) {
            return true;
        }
    }
    false
}
