//! `st_tileenvelope`: the rectangle of a tile.

use std::sync::Arc;

use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::{Result, exec_err, internal_err};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDFImpl, Signature,
    Volatility,
};
use geo::{Coord, Geometry, Rect};

use super::SECTION;
use super::geometry::{
    System, check_arguments, geometry_field, integers, numbers, rectangles, written,
};

const NAME: &str = "st_tileenvelope";

const SYNTAX: &str = "st_tileenvelope(zoom, x, y[, bounds][, margin])";

/// Half the side of the square of web maps: half the equator's length on the
/// sphere of EPSG:3857.
const HALF_SIDE_M: f64 = std::f64::consts::PI * 6_378_137.0;

/// Deepest zoom, as in PostGIS.
const MOST_ZOOM: i64 = 31;

/// The function.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct TileEnvelope {
    signature: Signature,
    documentation: Documentation,
}

impl TileEnvelope {
    pub(super) fn new() -> Self {
        Self {
            signature: Signature::user_defined(Volatility::Immutable),
            documentation: Documentation::builder(
                SECTION,
                "Rectangle of a tile in the tiling of web maps: tile 0, 0 is the one in the north-west. In EPSG:3857, or in the coordinates of bounds.",
                SYNTAX,
            )
            .with_argument("zoom", "Zoom, 0 to 31; a zoom has 2^zoom tiles each way.")
            .with_argument("x", "Column, from the west.")
            .with_argument("y", "Row, from the north.")
            .with_argument(
                "bounds",
                "Geometry whose rectangle is tile 0 of zoom 0. Default the square of EPSG:3857.",
            )
            .with_argument(
                "margin",
                "Part of the tile's side by which each side moves outwards, at least -0.5; never beyond the bounds to north and south. Default 0.",
            )
            .with_sql_example("SELECT st_astext(st_tileenvelope(5, 22, 13))")
            .build(),
        }
    }
}

/// 1. A tile's sides are those of the bounds divided by 2^zoom; rows count from
///    the north.
/// 2. The margin moves each side. Where tile and margins are wider than the
///    world, they are the world from west to east.
/// 3. North and south stay within the bounds.
///
/// `None` for a tile that there is not.
fn envelope(zoom: i64, x: i64, y: i64, bounds: Rect, margin: f64) -> Option<Rect> {
    let zoom = u32::try_from(zoom)
        .ok()
        .filter(|zoom| i64::from(*zoom) <= MOST_ZOOM)?;
    let tiles = 1_i64 << zoom;
    if !(0..tiles).contains(&x) || !(0..tiles).contains(&y) {
        return None;
    }
    let (tiles, x, y) = (tiles as f64, x as f64, y as f64);
    let (width, height) = (bounds.width() / tiles, bounds.height() / tiles);
    let (west, east) = match 1.0 + 2.0 * margin > tiles {
        true => (bounds.min().x, bounds.max().x),
        false => (
            bounds.min().x + width * (x - margin),
            bounds.min().x + width * (x + 1.0 + margin),
        ),
    };
    let south = bounds.max().y - height * (y + 1.0 + margin);
    let north = bounds.max().y - height * (y - margin);
    Some(Rect::new(
        Coord {
            x: west,
            y: south.max(bounds.min().y),
        },
        Coord {
            x: east,
            y: north.min(bounds.max().y),
        },
    ))
}

impl ScalarUDFImpl for TileEnvelope {
    fn name(&self) -> &str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        check_arguments(SYNTAX, given, 3..=5, &[0, 1, 2, 4])
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        internal_err!("{NAME} tells its field")
    }

    fn return_field_from_args(&self, arguments: ReturnFieldArgs) -> Result<FieldRef> {
        let system = match arguments.arg_fields.get(3) {
            None => Some(System::WebMercator),
            Some(bounds) => System::of(bounds),
        };
        Ok(Arc::new(geometry_field(NAME, system)))
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&arguments.args)?;
        let (zoom, x, y) = (
            integers(&arrays[0])?,
            integers(&arrays[1])?,
            integers(&arrays[2])?,
        );
        let corner = |at: f64| Coord { x: at, y: at };
        let world = Rect::new(corner(-HALF_SIDE_M), corner(HALF_SIDE_M));
        let bounds = match arrays.get(3) {
            None => vec![Some(world); zoom.len()],
            Some(bounds) => rectangles(NAME, bounds, &arguments.arg_fields[3])?,
        };
        let margin = match arrays.get(4) {
            None => vec![Some(0.0); zoom.len()],
            Some(margin) => numbers(margin)?,
        };
        let mut tiles = Vec::with_capacity(zoom.len());
        for row in 0..zoom.len() {
            let (Some(zoom), Some(x), Some(y), Some(bounds), Some(margin)) =
                (zoom[row], x[row], y[row], bounds[row], margin[row])
            else {
                tiles.push(None);
                continue;
            };
            if !(-0.5..=1e6).contains(&margin) {
                return exec_err!("{NAME} got a margin that is none: give one from -0.5");
            }
            let Some(tile) = envelope(zoom, x, y, bounds, margin) else {
                return exec_err!(
                    "{NAME} got a tile that there is not: zoom is 0 to {MOST_ZOOM}, x and y 0 to 2^zoom - 1"
                );
            };
            tiles.push(Some(Geometry::Polygon(tile.to_polygon())));
        }
        Ok(ColumnarValue::Array(written(&tiles)?))
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world() -> Rect {
        Rect::new(
            Coord {
                x: -HALF_SIDE_M,
                y: -HALF_SIDE_M,
            },
            Coord {
                x: HALF_SIDE_M,
                y: HALF_SIDE_M,
            },
        )
    }

    #[test]
    fn the_four_tiles_of_zoom_one_are_the_quarters_of_the_world() {
        let north_west = envelope(1, 0, 0, world(), 0.0).unwrap();
        assert_eq!(
            (north_west.min().x, north_west.max().y),
            (-HALF_SIDE_M, HALF_SIDE_M)
        );
        assert_eq!((north_west.max().x, north_west.min().y), (0.0, 0.0));
        let south_east = envelope(1, 1, 1, world(), 0.0).unwrap();
        assert_eq!((south_east.min().x, south_east.max().y), (0.0, 0.0));
        assert_eq!(envelope(1, 2, 0, world(), 0.0), None);
        assert_eq!(envelope(32, 0, 0, world(), 0.0), None);
        assert_eq!(envelope(-1, 0, 0, world(), 0.0), None);
    }

    #[test]
    fn a_margin_widens_a_tile_but_never_the_world() {
        let tile = envelope(2, 1, 0, world(), 0.5).unwrap();
        let side = HALF_SIDE_M / 2.0;
        // A micrometre: sums round.
        assert!((tile.min().x + HALF_SIDE_M - side / 2.0).abs() < 1e-6);
        assert!((tile.max().x - side / 2.0).abs() < 1e-6);
        assert_eq!(tile.max().y, HALF_SIDE_M);
        assert_eq!(envelope(0, 0, 0, world(), 1.0), Some(world()));
    }
}
