//! Reference distributions of weighted squared differences.

use rayon::prelude::*;

use super::draws::{Drawer, SharedDraws};
use super::lag::{Draw, Lengths, draw_differences};
use super::lattice::Lattice;
use super::params::{DrawScheme, PermutationParams};
use super::population::{Population, equal_weight};
use super::reference::Reference;
use crate::weights::Row;

/// Reference distributions of Σ_j w_ij (x_i − x_j)². `None` as in
/// [`super::lag_references`].
///
/// With equal weights the statistic is w·(k·x_i² − 2·x_i·Σx_j + Σx_j²), so
/// that two sums for each permutation and number of neighbours, taken once,
/// serve all units: O(m) for each unit, without any look-up of drawn values.
/// Unequal weights take O(m·k).
///
/// Where the values are decimals short enough for their squares to be whole
/// floating-point numbers, ties are exact; elsewhere statistics within
/// rounding of each other count as equal.
pub(crate) fn squared_difference_references(
    population: &Population<'_>,
    mean: f64,
    params: &PermutationParams,
) -> Vec<Option<Reference>> {
    let n = population.len();
    if n < 3 {
        return vec![None; n];
    }
    let lengths = Lengths::of(population);
    let lattice = Lattice::new(&population.values, mean, lengths.longest() + 1);
    let terms = (lengths.longest() + 1) as f64;
    let exact = lattice.exact && 4.0 * terms * lattice.reach().powi(2) < 4_503_599_627_370_496.0;
    let (values, scale): (Vec<f64>, f64) = if exact {
        let values = lattice.steps.iter().map(|step| *step as f64).collect();
        (values, lattice.scale)
    } else {
        (population.values.iter().map(|x| x - mean).collect(), 1.0)
    };
    let squared = SquaredDifference {
        population,
        params,
        largest: values.iter().fold(0.0, |most, x| x.abs().max(most)),
        values,
        exact,
    };
    let table = match params.scheme() {
        DrawScheme::Shared => Some(Table::new(&squared, &lengths)),
        DrawScheme::PerUnit | DrawScheme::Sequential { .. } => None,
    };
    (0..n)
        .into_par_iter()
        .with_min_len(64)
        .map_init(
            || (Drawer::default(), Vec::new()),
            |(drawer, differences), unit| {
                let row = population.row(unit);
                let equal = equal_weight(&row);
                if row.neighbours.is_empty() || row.neighbours.len() + 1 >= n || equal == Some(0.0)
                {
                    return None;
                }
                let table = table
                    .as_ref()
                    .filter(|table| row.neighbours.len() < table.draws.width);
                let reference = match (table, equal) {
                    (Some(table), Some(_)) => squared.by_sums(unit, &row, table, differences),
                    (Some(table), None) => squared.by_columns(unit, &row, table, differences),
                    (None, _) => squared.by_own_draws(unit, &row, equal, drawer, differences),
                };
                Some(reference.mapped(equal.unwrap_or(1.0) / (scale * scale), 0.0))
            },
        )
        .collect()
}

struct SquaredDifference<'a> {
    population: &'a Population<'a>,
    params: &'a PermutationParams,
    values: Vec<f64>,
    largest: f64,
    exact: bool,
}

struct Table {
    draws: SharedDraws,
    /// By number of neighbours: Σx and Σx² of each sequence.
    sums: Vec<Option<(Vec<f64>, Vec<f64>)>>,
    columns: Vec<Vec<f64>>,
}

impl Table {
    fn new(squared: &SquaredDifference<'_>, lengths: &Lengths) -> Self {
        let width = lengths.width(squared.params);
        let draws = SharedDraws::new(squared.population.len(), width, squared.params);
        let mut running = (vec![0.0; draws.permutations], vec![0.0; draws.permutations]);
        let mut sums = Vec::new();
        for count in 0..width.min(lengths.occurs.len()) {
            if count > 0 {
                for (permutation, sequence) in draws.sequences().enumerate() {
                    let x = squared.values[sequence[count - 1] as usize];
                    running.0[permutation] += x;
                    running.1[permutation] += x * x;
                }
            }
            sums.push(lengths.occurs[count].then(|| running.clone()));
        }
        let deep = match lengths.unequal {
            0 => 0,
            longest => width.min(longest + 1),
        };
        let columns = (0..deep)
            .into_par_iter()
            .map(|at| {
                draws
                    .sequences()
                    .map(|sequence| squared.values[sequence[at] as usize])
                    .collect()
            })
            .collect();
        Self {
            draws,
            sums,
            columns,
        }
    }
}

impl SquaredDifference<'_> {
    /// Rounding that two statistics of the same values may differ by. Whole
    /// numbers differ by 1 at least.
    fn tolerance(&self, count: usize, weight: f64, equal: bool) -> f64 {
        if self.exact && equal {
            return 0.5;
        }
        let terms = (count + 2) as f64;
        8.0 * terms * f64::EPSILON * weight * 4.0 * self.largest * self.largest
    }

    fn equal_tolerance(&self, count: usize) -> f64 {
        self.tolerance(count, count as f64, true)
    }

    fn plain(&self, own: f64, picks: &[u32]) -> f64 {
        let (mut sum, mut squares) = (0.0, 0.0);
        for pick in picks {
            let x = self.values[*pick as usize];
            sum += x;
            squares += x * x;
        }
        squares - 2.0 * own * sum
    }

    fn weighted(&self, own: f64, picks: &[u32], weights: &[f64]) -> f64 {
        picks
            .iter()
            .zip(weights)
            .map(|(pick, weight)| weight * (self.values[*pick as usize] - own).powi(2))
            .sum()
    }

    fn by_sums(
        &self,
        unit: usize,
        row: &Row<'_>,
        table: &Table,
        differences: &mut Vec<f64>,
    ) -> Reference {
        let count = row.neighbours.len();
        let (sums, squares) = table.sums[count]
            .as_ref()
            .expect("sums are made for every number of neighbours that occurs");
        let own = self.values[unit];
        let observed = self.plain(own, row.neighbours);
        let twice = 2.0 * own;
        differences.clear();
        differences.extend(
            sums.iter()
                .zip(squares)
                .map(|(sum, square)| (square - twice * sum) - observed),
        );
        for place in table.draws.places(unit, count) {
            let permutation = place.permutation as usize;
            let spare = self.values[table.draws.pick(permutation, count) as usize];
            // In place of (x_i − x_i)² = 0 stands the spare's square, both
            // without the constant x_i².
            differences[permutation] += spare * spare - twice * spare + own * own;
        }
        let reference = Reference::of_differences(differences, self.equal_tolerance(count));
        reference.mapped(1.0, observed + count as f64 * own * own)
    }

    fn by_columns(
        &self,
        unit: usize,
        row: &Row<'_>,
        table: &Table,
        differences: &mut Vec<f64>,
    ) -> Reference {
        let weights = row.weights.expect("rows without weights are equal");
        let count = weights.len();
        let own = self.values[unit];
        let observed = self.weighted(own, row.neighbours, weights);
        differences.clear();
        differences.resize(table.draws.permutations, -observed);
        for (weight, column) in weights.iter().zip(&table.columns) {
            for (difference, x) in differences.iter_mut().zip(column) {
                *difference += weight * (x - own) * (x - own);
            }
        }
        let spare = &table.columns[count];
        for place in table.draws.places(unit, count) {
            let permutation = place.permutation as usize;
            // Where the unit met itself nothing was added.
            differences[permutation] +=
                weights[place.position as usize] * (spare[permutation] - own).powi(2);
        }
        let tolerance = self.tolerance(count, weights.iter().sum(), false);
        Reference::of_differences(differences, tolerance).mapped(1.0, observed)
    }

    fn by_own_draws(
        &self,
        unit: usize,
        row: &Row<'_>,
        equal: Option<f64>,
        drawer: &mut Drawer,
        differences: &mut Vec<f64>,
    ) -> Reference {
        let count = row.neighbours.len();
        let own = self.values[unit];
        let mut draw = Draw {
            units: self.population.len(),
            own: unit,
            name: self.population.unit(unit),
            count,
            tolerance: self.equal_tolerance(count),
        };
        match (equal, row.weights) {
            (None, Some(weights)) => {
                let observed = self.weighted(own, row.neighbours, weights);
                draw.tolerance = self.tolerance(count, weights.iter().sum(), false);
                draw_differences(draw, self.params, drawer, differences, |picks| {
                    self.weighted(own, picks, weights) - observed
                })
                .mapped(1.0, observed)
            }
            _ => {
                let observed = self.plain(own, row.neighbours);
                draw_differences(draw, self.params, drawer, differences, |picks| {
                    self.plain(own, picks) - observed
                })
                .mapped(1.0, observed + count as f64 * own * own)
            }
        }
    }
}
