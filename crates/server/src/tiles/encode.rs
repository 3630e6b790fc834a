//! Encoding of a tile (Mapbox Vector Tile specification 2.1).

use std::sync::LazyLock;

use mvt::{GeomEncoder, GeomType, Tile};

use super::index::Piece;
use super::{Address, EXTENT};
use crate::problem::Problem;
use crate::view::{LayerView, Measures, Selection, Value};

/// Name of the layer within a tile.
pub(crate) const LAYER_NAME: &str = "units";

/// Measures that a tile carries besides `id` and `name`. One that is empty is
/// absent from the feature: tiles have no null.
pub(crate) const PROPERTIES: [&str; 16] = [
    "status",
    "count",
    "count_low",
    "count_high",
    "rate",
    "rate_low",
    "rate_high",
    "eb_rate",
    "eb_low",
    "eb_high",
    "gi_z",
    "gi_q",
    "gi_class",
    "score",
    "score_low",
    "score_high",
];

static POSITIONS: LazyLock<Vec<(&'static str, usize)>> = LazyLock::new(|| {
    PROPERTIES
        .into_iter()
        .filter_map(|name| Some((name, Measures::position(name)?)))
        .collect()
});

/// Encodes the units of a tile; empty if there are none. CPU work: call it on
/// a blocking thread.
pub(crate) fn encode(
    layer: &LayerView,
    selection: Selection<'_>,
    address: Address,
) -> Result<Vec<u8>, Problem> {
    let pieces = layer.tiles.pieces(address);
    if pieces.is_empty() {
        return Ok(Vec::new());
    }
    let internal = |error: mvt::Error| {
        tracing::error!(%error, "a tile could not be encoded");
        Problem::Internal
    };
    let mut tile = Tile::new(EXTENT as u32);
    let mut units = tile.create_layer(LAYER_NAME);
    for (position, piece) in pieces {
        let mut feature = units.into_feature(geometry(&piece).map_err(internal)?);
        let unit = &layer.units[position];
        feature.add_tag_string("id", &unit.id);
        if let Some(name) = &unit.name {
            feature.add_tag_string("name", name);
        }
        for &(name, column) in POSITIONS.iter() {
            match selection.measures.value(column, position) {
                Value::Null => {}
                Value::Text(text) => feature.add_tag_string(name, text),
                Value::Integer(number) => feature.add_tag_int(name, number),
                Value::Number(number) => feature.add_tag_double(name, number),
            }
        }
        units = feature.into_layer();
    }
    tile.add_layer(units).map_err(internal)?;
    tile.to_bytes().map_err(internal)
}

fn geometry(piece: &Piece) -> Result<mvt::GeomData, mvt::Error> {
    match piece {
        Piece::Point([x, y]) => GeomEncoder::new(GeomType::Point).point(*x, *y)?.encode(),
        Piece::Rings(rings) => {
            let mut encoder = GeomEncoder::new(GeomType::Polygon);
            let mut last: Option<[i32; 2]> = None;
            for (position, ring) in rings.iter().enumerate() {
                if position > 0 {
                    encoder.complete_geom()?;
                }
                // The encoder leaves out the first point of a ring that
                // begins where the one before ended: begin elsewhere.
                let start = usize::from(last == Some(ring[0]));
                for [x, y] in ring[start..].iter().chain(&ring[..start]) {
                    encoder.add_point(*x, *y)?;
                }
                last = Some(ring[(start + ring.len() - 1) % ring.len()]);
            }
            encoder.encode()
        }
    }
}
