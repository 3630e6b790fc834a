//! Local Geary's c.

use rayon::prelude::*;

use super::{Quadrant, VarianceDivisor};
use crate::StatsError;
use crate::permutation::{
    PermutationParams, Population, Reference, Summary, squared_difference_references,
};
use crate::weights::SpatialWeights;

/// Parameters of [`local_geary`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalGearyParams {
    /// Divisor of the variance: n − 1 in GeoDa and spdep, n in esda.
    pub divisor: VarianceDivisor,
}

impl LocalGearyParams {
    /// Local Geary with a divisor of the variance.
    #[must_use]
    pub fn new(divisor: VarianceDivisor) -> Self {
        Self { divisor }
    }
}

/// Local Geary's c of one unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LocalGeary {
    /// c_i: small where the unit is like its neighbours, large where it is not.
    pub statistic: f64,
    /// Quadrant of the Moran scatterplot, for naming what is alike.
    pub quadrant: Quadrant,
    /// Neighbours with a value.
    pub neighbours: usize,
}

/// Local Geary's c.
///
/// c_i = Σ_j w_ij (z_i − z_j)², Anselin (1995), *Geographical Analysis* 27,
/// and Anselin (2019), *Geographical Analysis* 51, with z = (x − x̄)/s.
/// The divisor of s² is n − 1 in GeoDa and spdep's `localC`, and n in esda,
/// whose c is larger by n/(n − 1). Weights as they are given (row-standardise
/// them for the usual form); a self-weight meets the difference 0.
///
/// `None` for units without a value (left out as neighbours too) or without a
/// neighbour of positive weight, and where all values are equal or fewer than
/// three. O(n + links).
///
/// # Errors
/// [`StatsError`] if the lengths differ or a value is not finite.
pub fn local_geary(
    values: &[Option<f64>],
    weights: &SpatialWeights,
    params: &LocalGearyParams,
) -> Result<Vec<Option<LocalGeary>>, StatsError> {
    let population = Population::new(values, weights)?;
    let Some(all) = Summary::new(&population.values) else {
        return Ok(vec![None; values.len()]);
    };
    let deviation = (all.squares / params.divisor.of(all.n)).sqrt();
    let z: Vec<f64> = population
        .values
        .iter()
        .map(|x| (x - all.mean) / deviation)
        .collect();
    let results = (0..population.len())
        .into_par_iter()
        .with_min_len(1024)
        .map(|unit| {
            let row = population.row(unit);
            let own = z[unit];
            let (mut statistic, mut lag, mut sum) = (0.0, 0.0, 0.0);
            for (at, neighbour) in row.neighbours.iter().enumerate() {
                let weight = row.weights.map_or(1.0, |weights| weights[at]);
                let other = z[*neighbour as usize];
                statistic += weight * (own - other) * (own - other);
                lag += weight * other;
                sum += weight;
            }
            (sum > 0.0).then(|| LocalGeary {
                statistic,
                quadrant: Quadrant::of(own, lag),
                neighbours: row.neighbours.len(),
            })
        })
        .collect();
    Ok(population.scatter(results))
}

/// Reference distributions of [`local_geary`] by conditional permutation.
///
/// Neighbours that are alike lie in the lower tail,
/// [`crate::significance::Alternative::Less`]; unlike ones in the upper. GeoDa
/// and esda report the directed p-value.
///
/// `None` where the statistic is and where the neighbours are all other units.
/// Cost: O(m) for each unit with equal weights in its row, O(m·k) otherwise.
///
/// # Errors
/// [`StatsError`] if the lengths differ or a value is not finite.
pub fn local_geary_permutation(
    values: &[Option<f64>],
    weights: &SpatialWeights,
    params: &LocalGearyParams,
    permutation: &PermutationParams,
) -> Result<Vec<Option<Reference>>, StatsError> {
    let population = Population::new(values, weights)?;
    let Some(all) = Summary::new(&population.values) else {
        return Ok(vec![None; values.len()]);
    };
    let factor = params.divisor.of(all.n) / all.squares;
    let references = squared_difference_references(&population, all.mean, permutation)
        .into_iter()
        .map(|reference| reference.map(|squares| squares.mapped(factor, 0.0)))
        .collect();
    Ok(population.scatter(references))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(n: usize) -> SpatialWeights {
        SpatialWeights::from_lists(
            (0..n)
                .map(|i| (i.saturating_sub(1)..(i + 2).min(n)).collect())
                .collect(),
        )
        .unwrap()
    }

    #[test]
    fn c_is_the_definition_written_out() {
        let x = [2.0, 4.0, 9.0, 1.0];
        let params = LocalGearyParams::new(VarianceDivisor::UnitsLessOne);
        let c = local_geary(&x.map(Some), &path(4), &params).unwrap();
        // Mean 4, squares 4 + 0 + 25 + 9 = 38, variance 38/3.
        let expected = [4.0, 29.0, 89.0, 64.0].map(|d| d * 3.0 / 38.0);
        for (ours, expected) in c.iter().zip(expected) {
            assert!((ours.unwrap().statistic - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn gaps_islands_and_constant_values_are_undefined() {
        let params = LocalGearyParams::new(VarianceDivisor::Units);
        let constant = local_geary(&[Some(3.0); 5], &path(5), &params).unwrap();
        assert!(constant.iter().all(Option::is_none));
        let x = [Some(1.0), None, Some(3.0), Some(7.0), Some(8.0)];
        let c = local_geary(&x, &path(5), &params).unwrap();
        assert!(c[0].is_none(), "its only neighbour has no value");
        assert!(c[1].is_none());
        assert_eq!(c[2].unwrap().neighbours, 1);
        let permutation = PermutationParams::new(99, 1).unwrap();
        let references = local_geary_permutation(&x, &path(5), &params, &permutation).unwrap();
        for (c, reference) in c.iter().zip(references) {
            assert_eq!(c.is_some(), reference.is_some());
            if let (Some(c), Some(reference)) = (c, reference) {
                assert!((c.statistic - reference.observed).abs() < 1e-12);
            }
        }
    }
}
