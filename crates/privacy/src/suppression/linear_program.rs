//! The linear programs behind the audit, and the solver that answers them.
//!
//! The solver is microlp: pure Rust, so that the crate builds on a machine
//! without cmake, libclang or a C++ compiler, which the bindings of HiGHS
//! need. It sits behind a trait of one method, so it can be exchanged, and is
//! trusted with nothing: its answers are proposals that are checked in whole
//! numbers.

use microlp::{ComparisonOp, OptimizationDirection, Problem, SolveOptions};

/// Branch-and-bound nodes after which a program with whole-number variables
/// is given up. A count of nodes rather than seconds, so that the result does
/// not depend on the machine.
const MAX_NODES: u64 = 200;

/// Greatest finite bound handed to the solver, either way; beyond it a bound is
/// open.
const OPEN: i64 = 1 << 40;

/// Minimise a linear function of bounded variables under equations.
#[derive(Debug, Clone, Default)]
pub(super) struct Program {
    /// Cost and bounds of each variable.
    pub variables: Vec<(f64, i64, i64)>,
    /// Left side as (variable, coefficient), right side.
    pub equations: Vec<(Vec<(usize, f64)>, i64)>,
    /// Whether the variables must be whole.
    pub whole: bool,
}

/// Something that solves linear programs.
pub(super) trait LinearProgramSolver {
    /// Values of the variables at an optimum; `None` where there is none or
    /// the solver gave up.
    fn minimise(&self, program: &Program) -> Option<Vec<f64>>;
}

/// The solver in use.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct MicroLp;

impl LinearProgramSolver for MicroLp {
    fn minimise(&self, program: &Program) -> Option<Vec<f64>> {
        let mut problem = Problem::new(OptimizationDirection::Minimize);
        let variables: Vec<_> = program
            .variables
            .iter()
            .map(|(cost, low, high)| {
                if program.whole {
                    let clamp = |bound: i64| i32::try_from(bound).unwrap_or(i32::MAX);
                    problem.add_integer_var(*cost, (clamp(*low), clamp(*high)))
                } else {
                    let high = if *high >= OPEN {
                        f64::INFINITY
                    } else {
                        *high as f64
                    };
                    let low = if *low <= -OPEN {
                        f64::NEG_INFINITY
                    } else {
                        *low as f64
                    };
                    problem.add_var(*cost, (low, high))
                }
            })
            .collect();
        for (terms, right) in &program.equations {
            let terms: Vec<_> = terms
                .iter()
                .map(|(variable, coefficient)| (variables[*variable], *coefficient))
                .collect();
            problem.add_constraint(terms, ComparisonOp::Eq, *right as f64);
        }
        let mut options = SolveOptions::default();
        options.node_limit = Some(MAX_NODES);
        let solution = problem.solve_with(options).ok()?.into_solution().ok()?;
        Some(
            variables
                .iter()
                .map(|variable| solution.var_value(*variable))
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_program_has_its_known_optimum() {
        // x + y + z = 10, z <= 4, minimise 2x + y: x = 0, y = 6, z = 4.
        let program = Program {
            variables: vec![(2.0, 0, i64::MAX), (1.0, 0, i64::MAX), (0.0, 0, 4)],
            equations: vec![(vec![(0, 1.0), (1, 1.0), (2, 1.0)], 10)],
            whole: false,
        };
        let solution = MicroLp.minimise(&program).unwrap();
        assert!((solution[1] - 6.0).abs() < 1e-6 && solution[0].abs() < 1e-6);
    }

    #[test]
    fn a_program_without_a_solution_has_none() {
        let program = Program {
            variables: vec![(1.0, 0, 3)],
            equations: vec![(vec![(0, 1.0)], 4)],
            whole: false,
        };
        assert!(MicroLp.minimise(&program).is_none());
    }

    #[test]
    fn whole_numbers_are_asked_for_where_needed() {
        // 2x = y + 1 with y = 2 in reach of halves only.
        let program = Program {
            variables: vec![(1.0, 0, 10), (0.0, 2, 3)],
            equations: vec![(vec![(0, 2.0), (1, -1.0)], 1)],
            whole: true,
        };
        let solution = MicroLp.minimise(&program).unwrap();
        assert_eq!(solution[0].round() as i64, 2);
    }
}
