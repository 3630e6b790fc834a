//! Reference distributions of weighted neighbour sums.

use rayon::prelude::*;

use super::draws::{Drawer, SharedDraws};
use super::lattice::Lattice;
use super::params::{DrawScheme, PermutationParams};
use super::population::{Population, equal_weight};
use super::reference::Reference;
use crate::random;
use crate::significance::Tails;
use crate::weights::Row;

/// Most places of the shared table (about 200 MB with their index); longer
/// rows redraw their sequences. Small under tests, so that these see such rows.
pub(super) const TABLE: usize = if cfg!(test) { 1 << 15 } else { 1 << 24 };

/// Reference distributions of Σ_j w_ij (x_j − `centre`) for the units of a
/// population that `focal` picks, self-weights left out. `None` for other
/// units, for units without a neighbour of positive weight and where the
/// neighbours are all other units, so that every permutation is the same.
///
/// With the shared table and equal weights in a row, the sum in permutation r
/// depends on the number of neighbours alone unless the unit itself is among
/// those drawn:
/// 1. For each number of neighbours that occurs, sum the first k values of
///    each sequence and sort the m sums.
/// 2. For each unit, find its observed sum among them by bisection.
/// 3. Put right the few permutations in which the unit stands.
///
/// O(D·m log m + n log m + m·k) with D different numbers of neighbours.
/// Rows of unequal weights take O(m·k) each, as a sum of columns of drawn
/// values. Rows too long for the table redraw it, O(m·k) each as well.
pub(crate) fn lag_references(
    population: &Population<'_>,
    mean: f64,
    centre: f64,
    params: &PermutationParams,
    focal: impl Fn(usize) -> bool + Sync,
) -> Vec<Option<Reference>> {
    let n = population.len();
    if n < 3 {
        return vec![None; n];
    }
    let lengths = Lengths::of(population);
    let values = &population.values;
    let lattice = Lattice::new(values, mean, lengths.longest() + 1);
    let centred: Vec<f64> = if lengths.unequal > 0 {
        values.iter().map(|x| x - mean).collect()
    } else {
        Vec::new()
    };
    let lag = Lag {
        population,
        params,
        largest: centred.iter().fold(0.0, |most, x| x.abs().max(most)),
        lattice,
        centred,
        mean,
        centre,
    };
    let table = match params.scheme() {
        DrawScheme::Shared => Some(Table::new(&lag, &lengths)),
        DrawScheme::PerUnit | DrawScheme::Sequential { .. } => None,
    };
    (0..n)
        .into_par_iter()
        .with_min_len(256)
        .map_init(Scratch::default, |scratch, unit| {
            if !focal(unit) {
                return None;
            }
            let row = population.row(unit);
            if row.neighbours.len() + 1 >= n {
                return None;
            }
            let equal = equal_weight(&row);
            let informative = match equal {
                Some(weight) => weight > 0.0 && !row.neighbours.is_empty(),
                None => !row.neighbours.is_empty(),
            };
            if !informative {
                return None;
            }
            let table = table
                .as_ref()
                .filter(|table| row.neighbours.len() < table.draws.width);
            Some(match (table, equal) {
                (Some(table), Some(weight)) => lag.by_sums(unit, &row, weight, table),
                (Some(table), None) => lag.by_columns(unit, &row, table, scratch),
                (None, _) => lag.by_own_draws(unit, &row, equal, scratch),
            })
        })
        .collect()
}

/// Longest rows of either kind.
#[derive(Debug, Default)]
pub(super) struct Lengths {
    pub(super) equal: usize,
    pub(super) unequal: usize,
    /// By number of neighbours, whether a row of equal weights has it.
    pub(super) occurs: Vec<bool>,
}

impl Lengths {
    pub(super) fn of(population: &Population<'_>) -> Self {
        let mut lengths = Self::default();
        for unit in 0..population.len() {
            let row = population.row(unit);
            let count = row.neighbours.len();
            if equal_weight(&row).is_some() || count == 0 {
                lengths.equal = lengths.equal.max(count);
                if lengths.occurs.len() <= count {
                    lengths.occurs.resize(count + 1, false);
                }
                lengths.occurs[count] = true;
            } else {
                lengths.unequal = lengths.unequal.max(count);
            }
        }
        lengths
    }

    pub(super) fn longest(&self) -> usize {
        self.equal.max(self.unequal)
    }

    /// Sequence length of the shared table: one more than the longest row,
    /// within bounds of memory.
    pub(super) fn width(&self, params: &PermutationParams) -> usize {
        (self.longest() + 1).min((TABLE / params.permutations()).max(2))
    }
}

#[derive(Default)]
struct Scratch {
    drawer: Drawer,
    differences: Vec<f64>,
}

struct Lag<'a> {
    population: &'a Population<'a>,
    params: &'a PermutationParams,
    lattice: Lattice,
    /// x − mean, if any row needs it.
    centred: Vec<f64>,
    /// Largest of these by magnitude.
    largest: f64,
    mean: f64,
    centre: f64,
}

struct Table {
    draws: SharedDraws,
    /// By number of neighbours.
    sums: Vec<Option<Sums>>,
    /// By position in the sequence, the drawn values by permutation.
    columns: Vec<Vec<f64>>,
}

/// The sums of the first k values of each sequence, in steps.
struct Sums {
    by_permutation: Vec<i64>,
    sorted: Vec<i64>,
    mean: f64,
    /// Σ(sum − mean)².
    squares: f64,
}

impl Sums {
    fn new(by_permutation: Vec<i64>) -> Self {
        let mut sorted = by_permutation.clone();
        sorted.sort_unstable();
        let (mean, squares) = moments(&sorted);
        Self {
            by_permutation,
            sorted,
            mean,
            squares,
        }
    }
}

fn moments(sums: &[i64]) -> (f64, f64) {
    let mean = sums.iter().map(|s| *s as f64).sum::<f64>() / sums.len() as f64;
    let squares = sums.iter().map(|s| (*s as f64 - mean).powi(2)).sum();
    (mean, squares)
}

impl Table {
    fn new(lag: &Lag<'_>, lengths: &Lengths) -> Self {
        let width = lengths.width(lag.params);
        let draws = SharedDraws::new(lag.population.len(), width, lag.params);
        let mut running = vec![0_i64; draws.permutations];
        let mut sums = Vec::new();
        for count in 0..width.min(lengths.occurs.len()) {
            if count > 0 {
                for (sum, sequence) in running.iter_mut().zip(draws.sequences()) {
                    *sum += lag.lattice.steps[sequence[count - 1] as usize];
                }
            }
            sums.push(lengths.occurs[count].then(|| running.clone()));
        }
        let sums = sums
            .into_par_iter()
            .map(|sums| sums.map(Sums::new))
            .collect();
        let columns = if lengths.unequal > 0 {
            let deep = width.min(lengths.unequal + 1);
            (0..deep)
                .into_par_iter()
                .map(|at| {
                    draws
                        .sequences()
                        .map(|sequence| lag.centred[sequence[at] as usize])
                        .collect()
                })
                .collect()
        } else {
            Vec::new()
        };
        Self {
            draws,
            sums,
            columns,
        }
    }
}

impl Lag<'_> {
    fn steps(&self, picks: &[u32]) -> i64 {
        picks
            .iter()
            .map(|pick| self.lattice.steps[*pick as usize])
            .sum()
    }

    fn by_sums(&self, unit: usize, row: &Row<'_>, weight: f64, table: &Table) -> Reference {
        let count = row.neighbours.len();
        let sums = table.sums[count]
            .as_ref()
            .expect("sums are made for every number of neighbours that occurs");
        let m = sums.sorted.len();
        let observed = self.steps(row.neighbours);
        let own = self.lattice.steps[unit];
        let mut greater = m - sums.sorted.partition_point(|sum| *sum < observed);
        let mut less = sums.sorted.partition_point(|sum| *sum <= observed);
        let (mut shift, mut squares) = (0.0, 0.0);
        let corrected = |permutation: u32| {
            let old = sums.by_permutation[permutation as usize];
            let spare = table.draws.pick(permutation as usize, count);
            (old, old - own + self.lattice.steps[spare as usize])
        };
        let mut corrections = 0_usize;
        for place in table.draws.places(unit, count) {
            let (old, new) = corrected(place.permutation);
            greater = greater + usize::from(new >= observed) - usize::from(old >= observed);
            less = less + usize::from(new <= observed) - usize::from(old <= observed);
            let (from, to) = (old as f64 - sums.mean, new as f64 - sums.mean);
            shift += to - from;
            squares += to * to - from * from;
            corrections += 1;
        }
        let moved = shift / m as f64;
        let mut mean = sums.mean + moved;
        let mut spread = sums.squares + squares - m as f64 * moved * moved;
        if corrections > 0 && spread < 1e-3 * sums.squares {
            // Nearly all spread came from the unit itself: what is left would
            // be a small difference of large numbers, so it is summed anew.
            let mut all = sums.by_permutation.clone();
            for place in table.draws.places(unit, count) {
                all[place.permutation as usize] = corrected(place.permutation).1;
            }
            (mean, spread) = moments(&all);
        }
        // Folded about the mean, one border is the observed sum itself and
        // the other its mirror image.
        let mirror = 2.0 * mean - observed as f64;
        let slack = 1e-12 * (mean.abs() + (observed as f64).abs());
        let upper = observed as f64 >= mean;
        let far = if upper {
            let border = (mirror + slack).floor() as i64;
            let mut far = greater + sums.sorted.partition_point(|sum| *sum <= border);
            for place in table.draws.places(unit, count) {
                let (old, new) = corrected(place.permutation);
                far = far + usize::from(new <= border) - usize::from(old <= border);
            }
            far
        } else {
            let border = (mirror - slack).ceil() as i64;
            let mut far = less + m - sums.sorted.partition_point(|sum| *sum < border);
            for place in table.draws.places(unit, count) {
                let (old, new) = corrected(place.permutation);
                far = far + usize::from(new >= border) - usize::from(old >= border);
            }
            far
        };
        self.in_units(
            Reference {
                observed: observed as f64,
                mean,
                variance: spread.max(0.0) / m as f64,
                tails: Tails {
                    greater_or_equal: greater,
                    less_or_equal: less,
                    // An observed sum at the mean has every permutation as
                    // far; both borders then count it.
                    as_far: far.min(m),
                    permutations: m,
                },
                stopping: None,
            },
            weight,
            count,
        )
    }

    /// From steps to weighted sums about the centre.
    fn in_units(&self, reference: Reference, weight: f64, count: usize) -> Reference {
        let offset = (self.lattice.origin - self.centre) * count as f64 * weight;
        reference.mapped(weight / self.lattice.scale, offset)
    }

    /// Rounding that two sums of the same weighted values may differ by.
    fn tolerance(&self, weights: &[f64]) -> f64 {
        let total: f64 = weights.iter().sum();
        4.0 * (weights.len() + 2) as f64 * f64::EPSILON * total * self.largest
    }

    fn weighted(&self, picks: &[u32], weights: &[f64]) -> f64 {
        picks
            .iter()
            .zip(weights)
            .map(|(pick, weight)| weight * self.centred[*pick as usize])
            .sum()
    }

    /// A reference given as differences from the observed weighted sum.
    fn about(&self, reference: Reference, row: &Row<'_>, weights: &[f64]) -> Reference {
        let observed = self.weighted(row.neighbours, weights);
        let total: f64 = weights.iter().sum();
        reference.mapped(1.0, observed + total * (self.mean - self.centre))
    }

    fn by_columns(
        &self,
        unit: usize,
        row: &Row<'_>,
        table: &Table,
        scratch: &mut Scratch,
    ) -> Reference {
        let weights = row.weights.expect("rows without weights are equal");
        let count = weights.len();
        let differences = &mut scratch.differences;
        differences.clear();
        differences.resize(
            table.draws.permutations,
            -self.weighted(row.neighbours, weights),
        );
        for (weight, column) in weights.iter().zip(&table.columns) {
            for (difference, x) in differences.iter_mut().zip(column) {
                *difference += weight * x;
            }
        }
        let spare = &table.columns[count];
        for place in table.draws.places(unit, count) {
            let permutation = place.permutation as usize;
            differences[permutation] +=
                weights[place.position as usize] * (spare[permutation] - self.centred[unit]);
        }
        let reference = Reference::of_differences(differences, self.tolerance(weights));
        self.about(reference, row, weights)
    }

    fn by_own_draws(
        &self,
        unit: usize,
        row: &Row<'_>,
        equal: Option<f64>,
        scratch: &mut Scratch,
    ) -> Reference {
        match (equal, row.weights) {
            (None, Some(weights)) => {
                let observed = self.weighted(row.neighbours, weights);
                let tolerance = self.tolerance(weights);
                let reference = self.drawn(unit, row, tolerance, scratch, |picks| {
                    self.weighted(picks, weights) - observed
                });
                self.about(reference, row, weights)
            }
            _ => {
                let observed = self.steps(row.neighbours);
                let reference = self.drawn(unit, row, 0.0, scratch, |picks| {
                    (self.steps(picks) - observed) as f64
                });
                let reference = reference.mapped(1.0, observed as f64);
                self.in_units(reference, equal.unwrap_or(1.0), row.neighbours.len())
            }
        }
    }

    fn drawn(
        &self,
        unit: usize,
        row: &Row<'_>,
        tolerance: f64,
        scratch: &mut Scratch,
        difference: impl Fn(&[u32]) -> f64,
    ) -> Reference {
        let Scratch {
            drawer,
            differences,
        } = scratch;
        draw_differences(
            Draw {
                units: self.population.len(),
                own: unit,
                name: self.population.unit(unit),
                count: row.neighbours.len(),
                tolerance,
            },
            self.params,
            drawer,
            differences,
            difference,
        )
    }
}

/// What one unit draws.
pub(super) struct Draw {
    pub(super) units: usize,
    pub(super) own: usize,
    /// Number of the unit's random stream.
    pub(super) name: usize,
    pub(super) count: usize,
    pub(super) tolerance: f64,
}

/// Draws for one unit by itself, under any scheme.
pub(super) fn draw_differences(
    draw: Draw,
    params: &PermutationParams,
    drawer: &mut Drawer,
    differences: &mut Vec<f64>,
    difference: impl Fn(&[u32]) -> f64,
) -> Reference {
    let of = u32::try_from(draw.units).expect("weights number their units in 32 bits");
    let own = draw.own as u32;
    let mut random = random::stream(params.seed(), draw.name as u64);
    match params.scheme() {
        DrawScheme::Shared => {
            differences.clear();
            for number in 0..params.permutations() as u64 {
                drawer.draw_shared(params, number, of, own, draw.count);
                differences.push(difference(&drawer.picks));
            }
            Reference::of_differences(differences, draw.tolerance)
        }
        DrawScheme::PerUnit => {
            differences.clear();
            for _ in 0..params.permutations() {
                drawer.draw_others(&mut random, of, own, draw.count);
                differences.push(difference(&drawer.picks));
            }
            Reference::of_differences(differences, draw.tolerance)
        }
        DrawScheme::Sequential { exceedances } => Reference::of_sequence(
            exceedances,
            params.permutations(),
            draw.tolerance,
            differences,
            || {
                drawer.draw_others(&mut random, of, own, draw.count);
                difference(&drawer.picks)
            },
        ),
    }
}
