//! The map that a run scores on: units, shapes and neighbours, once per run.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::prelude::SessionContext;
use geo::MultiPolygon;
use rayon::prelude::*;
use safeground_schema::Layer;
use safeground_stats::weights::SpatialWeights;

use super::{CountBlock, NeighbourRule, ScoreBlock, neighbours, score_counts, score_figures};
use crate::EngineError;
use crate::count::exposure::ExposureSources;
use crate::count::indicators::IndicatorBlock;
use crate::count::{LayerKey, Located, Places, Units, polygons};

/// Units of the layers in use, their shapes and who neighbours whom.
#[derive(Debug)]
pub struct Map {
    /// All places.
    pub places: Arc<Places>,
    /// Units by layer.
    pub units: BTreeMap<LayerKey, Arc<Units>>,
    /// Well-known binary of the polygons of the layers, by place.
    pub shapes: BTreeMap<u32, Vec<u8>>,
    /// Where exposures came from.
    pub exposure: ExposureSources,
    weights: BTreeMap<LayerKey, (SpatialWeights, NeighbourRule)>,
}

impl Map {
    /// Reads the shapes of the layers in use; other layers are dropped.
    ///
    /// # Errors
    /// The query's failure.
    pub async fn read(
        session: &SessionContext,
        located: Located,
        used: &BTreeSet<LayerKey>,
    ) -> Result<Self, EngineError> {
        let Located {
            places,
            mut units,
            exposure,
        } = located;
        units.retain(|key, _| used.contains(key));
        let layers: Vec<Layer> = units
            .keys()
            .filter_map(|key| match key {
                LayerKey::Place(layer) => Some(layer.clone()),
                LayerKey::H3(_) => None,
            })
            .collect();
        let shapes = polygons::read_wkb(session, &places, &layers).await?;
        Ok(Self {
            places,
            units,
            shapes,
            exposure,
            weights: BTreeMap::new(),
        })
    }

    /// Finds the neighbours of every layer. Arithmetic: not for async threads.
    ///
    /// # Errors
    /// As [`neighbours()`].
    pub fn find_neighbours(&mut self) -> Result<(), EngineError> {
        for (key, units) in &self.units {
            let shapes: Vec<Option<MultiPolygon>> = units
                .places
                .par_iter()
                .map(|place| polygons::parse(self.shapes.get(place)?))
                .collect();
            let found = neighbours(units, &self.places, &shapes)?;
            self.weights.insert(key.clone(), found);
        }
        Ok(())
    }

    /// How the neighbours of a layer were found.
    #[must_use]
    pub fn rule(&self, key: &LayerKey) -> NeighbourRule {
        self.weights
            .get(key)
            .map_or(NeighbourRule::None, |(_, rule)| *rule)
    }

    /// Scores counts and published figures on this map; blocks of layers that
    /// it does not have are left out.
    ///
    /// # Errors
    /// [`EngineError::Statistics`] for values no statistic takes.
    pub fn score(
        &self,
        counts: &[CountBlock],
        figures: &[&IndicatorBlock],
        seed: u64,
    ) -> Result<Vec<ScoreBlock>, EngineError> {
        let mut blocks: Vec<ScoreBlock> = counts
            .par_iter()
            .filter_map(|block| {
                let (weights, _) = self.weights.get(&block.units().key)?;
                Some(score_counts(block, weights, seed))
            })
            .collect::<Result<_, _>>()?;
        let published: Vec<ScoreBlock> = figures
            .par_iter()
            .filter_map(|block| {
                let key = LayerKey::Place(block.layer.clone());
                let (weights, _) = self.weights.get(&key)?;
                let units = self.units.get(&key)?;
                Some(score_figures(block, units, weights, seed))
            })
            .collect::<Result<_, _>>()?;
        blocks.extend(published);
        Ok(blocks)
    }
}
