//! Vector tiles.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::asked::{Asked, PathParts, reply};
use crate::problem::Problem;
use crate::state::AppState;
use crate::tiles::{Address, EncodedTile, H3_ALIAS, TileKey, encode, layer_for_zoom};
use crate::view::{LayerView, View};

/// Media type of Mapbox vector tiles.
pub(crate) const MVT: &str = "application/vnd.mapbox-vector-tile";

/// Vector tile of a layer for one theme and one period.
#[utoipa::path(
    get, path = "/tiles/{layer}/{z}/{x}/{y}", tag = "Tiles",
    params(
        super::openapi::OfTileLayer,
        ("z" = u8, Path, description = "Zoom", minimum = 0, maximum = 14),
        ("x" = u32, Path, description = "Column from the west"),
        ("y" = u32, Path, description = "Row from the north"),
        super::openapi::OfAudience,
        super::openapi::OfTileMeasures,
    ),
    responses(
        (status = 200, description = "The tile; its one layer is `units`", body = Vec<u8>,
            content_type = "application/vnd.mapbox-vector-tile"),
        (status = 204, description = "No unit of the layer touches this tile. That follows from \
            the public geometry: a unit is in every tile that it touches, whatever its status."),
        super::openapi::ReleaseProblems,
        super::openapi::NotFound,
    )
)]
pub(crate) async fn tile(
    State(state): State<AppState>,
    asked: Asked,
    PathParts((layer, z, x, y)): PathParts<(String, String, String, String)>,
) -> Result<Response, Problem> {
    let address = Address::parse(&z, &x, &y)?;
    let params = asked.params(&["theme", "period"])?;
    let (theme, period) = (params.text("theme"), params.text("period"));
    let layer = layer_at(&asked.view, &layer, address.z, theme, period)?;
    let selection = layer.select(theme, period)?;
    let min_zoom = layer.tiles.min_zoom();
    if address.z < min_zoom {
        return Err(Problem::NoTile {
            expected: format!("this layer has tiles from zoom {min_zoom} on"),
        });
    }
    let etag = asked.etag(MVT);
    if let Some(response) = etag.not_modified(&asked.headers) {
        return Ok(response);
    }
    let key = TileKey {
        audience: asked.view.audience,
        release: asked.view.release_id().into(),
        scope: asked.view.scope.as_str().into(),
        layer: layer.info.id.as_str().into(),
        theme: selection.theme.into(),
        period: selection.period.into(),
        address,
    };
    let cached = state.tiles().get(&key);
    state.metrics().tile(cached.is_some());
    let encoded = match cached {
        Some(encoded) => encoded,
        None => encoded(&state, &asked.view, key).await?,
    };
    Ok(etag.on(send(encoded, &asked.headers)))
}

/// The layer that a name stands for at a zoom.
fn layer_at<'a>(
    view: &'a View,
    name: &str,
    zoom: u8,
    theme: Option<&str>,
    period: Option<&str>,
) -> Result<&'a LayerView, Problem> {
    if name != H3_ALIAS {
        return view.layer(name);
    }
    if let Some(layer) = layer_for_zoom(view, zoom, theme, period) {
        return Ok(layer);
    }
    // Says what is missing: the theme, the period, or any layer of cells.
    match layer_for_zoom(view, zoom, None, None) {
        Some(layer) => layer.select(theme, period).map(|_| layer),
        None => view.layer(name),
    }
}

async fn encoded(state: &AppState, view: &Arc<View>, key: TileKey) -> Result<EncodedTile, Problem> {
    let (tiles, view) = (state.tiles().clone(), Arc::clone(view));
    state
        .work(move || {
            let wanted = key.clone();
            tiles.get_or_encode(key, || {
                let layer = view.layer(&wanted.layer)?;
                let selection = layer.select(Some(&wanted.theme), Some(&wanted.period))?;
                EncodedTile::new(encode(layer, selection, wanted.address)?)
            })
        })
        .await
}

fn send(tile: EncodedTile, headers: &HeaderMap) -> Response {
    if tile.plain.is_empty() {
        return StatusCode::NO_CONTENT.into_response();
    }
    if !accepts_gzip(headers) {
        return reply(MVT, tile.plain);
    }
    let mut response = reply(MVT, tile.gzip);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    headers.append(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    response
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|coding| {
            let mut parts = coding.split(';').map(str::trim);
            let gzip = parts
                .next()
                .is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
            let refused = parts.any(|p| matches!(p.replace(' ', "").as_str(), "q=0" | "q=0.0"));
            gzip && !refused
        })
}
