//! The units that have a value, with their rows among each other.

use crate::StatsError;
use crate::error::{check_finite, check_length};
use crate::weights::{Row, SpatialWeights};

/// Units with a value, numbered from 0 without gaps. A neighbour without a
/// value is no neighbour: methods see neither it nor its weight.
pub(crate) struct Population<'a> {
    pub(crate) values: Vec<f64>,
    rows: Rows<'a>,
    /// Position in the input of each unit; `None` where all have a value.
    units: Option<Vec<usize>>,
    total: usize,
}

enum Rows<'a> {
    Whole(&'a SpatialWeights),
    Part {
        starts: Vec<usize>,
        neighbours: Vec<u32>,
        weights: Option<Vec<f64>>,
        own: Option<Vec<f64>>,
    },
}

impl<'a> Population<'a> {
    /// O(n) where all units have a value, else O(n + links).
    pub(crate) fn new(
        values: &[Option<f64>],
        weights: &'a SpatialWeights,
    ) -> Result<Self, StatsError> {
        check_length("values", values.len(), weights.len())?;
        let total = values.len();
        let mut present = Vec::with_capacity(total);
        present.extend(values.iter().flatten());
        if !present.iter().all(|x: &f64| x.is_finite()) {
            check_finite("value", values)?;
        }
        if present.len() == total {
            return Ok(Self {
                values: present,
                rows: Rows::Whole(weights),
                units: None,
                total,
            });
        }
        let units: Vec<usize> = (0..total).filter(|unit| values[*unit].is_some()).collect();
        let mut position = vec![u32::MAX; total];
        for (at, unit) in (0_u32..).zip(&units) {
            position[*unit] = at;
        }
        let mut starts = Vec::with_capacity(units.len() + 1);
        let mut neighbours = Vec::new();
        let mut kept = Vec::new();
        let mut weighted = false;
        starts.push(0);
        for unit in &units {
            let row = weights.row(*unit);
            weighted |= row.weights.is_some();
            for (at, neighbour) in row.neighbours.iter().enumerate() {
                let to = position[*neighbour as usize];
                if to != u32::MAX {
                    neighbours.push(to);
                    kept.extend(row.weights.map(|w| w[at]));
                }
            }
            starts.push(neighbours.len());
        }
        let own = weights.has_self_weights().then(|| {
            units
                .iter()
                .map(|unit| weights.self_weight(*unit))
                .collect()
        });
        Ok(Self {
            values: present,
            rows: Rows::Part {
                starts,
                neighbours,
                weights: weighted.then_some(kept),
                own,
            },
            units: Some(units),
            total,
        })
    }

    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    pub(crate) fn row(&self, unit: usize) -> Row<'_> {
        match &self.rows {
            Rows::Whole(weights) => weights.row(unit),
            Rows::Part {
                starts,
                neighbours,
                weights,
                ..
            } => {
                let range = starts[unit]..starts[unit + 1];
                Row {
                    neighbours: &neighbours[range.clone()],
                    weights: weights.as_ref().map(|weights| &weights[range]),
                }
            }
        }
    }

    /// The unit's self-weight where any unit has one.
    pub(crate) fn self_weight(&self, unit: usize) -> Option<f64> {
        match &self.rows {
            Rows::Whole(weights) => weights
                .has_self_weights()
                .then(|| weights.self_weight(unit)),
            Rows::Part { own, .. } => own.as_ref().map(|own| own[unit]),
        }
    }

    /// Position in the input of a unit.
    pub(crate) fn unit(&self, at: usize) -> usize {
        self.units.as_ref().map_or(at, |units| units[at])
    }

    /// Results in the order of the input, `None` where there is no value.
    pub(crate) fn scatter<T: Clone>(&self, results: Vec<Option<T>>) -> Vec<Option<T>> {
        let Some(units) = &self.units else {
            return results;
        };
        let mut all = vec![None; self.total];
        for (unit, result) in units.iter().zip(results) {
            all[*unit] = result;
        }
        all
    }
}

/// The weight that all links of a row share, if they do.
pub(crate) fn equal_weight(row: &Row<'_>) -> Option<f64> {
    match row.weights {
        None => Some(1.0),
        Some(weights) => {
            let first = *weights.first()?;
            weights.iter().all(|w| *w == first).then_some(first)
        }
    }
}

/// Mean and spread of values.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Summary {
    pub(crate) n: f64,
    pub(crate) mean: f64,
    /// Σ(x − mean)².
    pub(crate) squares: f64,
}

impl Summary {
    /// `None` where the values are fewer than three, all equal but for
    /// rounding, or too large to square.
    pub(crate) fn new(values: &[f64]) -> Option<Self> {
        if values.len() < 3 {
            return None;
        }
        let n = values.len() as f64;
        let rough = sum(values, |x| x) / n;
        // A second pass takes out what rounding left in the first mean.
        let mean = rough + sum(values, |x| x - rough) / n;
        let squares = sum(values, |x| (x - mean) * (x - mean));
        let largest = values.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
        let least = (largest * 1e-12).powi(2) * n;
        (squares.is_finite() && squares > least).then_some(Self { n, mean, squares })
    }
}

/// Σ of a function of the values, in eight running sums that the processor
/// can keep side by side; always in the same order.
fn sum(values: &[f64], of: impl Fn(f64) -> f64) -> f64 {
    let mut lanes = [0.0; 8];
    let chunks = values.chunks_exact(8);
    let rest: f64 = chunks.remainder().iter().map(|x| of(*x)).sum();
    for chunk in chunks {
        for (lane, x) in lanes.iter_mut().zip(chunk) {
            *lane += of(*x);
        }
    }
    lanes.iter().sum::<f64>() + rest
}

impl Summary {
    /// Σ(x − mean)² over all units but one, about their own mean; 0 if the
    /// others differ by no more than rounding. `centred` holds x − mean.
    pub(crate) fn squares_without(&self, own: f64, centred: &[f64], unit: usize) -> f64 {
        let shift = own / (self.n - 1.0);
        let left = self.squares - own * own - own * shift;
        if left > 1e-3 * self.squares {
            return left;
        }
        // The unit holds nearly all of the spread: what the others have would
        // be a small difference of large numbers, so it is summed anew.
        let others = || {
            let (before, after) = centred.split_at(unit);
            before.iter().chain(&after[1..])
        };
        let mean = others().sum::<f64>() / (self.n - 1.0);
        let squares: f64 = others().map(|x| (x - mean) * (x - mean)).sum();
        let largest = others().fold(0.0_f64, |most, x| most.max((x + self.mean).abs()));
        if squares > (largest * 1e-12).powi(2) * self.n {
            squares
        } else {
            0.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_without_a_value_is_no_neighbour() {
        let weights = SpatialWeights::from_weighted_lists(vec![
            vec![(1, 0.25), (2, 0.75)],
            vec![(0, 1.0)],
            vec![(1, 2.0), (0, 3.0), (2, 5.0)],
        ])
        .unwrap();
        let population = Population::new(&[Some(7.0), None, Some(9.0)], &weights).unwrap();
        assert_eq!(population.len(), 2);
        assert_eq!(population.row(0).neighbours, [1]);
        assert_eq!(population.row(0).weights, Some(&[0.75][..]));
        assert_eq!(population.row(1).weights, Some(&[3.0][..]));
        assert_eq!(population.self_weight(1), Some(5.0));
        assert_eq!(population.unit(1), 2);
        let results = population.scatter(vec![Some(1), Some(2)]);
        assert_eq!(results, [Some(1), None, Some(2)]);
    }

    #[test]
    fn a_large_offset_does_not_hide_the_spread() {
        let values = [1e9 + 0.25, 1e9 + 0.5, 1e9 + 0.75];
        let summary = Summary::new(&values).unwrap();
        assert!((summary.squares - 0.125).abs() < 1e-9);
        assert!(Summary::new(&[0.1; 9]).is_none());
        assert!(Summary::new(&[f64::MAX, -f64::MAX, f64::MAX]).is_none());
    }
}
