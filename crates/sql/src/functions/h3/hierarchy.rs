//! Coarser and finer cells.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array};
use datafusion::common::Result;
use h3o::CellIndex;

use super::arguments::Arguments;
use super::function::{ArgumentKind, ArgumentSpec, FunctionSpec, Returns, argument};
use super::output::{Lists, index_array};

const CELL: ArgumentSpec = argument("cell", ArgumentKind::Index, "Cell.");
const CELLS: ArgumentSpec = argument("cells", ArgumentKind::IndexList, "List of cells.");
const COARSER: ArgumentSpec = argument(
    "resolution",
    ArgumentKind::Integer,
    "Resolution, not finer than the cell's.",
);
const FINER: ArgumentSpec = argument(
    "resolution",
    ArgumentKind::Integer,
    "Resolution, not coarser than the cell's.",
);

/// The functions of this file.
pub(super) static FUNCTIONS: &[FunctionSpec] = &[
    FunctionSpec {
        name: "h3_cell_to_parent",
        description: "Coarser cell that a cell descends from. It does not hold all of the cell's area: H3 cells do not nest exactly.",
        arguments: &[CELL, COARSER],
        optional: 0,
        returns: Returns::SameIndex(0),
        example: "SELECT h3_cell_to_parent('822d57fffffffff', 1)",
        difference: "",
        kernel: |arguments| relative(arguments, CellIndex::parent),
    },
    FunctionSpec {
        name: "h3_cell_to_center_child",
        description: "Finer cell at the centre of a cell.",
        arguments: &[CELL, FINER],
        optional: 0,
        returns: Returns::SameIndex(0),
        example: "SELECT h3_cell_to_center_child('822d57fffffffff', 4)",
        difference: "",
        kernel: |arguments| relative(arguments, CellIndex::center_child),
    },
    FunctionSpec {
        name: "h3_cell_to_children",
        description: "Finer cells that descend from a cell, in order.",
        arguments: &[CELL, FINER],
        optional: 0,
        returns: Returns::SameIndexList(0),
        example: "SELECT h3_cell_to_children('822d57fffffffff', 3)",
        difference: "An error where the lists of a batch would not fit.",
        kernel: |arguments| {
            let (cells, resolutions) = (arguments.indexes(0), arguments.integers(1));
            let mut lists = Lists::new(arguments.name(), arguments.rows());
            for row in 0..arguments.rows() {
                let family = cells.cell(row).zip(resolutions.resolution(row));
                match family.filter(|(cell, resolution)| *resolution >= cell.resolution()) {
                    Some((cell, resolution)) => {
                        lists.reserve(cell.children_count(resolution))?;
                        lists
                            .items()
                            .extend(cell.children(resolution).map(u64::from));
                        lists.close()?;
                    }
                    None => lists.null(),
                }
            }
            Ok(lists.finish_indexes(arguments.kind(0)))
        },
    },
    FunctionSpec {
        name: "h3_cell_to_children_size",
        description: "Number of finer cells that descend from a cell.",
        arguments: &[CELL, FINER],
        optional: 0,
        returns: Returns::Long,
        example: "SELECT h3_cell_to_children_size('822d57fffffffff', 3)",
        difference: "",
        kernel: |arguments| {
            let (cells, resolutions) = (arguments.indexes(0), arguments.integers(1));
            longs(arguments, |row| {
                let (cell, resolution) = (cells.cell(row)?, resolutions.resolution(row)?);
                (resolution >= cell.resolution()).then(|| cell.children_count(resolution))
            })
        },
    },
    FunctionSpec {
        name: "h3_cell_to_child_pos",
        description: "Place of a cell among all cells of its resolution that descend from its parent at a coarser one, from 0.",
        arguments: &[CELL, COARSER],
        optional: 0,
        returns: Returns::Long,
        example: "SELECT h3_cell_to_child_pos('84ad6d9ffffffff', 1)",
        difference: "",
        kernel: |arguments| {
            let (cells, resolutions) = (arguments.indexes(0), arguments.integers(1));
            longs(arguments, |row| {
                cells
                    .cell(row)?
                    .child_position(resolutions.resolution(row)?)
            })
        },
    },
    FunctionSpec {
        name: "h3_child_pos_to_cell",
        description: "Cell at a place among those of a resolution that descend from a cell.",
        arguments: &[
            argument("position", ArgumentKind::Integer, "Place, from 0."),
            CELL,
            FINER,
        ],
        optional: 0,
        returns: Returns::SameIndex(1),
        example: "SELECT h3_child_pos_to_cell(70, '81ad7ffffffffff', 4)",
        difference: "",
        kernel: |arguments| {
            let (positions, cells) = (arguments.integers(0), arguments.indexes(1));
            let resolutions = arguments.integers(2);
            Ok(index_array(arguments.kind(1), arguments.rows(), |row| {
                let position = u64::try_from(positions.get(row)?).ok()?;
                let resolution = resolutions.resolution(row)?;
                cells
                    .cell(row)?
                    .child_at(position, resolution)
                    .map(u64::from)
            }))
        },
    },
    FunctionSpec {
        name: "h3_compact_cells",
        description: "The same area in as few cells as there can be. Null for cells of several resolutions, repeated cells, and a list with a null or a value that is not a cell.",
        arguments: &[CELLS],
        optional: 0,
        returns: Returns::SameIndexList(0),
        example: "SELECT h3_compact_cells(h3_cell_to_children('81083ffffffffff', 3))",
        difference: "In ascending order; DuckDB's order is not defined.",
        kernel: |arguments| {
            let lists = arguments.index_lists(0);
            let mut compacted = Lists::new(arguments.name(), arguments.rows());
            let mut cells = Vec::new();
            for row in 0..arguments.rows() {
                let filled = lists
                    .cells(row, &mut cells)
                    .and_then(|()| CellIndex::compact(&mut cells).ok());
                if filled.is_some() {
                    compacted
                        .items()
                        .extend(cells.iter().copied().map(u64::from));
                }
                compacted.end(filled)?;
            }
            Ok(compacted.finish_indexes(arguments.kind(0)))
        },
    },
    FunctionSpec {
        name: "h3_uncompact_cells",
        description: "The same area in cells of one resolution. Null where a cell is finer than that, and for a list with a null or a value that is not a cell.",
        arguments: &[CELLS, FINER],
        optional: 0,
        returns: Returns::SameIndexList(0),
        example: "SELECT h3_uncompact_cells(['81083ffffffffff'], 2)",
        difference: "An error where the lists of a batch would not fit.",
        kernel: |arguments| {
            let (lists, resolutions) = (arguments.index_lists(0), arguments.integers(1));
            let mut uncompacted = Lists::new(arguments.name(), arguments.rows());
            let mut cells = Vec::new();
            for row in 0..arguments.rows() {
                let resolution = lists
                    .cells(row, &mut cells)
                    .and_then(|()| resolutions.resolution(row))
                    .filter(|resolution| cells.iter().all(|cell| cell.resolution() <= *resolution));
                if let Some(resolution) = resolution {
                    uncompacted
                        .reserve(CellIndex::uncompact_size(cells.iter().copied(), resolution))?;
                    let finer = CellIndex::uncompact(cells.iter().copied(), resolution);
                    uncompacted.items().extend(finer.map(u64::from));
                }
                uncompacted.end(resolution.map(|_| ()))?;
            }
            Ok(uncompacted.finish_indexes(arguments.kind(0)))
        },
    },
];

fn relative(
    arguments: &Arguments,
    of: impl Fn(CellIndex, h3o::Resolution) -> Option<CellIndex>,
) -> Result<ArrayRef> {
    let (cells, resolutions) = (arguments.indexes(0), arguments.integers(1));
    Ok(index_array(arguments.kind(0), arguments.rows(), |row| {
        of(cells.cell(row)?, resolutions.resolution(row)?).map(u64::from)
    }))
}

/// Counts, one a row. They are below 2⁶³: there are fewer than 10¹⁵ cells.
pub(super) fn longs(
    arguments: &Arguments,
    count: impl Fn(usize) -> Option<u64>,
) -> Result<ArrayRef> {
    Ok(Arc::new(
        (0..arguments.rows())
            .map(|row| count(row).map(|count| count as i64))
            .collect::<Int64Array>(),
    ))
}
