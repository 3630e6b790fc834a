//! Why a log is not believed.

/// Where a log breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AuditError {
    /// A number without an entry.
    #[error("entry {0} of the audit log is missing; restore the log from its copy")]
    Missing(u64),
    /// An entry that does not follow from the one before, or was changed.
    #[error(
        "entry {0} of the audit log does not fit the chain of hashes: it was changed, or one \
         before it was taken out; restore the log from its copy"
    )]
    Broken(u64),
    /// An entry that the lake did not sign.
    #[error("entry {0} of the audit log is not signed by this lake; restore the log from its copy")]
    Signature(u64),
    /// A steward was written in without a right to it.
    #[error(
        "entry {0} of the audit log registers or retires a steward without a valid signature; \
         restore the log from its copy"
    )]
    Steward(u64),
    /// An entry that somebody keeps the hash of is not there.
    #[error("the audit log has no entry `{0}`: its end was cut off; restore it from its copy")]
    CutBack(String),
}
