//! Between two cells: distance, path and local coordinates.

use std::sync::Arc;

use arrow::array::Int64Array;
use h3o::{CellIndex, CoordIJ, LocalIJ};

use super::function::{ArgumentKind, ArgumentSpec, FunctionSpec, Returns, argument};
use super::output::{Lists, index_array};

const FROM: ArgumentSpec = argument("origin", ArgumentKind::Index, "Cell to start from.");
const TO: ArgumentSpec = argument(
    "destination",
    ArgumentKind::Index,
    "Cell of the same resolution.",
);

/// The functions of this file.
pub(super) static FUNCTIONS: &[FunctionSpec] = &[
    FunctionSpec {
        name: "h3_grid_distance",
        description: "Steps on the grid between two cells. Null where H3 cannot say: different resolutions, far apart, or across a pentagon.",
        arguments: &[FROM, TO],
        optional: 0,
        returns: Returns::Long,
        example: "SELECT h3_grid_distance(605035864166236159, 605034941150920703)",
        difference: "",
        kernel: |arguments| {
            let (from, to) = (arguments.indexes(0), arguments.indexes(1));
            Ok(Arc::new(
                (0..arguments.rows())
                    .map(|row| {
                        let distance = from.cell(row)?.grid_distance(to.cell(row)?);
                        distance.ok().map(i64::from)
                    })
                    .collect::<Int64Array>(),
            ))
        },
    },
    FunctionSpec {
        name: "h3_grid_path_cells",
        description: "Cells on a shortest path between two cells, both included. Null where H3 finds none.",
        arguments: &[FROM, TO],
        optional: 0,
        returns: Returns::SameIndexList(0),
        example: "SELECT h3_grid_path_cells(605035864166236159, 605034941150920703)",
        difference: "An error where the lists of a batch would not fit.",
        kernel: |arguments| {
            let (from, to) = (arguments.indexes(0), arguments.indexes(1));
            let mut lists = Lists::new(arguments.name(), arguments.rows());
            for row in 0..arguments.rows() {
                let ends = from.cell(row).zip(to.cell(row));
                let size = ends.and_then(|(from, to)| from.grid_path_cells_size(to).ok());
                lists.reserve(size.map_or(0, |size| size.unsigned_abs().into()))?;
                let mut filled = ends.and_then(|(from, to)| path(from, to, lists.items()));
                if filled.is_none() {
                    lists.reopen();
                    // Across a pentagon there may be a path one way only.
                    let start = lists.items().len();
                    filled = ends.and_then(|(from, to)| path(to, from, lists.items()));
                    lists.items()[start..].reverse();
                }
                lists.end(filled)?;
            }
            Ok(lists.finish_indexes(arguments.kind(0)))
        },
    },
    FunctionSpec {
        name: "h3_cell_to_local_ij",
        description: "Coordinates i and j of a cell around an origin, as a list. They mean something only near that origin.",
        arguments: &[FROM, argument("cell", ArgumentKind::Index, "Cell.")],
        optional: 0,
        returns: Returns::IntegerList,
        example: "SELECT h3_cell_to_local_ij(605034941285138431, 605034941285138431)",
        difference: "",
        kernel: |arguments| {
            let (origins, cells) = (arguments.indexes(0), arguments.indexes(1));
            let mut lists = Lists::new(arguments.name(), arguments.rows());
            for row in 0..arguments.rows() {
                let filled = origins.cell(row).zip(cells.cell(row)).and_then(
                    |(origin, cell): (CellIndex, CellIndex)| {
                        let local = cell.to_local_ij(origin).ok()?;
                        lists.items().extend([local.coord.i, local.coord.j]);
                        Some(())
                    },
                );
                lists.end(filled)?;
            }
            Ok(lists.finish())
        },
    },
    FunctionSpec {
        name: "h3_local_ij_to_cell",
        description: "Cell at coordinates i and j around an origin.",
        arguments: &[
            FROM,
            argument("i", ArgumentKind::Integer, "First coordinate."),
            argument("j", ArgumentKind::Integer, "Second coordinate."),
        ],
        optional: 0,
        returns: Returns::SameIndex(0),
        example: "SELECT h3_local_ij_to_cell(605034941285138431, -123, -177)",
        difference: "",
        kernel: |arguments| {
            let origins = arguments.indexes(0);
            let (first, second) = (arguments.integers(1), arguments.integers(2));
            Ok(index_array(arguments.kind(0), arguments.rows(), |row| {
                let coordinates = CoordIJ::new(
                    i32::try_from(first.get(row)?).ok()?,
                    i32::try_from(second.get(row)?).ok()?,
                );
                let local = LocalIJ::new(origins.cell(row)?, coordinates);
                CellIndex::try_from(local).ok().map(u64::from)
            }))
        },
    },
];

/// Adds the cells of a path to `cells`; `None` where there is none, with a
/// part of it added.
fn path(from: CellIndex, to: CellIndex, cells: &mut Vec<u64>) -> Option<()> {
    for cell in from.grid_path_cells(to).ok()? {
        cells.push(cell.ok()?.into());
    }
    Some(())
}
