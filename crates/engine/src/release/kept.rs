//! What earlier runs told, read before a run and added to after it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use safeground_privacy::suppression::SealedDecisions;
use safeground_schema::release::Manifest;

use super::manifest::MANIFEST;
use super::open::list;
use super::protect::{Closed, Kept, periods};
use super::store::Store;
use super::vault::Vault;
use crate::EngineError;
use crate::count::ExactCounts;

/// Decisions of earlier runs.
pub(super) async fn kept(
    vault: &Vault,
    exact: Option<&ExactCounts>,
    closed: Closed,
) -> Result<Kept, EngineError> {
    let mut kept = Kept::new();
    for (theme, period) in exact
        .map(|exact| periods(exact, closed))
        .unwrap_or_default()
    {
        for (subject, decisions) in vault.decisions(&theme, &period).await? {
            kept.insert((subject.layer, subject.theme, subject.period), decisions);
        }
    }
    Ok(kept)
}

/// Keeps the decisions of this run, theme by theme and period by period.
pub(super) async fn keep(vault: &Vault, decided: &[SealedDecisions]) -> Result<(), EngineError> {
    let mut by_period: BTreeMap<(&str, &str), Vec<&SealedDecisions>> = BTreeMap::new();
    for decisions in decided {
        let subject = decisions.subject();
        by_period
            .entry((&subject.theme, &subject.period))
            .or_default()
            .push(decisions);
    }
    for ((theme, period), decisions) in by_period {
        vault.keep_decisions(theme, period, &decisions).await?;
    }
    Ok(())
}

/// Entries of the ledger that earlier releases name.
pub(super) fn heads(releases: &Path) -> Result<Vec<String>, EngineError> {
    let store = Store::new(releases);
    let mut heads = BTreeSet::new();
    for entry in list(releases)? {
        let folder = store.folder(entry.audience.as_str(), &entry.release_id)?;
        let manifest: Option<Manifest> = std::fs::read(folder.join(MANIFEST))
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let noise = manifest.and_then(|manifest| manifest.noise);
        heads.extend(
            noise
                .into_iter()
                .flat_map(|noise| noise.draws)
                .map(|d| d.ledger_entry),
        );
    }
    Ok(heads.into_iter().collect())
}
