//! Errors of the engine.

use std::path::PathBuf;

use safeground_privacy::query::Refusal;

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
    /// The audit log is not to be believed, so nothing that it has to tell of may
    /// be done.
    #[error(transparent)]
    Audit(#[from] safeground_privacy::audit::AuditError),
    /// A steward, a key or an approval is refused.
    #[error(transparent)]
    Govern(#[from] crate::govern::GovernError),
    /// The privacy ledger refuses.
    #[error("the privacy ledger: {0}")]
    Ledger(#[from] safeground_privacy::ledger::LedgerError),
    /// Noise could not be drawn or a kept draw not be opened.
    #[error("noise of the public release: {0}")]
    Noise(#[from] safeground_privacy::noise::NoiseError),
    /// Something the lake keeps was changed.
    #[error(transparent)]
    NotSealed(#[from] safeground_privacy::NotSealed),
    /// Joint suppression refuses.
    #[error("disclosure control: {0}")]
    Suppression(#[from] safeground_privacy::suppression::SuppressionError),
    /// A question is refused. Says nothing of any row.
    #[error("{code}: {0}", code = .0.code())]
    Refused(#[from] Refusal),
    /// The lake cannot offer its tables to questions.
    #[error("questions: {0}")]
    Questions(#[from] safeground_privacy::query::SchemaError),
    /// JSON could not be written.
    #[error("json: {0}")]
    Json(#[from] serde_json::Error),
    /// A table cannot be read as it was.
    #[error(
        "the lake's {table} table cannot be read as it was then: {reason}; `safeground loads` lists what was loaded when"
    )]
    AsOf {
        /// Table.
        table: &'static str,
        /// Why, with what is expected.
        reason: String,
    },
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
    /// There is no release of this id.
    #[error("there is no release {release_id}; `safeground release list` lists them")]
    UnknownRelease {
        /// Id given.
        release_id: String,
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
    /// Not the location of a lake.
    #[error("cannot use the lake `{value}`: {reason}")]
    LakeUrl {
        /// Value given.
        value: String,
        /// What is wrong and what to do.
        reason: String,
    },
    /// There is no lake at a location.
    #[error(
        "there is no lake at {location}; make one with `safeground ingest` or `safeground demo`"
    )]
    NoLake {
        /// Location.
        location: String,
    },
    /// The secret of a lake cannot be used.
    #[error("cannot use the lake's secret in {place}: {reason}")]
    LakeSecret {
        /// Where the secret is or should be.
        place: String,
        /// What is wrong and what to do.
        reason: String,
    },
    /// Not the identity of a load.
    #[error("invalid load `{value}`; expected 1 to 64 letters, digits, `-` and `_`")]
    LoadId {
        /// Value given.
        value: String,
    },
    /// There is no such load.
    #[error("there is no load {load_id}; `safeground loads` lists those in the lake")]
    UnknownLoad {
        /// Identity given.
        load_id: String,
    },
    /// The same content is in the lake under another mapping.
    #[error(
        "the same content is in {table} already under another mapping, as load {load_id}; \
         take it back with `safeground undo {load_id}`, or name a `part` in the mapping if both are meant"
    )]
    OtherMapping {
        /// The load that is there.
        load_id: String,
        /// Table.
        table: &'static str,
    },
    /// A commit was tried and the log cannot tell what became of it.
    #[error(
        "it is not certain that {table} was changed: {source}; run the same command again, which is safe"
    )]
    Unconfirmed {
        /// Table.
        table: &'static str,
        /// What the commit ended in.
        source: Box<deltalake_core::DeltaTableError>,
    },
    /// Others commit all the time.
    #[error(
        "{table} was changed by others {attempts} times in a row; run the same command again later"
    )]
    Busy {
        /// Table.
        table: &'static str,
        /// How often a commit was tried.
        attempts: u32,
    },
    /// The lake's log refused an operation.
    #[error("delta lake: {0}")]
    Delta(#[source] Box<deltalake_core::DeltaTableError>),
    /// The lake's store refused an operation.
    #[error("the lake's store: {0}")]
    Store(#[from] object_store::Error),
    /// The folder of rejected rows refused an operation.
    #[error("cannot write the quarantine: {0}")]
    Quarantine(#[source] std::io::Error),
}

impl EngineError {
    /// What whoever asked a question may know of this failure: one of the
    /// constant refusals. Anything but a refusal is for the steward's log.
    #[must_use]
    pub fn refusal(&self) -> Refusal {
        match self {
            Self::Refused(refusal) => *refusal,
            Self::Ledger(error) => Refusal::from(error.clone()),
            Self::Busy { .. } => Refusal::Busy,
            _ => Refusal::Unavailable,
        }
    }

    /// A task that did not end.
    pub(crate) fn threads(error: tokio::task::JoinError) -> Self {
        Self::Threads {
            reason: error.to_string(),
        }
    }

    /// A failure of the quarantine's file.
    pub(crate) fn quarantine(error: std::io::Error) -> Self {
        Self::Quarantine(error)
    }
}

impl From<deltalake_core::DeltaTableError> for EngineError {
    fn from(error: deltalake_core::DeltaTableError) -> Self {
        Self::Delta(Box::new(error))
    }
}

impl From<object_store::path::Error> for EngineError {
    fn from(error: object_store::path::Error) -> Self {
        Self::Store(error.into())
    }
}
