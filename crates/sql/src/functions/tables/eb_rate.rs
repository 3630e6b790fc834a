//! `eb_rate`: rates that small places can bear.

use std::sync::Arc;

use safeground_stats::rates::{
    GammaPosterior, SpatialEmpiricalBayesParams, empirical_bayes, raw_rates,
    spatial_empirical_bayes,
};

use super::call::{Argument, Call, Kind, optional, required};
use super::error::StatisticsError;
use super::function::{
    ColumnKind, ID, Inputs, MANY_ROWS, TableFunctionSpec, Task, column, numbers, words,
};
use super::inputs::{ID_ARGUMENT, INPUT_ARGUMENTS, id_column, value_column};
use super::neighbours::{self, Neighbours, ordered};

const OWN: &[Argument] = &[
    required("value", Kind::Column, "Column of counts; null is no data."),
    required(
        "exposure",
        Kind::Column,
        "Column of exposures: children, households, staff-days.",
    ),
    optional(
        "method",
        Kind::Word,
        "'global'",
        "What rates are drawn towards: 'global', the rate of all units, or 'spatial', that of the unit with its neighbours.",
    ),
    optional(
        "level",
        Kind::Number,
        "0.95",
        "Level of the interval, between 0 and 1.",
    ),
];

/// The function.
pub(super) static SPEC: TableFunctionSpec = TableFunctionSpec {
    name: "eb_rate",
    description: "Empirical Bayes rate of each unit (Marshall 1991), per unit of exposure: small places are drawn towards the rate of all, or of their neighbourhood.",
    arguments: &[INPUT_ARGUMENTS, ID_ARGUMENT, OWN, neighbours::ARGUMENTS],
    columns: &[
        ID,
        column("count", ColumnKind::Number, "The count as given."),
        column("exposure", ColumnKind::Number, "The exposure as given."),
        column("raw_rate", ColumnKind::Number, "Count over exposure."),
        column("rate", ColumnKind::Number, "Empirical Bayes rate."),
        column(
            "low",
            ColumnKind::Number,
            "Lower end of the posterior interval; null where the data do not tell its width.",
        ),
        column(
            "high",
            ColumnKind::Number,
            "Upper end of the posterior interval.",
        ),
        column(
            "prior_mean",
            ColumnKind::Number,
            "Rate that the unit's is drawn towards.",
        ),
        column(
            "prior_variance",
            ColumnKind::Number,
            "Variance of the true rates around it; 0 where counts vary no more than by chance.",
        ),
        column(
            "status",
            ColumnKind::Word,
            "'computed'; 'no_data' where the count is null; 'no_exposure' where the exposure is null or 0; 'undefined' where a whole neighbourhood has no case.",
        ),
    ],
    example: "SELECT * FROM eb_rate(input => (SELECT place_id, cases, children FROM counts), id => place_id, value => cases, exposure => children)",
    rows: MANY_ROWS,
    bind,
};

struct Estimate {
    rate: f64,
    prior_mean: f64,
    prior_variance: f64,
    posterior: Option<GammaPosterior>,
}

fn bind(call: &Call, inputs: &Inputs) -> Result<Task, StatisticsError> {
    let id = id_column(call, inputs)?;
    let count = value_column(call, "value", inputs)?;
    let exposure = value_column(call, "exposure", inputs)?;
    let spatial = call.word("method", &[("global", false), ("spatial", true)])?;
    let around = spatial
        .then(|| Neighbours::bind(call, &id, inputs))
        .transpose()?;
    let level = call.share("level", 0.95)?;
    let function = call.function;
    Ok(Task {
        schema: SPEC.schema(Some(&inputs.input.fields()[id.at]))?,
        run: Box::new(move |rows| {
            let rows = ordered(rows, &id)?;
            let statistic = |source| StatisticsError::Statistic { function, source };
            let observed = count.numbers(&rows.input)?;
            let exposures = exposure.numbers(&rows.input)?;
            let raw = raw_rates(&observed, &exposures, 1.0).map_err(statistic)?;
            let estimates: Vec<Option<Estimate>> = match &around {
                None => {
                    let result = empirical_bayes(&observed, &exposures).map_err(statistic)?;
                    let prior = result.prior_mean.zip(result.prior_variance);
                    result
                        .rates
                        .iter()
                        .zip(&result.posteriors)
                        .map(|(rate, posterior)| {
                            let (prior_mean, prior_variance) = prior?;
                            Some(Estimate {
                                rate: (*rate)?,
                                prior_mean,
                                prior_variance,
                                posterior: *posterior,
                            })
                        })
                        .collect()
                }
                Some(around) => {
                    let weights = around.build(function, &rows)?;
                    let params = SpatialEmpiricalBayesParams::marshall();
                    spatial_empirical_bayes(&observed, &exposures, &weights, &params)
                        .map_err(statistic)?
                        .iter()
                        .zip(observed.iter().zip(&exposures))
                        .map(|(local, (count, exposure))| {
                            let local = local.as_ref()?;
                            Some(Estimate {
                                rate: local.rate,
                                prior_mean: local.prior_mean,
                                prior_variance: local.prior_variance,
                                posterior: local.posterior((*count)?, (*exposure)?),
                            })
                        })
                        .collect()
                }
            };
            let of = |part: fn(&Estimate) -> f64| {
                numbers(estimates.iter().map(|unit| unit.as_ref().map(part)))
            };
            let intervals = estimates
                .iter()
                .map(|unit| {
                    let posterior = unit.as_ref().and_then(|unit| unit.posterior);
                    posterior
                        .map(|posterior| posterior.interval_at(level))
                        .transpose()
                })
                .collect::<Result<Vec<_>, _>>()
                .map_err(statistic)?;
            Ok(vec![
                Arc::clone(rows.input.column(id.at)),
                numbers(observed.iter().copied()),
                numbers(exposures.iter().copied()),
                numbers(raw),
                of(|unit| unit.rate),
                numbers(intervals.iter().map(|interval| interval.map(|it| it.low))),
                numbers(intervals.iter().map(|interval| interval.map(|it| it.high))),
                of(|unit| unit.prior_mean),
                of(|unit| unit.prior_variance),
                words(estimates.iter().zip(observed.iter().zip(&exposures)).map(
                    |(unit, (count, exposure))| {
                        Some(match (unit, count, exposure) {
                            (Some(_), _, _) => "computed",
                            (None, None, _) => "no_data",
                            (None, _, None) => "no_exposure",
                            (None, _, Some(exposure)) if *exposure == 0.0 => "no_exposure",
                            _ => "undefined",
                        })
                    },
                )),
            ])
        }),
    })
}
