//! Variance-based sensitivity: which choice moves the result?

use rand::Rng as _;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use crate::StatsError;
use crate::error::check_repetitions;
use crate::random::stream;

/// First-order and total Sobol indices of each output for each factor.
///
/// A factor is anything that can be drawn by itself: a number, a vector of
/// weights, a choice among methods. `draw(factor, random)` draws one value;
/// `model(values)` gives the outputs for one value of each factor.
///
/// 1. Two independent samples A and B of N draws, and for each factor i a
///    sample AB⁽ⁱ⁾: A with factor i taken from B. N·(factors + 2) runs.
/// 2. Outputs are centred; V is their variance over A and B.
/// 3. First-order S_i, by [`FirstOrder`]; total
///    T_i = Σ (f(A) − f(AB⁽ⁱ⁾))²/(2N·V), Jansen (1999), *Computer Physics
///    Communications* 117. Saltelli et al. (2010), *Computer Physics
///    Communications* 181, table 2.
/// 4. Standard errors over bootstrap samples of the N draws.
///
/// S_i is the share of the variance that would go if factor i were known; T_i
/// the share that would be left if all others were. Σ S_i ≤ 1 ≤ Σ T_i, and
/// 1 − Σ S_i is what factors do jointly. Estimates of small indices can be
/// negative. `SALib`'s `sobol.analyze` is the same with a Sobol' sequence in
/// place of random numbers; ours have a standard error of about 1/√N that is
/// given with them.
///
/// Result: for each output, one entry for each factor; `None` for an output
/// that does not vary. Each draw has its own random stream, so the result does
/// not depend on the number of threads. Memory: 8·N·(factors + 2)·outputs
/// bytes.
///
/// # Errors
/// What the model returns; [`StatsError`] if there is no factor, the number of
/// outputs differs between runs, or an output is not finite.
pub fn sobol_indices<T: Clone + Send + Sync>(
    factors: usize,
    params: &SobolParams,
    draw: impl Fn(usize, &mut ChaCha8Rng) -> T + Sync,
    model: impl Fn(&[T]) -> Result<Vec<f64>, StatsError> + Sync,
) -> Result<Vec<Option<Vec<SobolIndex>>>, StatsError> {
    if factors == 0 {
        return Err(StatsError::TooFew {
            method: "sensitivity indices (factors)",
            found: 0,
            least: 1,
        });
    }
    let runs: Vec<Vec<Vec<f64>>> = (0..params.samples)
        .into_par_iter()
        .map(|sample| {
            let row = |matrix: u64| -> Vec<T> {
                let number = 2 * sample as u64 + matrix;
                let mut random = stream(params.seed, number);
                (0..factors)
                    .map(|factor| draw(factor, &mut random))
                    .collect()
            };
            let (a, b) = (row(0), row(1));
            let mut outputs = vec![model(&a)?, model(&b)?];
            for factor in 0..factors {
                let mut mixed = a.clone();
                mixed[factor] = b[factor].clone();
                outputs.push(model(&mixed)?);
            }
            for output in &outputs {
                crate::error::check_length("outputs of a run", output.len(), outputs[0].len())?;
            }
            Ok(outputs)
        })
        .collect::<Result<_, StatsError>>()?;
    let outputs = runs.first().map_or(0, |run| run[0].len());
    for (sample, run) in runs.iter().enumerate() {
        crate::error::check_length("outputs of a run", run[0].len(), outputs)?;
        if let Some(value) = run.iter().flatten().find(|value| !value.is_finite()) {
            return Err(StatsError::Value {
                what: "model output",
                unit: sample,
                value: *value,
                expected: "a finite number",
            });
        }
    }
    Ok((0..outputs)
        .into_par_iter()
        .map(|output| {
            let table: Vec<Vec<f64>> = runs
                .iter()
                .map(|run| run.iter().map(|values| values[output]).collect())
                .collect();
            let mut random = stream(params.seed, 2 * params.samples as u64 + output as u64);
            indices(&table, params, &mut random)
        })
        .collect())
}

/// Sensitivity of one output to one factor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SobolIndex {
    /// Share of the variance due to the factor by itself.
    pub first_order: f64,
    /// Bootstrap standard error of the share.
    pub first_order_error: f64,
    /// Share of the variance in which the factor takes part.
    pub total: f64,
    /// Bootstrap standard error of that.
    pub total_error: f64,
}

/// Estimator of first-order indices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstOrder {
    /// Σ f(B)·(f(AB⁽ⁱ⁾) − f(A))/(N·V): Saltelli et al. (2010), table 2 (b);
    /// `SALib`'s.
    Saltelli,
    /// 1 − Σ (f(B) − f(AB⁽ⁱ⁾))²/(2N·V): Jansen (1999), table 2 (c). Better for
    /// large indices.
    Jansen,
}

/// Parameters of [`sobol_indices`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SobolParams {
    samples: usize,
    seed: u64,
    first_order: FirstOrder,
}

impl SobolParams {
    /// Checked parameters: N, the estimator of first-order indices, and the
    /// seed.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] unless N is from 64 to ten million.
    pub fn new(samples: usize, first_order: FirstOrder, seed: u64) -> Result<Self, StatsError> {
        check_repetitions("samples", samples, 64, "a number from 64 to 10,000,000")?;
        Ok(Self {
            samples,
            seed,
            first_order,
        })
    }
}

const BOOTSTRAP: usize = 100;

/// Indices of one output: each row holds f(A), f(B) and f(AB⁽ⁱ⁾).
fn indices(
    table: &[Vec<f64>],
    params: &SobolParams,
    random: &mut ChaCha8Rng,
) -> Option<Vec<SobolIndex>> {
    let factors = table.first()?.len() - 2;
    let all: Vec<usize> = (0..table.len()).collect();
    let point = estimate(table, &all, params.first_order)?;
    let mut moments = vec![[0.0; 4]; factors];
    let mut used = 0.0;
    for _ in 0..BOOTSTRAP {
        let chosen: Vec<usize> = all
            .iter()
            .map(|_| random.random_range(0..table.len()))
            .collect();
        // A sample whose rows are all equal has no variance to share out.
        let Some(again) = estimate(table, &chosen, params.first_order) else {
            continue;
        };
        used += 1.0;
        for ((moment, again), point) in moments.iter_mut().zip(again).zip(&point) {
            for (side, gap) in [again.0 - point.0, again.1 - point.1]
                .into_iter()
                .enumerate()
            {
                moment[2 * side] += gap;
                moment[2 * side + 1] += gap * gap;
            }
        }
    }
    let error = |sum: f64, squares: f64| {
        ((squares - sum * sum / used) / (used - 1.0))
            .max(0.0)
            .sqrt()
    };
    Some(
        point
            .into_iter()
            .zip(moments)
            .map(
                |((first_order, total), [sum, squares, sum_t, squares_t])| SobolIndex {
                    first_order,
                    first_order_error: error(sum, squares),
                    total,
                    total_error: error(sum_t, squares_t),
                },
            )
            .collect(),
    )
}

/// (S_i, T_i) of each factor over the chosen rows; `None` without variance.
fn estimate(
    table: &[Vec<f64>],
    chosen: &[usize],
    first_order: FirstOrder,
) -> Option<Vec<(f64, f64)>> {
    let n = chosen.len() as f64;
    let sum: f64 = chosen
        .iter()
        .map(|row| table[*row][0] + table[*row][1])
        .sum();
    let mean = sum / (2.0 * n);
    let square = |value: f64| (value - mean) * (value - mean);
    let variance = chosen
        .iter()
        .map(|row| square(table[*row][0]) + square(table[*row][1]))
        .sum::<f64>()
        / (2.0 * n);
    if variance <= (mean * 1e-14).powi(2) {
        return None;
    }
    let factors = table.first()?.len() - 2;
    Some(
        (0..factors)
            .map(|factor| {
                let (mut first, mut total) = (0.0, 0.0);
                for row in chosen {
                    let (a, b) = (table[*row][0], table[*row][1]);
                    let mixed = table[*row][factor + 2];
                    first += match first_order {
                        FirstOrder::Saltelli => (b - mean) * (mixed - a),
                        FirstOrder::Jansen => (b - mixed) * (b - mixed) / 2.0,
                    };
                    total += (a - mixed) * (a - mixed) / 2.0;
                }
                let share = first / (n * variance);
                let share = match first_order {
                    FirstOrder::Saltelli => share,
                    FirstOrder::Jansen => 1.0 - share,
                };
                (share, total / (n * variance))
            })
            .collect(),
    )
}
