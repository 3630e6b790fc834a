//! The audit log on a store.

use std::path::Path as FilePath;
use std::sync::Arc;

use futures::TryStreamExt as _;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _, PutMode, PutOptions, PutPayload};
use safeground_privacy::audit::{Act, AuditError, Entry, Trail};

use super::Scribe;
use super::scribe::text;
use super::stewards::Stewards;
use crate::EngineError;
use crate::lake::DurableStore;
use crate::release::signature::{TextKey, fits};

/// How often an append is tried again when others append too.
const ATTEMPTS: u32 = 100;

/// What entries are signed for.
const PURPOSE: &str = "audit entry";

/// Folder of tokens in a folder of releases: its owner's alone.
const ACCESS: &str = "access";

/// Folder of a log.
const AUDIT: &str = "audit";

/// The audit log of a lake, or of a folder of releases.
///
/// As in the privacy ledger each entry is a file of its own, made only where
/// there is none: of two processes that append at the same place one wins, on a
/// local disk as in an object store, and the other appends behind it. An entry
/// that was acknowledged is durable, and nothing is ever changed or removed. So
/// a process that is killed leaves a whole entry or none; one that is killed
/// after it leaves an entry of an act that may not have happened, and never an
/// act without its entry.
#[derive(Clone)]
pub struct AuditLog {
    store: Arc<dyn ObjectStore>,
    folder: Path,
    /// Signs entries; a folder of releases has no key.
    key: Option<TextKey>,
    scribe: Scribe,
}

impl std::fmt::Debug for AuditLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("AuditLog").field(&self.folder).finish()
    }
}

/// A log as far as it can be believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Entries up to the first that breaks the chain.
    pub trail: Trail,
    /// Where and how it breaks.
    pub broken: Option<AuditError>,
}

impl AuditLog {
    /// The log in the folder `audit` of a folder, signed with a key.
    pub(crate) fn new(
        store: Arc<dyn ObjectStore>,
        folder: &Path,
        key: Option<TextKey>,
        scribe: Scribe,
    ) -> Self {
        Self {
            store,
            folder: folder.clone().join(AUDIT),
            key,
            scribe,
        }
    }

    /// The log of a folder of releases: who made, withdrew and opened them.
    /// Beside the tokens, where only its owner can enter; not signed, since no
    /// key of a lake is at hand there.
    ///
    /// # Errors
    /// Where the folder has no absolute form or cannot be made.
    pub fn of_releases(releases: &FilePath, scribe: Scribe) -> Result<Self, EngineError> {
        let failed = |source| EngineError::ReleaseFolder {
            action: "log",
            path: releases.to_owned(),
            source,
        };
        let access = std::path::absolute(releases).map_err(failed)?.join(ACCESS);
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&access).map_err(failed)?;
        let folder = Path::from_absolute_path(&access)?;
        Ok(Self::new(
            Arc::new(DurableStore::new()),
            &folder,
            None,
            scribe,
        ))
    }

    /// Who writes, and the clock.
    #[must_use]
    pub fn scribe(&self) -> &Scribe {
        &self.scribe
    }

    /// Public key of the entries' signatures; empty where there is none.
    pub(super) fn public_key(&self) -> String {
        self.key
            .as_ref()
            .map_or_else(String::new, TextKey::public_key)
    }

    /// Writes an act down. It is durable when this returns, and only then may
    /// the act be done.
    ///
    /// Looks at the last entry alone; [`AuditLog::check`] looks at all.
    ///
    /// # Errors
    /// [`EngineError::Audit`] where the last entry is not to be believed, and
    /// the store's failures. The act must not be done.
    pub async fn write(&self, act: Act) -> Result<Entry, EngineError> {
        for _ in 0..ATTEMPTS {
            let (number, previous) = self.end().await?;
            if let Some(entry) = self.append(number, &previous, act.clone()).await? {
                return Ok(entry);
            }
        }
        Err(busy())
    }

    /// Writes an act down if the whole log allows it: `propose` decides again
    /// whenever another process came first, and gives `None` where there is
    /// nothing left to do.
    pub(super) async fn write_if(
        &self,
        mut propose: impl FnMut(&Trail) -> Result<Option<Act>, EngineError>,
    ) -> Result<Option<Entry>, EngineError> {
        for _ in 0..ATTEMPTS {
            let trail = self.read().await?;
            let Some(act) = propose(&trail)? else {
                return Ok(None);
            };
            let appended = self.append(trail.next_number(), trail.head(), act).await?;
            if appended.is_some() {
                return Ok(appended);
            }
        }
        Err(busy())
    }

    /// Begins the log of a lake that is being made: with the name that follows
    /// from its secret. A log that has begun stays as it is.
    pub(crate) async fn begin(&self) -> Result<(), EngineError> {
        let lake = self.public_key();
        self.write_if(|trail| {
            let begun = trail.next_number() > 0;
            Ok((!begun).then(|| Act::SecretMade { lake: lake.clone() }))
        })
        .await?;
        Ok(())
    }

    /// All entries, each checked.
    ///
    /// # Errors
    /// [`EngineError::Audit`] where the chain breaks, and the store's failures.
    pub async fn read(&self) -> Result<Trail, EngineError> {
        let checked = self.check().await?;
        match checked.broken {
            Some(broken) => Err(broken.into()),
            None => Ok(checked.trail),
        }
    }

    /// Checks the chain, the signatures and the right of each steward to be
    /// one, as far as they hold.
    ///
    /// # Errors
    /// The store's failures.
    pub async fn check(&self) -> Result<Checked, EngineError> {
        let mut trail = Trail::default();
        for (number, location) in self.list().await? {
            let entry = self.entry(&location).await?;
            let signed = entry.as_ref().is_none_or(|entry| self.is_signed(entry));
            let admitted = match signed {
                true => trail.admit(number, entry),
                false => Err(AuditError::Signature(number)),
            };
            if let Err(broken) = admitted {
                return Ok(Checked {
                    trail,
                    broken: Some(broken),
                });
            }
        }
        let broken = Stewards::of(&trail, &self.public_key()).err();
        Ok(Checked { trail, broken })
    }

    /// Where the next entry stands: its number and the hash of the one before.
    async fn end(&self) -> Result<(u64, String), EngineError> {
        let listed = self.list().await?;
        let next = listed.last().map_or(0, |(number, _)| number + 1);
        if next != listed.len() as u64 {
            let gap = (0..).zip(&listed).find(|(at, (number, _))| at != number);
            return Err(AuditError::Missing(gap.map_or(0, |(at, _)| at)).into());
        }
        for (number, location) in listed.iter().rev() {
            // One that was cut short while it was written is passed over.
            let Some(entry) = self.entry(location).await? else {
                continue;
            };
            if !entry.fits(*number, &entry.previous) {
                return Err(AuditError::Broken(*number).into());
            }
            if !self.is_signed(&entry) {
                return Err(AuditError::Signature(*number).into());
            }
            return Ok((next, entry.hash));
        }
        Ok((next, String::new()))
    }

    /// The entry if it was written; `None` where another one has its number.
    ///
    /// The same bytes there already may be our own write, if its answer was
    /// lost: then the act stands twice, which is better than an act that two
    /// processes believe to be theirs.
    async fn append(
        &self,
        number: u64,
        previous: &str,
        act: Act,
    ) -> Result<Option<Entry>, EngineError> {
        let (time, author) = (text(self.scribe.now()), self.scribe.author().clone());
        let mut entry = Entry::following(number, previous, time, author, act);
        if let Some(key) = &self.key {
            entry.signature = key.sign(PURPOSE, &[&entry.hash]);
        }
        let location = self.folder.clone().join(format!("{number:012}.json"));
        let mut line = serde_json::to_vec(&entry)?;
        // What cannot be read back would be passed over as cut short.
        serde_json::from_slice::<Entry>(&line)?;
        line.push(b'\n');
        let options = PutOptions::from(PutMode::Create);
        match self
            .store
            .put_opts(&location, PutPayload::from(line), options)
            .await
        {
            Ok(_) => Ok(Some(entry)),
            Err(object_store::Error::AlreadyExists { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn is_signed(&self, entry: &Entry) -> bool {
        match &self.key {
            Some(key) => fits(&key.public_key(), PURPOSE, &[&entry.hash], &entry.signature),
            None => true,
        }
    }

    /// `None` where the file holds no entry.
    async fn entry(&self, location: &Path) -> Result<Option<Entry>, EngineError> {
        let bytes = self.store.get(location).await?.bytes().await?;
        Ok(serde_json::from_slice(&bytes).ok())
    }

    /// Files of entries with their numbers, in order. Whatever has another name
    /// is no entry.
    async fn list(&self) -> Result<Vec<(u64, Path)>, EngineError> {
        let listed: Vec<Path> = self
            .store
            .list(Some(&self.folder))
            .map_ok(|found| found.location)
            .try_collect()
            .await?;
        let mut entries: Vec<(u64, Path)> = listed
            .into_iter()
            .filter_map(|location| {
                let number = location.filename()?.strip_suffix(".json")?;
                Some((number.parse().ok()?, location))
            })
            .collect();
        entries.sort();
        Ok(entries)
    }
}

fn busy() -> EngineError {
    EngineError::Busy {
        table: "the audit log",
        attempts: ATTEMPTS,
    }
}
