//! Scores put together from parts, always shown with their parts.
//!
//! | step | method | file |
//! |---|---|---|
//! | indicators on one scale | [`normalise()`] | `normalise.rs` |
//! | how much each counts | [`indicator_weights()`]: equal, given, entropy, principal component, inverse covariance | `indicator_weights.rs` |
//! | their sum | [`composite_index()`]: linear or geometric | `composite_index.rs` |
//! | the hotspot score | [`hotspot_scores()`] | `hotspot_score.rs` |
//! | how sure are the ranks? | [`rank_distributions()`]: values and weights | `rank_distribution.rs` |
//! | which choice matters? | [`composite_sensitivity()`] | `composite_sensitivity.rs` |
//! | | [`sobol_indices()`], of any function | `sobol.rs` |
//! | do the parts belong together? | [`cronbach_alpha()`], [`correlations()`] | `diagnostics.rs` |
//!
//! Deliberately absent: weights learned from an outcome, and factor analysis
//! beyond the first principal component.

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
