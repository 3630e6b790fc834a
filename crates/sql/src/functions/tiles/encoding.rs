//! A group of rows as a layer of a vector tile (specification 2.1).

use arrow::array::{Array as _, ArrayRef, AsArray as _, StructArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Float32Type, Float64Type, Int64Type, UInt64Type};
use datafusion::common::{DataFusionError, Result, exec_err, plan_err};
use geo::{Coord, Geometry, LineString, MultiPolygon, Orient as _, orient::Direction};
use mvt::{Feature, GeomData, GeomEncoder, GeomType, Tile};

use super::geometry::geometries;

/// How a layer is written.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LayerParams {
    /// The function that writes it, for its errors.
    pub(super) function: &'static str,
    /// Its name.
    pub(super) name: String,
    /// Units along its side.
    pub(super) extent: u32,
    /// Place of the column of geometry.
    pub(super) geometry: usize,
    /// Place of the column of ids, if there is one.
    pub(super) id: Option<usize>,
}

/// What a column is as a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Property {
    Text,
    Integer,
    Unsigned,
    Single,
    Double,
    Boolean,
}

impl Property {
    /// `None` for types that are no value of a tile.
    fn of(data_type: &DataType) -> Option<Self> {
        Some(match data_type {
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Self::Text,
            DataType::Boolean => Self::Boolean,
            DataType::Float16 | DataType::Float32 => Self::Single,
            DataType::Float64 => Self::Double,
            other if other.is_unsigned_integer() => Self::Unsigned,
            other if other.is_integer() => Self::Integer,
            // As PostGIS does it: decimals as numbers, times as text.
            other if other.is_decimal() => Self::Double,
            other if other.is_temporal() => Self::Text,
            _ => return None,
        })
    }

    /// The type that columns of it are read in.
    fn data_type(self) -> DataType {
        match self {
            Self::Text => DataType::Utf8,
            Self::Integer => DataType::Int64,
            Self::Unsigned => DataType::UInt64,
            Self::Single => DataType::Float32,
            Self::Double => DataType::Float64,
            Self::Boolean => DataType::Boolean,
        }
    }

    /// Adds the value of a row, if it has one: tiles have no null.
    fn add(self, feature: &mut Feature, name: &str, column: &ArrayRef, row: usize) {
        if column.is_null(row) {
            return;
        }
        match self {
            Self::Text => feature.add_tag_string(name, column.as_string::<i32>().value(row)),
            Self::Integer => {
                feature.add_tag_int(name, column.as_primitive::<Int64Type>().value(row));
            }
            Self::Unsigned => {
                feature.add_tag_uint(name, column.as_primitive::<UInt64Type>().value(row));
            }
            Self::Single => {
                feature.add_tag_float(name, column.as_primitive::<Float32Type>().value(row));
            }
            Self::Double => {
                feature.add_tag_double(name, column.as_primitive::<Float64Type>().value(row));
            }
            Self::Boolean => feature.add_tag_bool(name, column.as_boolean().value(row)),
        }
    }
}

/// Checks that every column but geometry and id can be a property.
pub(super) fn check_properties(params: &LayerParams, fields: &[impl AsRef<Field>]) -> Result<()> {
    for (place, field) in fields.iter().map(AsRef::as_ref).enumerate() {
        let is_property = place != params.geometry && Some(place) != params.id;
        if is_property && Property::of(field.data_type()).is_none() {
            return plan_err!(
                "{} cannot write a column of type {} as a property: cast it to text or leave it out",
                params.function,
                field.data_type()
            );
        }
    }
    Ok(())
}

/// The tile of one layer, a feature for each row that has a geometry, in the
/// order of the rows. Empty where there is no feature.
pub(super) fn encode(params: &LayerParams, rows: &StructArray) -> Result<Vec<u8>> {
    let fields = rows.fields();
    let place = params.geometry;
    let shapes = geometries(params.function, rows.column(place), &fields[place])?;
    let mut properties = Vec::new();
    for (place, field) in fields.iter().enumerate() {
        let is_property = place != params.geometry && Some(place) != params.id;
        if is_property && let Some(property) = Property::of(field.data_type()) {
            let column = cast(rows.column(place), &property.data_type())?;
            properties.push((property, field.name(), column));
        }
    }
    let ids = params.id.map(|id| cast(rows.column(id), &DataType::Int64));
    let ids = ids.transpose()?;
    let unwritable = |error: mvt::Error| {
        DataFusionError::Execution(format!(
            "{} cannot write the tile: {error}",
            params.function
        ))
    };
    let mut tile = Tile::new(params.extent);
    let mut layer = tile.create_layer(&params.name);
    for (row, shape) in shapes.into_iter().enumerate() {
        let Some(shape) = shape.filter(|_| rows.is_valid(row)) else {
            continue;
        };
        let mut feature = layer.into_feature(data(params.function, shape)?);
        if let Some(ids) = &ids
            && ids.is_valid(row)
            && let Ok(id) = u64::try_from(ids.as_primitive::<Int64Type>().value(row))
        {
            feature.set_id(id);
        }
        for (property, name, column) in &properties {
            property.add(&mut feature, name, column, row);
        }
        layer = feature.into_layer();
    }
    if layer.num_features() == 0 {
        return Ok(Vec::new());
    }
    tile.add_layer(layer).map_err(unwritable)?;
    tile.to_bytes().map_err(unwritable)
}

/// A shape in whole units.
type Units = Vec<[i32; 2]>;

fn data(function: &str, shape: Geometry) -> Result<GeomData> {
    let (kind, parts) = match shape {
        Geometry::Point(point) => (GeomType::Point, vec![units([point.0])]),
        Geometry::MultiPoint(points) => {
            let points = points.0.iter().map(|point| point.0);
            (GeomType::Point, vec![units(points)])
        }
        Geometry::LineString(line) => (GeomType::Linestring, joined([line])),
        Geometry::MultiLineString(lines) => (GeomType::Linestring, joined(lines.0)),
        Geometry::Polygon(area) => (GeomType::Polygon, rings(MultiPolygon(vec![area]))),
        Geometry::MultiPolygon(areas) => (GeomType::Polygon, rings(areas)),
        _ => {
            return exec_err!("{function} writes points, lines and areas: see st_asmvtgeom");
        }
    };
    let written = (|| {
        let mut encoder = GeomEncoder::new(kind);
        for (place, part) in parts.iter().enumerate() {
            if place > 0 {
                encoder.complete_geom()?;
            }
            for [x, y] in part {
                encoder.add_point(*x, *y)?;
            }
        }
        encoder.encode()
    })();
    written.map_err(|error: mvt::Error| {
        DataFusionError::Execution(format!("{function} cannot write a geometry: {error}"))
    })
}

fn units(points: impl IntoIterator<Item = Coord>) -> Units {
    // Beyond 32 bits a coordinate is the largest there is.
    let points = points.into_iter();
    points
        .map(|point| [point.x.round() as i32, point.y.round() as i32])
        .collect()
}

/// Lines; one that begins where the one before ended is part of it, since the
/// encoder would run both together.
fn joined(lines: impl IntoIterator<Item = LineString>) -> Vec<Units> {
    let mut all: Vec<Units> = Vec::new();
    for line in lines {
        let line = units(line.0);
        match all.last_mut() {
            Some(before) if before.last() == line.first() => before.extend(&line[1..]),
            _ => all.push(line),
        }
    }
    all
}

/// Rings without their closing point, outer ones turned as tiles want them. The
/// encoder leaves out the first point of a ring that begins where the one
/// before ended: such a ring begins elsewhere.
fn rings(areas: MultiPolygon) -> Vec<Units> {
    let areas = areas.orient(Direction::Default).0.into_iter();
    let rings = areas.flat_map(|area| {
        let (outer, inner) = area.into_inner();
        std::iter::once(outer).chain(inner)
    });
    let mut all: Vec<Units> = Vec::new();
    for ring in rings {
        let mut ring = units(ring.0);
        if ring.len() > 1 && ring.first() == ring.last() {
            ring.pop();
        }
        if all.last().and_then(|before| before.last()) == ring.first() {
            ring.rotate_left(1);
        }
        all.push(ring);
    }
    all
}
