//! `mann_kendall`: whether series rise or fall.

use safeground_stats::StatsError;
use safeground_stats::space_time::{
    MannKendallParams, NullDistribution, SenSlopeParams, mann_kendall, sen_slope,
};

use super::call::{Argument, Call, Kind, optional};
use super::error::StatisticsError;
use super::function::{
    ColumnKind, ID, Inputs, MANY_ROWS, TableFunctionSpec, Task, column, counts, numbers, words,
};
use super::inputs::INPUT_ARGUMENTS;
use super::panel::{self, PanelColumns};
use super::significance::{CORRECTION_ARGUMENTS, Correction};
use super::units::pick;

const OWN: &[Argument] = &[
    optional(
        "distribution",
        Kind::Word,
        "'normal'",
        "Where p is read: 'normal' (with continuity correction) or 'exact' (for short series without ties).",
    ),
    optional(
        "level",
        Kind::Number,
        "0.95",
        "Level of the interval of the slope, between 0 and 1.",
    ),
];

/// The function.
pub(super) static SPEC: TableFunctionSpec = TableFunctionSpec {
    name: "mann_kendall",
    description: "Mann-Kendall test for a trend in each unit's series, with Sen's slope.",
    arguments: &[INPUT_ARGUMENTS, panel::ARGUMENTS, OWN, CORRECTION_ARGUMENTS],
    columns: &[
        ID,
        column("periods", ColumnKind::Count, "Periods with a value."),
        column(
            "s",
            ColumnKind::Number,
            "Kendall's S: pairs that rise minus pairs that fall.",
        ),
        column("variance", ColumnKind::Number, "Variance of S."),
        column("tau_b", ColumnKind::Number, "Kendall's tau-b, −1 to 1."),
        column("z", ColumnKind::Number, "Standard deviate of S."),
        column("p", ColumnKind::Number, "Two-sided p-value."),
        column(
            "p_adjusted",
            ColumnKind::Number,
            "p after the correction over all units.",
        ),
        column(
            "slope",
            ColumnKind::Number,
            "Sen's slope: change of the value per period.",
        ),
        column(
            "slope_low",
            ColumnKind::Number,
            "Lower end of its interval.",
        ),
        column(
            "slope_high",
            ColumnKind::Number,
            "Upper end of its interval.",
        ),
        column(
            "status",
            ColumnKind::Word,
            "'computed'; 'too_few' with fewer than three values; 'constant' where all values are equal, which has a slope of 0 and no test.",
        ),
    ],
    example: "SELECT * FROM mann_kendall(input => (SELECT place_id, month, cases FROM counts), id => place_id, time => month, value => cases)",
    rows: MANY_ROWS,
    bind,
};

fn bind(call: &Call, inputs: &Inputs) -> Result<Task, StatisticsError> {
    let columns = PanelColumns::bind(call, inputs)?;
    let function = call.function;
    let statistic = move |source| StatisticsError::Statistic { function, source };
    let params = MannKendallParams {
        distribution: call.word(
            "distribution",
            &[
                ("normal", NullDistribution::NormalWithContinuity),
                ("exact", NullDistribution::Exact),
            ],
        )?,
    };
    let level = SenSlopeParams::new(call.share("level", 0.95)?).map_err(statistic)?;
    let correction = Correction::bind(call)?;
    Ok(Task {
        schema: SPEC.schema(Some(&inputs.input.fields()[columns.id.at]))?,
        run: Box::new(move |rows| {
            let panel = columns.read(&rows.input)?;
            let mut tests = Vec::with_capacity(panel.units.len());
            let mut slopes = Vec::with_capacity(panel.units.len());
            let mut periods = Vec::with_capacity(panel.units.len());
            let mut statuses = Vec::with_capacity(panel.units.len());
            for unit in 0..panel.units.len() {
                let series = panel.series(unit);
                let (test, status) = match mann_kendall(&series, &params) {
                    Ok(test) => (Some(test), "computed"),
                    Err(StatsError::TooFew { .. }) => (None, "too_few"),
                    Err(StatsError::Constant { .. }) => (None, "constant"),
                    Err(source) => return Err(statistic(source)),
                };
                slopes.push(match status {
                    "too_few" => None,
                    _ => Some(sen_slope(&series, &level).map_err(statistic)?),
                });
                periods.push(Some(series.iter().flatten().count()));
                tests.push(test);
                statuses.push(Some(status));
            }
            let p_values: Vec<_> = tests.iter().map(|test| Some(test.as_ref()?.p)).collect();
            let adjusted = correction.of(&p_values);
            let of = |part: fn(&safeground_stats::space_time::MannKendall) -> f64| {
                numbers(tests.iter().map(|test| test.as_ref().map(part)))
            };
            let slope = |part: fn(&safeground_stats::space_time::SenSlope) -> f64| {
                numbers(slopes.iter().map(|slope| slope.as_ref().map(part)))
            };
            Ok(vec![
                pick(function, rows.input.column(columns.id.at), &panel.units)?,
                counts(periods),
                of(|test| test.s as f64),
                of(|test| test.variance),
                of(|test| test.tau_b),
                of(|test| test.z),
                of(|test| test.p),
                numbers(adjusted),
                slope(|slope| slope.slope),
                slope(|slope| slope.low),
                slope(|slope| slope.high),
                words(statuses),
            ])
        }),
    })
}
