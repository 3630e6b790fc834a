//! `global_moran`: whether values cluster at all.

use safeground_stats::StatsError;
use safeground_stats::global::{
    Autocorrelation, AutocorrelationParams, EbMoranParams, Permutations, eb_moran_i, moran_i,
};
use safeground_stats::significance::Alternative;

use super::call::{Argument, Call, Kind, optional};
use super::error::StatisticsError;
use super::function::{
    ColumnKind, Inputs, MANY_ROWS, TableFunctionSpec, Task, column, counts, numbers, words,
};
use super::inputs::{
    ID_ARGUMENT, INPUT_ARGUMENTS, VALUE_ARGUMENT, id_column, optional_value_column, value_column,
};
use super::neighbours::{self, Neighbours, ordered};
use super::significance::{PERMUTATION_ARGUMENTS, permutations};
use super::status::Status;

const OWN: &[Argument] = &[
    optional(
        "exposure",
        Kind::Column,
        "",
        "Column of exposures: value is then a count, and the statistic that of empirical Bayes standardised rates (Assunção & Reis 1999).",
    ),
    optional(
        "row_standardised",
        Kind::Boolean,
        "true",
        "Whether the weights of a unit are divided by their sum.",
    ),
];

/// The function.
pub(super) static SPEC: TableFunctionSpec = TableFunctionSpec {
    name: "global_moran",
    description: "Moran's I of all units together: one row. Units without a value or a neighbour are left out.",
    arguments: &[
        INPUT_ARGUMENTS,
        ID_ARGUMENT,
        VALUE_ARGUMENT,
        OWN,
        neighbours::ARGUMENTS,
        PERMUTATION_ARGUMENTS,
    ],
    columns: &[
        column("statistic", ColumnKind::Number, "Moran's I."),
        column("units", ColumnKind::Count, "Units in the formula."),
        column(
            "expected",
            ColumnKind::Number,
            "Expectation under randomisation.",
        ),
        column(
            "variance",
            ColumnKind::Number,
            "Variance under randomisation.",
        ),
        column(
            "z",
            ColumnKind::Number,
            "Standard deviate under randomisation.",
        ),
        column("p", ColumnKind::Number, "Two-sided p-value of z."),
        column("permutations", ColumnKind::Count, "Permutations made."),
        column(
            "p_permutation",
            ColumnKind::Number,
            "Two-sided pseudo p-value of the permutations; null without any.",
        ),
        column(
            "status",
            ColumnKind::Word,
            "'computed', or 'undefined' where all values are equal, no two units with a value are neighbours, or too few have one.",
        ),
    ],
    example: "SELECT * FROM global_moran(input => (SELECT cell, cases FROM counts), id => cell, value => cases, permutations => 999)",
    rows: MANY_ROWS,
    bind,
};

fn bind(call: &Call, inputs: &Inputs) -> Result<Task, StatisticsError> {
    let id = id_column(call, inputs)?;
    let value = value_column(call, "value", inputs)?;
    let exposure = optional_value_column(call, "exposure", inputs)?;
    let around = Neighbours::bind(call, &id, inputs)?;
    let function = call.function;
    let statistic = move |source| StatisticsError::Statistic { function, source };
    let mut params = if call.boolean("row_standardised", true)? {
        AutocorrelationParams::row_standardised()
    } else {
        AutocorrelationParams::as_given()
    };
    let (count, seed) = permutations(call)?;
    if count > 0 {
        params = params.with_permutations(Permutations::new(count, seed).map_err(statistic)?);
    }
    Ok(Task {
        schema: SPEC.schema(None)?,
        run: Box::new(move |rows| {
            let rows = ordered(rows, &id)?;
            let values = value.numbers(&rows.input)?;
            let weights = around.build(function, &rows)?;
            let result = match &exposure {
                None => moran_i(&values, &weights, &params),
                Some(exposure) => {
                    let exposures = exposure.numbers(&rows.input)?;
                    eb_moran_i(&values, &exposures, &weights, &EbMoranParams::new(params))
                }
            };
            let result: Option<Autocorrelation> = match result {
                Ok(result) => Some(result),
                // Not a mistake in the query: these data have no answer.
                Err(
                    StatsError::Constant { .. }
                    | StatsError::TooFew { .. }
                    | StatsError::NoLinks { .. },
                ) => None,
                Err(source) => return Err(statistic(source)),
            };
            let result = result.as_ref();
            let deviate = result.and_then(|result| result.randomisation);
            let permutation = result.and_then(|result| result.permutation.as_ref());
            let status = match result {
                Some(_) => Status::Computed,
                None => Status::Undefined,
            };
            Ok(vec![
                numbers([result.map(|result| result.statistic)]),
                counts([result.map(|result| result.units)]),
                numbers([deviate.map(|deviate| deviate.expected)]),
                numbers([deviate.map(|deviate| deviate.variance)]),
                numbers([deviate.map(|deviate| deviate.z)]),
                numbers([deviate.map(|deviate| deviate.p(Alternative::TwoSided))]),
                counts([permutation.map(|test| test.tails.permutations)]),
                numbers([permutation.map(|test| test.p(Alternative::TwoSided))]),
                words([Some(status.as_str())]),
            ])
        }),
    })
}
