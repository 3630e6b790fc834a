//! Who neighbours whom in a layer. Made once per layer: it depends on the
//! map, not on theme or period.

use geo::MultiPolygon;
use safeground_stats::weights::{
    Contiguity, ContiguityParams, Position, SpatialWeights, contiguity, grid_disk,
    nearest_neighbours,
};

use crate::EngineError;
use crate::count::{LayerKey, Places, Units};

/// Neighbours of a unit in a layer of points.
pub const NEAREST: usize = 8;

/// Largest gap between borders that still touch, degrees: about 11 metres.
const BORDER_GAP_DEGREES: f64 = 1e-4;

/// Share of units that must have a polygon for contiguity to be used.
const POLYGON_SHARE: f64 = 0.5;

/// How neighbours were found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NeighbourRule {
    /// Polygons that share at least a point of their borders.
    Queen,
    /// The eight nearest points, by great-circle distance.
    Nearest,
    /// H3 cells that share an edge.
    CellRing,
    /// Units without polygon or point have no neighbours.
    None,
}

impl NeighbourRule {
    /// In words, for the manifest.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Self::Queen => "polygons that share a border or a corner (queen contiguity)",
            Self::Nearest => "the 8 nearest points",
            Self::CellRing => "H3 cells that share an edge",
            Self::None => "none, for the layer has neither polygons nor points",
        }
    }
}

/// Finds the neighbours of a layer.
///
/// `polygons` are those of the layer's places, in unit order (empty for
/// cells). Where at least half of the units have one, contiguity is used and
/// the others are islands; otherwise the eight nearest points.
///
/// # Errors
/// [`EngineError`] for a position or polygon that is not finite or off the globe.
pub fn neighbours(
    units: &Units,
    places: &Places,
    polygons: &[Option<MultiPolygon>],
) -> Result<(SpatialWeights, NeighbourRule), EngineError> {
    if let LayerKey::H3(_) = units.key {
        return Ok((grid_disk(&units.cells, 1)?, NeighbourRule::CellRing));
    }
    let with_polygon = polygons.iter().flatten().count();
    if with_polygon > 0 && with_polygon as f64 >= POLYGON_SHARE * units.len() as f64 {
        let shapes: Vec<Option<&MultiPolygon>> = polygons.iter().map(Option::as_ref).collect();
        let params = ContiguityParams::new(Contiguity::Queen, BORDER_GAP_DEGREES)?.geographic();
        return Ok((contiguity(&shapes, &params)?, NeighbourRule::Queen));
    }
    let positions: Vec<Option<Position>> = units
        .places
        .iter()
        .map(|place| {
            let place = *place as usize;
            Some(Position {
                latitude: places.latitude[place]?,
                longitude: places.longitude[place]?,
            })
        })
        .collect();
    let rule = if positions.iter().flatten().nth(1).is_some() {
        NeighbourRule::Nearest
    } else {
        NeighbourRule::None
    };
    Ok((nearest_neighbours(&positions, NEAREST)?, rule))
}
