//! One commit, and certainty about what became of it.

use bytes::Bytes;
use deltalake_core::kernel::transaction::{CommitBuilder, CommitProperties};
use deltalake_core::kernel::{Action, EagerSnapshot};
use deltalake_core::protocol::DeltaOperation;
use serde_json::json;

use super::table::LakeTable;
use crate::EngineError;

/// How often a commit is tried when others commit in between.
pub(super) const ATTEMPTS: u32 = 64;

/// Longest pause between two tries.
const LONGEST_PAUSE_MS: u64 = 500;

/// What became of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is the version given.
    Committed(u64),
    /// Another commit took the version: read the table anew and try again.
    Conflict,
}

/// A change of a table on top of a version read.
pub(super) struct Change<'a> {
    pub(super) actions: Vec<Action>,
    pub(super) operation: DeltaOperation,
    /// What is done, in one word, for the log.
    pub(super) what: &'static str,
    /// Text that occurs in no other commit.
    pub(super) mark: &'a str,
}

/// Writes the version after a snapshot, if nobody else has.
///
/// Whatever error the write ends in, the log decides: a reply that was lost
/// is told from a write that was refused by looking for our mark in the
/// version. Only where the log cannot tell is the outcome an error, and then
/// no file may be deleted, for the write may yet arrive.
///
/// # Errors
/// [`EngineError::Unconfirmed`]; trying again is safe.
pub(super) async fn try_commit(
    table: &LakeTable,
    snapshot: &EagerSnapshot,
    change: Change<'_>,
) -> Result<Outcome, EngineError> {
    let target = snapshot.version() + 1;
    let note = json!({ "what": change.what, "mark": change.mark });
    let properties = CommitProperties::default()
        .with_max_retries(0)
        .with_metadata([("safeground".to_owned(), note)]);
    let result = CommitBuilder::from(properties)
        .with_actions(change.actions)
        .build(Some(snapshot), table.log.clone(), change.operation)
        .await;
    let error = match result {
        Ok(commit) => return Ok(Outcome::Committed(commit.version())),
        Err(error) => error,
    };
    let unconfirmed = |source| EngineError::Unconfirmed {
        table: table.table.name(),
        source: Box::new(source),
    };
    match table.log.read_commit_entry(target).await {
        Ok(Some(entry)) if holds(&entry, change.mark) => {
            tracing::debug!(table = table.table.name(), %error, "committed in spite of an error");
            Ok(Outcome::Committed(target))
        }
        Ok(Some(_)) => Ok(Outcome::Conflict),
        Ok(None) | Err(_) => Err(unconfirmed(error)),
    }
}

fn holds(entry: &Bytes, mark: &str) -> bool {
    entry
        .windows(mark.len())
        .any(|part| part == mark.as_bytes())
}

/// Waits before the next try, a little longer each time.
pub(super) async fn pause(attempt: u32) {
    let milliseconds = (u64::from(attempt) * 10).min(LONGEST_PAUSE_MS);
    tokio::time::sleep(std::time::Duration::from_millis(milliseconds)).await;
}

/// The error after the last try.
pub(super) fn busy(table: &LakeTable) -> EngineError {
    EngineError::Busy {
        table: table.table.name(),
        attempts: ATTEMPTS,
    }
}
