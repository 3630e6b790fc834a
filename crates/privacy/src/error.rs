//! What can be wrong with a policy.

/// Why a policy is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// The text is not a policy.
    #[error("the policy does not parse: {0}")]
    Syntax(String),
    /// A version this code does not know.
    #[error(
        "policy version {0} is not known; this code reads version 2; `safeground policy init` prints one to start from"
    )]
    Version(u32),
    /// A setting is looser than the floor.
    #[error(
        "{table}.{key} = {value} is looser than the floor {floor}; set it to {floor} or stricter"
    )]
    BelowFloor {
        /// Table of the policy, such as an audience.
        table: &'static str,
        /// Setting.
        key: &'static str,
        /// Value given.
        value: String,
        /// Loosest value allowed.
        floor: String,
    },
    /// A setting is looser than what two stewards together may allow.
    #[error(
        "{table}.{key} = {value} is looser than {bedrock}, which no override allows; set it to \
         {bedrock} or stricter"
    )]
    NeverLoosened {
        /// Table of the policy, such as an audience.
        table: &'static str,
        /// Setting.
        key: &'static str,
        /// Value given.
        value: String,
        /// Loosest value that an override may allow.
        bedrock: String,
    },
    /// A name outside a closed list.
    #[error("{table}.{key} names `{value}`; expected one of: {expected}")]
    Unknown {
        /// Table of the policy, such as an audience.
        table: &'static str,
        /// Setting.
        key: &'static str,
        /// Value given.
        value: String,
        /// Values allowed.
        expected: String,
    },
    /// A rule on how a count may be made up is looser than the floor.
    #[error(
        "concentration.{key} = {value} is not allowed, and no override allows it; expected \
         {expected}"
    )]
    Concentration {
        /// Setting.
        key: &'static str,
        /// Value given.
        value: String,
        /// What is allowed.
        expected: String,
    },
    /// The noise settings do not hold together.
    #[error("noise: {0}")]
    Noise(String),
    /// Two levels whose places overlap.
    #[error(
        "{audience}.levels names subdistrict and block, whose places overlap: the difference of \
         two overlapping places is a small number; keep one of them"
    )]
    Overlapping {
        /// Audience.
        audience: &'static str,
    },
    /// Not an audience.
    #[error("unknown audience `{0}`; expected one of: public, research, planning")]
    Audience(String),
}

/// Something a lake keeps is not as it was sealed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "what the lake keeps ({what}) is not as it was sealed; restore it from a backup: it was told \
     once, and telling it anew would tell more"
)]
pub struct NotSealed {
    /// What it is.
    pub what: String,
}
