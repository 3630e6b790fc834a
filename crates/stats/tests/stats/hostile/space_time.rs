//! Trends, seasons and alarms.

use safeground_stats::multiple_testing::Adjustment;
use safeground_stats::space_time::{
    AutocorrelatedParams, Bin, ChangepointParams, CombinedParams, CountResidual, CusumParams,
    CusumThresholdParams, DecompositionParams, EarsMethod, EarsParams, EmergingHotspotParams,
    EwmaChartParams, FarringtonParams, GlobalWindow, HolidayWindow, LogLinearParams,
    MannKendallParams, NullDistribution, Penalty, PreWhitening, SeasonalIndexParams,
    SeasonalWindow, SenSlopeParams, SpaceTimeCube, SpaceTimeGiStarParams, SporadicRule, TestedBin,
    Trend, VarianceCorrection, autocorrelated_mann_kendall, classify_bins, classify_gi_star,
    count_residuals, cube_rates, cube_trends, cube_values, cusum_threshold, ears, edwards_test,
    emerging_hotspots, ewma_chart, farrington, log_linear_trend, mann_kendall, moving_holiday,
    poisson_changepoints, poisson_cusum, pre_whitened_mann_kendall, rate_series,
    regional_mann_kendall, roger_test, seasonal_decomposition, seasonal_index,
    seasonal_mann_kendall, seasonal_sen_slope, sen_slope, space_time_gi_star, standardised_series,
};

use super::faults::Faults;
use super::inputs::{columns, constants, graphs};

/// Lengths of series.
const LENGTHS: [usize; 6] = [0, 1, 2, 3, 9, 40];
const PERIODS: [usize; 5] = [0, 1, 4, 12, usize::MAX];
const DISTRIBUTIONS: [NullDistribution; 3] = [
    NullDistribution::NormalWithContinuity,
    NullDistribution::Normal,
    NullDistribution::Exact,
];

#[test]
fn trends_stay_sane() {
    let mut faults = Faults::default();
    let slope = SenSlopeParams::new(0.95).unwrap();
    for n in LENGTHS {
        for (column, x) in columns(n) {
            let call = |name: &str| format!("{name} of {n} {column}");
            faults.sane(&call("sen_slope"), || sen_slope(&x, &slope));
            for distribution in DISTRIBUTIONS {
                let params = MannKendallParams { distribution };
                faults.sane(&call("mann_kendall"), || mann_kendall(&x, &params));
                for period in PERIODS {
                    for mut params in [CombinedParams::independent(), CombinedParams::correlated()]
                    {
                        params.distribution = distribution;
                        let call = call("seasonal_mann_kendall") + &format!(" by {period}");
                        faults.sane(&call, || seasonal_mann_kendall(&x, period, &params));
                    }
                }
            }
            for period in PERIODS {
                faults.sane(&call("seasonal_sen_slope"), || {
                    seasonal_sen_slope(&x, period, &slope)
                });
            }
            for whitening in [PreWhitening::Plain, PreWhitening::TrendFree] {
                faults.sane(&call("pre_whitened_mann_kendall"), || {
                    pre_whitened_mann_kendall(&x, whitening)
                });
            }
            for correction in [
                VarianceCorrection::YueWang,
                VarianceCorrection::HamedRao { significance: 0.05 },
                VarianceCorrection::HamedRao {
                    significance: 1e-300,
                },
            ] {
                for longest in [None, Some(0), Some(1), Some(usize::MAX)] {
                    faults.sane(&call("autocorrelated_mann_kendall"), || {
                        autocorrelated_mann_kendall(
                            &x,
                            &AutocorrelatedParams::new(correction, longest)?,
                        )
                    });
                }
            }
        }
    }
    faults.none();
}

#[test]
fn cubes_stay_sane() {
    let mut faults = Faults::default();
    for (places, periods) in [
        (0, 0),
        (1, 1),
        (3, 0),
        (0, 3),
        (2, 1),
        (3, 3),
        (9, 4),
        (usize::MAX, 2),
        (usize::MAX / 2 + 1, 2),
    ] {
        let cells = places.min(9) * periods;
        for (column, x) in columns(cells) {
            let call = |name: &str| format!("{name} of {places} × {periods} {column}");
            let cube = match SpaceTimeCube::new(places, periods, &x) {
                Ok(cube) => cube,
                Err(_) => continue,
            };
            for distribution in DISTRIBUTIONS {
                let params = MannKendallParams { distribution };
                faults.sane(&call("cube_trends"), || cube_trends(&cube, &params));
            }
            for params in [CombinedParams::independent(), CombinedParams::correlated()] {
                faults.sane(&call("regional_mann_kendall"), || {
                    regional_mann_kendall(&cube, &params)
                });
            }
            for (second, y) in columns(cells) {
                let call =
                    |name: &str| format!("{name} of {places} × {periods} {column}, {second}");
                let Ok(exposure) = SpaceTimeCube::new(places, periods, &y) else {
                    continue;
                };
                faults.sane(&call("cube_rates"), || cube_rates(&cube, &exposure));
                faults.sane(&call("standardised_series"), || {
                    standardised_series(&cube, &exposure, 0.95)
                });
            }
            for (graph, weights) in graphs(places) {
                for window in [
                    GlobalWindow::EntireCube,
                    GlobalWindow::NeighbourhoodPeriods,
                    GlobalWindow::SinglePeriod,
                ] {
                    for periods_back in [0, 1, usize::MAX] {
                        let params = SpaceTimeGiStarParams {
                            periods_back,
                            window,
                        };
                        faults.sane(&(call("space_time_gi_star") + graph), || {
                            space_time_gi_star(&cube, &weights, &params)
                        });
                        let mut params = EmergingHotspotParams::new(0.05, 0.05).unwrap();
                        params.gi_star.periods_back = periods_back;
                        params.gi_star.window = window;
                        params.adjustment = Some(Adjustment::BenjaminiHochberg);
                        faults.sane(&(call("emerging_hotspots") + graph), || {
                            emerging_hotspots(&cube, &weights, &params)
                        });
                    }
                }
            }
        }
        for (column, z) in columns(cells) {
            let bins: Vec<_> = z.iter().map(|z| z.map(|z| TestedBin { z, p: z })).collect();
            faults.sane(&format!("classify_gi_star of {places} {column}"), || {
                classify_gi_star(places, &bins, &EmergingHotspotParams::new(0.05, 0.05)?)
            });
        }
    }
    for n in LENGTHS {
        faults.sane("cube_values", || cube_values(&vec![vec![Some(1.0); n]; 3]));
        faults.sane("cube_values", || cube_values(&[vec![], vec![None; n]]));
        for bin in [
            None,
            Some(Bin::Hot),
            Some(Bin::Cold),
            Some(Bin::NotSignificant),
        ] {
            for rule in [SporadicRule::AnyPeriod, SporadicRule::FinalPeriod] {
                faults.sane("classify_bins", || {
                    classify_bins(&vec![bin; n], Trend::of(None, 0.05), rule)
                });
            }
        }
    }
    for odd in [f64::NAN, 0.0, 1.0, -1.0, f64::INFINITY] {
        faults.refused("EmergingHotspotParams", || {
            EmergingHotspotParams::new(odd, 0.05)
        });
        faults.refused("EmergingHotspotParams", || {
            EmergingHotspotParams::new(0.05, odd)
        });
    }
    faults.none();
}

#[test]
fn nothing_is_said_of_constant_cubes() {
    let mut faults = Faults::default();
    for (column, x) in constants(36) {
        let cube = SpaceTimeCube::new(9, 4, &x).unwrap();
        for (graph, weights) in graphs(9) {
            let params = SpaceTimeGiStarParams::new(1);
            faults.undefined(
                &format!("space_time_gi_star of {column} on {graph}"),
                || space_time_gi_star(&cube, &weights, &params),
            );
        }
    }
    faults.none();
}

#[test]
fn alarms_stay_sane() {
    let mut faults = Faults::default();
    for n in LENGTHS {
        for (column, x) in columns(n) {
            let call = |name: &str| format!("{name} of {n} {column}");
            for method in [EarsMethod::C1, EarsMethod::C2, EarsMethod::C3] {
                faults.sane(&call("ears"), || ears(&x, &EarsParams::usual(method)));
                for baseline in [0, 1, 2, usize::MAX] {
                    for least in [0.0, 1e300] {
                        faults.sane(&call("ears"), || {
                            ears(&x, &EarsParams::new(method, baseline, least, 0.01)?)
                        });
                    }
                }
            }
            for period in [1, 4, 52, usize::MAX] {
                for alpha in [1e-300, 0.01, 0.5] {
                    for params in [
                        FarringtonParams::original(period, alpha),
                        FarringtonParams::improved(period, alpha),
                        FarringtonParams {
                            years_back: usize::MAX,
                            half_window: usize::MAX,
                            seasonal_levels: usize::MAX,
                            recent_excluded: usize::MAX,
                            least_cases_periods: usize::MAX,
                            ..FarringtonParams::original(period, alpha)
                        },
                        FarringtonParams {
                            half_window: 1,
                            years_back: 3,
                            recent_excluded: 0,
                            seasonal_levels: 3,
                            ..FarringtonParams::improved(period, alpha)
                        },
                    ] {
                        let call = call("farrington") + &format!(" by {params:?}");
                        faults.sane(&call, || farrington(&x, None, &params));
                        faults.sane(&call, || farrington(&x, Some(&x), &params));
                    }
                }
            }
            for (second, y) in columns(n) {
                let call = |name: &str| format!("{name} of {n} {column}, {second}");
                faults.sane(&call("poisson_cusum"), || {
                    poisson_cusum(&x, &y, &CusumParams::new(2.0, 3.0)?)
                });
                for residual in [
                    CountResidual::Pearson,
                    CountResidual::Rossi,
                    CountResidual::Anscombe,
                ] {
                    faults.sane(&call("count_residuals"), || {
                        count_residuals(&x, &y, residual)
                    });
                }
                faults.sane(&call("rate_series"), || rate_series(&x, &y, 0.95));
                for penalty in [
                    Penalty::Bic,
                    Penalty::Mbic,
                    Penalty::Fixed(0.0),
                    Penalty::Fixed(1e300),
                ] {
                    for shortest in [1, 3, usize::MAX] {
                        faults.sane(&call("poisson_changepoints"), || {
                            poisson_changepoints(
                                &x,
                                &y,
                                &ChangepointParams::new(penalty, shortest)?,
                            )
                        });
                    }
                }
            }
            faults.sane(&call("ewma_chart"), || {
                ewma_chart(&x, &EwmaChartParams::new(0.2, 3.0)?)
            });
        }
    }
    for odd in [f64::NAN, f64::INFINITY, 0.0, -1.0] {
        faults.refused("CusumParams", || CusumParams::new(odd, 3.0));
        faults.refused("CusumParams", || CusumParams::new(2.0, odd));
        faults.refused("EwmaChartParams", || EwmaChartParams::new(odd, 3.0));
        faults.refused("EwmaChartParams", || EwmaChartParams::new(0.2, odd));
        faults.refused("EarsParams", || {
            EarsParams::new(EarsMethod::C1, 7, 0.0, odd)
        });
        faults.refused("CusumThresholdParams", || {
            CusumThresholdParams::new(odd, 0.05, 1)
        });
        faults.refused("CusumThresholdParams", || {
            CusumThresholdParams::new(2.0, odd, 1)
        });
        faults.refused("ChangepointParams", || {
            ChangepointParams::new(Penalty::Fixed(-odd.abs()), 0)
        });
        faults.refused("rate_series", || rate_series(&[], &[], odd));
    }
    faults.none();
}

#[test]
fn a_threshold_of_a_chart_is_found_or_refused() {
    let mut faults = Faults::default();
    for expected in [
        vec![],
        vec![0.0; 4],
        vec![1e-300; 4],
        vec![3.0],
        vec![1e15; 3],
        vec![1e300; 3],
        vec![f64::NAN],
        vec![f64::INFINITY],
        vec![-1.0],
    ] {
        for (ratio, alarm) in [
            (2.0, 0.05),
            (0.5, 0.5),
            (1e300, 1e-300),
            (1.0 + 1e-15, 0.01),
        ] {
            faults.sane(
                &format!("cusum_threshold of {expected:?} at {ratio}, {alarm}"),
                || {
                    let mut params = CusumThresholdParams::new(ratio, alarm, 1)?;
                    params.simulations = 99;
                    cusum_threshold(&expected, &params)
                },
            );
        }
    }
    faults.none();
}

#[test]
fn seasons_stay_sane() {
    let mut faults = Faults::default();
    for n in LENGTHS {
        for (column, x) in columns(n) {
            let call = |name: &str| format!("{name} of {n} {column}");
            let plain: Vec<f64> = x.iter().map(|x| x.unwrap_or(0.0)).collect();
            faults.sane(&call("edwards_test"), || edwards_test(&plain));
            for harmonics in [0, 1, 2, usize::MAX] {
                faults.sane(&call("roger_test"), || roger_test(&plain, None, harmonics));
                for (second, y) in columns(n) {
                    let y: Vec<f64> = y.iter().map(|y| y.unwrap_or(0.0)).collect();
                    faults.sane(&(call("roger_test") + second), || {
                        roger_test(&plain, Some(&y), harmonics)
                    });
                }
            }
            for period in PERIODS {
                let call = |name: &str| call(name) + &format!(" by {period}");
                for exact in [false, true] {
                    for window in [
                        SeasonalWindow::Periodic,
                        SeasonalWindow::Cycles(7),
                        SeasonalWindow::Cycles(usize::MAX),
                    ] {
                        faults.sane(&call("seasonal_decomposition"), || {
                            let mut params = DecompositionParams::new(period, window)?;
                            params.exact = exact;
                            params.robust = true;
                            seasonal_decomposition(&x, &params)
                        });
                    }
                }
                faults.sane(&call("seasonal_index"), || {
                    seasonal_index(&x, None, &SeasonalIndexParams::new(period, 0.95)?)
                });
                for harmonics in [0, 1, 2, usize::MAX] {
                    faults.sane(&call("log_linear_trend"), || {
                        let mut params = LogLinearParams::new(period as f64, 0.95)?;
                        params.harmonics = harmonics;
                        log_linear_trend(&x, None, &[], &params)
                    });
                }
                for (second, y) in columns(n) {
                    let call = |name: &str| call(name) + " over " + second;
                    faults.sane(&call("seasonal_index"), || {
                        seasonal_index(&x, Some(&y), &SeasonalIndexParams::new(period, 0.95)?)
                    });
                    faults.sane(&call("log_linear_trend"), || {
                        let params = LogLinearParams::new(period as f64, 0.95)?;
                        log_linear_trend(&x, Some(&y), &[&y], &params)
                    });
                }
            }
        }
    }
    faults.none();
}

#[test]
fn holidays_at_the_ends_of_time_stay_sane() {
    let mut faults = Faults::default();
    let window = HolidayWindow {
        days_before: u32::MAX,
        days_after: u32::MAX,
    };
    for starts in [
        vec![],
        vec![0],
        vec![0, 1, 2],
        vec![i64::MIN, 0, i64::MAX],
        vec![3, 1],
    ] {
        for holidays in [vec![], vec![i64::MIN, i64::MAX], vec![0, 0, 0]] {
            for period in PERIODS {
                faults.sane(
                    &format!("moving_holiday of {holidays:?} in {starts:?}"),
                    || moving_holiday(&starts, &holidays, window, period),
                );
            }
        }
    }
    faults.none();
}
