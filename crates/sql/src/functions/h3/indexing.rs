//! Points to cells and cells to points.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array};
use datafusion::common::Result;
use h3o::LatLng;

use super::arguments::{Arguments, IndexKind, Indexes};
use super::function::{ArgumentKind, ArgumentSpec, FunctionSpec, Returns, argument};
use super::output::{Lists, index_array, worked_out};

const CELL: ArgumentSpec = argument("cell", ArgumentKind::Index, "Cell.");
const POINT: &[ArgumentSpec] = &[
    argument("latitude", ArgumentKind::Number, "Degrees north."),
    argument("longitude", ArgumentKind::Number, "Degrees east."),
    argument(
        "resolution",
        ArgumentKind::Integer,
        "Resolution of the cell, 0 to 15.",
    ),
];

/// The functions of this file.
pub(super) static FUNCTIONS: &[FunctionSpec] = &[
    FunctionSpec {
        name: "h3_latlng_to_cell",
        description: "Cell that holds a point. Null for a coordinate that is not finite and for a resolution that does not exist.",
        arguments: POINT,
        optional: 0,
        returns: Returns::Unsigned,
        example: "SELECT h3_latlng_to_cell(37.7752702151959, -122.418307270836, 9)",
        difference: "",
        kernel: |arguments| latlng_to_cell(arguments, IndexKind::Unsigned),
    },
    FunctionSpec {
        name: "h3_latlng_to_cell_string",
        description: "Cell that holds a point, as text.",
        arguments: POINT,
        optional: 0,
        returns: Returns::Text,
        example: "SELECT h3_latlng_to_cell_string(37.7752702151959, -122.418307270836, 9)",
        difference: "",
        kernel: |arguments| latlng_to_cell(arguments, IndexKind::Text),
    },
    FunctionSpec {
        name: "h3_cell_to_lat",
        description: "Latitude of the centre of a cell, degrees north.",
        arguments: &[CELL],
        optional: 0,
        returns: Returns::Number,
        example: "SELECT h3_cell_to_lat('85283473fffffff')",
        difference: "",
        kernel: |arguments| coordinate(arguments, cell_centre, LatLng::lat),
    },
    FunctionSpec {
        name: "h3_cell_to_lng",
        description: "Longitude of the centre of a cell, degrees east.",
        arguments: &[CELL],
        optional: 0,
        returns: Returns::Number,
        example: "SELECT h3_cell_to_lng('85283473fffffff')",
        difference: "",
        kernel: |arguments| coordinate(arguments, cell_centre, LatLng::lng),
    },
    FunctionSpec {
        name: "h3_cell_to_latlng",
        description: "Centre of a cell: a list of latitude and longitude in degrees.",
        arguments: &[CELL],
        optional: 0,
        returns: Returns::NumberList,
        example: "SELECT h3_cell_to_latlng('85283473fffffff')",
        difference: "",
        kernel: |arguments| coordinates(arguments, cell_centre),
    },
];

fn latlng_to_cell(arguments: &Arguments, kind: IndexKind) -> Result<ArrayRef> {
    let (latitudes, longitudes) = (arguments.numbers(0), arguments.numbers(1));
    let resolutions = arguments.integers(2);
    let cells = worked_out(arguments.rows(), |row| {
        let point = LatLng::new(latitudes.get(row)?, longitudes.get(row)?).ok()?;
        Some(point.to_cell(resolutions.resolution(row)?).into())
    });
    Ok(index_array(kind, cells.len(), |row| cells[row]))
}

fn cell_centre(cells: &Indexes<'_>, row: usize) -> Option<LatLng> {
    cells.cell(row).map(LatLng::from)
}

/// One coordinate of a point in each row.
pub(super) fn coordinate(
    arguments: &Arguments,
    point: impl Fn(&Indexes<'_>, usize) -> Option<LatLng> + Sync,
    coordinate: impl Fn(LatLng) -> f64 + Sync,
) -> Result<ArrayRef> {
    let indexes = arguments.indexes(0);
    let values = worked_out(arguments.rows(), |row| {
        point(&indexes, row).map(&coordinate)
    });
    Ok(Arc::new(Float64Array::from(values)))
}

/// Latitude and longitude of a point in each row.
pub(super) fn coordinates(
    arguments: &Arguments,
    point: impl Fn(&Indexes<'_>, usize) -> Option<LatLng> + Sync,
) -> Result<ArrayRef> {
    let indexes = arguments.indexes(0);
    let points = worked_out(arguments.rows(), |row| point(&indexes, row));
    let mut lists = Lists::new(arguments.name(), points.len());
    for point in points {
        let filled = point.map(|point| {
            lists.items().extend([point.lat(), point.lng()]);
        });
        lists.end(filled)?;
    }
    Ok(lists.finish())
}
