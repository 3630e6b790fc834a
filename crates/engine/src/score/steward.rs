//! The steward's own table: the same scores on exact counts.
//!
//! It stays with the steward. No release, server or export reads it, and it
//! is not wrapped in `Released`, so nothing that serves will take it.

use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion::prelude::SessionContext;
use safeground_schema::{Layer, PeriodKind, Theme};

use super::{CountBlock, Map, Observation, to_batch};
use crate::count::indicators::IndicatorBlock;
use crate::count::{Count, ExactBlock, ExactCounts, LayerKey, Pair, Wanted, count};
use crate::resources::off_async;
use crate::{EngineError, Resources};

/// What a steward wants scored.
#[derive(Debug, Clone)]
pub struct StewardRequest {
    /// Layers of places; all of the lake where empty.
    pub layers: Vec<Layer>,
    /// H3 resolutions.
    pub h3_resolutions: Vec<u8>,
    /// Kind of period.
    pub kind: PeriodKind,
    /// Seed of the intervals of scores and ranks.
    pub seed: u64,
    /// Threads and memory.
    pub resources: Resources,
}

/// Scores the exact counts of a lake. Zero shows as `zero`, not observed as
/// `not_observed`; nothing is withheld, so the table must not leave the lake.
///
/// # Errors
/// A failed query or a value no statistic takes.
pub async fn steward(
    session: &SessionContext,
    request: StewardRequest,
) -> Result<RecordBatch, EngineError> {
    let session = request.resources.session(session)?;
    let Count {
        located,
        exact,
        indicators,
        ..
    } = count(&session, |places| {
        let layers = places
            .layers
            .iter()
            .filter(|layer| request.layers.is_empty() || request.layers.contains(layer))
            .map(|layer| LayerKey::Place(layer.clone()));
        let cells = request.h3_resolutions.iter().map(|r| LayerKey::H3(*r));
        Wanted {
            exact: layers.chain(cells).map(|key| (key, request.kind)).collect(),
            ..Wanted::default()
        }
    })
    .await?;
    let used = located.units.keys().cloned().collect();
    let mut map = Map::read(&session, located, &used).await?;
    let pool = request.resources.pool()?;
    off_async(move || {
        pool.install(|| {
            map.find_neighbours()?;
            let counts = exact.map(blocks).unwrap_or_default();
            let figures: Vec<&IndicatorBlock> = indicators.iter().collect();
            to_batch(map.score(&counts, &figures, request.seed)?)
        })
    })
    .await
}

fn blocks(exact: ExactCounts) -> Vec<CountBlock> {
    let mut blocks = Vec::new();
    for pair in &exact.frame().pairs {
        for theme in exact.themes() {
            for slot in 0..pair.periods.len() {
                if let Some(block) = exact.block(theme, pair, slot) {
                    blocks.push(as_is(block, pair));
                }
            }
        }
    }
    blocks
}

fn as_is(exact: ExactBlock, pair: &Pair) -> CountBlock {
    let units = Arc::clone(&pair.units);
    let exposure: Vec<Option<f64>> = match (&exact.among, &exact.theme) {
        (Some(among), _) => among.iter().map(|n| Some(*n as f64)).collect(),
        (None, Theme::Outreach) => units.households.clone(),
        (None, _) => units.children.clone(),
    };
    let observations = exact
        .amounts
        .iter()
        .zip(&exact.observed)
        .map(|(count, observed)| match (count, observed) {
            (0, false) => Observation::NotObserved,
            (count, _) => Observation::Known(*count),
        })
        .collect();
    CountBlock {
        units,
        theme: exact.theme,
        period: exact.period,
        observations,
        exposure: exposure
            .into_iter()
            .map(|e| e.filter(|e| *e > 0.0))
            .collect(),
        threshold: 1,
    }
}
