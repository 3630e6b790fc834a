//! Scores put together from parts, always shown with their parts.

mod hotspot_score;

pub use hotspot_score::{
    Belief, HotspotScore, ScoreParams, ScoreUncertainty, ScoreUnit, hotspot_scores,
};
