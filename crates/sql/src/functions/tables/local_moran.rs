//! `local_moran`: which units are like their neighbours, and which stand out.

use std::sync::Arc;

use safeground_stats::StatsError;
use safeground_stats::local::{
    ClusterClass, LocalMoranParams, Quadrant, VarianceDivisor, local_moran,
    local_moran_permutation, rate_deviates,
};
use safeground_stats::significance::Alternative;
use safeground_stats::weights::SpatialWeights;

use super::call::{Argument, Call, Kind, optional};
use super::error::StatisticsError;
use super::function::{
    ColumnKind, ID, Inputs, MANY_ROWS, TableFunctionSpec, Task, column, counts, numbers, words,
};
use super::getis_ord_gi::neighbours_with_value;
use super::inputs::{
    ID_ARGUMENT, INPUT_ARGUMENTS, VALUE_ARGUMENT, id_column, optional_value_column, value_column,
};
use super::neighbours::{self, Neighbours, ordered};
use super::significance::{CORRECTION_ARGUMENTS, Correction, PERMUTATION_ARGUMENTS, conditional};
use super::status::{self, Status};

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
    optional(
        "cutoff",
        Kind::Number,
        "0.05",
        "Largest p_adjusted of a unit that gets a class.",
    ),
];

/// The function.
pub(super) static SPEC: TableFunctionSpec = TableFunctionSpec {
    name: "local_moran",
    description: "Local Moran's I of each unit (Anselin 1995), with its class on a cluster map.",
    arguments: &[
        INPUT_ARGUMENTS,
        ID_ARGUMENT,
        VALUE_ARGUMENT,
        OWN,
        neighbours::ARGUMENTS,
        PERMUTATION_ARGUMENTS,
        CORRECTION_ARGUMENTS,
    ],
    columns: &[
        ID,
        column(
            "value",
            ColumnKind::Number,
            "The value, or the standardised rate if there is an exposure.",
        ),
        column("neighbours", ColumnKind::Count, "Neighbours with a value."),
        column(
            "statistic",
            ColumnKind::Number,
            "Local Moran's I, divisor n − 1: above 0 among like, below 0 among unlike neighbours.",
        ),
        column(
            "expected",
            ColumnKind::Number,
            "Its expectation with the unit's own value held.",
        ),
        column(
            "variance",
            ColumnKind::Number,
            "Its variance with the unit's own value held.",
        ),
        column("z", ColumnKind::Number, "Standard deviate."),
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
            "quadrant",
            ColumnKind::Word,
            "'high_high', 'low_high', 'low_low' or 'high_low': the unit first, then its neighbours.",
        ),
        column(
            "class",
            ColumnKind::Word,
            "The quadrant where p_adjusted is at most cutoff, else 'not_significant'.",
        ),
        column("status", ColumnKind::Word, status::LOCAL),
    ],
    example: "SELECT * FROM local_moran(input => (SELECT cell, cases FROM counts), id => cell, value => cases, permutations => 999, seed => 7)",
    rows: MANY_ROWS,
    bind,
};

fn bind(call: &Call, inputs: &Inputs) -> Result<Task, StatisticsError> {
    let id = id_column(call, inputs)?;
    let value = value_column(call, "value", inputs)?;
    let exposure = optional_value_column(call, "exposure", inputs)?;
    let around = Neighbours::bind(call, &id, inputs)?;
    let row_standardised = call.boolean("row_standardised", true)?;
    let cutoff = call.share("cutoff", 0.05)?;
    let permutation = conditional(call)?;
    let correction = Correction::bind(call)?;
    let function = call.function;
    let params = LocalMoranParams::new(VarianceDivisor::UnitsLessOne);
    Ok(Task {
        schema: SPEC.schema(Some(&inputs.input.fields()[id.at]))?,
        run: Box::new(move |rows| {
            let rows = ordered(rows, &id)?;
            let statistic = |source| StatisticsError::Statistic { function, source };
            let mut values = value.numbers(&rows.input)?;
            if let Some(exposure) = &exposure {
                let exposures = exposure.numbers(&rows.input)?;
                values = rate_deviates(&values, &exposures).map_err(statistic)?;
            }
            let around = around.build(function, &rows)?;
            // First out with the units without a value, so that the shares of a
            // row are shares of the neighbours that have one.
            let mut weights = among_known(&around, &values).map_err(statistic)?;
            if row_standardised {
                weights = weights.row_standardised();
            }
            let results = local_moran(&values, &weights, &params).map_err(statistic)?;
            let p_values: Vec<Option<f64>> = match &permutation {
                None => results
                    .iter()
                    .map(|unit| unit.as_ref()?.conditional.map(|moments| moments.p))
                    .collect(),
                Some(permutation) => {
                    local_moran_permutation(&values, &weights, &params, permutation)
                        .map_err(statistic)?
                        .iter()
                        .map(|unit| unit.map(|unit| unit.p(Alternative::TwoSided)))
                        .collect()
                }
            };
            let adjusted = correction.of(&p_values);
            let near = neighbours_with_value(&values, &weights);
            let moments = || {
                results
                    .iter()
                    .map(|unit| unit.as_ref().and_then(|unit| unit.conditional))
            };
            Ok(vec![
                Arc::clone(rows.input.column(id.at)),
                numbers(values.iter().copied()),
                counts(near.iter().map(|count| Some(*count))),
                numbers(results.iter().map(|unit| unit.map(|unit| unit.statistic))),
                numbers(moments().map(|moments| Some(moments?.expectation))),
                numbers(moments().map(|moments| Some(moments?.variance))),
                numbers(moments().map(|moments| Some(moments?.z))),
                numbers(p_values),
                numbers(adjusted.iter().copied()),
                words(
                    results
                        .iter()
                        .map(|unit| unit.map(|unit| quadrant(unit.quadrant))),
                ),
                words(results.iter().zip(&adjusted).map(|(unit, adjusted)| {
                    let unit = unit.as_ref()?;
                    Some(
                        match ClusterClass::of_moran(unit.quadrant, (*adjusted)?, cutoff) {
                            ClusterClass::NotSignificant => "not_significant",
                            _ => quadrant(unit.quadrant),
                        },
                    )
                })),
                words((0..values.len()).map(|unit| {
                    let computed = results[unit].is_some();
                    Some(Status::of(values[unit].is_some(), near[unit], computed).as_str())
                })),
            ])
        }),
    })
}

/// The links between units that have a value.
fn among_known(
    weights: &SpatialWeights,
    values: &[Option<f64>],
) -> Result<SpatialWeights, StatsError> {
    let known = |unit: usize| values[unit].is_some();
    let lists = (0..values.len()).map(|unit| {
        let links = weights.weighted(unit);
        links
            .filter(|(neighbour, _)| known(unit) && known(*neighbour))
            .collect()
    });
    SpatialWeights::from_weighted_lists(lists.collect())
}

fn quadrant(quadrant: Quadrant) -> &'static str {
    match quadrant {
        Quadrant::HighHigh => "high_high",
        Quadrant::LowHigh => "low_high",
        Quadrant::LowLow => "low_low",
        Quadrant::HighLow => "high_low",
    }
}
