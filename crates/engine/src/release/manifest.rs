//! The manifest: what a release is made of and how, and its identity.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use geo::BoundingRect;
use h3o::LatLng;
use safeground_schema::release::{
    LayerKind, Manifest, ManifestAvailable, ManifestFile, ManifestLayer,
};
use sha2::{Digest, Sha256};

use super::protect::Shown;
use crate::EngineError;
use crate::count::{LayerKey, Places, Units, polygons};
use crate::score::ScoreBlock;

/// File name of the manifest.
pub const MANIFEST: &str = "manifest.json";

/// SHA-256 in lowercase hexadecimal.
#[must_use]
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// A file as the manifest lists it.
pub(super) fn file(name: &str, bytes: &[u8]) -> ManifestFile {
    ManifestFile {
        name: name.to_owned(),
        sha256: sha256(bytes),
        bytes: bytes.len() as u64,
    }
}

/// Writes the manifest and gives it its id: the first 16 digits of the hash of
/// its own text with the id left empty. The text names the hash of every
/// file, so the id stands for the whole release.
pub(super) fn seal(mut manifest: Manifest) -> Result<(Manifest, Vec<u8>), EngineError> {
    manifest.release_id.clear();
    let unsealed = serde_json::to_vec_pretty(&manifest)?;
    manifest.release_id = sha256(&unsealed)[..16].to_owned();
    Ok((manifest.clone(), serde_json::to_vec_pretty(&manifest)?))
}

/// The id that the text of a manifest deserves.
pub(super) fn id_of(text: &str, claimed: &str) -> String {
    let unsealed = text.replacen(
        &format!("\"release_id\": \"{claimed}\""),
        "\"release_id\": \"\"",
        1,
    );
    sha256(unsealed.as_bytes())[..16].to_owned()
}

/// A layer as the manifest lists it.
pub(super) fn layer(
    units: &Units,
    places: &Places,
    shapes: &BTreeMap<u32, Vec<u8>>,
) -> ManifestLayer {
    let (kind, h3_resolution) = match units.key {
        LayerKey::Place(_) => (LayerKind::Place, None),
        LayerKey::H3(resolution) => (LayerKind::H3, Some(resolution)),
    };
    ManifestLayer {
        id: units.key.to_string(),
        title: units.key.title(),
        kind,
        h3_resolution,
        units: units.len() as u64,
        bounds: bounds(units, places, shapes),
    }
}

/// West, south, east, north of all polygons, points and cells of a layer.
fn bounds(units: &Units, places: &Places, shapes: &BTreeMap<u32, Vec<u8>>) -> Option<[f64; 4]> {
    let mut all: Option<[f64; 4]> = None;
    let mut grow = |west: f64, south: f64, east: f64, north: f64| {
        let b = all.get_or_insert([west, south, east, north]);
        *b = [
            b[0].min(west),
            b[1].min(south),
            b[2].max(east),
            b[3].max(north),
        ];
    };
    for place in &units.places {
        let index = *place as usize;
        if let Some(rect) = shapes
            .get(place)
            .and_then(|wkb| polygons::parse(wkb))
            .and_then(|shape| shape.bounding_rect())
        {
            grow(rect.min().x, rect.min().y, rect.max().x, rect.max().y);
        } else if let (Some(lat), Some(lng)) = (places.latitude[index], places.longitude[index]) {
            grow(lng, lat, lng, lat);
        }
    }
    for cell in &units.cells {
        for corner in cell.boundary().iter() {
            let corner: LatLng = *corner;
            grow(corner.lng(), corner.lat(), corner.lng(), corner.lat());
        }
    }
    all
}

/// Periods by layer and theme, sorted.
pub(super) fn available(
    blocks: &[ScoreBlock],
    shown: &BTreeMap<(String, String), Shown>,
) -> Vec<ManifestAvailable> {
    let mut periods: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for block in blocks {
        periods
            .entry((&block.layer, &block.theme))
            .or_default()
            .insert(&block.period);
    }
    periods
        .into_iter()
        .map(|((layer, theme), periods)| {
            let shown = shown.get(&(layer.to_owned(), theme.to_owned()));
            ManifestAvailable {
                layer: layer.to_owned(),
                theme: theme.to_owned(),
                periods: periods.into_iter().map(str::to_owned).collect(),
                protection: shown.map(|shown| shown.protection),
                noise_standard_deviation: shown.and_then(|shown| shown.noise_standard_deviation),
            }
        })
        .collect()
}

/// Units of the layers that blocks speak of, in the order readers look.
pub(super) fn layers_used(
    units: &BTreeMap<LayerKey, Arc<Units>>,
    blocks: &[ScoreBlock],
) -> Vec<Arc<Units>> {
    let used: BTreeSet<&str> = blocks.iter().map(|block| block.layer.as_str()).collect();
    units
        .iter()
        .filter(|(key, _)| used.contains(key.to_string().as_str()))
        .map(|(_, units)| Arc::clone(units))
        .collect()
}
