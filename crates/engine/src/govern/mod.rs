//! Who may do what with a lake, and what is written down of it.
//!
//! [`AuditLog`] keeps the log; whatever it tells of is written to it first.
//! [`Stewards`] are whoever the log says got a key. Two of them together can
//! allow a policy that is looser than the floor ([`approve`]); a release run
//! looks for their approvals and says in its manifest that it used them.
//!
//! Deliberately absent: protection from whoever holds the secret of the lake.
//! They can read every row and sign whatever they like.

mod approval;
mod key;
mod log;
mod scribe;
mod stewards;

pub use approval::{Approval, Approving, MOST_DAYS, allowed, approve};
pub(crate) use approval::{hash_of, overrides_used};
pub use key::StewardKey;
pub use log::{AuditLog, Checked};
pub use scribe::{Scribe, person};
pub use stewards::{Steward, Stewards, register, retire};

/// Why a steward or an approval is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GovernError {
    /// Not a name.
    #[error(
        "`{0}` is no name: expected 1 to 64 letters, digits, spaces, dots, hyphens and apostrophes"
    )]
    Name(String),
    /// A name that is taken.
    #[error("a steward of the name {0} is registered already; a name registers once")]
    NameTaken(String),
    /// A key under two names would be two stewards in one person.
    #[error("this key is registered under the name {0} already; a key registers once")]
    KeyTaken(String),
    /// Nobody vouches.
    #[error(
        "the lake has stewards already: one of them must vouch for {0}; name that steward's key \
         with --vouched-by"
    )]
    NotVouched(String),
    /// A key that belongs to no steward.
    #[error("the key {0} belongs to no steward of this lake; `safeground steward list` lists them")]
    UnknownKey(String),
    /// A name that belongs to no steward.
    #[error("{0} is no steward of this lake; `safeground steward list` lists them")]
    UnknownSteward(String),
    /// Nobody would be left to vouch.
    #[error("{0} is the last steward; register another one first")]
    LastSteward(String),
    /// A key file that cannot be used.
    #[error("cannot use the key {place}: {reason}")]
    Key {
        /// File.
        place: String,
        /// What is wrong and what to do.
        reason: String,
    },
    /// A policy that needs no approval.
    #[error("the policy loosens no rule of the floor; it needs no approval")]
    NothingLoosened,
    /// An approval that would hold too long.
    #[error("an approval holds for 1 to {MOST_DAYS} days (got {0})")]
    Days(i64),
    /// No or too long a reason.
    #[error("a reason has 1 to 500 characters (got {0})")]
    Reason(usize),
    /// Too few stewards approve of a policy.
    #[error(
        "the policy is looser than the floor ({rules}): two stewards must approve of it with \
         `safeground policy approve`; {found}"
    )]
    NotApproved {
        /// What it loosens.
        rules: String,
        /// Who approves, and which approvals do not count and why.
        found: String,
    },
}
