//! Quadratic forms in the shares of cases, and their null distribution.

use rayon::prelude::*;

use super::cases::{Cases, multinomial};
use super::permutation::{PermutationTest, Permutations, simulated};
use crate::StatsError;
use crate::normal;
use crate::special::gamma;
use crate::weights::SpatialWeights;

/// A quadratic form C = (r − p)ᵀ A (r − p) in the shares r of cases and those
/// expected p, such as Tango's index, with its test.
#[derive(Debug, Clone, PartialEq)]
pub struct CountForm {
    /// Value of the form.
    pub statistic: f64,
    /// Its mean if cases fall at random: exact.
    pub expected: f64,
    /// Its variance for many cases.
    pub variance: f64,
    /// Its skewness for many cases.
    pub skewness: f64,
    /// (value − mean)/√variance.
    pub z: f64,
    /// Degrees of freedom ν = 8/skewness² of the χ² that has this skewness.
    pub degrees_of_freedom: f64,
    /// ν + z√(2ν), to be held against χ² with ν degrees of freedom; with
    /// negative skewness, which closeness that is no kernel may give, its
    /// mirror image ν − z√(2ν).
    pub chi_square: f64,
    /// Probability of a form at least as large under that χ².
    pub p: f64,
    /// Cases allotted at random (multinomial), if asked for.
    pub simulation: Option<PermutationTest>,
}

/// A symmetric matrix in sparse rows over the units that take part, its
/// diagonal included.
pub(super) struct Form {
    starts: Vec<usize>,
    columns: Vec<u32>,
    values: Vec<f64>,
}

impl Form {
    /// The mean of the weights and their transpose, self-weights on the
    /// diagonal, over the units given in order; each entry (i, j) multiplied
    /// by `scale`.
    pub(super) fn new(
        weights: &SpatialWeights,
        units: &[usize],
        scale: impl Fn(usize, usize) -> f64,
    ) -> Self {
        let mut index = vec![None; weights.len()];
        for (at, unit) in units.iter().enumerate() {
            index[*unit] = Some(at);
        }
        let reverse = weights.transposed();
        let mut form = Self {
            starts: vec![0],
            columns: Vec::new(),
            values: Vec::new(),
        };
        for (row, unit) in units.iter().enumerate() {
            let mut ours = weights.weighted(*unit).peekable();
            let mut theirs = reverse.weighted(*unit).peekable();
            let mut own = Some(weights.self_weight(*unit)).filter(|own| *own > 0.0);
            loop {
                let next = [
                    ours.peek().map(|link| link.0),
                    theirs.peek().map(|link| link.0),
                    own.map(|_| *unit),
                ];
                let Some(other) = next.into_iter().flatten().min() else {
                    break;
                };
                let take = |(at, _): &(usize, f64)| *at == other;
                let mut value = ours.next_if(take).map_or(0.0, |link| link.1) / 2.0
                    + theirs.next_if(take).map_or(0.0, |link| link.1) / 2.0;
                if other == *unit {
                    value += own.take().unwrap_or(0.0);
                }
                if let Some(column) = index[other] {
                    form.columns
                        .push(u32::try_from(column).expect("weights hold indices in u32"));
                    form.values.push(value * scale(row, column));
                }
            }
            form.starts.push(form.columns.len());
        }
        form
    }

    fn row(&self, row: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        (self.starts[row]..self.starts[row + 1])
            .map(|at| (self.columns[at] as usize, self.values[at]))
    }

    fn times(&self, vector: &[f64]) -> Vec<f64> {
        (0..vector.len())
            .map(|row| self.row_times(row, vector))
            .collect()
    }

    /// Product of a row and a vector. A full row needs no look-up of columns.
    fn row_times(&self, row: usize, vector: &[f64]) -> f64 {
        let range = self.starts[row]..self.starts[row + 1];
        if range.len() == vector.len() {
            dot(&self.values[range], vector)
        } else {
            self.row(row).map(|(at, value)| value * vector[at]).sum()
        }
    }

    pub(super) fn of(&self, vector: &[f64]) -> f64 {
        dot(vector, &self.times(vector))
    }

    /// tr((AD)³) and tr((AD)²) with D the diagonal matrix of `p`.
    /// O(Σ over entries of the entries in their column's row), each row on
    /// its own thread.
    fn traces(&self, p: &[f64]) -> (f64, f64) {
        let rows: Vec<(f64, f64)> = (0..p.len())
            .into_par_iter()
            .map_init(
                || vec![0.0; p.len()],
                |dense, row| {
                    for (at, value) in self.row(row) {
                        dense[at] = value * p[at];
                    }
                    let (mut cubes, mut squares) = (0.0, 0.0);
                    // Symmetric: what is above the diagonal is below it too.
                    for (at, value) in self.row(row).take_while(|(at, _)| *at <= row) {
                        let value = if at == row { value } else { 2.0 * value };
                        cubes += value * p[at] * self.row_times(at, dense);
                        squares += value * dense[at];
                    }
                    for (at, _) in self.row(row) {
                        dense[at] = 0.0;
                    }
                    (p[row] * cubes, p[row] * squares)
                },
            )
            .collect();
        // Added in order of row, so that threads do not change the sum.
        rows.iter()
            .fold((0.0, 0.0), |sum, row| (sum.0 + row.0, sum.1 + row.1))
    }
}

/// The test of a form: moments of Tango (1995).
///
/// With V = diag(p) − ppᵀ and N cases, E = tr(AV)/N, Var = 2tr((AV)²)/N²,
/// skewness 2√2·tr((AV)³)/tr((AV)²)^1.5.
pub(super) fn test(
    form: &Form,
    cases: &Cases,
    simulations: Option<Permutations>,
) -> Result<CountForm, StatsError> {
    let p = &cases.shares;
    let excess = |counts: &[f64]| -> Vec<f64> {
        counts
            .iter()
            .zip(p)
            .map(|(count, p)| count / cases.total - p)
            .collect()
    };
    let statistic = form.of(&excess(&cases.observed));
    let near = form.times(p);
    let weighted: Vec<f64> = near.iter().zip(p).map(|(near, p)| near * p).collect();
    let twice = form.times(&weighted);
    let whole = dot(p, &near);
    let through = dot(&weighted, &near);
    let (cubes, squares) = form.traces(p);
    let first: f64 = (0..p.len())
        .map(|row| {
            let own = form.row(row).find(|(at, _)| *at == row);
            p[row] * own.map_or(0.0, |own| own.1)
        })
        .sum::<f64>()
        - whole;
    let second = squares - 2.0 * through + whole * whole;
    let third = cubes - 3.0 * dot(&weighted, &twice) + 3.0 * whole * through - whole.powi(3);
    if second.is_nan() || second <= 1e-14 * squares {
        return Err(StatsError::Constant {
            what: "closeness",
            method: "the form over shares of cases",
        });
    }
    let expected = first / cases.total;
    let variance = 2.0 * second / cases.total.powi(2);
    let skewness = 2.0 * std::f64::consts::SQRT_2 * third / second.powf(1.5);
    let degrees_of_freedom = 8.0 / (skewness * skewness);
    let z = (statistic - expected) / variance.sqrt();
    let chi_square = degrees_of_freedom + z * skewness.signum() * (2.0 * degrees_of_freedom).sqrt();
    let p_value = upper_tail(z, skewness, degrees_of_freedom, chi_square);
    let simulation = match simulations {
        None => None,
        Some(simulations) => {
            let total = cases.whole_total()?;
            let reference = simulated(simulations, |random| {
                let mut counts = Vec::with_capacity(p.len());
                multinomial(random, total, p, &mut counts);
                form.of(&excess(&counts))
            });
            Some(PermutationTest::of(statistic, reference))
        }
    };
    Ok(CountForm {
        statistic,
        expected,
        variance,
        skewness,
        z,
        degrees_of_freedom,
        chi_square,
        p: p_value,
        simulation,
    })
}

/// P(form ≥ value), from the χ² that has its skewness, or its mirror image
/// where the skewness is negative.
fn upper_tail(z: f64, skewness: f64, degrees_of_freedom: f64, chi_square: f64) -> f64 {
    // So many degrees of freedom are normal to rounding.
    if degrees_of_freedom.is_nan() || degrees_of_freedom > 1e12 {
        return normal::cumulative(-z);
    }
    let (shape, x) = (degrees_of_freedom / 2.0, chi_square / 2.0);
    if skewness > 0.0 {
        gamma::upper(shape, x)
    } else {
        gamma::lower(shape, x)
    }
}

/// Scalar product, summed in eight fixed parts that a processor can add at
/// once.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (a_parts, b_parts) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest = a_parts.remainder().iter().zip(b_parts.remainder());
    let mut parts = [0.0; 8];
    for (a, b) in a_parts.zip(b_parts) {
        for part in 0..8 {
            parts[part] += a[part] * b[part];
        }
    }
    parts.iter().sum::<f64>() + rest.map(|(a, b)| a * b).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn naive_traces(a: &[Vec<f64>], p: &[f64]) -> [f64; 3] {
        let n = p.len();
        let av: Vec<Vec<f64>> = (0..n)
            .map(|i| {
                let near: f64 = (0..n).map(|k| a[i][k] * p[k]).sum();
                (0..n).map(|j| a[i][j] * p[j] - near * p[j]).collect()
            })
            .collect();
        let product = |x: &[Vec<f64>], y: &[Vec<f64>]| -> Vec<Vec<f64>> {
            (0..n)
                .map(|i| {
                    (0..n)
                        .map(|j| (0..n).map(|k| x[i][k] * y[k][j]).sum())
                        .collect()
                })
                .collect()
        };
        let trace = |x: &[Vec<f64>]| (0..n).map(|i| x[i][i]).sum();
        let square = product(&av, &av);
        [trace(&av), trace(&square), trace(&product(&square, &av))]
    }

    #[test]
    fn moments_are_the_traces_written_out() {
        let n = 7;
        let lists = (0..n).map(|i: usize| {
            (0..n)
                .filter(|j| !(i * 3 + j * 5).is_multiple_of(4) || i == *j)
                .map(|j| (j, 1.0 / (1.0 + i.abs_diff(j) as f64) + 0.1 * i as f64))
                .collect()
        });
        let weights = SpatialWeights::from_weighted_lists(lists.collect()).unwrap();
        let counts: Vec<_> = [3.0, 9.0, 0.0, 4.0, 1.0, 7.0, 2.0].map(Some).to_vec();
        let people: Vec<_> = [5.0, 8.0, 3.0, 4.0, 6.0, 9.0, 5.0].map(Some).to_vec();
        let cases = Cases::new("test", &counts, &people).unwrap();
        let form = Form::new(&weights, &cases.units, |_, _| 1.0);
        let entry = |i: usize, j: usize| {
            if i == j {
                weights.self_weight(i)
            } else {
                weights.weight(i, j).unwrap_or(0.0)
            }
        };
        let a: Vec<Vec<f64>> = (0..n)
            .map(|i| (0..n).map(|j| (entry(i, j) + entry(j, i)) / 2.0).collect())
            .collect();
        let [first, second, third] = naive_traces(&a, &cases.shares);
        let result = test(&form, &cases, None).unwrap();
        let skewness = 2.0 * 2.0_f64.sqrt() * third / second.powf(1.5);
        assert!((result.expected - first / 26.0).abs() < 1e-14);
        assert!((result.variance - 2.0 * second / 676.0).abs() < 1e-14);
        assert!((result.skewness - skewness).abs() < 1e-10);
        let r: Vec<f64> = cases.observed.iter().map(|y| y / 26.0).collect();
        let gap = |i: usize| r[i] - cases.shares[i];
        let value: f64 = (0..n)
            .flat_map(|i| (0..n).map(move |j| (i, j)))
            .map(|(i, j)| a[i][j] * gap(i) * gap(j))
            .sum();
        assert!((result.statistic - value).abs() < 1e-15);
    }
}
