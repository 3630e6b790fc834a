//! Vertexes: corners that cells share.

use h3o::{LatLng, Vertex, VertexIndex};

use super::arguments::Indexes;
use super::function::{ArgumentKind, ArgumentSpec, FunctionSpec, Returns, argument};
use super::indexing::{coordinate, coordinates};
use super::inspection::valid;
use super::output::{Lists, index_array};

const CELL: ArgumentSpec = argument("cell", ArgumentKind::Index, "Cell.");
const VERTEX: ArgumentSpec = argument("vertex", ArgumentKind::Index, "Vertex.");

/// The functions of this file.
pub(super) static FUNCTIONS: &[FunctionSpec] = &[
    FunctionSpec {
        name: "h3_cell_to_vertex",
        description: "Vertex of a cell by number. Null where the cell has none of that number.",
        arguments: &[
            CELL,
            argument(
                "number",
                ArgumentKind::Integer,
                "0 to 5, or 0 to 4 for a pentagon.",
            ),
        ],
        optional: 0,
        returns: Returns::SameIndex(0),
        example: "SELECT h3_cell_to_vertex('823d6ffffffffff', 0)",
        difference: "",
        kernel: |arguments| {
            let (cells, numbers) = (arguments.indexes(0), arguments.integers(1));
            Ok(index_array(arguments.kind(0), arguments.rows(), |row| {
                let number = u8::try_from(numbers.get(row)?).ok()?;
                let vertex = Vertex::try_from(number).ok()?;
                cells.cell(row)?.vertex(vertex).map(u64::from)
            }))
        },
    },
    FunctionSpec {
        name: "h3_cell_to_vertexes",
        description: "All vertexes of a cell: six, or five of a pentagon.",
        arguments: &[CELL],
        optional: 0,
        returns: Returns::SameIndexList(0),
        example: "SELECT h3_cell_to_vertexes('823d6ffffffffff')",
        difference: "",
        kernel: |arguments| {
            let cells = arguments.indexes(0);
            let mut lists = Lists::new(arguments.name(), arguments.rows());
            for row in 0..arguments.rows() {
                let filled = cells
                    .cell(row)
                    .map(|cell| lists.items().extend(cell.vertexes().map(u64::from)));
                lists.end(filled)?;
            }
            Ok(lists.finish_indexes(arguments.kind(0)))
        },
    },
    FunctionSpec {
        name: "h3_vertex_to_lat",
        description: "Latitude of a vertex, degrees north.",
        arguments: &[VERTEX],
        optional: 0,
        returns: Returns::Number,
        example: "SELECT h3_vertex_to_lat('2222597fffffffff')",
        difference: "",
        kernel: |arguments| coordinate(arguments, position, LatLng::lat),
    },
    FunctionSpec {
        name: "h3_vertex_to_lng",
        description: "Longitude of a vertex, degrees east.",
        arguments: &[VERTEX],
        optional: 0,
        returns: Returns::Number,
        example: "SELECT h3_vertex_to_lng('2222597fffffffff')",
        difference: "",
        kernel: |arguments| coordinate(arguments, position, LatLng::lng),
    },
    FunctionSpec {
        name: "h3_vertex_to_latlng",
        description: "A vertex as a list of latitude and longitude in degrees.",
        arguments: &[VERTEX],
        optional: 0,
        returns: Returns::NumberList,
        example: "SELECT h3_vertex_to_latlng('2222597fffffffff')",
        difference: "",
        kernel: |arguments| coordinates(arguments, position),
    },
    FunctionSpec {
        name: "h3_is_valid_vertex",
        description: "Whether a value is a valid vertex.",
        arguments: &[VERTEX],
        optional: 0,
        returns: Returns::Boolean,
        example: "SELECT h3_is_valid_vertex('2222597fffffffff')",
        difference: "",
        kernel: |arguments| valid(arguments, |bits| VertexIndex::try_from(bits).is_ok()),
    },
];

fn position(vertexes: &Indexes<'_>, row: usize) -> Option<LatLng> {
    vertexes.vertex(row).map(LatLng::from)
}
