//! `st_asmvtgeom`: geometry in the coordinates of a tile.

use std::sync::Arc;

use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::{Result, exec_err, internal_err};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDFImpl, Signature,
    Volatility,
};
use geo::dimensions::Dimensions;
use geo::{
    Area as _, BooleanOps as _, BoundingRect as _, Coord, Geometry, GeometryCollection,
    HasDimensions as _, LineString, MapCoords as _, MultiLineString, MultiPoint, MultiPolygon,
    Orient as _, Polygon, Rect, RemoveRepeatedPoints as _, orient::Direction,
};

use super::SECTION;
use super::geometry::{check_arguments, geometries, geometry_field, integers, rectangles, written};

const NAME: &str = "st_asmvtgeom";

const SYNTAX: &str = "st_asmvtgeom(geometry, bounds[, extent][, buffer][, clip])";

/// Units along a tile's side where nothing else is said.
const EXTENT: i64 = 4_096;

/// Units beyond a tile's side that are kept where nothing else is said.
const BUFFER: i64 = 256;

/// Most of either: coordinates of tiles have 32 bits.
const MOST_UNITS: i64 = 1 << 24;

/// The function.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct AsMvtGeom {
    signature: Signature,
    documentation: Documentation,
}

impl AsMvtGeom {
    pub(super) fn new() -> Self {
        Self {
            signature: Signature::user_defined(Volatility::Immutable),
            documentation: Documentation::builder(
                SECTION,
                "The geometry in whole units of a tile, from its upper left corner downwards, cut off beyond a buffer around it. Null where nothing of it is left. Of a collection, the parts of the highest dimension. Geometry and bounds are in the same coordinates: transform both to EPSG:3857 for web maps.",
                SYNTAX,
            )
            .with_argument("geometry", "Geometry.")
            .with_argument("bounds", "Geometry whose rectangle is the tile.")
            .with_argument("extent", "Units along a side of the tile. Default 4096.")
            .with_argument("buffer", "Units around the tile that are kept. Default 256.")
            .with_argument(
                "clip",
                "Whether to cut off; false keeps the whole geometry. Default true.",
            )
            .with_sql_example(
                "SELECT st_astext(st_asmvtgeom(st_transform(st_point(77.2, 28.6), 3857), st_tileenvelope(5, 22, 13)))",
            )
            .build(),
        }
    }
}

/// A tile and what is kept of geometry in it.
#[derive(Debug, Clone, Copy)]
struct Frame {
    bounds: Rect,
    extent: i64,
    buffer: i64,
    clip: bool,
}

impl Frame {
    /// The rectangle that is kept, in units.
    fn kept(&self) -> Rect {
        let (low, high) = (-self.buffer as f64, (self.extent + self.buffer) as f64);
        Rect::new(Coord { x: low, y: low }, Coord { x: high, y: high })
    }

    /// 1. Of a collection, the parts of the highest dimension are kept.
    /// 2. Coordinates become units of the tile, counted downwards.
    /// 3. What lies beyond the buffer is cut off.
    /// 4. Coordinates become whole; points that repeat, lines without length
    ///    and rings without area are left out. Areas are made valid again where
    ///    rounding let them meet themselves.
    ///
    /// O(n log n) in the number of points, for areas that are cut.
    fn placed(&self, geometry: Geometry) -> Option<Geometry> {
        let (width, height) = (self.bounds.width(), self.bounds.height());
        let extent = self.extent as f64;
        let unit = |point: Coord| Coord {
            x: (point.x - self.bounds.min().x) / width * extent,
            y: (self.bounds.max().y - point.y) / height * extent,
        };
        let geometry = simple(geometry)?.map_coords(unit);
        let around = geometry.bounding_rect()?;
        let kept = self.kept();
        let (low, high) = (kept.min(), kept.max());
        let apart = around.max().x < low.x
            || around.max().y < low.y
            || around.min().x > high.x
            || around.min().y > high.y;
        if self.clip && apart {
            return None;
        }
        let within = low.x <= around.min().x
            && low.y <= around.min().y
            && high.x >= around.max().x
            && high.y >= around.max().y;
        let cut = self.clip && !within;
        let whole = |point: Coord| Coord {
            x: point.x.round(),
            y: point.y.round(),
        };
        match geometry {
            Geometry::MultiPoint(mut points) => {
                if cut {
                    points.0.retain(|point| {
                        (low.x..=high.x).contains(&point.x())
                            && (low.y..=high.y).contains(&point.y())
                    });
                }
                let points = points.map_coords(whole).remove_repeated_points();
                match points.0.as_slice() {
                    [] => None,
                    [point] => Some(Geometry::Point(*point)),
                    _ => Some(Geometry::MultiPoint(points)),
                }
            }
            Geometry::MultiLineString(lines) => {
                let lines = match cut {
                    true => kept.to_polygon().clip(&lines, false),
                    false => lines,
                };
                let mut lines = lines.map_coords(whole).remove_repeated_points();
                lines.0.retain(|line| line.0.len() > 1);
                match lines.0.len() {
                    0 => None,
                    1 => lines.0.pop().map(Geometry::LineString),
                    _ => Some(Geometry::MultiLineString(lines)),
                }
            }
            Geometry::MultiPolygon(areas) => {
                let frame = match cut {
                    true => kept,
                    false => around,
                };
                let areas = areas.intersection(&frame.to_polygon()).map_coords(whole);
                // Rings that rounding let meet themselves become simple; new
                // corners are rounded once more.
                let around = areas.bounding_rect()?;
                let areas = areas.intersection(&around.to_polygon());
                let mut areas = with_area(areas.map_coords(whole));
                match areas.0.len() {
                    0 => None,
                    1 => areas.0.pop().map(Geometry::Polygon),
                    _ => Some(Geometry::MultiPolygon(areas)),
                }
            }
            _ => None,
        }
    }
}

/// The parts of the highest dimension, as a multipoint, multilinestring or
/// multipolygon; `None` where there is nothing.
fn simple(geometry: Geometry) -> Option<Geometry> {
    fn parts(geometry: Geometry, into: &mut Vec<Geometry>) {
        match geometry {
            Geometry::GeometryCollection(GeometryCollection(members)) => {
                members.into_iter().for_each(|member| parts(member, into));
            }
            Geometry::Rect(rect) => into.push(Geometry::Polygon(rect.to_polygon())),
            Geometry::Triangle(triangle) => into.push(Geometry::Polygon(triangle.to_polygon())),
            Geometry::Line(line) => {
                into.push(Geometry::LineString(LineString(vec![line.start, line.end])));
            }
            other => into.push(other),
        }
    }
    let mut all = Vec::new();
    parts(geometry, &mut all);
    let kind = |geometry: &Geometry| match geometry {
        Geometry::Point(_) | Geometry::MultiPoint(_) => Dimensions::ZeroDimensional,
        Geometry::LineString(_) | Geometry::MultiLineString(_) => Dimensions::OneDimensional,
        _ => Dimensions::TwoDimensional,
    };
    let all = all.into_iter().filter(|part| !part.is_empty());
    let all: Vec<Geometry> = all.collect();
    let highest = all.iter().map(kind).max()?;
    let mut points = Vec::new();
    let mut lines = Vec::new();
    let mut areas = Vec::new();
    for part in all.into_iter().filter(|part| kind(part) == highest) {
        match part {
            Geometry::Point(point) => points.push(point),
            Geometry::MultiPoint(many) => points.extend(many.0),
            Geometry::LineString(line) => lines.push(line),
            Geometry::MultiLineString(many) => lines.extend(many.0),
            Geometry::Polygon(area) => areas.push(area),
            Geometry::MultiPolygon(many) => areas.extend(many.0),
            _ => {}
        }
    }
    Some(match highest {
        Dimensions::ZeroDimensional => Geometry::MultiPoint(MultiPoint(points)),
        Dimensions::OneDimensional => Geometry::MultiLineString(MultiLineString(lines)),
        _ => Geometry::MultiPolygon(MultiPolygon(areas)),
    })
}

/// Areas without repeated points, rings without area left out, their outer
/// rings turned as tiles want them.
fn with_area(areas: MultiPolygon) -> MultiPolygon {
    let has_area = |ring: &LineString| Polygon::new(ring.clone(), Vec::new()).unsigned_area() > 0.0;
    let areas = areas.remove_repeated_points().0.into_iter();
    let areas = areas.filter_map(|area| {
        let (outer, mut inner) = area.into_inner();
        inner.retain(has_area);
        has_area(&outer).then(|| Polygon::new(outer, inner).orient(Direction::Default))
    });
    MultiPolygon(areas.collect())
}

impl ScalarUDFImpl for AsMvtGeom {
    fn name(&self) -> &str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        let mut types = check_arguments(SYNTAX, given, 2..=5, &[2, 3])?;
        if let Some(clip) = types.get_mut(4) {
            *clip = DataType::Boolean;
        }
        Ok(types)
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        internal_err!("{NAME} tells its field")
    }

    fn return_field_from_args(&self, _: ReturnFieldArgs) -> Result<FieldRef> {
        Ok(Arc::new(geometry_field(NAME, None)))
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&arguments.args)?;
        let fields = &arguments.arg_fields;
        let geometries = geometries(NAME, &arrays[0], &fields[0])?;
        let bounds = rectangles(NAME, &arrays[1], &fields[1])?;
        let rows = geometries.len();
        let units = |place: usize, otherwise: i64| match arrays.get(place) {
            None => Ok(vec![Some(otherwise); rows]),
            Some(array) => integers(array),
        };
        let (extent, buffer) = (units(2, EXTENT)?, units(3, BUFFER)?);
        let clip = match arrays.get(4) {
            None => vec![Some(true); rows],
            Some(array) => arrow::array::AsArray::as_boolean(array).iter().collect(),
        };
        let mut placed = Vec::with_capacity(rows);
        for (row, geometry) in geometries.into_iter().enumerate() {
            let (Some(geometry), Some(bounds), Some(extent), Some(buffer), Some(clip)) =
                (geometry, bounds[row], extent[row], buffer[row], clip[row])
            else {
                placed.push(None);
                continue;
            };
            if bounds.width() <= 0.0 || bounds.height() <= 0.0 {
                return exec_err!("{NAME} got bounds without area");
            }
            if !(1..=MOST_UNITS).contains(&extent) || !(0..=MOST_UNITS).contains(&buffer) {
                return exec_err!(
                    "{NAME} takes an extent from 1 and a buffer from 0, at most {MOST_UNITS}"
                );
            }
            let frame = Frame {
                bounds,
                extent,
                buffer,
                clip,
            };
            placed.push(frame.placed(geometry));
        }
        Ok(ColumnarValue::Array(written(&placed)?))
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}

#[cfg(test)]
mod tests {
    use geo::{Area, CoordsIter as _, Euclidean, Length as _, Point, polygon};
    use proptest::prelude::*;

    use super::*;

    fn frame(clip: bool) -> Frame {
        let corner = |at: f64| Coord { x: at, y: at };
        Frame {
            bounds: Rect::new(corner(0.0), corner(4096.0)),
            extent: 4096,
            buffer: 256,
            clip,
        }
    }

    #[test]
    fn units_are_whole_and_count_downwards() {
        let placed = frame(true).placed(Point::new(10.4, 96.0).into());
        assert_eq!(placed, Some(Point::new(10.0, 4000.0).into()));
    }

    #[test]
    fn what_lies_beyond_the_buffer_is_cut_off_unless_it_is_to_be_kept() {
        let far = Point::new(-257.0, 0.0);
        assert_eq!(frame(true).placed(far.into()), None);
        assert!(frame(false).placed(far.into()).is_some());
        let line = LineString::from(vec![(-1000.0, 2048.0), (5000.0, 2048.0)]);
        let cut = frame(true).placed(line.into()).unwrap();
        let ends = cut.bounding_rect().unwrap();
        assert_eq!((ends.min().x, ends.max().x), (-256.0, 4352.0));
        let square = Rect::new(Coord { x: -9e3, y: -9e3 }, Coord { x: 9e3, y: 9e3 });
        let cut = frame(true).placed(square.to_polygon().into()).unwrap();
        assert_eq!(cut.unsigned_area(), 4608.0 * 4608.0);
    }

    #[test]
    fn what_is_too_small_to_see_is_nothing() {
        let speck = polygon![(x: 1.1, y: 1.1), (x: 1.2, y: 1.1), (x: 1.2, y: 1.2)];
        assert_eq!(frame(true).placed(speck.into()), None);
        let dash = LineString::from(vec![(1.1, 1.1), (1.2, 1.2)]);
        assert_eq!(frame(true).placed(dash.into()), None);
    }

    #[test]
    fn a_collection_keeps_its_parts_of_the_highest_dimension() {
        let parts = GeometryCollection(vec![
            Point::new(1.0, 1.0).into(),
            LineString::from(vec![(0.0, 0.0), (9.0, 9.0)]).into(),
        ]);
        let placed = frame(true).placed(Geometry::GeometryCollection(parts));
        assert!(matches!(placed, Some(Geometry::LineString(_))));
    }

    proptest! {
        #[test]
        fn areas_are_valid_within_the_buffer_and_turned_as_tiles_want(
            points in prop::collection::vec((-6000.0..6000.0_f64, -6000.0..6000.0_f64), 3..12),
        ) {
            let area = Polygon::new(LineString::from(points), Vec::new());
            let Some(placed) = frame(true).placed(area.clone().into()) else {
                return Ok(());
            };
            let around = placed.bounding_rect().unwrap();
            prop_assert!(around.min().x >= -256.0 && around.max().x <= 4352.0);
            prop_assert!(around.min().y >= -256.0 && around.max().y <= 4352.0);
            let areas = match placed {
                Geometry::Polygon(area) => vec![area],
                Geometry::MultiPolygon(areas) => areas.0,
                other => panic!("no areas: {other:?}"),
            };
            for area in &areas {
                let outer = Polygon::new(area.exterior().clone(), Vec::new());
                prop_assert!(outer.signed_area() > 0.0);
                let mut corners = area.coords_iter();
                prop_assert!(corners.all(|at| at.x.fract() == 0.0 && at.y.fract() == 0.0));
            }
            // A corner moves by less than a unit each time it is rounded, so
            // that an area changes by less than twice its outline.
            let unit = |at: Coord| Coord { x: at.x, y: 4096.0 - at.y };
            let exact = area.map_coords(unit).intersection(&frame(true).kept().to_polygon());
            let outline: f64 = exact
                .0
                .iter()
                .flat_map(|area| std::iter::once(area.exterior()).chain(area.interiors()))
                .map(|ring| Euclidean.length(ring))
                .sum();
            let area: f64 = areas.iter().map(Area::unsigned_area).sum();
            prop_assert!((area - exact.unsigned_area()).abs() <= 2.0 * outline + 16.0);
        }
    }
}
