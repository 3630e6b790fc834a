//! Descriptions of tile sets (TileJSON 3.0).

use std::collections::BTreeMap;

use axum::response::Response;
use safeground_schema::release::{LayerKind, SCORES_DICTIONARY};
use serde::Serialize;

use super::asked::{Asked, PathParts, segment};
use super::{catalog, describe};
use crate::problem::Problem;
use crate::tiles::{H3_ALIAS, LAYER_NAME, PROPERTIES, layer_for_zoom};
use crate::view::LayerView;

/// Deepest zoom that a map asks for; it overzooms beyond.
const MAP_MAX_ZOOM: u8 = 12;

/// A tile set.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct TileJson {
    tilejson: &'static str,
    name: String,
    description: String,
    attribution: String,
    scheme: &'static str,
    tiles: [String; 1],
    minzoom: u8,
    maxzoom: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    bounds: Option<[f64; 4]>,
    vector_layers: [VectorLayer; 1],
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
struct VectorLayer {
    id: &'static str,
    description: String,
    fields: BTreeMap<&'static str, String>,
}

/// Where the tiles of a layer are and what they hold.
#[utoipa::path(
    get, path = "/tiles/{layer}.json", tag = "Tiles",
    params(
        super::openapi::OfTileLayer,
        super::openapi::OfAudience,
        super::openapi::OfTileMeasures,
    ),
    responses(
        (status = 200, description = "TileJSON 3.0", body = TileJson),
        super::openapi::ReleaseProblems,
        super::openapi::NotFound,
    )
)]
pub(crate) async fn tilejson(
    asked: Asked,
    PathParts(file): PathParts<String>,
) -> Result<Response, Problem> {
    let name = file.strip_suffix(".json").ok_or(Problem::NoRoute)?;
    let params = asked.params(&["theme", "period"])?;
    let (theme, period) = (params.text("theme"), params.text("period"));
    let layers = if name == H3_ALIAS {
        cell_layers(&asked, theme, period)
    } else {
        vec![asked.view.layer(name)?]
    };
    let Some(layer) = layers.first() else {
        // No layer of cells at all, or none with this theme and period.
        return match layer_for_zoom(&asked.view, 0, None, None) {
            Some(layer) => Err(layer
                .select(theme, period)
                .err()
                .unwrap_or(Problem::Internal)),
            None => asked.view.layer(name).and(Err(Problem::Internal)),
        };
    };
    let selection = layer.select(theme, period)?;
    let pairs = [("theme", selection.theme), ("period", selection.period)];
    let path = format!("/tiles/{}/{{z}}/{{x}}/{{y}}", segment(name));
    let title = if name == H3_ALIAS {
        "H3 cells, finer as the map comes closer".to_owned()
    } else {
        layer.info.title.clone()
    };
    asked.json(&TileJson {
        tilejson: "3.0.0",
        name: name.to_owned(),
        description: format!("{title}: {}, {}", selection.theme, selection.period),
        attribution: catalog::attribution(
            &asked.view.manifest.themes,
            asked.view.manifest.synthetic,
        ),
        scheme: "xyz",
        tiles: [asked.href(&path, pairs)],
        minzoom: layers
            .iter()
            .map(|layer| layer.tiles.min_zoom())
            .min()
            .unwrap_or(0),
        maxzoom: MAP_MAX_ZOOM,
        bounds: describe::bounds(layer),
        vector_layers: [VectorLayer {
            id: LAYER_NAME,
            description: title,
            fields: fields(),
        }],
    })
}

fn cell_layers<'a>(
    asked: &'a Asked,
    theme: Option<&str>,
    period: Option<&str>,
) -> Vec<&'a LayerView> {
    let layers = asked.view.layers.values();
    layers
        .filter(|layer| layer.info.kind == LayerKind::H3)
        .filter(|layer| layer.select(theme, period).is_ok())
        .collect()
}

fn fields() -> BTreeMap<&'static str, String> {
    let described = SCORES_DICTIONARY
        .iter()
        .filter(|(name, ..)| PROPERTIES.contains(name))
        .map(|(name, unit, meaning)| {
            let unit = if unit.is_empty() {
                String::new()
            } else {
                format!(" ({unit})")
            };
            (*name, format!("{meaning}{unit}"))
        });
    let known = [
        ("id", "Place identifier or H3 cell."),
        ("name", "Name of the place."),
    ];
    known
        .into_iter()
        .map(|(name, text)| (name, text.to_owned()))
        .chain(described)
        .collect()
}
