//! What an index says of itself.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int32Array};
use datafusion::common::Result;
use h3o::{BaseCell, CellIndex, Direction, Resolution};

use super::arguments::{Arguments, IndexKind};
use super::function::{ArgumentKind, ArgumentSpec, FunctionSpec, Returns, argument};
use super::output::{Lists, index_array};

const CELL: ArgumentSpec = argument("cell", ArgumentKind::Index, "Cell.");
const INDEX: ArgumentSpec = argument("index", ArgumentKind::Index, "Index of any kind.");
const PARTS: &[ArgumentSpec] = &[
    argument("base_cell", ArgumentKind::Integer, "Base cell, 0 to 121."),
    argument(
        "digits",
        ArgumentKind::IntegerList,
        "Digit at each resolution from 1 on, 0 to 6.",
    ),
    argument(
        "resolution",
        ArgumentKind::Integer,
        "Resolution; the number of digits if left out, and no other number.",
    ),
];

/// The functions of this file.
pub(super) static FUNCTIONS: &[FunctionSpec] = &[
    FunctionSpec {
        name: "h3_get_resolution",
        description: "Resolution of a cell, 0 to 15.",
        arguments: &[CELL],
        optional: 0,
        returns: Returns::Integer,
        example: "SELECT h3_get_resolution('822d57fffffffff')",
        difference: "Null for an index that is not a cell; DuckDB reads the bits all the same.",
        kernel: |arguments| integers(arguments, |cell| i32::from(u8::from(cell.resolution()))),
    },
    FunctionSpec {
        name: "h3_get_base_cell_number",
        description: "Number of the base cell that a cell descends from, 0 to 121.",
        arguments: &[CELL],
        optional: 0,
        returns: Returns::Integer,
        example: "SELECT h3_get_base_cell_number('822d57fffffffff')",
        difference: "Null for an index that is not a cell; DuckDB reads the bits all the same.",
        kernel: |arguments| integers(arguments, |cell| i32::from(u8::from(cell.base_cell()))),
    },
    FunctionSpec {
        name: "h3_get_index_digit",
        description: "Digit of a cell at a resolution: 0 to 6, and 7 beyond the cell's own resolution.",
        arguments: &[
            CELL,
            argument("resolution", ArgumentKind::Integer, "Resolution, 1 to 15."),
        ],
        optional: 0,
        returns: Returns::Integer,
        example: "SELECT h3_get_index_digit('822d57fffffffff', 1)",
        difference: "Null for an index that is not a cell; DuckDB reads the bits all the same.",
        kernel: index_digit,
    },
    FunctionSpec {
        name: "h3_string_to_h3",
        description: "Number that an index written as hexadecimal text stands for, valid or not.",
        arguments: &[argument("index", ArgumentKind::Text, "Index as text.")],
        optional: 0,
        returns: Returns::Unsigned,
        example: "SELECT h3_string_to_h3('822d57fffffffff')",
        difference: "Null for text with anything but hexadecimal digits in it; DuckDB stops at the first other character.",
        kernel: |arguments| {
            let indexes = arguments.indexes(0);
            Ok(index_array(IndexKind::Unsigned, arguments.rows(), |row| {
                indexes.bits(row)
            }))
        },
    },
    FunctionSpec {
        name: "h3_h3_to_string",
        description: "An index as hexadecimal text, valid or not.",
        arguments: &[INDEX],
        optional: 0,
        returns: Returns::Text,
        example: "SELECT h3_h3_to_string(586265647244115967)",
        difference: "Also takes text, which it gives back in lowercase.",
        kernel: |arguments| {
            let indexes = arguments.indexes(0);
            Ok(index_array(IndexKind::Text, arguments.rows(), |row| {
                indexes.bits(row)
            }))
        },
    },
    FunctionSpec {
        name: "h3_is_valid_index",
        description: "Whether a value is a valid cell, directed edge or vertex.",
        arguments: &[INDEX],
        optional: 0,
        returns: Returns::Boolean,
        example: "SELECT h3_is_valid_index('115283473fffffff')",
        difference: "",
        kernel: |arguments| valid(arguments, h3o::is_valid_index),
    },
    FunctionSpec {
        name: "h3_is_valid_cell",
        description: "Whether a value is a valid cell.",
        arguments: &[INDEX],
        optional: 0,
        returns: Returns::Boolean,
        example: "SELECT h3_is_valid_cell('85283473fffffff')",
        difference: "",
        kernel: |arguments| valid(arguments, |bits| CellIndex::try_from(bits).is_ok()),
    },
    FunctionSpec {
        name: "h3_is_res_class_iii",
        description: "Whether a cell's resolution is of class III, that is odd.",
        arguments: &[CELL],
        optional: 0,
        returns: Returns::Boolean,
        example: "SELECT h3_is_res_class_iii('81083ffffffffff')",
        difference: "Null for an index that is not a cell; DuckDB reads the bits all the same.",
        kernel: |arguments| booleans(arguments, |cell| cell.resolution().is_class3()),
    },
    FunctionSpec {
        name: "h3_is_pentagon",
        description: "Whether a cell is one of the twelve pentagons of its resolution.",
        arguments: &[CELL],
        optional: 0,
        returns: Returns::Boolean,
        example: "SELECT h3_is_pentagon('81083ffffffffff')",
        difference: "Null for an index that is not a cell; DuckDB reads the bits all the same.",
        kernel: |arguments| booleans(arguments, CellIndex::is_pentagon),
    },
    FunctionSpec {
        name: "h3_get_icosahedron_faces",
        description: "Faces of the icosahedron that a cell lies on, 0 to 19, in ascending order.",
        arguments: &[CELL],
        optional: 0,
        returns: Returns::IntegerList,
        example: "SELECT h3_get_icosahedron_faces('801dfffffffffff')",
        difference: "Ascending; DuckDB's order is that of the cell's vertexes.",
        kernel: |arguments| {
            let cells = arguments.indexes(0);
            let mut lists = Lists::new(arguments.name(), arguments.rows());
            for row in 0..arguments.rows() {
                let filled = cells.cell(row).map(|cell| {
                    let faces = cell.icosahedron_faces();
                    lists
                        .items()
                        .extend(faces.iter().map(|face| i32::from(u8::from(face))));
                });
                lists.end(filled)?;
            }
            Ok(lists.finish())
        },
    },
    FunctionSpec {
        name: "h3_construct_cell",
        description: "Cell of a base cell and digits. Null where there is no such cell.",
        arguments: PARTS,
        optional: 1,
        returns: Returns::Unsigned,
        example: "SELECT h3_construct_cell(5, [1])",
        difference: "",
        kernel: |arguments| construct(arguments, IndexKind::Unsigned),
    },
    FunctionSpec {
        name: "h3_construct_cell_string",
        description: "Cell of a base cell and digits, as text.",
        arguments: PARTS,
        optional: 1,
        returns: Returns::Text,
        example: "SELECT h3_construct_cell_string(5, [1])",
        difference: "",
        kernel: |arguments| construct(arguments, IndexKind::Text),
    },
];

fn integers(arguments: &Arguments, of: impl Fn(CellIndex) -> i32) -> Result<ArrayRef> {
    let cells = arguments.indexes(0);
    Ok(Arc::new(
        (0..arguments.rows())
            .map(|row| cells.cell(row).map(&of))
            .collect::<Int32Array>(),
    ))
}

fn booleans(arguments: &Arguments, of: impl Fn(CellIndex) -> bool) -> Result<ArrayRef> {
    let cells = arguments.indexes(0);
    Ok(Arc::new(
        (0..arguments.rows())
            .map(|row| cells.cell(row).map(&of))
            .collect::<BooleanArray>(),
    ))
}

/// Whether the values of the first argument are valid; text that is not
/// hexadecimal is not, null is null.
pub(super) fn valid(arguments: &Arguments, is: impl Fn(u64) -> bool) -> Result<ArrayRef> {
    let indexes = arguments.indexes(0);
    Ok(Arc::new(
        (0..arguments.rows())
            .map(|row| (!indexes.is_null(row)).then(|| indexes.bits(row).is_some_and(&is)))
            .collect::<BooleanArray>(),
    ))
}

fn index_digit(arguments: &Arguments) -> Result<ArrayRef> {
    let (cells, resolutions) = (arguments.indexes(0), arguments.integers(1));
    Ok(Arc::new(
        (0..arguments.rows())
            .map(|row| {
                let cell = cells.cell(row)?;
                let resolution = resolutions
                    .resolution(row)
                    .filter(|resolution| *resolution != Resolution::Zero)?;
                Some(match cell.direction_at(resolution) {
                    Some(direction) => i32::from(u8::from(direction)),
                    None => 7,
                })
            })
            .collect::<Int32Array>(),
    ))
}

fn construct(arguments: &Arguments, kind: IndexKind) -> Result<ArrayRef> {
    let (base_cells, digits) = (arguments.integers(0), arguments.integer_lists(1));
    let resolutions = (arguments.len() > 2).then(|| arguments.integers(2));
    Ok(index_array(kind, arguments.rows(), |row| {
        let base_cell = BaseCell::try_from(u8::try_from(base_cells.get(row)?).ok()?).ok()?;
        let digits = digits.get(row)?;
        if let Some(resolutions) = &resolutions
            && resolutions.get(row)? != digits.len() as i64
        {
            return None;
        }
        let directions = digits
            .iter()
            .map(|digit| Direction::try_from(u8::try_from(*digit).ok()?).ok())
            .collect::<Option<Vec<_>>>()?;
        CellIndex::from_raw_parts(base_cell, &directions)
            .ok()
            .map(u64::from)
    }))
}
