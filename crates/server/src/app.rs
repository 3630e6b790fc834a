//! The application as a value: a router with everything around it.

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

use crate::middleware::{
    catch_panic, limit_size, limit_work, log_and_count, release_of_audience, security_headers,
    tag_codings,
};
use crate::problem::Problem;
use crate::routes::{asset_or_not_found, table};
use crate::state::AppState;

/// The application. It answers without a socket, which is how most tests use
/// it.
pub fn app(state: AppState) -> Router {
    let mut about = Router::new();
    let mut of_release = Router::new();
    for route in table() {
        if route.of_release {
            of_release = of_release.route(route.path, route.handler);
        } else {
            about = about.route(route.path, route.handler);
        }
    }
    // An operator must reach `/health` and `/metrics` when the server is busy,
    // so only work on releases is limited.
    let of_release = of_release
        .route_layer(from_fn_with_state(state.clone(), release_of_audience))
        .route_layer(from_fn_with_state(state.clone(), limit_work));
    about
        .merge(of_release)
        .fallback(asset_or_not_found)
        .method_not_allowed_fallback(|| async { Problem::MethodNotAllowed("GET, HEAD") })
        .layer(CompressionLayer::new())
        .layer(from_fn(tag_codings))
        .layer(CatchPanicLayer::custom(catch_panic))
        .layer(from_fn_with_state(state.clone(), limit_size))
        .layer(from_fn(security_headers))
        .layer(from_fn_with_state(state.clone(), log_and_count))
        .with_state(state)
}

/// Templates of all addresses, as the OpenAPI document writes them.
#[must_use]
pub fn addresses() -> Vec<&'static str> {
    table().into_iter().map(|route| route.documented).collect()
}
