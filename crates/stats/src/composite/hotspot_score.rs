//! The hotspot score: one number from 0 to 100, with parts and interval.

use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, Gamma, Normal};

use super::draws::{double_mid_rank, ranks, score_draws};
use crate::StatsError;
use crate::error::{check_length, check_repetitions};
use crate::local::{GetisOrdParams, getis_ord};
use crate::normal;
use crate::random::stream;
use crate::rates::GammaPosterior;
use crate::weights::SpatialWeights;

/// What is believed of a unit's rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Belief {
    /// Gamma posterior of a rate of counts.
    Gamma(GammaPosterior),
    /// Survey estimate with its standard error.
    Normal {
        /// Estimate.
        mean: f64,
        /// Standard error.
        standard_error: f64,
    },
    /// A value whose uncertainty is not known.
    Fixed(f64),
}

impl Belief {
    pub(crate) fn mean(&self) -> f64 {
        match self {
            Self::Gamma(posterior) => posterior.mean(),
            Self::Normal { mean, .. } | Self::Fixed(mean) => *mean,
        }
    }

    pub(crate) fn is_certain(&self) -> bool {
        matches!(self, Self::Fixed(_))
    }

    pub(crate) fn draw(&self, random: &mut ChaCha8Rng) -> f64 {
        match *self {
            Self::Gamma(posterior) => Gamma::new(posterior.shape, 1.0 / posterior.rate)
                .map_or(posterior.mean(), |gamma| gamma.sample(random)),
            Self::Normal {
                mean,
                standard_error,
            } => Normal::new(mean, standard_error).map_or(mean, |normal| normal.sample(random)),
            Self::Fixed(value) => value,
        }
    }
}

/// One unit as the score sees it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScoreUnit {
    /// What is believed of its rate.
    pub belief: Belief,
    /// Whether it is ranked. A unit whose own count is withheld lends its
    /// expected value to its neighbours and gets no score.
    pub ranked: bool,
}

/// Parameters of [`hotspot_scores`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScoreParams {
    burden_weight: f64,
    draws: usize,
    seed: u64,
}

impl ScoreParams {
    /// Checked parameters: weight of the burden part (the clustering part has
    /// the rest), number of draws for the intervals, and seed.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] unless the weight lies within 0 to 1 and there
    /// are 40 (fewer cannot tell a 95 % interval) to ten million draws.
    pub fn new(burden_weight: f64, draws: usize, seed: u64) -> Result<Self, StatsError> {
        if !(0.0..=1.0).contains(&burden_weight) {
            return Err(StatsError::Parameter {
                what: "burden_weight",
                value: burden_weight,
                expected: "a share from 0 to 1",
            });
        }
        check_repetitions("draws", draws, 40, "a number from 40 to 10,000,000")?;
        Ok(Self {
            burden_weight,
            draws,
            seed,
        })
    }
}

/// Hotspot score of one unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HotspotScore {
    /// 0 to 100: weighted mean of the parts.
    pub score: f64,
    /// Part: percentile rank of the rate among ranked units, 0 to 100.
    pub burden: f64,
    /// Part: 100·Φ(Gi* z), 0 to 100; 50 is no clustering.
    pub clustering: f64,
    /// 1 is the highest score; equal scores share the better rank.
    pub rank: u32,
    /// 95 % intervals over the draws; `None` where no unit's uncertainty is
    /// known.
    pub uncertainty: Option<ScoreUncertainty>,
}

/// 95 % intervals of score and rank.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScoreUncertainty {
    /// Lower limit of the score.
    pub score_low: f64,
    /// Upper limit of the score.
    pub score_high: f64,
    /// Best rank.
    pub rank_low: u32,
    /// Worst rank.
    pub rank_high: u32,
}

/// Hotspot scores of all units, in order.
///
/// How bad is it here, and is it bad all around? The two parts answer one
/// question each and are given beside the score:
/// 1. burden: mid-rank percentile of the shrunken rate among ranked units;
/// 2. clustering: 100·Φ(z) with z the Gi* of the rates
///    ([`getis_ord`]; Ord & Getis 1995);
/// 3. score = w·burden + (1 − w)·clustering.
///
/// Steps 1 to 3 are repeated on rates drawn from what is believed of each
/// unit; the 2.5 % and 97.5 % quantiles over the draws are the intervals of
/// score and rank (Goldstein & Spiegelhalter 1996, *JRSS A* 159, on why a
/// league table needs them). Each draw has its own random stream, so the
/// result does not depend on the number of threads.
///
/// A unit is `None` where it is not ranked, has no value, or is an island
/// (clustering is then undefined, and half a score is none). Memory is
/// draws × units numbers.
///
/// # Errors
/// [`StatsError`] if the lengths differ or a rate is not finite.
pub fn hotspot_scores(
    units: &[Option<ScoreUnit>],
    weights: &SpatialWeights,
    params: &ScoreParams,
) -> Result<Vec<Option<HotspotScore>>, StatsError> {
    check_length("units", units.len(), weights.len())?;
    let means: Vec<Option<f64>> = units
        .iter()
        .map(|unit| unit.map(|unit| unit.belief.mean()))
        .collect();
    let ranked: Vec<bool> = units
        .iter()
        .map(|unit| unit.is_some_and(|unit| unit.ranked))
        .collect();
    let point = parts(&means, &ranked, weights, params)?;
    let certain = units.iter().flatten().all(|unit| unit.belief.is_certain());
    let spread = if certain {
        vec![None; units.len()]
    } else {
        uncertainty(units, &ranked, weights, params)?
    };
    let ranks = ranks(&scores(&point));
    Ok(point
        .into_iter()
        .zip(ranks)
        .zip(spread)
        .map(|((parts, rank), uncertainty)| {
            parts.map(|parts| HotspotScore {
                score: parts.score,
                burden: parts.burden,
                clustering: parts.clustering,
                rank,
                uncertainty,
            })
        })
        .collect())
}

#[derive(Debug, Clone, Copy)]
struct Parts {
    burden: f64,
    clustering: f64,
    score: f64,
}

fn parts(
    rates: &[Option<f64>],
    ranked: &[bool],
    weights: &SpatialWeights,
    params: &ScoreParams,
) -> Result<Vec<Option<Parts>>, StatsError> {
    let clusters = getis_ord(rates, weights, &GetisOrdParams::star())?;
    let mut sorted: Vec<f64> = rates
        .iter()
        .zip(ranked)
        .filter_map(|(rate, ranked)| rate.filter(|_| *ranked))
        .collect();
    sorted.sort_by(f64::total_cmp);
    Ok(rates
        .iter()
        .zip(ranked)
        .zip(clusters)
        .map(|((rate, ranked), cluster)| {
            let rate = rate.filter(|_| *ranked)?;
            let cluster = cluster?;
            let burden = 100.0 * double_mid_rank(&sorted, rate) as f64 / (2 * sorted.len()) as f64;
            let clustering = 100.0 * normal::cumulative(cluster.z);
            Some(Parts {
                burden,
                clustering,
                score: params.burden_weight * burden + (1.0 - params.burden_weight) * clustering,
            })
        })
        .collect())
}

fn scores(parts: &[Option<Parts>]) -> Vec<Option<f64>> {
    parts
        .iter()
        .map(|parts| parts.map(|parts| parts.score))
        .collect()
}

fn uncertainty(
    units: &[Option<ScoreUnit>],
    ranked: &[bool],
    weights: &SpatialWeights,
    params: &ScoreParams,
) -> Result<Vec<Option<ScoreUncertainty>>, StatsError> {
    let draws = score_draws(units.len(), params.draws, |draw| {
        let mut random = stream(params.seed, draw);
        let rates: Vec<Option<f64>> = units
            .iter()
            .map(|unit| unit.map(|unit| unit.belief.draw(&mut random)))
            .collect();
        Ok(scores(&parts(&rates, ranked, weights, params)?))
    })?;
    Ok(draws
        .into_iter()
        .map(|draws| {
            let draws = draws?;
            let (low, high) = (draws.at(0.025), draws.at(0.975));
            Some(ScoreUncertainty {
                score_low: f64::from(draws.scores[low]),
                score_high: f64::from(draws.scores[high]),
                rank_low: draws.ranks[low],
                rank_high: draws.ranks[high],
            })
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::path;

    /// A line of 40 units, high in the middle.
    fn line() -> (Vec<Option<ScoreUnit>>, SpatialWeights) {
        let units = (0..40)
            .map(|i| {
                let high = (15..22).contains(&i);
                let shape = if high { 90.0 } else { 20.0 + f64::from(i % 5) };
                Some(ScoreUnit {
                    belief: Belief::Gamma(GammaPosterior {
                        shape,
                        rate: 1000.0,
                    }),
                    ranked: i != 30,
                })
            })
            .collect();
        (units, path(40))
    }

    #[test]
    fn the_cluster_ranks_first_and_its_interval_holds_the_score() {
        let (units, weights) = line();
        let params = ScoreParams::new(0.5, 200, 7).unwrap();
        let scores = hotspot_scores(&units, &weights, &params).unwrap();
        let centre = scores[18].unwrap();
        let edge = scores[2].unwrap();
        assert!(centre.rank <= 7 && edge.rank > 7);
        assert!(centre.score > 80.0, "{centre:?}");
        let spread = centre.uncertainty.unwrap();
        assert!(spread.score_low <= centre.score && centre.score <= spread.score_high + 1.0);
        assert!(spread.rank_low <= spread.rank_high);
        assert!(scores[30].is_none(), "a withheld unit has no score");
    }

    #[test]
    fn one_thread_and_two_give_the_same_scores() {
        let (units, weights) = line();
        let params = ScoreParams::new(0.5, 100, 7).unwrap();
        let run = |threads| {
            rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap()
                .install(|| hotspot_scores(&units, &weights, &params).unwrap())
        };
        assert_eq!(run(1), run(2));
    }

    #[test]
    fn values_of_unknown_uncertainty_get_no_interval() {
        let (units, weights) = line();
        let fixed: Vec<_> = units
            .iter()
            .map(|unit| {
                unit.map(|unit| ScoreUnit {
                    belief: Belief::Fixed(unit.belief.mean()),
                    ..unit
                })
            })
            .collect();
        let params = ScoreParams::new(0.5, 100, 7).unwrap();
        let scores = hotspot_scores(&fixed, &weights, &params).unwrap();
        assert!(
            scores
                .iter()
                .flatten()
                .all(|score| score.uncertainty.is_none())
        );
    }
}
