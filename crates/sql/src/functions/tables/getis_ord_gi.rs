//! `getis_ord_gi`: where high or low values cluster.

use std::sync::Arc;

use safeground_stats::local::{GetisOrdParams, HotspotClass, getis_ord, getis_ord_permutation};
use safeground_stats::significance::Alternative;

use super::call::{Argument, Call, Kind, optional};
use super::error::StatisticsError;
use super::function::{
    ColumnKind, ID, Inputs, MANY_ROWS, TableFunctionSpec, Task, column, counts, numbers, words,
};
use super::inputs::{ID_ARGUMENT, INPUT_ARGUMENTS, VALUE_ARGUMENT, id_column, value_column};
use super::neighbours::{self, Neighbours, ordered};
use super::significance::{CORRECTION_ARGUMENTS, Correction, PERMUTATION_ARGUMENTS, conditional};
use super::status::{self, Status};

const STAR: &[Argument] = &[optional(
    "star",
    Kind::Boolean,
    "true",
    "Gi*, which counts the unit among its neighbours; false for Gi, which does not.",
)];

/// The function.
pub(super) static SPEC: TableFunctionSpec = TableFunctionSpec {
    name: "getis_ord_gi",
    description: "Getis-Ord Gi* or Gi of each unit (Ord & Getis 1995): the sum of the values around it against what chance would put there.",
    arguments: &[
        INPUT_ARGUMENTS,
        ID_ARGUMENT,
        VALUE_ARGUMENT,
        STAR,
        neighbours::ARGUMENTS,
        PERMUTATION_ARGUMENTS,
        CORRECTION_ARGUMENTS,
    ],
    columns: &[
        ID,
        column("value", ColumnKind::Number, "The value as given."),
        column(
            "neighbours",
            ColumnKind::Count,
            "Neighbours with a value, the unit itself not counted.",
        ),
        column(
            "z",
            ColumnKind::Number,
            "Standard deviate; above 0 where high values cluster.",
        ),
        column(
            "p",
            ColumnKind::Number,
            "Two-sided p-value: of z, or of the permutations if there are any.",
        ),
        column(
            "p_adjusted",
            ColumnKind::Number,
            "p after the correction over all units.",
        ),
        column(
            "class",
            ColumnKind::Word,
            "'hot_99', 'hot_95', 'hot_90', 'not_significant', 'cold_90', 'cold_95' or 'cold_99', by z and p_adjusted.",
        ),
        column("status", ColumnKind::Word, status::LOCAL),
    ],
    example: "SELECT * FROM getis_ord_gi(input => (SELECT cell, cases FROM counts), id => cell, value => cases, neighbours => 'h3', k => 1)",
    rows: MANY_ROWS,
    bind,
};

fn bind(call: &Call, inputs: &Inputs) -> Result<Task, StatisticsError> {
    let id = id_column(call, inputs)?;
    let value = value_column(call, "value", inputs)?;
    let around = Neighbours::bind(call, &id, inputs)?;
    let params = if call.boolean("star", true)? {
        GetisOrdParams::star()
    } else {
        GetisOrdParams::plain()
    };
    let permutation = conditional(call)?;
    let correction = Correction::bind(call)?;
    let function = call.function;
    Ok(Task {
        schema: SPEC.schema(Some(&inputs.input.fields()[id.at]))?,
        run: Box::new(move |rows| {
            let rows = ordered(rows, &id)?;
            let statistic = |source| StatisticsError::Statistic { function, source };
            let values = value.numbers(&rows.input)?;
            let weights = around.build(function, &rows)?;
            let results = getis_ord(&values, &weights, &params).map_err(statistic)?;
            let p_values: Vec<Option<f64>> = match &permutation {
                None => results
                    .iter()
                    .map(|unit| unit.map(|unit| unit.p()))
                    .collect(),
                Some(permutation) => getis_ord_permutation(&values, &weights, permutation)
                    .map_err(statistic)?
                    .iter()
                    .map(|unit| unit.map(|unit| unit.p(Alternative::TwoSided)))
                    .collect(),
            };
            let adjusted = correction.of(&p_values);
            let near = neighbours_with_value(&values, &weights);
            Ok(vec![
                Arc::clone(rows.input.column(id.at)),
                numbers(values.iter().copied()),
                counts(near.iter().map(|count| Some(*count))),
                numbers(results.iter().map(|unit| unit.map(|unit| unit.z))),
                numbers(p_values),
                numbers(adjusted.iter().copied()),
                words(results.iter().zip(&adjusted).map(|(unit, adjusted)| {
                    Some(HotspotClass::of(unit.as_ref()?.z, (*adjusted)?).as_str())
                })),
                words((0..values.len()).map(|unit| {
                    let computed = results[unit].is_some();
                    Some(Status::of(values[unit].is_some(), near[unit], computed).as_str())
                })),
            ])
        }),
    })
}

/// How many neighbours of each unit have a value.
pub(super) fn neighbours_with_value(
    values: &[Option<f64>],
    weights: &safeground_stats::weights::SpatialWeights,
) -> Vec<usize> {
    (0..values.len())
        .map(|unit| {
            weights
                .neighbours(unit)
                .filter(|other| values[*other].is_some())
                .count()
        })
        .collect()
}
