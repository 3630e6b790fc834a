//! What a run may use: threads and memory.

use std::sync::Arc;

use datafusion::execution::SessionStateBuilder;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::SessionContext;

use crate::EngineError;

/// Threads and memory of a run. The result depends on neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resources {
    /// Threads of queries and of scoring.
    pub threads: usize,
    /// Bytes that queries may hold before they spill to disk.
    pub memory_bytes: usize,
}

impl Default for Resources {
    /// All cores and two gibibytes.
    fn default() -> Self {
        Self {
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            memory_bytes: 2 << 30,
        }
    }
}

impl Resources {
    /// A copy of a session that keeps to these limits. Aggregations and sorts
    /// that need more memory spill to the session's own temporary folder.
    pub(crate) fn session(&self, session: &SessionContext) -> Result<SessionContext, EngineError> {
        let state = session.state();
        let runtime = RuntimeEnvBuilder::from_runtime_env(session.runtime_env().as_ref())
            .with_memory_pool(Arc::new(FairSpillPool::new(self.memory_bytes)))
            .build_arc()?;
        // A new default catalog would take the place of the one that is shared.
        let config = state
            .config()
            .clone()
            .with_create_default_catalog_and_schema(false)
            .with_target_partitions(self.threads.max(1))
            .with_sort_spill_reservation_bytes(self.spill_reservation_bytes());
        let state = SessionStateBuilder::new_from_existing(state)
            .with_config(config)
            .with_runtime_env(runtime)
            .build();
        Ok(SessionContext::new_with_state(state))
    }

    /// What a sort keeps back to merge what it spilled: ten mebibytes, or less
    /// where that would leave no memory to sort in.
    fn spill_reservation_bytes(&self) -> usize {
        (self.memory_bytes / (16 * self.threads.max(1))).min(10 << 20)
    }

    /// A pool of its own, so that a run keeps to its thread count.
    pub(crate) fn pool(&self) -> Result<rayon::ThreadPool, EngineError> {
        rayon::ThreadPoolBuilder::new()
            .num_threads(self.threads.max(1))
            .build()
            .map_err(|e| EngineError::Threads {
                reason: e.to_string(),
            })
    }
}

/// Runs arithmetic on a blocking thread.
pub(crate) async fn off_async<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, EngineError> + Send + 'static,
) -> Result<T, EngineError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|e| EngineError::Threads {
            reason: e.to_string(),
        })?
}
