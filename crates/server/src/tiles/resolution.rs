//! Which layer of H3 cells a zoom shows.

use safeground_schema::release::LayerKind;

use crate::view::{LayerView, View};

/// Name that stands for the H3 layer that suits the zoom.
pub(crate) const H3_ALIAS: &str = "h3";

/// The resolution at which cells are a few pixels wide at a zoom.
fn wanted(zoom: u8) -> u8 {
    match zoom {
        0..=4 => 3,
        5..=6 => 4,
        7..=8 => 5,
        9..=10 => 6,
        11..=12 => 7,
        _ => 8,
    }
}

/// The H3 layer for a zoom among those that have the theme and the period (or
/// any, where none is asked for): the finest that is not finer than wanted,
/// else the coarsest.
pub(crate) fn layer_for_zoom<'a>(
    view: &'a View,
    zoom: u8,
    theme: Option<&str>,
    period: Option<&str>,
) -> Option<&'a LayerView> {
    let mut layers: Vec<(u8, &LayerView)> = view
        .layers
        .values()
        .filter(|layer| layer.info.kind == LayerKind::H3)
        .filter(|layer| layer.select(theme, period).is_ok())
        .filter_map(|layer| Some((layer.info.h3_resolution?, layer)))
        .collect();
    layers.sort_by_key(|(resolution, _)| *resolution);
    layers
        .iter()
        .rev()
        .find(|(resolution, _)| *resolution <= wanted(zoom))
        .or(layers.first())
        .map(|(_, layer)| *layer)
}
