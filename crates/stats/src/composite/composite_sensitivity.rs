//! Which choice in the making of an index moves the ranks?

use rand::Rng as _;

use super::composite_index::composite_scores;
use super::draws::ranks;
use super::sobol::sobol_indices;
use super::{
    Aggregation, Belief, CompositeModel, Scaling, SobolIndex, SobolParams, WeightSpread, normalise,
};
use crate::StatsError;
use crate::random::stream;

/// Sensitivity of ranks to the choices behind a composite index.
///
/// Saisana, Saltelli & Tarantola (2005), *JRSS A* 168; OECD & JRC Handbook
/// (2008), step 7. Five factors ([`SensitivityFactor`]) are drawn
/// independently: values from what is believed of them, the scaling and the
/// aggregation from lists with equal chances, the weights from a Dirichlet
/// distribution, and which indicator, if any, is left out. Outputs are the
/// average shift in rank, R̄ = mean |rank − reference rank| over the units,
/// and each unit's rank. The reference is the model as it is.
///
/// Units without a reference score are `None` and not ranked. A unit whose
/// score is undefined under a choice counts as ranked after all others there.
///
/// O(samples·7·units·(indicators + log units)).
///
/// # Errors
/// [`StatsError`] if a parameter or value is outside its domain, or no unit
/// has a score.
pub fn composite_sensitivity(
    model: &CompositeModel,
    choices: &CompositeChoices,
    params: &SobolParams,
) -> Result<CompositeSensitivity, StatsError> {
    let checked = choices.checked(model)?;
    let reference = model.scores()?;
    let units: Vec<usize> = (0..reference.len())
        .filter(|unit| reference[*unit].is_some())
        .collect();
    if units.is_empty() {
        return Err(StatsError::TooFew {
            method: "sensitivity of ranks",
            found: 0,
            least: 1,
        });
    }
    let reference = ranks(&reference);
    let run = |values: &[Drawn]| -> Result<Vec<f64>, StatsError> {
        let scores = checked.scores(model, values)?;
        let kept: Vec<Option<f64>> = units.iter().map(|unit| scores[*unit]).collect();
        let last = kept.iter().flatten().count() as u32 + 1;
        let ranks: Vec<f64> = ranks(&kept)
            .into_iter()
            .map(|rank| f64::from(if rank == 0 { last } else { rank }))
            .collect();
        let shift = ranks
            .iter()
            .zip(&units)
            .map(|(rank, unit)| (rank - f64::from(reference[*unit])).abs())
            .sum::<f64>()
            / units.len() as f64;
        Ok(std::iter::once(shift).chain(ranks).collect())
    };
    let factors = SensitivityFactor::ALL.len();
    let mut indices =
        sobol_indices(factors, params, |_, random| random.random::<u64>(), run)?.into_iter();
    let rank_shift = indices.next().flatten();
    let mut unit_ranks = vec![None; reference.len()];
    for (unit, index) in units.iter().zip(indices) {
        unit_ranks[*unit] = index;
    }
    Ok(CompositeSensitivity {
        rank_shift: rank_shift.map(by_factor),
        unit_ranks: unit_ranks
            .into_iter()
            .map(|index| index.map(by_factor))
            .collect(),
    })
}

/// Result of [`composite_sensitivity`].
#[derive(Debug, Clone, PartialEq)]
pub struct CompositeSensitivity {
    /// Indices of the average shift in rank; `None` if no choice moves any
    /// rank.
    pub rank_shift: Option<Vec<(SensitivityFactor, SobolIndex)>>,
    /// Indices of each unit's rank; `None` for a unit without a reference
    /// score or whose rank never moves.
    pub unit_ranks: Vec<Option<Vec<(SensitivityFactor, SobolIndex)>>>,
}

/// A choice in the making of an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SensitivityFactor {
    /// Uncertainty of the indicator values.
    Values,
    /// How indicators are scaled.
    Scaling,
    /// How much they weigh.
    Weights,
    /// How they are aggregated.
    Aggregation,
    /// Whether one of them is left out.
    LeftOut,
}

impl SensitivityFactor {
    /// All factors, in the order of the results.
    pub const ALL: [Self; 5] = [
        Self::Values,
        Self::Scaling,
        Self::Weights,
        Self::Aggregation,
        Self::LeftOut,
    ];
}

/// The choices to try.
#[derive(Debug, Clone, PartialEq)]
pub struct CompositeChoices {
    /// Scalings tried instead of the model's own, for all indicators at once;
    /// empty to keep it.
    pub scalings: Vec<Scaling>,
    /// Spread of the weights.
    pub weights: WeightSpread,
    /// Aggregations tried instead of the model's own; empty to keep it.
    pub aggregations: Vec<Aggregation>,
    /// Whether indicators are left out.
    pub left_out: LeftOutIndicator,
}

/// Whether one indicator is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftOutIndicator {
    /// All are kept.
    Never,
    /// None or any one, with equal chances.
    AnyOne,
}

/// What a factor is drawn as: the number of a random stream, from which a run
/// takes all that the factor needs.
type Drawn = u64;

struct Checked<'a> {
    choices: &'a CompositeChoices,
    /// For each scaling, the parameters of each indicator.
    scalings: Vec<Vec<super::NormaliseParams>>,
}

impl CompositeChoices {
    fn checked(&self, model: &CompositeModel) -> Result<Checked<'_>, StatsError> {
        self.weights.check()?;
        for aggregation in &self.aggregations {
            aggregation.check()?;
        }
        let scalings = self
            .scalings
            .iter()
            .map(|scaling| {
                model
                    .indicators
                    .iter()
                    .map(|indicator| indicator.normalise.with_scaling(*scaling))
                    .collect()
            })
            .collect::<Result<_, StatsError>>()?;
        Ok(Checked {
            choices: self,
            scalings,
        })
    }
}

impl Checked<'_> {
    fn scores(
        &self,
        model: &CompositeModel,
        drawn: &[Drawn],
    ) -> Result<Vec<Option<f64>>, StatsError> {
        let pick = |number: Drawn, count: usize| (number % count.max(1) as u64) as usize;
        let scaling = self.scalings.get(pick(drawn[1], self.scalings.len()));
        let mut values = stream(drawn[0], 0);
        let columns = model
            .indicators
            .iter()
            .enumerate()
            .map(|(number, indicator)| {
                let values: Vec<Option<f64>> = indicator
                    .values
                    .iter()
                    .map(|belief| {
                        belief
                            .as_ref()
                            .map(|belief: &Belief| belief.draw(&mut values))
                    })
                    .collect();
                let params = scaling.map_or(&indicator.normalise, |params| &params[number]);
                normalise(&values, params)
            })
            .collect::<Result<Vec<_>, StatsError>>()?;
        let mut weights = self
            .choices
            .weights
            .draw(&model.weights, &mut stream(drawn[2], 0));
        if self.choices.left_out == LeftOutIndicator::AnyOne && weights.len() > 1 {
            let left_out = pick(drawn[4], weights.len() + 1);
            if let Some(weight) = weights.get_mut(left_out) {
                *weight = 0.0;
            }
            let total: f64 = weights.iter().sum();
            // Leaving out the only indicator with a weight leaves no index.
            if total <= 0.0 {
                return Ok(vec![None; model.units()]);
            }
            for weight in &mut weights {
                *weight /= total;
            }
        }
        let aggregations = &self.choices.aggregations;
        let params = aggregations
            .get(pick(drawn[3], aggregations.len()))
            .map_or(model.params, |aggregation| {
                model.params.with_aggregation(*aggregation)
            });
        Ok(composite_scores(&columns, &weights, &params))
    }
}

fn by_factor(indices: Vec<SobolIndex>) -> Vec<(SensitivityFactor, SobolIndex)> {
    SensitivityFactor::ALL.into_iter().zip(indices).collect()
}
