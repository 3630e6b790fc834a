//! Layers as collections (OGC API – Features).

use axum::response::Response;
use serde::Serialize;

use super::Link;
use super::asked::{Asked, PathParts};
use super::describe::{Collection, describe};
use crate::problem::Problem;

/// All layers.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Collections {
    collections: Vec<Collection>,
    links: Vec<Link>,
}

/// Layers of a release.
#[utoipa::path(
    get, path = "/collections", tag = "Features",
    params(super::openapi::OfAudience),
    responses(
        (status = 200, description = "The layers", body = Collections),
        super::openapi::ReleaseProblems,
    )
)]
pub(crate) async fn collections(asked: Asked) -> Result<Response, Problem> {
    asked.params(&[])?;
    let layers = asked.view.layers.values();
    asked.json(&Collections {
        collections: layers.map(|layer| describe(&asked, layer)).collect(),
        links: vec![
            Link::json("self", asked.this(), "This document"),
            Link::json(
                "describedby",
                asked.href("/v1/manifest", [("release", asked.view.release_id())]),
                "Manifest",
            ),
        ],
    })
}

/// One layer.
#[utoipa::path(
    get, path = "/collections/{layer}", tag = "Features",
    params(super::openapi::OfLayer, super::openapi::OfAudience),
    responses(
        (status = 200, description = "The layer", body = Collection),
        super::openapi::ReleaseProblems,
        super::openapi::NotFound,
    )
)]
pub(crate) async fn collection(
    asked: Asked,
    PathParts(layer): PathParts<String>,
) -> Result<Response, Problem> {
    asked.params(&[])?;
    let layer = asked.view.layer(&layer)?;
    asked.json(&describe(&asked, layer))
}
