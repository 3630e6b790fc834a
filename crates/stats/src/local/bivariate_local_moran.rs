//! Bivariate local Moran's I.

use super::{LocalMoranParams, Quadrant};
use crate::StatsError;
use crate::error::{check_finite, check_length};
use crate::permutation::{PermutationParams, Population, Reference, Summary, lag_references};
use crate::weights::SpatialWeights;

/// Bivariate local Moran's I of one unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BivariateLocalMoran {
    /// I_i: above 0 where x here goes with y around, below where against.
    pub statistic: f64,
    /// Side of x here and of y around, relative to their means.
    pub quadrant: Quadrant,
    /// Neighbours with both values.
    pub neighbours: usize,
    /// Reference distribution with y rearranged among the other units; `None`
    /// for x at its mean and where the neighbours are all other units.
    pub reference: Option<Reference>,
}

/// Bivariate local Moran's I with conditional permutation.
///
/// I_i = zx_i Σ_j w_ij zy_j with both variables standardised, Anselin, Syabri
/// & Smirnov (2002), *Visualizing multivariate spatial correlation with
/// dynamically linked windows*. Divisor n − 1 in I as GeoDa has it. esda
/// scales by (n − 1)/Σzx² with values standardised by n, which gives the same
/// but for (n − 1)/n where the divisor is n − 1.
///
/// It does not see the correlation of x and y at the same place, and part of
/// what it finds may be just that. Units without one of the two values are
/// left out. `None` as in [`super::local_moran()`]; also where either variable
/// is constant.
///
/// # Errors
/// [`StatsError`] if the lengths differ or a value is not finite.
pub fn bivariate_local_moran(
    x: &[Option<f64>],
    y: &[Option<f64>],
    weights: &SpatialWeights,
    params: &LocalMoranParams,
    permutation: &PermutationParams,
) -> Result<Vec<Option<BivariateLocalMoran>>, StatsError> {
    check_length("y", y.len(), x.len())?;
    check_finite("x", x)?;
    check_finite("y", y)?;
    let both: Vec<Option<f64>> = x.iter().zip(y).map(|(x, y)| x.and(*y)).collect();
    let population = Population::new(&both, weights)?;
    let focal: Vec<f64> = x.iter().zip(y).filter_map(|(x, y)| y.and(*x)).collect();
    let (Some(of_x), Some(of_y)) = (Summary::new(&focal), Summary::new(&population.values)) else {
        return Ok(vec![None; x.len()]);
    };
    let divisor = params.divisor.of(of_x.n);
    let scale = (of_x.squares / divisor).sqrt() * (of_y.squares / divisor).sqrt();
    let references = lag_references(&population, of_y.mean, of_y.mean, permutation, |_| true);
    let results = references
        .into_iter()
        .enumerate()
        .map(|(unit, reference)| {
            let row = population.row(unit);
            let (mut lag, mut sum) = (0.0, 0.0);
            for (at, neighbour) in row.neighbours.iter().enumerate() {
                let weight = row.weights.map_or(1.0, |weights| weights[at]);
                lag += weight * (population.values[*neighbour as usize] - of_y.mean);
                sum += weight;
            }
            let own = focal[unit] - of_x.mean;
            (sum > 0.0).then(|| BivariateLocalMoran {
                statistic: own * lag / scale,
                quadrant: Quadrant::of(own, lag),
                neighbours: row.neighbours.len(),
                reference: reference
                    .filter(|_| own != 0.0)
                    .map(|lag| lag.mapped(own / scale, 0.0)),
            })
        })
        .collect();
    Ok(population.scatter(results))
}
