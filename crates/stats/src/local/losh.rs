//! Local spatial heteroscedasticity (LOSH).

use rayon::prelude::*;

use super::losh_residuals::Neighbourhoods;
use crate::StatsError;
use crate::permutation::Summary;
use crate::special::gamma::chi_square_upper;
use crate::weights::SpatialWeights;

/// Parameters of [`losh`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LoshParams {
    exponent: f64,
}

impl LoshParams {
    /// LOSH of residuals raised to an exponent: 2 compares variances, 1
    /// absolute deviations, which a single outlier moves less.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] unless it is above 0 and at most 4.
    pub fn new(exponent: f64) -> Result<Self, StatsError> {
        if exponent > 0.0 && exponent <= 4.0 {
            Ok(Self { exponent })
        } else {
            Err(StatsError::Parameter {
                what: "exponent",
                value: exponent,
                expected: "a number above 0 and at most 4",
            })
        }
    }

    /// Exponent of the residuals.
    #[must_use]
    pub fn exponent(&self) -> f64 {
        self.exponent
    }
}

/// Local spatial heteroscedasticity of one unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Losh {
    /// H: 1 on average; large where values differ from their surroundings by
    /// more than elsewhere, small where the map is smooth.
    pub statistic: f64,
    /// Variance of H under random arrangement of the residuals.
    pub variance: f64,
    /// Weighted mean of the unit's neighbours.
    pub local_mean: f64,
    /// The unit's value less that mean, e.
    pub residual: f64,
    /// 2H/variance, approximately χ² with 2/variance degrees of freedom:
    /// `Z.Hi` of spdep. `None` where the variance is 0, since the neighbours
    /// are all units with equal weights.
    pub chi_square: Option<f64>,
    /// P-value of that on the high side. `None` where `chi_square` is.
    pub p: Option<f64>,
    /// Neighbours that have a residual, the unit itself not counted.
    pub neighbours: usize,
}

/// Local spatial heteroscedasticity: where values scatter about the mean of
/// their surroundings more than elsewhere, such as along the border of a
/// cluster.
///
/// Ord & Getis (2012), *Annals of Regional Science* 48, 529–539:
///
/// 1. residuals e_j = x_j − Σ_k w_jk x_k / Σ_k w_jk;
/// 2. H_i = Σ_j w_ij |e_j|^a / (h₁ Σ_j w_ij), with h₁ the mean of |e_j|^a over
///    all units;
/// 3. E H = 1 and Var H_i = (h₂ − h₁²)/h₁² · (n·S/W² − 1)/(n − 1), with h₂ the
///    mean of |e_j|^2a, W = Σ_j w_ij and S = Σ_j w_ij²;
/// 4. 2H/Var is compared with χ² of 2/Var degrees of freedom, which has the
///    same mean and variance (Satterthwaite's approximation).
///
/// That approximation is rough: residuals of neighbours share values, and
/// squares of few of them are far from χ² (of skewed values without pattern on
/// a grid, 7 % are called at 5 %).
/// [`losh_permutation`](super::losh_permutation()) is better (Xu, Mei & Yan
/// 2014, *Annals of Regional Science* 52, 697–710).
///
/// The figures of spdep's `LOSH` and `LOSH.cs`; esda's `LOSH` has the same
/// formulas. Weights as they are given; H does not depend on row
/// standardisation. A self-weight takes part in local means and in H, as Ord &
/// Getis have it; the packages' weights have none.
///
/// `None` units (no value) are left out altogether. A unit without a neighbour
/// of positive weight has no residual: it is left out of h₁, h₂, n and of its
/// neighbours' H (in the packages it makes all figures NaN), but its value is
/// part of its neighbours' local means. Nothing is said where fewer than three
/// units have residuals or all of these are of one size. O(n + links).
///
/// # Errors
/// [`StatsError`] if the lengths differ or a value is not finite.
pub fn losh(
    values: &[Option<f64>],
    weights: &SpatialWeights,
    params: &LoshParams,
) -> Result<Vec<Option<Losh>>, StatsError> {
    let around = Neighbourhoods::new(values, weights)?;
    let Some(residuals) = around.residuals(params.exponent) else {
        return Ok(vec![None; values.len()]);
    };
    let known: Vec<f64> = residuals.sizes.iter().flatten().copied().collect();
    let Some(all) = Summary::new(&known) else {
        return Ok(vec![None; values.len()]);
    };
    let relative_variance = all.squares / all.n / (all.mean * all.mean);
    let results = (0..around.len())
        .into_par_iter()
        .with_min_len(1024)
        .map(|unit| {
            let local_mean = around.local_mean(unit, |other| around.value(other))?;
            let sum = around.sum_of_sizes(unit, |other| residuals.sizes[other])?;
            let room = (all.n * sum.squares - 1.0).max(0.0) / (all.n - 1.0);
            // Equal weights of all units leave rounding only.
            let room = if room > 1e-12 { room } else { 0.0 };
            let variance = relative_variance * room;
            let statistic = sum.mean / all.mean;
            let chi_square = (variance > 0.0).then(|| 2.0 * statistic / variance);
            Some(Losh {
                statistic,
                variance,
                local_mean,
                residual: around.value(unit) - local_mean,
                chi_square,
                p: chi_square.map(|value| chi_square_upper(value, 2.0 / variance)),
                neighbours: sum.neighbours,
            })
        })
        .collect();
    Ok(around.scatter(results))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h_of_a_short_path_is_the_definition_written_out() {
        let weights =
            SpatialWeights::from_lists(vec![vec![1], vec![0, 2], vec![1, 3], vec![2]]).unwrap();
        let values = [1.0, 3.0, 2.0, 8.0].map(Some);
        let found = losh(&values, &weights, &LoshParams::new(2.0).unwrap()).unwrap();
        // Local means 3, 1.5, 5.5, 2: residuals -2, 1.5, -3.5, 6.
        let squares = [4.0, 2.25, 12.25, 36.0];
        let mean = 54.5 / 4.0;
        let fourth: f64 = squares.iter().map(|s| s * s).sum::<f64>() / 4.0;
        let spread = (fourth - mean * mean) / (mean * mean);
        let expected = [
            (2.25 / mean, spread),
            ((4.0 + 12.25) / 2.0 / mean, spread / 3.0),
            ((2.25 + 36.0) / 2.0 / mean, spread / 3.0),
            (12.25 / mean, spread),
        ];
        for (unit, (h, variance)) in expected.into_iter().enumerate() {
            let ours = found[unit].unwrap();
            assert!((ours.statistic - h).abs() < 1e-14);
            assert!((ours.variance - variance).abs() < 1e-14);
        }
        assert_eq!(found[0].unwrap().local_mean, 3.0);
        assert_eq!(found[2].unwrap().residual, -3.5);
    }

    #[test]
    fn an_island_is_left_out_but_lends_its_value() {
        // 4 points to the island 5, which points nowhere.
        let weights = SpatialWeights::from_lists(vec![
            vec![1],
            vec![0, 2],
            vec![1, 3],
            vec![2, 4],
            vec![3, 5],
            vec![],
        ])
        .unwrap();
        let values = [1.0, 3.0, 2.0, 8.0, 4.0, 7.0].map(Some);
        let found = losh(&values, &weights, &LoshParams::new(1.0).unwrap()).unwrap();
        assert!(found[5].is_none());
        let last = found[4].unwrap();
        assert_eq!(last.local_mean, 7.5);
        assert_eq!(last.neighbours, 1);
        // Sizes 2, 1.5, 3.5, 5, 3.5: their mean is 3.1.
        assert!((last.statistic - 5.0 / 3.1).abs() < 1e-14);
    }

    #[test]
    fn all_units_with_equal_weights_have_no_test() {
        let all = (0..5)
            .map(|i| (0..5).filter(|j| *j != i).collect())
            .collect();
        let weights = SpatialWeights::from_lists(all)
            .unwrap()
            .with_self_weight(1.0)
            .unwrap();
        let values = [1.0, 3.0, 2.0, 8.0, 4.0].map(Some);
        let found = losh(&values, &weights, &LoshParams::new(2.0).unwrap()).unwrap();
        for unit in found {
            let unit = unit.unwrap();
            assert!((unit.statistic - 1.0).abs() < 1e-14);
            assert_eq!((unit.variance, unit.p), (0.0, None));
        }
    }

    #[test]
    fn exponents_have_limits() {
        for exponent in [0.0, -1.0, 4.5, f64::NAN] {
            assert!(LoshParams::new(exponent).is_err());
        }
    }
}
