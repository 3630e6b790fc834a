//! Polygons to cells and cells to polygons.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryBuilder, StringBuilder};
use datafusion::common::{DataFusionError, Result, exec_datafusion_err, exec_err};
use geo::{LineString, MultiPolygon, Polygon};
use h3o::error::InvalidGeometry;
use h3o::geom::{ContainmentMode, SolventBuilder, TilerBuilder};
use h3o::{CellIndex, Resolution};
use wkb::writer::{WriteOptions, write_multi_polygon};

use super::arguments::{Arguments, IndexKind};
use super::function::{ArgumentKind, ArgumentSpec, FunctionSpec, Returns, argument};
use super::geometry_text::{multi_polygon_text, parse_bytes, parse_text};
use super::output::Lists;

const CELLS: &[ArgumentSpec] = &[argument(
    "cells",
    ArgumentKind::IndexList,
    "List of cells of one resolution.",
)];
const WKT: ArgumentSpec = argument(
    "polygon",
    ArgumentKind::Text,
    "WKT of a polygon or multipolygon in degrees, longitude first.",
);
const WKB: ArgumentSpec = argument(
    "polygon",
    ArgumentKind::Bytes,
    "WKB of a polygon or multipolygon in degrees, longitude first.",
);
const RESOLUTION: ArgumentSpec =
    argument("resolution", ArgumentKind::Integer, "Resolution, 0 to 15.");
const MODE: ArgumentSpec = argument(
    "mode",
    ArgumentKind::Text,
    "center (CONTAINMENT_CENTER): cells whose centre lies inside; full (CONTAINMENT_FULL): cells that lie inside as a whole; overlap (CONTAINMENT_OVERLAPPING): cells of which a part lies inside.",
);
const CENTRE: &str = "Cells whose centre lies in a polygon, in ascending order: a cell is in one of two polygons that touch, never in both.";
const CENTRE_DIFFERENCE: &str = "Also takes a multipolygon. An error for another geometry, where DuckDB gives an empty list for WKT, and where the lists of a batch would not fit. In ascending order.";
const MODE_DESCRIPTION: &str = "Cells in a polygon by a chosen rule, in ascending order.";
const MODE_DIFFERENCE: &str = "overlap_bbox (CONTAINMENT_OVERLAPPING_BBOX) is not offered: take overlap, which is exact. Resolution stands before mode; DuckDB takes either order. Also takes a multipolygon. An error for another geometry and where the lists of a batch would not fit. In ascending order.";

/// The functions of this file.
pub(super) static FUNCTIONS: &[FunctionSpec] = &[
    FunctionSpec {
        name: "h3_cells_to_multi_polygon_wkt",
        description: "Outline of a set of cells as a WKT multipolygon, six decimals of a degree. Null for repeated cells, several resolutions, and a list with a null or a value that is not a cell.",
        arguments: CELLS,
        optional: 0,
        returns: Returns::Text,
        example: "SELECT h3_cells_to_multi_polygon_wkt(h3_grid_disk('822d57fffffffff', 1))",
        difference: "Null where the list holds a null or a value that is not a cell; DuckDB takes it for base cell 0. Rings may start at another corner.",
        kernel: |arguments| {
            let mut texts = StringBuilder::new();
            outlines(arguments, |outline| {
                match outline {
                    Some(outline) => texts.append_value(multi_polygon_text(&outline)),
                    None => texts.append_null(),
                }
                Ok(())
            })?;
            Ok(Arc::new(texts.finish()))
        },
    },
    FunctionSpec {
        name: "h3_cells_to_multi_polygon_wkb",
        description: "Outline of a set of cells as a WKB multipolygon.",
        arguments: CELLS,
        optional: 0,
        returns: Returns::Bytes,
        example: "SELECT h3_cells_to_multi_polygon_wkb(h3_grid_disk('822d57fffffffff', 1))",
        difference: "A multipolygon; DuckDB writes a geometry collection. Null where the list holds a null or a value that is not a cell; DuckDB takes it for base cell 0.",
        kernel: |arguments| {
            let mut bytes = BinaryBuilder::new();
            let mut buffer = Vec::new();
            outlines(arguments, |outline| {
                match outline {
                    Some(outline) => {
                        buffer.clear();
                        write_multi_polygon(&mut buffer, &outline, &WriteOptions::default())
                            .map_err(|error| {
                                exec_datafusion_err!("{}: {error}", arguments.name())
                            })?;
                        bytes.append_value(&buffer);
                    }
                    None => bytes.append_null(),
                }
                Ok(())
            })?;
            Ok(Arc::new(bytes.finish()))
        },
    },
    FunctionSpec {
        name: "h3_polygon_wkt_to_cells",
        description: CENTRE,
        arguments: &[WKT, RESOLUTION],
        optional: 0,
        returns: Returns::UnsignedList,
        example: "SELECT h3_polygon_wkt_to_cells('POLYGON ((77 28, 77.1 28, 77.1 28.1, 77 28))', 7)",
        difference: CENTRE_DIFFERENCE,
        kernel: |arguments| from_text(arguments, IndexKind::Unsigned),
    },
    FunctionSpec {
        name: "h3_polygon_wkt_to_cells_string",
        description: CENTRE,
        arguments: &[WKT, RESOLUTION],
        optional: 0,
        returns: Returns::TextList,
        example: "SELECT h3_polygon_wkt_to_cells_string('POLYGON ((77 28, 77.1 28, 77.1 28.1, 77 28))', 7)",
        difference: CENTRE_DIFFERENCE,
        kernel: |arguments| from_text(arguments, IndexKind::Text),
    },
    FunctionSpec {
        name: "h3_polygon_wkt_to_cells_experimental",
        description: MODE_DESCRIPTION,
        arguments: &[WKT, RESOLUTION, MODE],
        optional: 0,
        returns: Returns::UnsignedList,
        example: "SELECT h3_polygon_wkt_to_cells_experimental('POLYGON ((77 28, 77.1 28, 77.1 28.1, 77 28))', 7, 'overlap')",
        difference: MODE_DIFFERENCE,
        kernel: |arguments| from_text(arguments, IndexKind::Unsigned),
    },
    FunctionSpec {
        name: "h3_polygon_wkt_to_cells_experimental_string",
        description: MODE_DESCRIPTION,
        arguments: &[WKT, RESOLUTION, MODE],
        optional: 0,
        returns: Returns::TextList,
        example: "SELECT h3_polygon_wkt_to_cells_experimental_string('POLYGON ((77 28, 77.1 28, 77.1 28.1, 77 28))', 7, 'overlap')",
        difference: MODE_DIFFERENCE,
        kernel: |arguments| from_text(arguments, IndexKind::Text),
    },
    FunctionSpec {
        name: "h3_polygon_wkb_to_cells",
        description: CENTRE,
        arguments: &[WKB, RESOLUTION],
        optional: 0,
        returns: Returns::UnsignedList,
        example: "SELECT h3_polygon_wkb_to_cells(h3_cell_to_boundary_wkb('822d57fffffffff'), 4)",
        difference: CENTRE_DIFFERENCE,
        kernel: |arguments| from_bytes(arguments, IndexKind::Unsigned),
    },
    FunctionSpec {
        name: "h3_polygon_wkb_to_cells_string",
        description: CENTRE,
        arguments: &[WKB, RESOLUTION],
        optional: 0,
        returns: Returns::TextList,
        example: "SELECT h3_polygon_wkb_to_cells_string(h3_cell_to_boundary_wkb('822d57fffffffff'), 4)",
        difference: CENTRE_DIFFERENCE,
        kernel: |arguments| from_bytes(arguments, IndexKind::Text),
    },
    FunctionSpec {
        name: "h3_polygon_wkb_to_cells_experimental",
        description: MODE_DESCRIPTION,
        arguments: &[WKB, RESOLUTION, MODE],
        optional: 0,
        returns: Returns::UnsignedList,
        example: "SELECT h3_polygon_wkb_to_cells_experimental(h3_cell_to_boundary_wkb('822d57fffffffff'), 4, 'full')",
        difference: MODE_DIFFERENCE,
        kernel: |arguments| from_bytes(arguments, IndexKind::Unsigned),
    },
    FunctionSpec {
        name: "h3_polygon_wkb_to_cells_experimental_string",
        description: MODE_DESCRIPTION,
        arguments: &[WKB, RESOLUTION, MODE],
        optional: 0,
        returns: Returns::TextList,
        example: "SELECT h3_polygon_wkb_to_cells_experimental_string(h3_cell_to_boundary_wkb('822d57fffffffff'), 4, 'full')",
        difference: MODE_DIFFERENCE,
        kernel: |arguments| from_bytes(arguments, IndexKind::Text),
    },
];

fn outlines(
    arguments: &Arguments,
    mut take: impl FnMut(Option<MultiPolygon>) -> Result<()>,
) -> Result<()> {
    let lists = arguments.index_lists(0);
    let solvent = SolventBuilder::new().build();
    let mut cells = Vec::new();
    for row in 0..arguments.rows() {
        let outline = lists
            .cells(row, &mut cells)
            .and_then(|()| solvent.dissolve(cells.iter().copied()).ok());
        take(outline)?;
    }
    Ok(())
}

fn from_text(arguments: &Arguments, kind: IndexKind) -> Result<ArrayRef> {
    let texts = arguments.texts(0);
    tile(arguments, kind, |row| {
        texts
            .get(row)
            .map(|text| parse_text(arguments.name(), text))
            .transpose()
    })
}

fn from_bytes(arguments: &Arguments, kind: IndexKind) -> Result<ArrayRef> {
    let bytes = arguments.bytes(0);
    tile(arguments, kind, |row| {
        bytes
            .get(row)
            .map(|bytes| parse_bytes(arguments.name(), bytes))
            .transpose()
    })
}

fn tile(
    arguments: &Arguments,
    kind: IndexKind,
    polygons: impl Fn(usize) -> Result<Option<MultiPolygon>>,
) -> Result<ArrayRef> {
    let resolutions = arguments.integers(1);
    let modes = (arguments.len() > 2).then(|| arguments.texts(2));
    let name = arguments.name();
    let mut lists = Lists::new(name, arguments.rows());
    for row in 0..arguments.rows() {
        let mode = match &modes {
            None => Some(ContainmentMode::ContainsCentroid),
            Some(modes) => modes
                .get(row)
                .map(|mode| containment(name, mode))
                .transpose()?,
        };
        let polygons = polygons(row)?;
        match (polygons, resolutions.resolution(row), mode) {
            (Some(polygons), Some(resolution), Some(mode)) => {
                let mut tiler = TilerBuilder::new(resolution).containment_mode(mode).build();
                let mut cells = Vec::new();
                for polygon in polygons {
                    // WKT writes an empty polygon as one without points.
                    if polygon.exterior().0.is_empty() {
                        continue;
                    }
                    if !polygon.interiors().is_empty() && crosses_antimeridian(polygon.exterior()) {
                        let (outer, holes) = polygon.into_inner();
                        let mut filled = fill(&mut lists, name, outer, resolution, mode)?;
                        for hole in holes {
                            let out = fill(&mut lists, name, hole, resolution, outside(mode))?;
                            filled.retain(|cell| !out.contains(cell));
                        }
                        cells.extend(filled);
                    } else {
                        tiler.add(polygon).map_err(|error| unfilled(name, &error))?;
                    }
                }
                lists.reserve(tiler.coverage_size_hint() as u64)?;
                cells.extend(tiler.into_coverage());
                cells.sort_unstable();
                cells.dedup();
                lists.items().extend(cells.into_iter().map(u64::from));
                lists.close()?;
            }
            _ => lists.null(),
        }
    }
    Ok(lists.finish_indexes(kind))
}

/// Whether a ring reaches across ±180 degrees, by the rule of H3: an edge is
/// never longer than half the way around.
fn crosses_antimeridian(ring: &LineString) -> bool {
    ring.lines().any(|edge| edge.dx().abs() > 180.0)
}

/// Cells of a ring without holes.
///
/// Of a polygon that reaches across the antimeridian h3o 0.11 moves a corner of
/// each hole there (`fix_ring_clipping_boundary`), and loses cells. Rings alone
/// it fills as H3 does, so that holes are taken out as cells.
fn fill(
    lists: &mut Lists<u64>,
    name: &str,
    ring: LineString,
    resolution: Resolution,
    mode: ContainmentMode,
) -> Result<BTreeSet<CellIndex>> {
    let mut tiler = TilerBuilder::new(resolution).containment_mode(mode).build();
    let polygon = Polygon::new(ring, Vec::new());
    tiler.add(polygon).map_err(|error| unfilled(name, &error))?;
    lists.reserve(tiler.coverage_size_hint() as u64)?;
    Ok(tiler.into_coverage().collect())
}

/// Which cells of a hole are none of the polygon around it: those with their
/// centre in the hole, those that touch it, those that lie in it.
fn outside(mode: ContainmentMode) -> ContainmentMode {
    match mode {
        ContainmentMode::ContainsBoundary => ContainmentMode::Covers,
        ContainmentMode::Covers => ContainmentMode::ContainsBoundary,
        other => other,
    }
}

fn unfilled(name: &str, error: &InvalidGeometry) -> DataFusionError {
    exec_datafusion_err!("{name}: the polygon cannot be filled with cells: {error}")
}

fn containment(name: &str, mode: &str) -> Result<ContainmentMode> {
    Ok(match mode {
        "center" | "CONTAINMENT_CENTER" => ContainmentMode::ContainsCentroid,
        "full" | "CONTAINMENT_FULL" => ContainmentMode::ContainsBoundary,
        "overlap" | "CONTAINMENT_OVERLAPPING" => ContainmentMode::Covers,
        other => {
            return exec_err!("{name}: the mode is {other:?}: write center, full or overlap");
        }
    })
}
