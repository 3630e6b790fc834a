//! One Delta table of the lake.

use std::sync::Arc;

use deltalake_core::DeltaTableError;
use deltalake_core::kernel::engine::arrow_conversion::TryIntoKernel as _;
use deltalake_core::kernel::transaction::CommitProperties;
use deltalake_core::kernel::{EagerSnapshot, StructType};
use deltalake_core::logstore::{LogStoreRef, StorageConfig, default_logstore};
use deltalake_core::operations::create::CreateBuilder;
use deltalake_core::protocol::SaveMode;
use object_store::ObjectStore;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use safeground_schema::Table;
use url::Url;

use crate::EngineError;

/// Properties of every table.
///
/// No statistics of any column, by us or by another writer that honours the
/// table: they would tell of rows. And no old version and no removed file is
/// forgotten by itself: releases name the versions they read, and a purge must
/// know what was undone, however long ago. A checkpoint every few versions
/// keeps reading quick, most of all from an object store.
const PROPERTIES: [(&str, &str); 4] = [
    ("delta.dataSkippingNumIndexedCols", "0"),
    ("delta.enableExpiredLogCleanup", "false"),
    ("delta.deletedFileRetentionDuration", "interval 5200 weeks"),
    ("delta.checkpointInterval", "20"),
];

/// A table with its log.
#[derive(Clone)]
pub(super) struct LakeTable {
    pub(super) table: Table,
    pub(super) log: LogStoreRef,
}

impl LakeTable {
    /// The table below a lake's URL, whose stores are rooted at its host.
    pub(super) fn new(
        table: Table,
        root: &Arc<dyn ObjectStore>,
        lake: &Url,
    ) -> Result<Self, EngineError> {
        let mut url = lake.clone();
        url.set_path(&format!("{}{}/", lake.path(), table.name()));
        let prefix = Path::from_url_path(url.path())?;
        let log = default_logstore(
            Arc::new(PrefixStore::new(Arc::clone(root), prefix)),
            Arc::clone(root),
            &url,
            &StorageConfig::default(),
        );
        Ok(Self { table, log })
    }

    /// The store at the root of the table.
    pub(super) fn store(&self) -> Arc<dyn ObjectStore> {
        self.log.object_store(None)
    }

    /// Makes the table, empty, unless it is there.
    pub(super) async fn create(&self) -> Result<(), EngineError> {
        if self.log.is_delta_table_location().await? {
            return Ok(());
        }
        let schema: StructType = self.table.arrow_schema().as_ref().try_into_kernel()?;
        let made = CreateBuilder::new()
            .with_log_store(Arc::clone(&self.log))
            .with_table_name(self.table.name())
            .with_comment(self.table.description())
            .with_columns(schema.fields().cloned())
            .with_configuration(PROPERTIES.map(|(name, value)| (name, Some(value))))
            .with_save_mode(SaveMode::ErrorIfExists)
            .with_commit_properties(CommitProperties::default().with_max_retries(0))
            .await;
        match made {
            Ok(_) => Ok(()),
            // Another process made it, or the reply of our own write was lost.
            Err(_) if self.log.is_delta_table_location().await? => Ok(()),
            Err(e) => Err(e.into()),
        }
    }

    /// The current version.
    pub(super) async fn snapshot(&self) -> Result<EagerSnapshot, EngineError> {
        let snapshot = EagerSnapshot::try_new(self.log.as_ref(), None)
            .await
            .map_err(|e| self.explain(e))?;
        self.check_schema(&snapshot)?;
        Ok(snapshot)
    }

    fn explain(&self, error: DeltaTableError) -> EngineError {
        match error {
            DeltaTableError::NotATable(_) => EngineError::Content {
                table: self.table.name(),
                reason: "it is missing from the lake; restore it from a copy".into(),
            },
            other => other.into(),
        }
    }

    /// Refuses a table whose columns are not those this version knows.
    pub(super) fn check_schema(&self, snapshot: &EagerSnapshot) -> Result<(), EngineError> {
        let stored = snapshot.arrow_schema();
        let known = self.table.arrow_schema();
        let same = stored.fields().len() == known.fields().len()
            && stored.fields().iter().zip(known.fields()).all(|(a, b)| {
                a.name() == b.name()
                    && a.data_type() == b.data_type()
                    && a.is_nullable() == b.is_nullable()
            });
        if same {
            return Ok(());
        }
        Err(EngineError::Content {
            table: self.table.name(),
            reason: "its columns are not those of this version of safeground; use the version \
                     that made the lake, or load the sources into a new lake"
                .into(),
        })
    }
}
