//! Scores put together from parts, always shown with their parts.
//!
//! [`normalise`] puts indicators on one scale, [`indicator_weights`] says how
//! much each counts, [`composite_index`] adds them up. How far the result can
//! be trusted: [`rank_distributions`] (values and weights),
//! [`composite_sensitivity`] (choices), [`cronbach_alpha`] and
//! [`correlations`] (do the parts belong together?).

mod composite_index;
mod composite_sensitivity;
mod diagnostics;
mod draws;
mod eigen;
mod hotspot_score;
mod indicator_weights;
mod normalise;
mod rank_distribution;
mod sobol;

pub use composite_index::{
    Aggregation, CompositeParams, CompositePart, CompositeScore, MissingParts, composite_index,
};
pub use composite_sensitivity::{
    CompositeChoices, CompositeSensitivity, LeftOutIndicator, SensitivityFactor,
    composite_sensitivity,
};
pub use diagnostics::{CronbachAlpha, correlations, cronbach_alpha};
pub use hotspot_score::{
    Belief, HotspotScore, ScoreParams, ScoreUncertainty, ScoreUnit, hotspot_scores,
};
pub use indicator_weights::{Weighting, indicator_weights};
pub use normalise::{Direction, Divisor, NormaliseParams, Scaling, Transformation, normalise};
pub use rank_distribution::{
    CompositeModel, IndicatorBeliefs, RankDistribution, RankDistributionParams, WeightSpread,
    rank_distributions,
};
pub use sobol::{FirstOrder, SobolIndex, SobolParams, sobol_indices};
