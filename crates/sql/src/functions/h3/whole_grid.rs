//! The grid as a whole: counts, base cells, pentagons.

use arrow::array::ArrayRef;
use datafusion::common::Result;
use h3o::{CellIndex, Resolution};

use super::arguments::{Arguments, IndexKind};
use super::function::{ArgumentKind, ArgumentSpec, FunctionSpec, Returns, argument};
use super::hierarchy::longs;
use super::output::Lists;

const RESOLUTION: &[ArgumentSpec] = &[argument(
    "resolution",
    ArgumentKind::Integer,
    "Resolution, 0 to 15.",
)];

/// The functions of this file.
pub(super) static FUNCTIONS: &[FunctionSpec] = &[
    FunctionSpec {
        name: "h3_get_num_cells",
        description: "Number of cells of a resolution in the world.",
        arguments: RESOLUTION,
        optional: 0,
        returns: Returns::Long,
        example: "SELECT h3_get_num_cells(5)",
        difference: "",
        kernel: |arguments| {
            let resolutions = arguments.integers(0);
            longs(arguments, |row| {
                resolutions.resolution(row).map(Resolution::cell_count)
            })
        },
    },
    FunctionSpec {
        name: "h3_get_res0_cells",
        description: "The 122 cells of resolution 0.",
        arguments: &[],
        optional: 0,
        returns: Returns::UnsignedList,
        example: "SELECT h3_get_res0_cells()",
        difference: "",
        kernel: |arguments| base_cells(arguments, IndexKind::Unsigned),
    },
    FunctionSpec {
        name: "h3_get_res0_cells_string",
        description: "The 122 cells of resolution 0, as text.",
        arguments: &[],
        optional: 0,
        returns: Returns::TextList,
        example: "SELECT h3_get_res0_cells_string()",
        difference: "",
        kernel: |arguments| base_cells(arguments, IndexKind::Text),
    },
    FunctionSpec {
        name: "h3_get_pentagons",
        description: "The twelve pentagons of a resolution.",
        arguments: RESOLUTION,
        optional: 0,
        returns: Returns::UnsignedList,
        example: "SELECT h3_get_pentagons(5)",
        difference: "",
        kernel: |arguments| pentagons(arguments, IndexKind::Unsigned),
    },
    FunctionSpec {
        name: "h3_get_pentagons_string",
        description: "The twelve pentagons of a resolution, as text.",
        arguments: RESOLUTION,
        optional: 0,
        returns: Returns::TextList,
        example: "SELECT h3_get_pentagons_string(5)",
        difference: "",
        kernel: |arguments| pentagons(arguments, IndexKind::Text),
    },
];

fn base_cells(arguments: &Arguments, kind: IndexKind) -> Result<ArrayRef> {
    let mut lists = Lists::new(arguments.name(), arguments.rows());
    for _ in 0..arguments.rows() {
        lists.items().extend(CellIndex::base_cells().map(u64::from));
        lists.close()?;
    }
    Ok(lists.finish_indexes(kind))
}

fn pentagons(arguments: &Arguments, kind: IndexKind) -> Result<ArrayRef> {
    let resolutions = arguments.integers(0);
    let mut lists = Lists::new(arguments.name(), arguments.rows());
    for row in 0..arguments.rows() {
        let filled = resolutions
            .resolution(row)
            .map(|resolution| lists.items().extend(resolution.pentagons().map(u64::from)));
        lists.end(filled)?;
    }
    Ok(lists.finish_indexes(kind))
}
