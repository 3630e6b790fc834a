//! The release run: count → protect → score → write, for each audience.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use chrono::NaiveDate;
use datafusion::prelude::SessionContext;
use safeground_privacy::audit::Act;
use safeground_privacy::suppression::SealedDecisions;
use safeground_privacy::{Audience, AudiencePolicy, Policy, Protection, Released};
use safeground_schema::Theme;
use safeground_schema::release::{Manifest, ManifestInput, ManifestOverride, ManifestTheme};

use super::kept::{heads, keep, kept};
use super::manifest::{self, MANIFEST};
use super::protect::{
    Closed, Draws, Joint, ProtectedCounts, Reports, layers_of, make_draws, noisy_blocks,
    protect_jointly, wanted,
};
use super::report::{ReleaseSummary, RunReport, left_out_rows, suppressed, without_key};
use super::signature::{ReleaseSigner, SIGNATURE};
use super::store::Store;
use super::vault::{Reached, Vault, VaultStep};
use super::{
    BREAKDOWNS, CODE_VERSION, PLACES, SCORES, breakdowns_table, describe, parquet_file,
    places_table,
};
use crate::count::indicators::IndicatorBlock;
use crate::count::{BoundedCount, Count, LayerKey, count};
use crate::govern::{AuditLog, allowed, hash_of, overrides_used};
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
    /// Ledger, kept draws and seed of the lake.
    pub vault: Vault,
}

/// What to release, for whom and where to.
#[derive(Debug, Clone)]
pub struct ReleaseRequest {
    /// Policy; checked against its floor again. What is looser needs the
    /// approvals of two stewards, kept in the lake.
    pub policy: Policy,
    /// Seed of the intervals of scores and ranks.
    pub seed: u64,
    /// The day of the run: it decides which periods have settled.
    pub today: NaiveDate,
    /// Audiences, each with a folder of its own.
    pub audiences: Vec<Audience>,
    /// Folder of the releases.
    pub releases: PathBuf,
    /// Threads and memory; the bytes depend on neither.
    pub resources: Resources,
}

/// Runs a release.
///
/// Exact counts exist from [`count`] to protection, which consumes them;
/// scoring and writing know protected counts only.
///
/// # Errors
/// [`crate::govern::GovernError::NotApproved`] for a policy that is looser than
/// the floor and not allowed by two stewards.
/// Any failure leaves every audience with the release it had, or the new one.
/// What was paid for noise stays paid; running again costs nothing more.
pub async fn run_on(input: &Input, request: &ReleaseRequest) -> Result<RunReport, EngineError> {
    run_reaching(input, request, &mut |_| Ok(())).await
}

/// [`run_on`] that tells of its steps, for tests of faults.
///
/// # Errors
/// As [`run_on`], and what `reached` returns.
pub async fn run_reaching(
    input: &Input,
    request: &ReleaseRequest,
    reached: Reached<'_>,
) -> Result<RunReport, EngineError> {
    let override_now = allowed(&input.vault, &request.policy).await?;
    let log = input.vault.audit();
    let policy_hash = hash_of(&request.policy);
    if let Some(used) = &override_now {
        log.write(override_used(used, &policy_hash)).await?;
    }
    // What was decided under an override stays decided, so the mark stays too.
    let looser = overrides_used(&log.read().await?);
    let audiences: BTreeSet<Audience> = request.audiences.iter().copied().collect();
    let audiences: Vec<Audience> = audiences.into_iter().collect();
    let session = request.resources.session(&input.session)?;
    let settling_days = request.policy.settling_days;
    let closed = Closed::by(input.data_as_of.as_deref(), request.today, settling_days);
    let Count {
        located,
        exact,
        bounded,
        indicators,
        left_out,
    } = count(&session, |places| wanted(&request.policy, places)).await?;
    let mut left_out = left_out_rows(left_out);
    let heads = heads(&request.releases)?;
    let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
    let mut ledger = input.vault.ledger(&heads).await?;
    let draws = match &bounded {
        Some(bounded) => {
            left_out.extend(without_key(bounded));
            let policy = &request.policy;
            let vault = &input.vault;
            make_draws(
                &session,
                bounded,
                policy,
                closed,
                vault,
                &mut ledger,
                reached,
            )
            .await?
        }
        None => Draws::default(),
    };
    let fingerprints = draws.fingerprints();
    let effort_known = exact.as_ref().is_some_and(|e| e.effort_is_known());
    let kept = kept(&input.vault, exact.as_ref(), closed).await?;
    let work = {
        let (policy, audiences) = (request.policy.clone(), audiences.clone());
        let (pool, seed) = (request.resources.pool()?, Arc::clone(input.vault.seed()));
        off_async(move || {
            pool.install(|| {
                let joint = protect_jointly(exact, &policy, closed, &kept, &seed)?;
                protect(joint, bounded, draws, &policy, &audiences)
            })
        })
    };
    let mut protected = work.await?;
    keep(&input.vault, &protected.decided).await?;
    reached(VaultStep::Decided)?;
    let used = layers_used(&protected.counts, &indicators);
    let mut map = Map::read(&session, located, &used).await?;
    let pool = request.resources.pool()?;
    let sources = (input.inputs.clone(), input.data_as_of.clone());
    let (making, signer) = (request.clone(), input.vault.signer().clone());
    let looser_than_floor = looser.clone();
    let (editions, report) = off_async(move || {
        let editions = pool.install(|| {
            map.find_neighbours()?;
            audiences
                .iter()
                .map(|audience| {
                    let edition = Edition {
                        audience: *audience,
                        request: &making,
                        looser: looser.as_ref(),
                        sources: &sources,
                        effort_known,
                        draws: &protected.draws,
                        signer: &signer,
                    };
                    let counts = protected.counts.remove(audience);
                    edition.make(counts, &protected.proof, &indicators, &map)
                })
                .collect::<Result<Vec<_>, EngineError>>()
        })?;
        Ok((editions, protected))
    })
    .await?;
    // What is told is written down first, in the lake and beside the releases,
    // whose log says which entry of the lake's it goes with: that a lake's log
    // was cut off shows there.
    let beside = AuditLog::of_releases(&request.releases, log.scribe().clone())?;
    for edition in &editions {
        let act = |lake_entry| Act::ReleaseMade {
            audience: edition.audience,
            release: edition.files.get().manifest.release_id.clone(),
            policy: policy_hash.clone(),
            lake_entry,
        };
        let entry = log.write(act(None)).await?;
        beside.write(act(Some(entry.hash))).await?;
    }
    reached(VaultStep::Logged)?;
    let store = Store::new(&request.releases);
    let releases = off_async(move || {
        let published = editions.into_iter().map(|edition| edition.publish(&store));
        published.collect::<Result<Vec<_>, EngineError>>()
    })
    .await?;
    input.vault.commit(&mut ledger, fingerprints).await?;
    Ok(RunReport {
        releases,
        left_out,
        suppression: suppressed(&report.reports),
        years_without_draw: report
            .draws
            .missing
            .iter()
            .map(|(year, reason)| (*year, (*reason).to_owned()))
            .collect(),
        draws: report
            .draws
            .manifest
            .iter()
            .flat_map(|noise| noise.draws.iter().map(|draw| draw.year))
            .collect(),
        looser_than_floor,
    })
}

/// Everything after protection.
struct ProtectedRun {
    counts: BTreeMap<Audience, ProtectedCounts>,
    proof: Protection,
    draws: Draws,
    decided: Vec<SealedDecisions>,
    reports: Reports,
}

/// Joins what each audience sees.
fn protect(
    joint: Joint,
    bounded: Option<BoundedCount>,
    draws: Draws,
    policy: &Policy,
    audiences: &[Audience],
) -> Result<ProtectedRun, EngineError> {
    let Joint {
        mut blocks,
        mut shown,
        classes,
        proof,
        decided,
        reports,
    } = joint;
    let divides = !policy.breakdowns.by.is_empty();
    let mut classes = divides.then_some(classes);
    let mut counts = BTreeMap::new();
    for audience in audiences {
        let mut of_audience = ProtectedCounts {
            blocks: blocks.remove(audience).unwrap_or_default(),
            shown: shown.remove(audience).unwrap_or_default(),
            classes: match audience {
                Audience::Research => classes.take(),
                Audience::Public | Audience::Planning => None,
            },
            proof: proof.clone(),
        };
        if let Some(bounded) = &bounded {
            let (blocks, shown) = noisy_blocks(&draws, bounded, policy, *audience)?;
            of_audience.blocks.extend(blocks);
            of_audience.shown.extend(shown);
        }
        counts.insert(*audience, of_audience);
    }
    Ok(ProtectedRun {
        counts,
        proof,
        draws,
        decided,
        reports,
    })
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
    looser: Option<&'a ManifestOverride>,
    sources: &'a (Vec<ManifestInput>, Option<String>),
    effort_known: bool,
    draws: &'a Draws,
    signer: &'a ReleaseSigner,
}

/// The files of a release before they are written.
struct Files {
    manifest: Manifest,
    files: Vec<(&'static str, Vec<u8>)>,
}

/// An edition that is made and not yet told.
struct Made {
    audience: Audience,
    files: Released<Files>,
    statuses: BTreeMap<String, u64>,
}

impl Made {
    /// Publishes it, wholly or not at all.
    fn publish(self, store: &Store) -> Result<ReleaseSummary, EngineError> {
        let Files { manifest, files } = self.files.get();
        let audience = self.audience.as_str();
        let published = store.publish(audience, &manifest.release_id, files, &mut |_| Ok(()))?;
        Ok(ReleaseSummary {
            audience: self.audience,
            folder: store.folder(audience, &manifest.release_id)?,
            release_id: manifest.release_id.clone(),
            published,
            layers: manifest
                .layers
                .iter()
                .map(|layer| (layer.id.clone(), layer.units))
                .collect(),
            themes: manifest.themes.iter().map(|t| t.code.clone()).collect(),
            rows: self.statuses.values().sum(),
            statuses: self.statuses,
        })
    }
}

/// That stewards allowed what the floor forbids.
fn override_used(looser: &ManifestOverride, policy: &str) -> Act {
    let rules = looser.rules.iter();
    Act::OverrideUsed {
        policy: policy.to_owned(),
        rules: rules
            .map(|rule| format!("{} = {} (floor {})", rule.setting, rule.value, rule.floor))
            .collect(),
        approved_by: looser.approved_by.clone(),
    }
}

impl Edition<'_> {
    fn make(
        &self,
        counts: Option<ProtectedCounts>,
        proof: &Protection,
        indicators: &[IndicatorBlock],
        map: &Map,
    ) -> Result<Made, EngineError> {
        let policy = self.request.policy.audience(self.audience);
        let counts = counts.unwrap_or_else(|| ProtectedCounts {
            blocks: Vec::new(),
            shown: BTreeMap::new(),
            classes: None,
            proof: proof.clone(),
        });
        let visible = layers_of(policy, &map.places);
        let indicators: Vec<&IndicatorBlock> = indicators
            .iter()
            .filter(|block| visible.contains(&LayerKey::Place(block.layer.clone())))
            .collect();
        let blocks = map.score(&counts.blocks, &indicators, self.request.seed)?;
        let mut statuses: BTreeMap<String, u64> = BTreeMap::new();
        for status in blocks.iter().flat_map(|block| &block.status) {
            *statuses.entry(status.to_string()).or_default() += 1;
        }
        let files = self.files(blocks, &counts, &indicators, map)?;
        Ok(Made {
            audience: self.audience,
            files: Released::seal(files, &counts.proof),
            statuses,
        })
    }

    fn files(
        &self,
        blocks: Vec<ScoreBlock>,
        protected: &ProtectedCounts,
        indicators: &[&IndicatorBlock],
        map: &Map,
    ) -> Result<Files, EngineError> {
        let policy = &self.request.policy;
        let counts = &protected.blocks;
        let layers = manifest::layers_used(&map.units, &blocks);
        let available = manifest::available(&blocks, &protected.shown);
        let rules: BTreeMap<String, NeighbourRule> = layers
            .iter()
            .map(|units| (units.key.to_string(), map.rule(&units.key)))
            .collect();
        let places = places_table::places_table(&map.places, &layers, &map.shapes)?;
        let places = parquet_file::to_bytes(&places)?;
        let scores = parquet_file::to_bytes(&to_batch(blocks)?)?;
        let mut tables = vec![(PLACES, places), (SCORES, scores)];
        if let Some(classes) = &protected.classes {
            let breakdowns = breakdowns_table::breakdowns_table(classes)?;
            tables.push((BREAKDOWNS, parquet_file::to_bytes(&breakdowns)?));
        }
        let unsealed = Manifest {
            format: 1,
            release_id: String::new(),
            audience: self.audience.to_string(),
            data_as_of: self.sources.1.clone(),
            code_version: CODE_VERSION.to_owned(),
            seed: self.request.seed,
            policy_sha256: manifest::sha256(policy.to_toml().as_bytes()),
            policy: serde_json::to_value(policy.audience(self.audience))?,
            looser_than_floor: self.looser.cloned(),
            inputs: self.sources.0.clone(),
            layers: layers
                .iter()
                .map(|units| manifest::layer(units, &map.places, &map.shapes))
                .collect(),
            themes: themes(counts, indicators, policy.audience(self.audience)),
            available,
            methods: describe::methods(&rules, policy, self.audience),
            noise: counts
                .iter()
                .any(CountBlock::is_noisy)
                .then(|| self.draws.manifest.clone())
                .flatten(),
            synthetic: map.places.synthetic,
            caveats: describe::caveats(&describe::Facts {
                looser: self.looser,
                synthetic: map.places.synthetic,
                effort_known: self.effort_known,
                exposure: map.exposure,
                has_counts: !counts.is_empty(),
                has_indicators: !indicators.is_empty(),
                settling_days: policy.settling_days,
                has_noise: counts.iter().any(CountBlock::is_noisy),
            }),
            files: tables
                .iter()
                .map(|(name, bytes)| manifest::file(name, bytes))
                .collect(),
        };
        let (manifest, text) = manifest::seal(unsealed)?;
        let signature = self.signer.sign(&text);
        tables.extend([(SIGNATURE, signature), (MANIFEST, text)]);
        Ok(Files {
            manifest,
            files: tables,
        })
    }
}

/// Built-in themes in their documented order, then indicators by code.
fn themes(
    counts: &[CountBlock],
    indicators: &[&IndicatorBlock],
    policy: &AudiencePolicy,
) -> Vec<ManifestTheme> {
    let counted = Theme::BUILT_IN
        .iter()
        .filter(|theme| counts.iter().any(|block| block.theme() == *theme))
        .map(|theme| describe::theme(theme, policy));
    let mut published: BTreeMap<&str, ManifestTheme> = BTreeMap::new();
    for block in indicators {
        published
            .entry(&block.code)
            .or_insert_with(|| describe::indicator(block));
    }
    counted.chain(published.into_values()).collect()
}
