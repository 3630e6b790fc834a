//! A lake, opened.

use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use deltalake_core::kernel::EagerSnapshot;
use futures::TryStreamExt as _;
use futures::stream::{self, StreamExt as _};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _, PutMode, PutOptions};
use safeground_schema::Table;
use serde::{Deserialize, Serialize};

use super::AsOf;
use super::durable::{make_folder, sync_folder};
use super::files::live_loads;
use super::quarantine;
use super::table::LakeTable;
use super::{
    Begun, LakeOptions, LakeSecret, LakeUrl, LoadRecord, LoadWriter, NewLoad, SECRET_FILE_VARIABLE,
};
use crate::EngineError;
use crate::govern::{AuditLog, Scribe};
use crate::release::Vault;

/// Folder of what is not a table.
const OWN_FOLDER: &str = "_safeground";

/// File that says that a lake is whole.
const MARKER: &str = "lake.json";

/// Folder of the privacy ledger, the kept draws and the audit log.
const PRIVACY: &str = "privacy";

/// File of a local lake's secret.
const SECRET: &str = "secret";

/// Tables made or read at the same time.
const TABLES_AT_A_TIME: usize = 4;

/// Version of the layout.
const FORMAT: u32 = 1;

/// What the marker holds.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Marker {
    format: u32,
    /// Fingerprint of the secret: pseudonyms made with two keys would count
    /// one child as two.
    secret: String,
}

/// A handle of a lake; clones are cheap and speak of the same lake.
///
/// Nothing is remembered between calls: each reads the current version.
#[derive(Clone)]
pub struct Lake {
    inner: Arc<Inner>,
}

struct Inner {
    url: LakeUrl,
    root: Arc<dyn ObjectStore>,
    own: Path,
    tables: Vec<LakeTable>,
    secret: LakeSecret,
    scribe: Scribe,
    threads: usize,
    rows_per_file: usize,
}

impl std::fmt::Debug for Lake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Lake")
            .field(&self.inner.url.to_string())
            .finish()
    }
}

impl Lake {
    /// Opens a lake that is there.
    ///
    /// # Errors
    /// [`EngineError::NoLake`] where there is none, and what keeps one from
    /// being read.
    pub async fn open(url: &LakeUrl, options: &LakeOptions) -> Result<Self, EngineError> {
        let root = url.root(options)?;
        let own = own_folder(url)?;
        let marker = read_marker(root.as_ref(), &own, url)
            .await?
            .ok_or_else(|| EngineError::NoLake {
                location: url.to_string(),
            })?;
        let secret = secret(url, options, false).await?;
        Self::assemble(url, options, root, own, secret, &marker)
    }

    /// Opens a lake, made where there is none: every table, empty. A lake
    /// whose making was cut short is made to its end.
    ///
    /// # Errors
    /// What keeps a lake from being made or read.
    pub async fn open_or_create(url: &LakeUrl, options: &LakeOptions) -> Result<Self, EngineError> {
        let root = url.root(options)?;
        let own = own_folder(url)?;
        if read_marker(root.as_ref(), &own, url).await?.is_some() {
            return Self::open(url, options).await;
        }
        if let Some(folder) = url.folder() {
            let folder = folder.to_owned();
            tokio::task::spawn_blocking(move || make_private(&folder))
                .await
                .map_err(EngineError::threads)?
                .map_err(|e| EngineError::LakeUrl {
                    value: url.to_string(),
                    reason: e.to_string(),
                })?;
        }
        let secret = secret(url, options, true).await?;
        let marker = Marker {
            format: FORMAT,
            secret: secret.fingerprint(),
        };
        let lake = Self::assemble(
            url,
            options,
            Arc::clone(&root),
            own.clone(),
            secret,
            &marker,
        )?;
        stream::iter(lake.inner.tables.clone())
            .map(|table| async move { table.create().await })
            .buffer_unordered(TABLES_AT_A_TIME)
            .try_collect::<()>()
            .await?;
        lake.audit().begin().await?;
        let text = serde_json::to_vec_pretty(&marker)?;
        let written = root
            .put_opts(
                &own.clone().join(MARKER),
                text.into(),
                PutOptions::from(PutMode::Create),
            )
            .await;
        match written {
            // Another process made the lake: it stands by that one's secret.
            Err(object_store::Error::AlreadyExists { .. }) => Self::open(url, options).await,
            Err(e) => Err(e.into()),
            Ok(_) => Ok(lake),
        }
    }

    fn assemble(
        url: &LakeUrl,
        options: &LakeOptions,
        root: Arc<dyn ObjectStore>,
        own: Path,
        secret: LakeSecret,
        marker: &Marker,
    ) -> Result<Self, EngineError> {
        if marker.format != FORMAT {
            return Err(EngineError::LakeUrl {
                value: url.to_string(),
                reason: format!(
                    "the lake has layout {}, this version of safeground knows {FORMAT}",
                    marker.format
                ),
            });
        }
        if marker.secret != secret.fingerprint() {
            return Err(EngineError::LakeSecret {
                place: options
                    .secret_file
                    .as_ref()
                    .map_or_else(|| url.to_string(), |path| path.display().to_string()),
                reason: "it is not the secret the lake was made with; name that one".into(),
            });
        }
        let tables = Table::ALL
            .iter()
            .map(|table| LakeTable::new(*table, &root, url.url()))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            inner: Arc::new(Inner {
                url: url.clone(),
                root,
                own,
                tables,
                secret,
                scribe: options.scribe.clone(),
                threads: options.threads.max(1),
                rows_per_file: options.rows_per_file.max(1),
            }),
        })
    }

    /// Where the lake is.
    #[must_use]
    pub fn url(&self) -> &LakeUrl {
        &self.inner.url
    }

    /// Key of the pseudonyms.
    #[must_use]
    pub fn secret(&self) -> &LakeSecret {
        &self.inner.secret
    }

    /// All loads in the lake, oldest first. A load that was undone is not
    /// among them.
    ///
    /// Loads of one table stand in the order of its versions. Those of
    /// different tables are ordered by the time at which each was committed,
    /// by the clock of the machine that did it.
    ///
    /// # Errors
    /// What keeps the tables from being read.
    pub async fn loads(&self) -> Result<Vec<LoadRecord>, EngineError> {
        let mut loads = Vec::new();
        for (table, snapshot) in self.snapshots().await? {
            let mut committed = i64::MIN;
            for load in live_loads(table.table, &snapshot)? {
                // A clock that was set back does not undo the order of versions.
                committed = committed.max(load.committed());
                loads.push((committed, load.record));
            }
        }
        loads.sort_by_key(|(committed, _)| *committed);
        Ok(loads.into_iter().map(|(_, record)| record).collect())
    }

    /// The load of this identity, if it is in the lake.
    ///
    /// # Errors
    /// What keeps the tables from being read.
    pub async fn find_load(&self, load_id: &str) -> Result<Option<LoadRecord>, EngineError> {
        let loads = self.loads().await?;
        Ok(loads.into_iter().find(|load| load.load_id == load_id))
    }

    /// Begins a load.
    ///
    /// # Errors
    /// [`EngineError::OtherMapping`] where the same content was loaded under
    /// another mapping, or what keeps the table from being read.
    pub async fn begin(&self, table: Table, load: NewLoad) -> Result<Begun, EngineError> {
        load.check()?;
        let snapshot = self.table(table).snapshot().await?;
        let known = live_loads(table, &snapshot)?
            .into_iter()
            .find(|known| known.record.load_id == load.load_id);
        if let Some(known) = known {
            load.compare(&known.record)?;
            return Ok(Begun::Already(Box::new(known.record)));
        }
        Ok(Begun::New(Box::new(LoadWriter::new(self, table, load)?)))
    }

    /// Where the rejected rows of a load are, as people read it.
    ///
    /// # Errors
    /// What keeps the lake from being read.
    pub async fn quarantine_path(&self, load: &LoadRecord) -> Result<Option<String>, EngineError> {
        let name = quarantine::name_of(load);
        match self.inner.root.head(&self.quarantine_location(&name)).await {
            Ok(_) => Ok(Some(match self.own_local_folder() {
                Some(folder) => folder
                    .join(quarantine::FOLDER)
                    .join(name)
                    .display()
                    .to_string(),
                None => format!(
                    "{}{OWN_FOLDER}/{}/{name}",
                    self.inner.url,
                    quarantine::FOLDER
                ),
            })),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(e) => Err(e.into()),
        }
    }

    pub(super) fn table(&self, table: Table) -> &LakeTable {
        self.inner
            .tables
            .iter()
            .find(|known| known.table == table)
            .expect("a lake has a handle of every table")
    }

    /// The current version of every table.
    pub(super) async fn snapshots(&self) -> Result<Vec<(LakeTable, EagerSnapshot)>, EngineError> {
        self.snapshots_as_of(&AsOf::default()).await
    }

    /// Every table as it was.
    pub(super) async fn snapshots_as_of(
        &self,
        as_of: &AsOf,
    ) -> Result<Vec<(LakeTable, EagerSnapshot)>, EngineError> {
        stream::iter(self.inner.tables.clone())
            .map(|table| async move {
                let snapshot = table.snapshot_as_of(as_of).await?;
                Ok((table, snapshot))
            })
            .buffered(TABLES_AT_A_TIME)
            .try_collect()
            .await
    }

    pub(super) fn tables(&self) -> &[LakeTable] {
        &self.inner.tables
    }

    pub(super) fn threads(&self) -> usize {
        self.inner.threads
    }

    pub(super) fn rows_per_file(&self) -> usize {
        self.inner.rows_per_file
    }

    pub(super) fn root(&self) -> &Arc<dyn ObjectStore> {
        &self.inner.root
    }

    /// Ledger, kept draws, noise seed and audit log of the lake.
    #[must_use]
    pub fn vault(&self) -> Vault {
        let folder = self.inner.own.clone().join(PRIVACY);
        Vault::new(Arc::clone(self.root()), folder, self.secret().as_bytes())
            .written_by(self.inner.scribe.clone())
    }

    /// The audit log of the lake.
    #[must_use]
    pub fn audit(&self) -> AuditLog {
        self.vault().audit()
    }

    /// Location of the quarantines.
    pub(super) fn quarantines(&self) -> Path {
        self.inner.own.clone().join(quarantine::FOLDER)
    }

    pub(super) fn quarantine_location(&self, name: &str) -> Path {
        self.quarantines().join(name)
    }

    /// Folder of what is not a table, of a local lake.
    pub(super) fn own_local_folder(&self) -> Option<PathBuf> {
        Some(self.inner.url.folder()?.join(OWN_FOLDER))
    }
}

fn own_folder(url: &LakeUrl) -> Result<Path, EngineError> {
    Ok(Path::from_url_path(url.url().path())?.join(OWN_FOLDER))
}

async fn read_marker(
    root: &dyn ObjectStore,
    own: &Path,
    url: &LakeUrl,
) -> Result<Option<Marker>, EngineError> {
    let bytes = match root.get(&own.clone().join(MARKER)).await {
        Ok(found) => found.bytes().await?,
        Err(object_store::Error::NotFound { .. }) => return Ok(None),
        Err(e) => return Err(e.into()),
    };
    serde_json::from_slice(&bytes)
        .map(Some)
        .map_err(|e| EngineError::LakeUrl {
            value: url.to_string(),
            reason: format!("{OWN_FOLDER}/{MARKER} is damaged: {e}"),
        })
}

async fn secret(
    url: &LakeUrl,
    options: &LakeOptions,
    create: bool,
) -> Result<LakeSecret, EngineError> {
    let own = url.folder().map(|folder| folder.join(OWN_FOLDER));
    let (path, create) = match (&options.secret_file, own) {
        (Some(path), _) => (path.clone(), false),
        (None, Some(own)) => (own.join(SECRET), create),
        (None, None) => {
            return Err(EngineError::LakeSecret {
                place: url.to_string(),
                reason: format!(
                    "a lake in an object store keeps its secret elsewhere; write 64 hexadecimal \
                     digits to a file (`openssl rand -hex 32`) and name it in {SECRET_FILE_VARIABLE}"
                ),
            });
        }
    };
    tokio::task::spawn_blocking(move || {
        if create {
            LakeSecret::read_or_create(&path)
        } else {
            LakeSecret::read(&path)
        }
    })
    .await
    .map_err(EngineError::threads)?
}

/// Makes the folders of a lake; those that are new are their owner's alone.
fn make_private(lake: &FilePath) -> std::io::Result<()> {
    if let Some(parent) = lake.parent() {
        make_folder(parent)?;
    }
    for folder in [lake.to_owned(), lake.join(OWN_FOLDER)] {
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        match builder.create(&folder) {
            Err(e) if e.kind() != std::io::ErrorKind::AlreadyExists => return Err(e),
            _ => {}
        }
        folder.parent().map_or(Ok(()), sync_folder)?;
    }
    Ok(())
}
