//! Every error that leaves the server, as a status of gRPC.
//!
//! Texts are constant for a kind of error; the metadata [`PROBLEM`] holds the
//! name that HTTP's problems have.

use safeground_server::{Denied, DeniedKind};
use safeground_sql::{Limit, Refusal};
use tonic::metadata::{MetadataMap, MetadataValue};
use tonic::{Code, Status};

use crate::statements::StatementError;

/// Metadata with the stable name of an error, as it ends the `type` of a
/// problem over HTTP.
pub(crate) const PROBLEM: &str = "safeground-problem";

fn status(code: Code, name: &str, text: String) -> Status {
    let mut metadata = MetadataMap::new();
    if let Ok(name) = MetadataValue::try_from(name) {
        metadata.insert(PROBLEM, name);
    }
    Status::with_metadata(code, text, metadata)
}

/// A query that is refused.
pub(crate) fn refused(refusal: &Refusal) -> Status {
    let code = match refusal {
        Refusal::Limit { limit, .. } => match limit {
            Limit::Seconds | Limit::ComputeSeconds => Code::DeadlineExceeded,
            _ => Code::ResourceExhausted,
        },
        Refusal::UnknownTable { .. } => Code::NotFound,
        Refusal::Unavailable | Refusal::Ended => Code::Unavailable,
        _ => Code::InvalidArgument,
    };
    let name = format!("sql-{}", refusal.code().replace('_', "-"));
    status(code, &name, refusal.to_string())
}

/// A caller who may not ask.
pub(crate) fn denied(denied: &Denied) -> Status {
    let code = match denied.kind() {
        DeniedKind::Invalid => Code::InvalidArgument,
        DeniedKind::Unauthenticated => Code::Unauthenticated,
        DeniedKind::Forbidden => Code::PermissionDenied,
        DeniedKind::TooManyFailures => Code::ResourceExhausted,
        DeniedKind::Unavailable => Code::Unavailable,
        _ => Code::Internal,
    };
    status(code, denied.name(), denied.to_string())
}

/// A prepared statement that is not there, or not kept.
pub(crate) fn statement(error: StatementError) -> Status {
    match error {
        StatementError::Unknown => status(Code::NotFound, "no-statement", error.to_string()),
        StatementError::TooManyOfOne | StatementError::Full => status(
            Code::ResourceExhausted,
            "too-many-statements",
            error.to_string(),
        ),
    }
}

/// Whatever is no query, no call for metadata and no preparation of either.
pub(crate) fn unsupported() -> Status {
    status(
        Code::Unimplemented,
        "not-supported",
        "this server answers queries in SQL and calls for metadata, and nothing else: it takes no \
         updates, uploads, transactions, plans, sessions or exchanges"
            .into(),
    )
}

/// A command or ticket that cannot be read.
pub(crate) fn malformed() -> Status {
    status(
        Code::InvalidArgument,
        "bad-request",
        "the request is not one of Flight SQL".into(),
    )
}

/// A ticket that is not this caller's, or not any more.
pub(crate) fn no_ticket() -> Status {
    status(
        Code::NotFound,
        "no-ticket",
        "there is no such ticket: tickets are of the token that asked, for ten minutes and one \
         release; ask again"
            .into(),
    )
}

/// More than a row of values.
pub(crate) fn too_many_values(most_bytes: u64) -> Status {
    status(
        Code::ResourceExhausted,
        "sql-limit",
        format!(
            "the values meet a limit: at most {most_bytes} bytes; send fewer or shorter values"
        ),
    )
}

/// A handshake without a token.
pub(crate) fn no_credentials() -> Status {
    status(
        Code::Unauthenticated,
        "unauthorized",
        "a handshake needs a token as password; without one call for the public release without a \
         handshake"
            .into(),
    )
}

/// A query that was stopped by who asked.
pub(crate) fn cancelled() -> Status {
    status(
        Code::Cancelled,
        "cancelled",
        "the query was cancelled".into(),
    )
}

/// A request that took too long.
pub(crate) fn too_late(seconds: u64) -> Status {
    status(
        Code::DeadlineExceeded,
        "timeout",
        format!("the request took longer than {seconds} seconds: ask for less at once"),
    )
}

/// A row that no client takes.
pub(crate) fn too_large() -> Status {
    status(
        Code::ResourceExhausted,
        "sql-limit",
        "a row of the answer has more bytes than a message may have: ask for fewer columns".into(),
    )
}

/// A defect. What it is was logged where it happened.
pub(crate) fn internal() -> Status {
    status(Code::Internal, "internal", "the server failed".into())
}

/// The status of HTTP that the log and the metrics count an outcome as.
pub(crate) fn as_http(code: Code) -> u16 {
    match code {
        Code::Ok => 200,
        Code::Cancelled => 499,
        Code::InvalidArgument | Code::FailedPrecondition | Code::OutOfRange => 400,
        Code::NotFound => 404,
        Code::Unauthenticated => 401,
        Code::PermissionDenied => 403,
        Code::ResourceExhausted => 429,
        Code::Unimplemented => 501,
        Code::Unavailable => 503,
        Code::DeadlineExceeded => 504,
        _ => 500,
    }
}
