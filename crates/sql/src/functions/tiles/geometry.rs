//! Geometry as functions take and give it.

use std::collections::HashMap;

use arrow::array::{Array as _, ArrayRef, AsArray as _, BinaryArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Float64Type, Int64Type};
use datafusion::common::{DataFusionError, Result, ScalarValue, exec_err, plan_err};
use datafusion::logical_expr::ColumnarValue;
use geo::{BoundingRect as _, CoordsIter as _, Geometry, Rect};
use geo_traits::to_geo::ToGeoGeometry as _;
use geoarrow_array::GeoArrowArray as _;
use geoarrow_array::array::from_arrow_array;
use geoarrow_array::cast::to_wkb;
use geoarrow_schema::Metadata;
use wkb::writer::{WriteOptions, write_geometry};

/// Systems of coordinates that are known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum System {
    /// EPSG:4326, longitude before latitude, in degrees.
    Degrees,
    /// EPSG:3857, the square of web maps, in metres at the equator.
    WebMercator,
}

impl System {
    /// By its number.
    pub(super) fn numbered(srid: i64) -> Option<Self> {
        match srid {
            4326 => Some(Self::Degrees),
            3857 => Some(Self::WebMercator),
            _ => None,
        }
    }

    /// By its code, as `EPSG:3857`.
    pub(super) fn named(code: &str) -> Option<Self> {
        match code.to_ascii_uppercase().as_str() {
            "OGC:CRS84" | "EPSG:4326" => Some(Self::Degrees),
            "EPSG:3857" => Some(Self::WebMercator),
            _ => None,
        }
    }

    fn code(self) -> &'static str {
        match self {
            Self::Degrees => "OGC:CRS84",
            Self::WebMercator => "EPSG:3857",
        }
    }

    /// The system of a column; degrees where it says none, as all released
    /// geometry is. `None` for one that is not known.
    pub(super) fn of(field: &Field) -> Option<Self> {
        let metadata = Metadata::try_from(field).unwrap_or_default();
        match metadata.crs().crs_value() {
            None => Some(Self::Degrees),
            Some(value) => value.as_str().and_then(Self::named),
        }
    }
}

/// The field of geometry that a function gives: WKB, marked as such.
pub(super) fn geometry_field(name: &str, system: Option<System>) -> Field {
    let metadata = match system {
        Some(system) => {
            serde_json::json!({"crs": system.code(), "crs_type": "authority_code"}).to_string()
        }
        None => "{}".to_owned(),
    };
    Field::new(name, DataType::Binary, true).with_metadata(HashMap::from([
        ("ARROW:extension:name".to_owned(), "geoarrow.wkb".to_owned()),
        ("ARROW:extension:metadata".to_owned(), metadata),
    ]))
}

/// The geometries of a column: any of GeoArrow's types, or bytes of WKB. A
/// geometry that has no point at all is as good as none.
///
/// # Errors
/// What is no geometry, and a coordinate that is no number.
pub(super) fn geometries(
    function: &str,
    array: &ArrayRef,
    field: &Field,
) -> Result<Vec<Option<Geometry>>> {
    let bytes = match array.data_type() {
        DataType::Binary => array.clone(),
        DataType::LargeBinary | DataType::BinaryView => cast(array, &DataType::Binary)?,
        DataType::Null => return Ok(vec![None; array.len()]),
        _ => {
            let unreadable = |error: geoarrow_schema::error::GeoArrowError| {
                DataFusionError::Execution(format!("{function} got no geometry: {error}"))
            };
            let array = from_arrow_array(array, field).map_err(unreadable)?;
            let array = to_wkb::<i32>(array.as_ref()).map_err(unreadable)?;
            array.into_array_ref()
        }
    };
    let read = bytes.as_binary::<i32>().iter().map(|bytes| {
        let Some(bytes) = bytes else {
            return Ok(None);
        };
        let Ok(read) = wkb::reader::read_wkb(bytes) else {
            return exec_err!("{function} got bytes that are no WKB");
        };
        let geometry = read.try_to_geometry();
        let finite = |geometry: &Geometry| {
            let mut points = geometry.coords_iter();
            points.all(|point| point.x.is_finite() && point.y.is_finite())
        };
        match geometry {
            Some(geometry) if !finite(&geometry) => {
                exec_err!("{function} got a coordinate that is no number")
            }
            other => Ok(other),
        }
    });
    read.collect()
}

/// The smallest rectangle around each geometry of a column.
pub(super) fn rectangles(
    function: &str,
    array: &ArrayRef,
    field: &Field,
) -> Result<Vec<Option<Rect>>> {
    let geometries = geometries(function, array, field)?.into_iter();
    Ok(geometries
        .map(|geometry| geometry?.bounding_rect())
        .collect())
}

/// Geometries as a column.
pub(super) fn written(geometries: &[Option<Geometry>]) -> Result<ArrayRef> {
    let written = geometries.iter().map(|geometry| {
        let Some(geometry) = geometry else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        match write_geometry(&mut bytes, geometry, &WriteOptions::default()) {
            Ok(()) => Ok(Some(bytes)),
            Err(error) => Err(DataFusionError::Execution(error.to_string())),
        }
    });
    Ok(std::sync::Arc::new(
        written.collect::<Result<BinaryArray>>()?,
    ))
}

/// Whole numbers of an argument; `None` for null.
pub(super) fn integers(array: &ArrayRef) -> Result<Vec<Option<i64>>> {
    let array = cast(array, &DataType::Int64)?;
    Ok(array.as_primitive::<Int64Type>().iter().collect())
}

/// Numbers of an argument; `None` for null.
pub(super) fn numbers(array: &ArrayRef) -> Result<Vec<Option<f64>>> {
    let array = cast(array, &DataType::Float64)?;
    Ok(array.as_primitive::<Float64Type>().iter().collect())
}

/// Checks how many arguments there are, and that those that are numbers can be
/// ones.
pub(super) fn check_arguments(
    syntax: &str,
    given: &[DataType],
    count: std::ops::RangeInclusive<usize>,
    numbers: &[usize],
) -> Result<Vec<DataType>> {
    if !count.contains(&given.len()) {
        return plan_err!("got {} arguments: write {syntax}", given.len());
    }
    for place in numbers {
        let is_number = |given: &DataType| given.is_numeric() || given.is_null();
        if given.get(*place).is_some_and(|given| !is_number(given)) {
            return plan_err!("argument {} must be a number: write {syntax}", place + 1);
        }
    }
    Ok(given.to_vec())
}

/// The value of an argument that must be a constant.
pub(super) fn constant(value: &ColumnarValue) -> Option<&ScalarValue> {
    match value {
        ColumnarValue::Scalar(value) => Some(value),
        ColumnarValue::Array(_) => None,
    }
}
