//! Local Moran's I.

use rayon::prelude::*;

use super::Quadrant;
use super::local_moran_moments::{Moments, conditional, total};
use crate::StatsError;
use crate::permutation::{PermutationParams, Population, Reference, Summary, lag_references};
use crate::weights::SpatialWeights;

/// Divisor of the variance that makes values comparable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VarianceDivisor {
    /// n: Anselin (1995), spdep with `mlvar = TRUE`.
    Units,
    /// n − 1: GeoDa, esda, spdep with `mlvar = FALSE`.
    UnitsLessOne,
}

impl VarianceDivisor {
    pub(super) fn of(self, n: f64) -> f64 {
        match self {
            Self::Units => n,
            Self::UnitsLessOne => n - 1.0,
        }
    }
}

/// Parameters of [`local_moran`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalMoranParams {
    /// Divisor of the variance.
    pub divisor: VarianceDivisor,
}

impl LocalMoranParams {
    /// Local Moran with a divisor of the variance.
    #[must_use]
    pub fn new(divisor: VarianceDivisor) -> Self {
        Self { divisor }
    }
}

/// Local Moran's I of one unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LocalMoran {
    /// I_i: above 0 where neighbours are alike, below where they are not.
    pub statistic: f64,
    /// Quadrant of the Moran scatterplot.
    pub quadrant: Quadrant,
    /// Neighbours with a value.
    pub neighbours: usize,
    /// Moments with the unit's own value held. `None` for a value at the mean,
    /// where I_i is 0 however the others lie.
    pub conditional: Option<Moments>,
    /// Moments with all values rearranged.
    pub total: Option<Moments>,
}

/// Local Moran's I with analytic moments.
///
/// I_i = z_i/m₂ · Σ_j w_ij z_j, Anselin (1995), *Geographical Analysis* 27,
/// with z_i = x_i − x̄ and m₂ = Σz²/n or Σz²/(n − 1) by
/// [`VarianceDivisor`]; weights as they are given (row-standardise them for
/// the usual form), self-weights left out.
///
/// Moments under conditional and total randomisation follow Sokal, Oden &
/// Thomson (1998), *Geographical Analysis* 30, as in esda (`EIc`, `VIc`, `EI`,
/// `VI`) and spdep. They are those of I with the divisor asked for, so that z
/// and p do not depend on it; esda, and spdep with `mlvar = FALSE`, report
/// moments for divisor n beside an I with divisor n − 1.
///
/// `None` for units without a value (left out as neighbours too) or without a
/// neighbour of positive weight, and where all values are equal or fewer than
/// three; esda gives islands I = 0 and p = 1/(m + 1). O(n + links).
///
/// # Errors
/// [`StatsError`] if the lengths differ or a value is not finite.
pub fn local_moran(
    values: &[Option<f64>],
    weights: &SpatialWeights,
    params: &LocalMoranParams,
) -> Result<Vec<Option<LocalMoran>>, StatsError> {
    let population = Population::new(values, weights)?;
    let Some(all) = Summary::new(&population.values) else {
        return Ok(vec![None; values.len()]);
    };
    let centred: Vec<f64> = population.values.iter().map(|x| x - all.mean).collect();
    let variance = all.squares / all.n;
    // As powers of z²/m₂, so that small and large units of measurement keep
    // clear of underflow.
    let kurtosis = centred
        .iter()
        .map(|z| (z * z / variance).powi(2))
        .sum::<f64>()
        / all.n;
    let scale = params.divisor.of(all.n) / all.n;
    let results = (0..population.len())
        .into_par_iter()
        .with_min_len(1024)
        .map(|unit| {
            let row = population.row(unit);
            let (lag, sum, squares) = match row.weights {
                None => {
                    let lag = row.neighbours.iter().map(|j| centred[*j as usize]).sum();
                    let count = row.neighbours.len() as f64;
                    (lag, count, count)
                }
                Some(weights) => row.neighbours.iter().zip(weights).fold(
                    (0.0, 0.0, 0.0),
                    |(lag, sum, squares), (j, w)| {
                        (lag + w * centred[*j as usize], sum + w, squares + w * w)
                    },
                ),
            };
            if sum <= 0.0 {
                return None;
            }
            let z = centred[unit];
            let statistic = z * lag / variance * scale;
            let share = z * z / variance;
            Some(LocalMoran {
                statistic,
                quadrant: Quadrant::of(z, lag),
                neighbours: row.neighbours.len(),
                conditional: conditional(statistic, scale, share, all.n, sum, squares),
                total: total(statistic, scale, kurtosis, all.n, sum, squares),
            })
        })
        .collect();
    Ok(population.scatter(results))
}

/// Reference distributions of [`local_moran`] by conditional permutation.
///
/// `None` where the statistic is, for a value at the mean (I_i is then 0 in
/// all permutations) and where the neighbours are all other units. Cost:
/// [`crate::permutation`].
///
/// # Errors
/// [`StatsError`] if the lengths differ or a value is not finite.
pub fn local_moran_permutation(
    values: &[Option<f64>],
    weights: &SpatialWeights,
    params: &LocalMoranParams,
    permutation: &PermutationParams,
) -> Result<Vec<Option<Reference>>, StatsError> {
    let population = Population::new(values, weights)?;
    let Some(all) = Summary::new(&population.values) else {
        return Ok(vec![None; values.len()]);
    };
    let variance = all.squares / params.divisor.of(all.n);
    let mut references = lag_references(&population, all.mean, all.mean, permutation, |_| true);
    for (reference, x) in references.iter_mut().zip(&population.values) {
        let factor = (x - all.mean) / variance;
        *reference = reference
            .filter(|_| factor != 0.0)
            .map(|lag| lag.mapped(factor, 0.0));
    }
    Ok(population.scatter(references))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ring(n: usize) -> SpatialWeights {
        crate::testing::ring(n, 1).row_standardised()
    }

    fn units(x: &[Option<f64>]) -> Vec<Option<LocalMoran>> {
        let params = LocalMoranParams::new(VarianceDivisor::Units);
        local_moran(x, &ring(x.len()), &params).unwrap()
    }

    proptest! {
        /// Local statistics add up to Moran's I, Anselin (1995), eq. 15.
        #[test]
        fn local_values_add_up_to_global_morans_i(
            x in prop::collection::vec(0.0..100.0f64, 4..30),
        ) {
            let n = x.len();
            let mean = x.iter().sum::<f64>() / n as f64;
            let z: Vec<f64> = x.iter().map(|v| v - mean).collect();
            let squares: f64 = z.iter().map(|v| v * v).sum();
            prop_assume!(squares > 1e-6);
            let cross: f64 = (0..n)
                .map(|i| z[i] * 0.5 * (z[(i + 1) % n] + z[(i + n - 1) % n]))
                .sum();
            let values: Vec<_> = x.iter().copied().map(Some).collect();
            let sum: f64 = units(&values).iter().map(|i| i.unwrap().statistic).sum();
            prop_assert!((sum / n as f64 - cross / squares).abs() < 1e-10);
        }

        #[test]
        fn mirrored_values_have_the_same_statistic(
            x in prop::collection::vec(0..50i32, 4..20),
        ) {
            prop_assume!(x.iter().any(|v| *v != x[0]));
            let plain: Vec<_> = x.iter().map(|v| Some(f64::from(*v))).collect();
            let mirrored: Vec<_> = x.iter().map(|v| Some(-3.0 * f64::from(*v) + 1e6)).collect();
            for (a, b) in units(&plain).iter().zip(units(&mirrored)) {
                let (a, b) = (a.unwrap(), b.unwrap());
                prop_assert!((a.statistic - b.statistic).abs() < 1e-8);
            }
        }
    }

    #[test]
    fn the_divisor_does_not_change_z() {
        let x = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0].map(Some);
        let params = LocalMoranParams::new(VarianceDivisor::UnitsLessOne);
        let less = local_moran(&x, &ring(8), &params).unwrap();
        for (a, b) in units(&x).iter().zip(less) {
            let (a, b) = (a.unwrap(), b.unwrap());
            assert!((a.statistic * 7.0 / 8.0 - b.statistic).abs() < 1e-12);
            assert!((a.total.unwrap().z - b.total.unwrap().z).abs() < 1e-12);
            assert!((a.conditional.unwrap().z - b.conditional.unwrap().z).abs() < 1e-12);
        }
    }

    #[test]
    fn tiny_and_huge_units_of_measurement_give_the_same_z() {
        let x = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0];
        let plain = units(&x.map(Some));
        for scale in [1e-90, 1e90] {
            for (a, b) in plain.iter().zip(units(&x.map(|v| Some(v * scale)))) {
                assert!((a.unwrap().total.unwrap().z - b.unwrap().total.unwrap().z).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn a_value_at_the_mean_has_no_conditional_test() {
        let x = [1.0, 2.0, 3.0, 2.0].map(Some);
        assert!(units(&x)[1].unwrap().conditional.is_none());
        let params = LocalMoranParams::new(VarianceDivisor::Units);
        let permutation = PermutationParams::new(99, 1).unwrap();
        let references = local_moran_permutation(&x, &ring(4), &params, &permutation).unwrap();
        assert!(references[1].is_none());
        assert!(references[0].is_some());
        assert!(units(&[Some(2.0); 5]).iter().all(Option::is_none));
    }
}
