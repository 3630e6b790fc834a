//! Writing one load.

use std::path::Path as FilePath;
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::SchemaRef;
use deltalake_core::kernel::{Action, Add};
use deltalake_core::protocol::{DeltaOperation, SaveMode};
use futures::TryStreamExt as _;
use futures::stream::{self, StreamExt as _};
use object_store::ObjectStoreExt as _;
use object_store::path::Path;
use safeground_schema::Table;
use tokio::task::JoinSet;

use super::commit::{ATTEMPTS, Change, Outcome, busy, pause, try_commit};
use super::files::live_loads;
use super::load::{FOLDER_PREFIX, tags};
use super::quarantine::{StagedQuarantine, file_name};
use super::table::LakeTable;
use super::{Committed, Lake, LoadRecord, LoadSummary, NewLoad, part};
use crate::EngineError;

/// Files looked at at the same time before a commit.
const HEADS_AT_A_TIME: usize = 16;

/// A stored file before it is committed.
#[derive(Debug)]
struct Part {
    number: usize,
    path: Path,
    bytes: usize,
    rows: usize,
}

/// A load that is being written. Nothing of it shows before
/// [`LoadWriter::commit`]; dropped without it, what was written is swept
/// later.
#[derive(Debug)]
pub struct LoadWriter {
    lake: Lake,
    table: Table,
    load: NewLoad,
    attempt: String,
    schema: SchemaRef,
    quarantine: StagedQuarantine,
    buffer: Vec<RecordBatch>,
    buffered_rows: usize,
    buffered_bytes: usize,
    writing: JoinSet<Result<Part, EngineError>>,
    parts: Vec<Part>,
    begun_parts: usize,
    rows: u64,
}

impl LoadWriter {
    pub(super) fn new(lake: &Lake, table: Table, load: NewLoad) -> Result<Self, EngineError> {
        let attempt = uuid::Uuid::new_v4().simple().to_string();
        let name = file_name(&load.load_id, &attempt);
        let quarantine = match lake.own_local_folder() {
            Some(folder) => StagedQuarantine::local(&folder, &name)?,
            None => {
                StagedQuarantine::remote(Arc::clone(lake.root()), lake.quarantine_location(&name))?
            }
        };
        Ok(Self {
            lake: lake.clone(),
            table,
            load,
            attempt,
            schema: table.arrow_schema(),
            quarantine,
            buffer: Vec::new(),
            buffered_rows: 0,
            buffered_bytes: 0,
            writing: JoinSet::new(),
            parts: Vec::new(),
            begun_parts: 0,
            rows: 0,
        })
    }

    /// Where the loader writes the rejected rows, if it rejects any. The file
    /// gets its own name when the load is committed.
    #[must_use]
    pub fn quarantine(&self) -> &FilePath {
        self.quarantine.path()
    }

    /// Adds rows in the stored schema of the table, each with the load's
    /// identity.
    ///
    /// Rows are kept until they fill a file; files are encoded and written in
    /// the background, as many at a time as the lake's threads, and a caller
    /// that is faster waits.
    ///
    /// # Errors
    /// [`EngineError::Content`] for rows of another schema or load, or a
    /// failed write of earlier rows.
    pub async fn write(&mut self, batch: RecordBatch) -> Result<(), EngineError> {
        let mut batch = self.checked(batch)?;
        self.rows += batch.num_rows() as u64;
        while batch.num_rows() > 0 {
            let room = self.lake.rows_per_file() - self.buffered_rows;
            let taken = batch.num_rows().min(room);
            let (head, rest) = (
                batch.slice(0, taken),
                batch.slice(taken, batch.num_rows() - taken),
            );
            self.buffered_rows += taken;
            self.buffered_bytes += part::size(&head)?;
            self.buffer.push(head);
            let full = self.buffered_rows == self.lake.rows_per_file()
                || self.buffered_bytes >= part::FULL_BYTES;
            if full {
                self.flush().await?;
            }
            batch = rest;
        }
        Ok(())
    }

    /// Makes the load visible, wholly, by one commit.
    ///
    /// # Errors
    /// A failed write, after which nothing of the load shows;
    /// [`EngineError::OtherMapping`] where another process loaded the same
    /// content under another mapping meanwhile; or
    /// [`EngineError::Unconfirmed`]. Loading again is safe after each.
    pub async fn commit(mut self, summary: LoadSummary) -> Result<Committed, EngineError> {
        if self.buffered_rows > 0 || self.begun_parts == 0 {
            // A load without rows has an empty file, for its record to hang on.
            self.flush().await?;
        }
        while self.wait_for_one().await? {}
        self.parts.sort_by_key(|part| part.number);
        self.quarantine.publish().await?;
        let table = self.lake.table(self.table).clone();
        let committed = self.commit_parts(&table, summary).await?;
        if let Committed::Already(_) = &committed {
            // Each version this load was tried at is another's, so it never
            // comes; what it wrote is of no use to anybody.
            if let Err(error) = self.forget().await {
                tracing::debug!(table = self.table.name(), %error, "swept later");
            }
        }
        if let Err(error) = self.lake.sweep(&table).await {
            tracing::warn!(table = self.table.name(), %error, "remains of dead loads stay");
        }
        Ok(committed)
    }

    /// Gives the load up and deletes what it wrote.
    ///
    /// # Errors
    /// The store's, for a file that could not be deleted; it is swept later.
    pub async fn abort(mut self) -> Result<(), EngineError> {
        // Writes that are under way end first, or they would outlive this.
        let mut failed = None;
        loop {
            match self.wait_for_one().await {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => failed = Some(error),
            }
        }
        if let Some(error) = failed {
            tracing::debug!(table = self.table.name(), %error, "a write failed before the load was given up");
        }
        self.forget().await
    }

    /// Deletes what was written.
    async fn forget(&self) -> Result<(), EngineError> {
        let store = self.lake.table(self.table).store();
        for part in &self.parts {
            store.delete(&part.path).await?;
        }
        let name = file_name(&self.load.load_id, &self.attempt);
        let quarantine = self.lake.quarantine_location(&name);
        match self.lake.root().delete(&quarantine).await {
            Err(object_store::Error::NotFound { .. }) | Ok(()) => Ok(()),
            Err(e) => Err(e.into()),
        }
    }

    /// The batch under the table's own schema, which also refuses nulls where
    /// none may be.
    fn checked(&self, batch: RecordBatch) -> Result<RecordBatch, EngineError> {
        let refused = |reason: String| EngineError::Content {
            table: self.table.name(),
            reason,
        };
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), batch.columns().to_vec())
            .map_err(|e| refused(format!("rows do not have its schema: {e}")))?;
        let loads = batch["load_id"].as_string::<i32>();
        if loads.iter().any(|id| id != Some(&self.load.load_id)) {
            return Err(refused(format!(
                "rows of another load among those of {}",
                self.load.load_id
            )));
        }
        Ok(batch)
    }

    async fn flush(&mut self) -> Result<(), EngineError> {
        while self.writing.len() >= self.lake.threads() {
            self.wait_for_one().await?;
        }
        let number = self.begun_parts;
        self.begun_parts += 1;
        self.buffered_bytes = 0;
        let rows = std::mem::take(&mut self.buffered_rows);
        let batches = std::mem::take(&mut self.buffer);
        let schema = Arc::clone(&self.schema);
        let path = Path::from_iter([
            format!("{FOLDER_PREFIX}{}", self.load.load_id),
            self.attempt.clone(),
            format!("part-{number:05}.parquet"),
        ]);
        let store = self.lake.table(self.table).store();
        self.writing.spawn(async move {
            let bytes = tokio::task::spawn_blocking(move || part::encode(schema, &batches))
                .await
                .map_err(EngineError::threads)??;
            let size = bytes.len();
            store.put(&path, bytes.into()).await?;
            Ok(Part {
                number,
                path,
                bytes: size,
                rows,
            })
        });
        Ok(())
    }

    /// Waits for one file under way; `false` where there is none.
    async fn wait_for_one(&mut self) -> Result<bool, EngineError> {
        let Some(written) = self.writing.join_next().await else {
            return Ok(false);
        };
        self.parts.push(written.map_err(EngineError::threads)??);
        Ok(true)
    }

    async fn commit_parts(
        &self,
        table: &LakeTable,
        summary: LoadSummary,
    ) -> Result<Committed, EngineError> {
        for attempt in 1..=ATTEMPTS {
            let snapshot = table.snapshot().await?;
            let known = live_loads(self.table, &snapshot)?
                .into_iter()
                .find(|known| known.record.load_id == self.load.load_id);
            if let Some(known) = known {
                if known.record.attempt == self.attempt {
                    return Ok(Committed::Loaded(known.record));
                }
                self.load.compare(&known.record)?;
                return Ok(Committed::Already(known.record));
            }
            self.check_parts(table).await?;
            let record = self.record(summary, snapshot.version() + 1);
            let change = Change {
                actions: self.actions(&record)?,
                operation: DeltaOperation::Write {
                    mode: SaveMode::Append,
                    partition_by: None,
                    predicate: None,
                },
                what: "load",
                mark: &self.attempt,
            };
            match try_commit(table, &snapshot, change).await? {
                Outcome::Committed(version) => {
                    debug_assert_eq!(version, record.delta_version);
                    return Ok(Committed::Loaded(record));
                }
                Outcome::Conflict => pause(attempt).await,
            }
        }
        Err(busy(table))
    }

    /// A commit must not refer to a file that is gone: a process that slept
    /// for longer than files of dead loads are kept has been swept.
    async fn check_parts(&self, table: &LakeTable) -> Result<(), EngineError> {
        let written = self
            .parts
            .iter()
            .map(|part| (part.path.clone(), part.bytes));
        let mut found = stream::iter(written.collect::<Vec<_>>())
            .map(|(path, bytes)| {
                let store = table.store();
                async move { Ok::<_, EngineError>((store.head(&path).await?, bytes)) }
            })
            .buffered(HEADS_AT_A_TIME);
        while let Some((file, bytes)) = found.try_next().await? {
            if file.size != bytes as u64 {
                return Err(EngineError::Content {
                    table: self.table.name(),
                    reason: format!("{} is not as it was written; load again", file.location),
                });
            }
        }
        Ok(())
    }

    fn record(&self, summary: LoadSummary, delta_version: u64) -> LoadRecord {
        LoadRecord {
            load_id: self.load.load_id.clone(),
            table: self.table,
            part: self.load.part.clone(),
            files: self.load.files.clone(),
            rows: self.rows,
            read: summary.read,
            quarantined: summary.quarantined,
            content_sha256: self.load.content_sha256.clone(),
            mapping_sha256: self.load.mapping_sha256.clone(),
            loaded_on: self.load.loaded_on,
            delta_version,
            stored_files: self.parts.len() as u64,
            attempt: self.attempt.clone(),
        }
    }

    fn actions(&self, record: &LoadRecord) -> Result<Vec<Action>, EngineError> {
        let now = chrono::Utc::now().timestamp_millis();
        self.parts
            .iter()
            .map(|part| {
                Ok(Action::Add(Add {
                    path: part.path.to_string(),
                    size: part.bytes as i64,
                    modification_time: now,
                    data_change: true,
                    stats: Some(format!(r#"{{"numRecords":{}}}"#, part.rows)),
                    tags: Some(tags(record, part.number == 0)?),
                    ..Add::default()
                }))
            })
            .collect()
    }
}
