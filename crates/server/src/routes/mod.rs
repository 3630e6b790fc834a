//! The addresses of the server: one table, from which the router is built and
//! against which the OpenAPI document is tested.

mod asked;
mod assets;
mod catalog;
mod collections;
mod describe;
mod dp;
mod expected_error;
mod features;
mod landing;
mod link;
mod openapi;
mod operation;
mod plans;
mod privacy;
mod sql;
mod sql_body;
mod tile;
mod tilejson;

use axum::routing::{MethodRouter, get};

use crate::state::AppState;

pub(crate) use assets::asset_or_not_found;
pub(crate) use link::Link;
pub(crate) use plans::PLANS;

/// An address and what answers there.
pub(crate) struct Route {
    /// Template for the router.
    pub(crate) path: &'static str,
    /// Template in the OpenAPI document, where it differs.
    pub(crate) documented: &'static str,
    /// Whether it answers from a release.
    pub(crate) of_release: bool,
    /// What answers.
    pub(crate) handler: MethodRouter<AppState>,
}

/// All addresses, in the order of the documentation.
pub(crate) fn table() -> Vec<Route> {
    let about = |path, handler| Route {
        path,
        documented: path,
        of_release: false,
        handler,
    };
    let release = |path, handler| Route {
        path,
        documented: path,
        of_release: true,
        handler,
    };
    vec![
        about("/", get(landing::landing)),
        about("/conformance", get(landing::conformance)),
        about("/openapi.json", get(openapi::openapi)),
        about("/privacy", get(privacy::privacy)),
        about("/health", get(operation::health)),
        about("/ready", get(operation::ready)),
        about("/metrics", get(operation::metrics)),
        release("/v1/catalog", get(catalog::catalog)),
        release("/v1/manifest", get(catalog::manifest)),
        about("/v1/dictionary", get(catalog::table_dictionary)),
        about(
            "/v1/dp",
            get(dp::offer).post(dp::ask).fallback(dp::not_allowed),
        ),
        release(
            "/v1/sql",
            get(sql::get).post(sql::post).fallback(sql::not_allowed),
        ),
        release("/v1/tables", get(sql::tables)),
        release("/v1/functions", get(sql::functions)),
        about(
            PLANS,
            get(plans::list)
                .post(plans::ask)
                .fallback(plans::not_allowed),
        ),
        about("/v1/plans/{id}", get(plans::plan)),
        about("/v1/plans/{id}/files/{name}", get(plans::file)),
        release("/collections", get(collections::collections)),
        release("/collections/{layer}", get(collections::collection)),
        release("/collections/{layer}/items", get(features::items)),
        release("/collections/{layer}/items/{unit}", get(features::item)),
        Route {
            // The router has no suffixes; the handler asks for `.json`.
            documented: "/tiles/{layer}.json",
            ..release("/tiles/{layer}", get(tilejson::tilejson))
        },
        release("/tiles/{layer}/{z}/{x}/{y}", get(tile::tile)),
    ]
}
