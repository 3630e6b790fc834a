//! Mixed-integer programs, and the solvers that answer them.
//!
//! microlp is pure Rust, so that the crate builds without further tools;
//! `HiGHS` (feature `highs`) solves larger models. Both are used directly
//! rather than through a modelling layer, because the proven bound at a time
//! limit must come through. Neither is trusted: what they propose is checked
//! and valued by the caller.

use std::time::Duration;

use serde::Serialize;

/// Solvers of mixed-integer programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub enum Solver {
    /// Branch and bound in pure Rust.
    #[default]
    Microlp,
    /// `HiGHS`: Huangfu & Hall (2018), *Parallelizing the dual revised simplex
    /// method*.
    #[cfg(feature = "highs")]
    Highs,
}

impl Solver {
    /// Most coefficients of a model that the solver is given. Beyond, it finds
    /// less in its time than greedy with its bound.
    pub(super) fn most_coefficients(self) -> usize {
        match self {
            Self::Microlp => 60_000,
            #[cfg(feature = "highs")]
            Self::Highs => 5_000_000,
        }
    }
}

/// Limits of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Limits {
    pub time: Option<Duration>,
    pub nodes: Option<u64>,
}

/// A variable between 0 and 1 (or above, if it is not whole).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Variable {
    pub objective: f64,
    pub low: f64,
    pub high: f64,
    pub whole: bool,
}

/// `low ≤ Σ coefficient · variable ≤ high`; one of the two may be infinite.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub terms: Vec<(usize, f64)>,
    pub low: f64,
    pub high: f64,
}

/// A model.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Program {
    pub maximise: bool,
    pub variables: Vec<Variable>,
    pub rows: Vec<Row>,
}

impl Program {
    pub(super) fn coefficients(&self) -> usize {
        self.rows.iter().map(|row| row.terms.len()).sum()
    }

    /// Objective at `values`.
    fn objective(&self, values: &[f64]) -> f64 {
        let terms = self.variables.iter().zip(values);
        terms
            .map(|(variable, value)| variable.objective * value)
            .sum()
    }
}

/// What a solver found.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Answer {
    /// Values of the best solution found; no solution is better than `bound`.
    Found {
        values: Vec<f64>,
        bound: f64,
        proven: bool,
    },
    /// There is none: proven.
    Infeasible,
    /// None was found within the limits; none is better than `bound`, if one
    /// is known.
    Nothing { bound: Option<f64> },
}

/// Solves a program. `start` is a feasible solution to begin with.
pub(super) fn solve(
    program: &Program,
    solver: Solver,
    limits: Limits,
    start: Option<&[f64]>,
) -> Result<Answer, String> {
    match solver {
        Solver::Microlp => by_microlp(program, limits, start),
        #[cfg(feature = "highs")]
        Solver::Highs => by_highs(program, limits, start),
    }
}

fn by_microlp(program: &Program, limits: Limits, start: Option<&[f64]>) -> Result<Answer, String> {
    use microlp::{
        ComparisonOp, Error, OptimizationDirection, Problem, SolveOptions, SolveOutcome,
    };
    let mut problem = Problem::new(if program.maximise {
        OptimizationDirection::Maximize
    } else {
        OptimizationDirection::Minimize
    });
    let variables: Vec<_> = program
        .variables
        .iter()
        .map(|variable| {
            if variable.whole {
                let bounds = (variable.low as i32, variable.high as i32);
                problem.add_integer_var(variable.objective, bounds)
            } else {
                problem.add_var(variable.objective, (variable.low, variable.high))
            }
        })
        .collect();
    for row in &program.rows {
        let terms: Vec<_> = row
            .terms
            .iter()
            .map(|(variable, coefficient)| (variables[*variable], *coefficient))
            .collect();
        if row.low.is_finite() {
            problem.add_constraint(terms.as_slice(), ComparisonOp::Ge, row.low);
        }
        if row.high.is_finite() {
            problem.add_constraint(terms.as_slice(), ComparisonOp::Le, row.high);
        }
    }
    let mut options = SolveOptions::default();
    options.time_limit = limits.time;
    options.node_limit = limits.nodes;
    options.warm_start = start.map(|values| {
        let whole = program.variables.iter().map(|variable| variable.whole);
        let hints = variables.iter().copied().zip(values.iter().copied());
        hints
            .zip(whole)
            .filter_map(|(hint, whole)| whole.then_some(hint))
            .collect()
    });
    match problem.solve_with(options) {
        Ok(SolveOutcome::Solution(solution)) => {
            let values: Vec<f64> = variables
                .iter()
                .map(|variable| solution.var_value(*variable))
                .collect();
            let proven = solution.status() == microlp::SolutionStatus::Optimal;
            let reached = program.objective(&values);
            let open = if program.maximise {
                f64::INFINITY
            } else {
                f64::NEG_INFINITY
            };
            let bound = if proven {
                reached
            } else {
                solution.stats().best_bound.unwrap_or(open)
            };
            Ok(Answer::Found {
                values,
                bound,
                proven,
            })
        }
        Ok(SolveOutcome::Interrupted(interrupted)) => Ok(Answer::Nothing {
            bound: interrupted.stats().best_bound,
        }),
        Err(Error::Infeasible) => Ok(Answer::Infeasible),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(feature = "highs")]
fn by_highs(program: &Program, limits: Limits, start: Option<&[f64]>) -> Result<Answer, String> {
    use highs::{HighsModelStatus, HighsSolutionStatus, RowProblem, Sense};
    let mut problem = RowProblem::default();
    let columns: Vec<_> = program
        .variables
        .iter()
        .map(|variable| {
            problem.add_column_with_integrality(
                variable.objective,
                variable.low..=variable.high,
                variable.whole,
            )
        })
        .collect();
    for row in &program.rows {
        let terms = row
            .terms
            .iter()
            .map(|(variable, coefficient)| (columns[*variable], *coefficient));
        problem.add_row(row.low..=row.high, terms);
    }
    let sense = if program.maximise {
        Sense::Maximise
    } else {
        Sense::Minimise
    };
    let refused = |what: &str| format!("HiGHS refused {what}");
    let mut model = problem
        .try_optimise(sense)
        .map_err(|_| refused("the model"))?;
    model.make_quiet();
    // One thread and one seed, so that the same model has the same answer.
    model.set_option("threads", 1);
    model.set_option("random_seed", 0);
    model.set_option("mip_rel_gap", 0.0);
    model.set_option("mip_abs_gap", 1e-9);
    if let Some(time) = limits.time {
        model.set_option("time_limit", time.as_secs_f64());
    }
    if let Some(nodes) = limits.nodes {
        model.set_option("mip_max_nodes", i32::try_from(nodes).unwrap_or(i32::MAX));
    }
    if start.is_some() {
        model.set_solution(start, None, None, None);
    }
    let solved = model.try_solve().map_err(|_| refused("to solve"))?;
    let bound = solved
        .double_info_value(c"mip_dual_bound")
        .ok()
        .filter(|bound| bound.is_finite());
    match solved.status() {
        HighsModelStatus::Infeasible => return Ok(Answer::Infeasible),
        HighsModelStatus::Optimal
        | HighsModelStatus::ReachedTimeLimit
        | HighsModelStatus::ReachedSolutionLimit
        | HighsModelStatus::ReachedIterationLimit => {}
        other => return Err(format!("HiGHS ended with {other:?}")),
    }
    if solved.primal_solution_status() != HighsSolutionStatus::Feasible {
        return Ok(Answer::Nothing { bound });
    }
    let values = solved.get_solution().columns().to_vec();
    let proven = solved.status() == HighsModelStatus::Optimal;
    let reached = program.objective(&values);
    let open = if program.maximise {
        f64::INFINITY
    } else {
        f64::NEG_INFINITY
    };
    Ok(Answer::Found {
        bound: bound.unwrap_or(if proven { reached } else { open }),
        values,
        proven,
    })
}
