//! Errors inside the server; clients see [`crate::problem`] instead.

/// What can go wrong when a server starts, opens a release or keeps tokens.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// A release could not be opened; the message is the engine's.
    #[error("cannot open the {audience} release: {reason}")]
    Release {
        /// Audience.
        audience: &'static str,
        /// Cause.
        reason: String,
    },
    /// A release that breaks a promise that clients rely on.
    #[error("the release breaks its promise: {0}")]
    Broken(String),
    /// The list of tokens cannot be used.
    #[error("cannot {action} the list of tokens: {reason}")]
    Tokens {
        /// What was attempted.
        action: &'static str,
        /// Cause.
        reason: String,
    },
    /// A token was asked for an audience that needs none.
    #[error("the public release needs no token; choose research or planning")]
    PublicToken,
    /// No token has this identifier.
    #[error("no token has the identifier {0}; `safeground token list` shows them")]
    UnknownToken(String),
    /// No random numbers.
    #[error("the system gives no random numbers: {0}")]
    Random(String),
    /// Nobody can come in.
    #[error(transparent)]
    Door(#[from] crate::door::DoorError),
    /// The operating system refused something.
    #[error("cannot {action}: {source}")]
    Io {
        /// What was attempted.
        action: &'static str,
        /// Cause.
        source: std::io::Error,
    },
}
