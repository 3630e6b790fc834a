//! `st_transform`: degrees to the metres of web maps, and back.

use std::sync::Arc;

use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::{DataFusionError, Result, ScalarValue, exec_err, internal_err, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDFImpl, Signature,
    Volatility,
};
use geo::{Coord, Geometry, MapCoords as _};

use super::SECTION;
use super::geometry::{System, check_arguments, constant, geometries, geometry_field, written};

const NAME: &str = "st_transform";

const SYNTAX: &str = "st_transform(geometry, [from,] to)";

/// Radius of the sphere of EPSG:3857.
const RADIUS_M: f64 = 6_378_137.0;

/// The function.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Transform {
    signature: Signature,
    documentation: Documentation,
}

impl Transform {
    pub(super) fn new() -> Self {
        Self {
            signature: Signature::user_defined(Volatility::Immutable),
            documentation: Documentation::builder(
                SECTION,
                "The geometry in other coordinates: EPSG:4326 (longitude and latitude in degrees) and EPSG:3857 (metres of web maps), both ways. Other systems are errors: there is no table of them here.",
                SYNTAX,
            )
            .with_argument("geometry", "Geometry.")
            .with_argument(
                "from",
                "Its system, a constant, as to. Default what its column says, and degrees where that says nothing.",
            )
            .with_argument(
                "to",
                "System wanted, a constant: 4326 or 3857, or 'EPSG:4326' or 'EPSG:3857'.",
            )
            .with_sql_example("SELECT st_astext(st_transform(st_point(77.2, 28.6), 3857))")
            .build(),
        }
    }
}

fn system(value: Option<&ScalarValue>) -> Result<System> {
    let found = match value {
        Some(ScalarValue::Utf8(Some(code)) | ScalarValue::Utf8View(Some(code))) => {
            System::named(code)
        }
        Some(number) if number.data_type().is_integer() => {
            match number.cast_to(&DataType::Int64)? {
                ScalarValue::Int64(Some(srid)) => System::numbered(srid),
                _ => None,
            }
        }
        _ => None,
    };
    match found {
        Some(system) => Ok(system),
        None => plan_err!("{NAME} knows 4326 and 3857, as constants: write {SYNTAX}"),
    }
}

/// From where, where it is said, and to where.
fn systems(constants: &[Option<&ScalarValue>]) -> Result<(Option<System>, System)> {
    match constants {
        [_, to] => Ok((None, system(*to)?)),
        [_, from, to] => Ok((Some(system(*from)?), system(*to)?)),
        _ => internal_err!("{NAME} takes two or three arguments"),
    }
}

/// Spherical Mercator of longitude and latitude (EPSG method 1024): x = R λ,
/// y = R ln tan(π/4 + φ/2), and its inverse. `None` at the poles and beyond.
fn moved(point: Coord, from: System, to: System) -> Option<Coord> {
    match (from, to) {
        (System::Degrees, System::WebMercator) => {
            let (longitude, latitude) = (point.x.to_radians(), point.y.to_radians());
            (point.y.abs() < 90.0).then(|| Coord {
                x: RADIUS_M * longitude,
                // The same as the logarithm of the tangent, and odd to the bit.
                y: RADIUS_M * latitude.tan().asinh(),
            })
        }
        (System::WebMercator, System::Degrees) => Some(Coord {
            x: (point.x / RADIUS_M).to_degrees(),
            y: (point.y / RADIUS_M).sinh().atan().to_degrees(),
        }),
        _ => Some(point),
    }
}

impl ScalarUDFImpl for Transform {
    fn name(&self) -> &str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        check_arguments(SYNTAX, given, 2..=3, &[])
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        internal_err!("{NAME} tells its field")
    }

    fn return_field_from_args(&self, arguments: ReturnFieldArgs) -> Result<FieldRef> {
        let (_, to) = systems(arguments.scalar_arguments)?;
        Ok(Arc::new(geometry_field(NAME, Some(to))))
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let constants: Vec<_> = arguments.args.iter().map(constant).collect();
        let (from, to) = systems(&constants)?;
        let field = &arguments.arg_fields[0];
        let Some(from) = from.or_else(|| System::of(field)) else {
            return exec_err!("{NAME} does not know the system of its geometry: write {SYNTAX}");
        };
        let array = arguments.args[0].to_array(arguments.number_rows)?;
        let beyond = || {
            DataFusionError::Execution(format!(
                "{NAME} got a latitude at a pole or beyond, which EPSG:3857 does not have"
            ))
        };
        let moved: Vec<Option<Geometry>> = geometries(NAME, &array, field)?
            .into_iter()
            .map(|geometry| {
                let moved = geometry.map(|geometry| {
                    geometry.try_map_coords(|point| moved(point, from, to).ok_or(()))
                });
                moved.transpose().map_err(|()| beyond())
            })
            .collect::<Result<_>>()?;
        Ok(ColumnarValue::Array(written(&moved)?))
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_corner_of_web_maps_is_where_it_is_known_to_be() {
        let corner = Coord {
            x: 180.0,
            // arctan(sinh π), the latitude where the map is a square.
            y: 85.051_128_779_806_59,
        };
        let moved = moved(corner, System::Degrees, System::WebMercator).unwrap();
        assert!((moved.x - 20_037_508.342_789_244).abs() < 1e-6);
        assert!((moved.y - 20_037_508.342_789_244).abs() < 1e-6);
        let pole = Coord { x: 0.0, y: 90.0 };
        assert_eq!(
            super::moved(pole, System::Degrees, System::WebMercator),
            None
        );
    }

    proptest! {
        #[test]
        fn there_and_back_is_where_it_began(x in -180.0..180.0_f64, y in -89.0..89.0_f64) {
            let there = moved(Coord { x, y }, System::Degrees, System::WebMercator).unwrap();
            let back = moved(there, System::WebMercator, System::Degrees).unwrap();
            // 1e-11 degrees are a micrometre.
            prop_assert!((back.x - x).abs() < 1e-11 && (back.y - y).abs() < 1e-11);
        }
    }
}
