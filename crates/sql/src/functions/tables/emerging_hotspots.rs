//! `emerging_hotspots`: how hot spots came and went.

use arrow::compute::take_record_batch;
use safeground_stats::space_time::{
    EmergingHotspotParams, SpaceTimeCube, SpaceTimeGiStarParams, SporadicRule, emerging_hotspots,
};

use super::call::{Argument, Call, Kind, optional};
use super::error::StatisticsError;
use super::function::{
    ColumnKind, ID, Inputs, MANY_ROWS, Rows, TableFunctionSpec, Task, column, counts, numbers,
    words,
};
use super::inputs::INPUT_ARGUMENTS;
use super::neighbours::{self, Neighbours};
use super::panel::{self, PanelColumns};
use super::significance::{Correction, correction_argument};
use super::status::Status;
use super::units::indices;

const OWN: &[Argument] = &[
    optional(
        "periods_back",
        Kind::Integer,
        "1",
        "Earlier periods that belong to a neighbourhood, 0 to 1,000.",
    ),
    optional(
        "significance",
        Kind::Number,
        "0.05",
        "Largest corrected p-value of a hot or cold period.",
    ),
    optional(
        "trend_significance",
        Kind::Number,
        "0.05",
        "Largest p-value of a trend of z.",
    ),
    optional(
        "sporadic",
        Kind::Word,
        "'any'",
        "Whether a sporadic spot may be one in 'any' period or must be in the 'final' one.",
    ),
];

const CORRECTION: &[Argument] = &[correction_argument(
    "Correction for many tests of the p-values of Gi*, over all units and periods together, before they are held against significance: 'bh' (Benjamini & Hochberg), 'by' (Benjamini & Yekutieli), 'bonferroni', 'none'. Trends are not corrected.",
)];

/// The function.
pub(super) static SPEC: TableFunctionSpec = TableFunctionSpec {
    name: "emerging_hotspots",
    description: "Category of each unit by its history: Gi* of every period against the whole record, then the pattern of hot and cold periods and the trend of z. Columns for neighbours are read from each unit's first row.",
    arguments: &[
        INPUT_ARGUMENTS,
        panel::ARGUMENTS,
        OWN,
        neighbours::ARGUMENTS,
        CORRECTION,
    ],
    columns: &[
        ID,
        column(
            "category",
            ColumnKind::Word,
            "One of 17, such as 'new_hot_spot', 'intensifying_hot_spot', 'historical_cold_spot' or 'no_pattern'.",
        ),
        column(
            "periods",
            ColumnKind::Count,
            "Periods in which Gi* is defined.",
        ),
        column(
            "hot_periods",
            ColumnKind::Count,
            "Periods in which the unit is hot.",
        ),
        column(
            "cold_periods",
            ColumnKind::Count,
            "Periods in which the unit is cold.",
        ),
        column(
            "trend_z",
            ColumnKind::Number,
            "Mann-Kendall z of the unit's Gi*; null where undefined.",
        ),
        column(
            "trend_p",
            ColumnKind::Number,
            "Its two-sided p-value, not corrected.",
        ),
        column(
            "status",
            ColumnKind::Word,
            "'computed'; 'no_data' for a unit without any value; 'undefined' where Gi* of the final period is, as without a neighbour.",
        ),
    ],
    example: "SELECT * FROM emerging_hotspots(input => (SELECT cell, month, cases FROM counts), id => cell, time => month, value => cases, k => 1)",
    rows: MANY_ROWS,
    bind,
};

fn bind(call: &Call, inputs: &Inputs) -> Result<Task, StatisticsError> {
    let columns = PanelColumns::bind(call, inputs)?;
    let around = Neighbours::bind(call, &columns.id, inputs)?;
    let function = call.function;
    let statistic = move |source| StatisticsError::Statistic { function, source };
    let mut params = EmergingHotspotParams::new(
        call.share("significance", 0.05)?,
        call.share("trend_significance", 0.05)?,
    )
    .map_err(statistic)?;
    let back = call.integer("periods_back", 1, 0..=1_000)? as usize;
    params.gi_star = SpaceTimeGiStarParams::new(back);
    params.adjustment = Correction::bind(call)?.0;
    params.sporadic = call.word(
        "sporadic",
        &[
            ("any", SporadicRule::AnyPeriod),
            ("final", SporadicRule::FinalPeriod),
        ],
    )?;
    Ok(Task {
        schema: SPEC.schema(Some(&inputs.input.fields()[columns.id.at]))?,
        run: Box::new(move |rows| {
            let panel = columns.read(&rows.input)?;
            let units = Rows {
                input: take_record_batch(&rows.input, &indices(&panel.units))
                    .map_err(|source| StatisticsError::Arrow { function, source })?,
                weights: rows.weights.clone(),
            };
            let weights = around.build(function, &units)?;
            let cube = SpaceTimeCube::new(panel.units.len(), panel.periods, &panel.values)
                .map_err(statistic)?;
            let places = emerging_hotspots(&cube, &weights, &params).map_err(statistic)?;
            Ok(vec![
                std::sync::Arc::clone(units.input.column(columns.id.at)),
                words(places.iter().map(|place| Some(place.category?.as_str()))),
                counts(places.iter().map(|place| Some(place.periods))),
                counts(places.iter().map(|place| Some(place.hot))),
                counts(places.iter().map(|place| Some(place.cold))),
                numbers(places.iter().map(|place| Some(place.trend?.z))),
                numbers(places.iter().map(|place| Some(place.trend?.p))),
                words(places.iter().enumerate().map(|(unit, place)| {
                    let status = match place.category {
                        Some(_) => Status::Computed,
                        None if panel.series(unit).iter().all(Option::is_none) => Status::NoData,
                        None => Status::Undefined,
                    };
                    Some(status.as_str())
                })),
            ])
        }),
    })
}
