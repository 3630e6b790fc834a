//! H3 in SQL, under the names that DuckDB's h3 extension gives its functions.
//!
//! | file | functions |
//! |---|---|
//! | `indexing` | points to cells, cells to points |
//! | `boundary` | outlines of cells and edges, WKT and WKB |
//! | `inspection` | resolution, base cell, digits, validity, text |
//! | `hierarchy` | parents, children, compact and uncompact |
//! | `disk` | cells around a cell |
//! | `path` | distance, path, local coordinates |
//! | `edge`, `vertex` | directed edges, vertexes |
//! | `measure` | areas, lengths, distances |
//! | `whole_grid` | counts, base cells, pentagons |
//! | `regions` | polygons to cells, cells to polygons |
//!
//! Indexes are `UInt64`, `Int64` or hexadecimal text, and come back in the
//! type they came in (text of any kind as `Utf8`). Null gives null, and so
//! does what H3 calls an error: a value that is no index of the kind asked
//! for, a resolution that does not exist. Errors are kept for what is wrong
//! with the query: a geometry that cannot be read, a mode that does not exist,
//! lists too long. The grid itself is `h3o`; nothing here works it out.

mod arguments;
mod boundary;
mod disk;
mod edge;
mod function;
mod geometry_text;
mod hierarchy;
mod index_text;
mod indexing;
mod inspection;
mod measure;
mod output;
mod path;
mod regions;
mod vertex;
mod whole_grid;

use datafusion::logical_expr::ScalarUDF;

use function::{FunctionSpec, H3Function};

/// Families of functions, in the order of the reference.
static FAMILIES: [&[FunctionSpec]; 11] = [
    indexing::FUNCTIONS,
    boundary::FUNCTIONS,
    inspection::FUNCTIONS,
    hierarchy::FUNCTIONS,
    disk::FUNCTIONS,
    path::FUNCTIONS,
    edge::FUNCTIONS,
    vertex::FUNCTIONS,
    measure::FUNCTIONS,
    whole_grid::FUNCTIONS,
    regions::FUNCTIONS,
];

fn specs() -> impl Iterator<Item = &'static FunctionSpec> {
    FAMILIES.into_iter().flatten()
}

/// All h3 functions.
pub(super) fn functions() -> Vec<ScalarUDF> {
    specs().map(H3Function::udf).collect()
}

/// Name of each function, with what it does other than DuckDB's.
pub(super) fn differences() -> impl Iterator<Item = (&'static str, &'static str)> {
    specs().map(|spec| (spec.name, spec.difference))
}

pub(super) use geometry_text::parse_bytes as polygons_of;
pub(super) use index_text::parse_index;
