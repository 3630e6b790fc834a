//! Forecasts.

use safeground_stats::evidence::{CountEvidence, NoiseShape};
use safeground_stats::forecast::{
    BacktestParams, Baseline, ComparisonParams, CountFamily, Ewma, Forecast, ForecastModel,
    History, KnoxParams, Past, PoissonGlm, PoissonRegressionParams, Predictive, ProtectedParams,
    SeasonalNaive, SelfExciting, Smoothing, TargetingParams, Trend, backtest, knox,
    paired_interval, poisson_regression, protected_targeting, scores, targeting,
};
use safeground_stats::significance::Alternative;

use super::faults::Faults;
use super::inputs::{SIZES, columns, graphs};

fn models() -> Vec<Box<dyn ForecastModel>> {
    let mut models: Vec<Box<dyn ForecastModel>> = Vec::new();
    for baseline in Baseline::all(1) {
        models.push(Box::new(baseline));
    }
    for family in [CountFamily::Poisson, CountFamily::NegativeBinomial] {
        models.push(Box::new(SeasonalNaive { family }));
        models.push(Box::new(Ewma::new(Smoothing::Given(0.3), family).unwrap()));
        models.push(Box::new(
            Ewma::new(Smoothing::MaximumLikelihood, family).unwrap(),
        ));
        models.push(Box::new(
            PoissonGlm::new(Trend::LogLinear, 1, Past::OwnAndNeighbours)
                .unwrap()
                .with_family(family),
        ));
        models.push(Box::new(
            SelfExciting::new(1, 5.0).unwrap().with_family(family),
        ));
    }
    models
}

#[test]
fn models_stay_sane() {
    let mut faults = Faults::default();
    for (places, periods) in [(1, 1), (2, 2), (3, 6)] {
        for (column, counts) in columns(places * periods) {
            for (second, exposure) in columns(places * periods) {
                for (graph, weights) in graphs(places).into_iter().step_by(2) {
                    let Ok(history) = History::new(places, &counts) else {
                        continue;
                    };
                    let Ok(history) = history.with_exposure(&exposure) else {
                        continue;
                    };
                    let history = history.with_weights(&weights).unwrap();
                    for season in [None, Some(3)] {
                        let history = match season {
                            Some(season) => history.with_season(season).unwrap(),
                            None => history,
                        };
                        for model in models() {
                            for horizon in [0, 2] {
                                let call = format!(
                                    "{} of {places} × {periods} {column} over {second}, {graph}",
                                    model.name()
                                );
                                faults.sane(&call, || {
                                    model.forecast(&history, horizon).map(|f| (f.totals(), f))
                                });
                            }
                        }
                    }
                    let call = format!("knox of {places} × {periods} {column} on {graph}");
                    faults.sane(&call, || {
                        let params = KnoxParams::new(1, vec![0, 1], 9, 1)?;
                        knox(&history, &params).map(|knox| {
                            let p = |cell: &safeground_stats::forecast::KnoxCell| {
                                cell.p(Alternative::Greater)
                            };
                            (knox.cells.iter().map(p).collect::<Vec<_>>(), knox)
                        })
                    });
                }
            }
        }
    }
    faults.none();
}

#[test]
fn histories_that_are_none_are_refused() {
    let mut faults = Faults::default();
    let six = [Some(1.0); 6];
    for places in [0, 4, 7, usize::MAX] {
        faults.refused("History", || History::new(places, &six));
    }
    faults.refused("History", || History::new(3, &[]));
    let history = History::new(3, &six).unwrap();
    faults.refused("season", || history.with_season(0));
    faults.sane("season", || history.with_season(usize::MAX));
    faults.refused("until", || history.until(0));
    faults.sane("until", || history.until(usize::MAX));
    faults.refused("exposure", || history.with_exposure(&six[..5]));
    faults.refused("exposure", || {
        history.with_exposure_of_places(&[Some(f64::NAN); 3])
    });
    faults.refused("weights", || {
        history.with_weights(&graphs(2)[0].1).map(|_| ())
    });
    faults.refused("Forecast", || Forecast::new(4, vec![None; 6]));
    faults.sane("Forecast", || {
        Forecast::new(0, vec![]).map(|f| (f.horizon(), f.totals()))
    });
    for model in models() {
        faults.refused(&format!("{} without end", model.name()), || {
            model.forecast(&history, usize::MAX)
        });
    }
    faults.none();
}

#[test]
fn backtests_stay_sane() {
    let mut faults = Faults::default();
    let models = models();
    let models: Vec<&dyn ForecastModel> = models.iter().map(|model| &**model).collect();
    let comparison = ComparisonParams::new(0.95, 99, 1, 1).unwrap();
    for (column, counts) in columns(4 * 8) {
        let Ok(history) = History::new(4, &counts) else {
            continue;
        };
        let (_, weights) = graphs(4).remove(2);
        let history = history.with_weights(&weights).unwrap();
        for (second, sizes) in columns(4) {
            for (first, horizon, step) in [
                (6, 1, 1),
                (usize::MAX, 1, 1),
                (1, usize::MAX, 1),
                (3, 2, usize::MAX),
            ] {
                let call =
                    format!("backtest of {column}, sizes {second}, {first}, {horizon}, {step}");
                faults.sane(&call, || {
                    let params = BacktestParams::new(
                        first,
                        horizon,
                        step,
                        TargetingParams::usual(),
                        comparison,
                    )?;
                    backtest(&history, &sizes, &models[..1], &models[1..4], &params)
                });
            }
        }
    }
    for zero in [(0, 1, 1), (1, 0, 1), (1, 1, 0)] {
        faults.refused("BacktestParams", || {
            BacktestParams::new(zero.0, zero.1, zero.2, TargetingParams::usual(), comparison)
        });
    }
    faults.none();
}

#[test]
fn targeting_stays_sane() {
    let mut faults = Faults::default();
    let params = TargetingParams::usual();
    for n in SIZES {
        for (first, priorities) in columns(n) {
            for (second, observed) in columns(n) {
                for (third, sizes) in columns(n) {
                    let call = format!("targeting of {n} {first}, {second}, {third}");
                    faults.sane(&call, || {
                        targeting(&priorities, &observed, None, &sizes, &params)
                    });
                    faults.sane(&call, || {
                        targeting(&priorities, &observed, Some(&observed), &sizes, &params)
                    });
                }
                let plain =
                    |x: &[Option<f64>]| x.iter().map(|x| x.unwrap_or(0.0)).collect::<Vec<_>>();
                faults.sane(&format!("paired_interval of {n} {first}, {second}"), || {
                    let params = ComparisonParams::new(0.95, 99, 2, 1)?;
                    paired_interval(&plain(&priorities), &plain(&observed), &params)
                });
            }
            for evidence in [
                CountEvidence::Exact(0),
                CountEvidence::Exact(u64::MAX),
                CountEvidence::Exact(3),
                CountEvidence::Band { low: 0, high: 10 },
                CountEvidence::Band { low: 5, high: 1 },
                CountEvidence::Band {
                    low: 0,
                    high: u64::MAX,
                },
                CountEvidence::Noisy {
                    value: -50.0,
                    variance: 2.0,
                },
                CountEvidence::Noisy {
                    value: f64::NAN,
                    variance: 2.0,
                },
                CountEvidence::Noisy {
                    value: 3.0,
                    variance: f64::INFINITY,
                },
                CountEvidence::Noisy {
                    value: 1e300,
                    variance: 1e300,
                },
            ] {
                for noise in [NoiseShape::Normal, NoiseShape::Laplace] {
                    let call = format!("protected_targeting of {n} {first}, {evidence:?}");
                    faults.sane(&call, || {
                        let params = ProtectedParams::new(params.clone(), 19, 1)?.with_noise(noise);
                        let evidence = vec![Some(evidence); n];
                        let sizes = vec![Some(1.0); n];
                        protected_targeting(&priorities, &evidence, &sizes, &params)
                    });
                }
            }
        }
    }
    for share in [f64::NAN, 0.0, -1.0, 1.5, f64::INFINITY] {
        faults.refused("TargetingParams", || TargetingParams::new(vec![share]));
    }
    faults.none();
}

#[test]
fn predictive_distributions_stay_sane() {
    let mut faults = Faults::default();
    let counts = [0, 1, 1_000, 1 << 53, u64::MAX];
    let means = [0.0, 1e-300, 0.5, 1e6, 1e15];
    let mut forecasts: Vec<Predictive> = Vec::new();
    for mean in means {
        forecasts.push(Predictive::poisson(mean).unwrap());
        for size in [1e-12, 0.5, 1e300] {
            forecasts.push(Predictive::negative_binomial(mean, size).unwrap());
        }
    }
    for forecast in forecasts {
        for count in counts {
            faults.sane(&format!("{forecast:?} at {count}"), || {
                let (below, upto) = (forecast.below(count), forecast.cumulative(count));
                // Room for the rounding of each.
                assert!(
                    0.0 <= below && below <= upto + 1e-12 && upto <= 1.0,
                    "{below} {upto}"
                );
                (
                    forecast.mean(),
                    forecast.variance(),
                    forecast.ln_probability(count),
                )
            });
            faults.sane(&format!("scores of {forecast:?} at {count}"), || {
                scores(&[Some(forecast)], &[Some(count as f64)], 10)
            });
        }
        for probability in [f64::NAN, 0.0, 1e-300, 0.5, 1.0 - 1e-16, 1.0, 2.0] {
            faults.sane(
                &format!("quantile of {forecast:?} at {probability}"),
                || {
                    (
                        forecast.quantile(probability),
                        forecast.interval(probability),
                    )
                },
            );
        }
    }
    for odd in [f64::NAN, f64::INFINITY, -1.0] {
        faults.refused("poisson", || Predictive::poisson(odd));
        faults.refused("poisson", || Predictive::poisson(1e300));
        faults.refused("negative_binomial", || {
            Predictive::negative_binomial(1.0, odd)
        });
        faults.refused("negative_binomial", || {
            Predictive::negative_binomial(1.0, 1e-300)
        });
        faults.sane("a distribution made by hand", || {
            Predictive::Poisson { mean: odd }.quantile(0.5)
        });
    }
    for bins in [0, 10_000_001, usize::MAX] {
        faults.refused("bins", || scores(&[], &[], bins));
    }
    faults.none();
}

#[test]
fn regressions_stay_sane() {
    let mut faults = Faults::default();
    for n in SIZES {
        for (first, counts) in columns(n) {
            for (second, column) in columns(n) {
                let plain =
                    |x: &[Option<f64>]| x.iter().map(|x| x.unwrap_or(0.0)).collect::<Vec<_>>();
                let (counts, column) = (plain(&counts), plain(&column));
                let design: Vec<f64> = column.iter().flat_map(|x| [1.0, *x]).collect();
                for (offset, offsets) in [("none", vec![0.0; n]), ("itself", column.clone())] {
                    for params in [
                        PoissonRegressionParams::maximum_likelihood(),
                        PoissonRegressionParams::new(1.0).unwrap(),
                    ] {
                        let call = format!(
                            "poisson_regression of {n} {first} on {second}, offset {offset}"
                        );
                        faults.sane(&call, || {
                            poisson_regression(&counts, &design, &offsets, &params)
                        });
                        faults.sane(&call, || {
                            poisson_regression(&counts, &[], &offsets, &params)
                        });
                    }
                }
            }
        }
    }
    for odd in [f64::NAN, f64::INFINITY, -1.0] {
        faults.refused("ridge", || PoissonRegressionParams::new(odd));
    }
    faults.none();
}

#[test]
fn parameters_of_forecasts_have_limits() {
    let mut faults = Faults::default();
    for many in [10_000_001, usize::MAX] {
        faults.refused("KnoxParams", || KnoxParams::new(many, vec![1], 9, 1));
        faults.refused("KnoxParams", || KnoxParams::new(1, vec![1], many, 1));
        faults.refused("ComparisonParams", || {
            ComparisonParams::new(0.95, many, 1, 1)
        });
        faults.refused("ProtectedParams", || {
            ProtectedParams::new(TargetingParams::usual(), many, 1)
        });
        faults.refused("PoissonGlm", || {
            PoissonGlm::new(Trend::None, many, Past::None)
        });
        faults.refused("SelfExciting", || SelfExciting::new(many, 1.0));
    }
    let history = History::new(2, &[Some(1.0); 4]).unwrap();
    let (_, weights) = graphs(2).remove(2);
    let history = history.with_weights(&weights).unwrap();
    faults.sane("knox with a lag beyond time", || {
        knox(&history, &KnoxParams::new(1, vec![usize::MAX], 9, 1)?)
    });
    faults.sane("a block beyond time", || {
        paired_interval(
            &[1.0, 2.0],
            &[1.0, 1.0],
            &ComparisonParams::new(0.95, 99, usize::MAX, 1)?,
        )
    });
    for odd in [f64::NAN, f64::INFINITY, -1.0, 2.0] {
        faults.refused("Ewma", || {
            Ewma::new(Smoothing::Given(odd), CountFamily::Poisson)
        });
        faults.refused("ComparisonParams", || ComparisonParams::new(odd, 9, 1, 1));
    }
    for odd in [f64::NAN, f64::INFINITY, -1.0] {
        faults.refused("SelfExciting", || SelfExciting::new(1, odd));
    }
    faults.none();
}
