//! The release run: count → protect → score → write, for each audience.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use datafusion::prelude::SessionContext;
use geo::MultiPolygon;
use rayon::prelude::*;
use safeground_privacy::{Audience, Policy, Released};
use safeground_schema::release::{Manifest, ManifestInput, ManifestTheme};
use safeground_schema::{Layer, Table, Theme};
use safeground_stats::weights::SpatialWeights;

use super::manifest::{self, MANIFEST};
use super::protect::{ProtectedCounts, layers_of, nothing_to_protect, protect_counts, wanted};
use super::store::{Published, Store};
use super::{CODE_VERSION, PLACES, SCORES, describe, parquet_file, places_table};
use crate::EngineError;
use crate::count::exposure::ExposureSources;
use crate::count::indicators::IndicatorBlock;
use crate::count::{Count, LayerKey, Places, Units, count, polygons};
use crate::score::{
    CountBlock, NeighbourRule, ScoreBlock, neighbours, score_counts, score_figures, to_batch,
};

/// What a release is made from.
#[derive(Clone)]
pub struct Input {
    /// Session with every lake table registered.
    pub session: SessionContext,
    /// Tables with the version read.
    pub inputs: Vec<ManifestInput>,
    /// Day of the last load, ISO 8601.
    pub data_as_of: Option<String>,
}

/// What to release, for whom and where to.
#[derive(Debug, Clone)]
pub struct ReleaseRequest {
    /// Policy; checked against its floor again.
    pub policy: Policy,
    /// Seed of the intervals of scores and ranks.
    pub seed: u64,
    /// Audiences, each with a folder of its own.
    pub audiences: Vec<Audience>,
    /// Folder of the releases.
    pub releases: PathBuf,
    /// Threads; the bytes do not depend on them.
    pub threads: usize,
}

/// What came of a release for one audience.
#[derive(Debug, Clone, serde::Serialize)]
pub struct ReleaseSummary {
    /// Audience.
    pub audience: Audience,
    /// Id.
    pub release_id: String,
    /// Whether it was written or there already.
    pub published: Published,
    /// Its folder.
    pub folder: PathBuf,
    /// Layers with their number of units.
    pub layers: BTreeMap<String, u64>,
    /// Themes.
    pub themes: Vec<String>,
    /// Rows of the scores.
    pub rows: u64,
    /// Rows by status.
    pub statuses: BTreeMap<String, u64>,
}

/// What came of a release run.
#[derive(Debug, Clone, serde::Serialize)]
pub struct RunReport {
    /// One entry per audience.
    pub releases: Vec<ReleaseSummary>,
    /// Rows of events that no layer could hold, by table and reason. Exact,
    /// so for the steward alone; it is in no release.
    pub left_out: Vec<LeftOut>,
}

/// Rows of a table that were not counted.
#[derive(Debug, Clone, serde::Serialize)]
pub struct LeftOut {
    /// Table.
    pub table: String,
    /// Reason.
    pub reason: String,
    /// Rows.
    pub rows: u64,
}

/// The map of a run: units, their neighbours and their shapes.
struct Map {
    places: Arc<Places>,
    units: BTreeMap<LayerKey, Arc<Units>>,
    shapes: BTreeMap<u32, Vec<u8>>,
    weights: BTreeMap<LayerKey, (SpatialWeights, NeighbourRule)>,
    exposure: ExposureSources,
}

/// Runs a release.
///
/// Exact counts exist from [`count`] to [`protect_counts`], which consumes
/// them; scoring and writing know protected counts only.
///
/// # Errors
/// Any failure leaves every audience with the release it had, or the new one.
pub async fn run_on(input: &Input, request: &ReleaseRequest) -> Result<RunReport, EngineError> {
    request.policy.check()?;
    let audiences: BTreeSet<Audience> = request.audiences.iter().copied().collect();
    let audiences: Vec<Audience> = audiences.into_iter().collect();
    let session = with_threads(&input.session, request.threads);
    let Count {
        located,
        exact,
        indicators,
        left_out,
    } = count(&session, |layers| {
        wanted(&request.policy, &audiences, layers)
    })
    .await?;
    let effort_known = exact.as_ref().is_some_and(|e| e.effort_is_known());
    let mut protected = match exact {
        Some(exact) => protect_counts(exact, &request.policy, &audiences),
        None => BTreeMap::new(),
    };
    let mut map = Map {
        shapes: BTreeMap::new(),
        weights: BTreeMap::new(),
        places: located.places,
        units: located.units,
        exposure: located.exposure,
    };
    let used = layers_used(&map, &protected, &indicators);
    map.units.retain(|key, _| used.contains(key));
    let place_layers: Vec<Layer> = used.iter().filter_map(place_layer).collect();
    map.shapes = polygons::read_wkb(&session, &map.places, &place_layers).await?;

    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(request.threads.max(1))
        .build()
        .map_err(|e| EngineError::Threads {
            reason: e.to_string(),
        })?;
    let request = request.clone();
    let sources = (input.inputs.clone(), input.data_as_of.clone());
    // Scoring is hours of arithmetic at worst: it runs off the async threads.
    let releases = tokio::task::spawn_blocking(move || {
        pool.install(|| {
            map.weights = all_neighbours(&map)?;
            audiences
                .iter()
                .map(|audience| {
                    let counts = protected
                        .remove(audience)
                        .unwrap_or_else(|| nothing_to_protect(request.policy.audience(*audience)));
                    let edition = Edition {
                        audience: *audience,
                        request: &request,
                        sources: &sources,
                        effort_known,
                    };
                    edition.make(counts, &indicators, &map)
                })
                .collect::<Result<Vec<_>, EngineError>>()
        })
    })
    .await
    .map_err(|e| EngineError::Threads {
        reason: e.to_string(),
    })??;
    let left_out = left_out
        .into_iter()
        .map(|((table, reason), rows): ((Table, _), _)| LeftOut {
            table: table.to_string(),
            reason: reason.to_owned(),
            rows,
        })
        .collect();
    Ok(RunReport { releases, left_out })
}

/// A copy of the session that uses this many threads.
fn with_threads(session: &SessionContext, threads: usize) -> SessionContext {
    let mut state = session.state();
    state.config_mut().options_mut().execution.target_partitions = threads.max(1);
    SessionContext::new_with_state(state)
}

fn place_layer(key: &LayerKey) -> Option<Layer> {
    match key {
        LayerKey::Place(layer) => Some(layer.clone()),
        LayerKey::H3(_) => None,
    }
}

/// Layers that any count or indicator speaks of.
fn layers_used(
    map: &Map,
    protected: &BTreeMap<Audience, ProtectedCounts>,
    indicators: &[IndicatorBlock],
) -> BTreeSet<LayerKey> {
    let counted = protected
        .values()
        .flat_map(|counts| counts.blocks.iter().map(|b| b.units().key.clone()));
    let published = indicators
        .iter()
        .map(|block| LayerKey::Place(block.layer.clone()));
    counted
        .chain(published)
        .filter(|key| map.units.contains_key(key))
        .collect()
}

fn all_neighbours(
    map: &Map,
) -> Result<BTreeMap<LayerKey, (SpatialWeights, NeighbourRule)>, EngineError> {
    map.units
        .iter()
        .map(|(key, units)| {
            let shapes: Vec<Option<MultiPolygon>> = units
                .places
                .par_iter()
                .map(|place| polygons::parse(map.shapes.get(place)?))
                .collect();
            Ok((key.clone(), neighbours(units, &map.places, &shapes)?))
        })
        .collect()
}

/// The edition of a run for one audience.
struct Edition<'a> {
    audience: Audience,
    request: &'a ReleaseRequest,
    sources: &'a (Vec<ManifestInput>, Option<String>),
    effort_known: bool,
}

/// The files of a release before they are written.
struct Files {
    manifest: Manifest,
    files: Vec<(&'static str, Vec<u8>)>,
}

impl Edition<'_> {
    fn make(
        &self,
        counts: ProtectedCounts,
        indicators: &[IndicatorBlock],
        map: &Map,
    ) -> Result<ReleaseSummary, EngineError> {
        let policy = self.request.policy.audience(self.audience);
        let visible = layers_of(policy, &map.places.layers);
        let indicators: Vec<&IndicatorBlock> = indicators
            .iter()
            .filter(|block| visible.contains(&LayerKey::Place(block.layer.clone())))
            .collect();
        let blocks = self.score(&counts.blocks, &indicators, map)?;
        let mut statuses: BTreeMap<String, u64> = BTreeMap::new();
        for status in blocks.iter().flat_map(|block| &block.status) {
            *statuses.entry(status.to_string()).or_default() += 1;
        }
        let files = self.files(blocks, &counts.blocks, &indicators, map)?;
        let files = Released::seal(files, &counts.proof);
        let Files { manifest, files } = files.get();
        let store = Store::new(&self.request.releases);
        let published = store.publish(
            self.audience.as_str(),
            &manifest.release_id,
            files,
            &mut |_| Ok(()),
        )?;
        Ok(ReleaseSummary {
            audience: self.audience,
            folder: store.folder(self.audience.as_str(), &manifest.release_id)?,
            release_id: manifest.release_id.clone(),
            published,
            layers: manifest
                .layers
                .iter()
                .map(|layer| (layer.id.clone(), layer.units))
                .collect(),
            themes: manifest.themes.iter().map(|t| t.code.clone()).collect(),
            rows: statuses.values().sum(),
            statuses,
        })
    }

    fn score(
        &self,
        counts: &[CountBlock],
        indicators: &[&IndicatorBlock],
        map: &Map,
    ) -> Result<Vec<ScoreBlock>, EngineError> {
        let seed = self.request.seed;
        let mut blocks: Vec<ScoreBlock> = counts
            .par_iter()
            .map(|block| {
                let (weights, _) = &map.weights[&block.units().key];
                score_counts(block, weights, seed)
            })
            .collect::<Result<_, _>>()?;
        let figures: Vec<ScoreBlock> = indicators
            .par_iter()
            .map(|block| {
                let key = LayerKey::Place(block.layer.clone());
                let (weights, _) = &map.weights[&key];
                score_figures(block, &map.units[&key], weights, seed)
            })
            .collect::<Result<_, _>>()?;
        blocks.extend(figures);
        Ok(blocks)
    }

    fn files(
        &self,
        blocks: Vec<ScoreBlock>,
        counts: &[CountBlock],
        indicators: &[&IndicatorBlock],
        map: &Map,
    ) -> Result<Files, EngineError> {
        let policy = &self.request.policy;
        let layers = manifest::layers_used(&map.units, &blocks);
        let available = manifest::available(&blocks);
        let rules: BTreeMap<String, NeighbourRule> = layers
            .iter()
            .map(|units| (units.key.to_string(), map.weights[&units.key].1))
            .collect();
        let places = places_table::places_table(&map.places, &layers, &map.shapes)?;
        let places = parquet_file::to_bytes(&places)?;
        let scores = parquet_file::to_bytes(&to_batch(blocks)?)?;
        let unsealed = Manifest {
            format: 1,
            release_id: String::new(),
            audience: self.audience.to_string(),
            data_as_of: self.sources.1.clone(),
            code_version: CODE_VERSION.to_owned(),
            seed: self.request.seed,
            policy_sha256: manifest::sha256(policy.to_toml().as_bytes()),
            policy: serde_json::to_value(policy.audience(self.audience))?,
            inputs: self.sources.0.clone(),
            layers: layers
                .iter()
                .map(|units| manifest::layer(units, &map.places, &map.shapes))
                .collect(),
            themes: themes(counts, indicators),
            available,
            methods: describe::methods(&rules, policy.audience(self.audience)),
            synthetic: map.places.synthetic,
            caveats: describe::caveats(
                map.places.synthetic,
                self.effort_known,
                map.exposure,
                !counts.is_empty(),
                !indicators.is_empty(),
            ),
            files: vec![
                manifest::file(PLACES, &places),
                manifest::file(SCORES, &scores),
            ],
        };
        let (manifest, text) = manifest::seal(unsealed)?;
        Ok(Files {
            manifest,
            files: vec![(PLACES, places), (SCORES, scores), (MANIFEST, text)],
        })
    }
}

/// Built-in themes in their documented order, then indicators by code.
fn themes(counts: &[CountBlock], indicators: &[&IndicatorBlock]) -> Vec<ManifestTheme> {
    let counted = Theme::BUILT_IN
        .iter()
        .filter(|theme| counts.iter().any(|block| block.theme() == *theme))
        .map(describe::theme);
    let mut published: BTreeMap<&str, ManifestTheme> = BTreeMap::new();
    for block in indicators {
        published
            .entry(&block.code)
            .or_insert_with(|| describe::indicator(block));
    }
    counted.chain(published.into_values()).collect()
}
