//! Directed edges: from a cell to a neighbour.

use std::sync::Arc;

use arrow::array::BooleanArray;
use h3o::DirectedEdgeIndex;

use super::function::{ArgumentKind, ArgumentSpec, FunctionSpec, Returns, argument};
use super::inspection::valid;
use super::output::{Lists, index_array};

const EDGE: ArgumentSpec = argument("edge", ArgumentKind::Index, "Directed edge.");
const ORIGIN: ArgumentSpec = argument("origin", ArgumentKind::Index, "Cell.");
const DESTINATION: ArgumentSpec = argument("destination", ArgumentKind::Index, "Cell.");

/// The functions of this file.
pub(super) static FUNCTIONS: &[FunctionSpec] = &[
    FunctionSpec {
        name: "h3_are_neighbor_cells",
        description: "Whether two cells of one resolution share an edge; a cell is not its own neighbour. Null for different resolutions.",
        arguments: &[ORIGIN, DESTINATION],
        optional: 0,
        returns: Returns::Boolean,
        example: "SELECT h3_are_neighbor_cells('85283473fffffff', '85283447fffffff')",
        difference: "",
        kernel: |arguments| {
            let (origins, destinations) = (arguments.indexes(0), arguments.indexes(1));
            Ok(Arc::new(
                (0..arguments.rows())
                    .map(|row| {
                        let origin = origins.cell(row)?;
                        origin.is_neighbor_with(destinations.cell(row)?).ok()
                    })
                    .collect::<BooleanArray>(),
            ))
        },
    },
    FunctionSpec {
        name: "h3_cells_to_directed_edge",
        description: "Edge from a cell to a neighbour. Null for cells that are not neighbours.",
        arguments: &[ORIGIN, DESTINATION],
        optional: 0,
        returns: Returns::SameIndex(0),
        example: "SELECT h3_cells_to_directed_edge('85283473fffffff', '85283447fffffff')",
        difference: "",
        kernel: |arguments| {
            let (origins, destinations) = (arguments.indexes(0), arguments.indexes(1));
            Ok(index_array(arguments.kind(0), arguments.rows(), |row| {
                origins
                    .cell(row)?
                    .edge(destinations.cell(row)?)
                    .map(u64::from)
            }))
        },
    },
    FunctionSpec {
        name: "h3_is_valid_directed_edge",
        description: "Whether a value is a valid directed edge.",
        arguments: &[EDGE],
        optional: 0,
        returns: Returns::Boolean,
        example: "SELECT h3_is_valid_directed_edge('115283473fffffff')",
        difference: "",
        kernel: |arguments| valid(arguments, |bits| DirectedEdgeIndex::try_from(bits).is_ok()),
    },
    FunctionSpec {
        name: "h3_get_directed_edge_origin",
        description: "Cell that an edge starts from.",
        arguments: &[EDGE],
        optional: 0,
        returns: Returns::SameIndex(0),
        example: "SELECT h3_get_directed_edge_origin('165283473fffffff')",
        difference: "",
        kernel: |arguments| {
            let edges = arguments.indexes(0);
            Ok(index_array(arguments.kind(0), arguments.rows(), |row| {
                Some(edges.edge(row)?.origin().into())
            }))
        },
    },
    FunctionSpec {
        name: "h3_get_directed_edge_destination",
        description: "Cell that an edge leads to.",
        arguments: &[EDGE],
        optional: 0,
        returns: Returns::SameIndex(0),
        example: "SELECT h3_get_directed_edge_destination('165283473fffffff')",
        difference: "",
        kernel: |arguments| {
            let edges = arguments.indexes(0);
            Ok(index_array(arguments.kind(0), arguments.rows(), |row| {
                Some(edges.edge(row)?.destination().into())
            }))
        },
    },
    FunctionSpec {
        name: "h3_directed_edge_to_cells",
        description: "Both cells of an edge: where it starts and where it leads.",
        arguments: &[EDGE],
        optional: 0,
        returns: Returns::SameIndexList(0),
        example: "SELECT h3_directed_edge_to_cells('165283473fffffff')",
        difference: "",
        kernel: |arguments| {
            let edges = arguments.indexes(0);
            let mut lists = Lists::new(arguments.name(), arguments.rows());
            for row in 0..arguments.rows() {
                let filled = edges.edge(row).map(|edge| {
                    let (origin, destination) = edge.cells();
                    lists
                        .items()
                        .extend([u64::from(origin), u64::from(destination)]);
                });
                lists.end(filled)?;
            }
            Ok(lists.finish_indexes(arguments.kind(0)))
        },
    },
    FunctionSpec {
        name: "h3_reverse_directed_edge",
        description: "The edge between the same cells the other way round.",
        arguments: &[EDGE],
        optional: 0,
        returns: Returns::SameIndex(0),
        example: "SELECT h3_reverse_directed_edge('165283473fffffff')",
        difference: "",
        kernel: |arguments| {
            let edges = arguments.indexes(0);
            Ok(index_array(arguments.kind(0), arguments.rows(), |row| {
                Some(edges.edge(row)?.reverse().into())
            }))
        },
    },
    FunctionSpec {
        name: "h3_origin_to_directed_edges",
        description: "All edges that start from a cell: six, or five from a pentagon.",
        arguments: &[ORIGIN],
        optional: 0,
        returns: Returns::SameIndexList(0),
        example: "SELECT h3_origin_to_directed_edges('85283473fffffff')",
        difference: "",
        kernel: |arguments| {
            let cells = arguments.indexes(0);
            let mut lists = Lists::new(arguments.name(), arguments.rows());
            for row in 0..arguments.rows() {
                let filled = cells
                    .cell(row)
                    .map(|cell| lists.items().extend(cell.edges().map(u64::from)));
                lists.end(filled)?;
            }
            Ok(lists.finish_indexes(arguments.kind(0)))
        },
    },
];
