//! `spatial_weights`: who is whose neighbour, as rows.

use std::sync::Arc;

use arrow::array::BinaryArray;
use geo::{Line, Point};
use wkb::writer::{WriteOptions, write_line};

use super::call::{Argument, Call, Kind, optional};
use super::error::StatisticsError;
use super::function::{ColumnKind, Inputs, MANY_ROWS, TableFunctionSpec, Task, column, numbers};
use super::inputs::{ID_ARGUMENT, INPUT_ARGUMENTS, id_column};
use super::neighbours::{self, Neighbours, ordered};
use super::units::pick;

const OWN: &[Argument] = &[optional(
    "row_standardised",
    Kind::Boolean,
    "false",
    "Whether the weights of a unit are divided by their sum.",
)];

/// The function.
pub(super) static SPEC: TableFunctionSpec = TableFunctionSpec {
    name: "spatial_weights",
    description: "The links between units, a row each, sorted by unit and neighbour, under the names that libpysal's Graph uses. A unit without neighbours is a row with itself and weight 0. As Parquet the lines make it a GeoParquet file; the rows can be given back as weights => (SELECT focal, neighbor, weight FROM …).",
    arguments: &[INPUT_ARGUMENTS, ID_ARGUMENT, OWN, neighbours::ARGUMENTS],
    columns: &[
        column("focal", ColumnKind::Unit, "The unit, an id of the input."),
        column("neighbor", ColumnKind::Unit, "Its neighbour."),
        column("weight", ColumnKind::Number, "Weight of the link."),
        column(
            "link",
            ColumnKind::Geometry,
            "Line in degrees, as WKB, from the unit to its neighbour: from cell centre to cell centre, position to position, or a point inside one area to one inside the other. Null for own weights, and for a unit with itself.",
        ),
    ],
    example: "SELECT * FROM spatial_weights(input => (SELECT cell FROM counts), id => cell, neighbours => 'h3', k => 1)",
    rows: MANY_ROWS,
    bind,
};

fn bind(call: &Call, inputs: &Inputs) -> Result<Task, StatisticsError> {
    let id = id_column(call, inputs)?;
    let around = Neighbours::bind(call, &id, inputs)?;
    let row_standardised = call.boolean("row_standardised", false)?;
    let function = call.function;
    Ok(Task {
        schema: SPEC.schema(Some(&inputs.input.fields()[id.at]))?,
        run: Box::new(move |rows| {
            let rows = ordered(rows, &id)?;
            let mut weights = around.build(function, &rows)?;
            if row_standardised {
                weights = weights.row_standardised();
            }
            let points = around.points(&rows)?;
            let links = weights.to_adjacency();
            let ids = rows.input.column(id.at);
            let units = |side: &[u32]| {
                let units: Vec<usize> = side.iter().map(|unit| *unit as usize).collect();
                pick(function, ids, &units)
            };
            let lines = links.focal.iter().zip(&links.neighbor).map(|(from, to)| {
                let ends = [from, to].map(|unit| points.get(*unit as usize).copied().flatten());
                (from != to).then_some(line(ends[0]?, ends[1]?))
            });
            Ok(vec![
                units(&links.focal)?,
                units(&links.neighbor)?,
                numbers(links.weight.iter().map(|weight| Some(*weight))),
                Arc::new(lines.collect::<BinaryArray>()),
            ])
        }),
    })
}

fn line(from: Point, to: Point) -> Vec<u8> {
    let mut bytes = Vec::new();
    let line = Line::new(from, to);
    write_line(&mut bytes, &line, &WriteOptions::default()).expect("memory takes every line");
    bytes
}
