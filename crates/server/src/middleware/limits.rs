//! Limits on what one request may cost.

use std::any::Any;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::problem::Problem;
use crate::state::AppState;

/// Refuses long addresses and bodies before anything is done with them.
pub(crate) async fn limit_size(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let config = state.config();
    let uri = request.uri();
    let bytes = uri.path().len() + uri.query().map_or(0, |query| query.len() + 1);
    if bytes > config.max_uri_bytes {
        return Problem::UriTooLong(config.max_uri_bytes).into_response();
    }
    // A chunked body names no length; a route that reads one stops at its
    // limit, and the connection is closed after the response.
    let length = request.headers().get(header::CONTENT_LENGTH);
    let length = length.and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let most = if uri.path() == crate::routes::PLANS {
        config.max_plan_bytes
    } else {
        config.max_body_bytes
    };
    if length.is_some_and(|length| length > most) {
        return Problem::BodyTooLarge(most).into_response();
    }
    next.run(request).await
}

/// Bounds the number of requests worked on and the time for each.
pub(crate) async fn limit_work(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let Ok(_permit) = Arc::clone(state.requests()).try_acquire_owned() else {
        return Problem::Busy.into_response();
    };
    let limit = state.config().request_timeout;
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::Timeout(limit.as_secs()).into_response(),
    }
}

/// The response to a request whose handling panicked. What the panic said is
/// not logged, as it may hold anything; its place was printed by the panic
/// hook.
pub(crate) fn catch_panic(_panic: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("the handling of a request panicked");
    Problem::Internal.into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::body::{Body, to_bytes};
    use axum::routing::get;
    use tower::ServiceExt as _;
    use tower_http::catch_panic::CatchPanicLayer;

    async fn fails() -> &'static str {
        panic!("canary")
    }

    #[tokio::test]
    async fn a_panic_is_a_problem_that_says_nothing_of_its_cause() {
        let app: Router = Router::new()
            .route("/", get(fails))
            .layer(CatchPanicLayer::custom(catch_panic));
        let request = Request::get("/").body(Body::empty()).unwrap();
        let response = app.oneshot(request).await.unwrap();
        assert_eq!(response.status(), 500);
        let body = to_bytes(response.into_body(), 10_000).await.unwrap();
        let text = String::from_utf8(body.to_vec()).unwrap();
        assert!(text.contains("urn:safeground:problem:internal"));
        assert!(!text.contains("canary"));
    }
}
