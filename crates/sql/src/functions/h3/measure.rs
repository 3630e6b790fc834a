//! Areas, lengths and distances.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array};
use datafusion::common::Result;
use h3o::{CellIndex, DirectedEdgeIndex, LatLng, Resolution};

use super::arguments::Arguments;
use super::function::{ArgumentKind, ArgumentSpec, FunctionSpec, Returns, argument};

const RESOLUTION: ArgumentSpec =
    argument("resolution", ArgumentKind::Integer, "Resolution, 0 to 15.");
const LENGTH: ArgumentSpec = argument("unit", ArgumentKind::Text, "rads, km or m.");
const AREA: ArgumentSpec = argument("unit", ArgumentKind::Text, "rads^2, km^2 or m^2.");

/// The functions of this file. A unit that is none of those named gives null,
/// as in DuckDB.
pub(super) static FUNCTIONS: &[FunctionSpec] = &[
    FunctionSpec {
        name: "h3_cell_area",
        description: "Area of a cell on the sphere. Cells of one resolution differ in area: divide counts by this, not by an average. Beside the poles and the antimeridian it is exact to about a tenth of a square metre, which is up to a hundredth of a cell of resolution 15.",
        arguments: &[argument("cell", ArgumentKind::Index, "Cell."), AREA],
        optional: 0,
        returns: Returns::Number,
        example: "SELECT h3_cell_area('8928308280fffff', 'km^2')",
        difference: "",
        kernel: |arguments| {
            let (cells, units) = (arguments.indexes(0), arguments.texts(1));
            numbers(arguments, |row| {
                let cell = cells.cell(row)?;
                Some(match units.get(row)? {
                    "rads^2" => CellIndex::area_rads2(cell),
                    "km^2" => CellIndex::area_km2(cell),
                    "m^2" => CellIndex::area_m2(cell),
                    _ => return None,
                })
            })
        },
    },
    FunctionSpec {
        name: "h3_edge_length",
        description: "Length of a directed edge on the sphere.",
        arguments: &[
            argument("edge", ArgumentKind::Index, "Directed edge."),
            LENGTH,
        ],
        optional: 0,
        returns: Returns::Number,
        example: "SELECT h3_edge_length('115283473fffffff', 'km')",
        difference: "",
        kernel: |arguments| {
            let (edges, units) = (arguments.indexes(0), arguments.texts(1));
            numbers(arguments, |row| {
                let edge = edges.edge(row)?;
                Some(match units.get(row)? {
                    "rads" => DirectedEdgeIndex::length_rads(edge),
                    "km" => DirectedEdgeIndex::length_km(edge),
                    "m" => DirectedEdgeIndex::length_m(edge),
                    _ => return None,
                })
            })
        },
    },
    FunctionSpec {
        name: "h3_get_hexagon_area_avg",
        description: "Average area of the hexagons of a resolution. No cell has this area: see h3_cell_area.",
        arguments: &[
            RESOLUTION,
            argument("unit", ArgumentKind::Text, "km^2 or m^2."),
        ],
        optional: 0,
        returns: Returns::Number,
        example: "SELECT h3_get_hexagon_area_avg(8, 'km^2')",
        difference: "",
        kernel: |arguments| {
            by_resolution(arguments, |resolution, unit| match unit {
                "km^2" => Some(resolution.area_km2()),
                "m^2" => Some(resolution.area_m2()),
                _ => None,
            })
        },
    },
    FunctionSpec {
        name: "h3_get_hexagon_edge_length_avg",
        description: "Average length of an edge of the hexagons of a resolution.",
        arguments: &[RESOLUTION, argument("unit", ArgumentKind::Text, "km or m.")],
        optional: 0,
        returns: Returns::Number,
        example: "SELECT h3_get_hexagon_edge_length_avg(8, 'km')",
        difference: "",
        kernel: |arguments| {
            by_resolution(arguments, |resolution, unit| match unit {
                "km" => Some(resolution.edge_length_km()),
                "m" => Some(resolution.edge_length_m()),
                _ => None,
            })
        },
    },
    FunctionSpec {
        name: "h3_great_circle_distance",
        description: "Great-circle distance between two points on the sphere.",
        arguments: &[
            argument("latitude_0", ArgumentKind::Number, "Degrees north."),
            argument("longitude_0", ArgumentKind::Number, "Degrees east."),
            argument("latitude_1", ArgumentKind::Number, "Degrees north."),
            argument("longitude_1", ArgumentKind::Number, "Degrees east."),
            LENGTH,
        ],
        optional: 0,
        returns: Returns::Number,
        example: "SELECT h3_great_circle_distance(5, 5, 15, 15, 'km')",
        difference: "Null for a coordinate that is null or not finite.",
        kernel: great_circle_distance,
    },
];

fn numbers(arguments: &Arguments, of: impl Fn(usize) -> Option<f64>) -> Result<ArrayRef> {
    Ok(Arc::new(
        (0..arguments.rows()).map(of).collect::<Float64Array>(),
    ))
}

fn by_resolution(
    arguments: &Arguments,
    of: impl Fn(Resolution, &str) -> Option<f64>,
) -> Result<ArrayRef> {
    let (resolutions, units) = (arguments.integers(0), arguments.texts(1));
    numbers(arguments, |row| {
        of(resolutions.resolution(row)?, units.get(row)?)
    })
}

fn great_circle_distance(arguments: &Arguments) -> Result<ArrayRef> {
    let coordinates = [0, 1, 2, 3].map(|place| arguments.numbers(place));
    let units = arguments.texts(4);
    numbers(arguments, |row| {
        let point = |latitude: usize| {
            LatLng::new(
                coordinates[latitude].get(row)?,
                coordinates[latitude + 1].get(row)?,
            )
            .ok()
        };
        let (from, to) = (point(0)?, point(2)?);
        Some(match units.get(row)? {
            "rads" => from.distance_rads(to),
            "km" => from.distance_km(to),
            "m" => from.distance_m(to),
            _ => return None,
        })
    })
}
