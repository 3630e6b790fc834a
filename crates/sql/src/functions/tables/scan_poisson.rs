//! `scan_poisson`: circles with more, or fewer, cases than expected.

use arrow::array::RecordBatch;
use safeground_stats::scan::{
    Excess, MonteCarlo, Places, Rates, ScanParams, Shape, SpatialCounts, WindowLimits,
    circular_scan,
};
use safeground_stats::weights::Position;

use super::call::{Argument, Call, Kind, optional, required};
use super::error::StatisticsError;
use super::function::{
    ColumnKind, ID, Inputs, RowLimits, TableFunctionSpec, Task, booleans, column, counts, numbers,
    words,
};
use super::inputs::{ID_ARGUMENT, INPUT_ARGUMENTS, id_column, value_column};
use super::positions::Positions;
use super::units::{NamedColumn, in_order, pick};

const OWN: &[Argument] = &[
    required(
        "value",
        Kind::Column,
        "Column of cases: whole numbers, none null.",
    ),
    required(
        "exposure",
        Kind::Column,
        "Column of the population at risk, or of expected cases; none null.",
    ),
    optional(
        "cell",
        Kind::Column,
        "the id",
        "Column of H3 cells, whose centres are the places.",
    ),
    optional(
        "latitude",
        Kind::Column,
        "",
        "Column of degrees north, with longitude.",
    ),
    optional(
        "longitude",
        Kind::Column,
        "",
        "Column of degrees east, with latitude.",
    ),
    optional(
        "rates",
        Kind::Word,
        "'high'",
        "Which clusters to look for: 'high', 'low' or 'both'.",
    ),
    optional(
        "max_share",
        Kind::Number,
        "0.5",
        "Largest share of the population in a cluster, above 0 and at most 1.",
    ),
    optional(
        "simulations",
        Kind::Integer,
        "999",
        "Simulated data sets of the test, up to 99,999; 0 for no p-values.",
    ),
    optional("seed", Kind::Integer, "1", "Seed of the simulations."),
];

/// The function.
pub(super) static SPEC: TableFunctionSpec = TableFunctionSpec {
    name: "scan_poisson",
    description: "Kulldorff's circular scan statistic for Poisson counts (1997): one row for each unit of each cluster, the most likely cluster first. No row means no cluster.",
    arguments: &[INPUT_ARGUMENTS, ID_ARGUMENT, OWN],
    columns: &[
        column(
            "cluster",
            ColumnKind::Count,
            "Number of the cluster, 1 the most likely.",
        ),
        ID,
        column(
            "is_centre",
            ColumnKind::Boolean,
            "Whether the unit is the centre of the circle.",
        ),
        column("units", ColumnKind::Count, "Units in the cluster."),
        column(
            "radius_m",
            ColumnKind::Number,
            "Metres from the centre to the farthest unit.",
        ),
        column("excess", ColumnKind::Word, "'high' or 'low'."),
        column("observed", ColumnKind::Count, "Cases in the cluster."),
        column(
            "expected",
            ColumnKind::Number,
            "Cases expected in the cluster under one rate everywhere.",
        ),
        column(
            "relative_risk",
            ColumnKind::Number,
            "Rate inside over rate outside; null where there is none outside.",
        ),
        column(
            "log_likelihood_ratio",
            ColumnKind::Number,
            "Log likelihood ratio.",
        ),
        column(
            "p",
            ColumnKind::Number,
            "Monte Carlo p-value, adjusted for all circles looked at; null without simulations.",
        ),
        column(
            "p_gumbel",
            ColumnKind::Number,
            "p-value by the Gumbel approximation.",
        ),
    ],
    example: "SELECT * FROM scan_poisson(input => (SELECT cell, cases, children FROM counts), id => cell, value => cases, exposure => children, seed => 7)",
    // Work grows with the square of the number of rows.
    rows: RowLimits {
        default: 10_000,
        most: 50_000,
    },
    bind,
};

fn bind(call: &Call, inputs: &Inputs) -> Result<Task, StatisticsError> {
    let id = id_column(call, inputs)?;
    let cases = value_column(call, "value", inputs)?;
    let exposure = value_column(call, "exposure", inputs)?;
    let positions = Positions::bind(call, &id, &inputs.input)?;
    let function = call.function;
    let statistic = move |source| StatisticsError::Statistic { function, source };
    let simulations = call.integer("simulations", 999, 0..=99_999)? as usize;
    let seed = call.integer("seed", 1, 0..=u64::MAX)?;
    let mut params = ScanParams::new(MonteCarlo::new(simulations, seed));
    params.rates = call.word(
        "rates",
        &[
            ("high", Rates::High),
            ("low", Rates::Low),
            ("both", Rates::Both),
        ],
    )?;
    params.limits =
        WindowLimits::new(call.number("max_share")?.unwrap_or(0.5)).map_err(statistic)?;
    Ok(Task {
        schema: SPEC.schema(Some(&inputs.input.fields()[id.at]))?,
        run: Box::new(move |rows| {
            let input = in_order(&rows.input, &id)?;
            let observed = whole(&cases, &input)?;
            let expected = present(&exposure, exposure.numbers(&input)?)?;
            let positions: Vec<Position> = present(&id, positions.read(&input)?)?;
            let places = Places::geographic(&positions).map_err(statistic)?;
            let field = SpatialCounts::poisson(&observed, &expected).map_err(statistic)?;
            let scan = circular_scan(&places, &field, &params).map_err(statistic)?;
            let members: Vec<(usize, usize)> = scan
                .clusters
                .iter()
                .enumerate()
                .flat_map(|(place, cluster)| {
                    let mut members = cluster.members.clone();
                    members.sort_unstable();
                    members.into_iter().map(move |unit| (place, unit))
                })
                .collect();
            let cluster = || members.iter().map(|(place, _)| &scan.clusters[*place]);
            let units: Vec<usize> = members.iter().map(|(_, unit)| *unit).collect();
            Ok(vec![
                counts(members.iter().map(|(place, _)| Some(place + 1))),
                pick(function, input.column(id.at), &units)?,
                booleans(
                    cluster()
                        .zip(&units)
                        .map(|(cluster, unit)| Some(cluster.centre == *unit)),
                ),
                counts(cluster().map(|cluster| Some(cluster.members.len()))),
                numbers(cluster().map(|cluster| match cluster.shape {
                    Shape::Circle { radius } => Some(radius),
                    _ => None,
                })),
                words(cluster().map(|cluster| {
                    Some(match cluster.excess {
                        Excess::High => "high",
                        Excess::Low => "low",
                    })
                })),
                counts(cluster().map(|cluster| usize::try_from(cluster.observed).ok())),
                numbers(cluster().map(|cluster| Some(cluster.expected))),
                numbers(cluster().map(|cluster| cluster.relative_risk)),
                numbers(cluster().map(|cluster| Some(cluster.log_likelihood_ratio))),
                numbers(cluster().map(|cluster| cluster.p)),
                numbers(cluster().map(|cluster| cluster.p_gumbel)),
            ])
        }),
    })
}

/// All of a column's entries.
fn present<T>(column: &NamedColumn, entries: Vec<Option<T>>) -> Result<Vec<T>, StatisticsError> {
    let rows = entries.len();
    let present: Vec<T> = entries.into_iter().flatten().collect();
    if present.len() < rows {
        return Err(StatisticsError::Null {
            function: column.function,
            name: column.argument,
            column: column.name.clone(),
            rows: rows - present.len(),
        });
    }
    Ok(present)
}

/// A column's entries as whole numbers.
fn whole(column: &NamedColumn, input: &RecordBatch) -> Result<Vec<u64>, StatisticsError> {
    let numbers = present(column, column.numbers(input)?)?;
    // Doubles hold whole numbers exactly up to 2⁵³.
    let is_whole = |number: &f64| *number >= 0.0 && number.fract() == 0.0 && *number < 9e15;
    let wrong = numbers.iter().filter(|number| !is_whole(number)).count();
    if wrong > 0 {
        return Err(StatisticsError::Unreadable {
            function: column.function,
            column: column.name.clone(),
            rows: wrong,
            expected: "whole numbers from 0",
        });
    }
    Ok(numbers.into_iter().map(|number| number as u64).collect())
}
