//! Taking a load back.

use deltalake_core::kernel::{Action, Add, Remove};
use deltalake_core::protocol::DeltaOperation;
use object_store::ObjectStoreExt as _;
use safeground_privacy::audit::Act;

use super::commit::{ATTEMPTS, Change, Outcome, busy, pause, try_commit};
use super::files::{LiveLoad, live_loads};
use super::quarantine;
use super::table::LakeTable;
use super::{Lake, LoadRecord};
use crate::EngineError;

/// What stays of a load that was undone until [`Lake::purge`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Left {
    /// Files of rows.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Whether the rejected rows could not be deleted.
    pub quarantine: bool,
}

/// A load that was undone.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Undone {
    /// The load as it was.
    pub record: LoadRecord,
    /// Version of the table without it.
    pub delta_version: u64,
    /// What stays on disk: earlier versions of the table still refer to it,
    /// and whoever reads one can see the rows until a purge.
    pub left: Left,
}

impl Lake {
    /// Takes a load back, wholly, by one commit that removes its files and no
    /// others; its rejected rows are deleted.
    ///
    /// From then on no reader of the lake sees the rows. The files themselves
    /// stay, for releases that are reading an earlier version, until
    /// [`Lake::purge`].
    ///
    /// # Errors
    /// [`EngineError::UnknownLoad`] where there is no such load, as after an
    /// undo, or what keeps the commit from being made or written to the audit
    /// log.
    pub async fn undo(&self, load_id: &str) -> Result<Undone, EngineError> {
        let table = self
            .table_of(load_id)
            .await?
            .ok_or_else(|| unknown(load_id))?;
        let load = load_id.to_owned();
        self.audit().write(Act::Undo { load }).await?;
        let mark = uuid::Uuid::new_v4().simple().to_string();
        for attempt in 1..=ATTEMPTS {
            let snapshot = table.snapshot().await?;
            let load = live_loads(table.table, &snapshot)?
                .into_iter()
                .find(|load| load.record.load_id == load_id)
                .ok_or_else(|| unknown(load_id))?;
            let change = Change {
                actions: load.files.iter().map(remove).collect(),
                operation: DeltaOperation::Delete {
                    predicate: Some(format!("load_id = '{load_id}'")),
                },
                what: "undo",
                mark: &mark,
            };
            match try_commit(&table, &snapshot, change).await? {
                Outcome::Committed(delta_version) => {
                    let deleted = self.delete_quarantine(&load.record).await;
                    if let Err(error) = &deleted {
                        tracing::warn!(load_id, %error, "the rejected rows of an undone load stay");
                    }
                    return Ok(undone(load, delta_version, deleted.is_err()));
                }
                Outcome::Conflict => pause(attempt).await,
            }
        }
        Err(busy(&table))
    }

    async fn table_of(&self, load_id: &str) -> Result<Option<LakeTable>, EngineError> {
        for (table, snapshot) in self.snapshots().await? {
            let loads = live_loads(table.table, &snapshot)?;
            if loads.iter().any(|load| load.record.load_id == load_id) {
                return Ok(Some(table));
            }
        }
        Ok(None)
    }

    async fn delete_quarantine(&self, record: &LoadRecord) -> Result<(), EngineError> {
        let location = self.quarantine_location(&quarantine::name_of(record));
        match self.root().delete(&location).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(e) => Err(e.into()),
        }
    }
}

fn unknown(load_id: &str) -> EngineError {
    EngineError::UnknownLoad {
        load_id: load_id.to_owned(),
    }
}

fn remove(file: &Add) -> Action {
    Action::Remove(Remove {
        path: file.path.clone(),
        data_change: true,
        deletion_timestamp: Some(chrono::Utc::now().timestamp_millis()),
        extended_file_metadata: Some(true),
        partition_values: Some(file.partition_values.clone()),
        size: Some(file.size),
        ..Remove::default()
    })
}

fn undone(load: LiveLoad, delta_version: u64, quarantine: bool) -> Undone {
    Undone {
        left: Left {
            files: load.files.len() as u64,
            bytes: load.files.iter().map(|file| file.size as u64).sum(),
            quarantine,
        },
        record: load.record,
        delta_version,
    }
}
