//! Rolling-origin back-tests.

use rayon::prelude::*;

use super::comparison::{Comparison, ComparisonParams, Measure, paired_interval};
use super::scores::Sums;
use super::{Forecast, ForecastModel, History, Scores, Targeting, TargetingParams, targeting};
use crate::StatsError;
use crate::error::{check_length, check_not_negative};

/// Parameters of [`backtest`].
#[derive(Debug, Clone, PartialEq)]
pub struct BacktestParams {
    first_origin: usize,
    horizon: usize,
    step: usize,
    targeting: TargetingParams,
    comparison: ComparisonParams,
    pit_bins: usize,
}

impl BacktestParams {
    /// The first forecast is made from `first_origin` periods, for the next
    /// `horizon`, then from `step` more, and so on.
    ///
    /// Where windows overlap (`step < horizon`) the comparison's blocks should
    /// span them: ⌈horizon/step⌉ origins.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] for a zero.
    pub fn new(
        first_origin: usize,
        horizon: usize,
        step: usize,
        targeting: TargetingParams,
        comparison: ComparisonParams,
    ) -> Result<Self, StatsError> {
        for (what, value) in [
            ("first_origin", first_origin),
            ("horizon", horizon),
            ("step", step),
        ] {
            if value == 0 {
                return Err(StatsError::Parameter {
                    what,
                    value: 0.0,
                    expected: "at least 1 period",
                });
            }
        }
        Ok(Self {
            first_origin,
            horizon,
            step,
            targeting,
            comparison,
            pit_bins: 10,
        })
    }
}

/// Whether a model is on trial or something that it has to beat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// On trial.
    Model,
    /// To be beaten.
    Baseline,
}

/// How one model did over all origins.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelReport {
    /// Name of the model.
    pub name: String,
    /// Model or baseline.
    pub role: Role,
    /// By share: hits, events and most hits summed over origins, and the
    /// indices of these sums. The recapture rate index compares with the mean
    /// past hit rate over origins, weighted by events.
    pub targeting: Vec<Targeting>,
    /// By origin and share.
    pub targeting_by_origin: Vec<Vec<Targeting>>,
    /// Scores of all forecasts of a place and period.
    pub scores: Scores,
}

/// Result of [`backtest`].
#[derive(Debug, Clone, PartialEq)]
pub struct Backtest {
    /// Periods known at each origin.
    pub origins: Vec<usize>,
    /// Models, then baselines, in the order given.
    pub reports: Vec<ModelReport>,
    /// Each model by each measure: hit rate at each share, then the log and
    /// the ranked probability score.
    pub comparisons: Vec<Comparison>,
}

impl Backtest {
    /// Comparisons of one model.
    pub fn of<'a>(&'a self, model: &'a str) -> impl Iterator<Item = &'a Comparison> {
        self.comparisons
            .iter()
            .filter(move |comparison| comparison.model == model)
    }
}

/// Back-tests models beside baselines with a rolling origin.
///
/// Tashman (2000), *International Journal of Forecasting* 16:
/// 1. At each origin t the models see periods before t alone, exposure
///    included, and forecast t .. t + horizon; a last window that is not whole
///    is not used.
/// 2. Places are ranked by expected events per unit of `sizes` over the
///    window, and [`targeting()`] is measured on the events of the window; each
///    place and period is scored. A place with an unknown period in the window
///    is left out of targeting at this origin; models and baselines are
///    compared on the same places, those that all of them can rank.
/// 3. Each model is compared with the baseline that does best by the same
///    measure over the same origins ([`paired_interval`]). Since that baseline
///    is chosen after the fact, the comparison leans towards the baseline: a
///    model that is no better than the best of them is said to beat it in at
///    most (1 − level)/2 of cases, for each measure. The level is divided
///    among the models (Bonferroni), not among the measures: choose the
///    measure before looking, or read them together.
///
/// O(origins × cost of the models); models at an origin run on all threads,
/// with the same result on any number of them.
///
/// # Errors
/// [`StatsError::TooFew`] if the history holds no whole window, or no model or
/// baseline is given; [`StatsError`] of a model at any origin; for sizes of a
/// wrong length, negative or not finite.
pub fn backtest(
    history: &History<'_>,
    sizes: &[Option<f64>],
    models: &[&dyn ForecastModel],
    baselines: &[&dyn ForecastModel],
    params: &BacktestParams,
) -> Result<Backtest, StatsError> {
    check_length("sizes", sizes.len(), history.places())?;
    check_not_negative("size", sizes)?;
    let origins: Vec<usize> = history
        .periods()
        .checked_sub(params.horizon)
        .map(|last| (params.first_origin..=last).step_by(params.step))
        .into_iter()
        .flatten()
        .collect();
    for (method, found) in [
        ("a back-test (counted in whole windows)", origins.len()),
        ("a back-test (counted in models)", models.len()),
        ("a back-test (counted in baselines)", baselines.len()),
    ] {
        if found == 0 {
            return Err(StatsError::TooFew {
                method,
                found,
                least: 1,
            });
        }
    }
    let all: Vec<&dyn ForecastModel> = models.iter().chain(baselines).copied().collect();
    let runs: Vec<Vec<Run>> = origins
        .par_iter()
        .map(|origin| at_origin(history, sizes, &all, *origin, params))
        .collect::<Result<_, _>>()?;
    let reports: Vec<ModelReport> = all
        .iter()
        .enumerate()
        .map(|(index, model)| {
            let role = if index < models.len() {
                Role::Model
            } else {
                Role::Baseline
            };
            report(
                model.name(),
                role,
                runs.iter().map(|runs| &runs[index]),
                params,
            )
        })
        .collect();
    let comparison = params.comparison.for_models(models.len());
    let mut comparisons = Vec::new();
    for model in 0..models.len() {
        for measure in measures(params) {
            comparisons.push(compare(
                &all,
                &runs,
                model,
                models.len(),
                measure,
                &comparison,
            )?);
        }
    }
    Ok(Backtest {
        origins,
        reports,
        comparisons,
    })
}

/// One model at one origin.
struct Run {
    targeting: Vec<Targeting>,
    sums: Sums,
}

fn at_origin(
    history: &History<'_>,
    sizes: &[Option<f64>],
    models: &[&dyn ForecastModel],
    origin: usize,
    params: &BacktestParams,
) -> Result<Vec<Run>, StatsError> {
    let known = history.until(origin)?;
    let places = history.places();
    let forecasts: Vec<Forecast> = models
        .par_iter()
        .map(|model| model.forecast(&known, params.horizon))
        .collect::<Result<_, _>>()?;
    let priorities: Vec<Vec<Option<f64>>> = forecasts
        .iter()
        .map(|forecast| forecast.priorities(sizes))
        .collect::<Result<_, _>>()?;
    let window = origin..origin + params.horizon;
    let observed: Vec<Option<f64>> = (0..places)
        .map(|place| {
            priorities
                .iter()
                .all(|priorities| priorities[place].is_some())
                .then(|| {
                    window
                        .clone()
                        .map(|period| history.count(period, place))
                        .sum()
                })
                .flatten()
        })
        .collect();
    let past: Vec<Option<f64>> = (0..places)
        .map(|place| {
            (0..origin)
                .filter_map(|period| history.count(period, place))
                .reduce(|a, b| a + b)
        })
        .collect();
    forecasts
        .iter()
        .zip(&priorities)
        .map(|(forecast, priorities)| {
            let mut sums = Sums::new(params.pit_bins);
            for (ahead, period) in window.clone().enumerate() {
                for place in 0..places {
                    // A cell that one model cannot forecast is scored for none.
                    let all = forecasts.iter().all(|f| f.period(ahead)[place].is_some());
                    let cell = forecast.period(ahead)[place].as_ref().filter(|_| all);
                    sums.add(cell, history.count(period, place));
                }
            }
            Ok(Run {
                targeting: targeting(priorities, &observed, Some(&past), sizes, &params.targeting)?,
                sums,
            })
        })
        .collect()
}

fn report<'a>(
    name: &str,
    role: Role,
    runs: impl Iterator<Item = &'a Run> + Clone,
    params: &BacktestParams,
) -> ModelReport {
    let mut sums = Sums::new(params.pit_bins);
    for run in runs.clone() {
        sums.merge(&run.sums);
    }
    let shares = params.targeting.shares();
    let pooled = (0..shares.len())
        .map(|at| pooled(shares[at], runs.clone().map(|run| &run.targeting[at])))
        .collect();
    ModelReport {
        name: name.to_owned(),
        role,
        targeting: pooled,
        targeting_by_origin: runs.map(|run| run.targeting.clone()).collect(),
        scores: sums.scores(),
    }
}

/// Indices of sums over origins. The optima and past hit rates that an index
/// divides by are summed in the same way, weighted by the events they are
/// compared with.
fn pooled<'a>(share: f64, runs: impl Iterator<Item = &'a Targeting>) -> Targeting {
    let (mut hits, mut events, mut most_hits, mut best_hits) = (0.0, 0.0, 0.0, 0.0);
    let (mut recaptured, mut of, mut captured) = (0.0, 0.0, 0.0);
    for run in runs {
        hits += run.hits;
        events += run.events;
        most_hits += run.most_hits;
        best_hits += run.best_hits;
        if let Some(rate) = run.past_hit_rate {
            recaptured += run.hits;
            captured += rate * run.events;
            of += run.events;
        }
    }
    let hit_rate = (events > 0.0).then(|| hits / events);
    Targeting {
        share,
        hits,
        events,
        most_hits,
        best_hits,
        past_hit_rate: (of > 0.0).then(|| captured / of),
        hit_rate,
        pai: hit_rate.map(|rate| rate / share),
        pei: (best_hits > 0.0).then(|| hits / best_hits),
        pei_star: (most_hits > 0.0).then(|| hits / most_hits),
        recapture_rate_index: (captured > 0.0).then(|| recaptured / captured),
    }
}

fn measures(params: &BacktestParams) -> Vec<Measure> {
    params
        .targeting
        .shares()
        .iter()
        .map(|share| Measure::HitRate { share: *share })
        .chain([Measure::LogScore, Measure::RankedProbability])
        .collect()
}

/// Numerator and denominator of a measure at an origin, larger being better.
fn datum(run: &Run, measure: Measure) -> (f64, f64) {
    let scored = run.sums.scored as f64;
    match measure {
        Measure::HitRate { share } => run
            .targeting
            .iter()
            .find(|targeting| targeting.share == share)
            .map_or((0.0, 0.0), |targeting| (targeting.hits, targeting.events)),
        Measure::LogScore => (-run.sums.log, scored),
        Measure::RankedProbability => (-run.sums.ranked_probability, scored),
    }
}

fn compare(
    all: &[&dyn ForecastModel],
    runs: &[Vec<Run>],
    model: usize,
    models: usize,
    measure: Measure,
    params: &ComparisonParams,
) -> Result<Comparison, StatsError> {
    let value = |index: usize| -> Option<f64> {
        let (numerator, denominator) = runs
            .iter()
            .map(|runs| datum(&runs[index], measure))
            .fold((0.0, 0.0), |sum, next| (sum.0 + next.0, sum.1 + next.1));
        (denominator > 0.0).then(|| numerator / denominator)
    };
    let best = (models..all.len())
        .max_by(|a, b| {
            let of = |index| value(index).unwrap_or(f64::NEG_INFINITY);
            // The first of equals, so that the report does not change with
            // baselines added at the end.
            of(*a).total_cmp(&of(*b)).then(b.cmp(a))
        })
        .unwrap_or(models);
    let (numerators, denominators): (Vec<f64>, Vec<f64>) = runs
        .iter()
        .map(|runs| {
            let (ours, theirs) = (datum(&runs[model], measure), datum(&runs[best], measure));
            (ours.0 - theirs.0, ours.1)
        })
        .unzip();
    let gain = paired_interval(&numerators, &denominators, params)?;
    let sign = match measure {
        Measure::HitRate { .. } => 1.0,
        Measure::LogScore | Measure::RankedProbability => -1.0,
    };
    Ok(Comparison {
        model: all[model].name().to_owned(),
        baseline: all[best].name().to_owned(),
        measure,
        model_value: value(model).map(|value| sign * value),
        baseline_value: value(best).map(|value| sign * value),
        verdict: params.verdict(gain),
        gain,
    })
}
