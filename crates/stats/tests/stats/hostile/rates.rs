//! Rates.

use safeground_stats::evidence::CountEvidence;
use safeground_stats::rates::{
    AreaInterval, BetaPosterior, BetweenAreaVariance, DirectStandardisationParams,
    FayHerriotParams, GammaInterval, GammaPosterior, GammaPrior, HeadbangingParams, PlanePoint,
    PoissonGammaParams, PoissonMethod, PosteriorQuery, PriorUncertainty,
    SpatialEmpiricalBayesParams, StandardisedRatioParams, SurveyFigures, beta_binomial,
    binomial_empirical_bayes, directly_standardised_rates, empirical_bayes, excess_risks,
    expected_below_threshold, expected_counts, fay_herriot, freeman_tukey, headbanging,
    noisy_empirical_bayes, poisson_gamma, poisson_interval, poisson_interval_at, probability_map,
    raw_rates, spatial_empirical_bayes, spatial_median, spatial_rates, standardised_ratios,
    stratum_rates, survey_interval,
};

use super::faults::Faults;
use super::inputs::{SIZES, columns, graphs};

const COUNTS: [u64; 6] = [0, 1, 7, 1_000_000_007, 1 << 53, u64::MAX];
const ODD: [f64; 9] = [
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
    -1.0,
    0.0,
    1.0,
    100.0,
    100.5,
    1e300,
];

#[test]
fn rates_of_counts_and_exposures_stay_sane() {
    let mut faults = Faults::default();
    for n in SIZES {
        for (first, x) in columns(n) {
            for (second, y) in columns(n) {
                let call = |name: &str| format!("{name} of {n} {first} over {second}");
                for per in [1.0, 1e5] {
                    faults.sane(&call("raw_rates"), || raw_rates(&x, &y, per));
                    faults.sane(&call("freeman_tukey"), || freeman_tukey(&x, &y, per));
                }
                faults.sane(&call("excess_risks"), || excess_risks(&x, &y));
                faults.sane(&call("empirical_bayes"), || empirical_bayes(&x, &y));
                faults.sane(&call("binomial_empirical_bayes"), || {
                    binomial_empirical_bayes(&x, &y)
                });
                faults.sane(&call("probability_map"), || {
                    probability_map(&x, &y).map(|map| {
                        map.into_iter()
                            .map(|at| at.map(|at| (at.choynowski(), at)))
                            .collect::<Vec<_>>()
                    })
                });
                for threshold in [1, 11, 1_000] {
                    faults.sane(&call("expected_below_threshold"), || {
                        expected_below_threshold(&x, &y, threshold)
                    });
                }
                for strata in [1, 3] {
                    faults.sane(&call("stratum_rates"), || stratum_rates(&x, &y, strata));
                    let standard = vec![1.0; strata];
                    faults.sane(&call("expected_counts"), || expected_counts(&x, &standard));
                    for interval in [GammaInterval::FayFeuer, GammaInterval::Tiwari] {
                        let params = DirectStandardisationParams::new(0.95, interval).unwrap();
                        faults.sane(&call("directly_standardised_rates"), || {
                            directly_standardised_rates(&x, &y, &standard, &params)
                        });
                    }
                }
                for covariates in [vec![], vec![&x[..]], vec![&x[..], &y[..]]] {
                    let figures = SurveyFigures {
                        estimates: &x,
                        standard_errors: &y,
                        covariates: &covariates,
                    };
                    for variance in [
                        BetweenAreaVariance::Reml,
                        BetweenAreaVariance::MaximumLikelihood,
                        BetweenAreaVariance::FayHerriot,
                        BetweenAreaVariance::PrasadRao,
                    ] {
                        for interval in [AreaInterval::Normal, AreaInterval::Averaged] {
                            let params = FayHerriotParams::new(variance, interval, 0.95).unwrap();
                            let call = call("fay_herriot") + &format!(" by {variance:?}");
                            faults.sane(&call, || fay_herriot(&figures, &params));
                        }
                    }
                }
            }
        }
    }
    faults.none();
}

#[test]
fn rates_among_neighbours_stay_sane() {
    let mut faults = Faults::default();
    for n in SIZES {
        let points: Vec<_> = (0..n)
            .map(|i| PlanePoint {
                x: (i % 3) as f64,
                y: (i / 3) as f64,
            })
            .collect();
        for (first, x) in columns(n) {
            for (second, y) in columns(n) {
                for (graph, weights) in graphs(n) {
                    let call =
                        |name: &str| format!("{name} of {n} {first} over {second} on {graph}");
                    faults.sane(&call("spatial_rates"), || spatial_rates(&x, &y, &weights));
                    for params in [
                        SpatialEmpiricalBayesParams::marshall(),
                        SpatialEmpiricalBayesParams::bailey_gatrell(),
                    ] {
                        faults.sane(&call("spatial_empirical_bayes"), || {
                            spatial_empirical_bayes(&x, &y, &weights, &params)
                        });
                    }
                    for exposures in [None, Some(&y[..])] {
                        faults.sane(&call("spatial_median"), || {
                            spatial_median(&x, exposures, &weights, 2)
                        });
                        let params = HeadbangingParams::usual();
                        faults.sane(&call("headbanging"), || {
                            headbanging(&x, exposures, &points, &weights, &params)
                        });
                    }
                }
            }
        }
    }
    faults.none();
}

#[test]
fn rates_of_protected_counts_stay_sane() {
    let mut faults = Faults::default();
    let query = PosteriorQuery::new(0.95, Some(0.5)).unwrap();
    for n in [0, 1, 4] {
        let evidence: Vec<(&str, Vec<Option<CountEvidence>>)> = vec![
            ("nothing", vec![None; n]),
            ("zeros", vec![Some(CountEvidence::Exact(0)); n]),
            ("most", vec![Some(CountEvidence::Exact(u64::MAX)); n]),
            (
                "counts",
                (0..n as u64)
                    .map(|i| Some(CountEvidence::Exact(i * i)))
                    .collect(),
            ),
            (
                "open bands",
                vec![
                    Some(CountEvidence::Band {
                        low: 0,
                        high: u64::MAX
                    });
                    n
                ],
            ),
            (
                "low bands",
                vec![Some(CountEvidence::Band { low: 0, high: 4 }); n],
            ),
            (
                "wrong bands",
                vec![Some(CountEvidence::Band { low: 4, high: 0 }); n],
            ),
            (
                "no numbers",
                vec![
                    Some(CountEvidence::Noisy {
                        value: f64::NAN,
                        variance: 1.0
                    });
                    n
                ],
            ),
            (
                "no variance",
                vec![
                    Some(CountEvidence::Noisy {
                        value: 3.0,
                        variance: f64::NAN
                    });
                    n
                ],
            ),
            (
                "far below zero",
                vec![
                    Some(CountEvidence::Noisy {
                        value: -1e6,
                        variance: 2.0
                    });
                    n
                ],
            ),
            (
                "noise alone",
                vec![
                    Some(CountEvidence::Noisy {
                        value: 3.0,
                        variance: 1e8
                    });
                    n
                ],
            ),
        ];
        for (name, evidence) in &evidence {
            for (column, exposures) in columns(n).into_iter().step_by(3) {
                let call = |method: &str| format!("{method} of {n} {name} over {column}");
                faults.sane(&call("noisy_empirical_bayes"), || {
                    noisy_empirical_bayes(evidence, &exposures, &query)
                });
                for uncertainty in [PriorUncertainty::Ignored, PriorUncertainty::Averaged] {
                    let params = PoissonGammaParams { query, uncertainty };
                    faults.sane(&call("poisson_gamma"), || {
                        poisson_gamma(evidence, &exposures, &params)
                    });
                }
                for (mean, variance) in [(0.2, 0.1), (1e-200, 1e-300), (5.0, 0.0)] {
                    for exposure in exposures.iter().flatten().take(2) {
                        for evidence in evidence.iter().flatten().take(2) {
                            faults.sane(&call("GammaPrior"), || {
                                GammaPrior::new(mean, variance)?
                                    .estimate(*evidence, *exposure, &query)
                            });
                        }
                    }
                }
            }
        }
    }
    faults.none();
}

#[test]
fn rates_of_whole_counts_stay_sane() {
    let mut faults = Faults::default();
    let query = PosteriorQuery::new(0.95, Some(0.5)).unwrap();
    for a in COUNTS {
        faults.sane("poisson_interval", || poisson_interval(a));
        for method in [
            PoissonMethod::Exact,
            PoissonMethod::MidP,
            PoissonMethod::Byar,
        ] {
            for level in [1e-6, 0.5, 0.95, 1.0 - 1e-12] {
                let call = format!("poisson_interval_at of {a} at {level} by {method:?}");
                faults.sane(&call, || {
                    let interval = poisson_interval_at(a, level, method)?;
                    assert!(interval.low <= interval.high, "{interval:?}");
                    Ok::<_, safeground_stats::StatsError>(interval)
                });
            }
            for expected in ODD.into_iter().chain([1e-300]) {
                let params = StandardisedRatioParams::new(0.95, method).unwrap();
                let call = format!("standardised_ratios of {a} over {expected}");
                faults.sane(&call, || {
                    standardised_ratios(&[Some(a), None], &[Some(expected); 2], &params)
                });
            }
        }
        for b in COUNTS {
            for n in [1, 2, 5] {
                let successes: Vec<_> = (0..n)
                    .map(|i| Some(if i % 2 == 0 { a } else { 0 }))
                    .collect();
                let trials = vec![Some(b); n];
                let call = format!("beta_binomial of {n} times {a} of {b}");
                faults.sane(&call, || beta_binomial(&successes, &trials, &query));
            }
        }
    }
    faults.sane("beta_binomial of nothing", || {
        beta_binomial(&[], &[], &query)
    });
    faults.none();
}

#[test]
fn posteriors_that_are_none_give_no_figures_out_of_thin_air() {
    let mut faults = Faults::default();
    for shape in ODD {
        for rate in ODD {
            let gamma = GammaPosterior { shape, rate };
            let beta = BetaPosterior {
                alpha: shape,
                beta: rate,
            };
            for level in ODD {
                let call = format!("posterior of {shape}, {rate} at {level}");
                // They may be NaN, as the numbers they come from are.
                faults.refused(&call, || {
                    let _ = (gamma.exceedance(level), beta.exceedance(level));
                    let _ = (gamma.mean(), beta.mean());
                    gamma.interval_at(level)?;
                    beta.interval_at(level)
                });
            }
        }
    }
    faults.none();
}

#[test]
fn survey_intervals_lie_within_0_and_100_percent_or_are_none() {
    for percent in ODD.into_iter().chain([-1e-9, 23.3]) {
        for error in ODD.into_iter().map(Some).chain([None, Some(2.0)]) {
            for respondents in [None, Some(0), Some(1), Some(u64::MAX)] {
                let interval = survey_interval(percent, error, respondents);
                let known = (0.0..=100.0).contains(&percent)
                    && (error.is_some_and(|e| e.is_finite() && e >= 0.0)
                        || respondents.is_some_and(|n| n > 0));
                assert_eq!(
                    interval.is_some(),
                    known,
                    "{percent} {error:?} {respondents:?}"
                );
                if let Some(interval) = interval {
                    assert!(0.0 <= interval.low && interval.high <= 100.0);
                    assert!(interval.low <= interval.high, "{interval:?}");
                }
            }
        }
    }
}

#[test]
fn parameters_of_rates_have_limits() {
    let mut faults = Faults::default();
    for level in [f64::NAN, 0.0, 1e-9, 1.0_f64.next_down(), 1.0, -0.5, 95.0] {
        faults.refused("level", || PosteriorQuery::new(level, None));
        faults.refused("level", || {
            DirectStandardisationParams::new(level, GammaInterval::FayFeuer)
        });
        faults.refused("level", || {
            StandardisedRatioParams::new(level, PoissonMethod::Exact)
        });
        faults.refused("level", || {
            FayHerriotParams::new(BetweenAreaVariance::Reml, AreaInterval::Normal, level)
        });
        faults.refused("level", || {
            poisson_interval_at(3, level, PoissonMethod::MidP)
        });
    }
    for threshold in [f64::NAN, -1.0, f64::INFINITY] {
        faults.refused("threshold", || PosteriorQuery::new(0.95, Some(threshold)));
        faults.refused("prior", || GammaPrior::new(threshold, 1.0));
        faults.refused("prior", || GammaPrior::new(1.0, threshold));
        faults.refused("per", || raw_rates(&[], &[], threshold));
        faults.refused("per", || freeman_tukey(&[], &[], threshold));
    }
    let (_, ring) = graphs(3).remove(2);
    let x = [Some(1.0), Some(2.0), Some(9.0)];
    let points = [PlanePoint { x: 0.0, y: 0.0 }; 3];
    for iterations in [10_001, usize::MAX] {
        faults.refused("spatial_median", || {
            spatial_median(&x, None, &ring, iterations)
        });
        faults.refused("headbanging", || {
            HeadbangingParams::new(3, 135.0, iterations)
        });
    }
    faults.sane("triples", || {
        let params = HeadbangingParams::new(usize::MAX, 135.0, 1)?;
        headbanging(&x, None, &points, &ring, &params)
    });
    for threshold in [0, u64::MAX] {
        faults.refused("threshold", || {
            expected_below_threshold(&[Some(1.0), None], &[Some(1e18); 2], threshold)
        });
    }
    for strata in [0, usize::MAX] {
        faults.refused("strata", || stratum_rates(&x, &x, strata));
    }
    faults.refused("expected_counts", || expected_counts(&x, &[]));
    faults.refused("directly_standardised_rates", || {
        let params = DirectStandardisationParams::new(0.95, GammaInterval::FayFeuer)?;
        directly_standardised_rates(&x, &x, &[], &params)
    });
    faults.none();
}
