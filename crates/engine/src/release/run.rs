//! The release run: count → protect → score → write, for each audience.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use datafusion::prelude::SessionContext;
use safeground_privacy::{Audience, Policy, Released};
use safeground_schema::release::{Manifest, ManifestInput, ManifestTheme};
use safeground_schema::{Table, Theme};

use super::manifest::{self, MANIFEST};
use super::protect::{ProtectedCounts, layers_of, nothing_to_protect, protect_counts, wanted};
use super::store::{Published, Store};
use super::{CODE_VERSION, PLACES, SCORES, describe, parquet_file, places_table};
use crate::count::indicators::IndicatorBlock;
use crate::count::{Count, LayerKey, count};
use crate::resources::off_async;
use crate::score::{CountBlock, Map, NeighbourRule, ScoreBlock, to_batch};
use crate::{EngineError, Resources};

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
    /// Threads and memory; the bytes depend on neither.
    pub resources: Resources,
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
    let session = request.resources.session(&input.session)?;
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
    let used = layers_used(&protected, &indicators);
    let mut map = Map::read(&session, located, &used).await?;
    let pool = request.resources.pool()?;
    let request = request.clone();
    let sources = (input.inputs.clone(), input.data_as_of.clone());
    let releases = off_async(move || {
        pool.install(|| {
            map.find_neighbours()?;
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
    .await?;
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

/// Layers that any count or indicator speaks of.
fn layers_used(
    protected: &BTreeMap<Audience, ProtectedCounts>,
    indicators: &[IndicatorBlock],
) -> BTreeSet<LayerKey> {
    let counted = protected
        .values()
        .flat_map(|counts| counts.blocks.iter().map(|b| b.units().key.clone()));
    let published = indicators
        .iter()
        .map(|block| LayerKey::Place(block.layer.clone()));
    counted.chain(published).collect()
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
        let blocks = map.score(&counts.blocks, &indicators, self.request.seed)?;
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
            .map(|units| (units.key.to_string(), map.rule(&units.key)))
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
