//! Deleting what no longer belongs to the lake.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path as FilePath, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use deltalake_core::DeltaTable;
use deltalake_core::kernel::EagerSnapshot;
use deltalake_core::protocol::checkpoints::{cleanup_expired_logs_for, create_checkpoint};
use deltalake_core::table::state::DeltaTableState;
use futures::TryStreamExt as _;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStoreExt as _};
use safeground_privacy::audit::Act;

use super::Lake;
use super::durable::is_staging;
use super::files::live_loads;
use super::load::FOLDER_PREFIX;
use super::quarantine;
use super::table::LakeTable;
use crate::EngineError;

/// Age at which files that no version refers to belong to a load that died.
pub const SAFE_AGE: Duration = Duration::from_secs(24 * 60 * 60);

/// Folder of a table's log.
const LOG: &str = "_delta_log";

/// What a purge deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Purged {
    /// Files of rows and of rejected rows.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Entries of logs, which name the sources of loads.
    pub log_entries: u64,
}

/// Names of quarantines by what became of their loads.
#[derive(Debug, Default)]
struct Quarantines {
    live: HashSet<String>,
    undone: HashSet<String>,
}

/// Which files without a place in the current version go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// Those of dead loads.
    Dead,
    /// Those of undone loads too.
    DeadAndUndone,
}

impl Lake {
    /// Deletes for good what undone loads left: their files of rows, their
    /// rejected rows, and the log entries that name their sources. Files of
    /// loads that died go as well, once older than [`SAFE_AGE`].
    ///
    /// Earlier versions of a table that had an undone load can no longer be
    /// read, so a release that is reading one fails; run it again. Copies,
    /// backups and the versions that an object store keeps are out of reach.
    ///
    /// # Errors
    /// The store's. What was deleted stays deleted; purging again goes on.
    pub async fn purge(&self) -> Result<Purged, EngineError> {
        self.audit().write(Act::Purge).await?;
        let mut purged = Purged::default();
        let mut quarantines = Quarantines::default();
        for table in self.tables() {
            let seen = self.clean(table, Scope::DeadAndUndone, &mut purged).await?;
            quarantines.live.extend(seen.live);
            quarantines.undone.extend(seen.undone);
        }
        self.clean_quarantines(&quarantines, &mut purged).await?;
        Ok(purged)
    }

    /// Deletes what dead loads of a table left.
    pub(super) async fn sweep(&self, table: &LakeTable) -> Result<Purged, EngineError> {
        let mut purged = Purged::default();
        self.clean(table, Scope::Dead, &mut purged).await?;
        Ok(purged)
    }

    /// Returns whose quarantines stay and go.
    async fn clean(
        &self,
        table: &LakeTable,
        scope: Scope,
        purged: &mut Purged,
    ) -> Result<Quarantines, EngineError> {
        let store = table.store();
        // Listed first: whatever is committed in between is in the snapshot.
        let listed: Vec<ObjectMeta> = store.list(None).try_collect().await?;
        let snapshot = table.snapshot().await?;
        let loads = live_loads(table.table, &snapshot)?;
        let live: HashSet<&str> = loads
            .iter()
            .flat_map(|load| load.files.iter().map(|file| file.path.as_str()))
            .collect();
        let undone = undone_files(table, &snapshot).await?;
        let now = Utc::now();
        let mut entries = Vec::new();
        let mut attempts: BTreeMap<&str, Vec<&ObjectMeta>> = BTreeMap::new();
        for file in &listed {
            let path = file.location.as_ref();
            match path.rsplit_once('/') {
                Some((LOG, name)) => entries.extend(version_of(name)),
                // Whatever else lies below the table is not ours.
                Some((folder, _)) if path.starts_with(FOLDER_PREFIX) && !live.contains(path) => {
                    attempts.entry(folder).or_default().push(file);
                }
                _ => {}
            }
        }
        for (folder, files) in attempts {
            // One file that is young tells that the load may be alive.
            let dead = files.iter().all(|file| is_old(file.last_modified, now));
            for file in files {
                let path = file.location.as_ref();
                let goes = if undone.contains(path) {
                    scope == Scope::DeadAndUndone
                } else {
                    dead
                };
                if goes {
                    delete(store.as_ref(), file, purged).await?;
                }
            }
            self.forget_folder(table, folder).await;
        }
        self.clean_staging(table.table.name()).await?;
        let live_quarantines = loads.iter().map(|load| quarantine::name_of(&load.record));
        let quarantines = Quarantines {
            live: live_quarantines.collect(),
            undone: undone
                .iter()
                .filter_map(|path| quarantine_of(path))
                .collect(),
        };
        if scope == Scope::DeadAndUndone && tells_of_undone(table, &entries, &snapshot).await? {
            purged.log_entries += forget_log(table, snapshot).await?;
        }
        Ok(quarantines)
    }

    async fn clean_quarantines(
        &self,
        quarantines: &Quarantines,
        purged: &mut Purged,
    ) -> Result<(), EngineError> {
        let folder = self.quarantines();
        let listed: Vec<ObjectMeta> = self.root().list(Some(&folder)).try_collect().await?;
        let now = Utc::now();
        for file in &listed {
            let name = file.location.filename().unwrap_or_default();
            // A young one may be of a load that is about to be committed.
            let goes = quarantines.undone.contains(name)
                || !quarantines.live.contains(name) && is_old(file.last_modified, now);
            if goes {
                delete(self.root().as_ref(), file, purged).await?;
            }
        }
        self.clean_staging("_safeground").await
    }

    /// Deletes uploads that a killed process left in a local lake, which
    /// listings of the store do not show.
    async fn clean_staging(&self, folder: &str) -> Result<(), EngineError> {
        let Some(lake) = self.url().folder() else {
            return Ok(());
        };
        let folder = lake.join(folder);
        tokio::task::spawn_blocking(move || delete_staging(&folder))
            .await
            .map_err(EngineError::threads)?
            .map_err(|source| {
                EngineError::Store(object_store::Error::Generic {
                    store: "local",
                    source: source.into(),
                })
            })
    }

    /// Removes the folders of an attempt of a local lake where they are
    /// empty. Nothing depends on it, so a failure is none.
    async fn forget_folder(&self, table: &LakeTable, folder: &str) {
        if let Some(lake) = self.url().folder() {
            let attempt = lake.join(table.table.name()).join(folder);
            let _ = tokio::fs::remove_dir(&attempt).await;
            if let Some(load) = attempt.parent() {
                let _ = tokio::fs::remove_dir(load).await;
            }
        }
    }
}

fn is_old(modified: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    now.signed_duration_since(modified)
        .to_std()
        .is_ok_and(|age| age > SAFE_AGE)
}

/// Version of an entry of the log.
fn version_of(name: &str) -> Option<u64> {
    name.strip_suffix(".json")?.parse().ok()
}

async fn delete(
    store: &dyn object_store::ObjectStore,
    file: &ObjectMeta,
    purged: &mut Purged,
) -> Result<(), EngineError> {
    match store.delete(&file.location).await {
        Ok(()) => {
            purged.files += 1;
            purged.bytes += file.size;
            Ok(())
        }
        // Another process purges at the same time.
        Err(object_store::Error::NotFound { .. }) => Ok(()),
        Err(e) => Err(e.into()),
    }
}

/// Files that a version removed.
async fn undone_files(
    table: &LakeTable,
    snapshot: &EagerSnapshot,
) -> Result<HashSet<String>, EngineError> {
    let state = DeltaTableState::new(snapshot.clone());
    let removed = state.all_tombstones(table.log.as_ref());
    let paths: Vec<Path> = removed
        .map_ok(|file| Path::from(file.path().as_ref()))
        .try_collect()
        .await?;
    Ok(paths.into_iter().map(String::from).collect())
}

/// Name of the quarantine that goes with a file of rows.
fn quarantine_of(path: &str) -> Option<String> {
    let mut segments = path.strip_prefix(FOLDER_PREFIX)?.split('/');
    Some(quarantine::file_name(segments.next()?, segments.next()?))
}

/// Whether earlier entries of the log hold the record of an undone load:
/// there is a version that removed files, and versions before the current.
async fn tells_of_undone(
    table: &LakeTable,
    entries: &[u64],
    snapshot: &EagerSnapshot,
) -> Result<bool, EngineError> {
    if entries.iter().all(|version| *version >= snapshot.version()) {
        return Ok(false);
    }
    for version in entries {
        let entry = table.log.read_commit_entry(*version).await?;
        let removes = entry.is_some_and(|entry| {
            entry
                .split(|byte| *byte == b'\n')
                .any(|action| action.starts_with(br#"{"remove":"#))
        });
        if removes {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Writes the current version as one checkpoint and deletes the entries that
/// led to it.
async fn forget_log(table: &LakeTable, snapshot: EagerSnapshot) -> Result<u64, EngineError> {
    let version = snapshot.version();
    let mut delta = DeltaTable::new(table.log.clone());
    delta.load_version(version).await?;
    create_checkpoint(&delta, None).await?;
    // Everything before the checkpoint, however young.
    let cutoff = Utc::now() + chrono::TimeDelta::days(1);
    let deleted =
        cleanup_expired_logs_for(version, table.log.as_ref(), cutoff.timestamp_millis(), None)
            .await?;
    Ok(deleted as u64)
}

fn delete_staging(folder: &FilePath) -> std::io::Result<()> {
    let mut folders: Vec<PathBuf> = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = match std::fs::read_dir(&folder) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => continue,
            other => other?,
        };
        for entry in entries {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                folders.push(entry.path());
                continue;
            }
            if kind.is_file() && is_staging(&entry.path()) {
                // Gone meanwhile: its own process finished with it.
                let age = entry.metadata().and_then(|m| m.modified());
                if age.is_ok_and(|at| at.elapsed().is_ok_and(|age| age > SAFE_AGE)) {
                    let _ = std::fs::remove_file(entry.path());
                }
            }
        }
    }
    Ok(())
}
