//! Outlines of cells and directed edges.

use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryBuilder, StringBuilder};
use datafusion::common::{Result, exec_datafusion_err};
use h3o::{Boundary, LatLng};
use wkb::writer::{WriteOptions, write_geometry};

use super::arguments::{Arguments, Indexes};
use super::function::{ArgumentKind, FunctionSpec, Returns, argument};
use super::geometry_text::write_ring;

/// The functions of this file.
pub(super) static FUNCTIONS: &[FunctionSpec] = &[
    FunctionSpec {
        name: "h3_cell_to_boundary_wkt",
        description: "Outline of a cell as a WKT polygon, six decimals of a degree.",
        arguments: &[argument("cell", ArgumentKind::Index, "Cell.")],
        optional: 0,
        returns: Returns::Text,
        example: "SELECT h3_cell_to_boundary_wkt('822d57fffffffff')",
        difference: "Null for an index that is not a cell; DuckDB gives empty text.",
        kernel: |arguments| {
            wkt(arguments, cell_boundary, |boundary, text| {
                text.push_str("POLYGON (");
                write_ring(text, boundary.iter().map(position), true);
                text.push(')');
            })
        },
    },
    FunctionSpec {
        name: "h3_cell_to_boundary_wkb",
        description: "Outline of a cell as a WKB polygon.",
        arguments: &[argument("cell", ArgumentKind::Index, "Cell.")],
        optional: 0,
        returns: Returns::Bytes,
        example: "SELECT h3_cell_to_boundary_wkb('822d57fffffffff')",
        difference: "",
        kernel: |arguments| wkb(arguments, cell_boundary),
    },
    FunctionSpec {
        name: "h3_directed_edge_to_boundary_wkt",
        description: "A directed edge as a WKT line, six decimals of a degree.",
        arguments: &[argument("edge", ArgumentKind::Index, "Directed edge.")],
        optional: 0,
        returns: Returns::Text,
        example: "SELECT h3_directed_edge_to_boundary_wkt('115283473fffffff')",
        difference: "A line with its two or three points; DuckDB repeats the first and writes a second pair of brackets, which WKT does not have. Null for an index that is not an edge; DuckDB gives empty text.",
        kernel: |arguments| {
            wkt(arguments, edge_boundary, |boundary, text| {
                text.push_str("LINESTRING ");
                write_ring(text, boundary.iter().map(position), false);
            })
        },
    },
    FunctionSpec {
        name: "h3_directed_edge_to_boundary_wkb",
        description: "A directed edge as a WKB line.",
        arguments: &[argument("edge", ArgumentKind::Index, "Directed edge.")],
        optional: 0,
        returns: Returns::Bytes,
        example: "SELECT h3_directed_edge_to_boundary_wkb('115283473fffffff')",
        difference: "A line with its two or three points; DuckDB repeats the first.",
        kernel: |arguments| wkb(arguments, edge_boundary),
    },
];

fn cell_boundary(indexes: &Indexes<'_>, row: usize) -> Option<Boundary> {
    indexes.cell(row).map(|cell| cell.boundary())
}

fn edge_boundary(indexes: &Indexes<'_>, row: usize) -> Option<Boundary> {
    indexes.edge(row).map(|edge| edge.boundary())
}

fn position(point: &LatLng) -> (f64, f64) {
    (point.lng(), point.lat())
}

fn wkt(
    arguments: &Arguments,
    boundary: impl Fn(&Indexes<'_>, usize) -> Option<Boundary>,
    write: impl Fn(&Boundary, &mut String),
) -> Result<ArrayRef> {
    let (indexes, rows) = (arguments.indexes(0), arguments.rows());
    let mut texts = StringBuilder::with_capacity(rows, rows * 176);
    let mut text = String::new();
    for row in 0..rows {
        match boundary(&indexes, row) {
            Some(boundary) => {
                text.clear();
                write(&boundary, &mut text);
                texts.append_value(&text);
            }
            None => texts.append_null(),
        }
    }
    Ok(Arc::new(texts.finish()))
}

fn wkb(
    arguments: &Arguments,
    boundary: impl Fn(&Indexes<'_>, usize) -> Option<Boundary>,
) -> Result<ArrayRef> {
    let (indexes, rows) = (arguments.indexes(0), arguments.rows());
    let mut bytes = BinaryBuilder::with_capacity(rows, rows * 125);
    let mut buffer = Vec::new();
    for row in 0..rows {
        match boundary(&indexes, row) {
            Some(boundary) => {
                buffer.clear();
                write_geometry(&mut buffer, &boundary, &WriteOptions::default())
                    .map_err(|error| exec_datafusion_err!("{}: {error}", arguments.name()))?;
                bytes.append_value(&buffer);
            }
            None => bytes.append_null(),
        }
    }
    Ok(Arc::new(bytes.finish()))
}
