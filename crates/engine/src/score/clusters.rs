//! From what is believed of each unit to hotspots and scores: the part that
//! counts and published figures share.

use safeground_stats::composite::{Belief, ScoreParams, ScoreUnit, hotspot_scores};
use safeground_stats::local::{GetisOrdParams, HotspotClass, getis_ord};
use safeground_stats::multiple_testing::{Adjustment, adjust};
use safeground_stats::weights::SpatialWeights;
use sha2::{Digest, Sha256};

use super::ScoreBlock;
use crate::EngineError;

/// Weight of the burden part in the hotspot score: how bad it is here counts
/// as much as whether it is bad all around.
pub const BURDEN_WEIGHT: f64 = 0.5;

/// Draws behind the intervals of score and rank.
pub const DRAWS: usize = 200;

/// Gi* of one unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cluster {
    pub(super) z: f64,
    pub(super) p: f64,
}

/// Fills Gi*, score and rank columns of a block, with Gi* of what is believed
/// of each unit.
pub(super) fn fill(
    block: &mut ScoreBlock,
    units: &[Option<ScoreUnit>],
    weights: &SpatialWeights,
    seed: u64,
) -> Result<(), EngineError> {
    let values: Vec<Option<f64>> = units
        .iter()
        .map(|unit| unit.map(|unit| mean(&unit.belief)))
        .collect();
    let clusters = getis_ord(&values, weights, &GetisOrdParams::star())?
        .into_iter()
        .map(|g| g.map(|g| Cluster { z: g.z, p: g.p() }))
        .collect();
    fill_with(block, units, clusters, weights, seed)
}

/// Fills Gi*, score and rank columns of a block from Gi* of each unit.
///
/// `units` holds what is believed of each unit that has a value, whether its
/// own figure is published or only lent to its neighbours; masked units are
/// `None`.
pub(super) fn fill_with(
    block: &mut ScoreBlock,
    units: &[Option<ScoreUnit>],
    local: Vec<Option<Cluster>>,
    weights: &SpatialWeights,
    seed: u64,
) -> Result<(), EngineError> {
    let values: Vec<Option<f64>> = units
        .iter()
        .map(|unit| unit.map(|unit| mean(&unit.belief)))
        .collect();
    let p: Vec<Option<f64>> = local.iter().map(|g| g.map(|g| g.p)).collect();
    let q = adjust(&p, Adjustment::BenjaminiHochberg);
    block.gi_class = local
        .iter()
        .zip(&q)
        .map(|(g, q)| Some(HotspotClass::of((*g)?.z, (*q)?).as_str()))
        .collect();
    block.neighbours = values
        .iter()
        .enumerate()
        .map(|(unit, value)| {
            (*value)?;
            let near = weights.neighbours(unit);
            Some(near.filter(|other| values[*other].is_some()).count() as i32)
        })
        .collect();
    block.gi = [local.iter().map(|g| g.map(|g| g.z)).collect(), p, q];

    let params = ScoreParams::new(BURDEN_WEIGHT, DRAWS, block_seed(seed, block))?;
    for (unit, score) in hotspot_scores(units, weights, &params)?
        .into_iter()
        .enumerate()
    {
        let Some(score) = score else { continue };
        block.score[0][unit] = Some(score.score);
        block.parts[0][unit] = Some(score.burden);
        block.parts[1][unit] = Some(score.clustering);
        block.rank[0][unit] = i32::try_from(score.rank).ok();
        if let Some(spread) = score.uncertainty {
            block.score[1][unit] = Some(spread.score_low);
            block.score[2][unit] = Some(spread.score_high);
            block.rank[1][unit] = i32::try_from(spread.rank_low).ok();
            block.rank[2][unit] = i32::try_from(spread.rank_high).ok();
        }
    }
    Ok(())
}

fn mean(belief: &Belief) -> f64 {
    match belief {
        Belief::Gamma(posterior) => posterior.mean(),
        Belief::Normal { mean, .. } | Belief::Fixed(mean) => *mean,
    }
}

/// A seed of its own for every block, so that adding a layer or a period
/// changes no number of another.
fn block_seed(seed: u64, block: &ScoreBlock) -> u64 {
    let mut hash = Sha256::new();
    hash.update(seed.to_le_bytes());
    for part in [&block.layer, &block.theme, &block.period] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let digest = hash.finalize();
    u64::from_le_bytes(
        digest[..8]
            .try_into()
            .expect("a SHA-256 digest has at least eight bytes"),
    )
}
