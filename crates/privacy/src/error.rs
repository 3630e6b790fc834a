//! What can be wrong with a policy.

/// Why a policy is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// The text is not a policy.
    #[error("the policy does not parse: {0}")]
    Syntax(String),
    /// A version this code does not know.
    #[error("policy version {0} is not known; this code reads version 1")]
    Version(u32),
    /// A setting is looser than the floor.
    #[error(
        "{audience}.{key} = {value} is looser than the floor {floor}; set it to {floor} or stricter"
    )]
    BelowFloor {
        /// Audience.
        audience: &'static str,
        /// Setting.
        key: &'static str,
        /// Value given.
        value: String,
        /// Loosest value allowed.
        floor: String,
    },
    /// A name outside a closed list.
    #[error("{audience}.{key} names `{value}`; expected one of: {expected}")]
    Unknown {
        /// Audience.
        audience: &'static str,
        /// Setting.
        key: &'static str,
        /// Value given.
        value: String,
        /// Values allowed.
        expected: String,
    },
    /// Not an audience.
    #[error("unknown audience `{0}`; expected one of: public, research, planning")]
    Audience(String),
}
