//! Linear programs of the attacks; shares nothing with the audit that protects
//! releases but the solver below it.

use microlp::{ComparisonOp, OptimizationDirection, Problem, Variable};

/// A linear program in the making.
pub(crate) struct Program {
    problem: Problem,
    variables: Vec<Variable>,
}

/// How the two sides of a row compare.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Sign {
    Equal,
    AtMost,
}

impl Program {
    pub(crate) fn minimise() -> Self {
        Self {
            problem: Problem::new(OptimizationDirection::Minimize),
            variables: Vec::new(),
        }
    }

    /// A variable with its cost and bounds; its number.
    pub(crate) fn variable(&mut self, cost: f64, low: f64, high: f64) -> usize {
        self.variables.push(self.problem.add_var(cost, (low, high)));
        self.variables.len() - 1
    }

    pub(crate) fn row(&mut self, terms: &[(usize, f64)], sign: Sign, right: f64) {
        let terms: Vec<_> = terms
            .iter()
            .map(|(variable, factor)| (self.variables[*variable], *factor))
            .collect();
        let sign = match sign {
            Sign::Equal => ComparisonOp::Eq,
            Sign::AtMost => ComparisonOp::Le,
        };
        self.problem.add_constraint(terms, sign, right);
    }

    /// Values at an optimum; `None` where there is none.
    pub(crate) fn solve(&self) -> Option<Vec<f64>> {
        let solution = self
            .problem
            .solve_with(microlp::SolveOptions::default())
            .ok()?
            .into_solution()
            .ok()?;
        let value = |variable: &Variable| solution.var_value(*variable);
        Some(self.variables.iter().map(value).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_program_has_its_known_optimum() {
        let mut program = Program::minimise();
        let x = program.variable(2.0, 0.0, f64::INFINITY);
        let y = program.variable(1.0, 0.0, 4.0);
        program.row(&[(x, 1.0), (y, 1.0)], Sign::Equal, 10.0);
        let solution = program.solve().unwrap();
        assert!((solution[x] - 6.0).abs() < 1e-9 && (solution[y] - 4.0).abs() < 1e-9);
    }
}
