//! Encoded tiles kept in memory.

use std::io::Write as _;
use std::sync::Arc;

use axum::body::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use moka::sync::Cache;
use safeground_privacy::Audience;

use super::Address;
use crate::problem::Problem;

/// What identifies a tile. Audience, release and its part belong to it, so that
/// a tile is never shown to anyone else or with another release.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct TileKey {
    /// Whom the release is for.
    pub(crate) audience: Audience,
    /// Release.
    pub(crate) release: Arc<str>,
    /// Part of the release.
    pub(crate) scope: Arc<str>,
    /// Layer.
    pub(crate) layer: Arc<str>,
    /// Theme.
    pub(crate) theme: Arc<str>,
    /// Period.
    pub(crate) period: Arc<str>,
    /// Address.
    pub(crate) address: Address,
}

/// A tile as it is sent.
#[derive(Debug, Clone)]
pub(crate) struct EncodedTile {
    /// Its bytes; empty for a tile without units.
    pub(crate) plain: Bytes,
    /// The same, gzipped.
    pub(crate) gzip: Bytes,
}

impl EncodedTile {
    /// Keeps a tile both as it is and gzipped. CPU work.
    pub(crate) fn new(plain: Vec<u8>) -> Result<Self, Problem> {
        let mut encoder = GzEncoder::new(Vec::with_capacity(plain.len() / 2), Compression::new(5));
        let gzip = encoder.write_all(&plain).and_then(|()| encoder.finish());
        Ok(Self {
            plain: plain.into(),
            gzip: gzip.map_err(|_| Problem::Internal)?.into(),
        })
    }
}

/// Tiles, bounded by their bytes.
#[derive(Debug, Clone)]
pub(crate) struct TileCache(Cache<TileKey, EncodedTile>);

impl TileCache {
    /// A cache of at most so many bytes.
    pub(crate) fn new(max_bytes: u64) -> Self {
        const OVERHEAD: usize = 256;
        Self(
            Cache::builder()
                .max_capacity(max_bytes)
                .weigher(|_, tile: &EncodedTile| {
                    u32::try_from(tile.plain.len() + tile.gzip.len() + OVERHEAD).unwrap_or(u32::MAX)
                })
                .build(),
        )
    }

    /// A tile if it is here.
    pub(crate) fn get(&self, key: &TileKey) -> Option<EncodedTile> {
        self.0.get(key)
    }

    /// A tile, encoded if it is not here; several requests for one tile wait
    /// for one encoding. Blocks.
    pub(crate) fn get_or_encode(
        &self,
        key: TileKey,
        encode: impl FnOnce() -> Result<EncodedTile, Problem>,
    ) -> Result<EncodedTile, Problem> {
        self.0
            .try_get_with(key, encode)
            .map_err(|problem| (*problem).clone())
    }
}
