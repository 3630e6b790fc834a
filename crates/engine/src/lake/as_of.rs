//! The lake's tables as they were.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use deltalake_core::kernel::EagerSnapshot;
use safeground_schema::Table;
use serde_json::Value;

use super::table::LakeTable;
use crate::EngineError;

/// Which state of the lake's tables is read: the current one by default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AsOf {
    /// The last version that was committed by this time.
    pub time: Option<DateTime<Utc>>,
    /// Delta versions of single tables, whatever the time.
    pub versions: BTreeMap<Table, u64>,
}

impl LakeTable {
    /// The state of the table then.
    ///
    /// # Errors
    /// [`EngineError::AsOf`] for a version that is not there, a time before the
    /// table was made, or one for which the log no longer tells the version.
    pub(super) async fn snapshot_as_of(&self, as_of: &AsOf) -> Result<EagerSnapshot, EngineError> {
        let current = self.snapshot().await?;
        let version = match (as_of.versions.get(&self.table), as_of.time) {
            (Some(version), _) => *version,
            (None, Some(time)) => self.version_by(current.version(), time).await?,
            (None, None) => return Ok(current),
        };
        if version > current.version() {
            return Err(self.not_there(format!(
                "expected a version of 0 to {}, not {version}",
                current.version()
            )));
        }
        let snapshot = EagerSnapshot::try_new(self.log.as_ref(), Some(version)).await?;
        self.check_schema(&snapshot)?;
        Ok(snapshot)
    }

    /// The last version committed by a time, looked for from the newest back.
    /// O(commits since then).
    async fn version_by(&self, newest: u64, time: DateTime<Utc>) -> Result<u64, EngineError> {
        for version in (0..=newest).rev() {
            let entry = self.log.read_commit_entry(version).await?;
            let committed = entry.as_deref().and_then(committed_at).ok_or_else(|| {
                self.not_there(format!(
                    "the log does not tell when version {version} was committed"
                ))
            })?;
            if committed <= time.timestamp_millis() {
                return Ok(version);
            }
        }
        Err(self.not_there(format!("it was made after {time}")))
    }

    fn not_there(&self, reason: String) -> EngineError {
        EngineError::AsOf {
            table: self.table.name(),
            reason,
        }
    }
}

/// Milliseconds since 1970 at which a commit was made, by its `commitInfo`.
fn committed_at(entry: &[u8]) -> Option<i64> {
    entry
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice::<Value>(line).ok())
        .find_map(|action| action.get("commitInfo")?.get("timestamp")?.as_i64())
}
