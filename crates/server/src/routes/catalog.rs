//! What a release holds.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use safeground_schema::release::{
    ManifestAvailable, ManifestLayer, ManifestOverride, ManifestTheme, RELEASE_STATUSES,
    SCORES_DICTIONARY,
};
use serde::Serialize;
use std::collections::BTreeMap;

use super::asked::Asked;
use crate::items::{TableSchema, dictionary};
use crate::middleware::ServedRelease;
use crate::problem::Problem;
use crate::state::AppState;

/// What a map or a script needs to know before it asks for data.
#[derive(Debug, Serialize)]
struct Catalog<'a> {
    release_id: &'a str,
    audience: &'a str,
    data_as_of: Option<&'a str>,
    synthetic: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    looser_than_floor: Option<&'a ManifestOverride>,
    layers: &'a [ManifestLayer],
    themes: &'a [ManifestTheme],
    available: &'a [ManifestAvailable],
    statuses: Vec<Coded>,
    classes: Vec<Coded>,
    measures: Vec<Measure>,
    methods: &'a BTreeMap<String, String>,
    caveats: &'a [String],
    attribution: String,
}

#[derive(Debug, Serialize)]
struct Coded {
    code: &'static str,
    meaning: &'static str,
}

#[derive(Debug, Serialize)]
struct Measure {
    name: &'static str,
    unit: &'static str,
    meaning: &'static str,
}

/// Hotspot classes in legend order, in the words of the map: few recorded cases
/// are a low cluster and never a cold spot.
const CLASSES: [Coded; 7] = [
    coded(
        "hot_99",
        "Hot spot, 99 % confidence after correction for many places",
    ),
    coded("hot_95", "Hot spot, 95 % confidence"),
    coded("hot_90", "Hot spot, 90 % confidence"),
    coded("not_significant", "No clear pattern"),
    coded("cold_90", "Low cluster, 90 % confidence"),
    coded("cold_95", "Low cluster, 95 % confidence"),
    coded("cold_99", "Low cluster, 99 % confidence"),
];

const fn coded(code: &'static str, meaning: &'static str) -> Coded {
    Coded { code, meaning }
}

/// Layers, themes, periods and legends of a release.
#[utoipa::path(
    get, path = "/v1/catalog", tag = "Release",
    params(super::openapi::OfAudience),
    responses(
        (status = 200, description = "The catalog", body = Object),
        super::openapi::ReleaseProblems,
    )
)]
pub(crate) async fn catalog(asked: Asked) -> Result<Response, Problem> {
    asked.params(&[])?;
    let manifest = &asked.view.manifest;
    asked.json(&Catalog {
        release_id: &manifest.release_id,
        audience: &manifest.audience,
        data_as_of: manifest.data_as_of.as_deref(),
        synthetic: manifest.synthetic,
        looser_than_floor: manifest.looser_than_floor.as_ref(),
        layers: &manifest.layers,
        themes: &manifest.themes,
        available: &manifest.available,
        statuses: RELEASE_STATUSES
            .iter()
            .map(|status| coded(status.as_str(), status.meaning()))
            .collect(),
        classes: CLASSES.into(),
        measures: SCORES_DICTIONARY
            .iter()
            .filter(|(name, ..)| crate::view::Measures::position(name).is_some())
            .map(|&(name, unit, meaning)| Measure {
                name,
                unit,
                meaning,
            })
            .collect(),
        methods: &manifest.methods,
        caveats: &manifest.caveats,
        attribution: attribution(&manifest.themes, manifest.synthetic),
    })
}

/// Manifest of a release: inputs, policy, seed, code version and hashes.
///
/// Every answer links to the one of its own release, whose address keeps its
/// meaning when another release becomes current.
#[utoipa::path(
    get, path = "/v1/manifest", tag = "Release",
    params(
        super::openapi::OfAudience,
        ("release" = Option<String>, Query, description = "Id of a release that was not taken \
            back; the current one without it"),
    ),
    responses(
        (status = 200, description = "The manifest", body = Object),
        super::openapi::ReleaseProblems,
    )
)]
pub(crate) async fn manifest(
    State(state): State<AppState>,
    asked: Asked,
) -> Result<Response, Problem> {
    let params = asked.params(&["release"])?;
    let current = asked.view.release_id();
    let Some(id) = params.text("release").filter(|id| *id != current) else {
        return asked.json(&asked.view.signed);
    };
    let manifest = state.manifest(asked.view.audience, id).await?;
    let mut response = asked.json(&*manifest)?;
    let told = ServedRelease(manifest.release_id.clone());
    response.extensions_mut().insert(told);
    Ok(response)
}

/// What the columns of a table mean (Frictionless Table Schema).
#[utoipa::path(
    get, path = "/v1/dictionary", tag = "Features",
    responses((status = 200, description = "Every column, with its type, unit and meaning",
        body = TableSchema))
)]
pub(crate) async fn table_dictionary() -> Json<TableSchema> {
    Json(dictionary())
}

/// Whom a map has to name.
pub(crate) fn attribution(themes: &[ManifestTheme], synthetic: bool) -> String {
    let mut sources: Vec<&str> = themes.iter().filter_map(|t| t.source.as_deref()).collect();
    sources.sort_unstable();
    sources.dedup();
    if synthetic {
        sources.insert(0, "Synthetic data");
    }
    sources.join("; ")
}
