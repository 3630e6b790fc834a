//! Residuals about the mean of the surroundings, for LOSH.

use crate::StatsError;
use crate::permutation::{Population, Summary};
use crate::weights::SpatialWeights;

/// The units with a value and their neighbourhoods, whose weights sum to one.
pub(super) struct Neighbourhoods<'a> {
    population: Population<'a>,
    /// Sum of each unit's weights, itself included; `None` where no other
    /// unit has a positive one.
    totals: Vec<Option<f64>>,
    largest: f64,
}

/// Sizes |e|^a, those of the largest residual being 1: H does not depend on
/// the scale, and so nothing over- or underflows.
pub(super) struct Residuals {
    /// `None` for units without a neighbour.
    pub(super) sizes: Vec<Option<f64>>,
    scale: Scale,
}

/// How a residual becomes a size.
#[derive(Clone, Copy)]
pub(super) struct Scale {
    exponent: f64,
    largest: f64,
    /// Residuals at most this large are rounding of values that equal the
    /// mean of their surroundings.
    rounding: f64,
}

impl Scale {
    fn size(self, residual: f64) -> f64 {
        let size = residual.abs();
        if size <= self.rounding {
            return 0.0;
        }
        let share = size / self.largest;
        if self.exponent == 2.0 {
            share * share
        } else if self.exponent == 1.0 {
            share
        } else {
            share.powf(self.exponent)
        }
    }
}

/// What a unit's neighbourhood has of sizes.
pub(super) struct SumOfSizes {
    /// Weighted mean of the sizes.
    pub(super) mean: f64,
    /// Σ of squared weights over the square of their sum.
    pub(super) squares: f64,
    /// Other units that have a size.
    pub(super) neighbours: usize,
}

impl<'a> Neighbourhoods<'a> {
    pub(super) fn new(
        values: &[Option<f64>],
        weights: &'a SpatialWeights,
    ) -> Result<Self, StatsError> {
        let population = Population::new(values, weights)?;
        let totals = (0..population.len())
            .map(|unit| {
                let row = population.row(unit);
                let others = row
                    .weights
                    .map_or(row.neighbours.len() as f64, |weights| weights.iter().sum());
                (others > 0.0).then(|| others + population.self_weight(unit).unwrap_or(0.0))
            })
            .collect();
        let largest = population
            .values
            .iter()
            .fold(0.0_f64, |most, x| most.max(x.abs()));
        Ok(Self {
            population,
            totals,
            largest,
        })
    }

    pub(super) fn len(&self) -> usize {
        self.population.len()
    }

    pub(super) fn value(&self, unit: usize) -> f64 {
        self.population.values[unit]
    }

    pub(super) fn scatter<T: Clone>(&self, results: Vec<Option<T>>) -> Vec<Option<T>> {
        self.population.scatter(results)
    }

    pub(super) fn neighbours(&self, unit: usize) -> &[u32] {
        self.population.row(unit).neighbours
    }

    /// Weighted mean around a unit of values given by `of`; `None` where it
    /// has no neighbour.
    pub(super) fn local_mean(&self, unit: usize, of: impl Fn(usize) -> f64) -> Option<f64> {
        let total = self.totals[unit]?;
        let row = self.population.row(unit);
        let mut mean = 0.0;
        for (at, other) in row.neighbours.iter().enumerate() {
            let weight = row.weights.map_or(1.0, |weights| weights[at]);
            mean += weight / total * of(*other as usize);
        }
        let own = self.population.self_weight(unit).unwrap_or(0.0);
        if own > 0.0 {
            mean += own / total * of(unit);
        }
        Some(mean)
    }

    /// Weighted mean around a unit of sizes; units without one are no
    /// neighbours. `None` where none is left.
    pub(super) fn sum_of_sizes(
        &self,
        unit: usize,
        of: impl Fn(usize) -> Option<f64>,
    ) -> Option<SumOfSizes> {
        let total = self.totals[unit]?;
        let row = self.population.row(unit);
        let (mut sum, mut weight, mut squares, mut neighbours) = (0.0, 0.0, 0.0, 0);
        for (at, other) in row.neighbours.iter().enumerate() {
            if let Some(size) = of(*other as usize) {
                let share = row.weights.map_or(1.0, |weights| weights[at]) / total;
                sum += share * size;
                weight += share;
                squares += share * share;
                neighbours += 1;
            }
        }
        if weight <= 0.0 {
            return None;
        }
        let own = self.population.self_weight(unit).unwrap_or(0.0) / total;
        if own > 0.0 {
            sum += own * of(unit)?;
            weight += own;
            squares += own * own;
        }
        Some(SumOfSizes {
            mean: sum / weight,
            squares: squares / (weight * weight),
            neighbours,
        })
    }

    /// Sizes of all residuals; `None` where none differs from 0, or values are
    /// too few, equal, or too large to square.
    pub(super) fn residuals(&self, exponent: f64) -> Option<Residuals> {
        Summary::new(&self.population.values)?;
        let residuals: Vec<Option<f64>> = (0..self.len())
            .map(|unit| {
                let mean = self.local_mean(unit, |other| self.value(other))?;
                Some(self.value(unit) - mean)
            })
            .collect();
        let rounding = 1e-14 * self.largest;
        let largest = residuals
            .iter()
            .flatten()
            .fold(0.0_f64, |most, e| most.max(e.abs()));
        let scale = Scale {
            exponent,
            largest,
            rounding,
        };
        (largest > rounding).then(|| Residuals {
            sizes: residuals.iter().map(|e| e.map(|e| scale.size(e))).collect(),
            scale,
        })
    }

    /// Size of a unit's residual where units have the values given by `of`.
    pub(super) fn size(
        &self,
        unit: usize,
        residuals: &Residuals,
        of: impl Fn(usize) -> f64,
    ) -> Option<f64> {
        let mean = self.local_mean(unit, &of)?;
        Some(residuals.scale.size(of(unit) - mean))
    }
}
