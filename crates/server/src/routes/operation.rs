//! What an operator watches.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;

use super::asked::reply;
use crate::problem::Problem;
use crate::state::AppState;
use safeground_privacy::Audience;

/// State of the server.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Health {
    /// `ok`.
    status: &'static str,
}

/// The process answers.
#[utoipa::path(
    get, path = "/health", tag = "Operation",
    responses((status = 200, description = "It does", body = Health))
)]
pub(crate) async fn health() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// A release is open and can be read.
#[utoipa::path(
    get, path = "/ready", tag = "Operation",
    responses(
        (status = 200, description = "It is", body = Health),
        super::openapi::Unavailable,
    )
)]
pub(crate) async fn ready(State(state): State<AppState>) -> Result<Response, Problem> {
    if !state.has_release() {
        return Err(Problem::NoRelease(Audience::Public.as_str()));
    }
    Ok((StatusCode::OK, Json(Health { status: "ok" })).into_response())
}

/// Metrics in the Prometheus text format.
#[utoipa::path(
    get, path = "/metrics", tag = "Operation",
    responses((status = 200, description = "Metrics", body = String, content_type = "text/plain"))
)]
pub(crate) async fn metrics(State(state): State<AppState>) -> Response {
    reply(
        "text/plain; version=0.0.4; charset=utf-8",
        state.metrics().render(),
    )
}
