//! How sure is a unit's rank?

use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, Gamma};

use super::composite_index::{CompositeParams, check, composite_scores};
use super::draws::{ranks, score_draws};
use super::{Belief, NormaliseParams, normalise};
use crate::StatsError;
use crate::error::{check_length, check_positive, check_repetitions};
use crate::random::stream;

/// Distribution of each unit's rank when values and weights are drawn instead
/// of taken as known.
///
/// In each draw, which has its own random stream:
/// 1. indicator values are drawn from what is believed of them ([`Belief`]);
///    fixed ones stay;
/// 2. each indicator is normalised anew, over the drawn values;
/// 3. weights are drawn from a Dirichlet distribution with the parameters
///    concentration·w_j ([`WeightSpread`]), so that their mean is the weights
///    given (Butler, Jia & Dyer 1997, *European Journal of Operational
///    Research* 103, on simulated weights);
/// 4. the index and its ranks follow as in [`super::composite_index()`].
///
/// OECD & JRC Handbook (2008), step 7 (uncertainty analysis); Saisana,
/// Saltelli & Tarantola (2005), *JRSS A* 168. Limits are nearest-rank
/// quantiles: values that were drawn.
///
/// `None` for a unit that has no score without drawing. O(draws·units·(indicators + log units)); memory is 8 bytes for
/// each unit and draw. The result does not depend on the number of threads.
///
/// # Errors
/// [`StatsError`] if lengths differ or a value or weight is outside its
/// domain.
pub fn rank_distributions(
    model: &CompositeModel,
    params: &RankDistributionParams,
) -> Result<Vec<Option<RankDistribution>>, StatsError> {
    let point = model.scores()?;
    let point_ranks = ranks(&point);
    let draws = score_draws(model.units(), params.draws, |draw| {
        let mut random = stream(params.seed, draw);
        let columns = model.drawn(&mut random)?;
        let weights = params.weights.draw(&model.weights, &mut random);
        Ok(composite_scores(&columns, &weights, &model.params))
    })?;
    Ok(draws
        .into_iter()
        .zip(point)
        .zip(point_ranks)
        .map(|((draws, score), rank)| {
            let (draws, score) = (draws?, score?);
            let count = draws.ranks.len() as f64;
            let (low, middle, high) = (draws.at(0.025), draws.at(0.5), draws.at(0.975));
            let top = draws
                .ranks
                .partition_point(|rank| *rank as usize <= params.top);
            Some(RankDistribution {
                score,
                score_low: f64::from(draws.scores[low]),
                score_high: f64::from(draws.scores[high]),
                rank,
                rank_low: draws.ranks[low],
                rank_median: draws.ranks[middle],
                rank_high: draws.ranks[high],
                rank_mean: draws.ranks.iter().map(|rank| f64::from(*rank)).sum::<f64>() / count,
                top_share: top as f64 / count,
            })
        })
        .collect())
}

/// Distribution of one unit's rank and score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RankDistribution {
    /// Score of the mean values and given weights.
    pub score: f64,
    /// Lower 95 % limit of the score.
    pub score_low: f64,
    /// Upper 95 % limit of the score.
    pub score_high: f64,
    /// Rank of that score; 1 is the highest.
    pub rank: u32,
    /// Best rank within 95 % of the draws.
    pub rank_low: u32,
    /// Median rank.
    pub rank_median: u32,
    /// Worst rank within 95 % of the draws.
    pub rank_high: u32,
    /// Mean rank.
    pub rank_mean: f64,
    /// Share of draws in which the unit is among the first `top`.
    pub top_share: f64,
}

/// An index as a recipe: what is believed of the values, how they are
/// normalised, weighed and aggregated.
#[derive(Debug, Clone, PartialEq)]
pub struct CompositeModel {
    pub(crate) indicators: Vec<IndicatorBeliefs>,
    pub(crate) weights: Vec<f64>,
    pub(crate) params: CompositeParams,
}

/// One indicator of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct IndicatorBeliefs {
    /// What is believed of each unit's value; `None` where nothing is known.
    pub values: Vec<Option<Belief>>,
    /// How it is put on the common scale.
    pub normalise: NormaliseParams,
}

impl CompositeModel {
    /// A checked model: indicators, their weights (divided by their sum), and
    /// how they are aggregated.
    ///
    /// # Errors
    /// [`StatsError`] if there is no indicator, lengths differ, a mean is not
    /// finite, or weights are negative, not finite or all zero.
    pub fn new(
        indicators: Vec<IndicatorBeliefs>,
        weights: &[f64],
        params: CompositeParams,
    ) -> Result<Self, StatsError> {
        let Some(first) = indicators.first() else {
            return Err(StatsError::TooFew {
                method: "a composite index",
                found: 0,
                least: 1,
            });
        };
        for indicator in &indicators {
            check_length("indicator", indicator.values.len(), first.values.len())?;
        }
        let mut model = Self {
            indicators,
            weights: weights.to_vec(),
            params,
        };
        model.weights = check(&model.means()?, weights)?;
        Ok(model)
    }

    pub(crate) fn units(&self) -> usize {
        self.indicators
            .first()
            .map_or(0, |first| first.values.len())
    }

    /// Normalised mean values.
    fn means(&self) -> Result<Vec<Vec<Option<f64>>>, StatsError> {
        self.columns(|belief| belief.mean())
    }

    /// Normalised values drawn from the beliefs.
    pub(crate) fn drawn(
        &self,
        random: &mut ChaCha8Rng,
    ) -> Result<Vec<Vec<Option<f64>>>, StatsError> {
        self.columns(|belief| belief.draw(random))
    }

    fn columns(
        &self,
        mut value: impl FnMut(&Belief) -> f64,
    ) -> Result<Vec<Vec<Option<f64>>>, StatsError> {
        self.indicators
            .iter()
            .map(|indicator| {
                let values: Vec<Option<f64>> = indicator
                    .values
                    .iter()
                    .map(|belief| belief.as_ref().map(&mut value))
                    .collect();
                normalise(&values, &indicator.normalise)
            })
            .collect()
    }

    /// Scores of the mean values.
    pub(crate) fn scores(&self) -> Result<Vec<Option<f64>>, StatsError> {
        Ok(composite_scores(
            &self.means()?,
            &self.weights,
            &self.params,
        ))
    }
}

/// How far weights may be from those given.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum WeightSpread {
    /// Not at all.
    Fixed,
    /// Dirichlet with parameters concentration·w_j: weight w has standard
    /// deviation √(w(1 − w)/(concentration + 1)). With equal weights a
    /// concentration of the number of indicators makes all mixes equally
    /// likely; 100 with a weight of 0.25 gives ±0.04.
    Dirichlet {
        /// Sum of the Dirichlet parameters, above zero.
        concentration: f64,
    },
}

impl WeightSpread {
    pub(crate) fn check(&self) -> Result<(), StatsError> {
        match self {
            Self::Fixed => Ok(()),
            Self::Dirichlet { concentration } => check_positive("concentration", *concentration),
        }
    }

    /// Weights of sum one; a weight of zero stays zero.
    pub(crate) fn draw(&self, weights: &[f64], random: &mut ChaCha8Rng) -> Vec<f64> {
        let Self::Dirichlet { concentration } = *self else {
            return weights.to_vec();
        };
        let drawn: Vec<f64> = weights
            .iter()
            .map(|weight| {
                Gamma::new(concentration * weight, 1.0).map_or(0.0, |gamma| gamma.sample(random))
            })
            .collect();
        let total: f64 = drawn.iter().sum();
        if total > 0.0 {
            drawn.into_iter().map(|weight| weight / total).collect()
        } else {
            // All gammas have underflowed: the concentration is next to zero.
            weights.to_vec()
        }
    }
}

/// Parameters of [`rank_distributions`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RankDistributionParams {
    weights: WeightSpread,
    draws: usize,
    top: usize,
    seed: u64,
}

impl RankDistributionParams {
    /// Checked parameters: spread of the weights, number of draws, how many
    /// units count as the top, and seed.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] unless a concentration is finite and above
    /// zero, there are 40 (fewer cannot tell a 95 % interval) to ten million draws,
    /// and `top` is at least 1.
    pub fn new(
        weights: WeightSpread,
        draws: usize,
        top: usize,
        seed: u64,
    ) -> Result<Self, StatsError> {
        weights.check()?;
        check_repetitions("draws", draws, 40, "a number from 40 to 10,000,000")?;
        if top == 0 {
            return Err(StatsError::Parameter {
                what: "top",
                value: 0.0,
                expected: "at least 1",
            });
        }
        Ok(Self {
            weights,
            draws,
            top,
            seed,
        })
    }
}
