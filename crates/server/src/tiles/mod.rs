//! Vector tiles of a layer.
//!
//! Every unit of a layer is in every tile that it touches, whatever its
//! status, and which tiles are empty follows from the public geometry alone.
//! A unit below the threshold has the same attributes whether it is zero or
//! one less than the threshold, because its scores are functions of protected
//! counts. So neither presence nor size nor 204 tells the two apart.

mod address;
mod cache;
mod encode;
mod index;
mod resolution;

pub(crate) use address::{Address, MAX_ZOOM};
pub(crate) use cache::{EncodedTile, TileCache, TileKey};
pub(crate) use encode::{LAYER_NAME, PROPERTIES, encode};
pub(crate) use index::TileIndex;
pub(crate) use resolution::{H3_ALIAS, layer_for_zoom};

/// Width of a tile in its own units.
pub(crate) const EXTENT: i64 = 4096;
/// How far shapes reach beyond the edge of a tile, so that no outline shows.
pub(crate) const BUFFER: i64 = 64;
