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
/// dynamically linked windows*. The divisor n − 1 gives the figures of GeoDa
/// and of esda, which standardises by n and scales by (n − 1)/n.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::{VarianceDivisor, local_moran, local_moran_permutation};

    /// Of one variable twice it is the univariate statistic, draws included.
    #[test]
    fn x_with_itself_is_local_moran() {
        let x = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0].map(Some);
        let lists = (0..8).map(|i| vec![(i + 1) % 8, (i + 3) % 8]).collect();
        let weights = SpatialWeights::from_lists(lists).unwrap();
        let params = LocalMoranParams::new(VarianceDivisor::UnitsLessOne);
        let draws = PermutationParams::new(99, 4).unwrap();
        let both = bivariate_local_moran(&x, &x, &weights, &params, &draws).unwrap();
        let one = local_moran(&x, &weights, &params).unwrap();
        let references = local_moran_permutation(&x, &weights, &params, &draws).unwrap();
        for ((both, one), reference) in both.iter().zip(one).zip(references) {
            let (both, one) = (both.unwrap(), one.unwrap());
            assert!((both.statistic - one.statistic).abs() < 1e-12);
            assert_eq!(both.quadrant, one.quadrant);
            assert_eq!(both.reference.unwrap().tails, reference.unwrap().tails);
        }
    }

    #[test]
    fn units_without_both_values_are_left_out() {
        let x = [Some(1.0), Some(2.0), None, Some(4.0), Some(8.0)];
        let y = [Some(5.0), None, Some(1.0), Some(2.0), Some(3.0)];
        let lists = (0..5).map(|i| vec![(i + 1) % 5, (i + 4) % 5]).collect();
        let weights = SpatialWeights::from_lists(lists).unwrap();
        let params = LocalMoranParams::new(VarianceDivisor::Units);
        let draws = PermutationParams::new(99, 4).unwrap();
        let both = bivariate_local_moran(&x, &y, &weights, &params, &draws).unwrap();
        assert!(both[1].is_none() && both[2].is_none());
        assert_eq!(both[0].unwrap().neighbours, 1);
        let constant = [Some(1.0); 5];
        let none = bivariate_local_moran(&x, &constant, &weights, &params, &draws).unwrap();
        assert!(none.iter().all(Option::is_none));
    }
}
