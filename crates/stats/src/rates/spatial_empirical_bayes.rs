//! Local empirical Bayes rates: shrunken towards the neighbourhood.

use rayon::prelude::*;

use super::empirical_bayes::GammaPosterior;
use super::observed::observed;
use crate::StatsError;
use crate::error::check_length;
use crate::weights::SpatialWeights;

/// Which units make the prior of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PriorNeighbourhood {
    /// The unit and its neighbours: esda, spdep and GeoDa.
    WithUnit,
    /// The neighbours alone, so that the unit's count is not used twice. An
    /// island has no prior and gets `None`.
    WithoutUnit,
}

/// From which mean the spread of rates in a neighbourhood is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deviations {
    /// From the pooled rate of the neighbourhood: Marshall, esda, GeoDa, and
    /// spdep's `geoda = TRUE`.
    FromNeighbourhoodMean,
    /// Each unit's from the pooled rate of its own neighbourhood: Bailey &
    /// Gatrell as read by spdep, its default (`geoda = FALSE`).
    FromOwnMeans,
}

/// Parameters of [`spatial_empirical_bayes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpatialEmpiricalBayesParams {
    /// Which units make the prior.
    pub neighbourhood: PriorNeighbourhood,
    /// From which mean the spread is taken.
    pub deviations: Deviations,
}

impl SpatialEmpiricalBayesParams {
    /// As Marshall (1991), esda, GeoDa and spdep with `geoda = TRUE`.
    #[must_use]
    pub fn marshall() -> Self {
        Self {
            neighbourhood: PriorNeighbourhood::WithUnit,
            deviations: Deviations::FromNeighbourhoodMean,
        }
    }

    /// As Bailey & Gatrell (1995), *Interactive Spatial Data Analysis*,
    /// 303–308, in spdep's default `EBlocal`.
    #[must_use]
    pub fn bailey_gatrell() -> Self {
        Self {
            neighbourhood: PriorNeighbourhood::WithUnit,
            deviations: Deviations::FromOwnMeans,
        }
    }
}

/// Local empirical Bayes rate of one unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LocalRate {
    /// Shrunken rate, per unit of exposure.
    pub rate: f64,
    /// Pooled rate of the neighbourhood.
    pub prior_mean: f64,
    /// Variance of the true rates in the neighbourhood; 0 where the counts
    /// vary no more than chance.
    pub prior_variance: f64,
}

impl LocalRate {
    /// Gamma posterior given the unit's own count and exposure; its mean is
    /// [`LocalRate::rate`]. `None` where the prior mean or variance is 0, for
    /// then the prior is a point, whose width is not known from these data.
    #[must_use]
    pub fn posterior(&self, count: f64, exposure: f64) -> Option<GammaPosterior> {
        (self.prior_variance > 0.0 && self.prior_mean > 0.0).then(|| GammaPosterior {
            shape: self.prior_mean * self.prior_mean / self.prior_variance + count,
            rate: self.prior_mean / self.prior_variance + exposure,
        })
    }
}

/// Local empirical Bayes rates by the method of moments.
///
/// Marshall (1991), *Applied Statistics* 40, section 4: the global estimator
/// ([`super::empirical_bayes()`]) within each neighbourhood N of k units. With
/// counts y and exposures n,
/// 1. prior mean m = Σ_N y / Σ_N n;
/// 2. spread s² = Σ_N n_j (y_j/n_j − m_j)² / Σ_N n, where m_j is m or the
///    prior mean of unit j ([`Deviations`]);
/// 3. prior variance A = s² − m/n̄ with n̄ = Σ_N n / k, 0 where negative;
/// 4. rate = m + (y/n − m)·A/(A + m/n).
///
/// Links count alike, whatever their weights, as in all three packages.
/// O(units + links) time and memory.
///
/// `None` for units without count or exposure, for those whose prior
/// neighbourhood is empty, and where m and A are both 0, that is, where a whole
/// neighbourhood has no case: A/(A + m/n) then says nothing (spdep and esda
/// give NaN). An island with itself in its neighbourhood keeps its raw rate if
/// it has a case.
///
/// # Errors
/// [`StatsError`] if the lengths differ or a number is negative or not finite.
pub fn spatial_empirical_bayes(
    counts: &[Option<f64>],
    exposures: &[Option<f64>],
    weights: &SpatialWeights,
    params: &SpatialEmpiricalBayesParams,
) -> Result<Vec<Option<LocalRate>>, StatsError> {
    check_length("counts", counts.len(), weights.len())?;
    let units = observed(counts, exposures)?;
    let raw: Vec<Raw> = units
        .iter()
        .map(|unit| {
            unit.map_or_else(Raw::default, |(count, exposure)| Raw {
                count,
                exposure,
                rate: count / exposure,
            })
        })
        .collect();
    let means: Vec<f64> = match params.deviations {
        Deviations::FromNeighbourhoodMean => Vec::new(),
        Deviations::FromOwnMeans => (0..raw.len())
            .into_par_iter()
            .with_min_len(1024)
            .map(|unit| pool(unit, &raw, weights, params.neighbourhood).mean())
            .collect(),
    };
    Ok((0..raw.len())
        .into_par_iter()
        .with_min_len(1024)
        .map(|unit| {
            units[unit]?;
            local(unit, &raw, &means, weights, params)
        })
        .collect())
}

/// A unit's figures; all 0 where it has none, so that it adds nothing.
#[derive(Debug, Clone, Copy, Default)]
struct Raw {
    count: f64,
    exposure: f64,
    rate: f64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Pool {
    count: f64,
    exposure: f64,
    units: f64,
}

impl Pool {
    fn add(&mut self, unit: &Raw) {
        self.count += unit.count;
        self.exposure += unit.exposure;
        self.units += f64::from(u8::from(unit.exposure > 0.0));
    }

    fn mean(&self) -> f64 {
        self.count / self.exposure
    }
}

fn pool(
    unit: usize,
    raw: &[Raw],
    weights: &SpatialWeights,
    neighbourhood: PriorNeighbourhood,
) -> Pool {
    let mut pool = Pool::default();
    if neighbourhood == PriorNeighbourhood::WithUnit {
        pool.add(&raw[unit]);
    }
    for neighbour in weights.row(unit).neighbours {
        pool.add(&raw[*neighbour as usize]);
    }
    pool
}

fn local(
    unit: usize,
    raw: &[Raw],
    means: &[f64],
    weights: &SpatialWeights,
    params: &SpatialEmpiricalBayesParams,
) -> Option<LocalRate> {
    let pool = pool(unit, raw, weights, params.neighbourhood);
    if pool.exposure <= 0.0 {
        return None;
    }
    let mean = pool.mean();
    let square = |other: usize| {
        let from = match params.deviations {
            Deviations::FromNeighbourhoodMean => mean,
            Deviations::FromOwnMeans => means[other],
        };
        let unit = &raw[other];
        if unit.exposure > 0.0 && from.is_finite() {
            unit.exposure * (unit.rate - from) * (unit.rate - from)
        } else {
            0.0
        }
    };
    let mut squares = match params.neighbourhood {
        PriorNeighbourhood::WithUnit => square(unit),
        PriorNeighbourhood::WithoutUnit => 0.0,
    };
    for neighbour in weights.row(unit).neighbours {
        squares += square(*neighbour as usize);
    }
    let prior_variance = (squares / pool.exposure - mean * pool.units / pool.exposure).max(0.0);
    if mean == 0.0 && prior_variance == 0.0 {
        return None;
    }
    let own = &raw[unit];
    let rate = if prior_variance > 0.0 {
        mean + (own.rate - mean) * prior_variance / (prior_variance + mean / own.exposure)
    } else {
        mean
    };
    // Sums of huge numbers may run over.
    rate.is_finite().then_some(LocalRate {
        rate,
        prior_mean: mean,
        prior_variance,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn graph(units: usize) -> impl Strategy<Value = (Vec<(u32, u32)>, Vec<Vec<usize>>)> {
        (
            prop::collection::vec((0..40_u32, 0..2000_u32), units),
            prop::collection::vec(prop::collection::vec(0..units, 0..6), units),
        )
    }

    /// The definition written out, over any set of units.
    fn naive(
        data: &[(u32, u32)],
        lists: &[Vec<usize>],
        params: &SpatialEmpiricalBayesParams,
    ) -> Vec<Option<f64>> {
        let near = |i: usize| -> Vec<usize> {
            (0..data.len())
                .filter(|j| {
                    if *j == i {
                        params.neighbourhood == PriorNeighbourhood::WithUnit
                    } else {
                        lists[i].contains(j)
                    }
                })
                .filter(|j| data[*j].1 > 0)
                .collect()
        };
        let y = |i: usize| f64::from(data[i].0);
        let n = |i: usize| f64::from(data[i].1);
        let mean = |i: usize| {
            near(i).into_iter().map(y).sum::<f64>() / near(i).into_iter().map(n).sum::<f64>()
        };
        (0..data.len())
            .map(|i| {
                let m = mean(i);
                if data[i].1 == 0 || near(i).is_empty() {
                    return None;
                }
                let total: f64 = near(i).into_iter().map(n).sum();
                let spread: f64 = near(i)
                    .into_iter()
                    .map(|j| {
                        let from = if params.deviations == Deviations::FromOwnMeans {
                            mean(j)
                        } else {
                            m
                        };
                        if from.is_nan() {
                            0.0
                        } else {
                            n(j) * (y(j) / n(j) - from).powi(2)
                        }
                    })
                    .sum();
                let a = (spread / total - m / (total / near(i).len() as f64)).max(0.0);
                if a == 0.0 && m == 0.0 {
                    return None;
                }
                Some(if a == 0.0 {
                    m
                } else {
                    m + (y(i) / n(i) - m) * a / (a + m / n(i))
                })
            })
            .collect()
    }

    proptest! {
        #[test]
        fn rates_are_the_definition_written_out((data, lists) in graph(12)) {
            let weights = SpatialWeights::from_lists(lists.clone()).unwrap();
            let counts: Vec<_> = data.iter().map(|(y, _)| Some(f64::from(*y))).collect();
            let exposures: Vec<_> = data.iter().map(|(_, n)| Some(f64::from(*n))).collect();
            for neighbourhood in [PriorNeighbourhood::WithUnit, PriorNeighbourhood::WithoutUnit] {
                for deviations in [Deviations::FromNeighbourhoodMean, Deviations::FromOwnMeans] {
                    let params = SpatialEmpiricalBayesParams { neighbourhood, deviations };
                    let ours = spatial_empirical_bayes(&counts, &exposures, &weights, &params).unwrap();
                    for (ours, theirs) in ours.iter().zip(naive(&data, &lists, &params)) {
                        prop_assert_eq!(ours.is_some(), theirs.is_some());
                        if let (Some(ours), Some(theirs)) = (ours, theirs) {
                            prop_assert!((ours.rate - theirs).abs() <= 1e-9 * theirs.abs() + 1e-15);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn the_posterior_has_the_rate_as_its_mean() {
        let weights = SpatialWeights::from_lists(vec![vec![1], vec![0]]).unwrap();
        let rates = spatial_empirical_bayes(
            &[Some(90.0), Some(3.0)],
            &[Some(100.0), Some(100.0)],
            &weights,
            &SpatialEmpiricalBayesParams::marshall(),
        )
        .unwrap();
        let first = rates[0].unwrap();
        let posterior = first.posterior(90.0, 100.0).unwrap();
        assert!((posterior.mean() - first.rate).abs() < 1e-14);
    }
}
