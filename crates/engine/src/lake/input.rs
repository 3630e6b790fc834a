//! The lake as counting and releases read it.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use datafusion::catalog::TableProvider;
use datafusion::datasource::MemTable;
use datafusion::prelude::{SessionConfig, SessionContext, col};
use deltalake_core::delta_datafusion::DeltaScanNext;
use deltalake_core::kernel::EagerSnapshot;
use safeground_schema::Table;
use safeground_schema::release::ManifestInput;

use super::files::live_loads;
use super::table::LakeTable;
use super::{AsOf, Lake};
use crate::EngineError;
use crate::count::indicators::LOADS;
use crate::release::Input;

/// Bytes of files from which several threads read them. Compressed codes
/// become some fifty times as much work, so this is far below the default.
const BYTES_FOR_THREADS: usize = 64 << 10;

/// Partitions that resolved places are held in, so that several threads may
/// read them.
const PLACE_PARTITIONS: usize = 8;

impl Lake {
    /// The current version of every table, to be counted or released.
    ///
    /// Tables are registered under their names and stay at the version that
    /// is current now. `places` is not the stored table but one row per
    /// place, as all loads together describe it; `loads` tells the order of
    /// loading.
    ///
    /// # Errors
    /// What keeps the tables from being read.
    pub async fn input(&self) -> Result<Input, EngineError> {
        self.input_as_of(&AsOf::default()).await
    }

    /// Every table as it was, likewise. What was undone and purged since then
    /// cannot be read again.
    ///
    /// # Errors
    /// As [`input`](Self::input()), and [`EngineError::AsOf`].
    pub async fn input_as_of(&self, as_of: &AsOf) -> Result<Input, EngineError> {
        let mut config = SessionConfig::new();
        // Columns arrive in the types of the stored schema.
        let options = config.options_mut();
        options.execution.parquet.schema_force_view_types = false;
        options.optimizer.repartition_file_min_size = BYTES_FOR_THREADS;
        let session = SessionContext::new_with_config(config);
        session
            .runtime_env()
            .register_object_store(self.url().url(), Arc::clone(self.root()));
        let mut inputs = Vec::new();
        let mut last_day = None;
        let mut order = Vec::new();
        for (table, snapshot) in self.snapshots_as_of(as_of).await? {
            inputs.push(ManifestInput {
                table: table.table.to_string(),
                delta_version: snapshot.version(),
            });
            for load in live_loads(table.table, &snapshot)? {
                last_day = last_day.max(Some(load.record.loaded_on));
                order.push(load.record.load_id);
            }
            let provider = self.provider(&session, &table, snapshot).await?;
            session.register_table(table.table.name(), provider)?;
        }
        session.register_batch(LOADS, in_order(order)?)?;
        inputs.sort_by(|a, b| a.table.cmp(&b.table));
        Ok(Input {
            session,
            inputs,
            data_as_of: last_day.map(|day| day.to_string()),
            vault: self.vault(),
        })
    }

    async fn provider(
        &self,
        session: &SessionContext,
        table: &LakeTable,
        snapshot: EagerSnapshot,
    ) -> Result<Arc<dyn TableProvider>, EngineError> {
        if table.table == Table::Places {
            let schema = table.table.arrow_schema();
            let columns: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
            let places = self.resolved_places(&snapshot, &columns).await?;
            return Ok(Arc::new(in_memory(places)?));
        }
        let scan = DeltaScanNext::builder()
            .with_log_store(Arc::clone(&table.log))
            .with_eager_snapshot(snapshot)
            .with_session(Arc::new(session.state()))
            .build()
            .await?;
        Ok(Arc::new(scan))
    }
}

/// Loads with their position in the order of loading, which within a table is
/// the order of its versions.
fn in_order(load_ids: Vec<String>) -> Result<RecordBatch, EngineError> {
    let positions: ArrayRef = Arc::new(Int64Array::from_iter_values(0..load_ids.len() as i64));
    let load_ids: ArrayRef = Arc::new(StringArray::from(load_ids));
    Ok(RecordBatch::try_from_iter([
        ("load_id", load_ids),
        ("position", positions),
    ])?)
}

/// Resolved places as a table that knows it is sorted.
fn in_memory(batches: Vec<RecordBatch>) -> Result<MemTable, EngineError> {
    let each = batches.len().div_ceil(PLACE_PARTITIONS).max(1);
    let mut partitions: Vec<Vec<RecordBatch>> =
        batches.chunks(each).map(<[RecordBatch]>::to_vec).collect();
    if partitions.is_empty() {
        partitions.push(Vec::new());
    }
    let by_id = vec![vec![col("place_id").sort(true, false)]];
    Ok(MemTable::try_new(Table::Places.arrow_schema(), partitions)?.with_sort_order(by_id))
}
