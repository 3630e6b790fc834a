//! Every error that leaves the server, as `application/problem+json`.
//!
//! Bodies are constant for a kind of error and name only public things:
//! parameters, layers, themes, limits. What went wrong inside is logged where
//! it happened and never sent.

use std::sync::Arc;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use safeground_privacy::query::Refusal;
use serde::Serialize;

use crate::plans::Fault;

/// Media type of error bodies (RFC 9457).
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// Body of an error (RFC 9457).
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = Problem)]
pub(crate) struct Details {
    /// Stable name of the kind of error.
    #[schema(example = "urn:safeground:problem:unknown-value")]
    r#type: String,
    /// The kind of error in words.
    #[schema(example = "There is no such theme")]
    title: String,
    /// HTTP status.
    #[schema(example = 404)]
    status: u16,
    /// What to do about it.
    #[schema(example = "choose one of `valid`")]
    detail: String,
    /// Values that would have been accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    valid: Option<Vec<String>>,
    /// What is wrong with a request for a plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    faults: Option<Vec<Fault>>,
}

/// An error as a client sees it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum Problem {
    /// No route has this path.
    #[error("there is nothing at this address")]
    NoRoute,
    /// A path or query names something that the release does not hold.
    #[error("there is no such {what}")]
    UnknownValue {
        /// Kind of thing: `layer`, `theme`, `period`, `unit`.
        what: &'static str,
        /// What there is; empty where the list would be long.
        valid: Vec<String>,
    },
    /// A parameter cannot be read.
    #[error("the parameter `{name}` is not valid")]
    BadParameter {
        /// Its name.
        name: &'static str,
        /// What it must be.
        expected: String,
    },
    /// A parameter that this address does not take.
    #[error("there is a parameter that this address does not take")]
    UnknownParameter {
        /// Those that it takes.
        valid: Vec<String>,
    },
    /// No tile at this address.
    #[error("there is no such tile")]
    NoTile {
        /// What the address must be.
        expected: String,
    },
    /// No token, or one that is not valid.
    #[error("this audience needs a valid token")]
    Unauthorized {
        /// Whether a token came with the request.
        presented: bool,
    },
    /// A valid token of another audience.
    #[error("the token is for another audience")]
    Forbidden,
    /// A valid token for a part of the release, where all of it is needed.
    #[error("the token opens a part of the release alone")]
    OutOfScope,
    /// Too many invalid tokens from one address.
    #[error("too many invalid tokens")]
    TooManyFailures,
    /// Wrong method.
    #[error("this address answers {0} only")]
    MethodNotAllowed(&'static str),
    /// The address is too long.
    #[error("the address is longer than {0} bytes")]
    UriTooLong(usize),
    /// The body is too long.
    #[error("the body is longer than {0} bytes")]
    BodyTooLarge(u64),
    /// The cursor is of another release or another question.
    #[error("the cursor is not of this question and release")]
    StaleCursor,
    /// Nothing is released for the audience yet.
    #[error("nothing is released for the audience {0} yet")]
    NoRelease(&'static str),
    /// A question with noise is refused.
    #[error("{0}")]
    Refused(Refusal),
    /// A query in SQL is refused.
    #[error("{0}")]
    Sql(safeground_sql::Refusal),
    /// A request for a plan that cannot be answered.
    #[error("there is no plan for this request")]
    PlanRefused(Arc<Vec<Fault>>),
    /// A plan that its independent checker refuses.
    #[error("the plan fails its independent check and is not shown")]
    PlanUnchecked,
    /// More plans wait than may.
    #[error("too many plans wait to be made")]
    PlansWait,
    /// No plan of this token has this identifier.
    #[error("there is no such plan")]
    NoPlan,
    /// More requests at once than the server takes.
    #[error("the server is busy")]
    Busy,
    /// The request took longer than the limit.
    #[error("the request took longer than {0} seconds")]
    Timeout(u64),
    /// A defect; the cause is in the log.
    #[error("the server failed")]
    Internal,
}

impl Problem {
    /// HTTP status.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::NoRoute | Self::UnknownValue { .. } | Self::NoTile { .. } | Self::NoPlan => {
                StatusCode::NOT_FOUND
            }
            Self::PlanRefused(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::PlansWait => StatusCode::TOO_MANY_REQUESTS,
            Self::BadParameter { .. } | Self::UnknownParameter { .. } => StatusCode::BAD_REQUEST,
            Self::Unauthorized { .. } => StatusCode::UNAUTHORIZED,
            Self::Forbidden | Self::OutOfScope => StatusCode::FORBIDDEN,
            Self::Sql(refusal) => sql_status(refusal),
            Self::TooManyFailures => StatusCode::TOO_MANY_REQUESTS,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::UriTooLong(_) => StatusCode::URI_TOO_LONG,
            Self::BodyTooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::StaleCursor => StatusCode::GONE,
            Self::Refused(Refusal::BudgetSpent | Refusal::NoBudget) => StatusCode::FORBIDDEN,
            Self::Refused(Refusal::Busy | Refusal::Unavailable) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Refused(_) => StatusCode::BAD_REQUEST,
            Self::NoRelease(_) | Self::Busy | Self::Timeout(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::PlanUnchecked | Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::NoRoute => "no-route",
            Self::UnknownValue { .. } => "unknown-value",
            Self::BadParameter { .. } => "bad-parameter",
            Self::UnknownParameter { .. } => "unknown-parameter",
            Self::NoTile { .. } => "no-tile",
            Self::Unauthorized { .. } => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::OutOfScope => "out-of-scope",
            Self::Sql(refusal) => sql_name(refusal),
            Self::TooManyFailures => "too-many-failures",
            Self::MethodNotAllowed(_) => "method-not-allowed",
            Self::UriTooLong(_) => "uri-too-long",
            Self::BodyTooLarge(_) => "body-too-large",
            Self::StaleCursor => "stale-cursor",
            Self::NoRelease(_) => "no-release",
            Self::Refused(refusal) => refusal.code(),
            Self::PlanRefused(_) => "plan-refused",
            Self::PlanUnchecked => "plan-unchecked",
            Self::PlansWait => "plans-wait",
            Self::NoPlan => "no-plan",
            Self::Busy => "busy",
            Self::Timeout(_) => "timeout",
            Self::Internal => "internal",
        }
    }

    pub(crate) fn detail(&self) -> String {
        match self {
            Self::NoRoute => "see /openapi.json for the addresses that there are".into(),
            Self::UnknownValue { valid, .. } if valid.is_empty() => {
                "see /collections and /v1/catalog for what there is".into()
            }
            Self::UnknownValue { .. } | Self::UnknownParameter { .. } => {
                "choose one of `valid`".into()
            }
            Self::BadParameter { expected, .. } | Self::NoTile { expected } => expected.clone(),
            Self::Unauthorized { .. } => {
                "send `Authorization: Bearer TOKEN`; the steward makes tokens with \
                 `safeground token create`"
                    .into()
            }
            Self::Forbidden => "ask for the audience of the token, or get another token".into(),
            Self::OutOfScope => "ask the steward for a token without limits of place, theme or \
                                 period"
                .into(),
            Self::TooManyFailures => "wait a minute before the next attempt".into(),
            Self::MethodNotAllowed(allow) => format!("use one of {allow}"),
            Self::UriTooLong(_) | Self::BodyTooLarge(_) => "ask for less at once".into(),
            Self::StaleCursor => "start again without `cursor`".into(),
            Self::NoRelease(audience) => format!(
                "run `safeground release --lake LAKE --releases RELEASES`; \
                 it writes the {audience} release that is served here"
            ),
            Self::Refused(_) => "GET /v1/dp lists what may be asked and what may be spent".into(),
            Self::Sql(_) => "GET /v1/tables and /v1/functions list what may be used".into(),
            Self::PlanRefused(_) => "`faults` says what is wrong and what would mend it".into(),
            Self::PlanUnchecked => {
                "change the request a little, and tell whoever runs this server".into()
            }
            Self::PlansWait => "wait until one of your plans is done, or half a minute".into(),
            Self::NoPlan => "ask for it anew: plans belong to the token that asked, the oldest go \
                             when there are many, and all when the server starts again"
                .into(),
            Self::Busy => "try again in a few seconds".into(),
            Self::Timeout(_) => "ask for less at once, or try again later".into(),
            Self::Internal => "the request identifier in `X-Request-Id` finds the cause in \
                               the server's log"
                .into(),
        }
    }

    fn valid(&self) -> Option<Vec<String>> {
        match self {
            Self::UnknownValue { valid, .. } | Self::UnknownParameter { valid }
                if !valid.is_empty() =>
            {
                Some(valid.clone())
            }
            _ => None,
        }
    }

    fn faults(&self) -> Option<Vec<Fault>> {
        match self {
            Self::PlanRefused(faults) => Some(faults.to_vec()),
            _ => None,
        }
    }

    /// Its body.
    pub(crate) fn details(&self) -> Details {
        let mut title = self.to_string();
        if let Some(first) = title.get_mut(0..1) {
            first.make_ascii_uppercase();
        }
        Details {
            r#type: format!("urn:safeground:problem:{}", self.name()),
            title,
            status: self.status().as_u16(),
            detail: self.detail(),
            valid: self.valid(),
            faults: self.faults(),
        }
    }

    /// A parameter that cannot be read.
    pub(crate) fn bad(name: &'static str, expected: impl Into<String>) -> Self {
        Self::BadParameter {
            name,
            expected: expected.into(),
        }
    }
}

/// A queue that is full passes; everything else is the query's own.
fn sql_status(refusal: &safeground_sql::Refusal) -> StatusCode {
    use safeground_sql::{Limit, Refusal};
    match refusal {
        Refusal::Limit {
            limit: Limit::QueriesOfOne | Limit::QueriesWaiting | Limit::WaitSeconds,
            ..
        } => StatusCode::TOO_MANY_REQUESTS,
        Refusal::Unavailable | Refusal::Ended => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::BAD_REQUEST,
    }
}

/// The code of a refusal as the end of a problem's type.
fn sql_name(refusal: &safeground_sql::Refusal) -> &'static str {
    match refusal.code() {
        "limit" => "sql-limit",
        "character" => "sql-character",
        "syntax" => "sql-syntax",
        "statements" => "sql-statements",
        "not_allowed" => "sql-not-allowed",
        "unknown_table" => "sql-unknown-table",
        "unknown_function" => "sql-unknown-function",
        "unknown_column" => "sql-unknown-column",
        "ambiguous_column" => "sql-ambiguous-column",
        "parameters" => "sql-parameters",
        "plan" => "sql-plan",
        "value" => "sql-value",
        "unavailable" => "sql-unavailable",
        _ => "sql-ended",
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status();
        let details = self.details();
        let mut response = (status, Json(details)).into_response();
        let headers = response.headers_mut();
        let mut set = |name, value| {
            headers.insert(name, HeaderValue::from_static(value));
        };
        set(header::CONTENT_TYPE, PROBLEM_JSON);
        set(header::CACHE_CONTROL, "no-store");
        match self {
            Self::Unauthorized { presented: true } => set(
                header::WWW_AUTHENTICATE,
                r#"Bearer realm="safeground", error="invalid_token""#,
            ),
            Self::Unauthorized { presented: false } => {
                set(header::WWW_AUTHENTICATE, r#"Bearer realm="safeground""#);
            }
            Self::MethodNotAllowed(allow) => set(header::ALLOW, allow),
            Self::TooManyFailures => set(header::RETRY_AFTER, "60"),
            Self::PlansWait => set(header::RETRY_AFTER, "30"),
            Self::Busy | Self::Timeout(_) | Self::Refused(Refusal::Busy) => {
                set(header::RETRY_AFTER, "5");
            }
            _ => {}
        }
        response
    }
}
