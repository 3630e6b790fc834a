//! Errors of the engine.

use std::path::PathBuf;

/// Why an engine operation failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// A query over the lake failed.
    #[error("query over the lake failed: {0}")]
    Query(#[from] datafusion::error::DataFusionError),
    /// Arrow refused an operation.
    #[error("arrow: {0}")]
    Arrow(#[from] arrow::error::ArrowError),
    /// Parquet refused an operation.
    #[error("parquet: {0}")]
    Parquet(#[from] parquet::errors::ParquetError),
    /// A statistic refused its input.
    #[error("scoring failed: {0}")]
    Statistics(#[from] safeground_stats::StatsError),
    /// The policy is refused.
    #[error(transparent)]
    Policy(#[from] safeground_privacy::PolicyError),
    /// JSON could not be written.
    #[error("json: {0}")]
    Json(#[from] serde_json::Error),
    /// The lake's content contradicts itself.
    #[error("the lake's {table} table is not usable: {reason}")]
    Content {
        /// Table.
        table: &'static str,
        /// What is wrong and what to do.
        reason: String,
    },
    /// Worker threads failed.
    #[error("the worker threads failed: {reason}")]
    Threads {
        /// What happened.
        reason: String,
    },
    /// Not a release id.
    #[error("invalid release id `{value}`; expected 16 lowercase hexadecimal digits")]
    ReleaseId {
        /// Value given.
        value: String,
    },
    /// There is no release for an audience.
    #[error("there is no {audience} release; make one with `safeground release`")]
    NoRelease {
        /// Audience.
        audience: String,
    },
    /// A release does not match its hashes.
    #[error("the {audience} release {release_id} is damaged: {reason}; restore or withdraw it")]
    ReleaseDamaged {
        /// Audience.
        audience: String,
        /// Id.
        release_id: String,
        /// What does not match.
        reason: String,
    },
    /// The release folder refused an operation.
    #[error("cannot {action} the releases in {}: {source}", path.display())]
    ReleaseFolder {
        /// What was tried.
        action: &'static str,
        /// Folder of the releases.
        path: PathBuf,
        /// The file system's error.
        source: std::io::Error,
    },
}
