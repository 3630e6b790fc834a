//! Iteratively reweighted least squares on standardised columns: the work of
//! [`poisson_regression`](super::poisson_regression()).

use rayon::prelude::*;

use super::normal_equations::{MOST_COLUMNS, Matrix, Vector, add_outer, factor, solve};
use super::poisson_regression::{Convergence, PoissonRegression};
use crate::StatsError;
use crate::error::check_length;

/// Rows summed together, always in the same order: on any number of threads
/// the same bits.
const CHUNK: usize = 4096;

/// The regression on standardised columns.
pub(super) struct Problem<'a> {
    counts: &'a [f64],
    offsets: &'a [f64],
    columns: usize,
    design: Vec<f64>,
    means: Vector,
    scales: Vector,
    /// First constant column and its value.
    constant: Option<(usize, f64)>,
    is_constant: [bool; MOST_COLUMNS],
}

/// What a fit came to, on the standardised columns.
pub(super) struct Fit {
    coefficients: Vector,
    covariance: Option<Vec<Vec<f64>>>,
    deviance: f64,
    iterations: usize,
    pub(super) convergence: Convergence,
}

/// Sums over rows at some coefficients.
#[derive(Clone, Copy)]
struct Sums {
    deviance: f64,
    score: Vector,
    information: Matrix,
}

impl<'a> Problem<'a> {
    pub(super) fn new(
        counts: &'a [f64],
        design: &[f64],
        offsets: &'a [f64],
    ) -> Result<Self, StatsError> {
        let rows = counts.len();
        check_length("offsets", offsets.len(), rows)?;
        let columns = design.len().checked_div(rows).unwrap_or(0);
        check_length("design", design.len(), rows * columns)?;
        if columns == 0 || columns > MOST_COLUMNS {
            return Err(StatsError::Parameter {
                what: "number of columns",
                value: columns as f64,
                expected: "1 to 10",
            });
        }
        if rows < columns {
            return Err(StatsError::TooFew {
                method: "poisson regression",
                found: rows,
                least: columns,
            });
        }
        for (unit, (count, offset)) in counts.iter().zip(offsets).enumerate() {
            let value = |what, value, expected| StatsError::Value {
                what,
                unit,
                value,
                expected,
            };
            if !(0.0..=1e30).contains(count) {
                return Err(value("count", *count, "a number from 0 to 10^30"));
            }
            // Its exponential must not overflow.
            if !(-500.0..=500.0).contains(offset) {
                return Err(value("offset", *offset, "a number from -500 to 500"));
            }
        }
        if let Some(at) = design.iter().position(|x| !(-1e30..=1e30).contains(x)) {
            return Err(StatsError::Value {
                what: "design",
                unit: at / columns,
                value: design[at],
                expected: "a finite number of at most 10^30 in size",
            });
        }
        if counts.iter().all(|count| *count == 0.0) {
            return Err(StatsError::Constant {
                what: "counts",
                method: "a poisson regression of zeros",
            });
        }
        Self::standardised(counts, design, offsets, columns)
    }

    fn standardised(
        counts: &'a [f64],
        design: &[f64],
        offsets: &'a [f64],
        columns: usize,
    ) -> Result<Self, StatsError> {
        let rows = counts.len() as f64;
        let (mut means, mut scales) = ([0.0; MOST_COLUMNS], [1.0; MOST_COLUMNS]);
        let mut is_constant = [false; MOST_COLUMNS];
        let column = |j: usize| design.iter().skip(j).step_by(columns);
        let mut constant = None;
        for j in 0..columns {
            let first = design[j];
            is_constant[j] = column(j).all(|x| *x == first);
            if is_constant[j] && first != 0.0 && constant.is_none() {
                constant = Some((j, first));
            }
        }
        for j in (0..columns).filter(|j| !is_constant[*j]) {
            let mean = column(j).sum::<f64>() / rows;
            if constant.is_some() {
                means[j] = mean;
            }
            let variance = column(j).map(|x| (x - mean).powi(2)).sum::<f64>() / rows;
            if variance > 0.0 {
                scales[j] = variance.sqrt();
            }
        }
        let design: Vec<f64> = design
            .iter()
            .enumerate()
            .map(|(at, x)| (x - means[at % columns]) / scales[at % columns])
            .collect();
        let problem = Self {
            counts,
            offsets,
            columns,
            design,
            means,
            scales,
            constant,
            is_constant,
        };
        let gram = problem.weighted_gram(|_| 1.0);
        match factor(&gram, columns, 1e-10) {
            Ok(_) => Ok(problem),
            Err(column) => Err(StatsError::Parameter {
                what: "design column",
                value: column as f64,
                expected: "a column that is no linear combination of those before it",
            }),
        }
    }

    fn row(&self, row: usize) -> &[f64] {
        &self.design[row * self.columns..(row + 1) * self.columns]
    }

    fn predictor(&self, row: usize, beta: &Vector) -> f64 {
        let linear: f64 = self.row(row).iter().zip(beta).map(|(x, b)| x * b).sum();
        self.offsets[row] + linear
    }

    fn weighted_gram(&self, weight: impl Fn(usize) -> f64) -> Matrix {
        let mut gram = [[0.0; MOST_COLUMNS]; MOST_COLUMNS];
        for row in 0..self.counts.len() {
            add_outer(&mut gram, self.row(row), weight(row));
        }
        gram
    }

    fn penalty(&self, beta: &Vector, ridge: f64) -> f64 {
        let free = |j: &usize| !self.is_constant[*j];
        ridge
            * (0..self.columns)
                .filter(free)
                .map(|j| beta[j] * beta[j])
                .sum::<f64>()
    }

    fn sums(&self, beta: &Vector) -> Sums {
        let none = Sums {
            deviance: 0.0,
            score: [0.0; MOST_COLUMNS],
            information: [[0.0; MOST_COLUMNS]; MOST_COLUMNS],
        };
        let rows = self.counts.len();
        let chunks: Vec<Sums> = (0..rows.div_ceil(CHUNK))
            .into_par_iter()
            .map(|chunk| {
                let mut sums = none;
                for row in chunk * CHUNK..((chunk + 1) * CHUNK).min(rows) {
                    let y = self.counts[row];
                    let eta = self.predictor(row, beta);
                    let mu = eta.exp();
                    let fit = if y > 0.0 { y * (y.ln() - eta) } else { 0.0 };
                    sums.deviance += 2.0 * (fit - (y - mu));
                    for (score, x) in sums.score.iter_mut().zip(self.row(row)) {
                        *score += x * (y - mu);
                    }
                    add_outer(&mut sums.information, self.row(row), mu);
                }
                sums
            })
            .collect();
        chunks.iter().fold(none, |mut sum, next| {
            sum.deviance += next.deviance;
            for j in 0..self.columns {
                sum.score[j] += next.score[j];
                for k in 0..self.columns {
                    sum.information[j][k] += next.information[j][k];
                }
            }
            sum
        })
    }

    fn start(&self, ridge: f64) -> Vector {
        let weight = |row: usize| self.counts[row] + 0.1;
        let gram = self.with_ridge(self.weighted_gram(weight), ridge);
        let mut right = [0.0; MOST_COLUMNS];
        for row in 0..self.counts.len() {
            let target =
                weight(row).ln() - self.offsets[row] + self.counts[row] / weight(row) - 1.0;
            for (sum, x) in right.iter_mut().zip(self.row(row)) {
                *sum += x * weight(row) * target;
            }
        }
        let solved = factor(&gram, self.columns, 0.0)
            .map(|factor| solve(&factor, &right))
            .unwrap_or([0.0; MOST_COLUMNS]);
        if solved.iter().all(|b| b.is_finite()) && self.sums(&solved).deviance.is_finite() {
            solved
        } else {
            [0.0; MOST_COLUMNS]
        }
    }

    fn with_ridge(&self, mut gram: Matrix, ridge: f64) -> Matrix {
        for j in (0..self.columns).filter(|j| !self.is_constant[*j]) {
            gram[j][j] += ridge;
        }
        gram
    }

    pub(super) fn fit(&self, ridge: f64, most_iterations: usize) -> Fit {
        let mut beta = self.start(ridge);
        let mut sums = self.sums(&beta);
        let mut objective = sums.deviance + self.penalty(&beta, ridge);
        let mut convergence = Convergence::NotConverged;
        let (mut iterations, mut standing) = (0, 0);
        while iterations < most_iterations {
            iterations += 1;
            let information = self.with_ridge(sums.information, ridge);
            let Ok(root) = factor(&information, self.columns, 0.0) else {
                // The columns are independent, so that only vanishing means
                // can have taken the information away.
                convergence = Convergence::Separated;
                break;
            };
            let mut right = sums.score;
            for j in (0..self.columns).filter(|j| !self.is_constant[*j]) {
                right[j] -= ridge * beta[j];
            }
            let step = solve(&root, &right);
            let (mut factor, mut next, mut next_sums) = (1.0, beta, sums);
            let mut next_objective = f64::INFINITY;
            for _ in 0..30 {
                next = std::array::from_fn(|j| beta[j] + factor * step[j]);
                next_sums = self.sums(&next);
                next_objective = next_sums.deviance + self.penalty(&next, ridge);
                if next_objective <= objective + 1e-12 * (objective.abs() + 1.0) {
                    break;
                }
                factor /= 2.0;
            }
            if next_objective.is_nan()
                || next_objective > objective + 1e-9 * (objective.abs() + 1.0)
            {
                break;
            }
            let moved = self.largest_move(&beta, &next);
            let still = (objective - next_objective).abs() <= 1e-9 * (next_objective.abs() + 0.1);
            (beta, sums, objective) = (next, next_sums, next_objective);
            standing = if still && moved > 0.05 {
                standing + 1
            } else {
                0
            };
            if moved < 1e-8 {
                convergence = Convergence::Converged;
                break;
            }
            if standing == 3 {
                convergence = Convergence::Separated;
                break;
            }
        }
        let information = self.with_ridge(sums.information, ridge);
        Fit {
            coefficients: beta,
            covariance: factor(&information, self.columns, 0.0)
                .ok()
                .map(|root| root.inverse()),
            deviance: sums.deviance,
            iterations,
            convergence,
        }
    }

    fn largest_move(&self, from: &Vector, to: &Vector) -> f64 {
        let step: Vector = std::array::from_fn(|j| to[j] - from[j]);
        (0..self.counts.len())
            .map(|row| {
                let linear: f64 = self.row(row).iter().zip(&step).map(|(x, b)| x * b).sum();
                linear.abs()
            })
            .fold(0.0, f64::max)
    }

    pub(super) fn on_the_scale_of_the_columns(&self, fit: Fit) -> PoissonRegression {
        // Each coefficient is a linear function of the standardised ones.
        let map: Vec<Vector> = (0..self.columns)
            .map(|j| {
                let mut row = [0.0; MOST_COLUMNS];
                row[j] = 1.0 / self.scales[j];
                if let Some((at, value)) = self.constant.filter(|(at, _)| *at == j) {
                    for k in (0..self.columns).filter(|k| *k != at) {
                        row[k] = -self.means[k] / (self.scales[k] * value);
                    }
                }
                row
            })
            .collect();
        let coefficients = map
            .iter()
            .map(|row| row.iter().zip(&fit.coefficients).map(|(a, b)| a * b).sum())
            .collect();
        let standard_errors = fit.covariance.as_ref().map(|covariance| {
            map.iter()
                .map(|row| {
                    let mut variance = 0.0;
                    for j in 0..self.columns {
                        for k in 0..self.columns {
                            variance += row[j] * covariance[j][k] * row[k];
                        }
                    }
                    variance.max(0.0).sqrt()
                })
                .collect()
        });
        PoissonRegression {
            coefficients,
            standard_errors,
            deviance: fit.deviance,
            iterations: fit.iterations,
            convergence: fit.convergence,
        }
    }
}
