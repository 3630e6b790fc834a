//! One log line and one count for each request.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;

use super::audience::{ServedRelease, ServedTo};
use crate::state::AppState;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Logs the template of the route, the status, the time, the release and the
/// identifier of the token, so that named users stay accountable.
/// Paths and queries hold places and coordinates and are not logged. The
/// identifier of the request is ours: one from outside could hold anything.
pub(crate) async fn log_and_count(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let start = Instant::now();
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let route = matched.as_ref().map_or("none", MatchedPath::as_str);
    let method = match *request.method() {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        _ => "other",
    };
    let id = crate::auth::random::<8>().map(|bytes| crate::auth::hex(&bytes));
    let id = id.unwrap_or_default();
    let mut response = next.run(request).await;
    let took = start.elapsed();
    let status = response.status().as_u16();
    state.metrics().request(route, method, status, took);
    let release = response.extensions().get::<ServedRelease>();
    let token = response.extensions().get::<ServedTo>();
    tracing::info!(
        route,
        method,
        status,
        duration_ms = took.as_secs_f64() * 1000.0,
        release = release.map_or("", |release| &release.0),
        token = token.map_or("", |token| &token.0),
        request_id = id,
        "request"
    );
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}
