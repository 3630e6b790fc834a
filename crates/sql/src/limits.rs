//! What a query may use.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::gate::GateLimits;

/// What one query may use. A request may ask for less than its pool allows,
/// never for more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueryLimits {
    /// Most rows of the answer.
    pub rows: u64,
    /// Most bytes of the answer, in its format.
    pub answer_bytes: u64,
    /// Most time from the start of the query to the end of its answer, the
    /// reader's slowness included.
    pub deadline: Duration,
}

impl Default for QueryLimits {
    /// A million rows, 256 MiB, 30 seconds.
    fn default() -> Self {
        Self {
            rows: 1_000_000,
            answer_bytes: 256 << 20,
            deadline: Duration::from_secs(30),
        }
    }
}

impl QueryLimits {
    /// The deadline in whole seconds, as refusals tell it.
    #[must_use]
    pub(crate) fn deadline_seconds(&self) -> u64 {
        self.deadline.as_secs() + u64::from(self.deadline.subsec_nanos() > 0)
    }

    /// The smaller of both, for each limit.
    #[must_use]
    pub fn within(self, most: Self) -> Self {
        Self {
            rows: self.rows.min(most.rows),
            answer_bytes: self.answer_bytes.min(most.answer_bytes),
            deadline: self.deadline.min(most.deadline),
        }
    }
}

/// Why the limits of a worker are no limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WorkerLimitsError {
    /// Too little memory to plan anything.
    #[error("a worker needs memory of at least {least} bytes (got {got}): give it more")]
    Memory {
        /// Bytes asked for.
        got: u64,
        /// Least bytes.
        least: u64,
    },
    /// No time.
    #[error("a worker needs at least one second of computing (got none): give it more")]
    Compute,
}

/// What a worker process is confined to.
///
/// The operating system enforces these whatever the query engine believes; the
/// engine itself is told to keep to half the memory. What does not fit there is
/// written to temporary files where there may be any and the pool has a folder
/// for them; else the query is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerLimits {
    memory_bytes: u64,
    compute_seconds: u64,
    temporary_bytes: u64,
    gate: GateLimits,
}

impl WorkerLimits {
    /// Least memory.
    pub const LEAST_MEMORY_BYTES: u64 = 64 << 20;

    /// Limits of memory beyond what an idle worker has, of time on processors,
    /// and of temporary files (0: none).
    ///
    /// # Errors
    /// [`WorkerLimitsError`].
    pub fn new(
        memory_bytes: u64,
        compute_seconds: u64,
        temporary_bytes: u64,
        gate: GateLimits,
    ) -> Result<Self, WorkerLimitsError> {
        if memory_bytes < Self::LEAST_MEMORY_BYTES {
            return Err(WorkerLimitsError::Memory {
                got: memory_bytes,
                least: Self::LEAST_MEMORY_BYTES,
            });
        }
        if compute_seconds == 0 {
            return Err(WorkerLimitsError::Compute);
        }
        Ok(Self {
            memory_bytes,
            compute_seconds,
            temporary_bytes,
            gate,
        })
    }

    /// Bytes of memory beyond what an idle worker has.
    #[must_use]
    pub fn memory_bytes(&self) -> u64 {
        self.memory_bytes
    }

    /// Bytes of memory that the engine may plan with.
    #[must_use]
    pub(crate) fn engine_memory_bytes(&self) -> u64 {
        self.memory_bytes / 2
    }

    /// Seconds of computing.
    #[must_use]
    pub fn compute_seconds(&self) -> u64 {
        self.compute_seconds
    }

    /// Bytes of temporary files; 0 for none.
    #[must_use]
    pub fn temporary_bytes(&self) -> u64 {
        self.temporary_bytes
    }

    /// Limits on the text and shape of queries.
    #[must_use]
    pub fn gate(&self) -> &GateLimits {
        &self.gate
    }
}

impl Default for WorkerLimits {
    /// 1 GiB of memory, 60 seconds, 1 GiB of temporary files where the pool has
    /// a folder for them.
    fn default() -> Self {
        Self {
            memory_bytes: 1 << 30,
            compute_seconds: 60,
            temporary_bytes: 1 << 30,
            gate: GateLimits::default(),
        }
    }
}
