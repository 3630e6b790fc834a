//! Questions with noise about single rows, for researchers.

use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use safeground_privacy::Audience;
use safeground_privacy::noise::Epsilon;
use safeground_privacy::query::Refusal;
use serde::Deserialize;

use super::asked::{JSON, reply};
use crate::auth::peer;
use crate::dp::{DpRequest, MOST_REQUEST_BYTES, put};
use crate::problem::Problem;
use crate::state::AppState;

/// Methods of the address.
pub(crate) const ALLOW: &str = "GET, HEAD, POST";

/// A question.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DpQuestion {
    /// The question.
    #[schema(
        example = "SELECT district, COUNT(DISTINCT child) FROM incidents WHERE category = \
                        'trafficking' AND period BETWEEN '2024' AND '2025' GROUP BY district"
    )]
    question: String,
    /// What it may cost each of its years, as decimal text: more is more
    /// accurate.
    #[schema(example = "0.01")]
    epsilon: String,
}

/// Asks about single rows, and is answered with noise.
///
/// Needs a research token. The question is charged to each year whose rows it
/// reads, before it runs; the same question has one answer, which is free for
/// whoever asks it again.
#[utoipa::path(
    post, path = "/v1/dp", tag = "Questions",
    request_body = DpQuestion,
    responses(
        (status = 200, description = "The answer with its intervals, what was charged (null if it \
            was asked before) and what is left of each year's budget", body = Object),
        (status = 400, description = "The question is refused; `type` ends with a constant code",
            body = super::openapi::Details, content_type = "application/problem+json"),
        (status = 401, description = "No research token",
            body = super::openapi::Details, content_type = "application/problem+json"),
        (status = 403, description = "A token of another audience, or the budget is spent",
            body = super::openapi::Details, content_type = "application/problem+json"),
        (status = 404, description = "This server takes no questions",
            body = super::openapi::Details, content_type = "application/problem+json"),
        super::openapi::Unavailable,
    )
)]
pub(crate) async fn ask(
    State(state): State<AppState>,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let token = admit(&state, &parts).await?;
    let config = state.config();
    let read = to_bytes(body, MOST_REQUEST_BYTES as usize);
    let Ok(read) = tokio::time::timeout(config.header_timeout, read).await else {
        return Err(Problem::Timeout(config.header_timeout.as_secs()));
    };
    let body = read.map_err(|_| Problem::BodyTooLarge(MOST_REQUEST_BYTES))?;
    let expected = "expected a JSON object of `question` and `epsilon`, both text";
    let asked: DpQuestion =
        serde_json::from_slice(&body).map_err(|_| Problem::bad("body", expected))?;
    let epsilon: Epsilon = asked
        .epsilon
        .parse()
        .map_err(|_| Problem::Refused(Refusal::Epsilon))?;
    let question = asked.question;
    let asked = DpRequest::Question {
        question,
        epsilon,
        token: token.to_string(),
    };
    answer(&state, &asked).await
}

/// What may be asked about, and what may be spent.
///
/// Needs a research token.
#[utoipa::path(
    get, path = "/v1/dp", tag = "Questions",
    responses(
        (status = 200, description = "Tables with periods, columns and keys; epsilon of a question \
            and of a year; years that were asked about with what is left of them", body = Object),
        (status = 401, description = "No research token",
            body = super::openapi::Details, content_type = "application/problem+json"),
        (status = 403, description = "A token of another audience",
            body = super::openapi::Details, content_type = "application/problem+json"),
        (status = 404, description = "This server takes no questions",
            body = super::openapi::Details, content_type = "application/problem+json"),
        super::openapi::Unavailable,
    )
)]
pub(crate) async fn offer(
    State(state): State<AppState>,
    parts: Parts,
) -> Result<Response, Problem> {
    admit(&state, &parts).await?;
    answer(&state, &DpRequest::Offer).await
}

/// Any other method.
pub(crate) async fn not_allowed() -> Problem {
    Problem::MethodNotAllowed(ALLOW)
}

/// Whether questions are taken at all, and from this client: the identifier of
/// its token.
async fn admit(state: &AppState, parts: &Parts) -> Result<Arc<str>, Problem> {
    if state.config().dp_socket.is_none() {
        return Err(Problem::NoRoute);
    }
    let behind_proxy = state.config().behind_proxy;
    let peer = peer(&parts.extensions, &parts.headers, behind_proxy);
    let gate = state.gate();
    let granted = gate.check(Audience::Research, &parts.headers, peer).await?;
    // A question ranges over all places, themes and years.
    if granted.scope.is_everything() {
        Ok(granted.token)
    } else {
        Err(Problem::OutOfScope)
    }
}

/// The worker's reply, byte for byte, to be stored by nobody on the way: the
/// book of answers is the only place they come from.
async fn answer(state: &AppState, request: &DpRequest) -> Result<Response, Problem> {
    let Ok(_permit) = Arc::clone(state.requests()).try_acquire_owned() else {
        return Err(Problem::Busy);
    };
    let config = state.config();
    let socket = config.dp_socket.as_deref().ok_or(Problem::NoRoute)?;
    let (_, line) = put(socket, request, config.dp_timeout).await?;
    let mut response = reply(JSON, line);
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
