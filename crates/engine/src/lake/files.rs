//! The loads of a table, read from the files of its current version.

use std::collections::BTreeMap;

use deltalake_core::kernel::{Add, EagerSnapshot};
use safeground_schema::Table;

use super::LoadRecord;
use super::load::from_tags;
use crate::EngineError;

/// A load with the files that hold its rows, in the order of its rows.
#[derive(Debug, Clone)]
pub(super) struct LiveLoad {
    pub(super) record: LoadRecord,
    pub(super) files: Vec<Add>,
}

impl LiveLoad {
    /// When the load was committed, in milliseconds since 1970.
    pub(super) fn committed(&self) -> i64 {
        let times = self.files.iter().map(|file| file.modification_time);
        times.max().unwrap_or(i64::MIN)
    }
}

/// Loads of a snapshot in the order they came: by version, then identity.
///
/// # Errors
/// [`EngineError::Content`] where a file belongs to no load or a load misses
/// a file: another tool rewrote the table, and whose rows are whose is lost.
pub(super) fn live_loads(
    table: Table,
    snapshot: &EagerSnapshot,
) -> Result<Vec<LiveLoad>, EngineError> {
    let foreign = |reason: String| EngineError::Content {
        table: table.name(),
        reason: format!("{reason}; another tool rewrote the table: restore it from a copy"),
    };
    let mut loads: BTreeMap<String, (Option<LoadRecord>, Vec<Add>)> = BTreeMap::new();
    for view in snapshot.log_data().iter() {
        #[expect(
            deprecated,
            reason = "the only public view of a file's tags, which tell its load"
        )]
        let add = view.add_action();
        if add.deletion_vector.is_some() {
            return Err(foreign(format!("rows of {} were deleted singly", add.path)));
        }
        let tagged = add.tags.as_ref().map(from_tags).transpose()?.flatten();
        let Some((load_id, record)) = tagged else {
            return Err(foreign(format!("{} belongs to no load", add.path)));
        };
        let (known, files) = loads.entry(load_id).or_default();
        if record.is_some() {
            *known = record;
        }
        files.push(add);
    }
    let mut live = Vec::with_capacity(loads.len());
    for (load_id, (record, mut files)) in loads {
        files.sort_by(|a, b| a.path.cmp(&b.path));
        match record {
            Some(record) if record.stored_files == files.len() as u64 => {
                live.push(LiveLoad { record, files });
            }
            _ => return Err(foreign(format!("load {load_id} is not whole"))),
        }
    }
    live.sort_by(|a, b| {
        (a.record.delta_version, &a.record.load_id)
            .cmp(&(b.record.delta_version, &b.record.load_id))
    });
    Ok(live)
}
