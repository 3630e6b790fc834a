//! What a loader needs to know of the places that already exist.

use crate::{Layer, PlaceId};

/// One known place, as the lake resolves it from all loads.
#[derive(Debug, Clone, PartialEq)]
pub struct GazetteerEntry {
    /// Identifier.
    pub place_id: PlaceId,
    /// Official name, if any load gave one.
    pub name: Option<String>,
    /// Identifier of the place it lies in.
    pub parent_id: Option<PlaceId>,
    /// Local Government Directory code.
    pub lgd_code: Option<String>,
    /// Code in the 2011 census.
    pub census2011_code: Option<String>,
    /// Latitude of the representative point, degrees north.
    pub latitude: Option<f64>,
    /// Longitude of the representative point, degrees east.
    pub longitude: Option<f64>,
}

impl GazetteerEntry {
    /// Layer of the place.
    #[must_use]
    pub fn layer(&self) -> &Layer {
        &self.place_id.layer
    }
}
