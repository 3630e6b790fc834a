//! Global statistics.

use safeground_stats::global::{
    AutocorrelationParams, BetweenVariance, CorrelogramParams, EbMoranParams, EbNumerator, Islands,
    JoinCountParams, Permutations, Sampling, Standardisation, bivariate_moran_i, correlogram,
    correlogram_by_distance, correlogram_by_order, eb_moran_i, eb_standardised_rates,
    exponential_closeness, geary_c, getis_ord_g, join_counts, join_counts_multi, moran_i,
    oden_i_pop, potthoff_whittinghill, rogerson_r, stone_test, tango_index,
};
use safeground_stats::weights::Position;

use super::faults::Faults;
use super::inputs::{SIZES, columns, constants, graphs};

fn settings() -> Vec<AutocorrelationParams> {
    let permutations = Permutations::new(9, 1).unwrap();
    [Islands::LeftOut, Islands::Counted, Islands::NotCounted]
        .into_iter()
        .flat_map(|islands| {
            [Standardisation::AsGiven, Standardisation::Row].map(|standardisation| {
                AutocorrelationParams {
                    standardisation,
                    islands,
                    permutations: Some(permutations),
                }
            })
        })
        .collect()
}

#[test]
fn global_statistics_of_values_stay_sane() {
    let mut faults = Faults::default();
    for n in SIZES {
        for (column, x) in columns(n) {
            for (graph, weights) in graphs(n) {
                let call = |name: &str| format!("{name} of {n} {column} on {graph}");
                for params in settings() {
                    faults.sane(&call("moran_i"), || moran_i(&x, &weights, &params));
                    faults.sane(&call("geary_c"), || geary_c(&x, &weights, &params));
                    faults.sane(&call("getis_ord_g"), || getis_ord_g(&x, &weights, &params));
                }
                let params = CorrelogramParams::new(settings()[0]);
                faults.sane(&call("correlogram"), || {
                    correlogram(&x, std::slice::from_ref(&weights), &params)
                });
                for orders in [0, 1, 5, usize::MAX] {
                    faults.sane(&call("correlogram_by_order"), || {
                        correlogram_by_order(&x, &weights, orders, &params)
                    });
                }
            }
        }
    }
    faults.none();
}

#[test]
fn global_statistics_of_cases_stay_sane() {
    let mut faults = Faults::default();
    let draws = Permutations::new(9, 1).unwrap();
    for n in SIZES {
        for (first, x) in columns(n) {
            for (second, y) in columns(n) {
                let call = |name: &str| format!("{name} of {n} {first}, {second}");
                for between in [BetweenVariance::AtLeastZero, BetweenVariance::AsEstimated] {
                    faults.sane(&call("eb_standardised_rates"), || {
                        eb_standardised_rates(&x, &y, between)
                    });
                }
                faults.sane(&call("potthoff_whittinghill"), || {
                    potthoff_whittinghill(&x, &y, Some(draws))
                });
                for (name, distances) in columns(n) {
                    faults.sane(&(call("stone_test") + ", " + name), || {
                        stone_test(&x, &y, &distances, draws)
                    });
                }
                for (graph, weights) in graphs(n) {
                    let call = |name: &str| format!("{name} of {n} {first}, {second} on {graph}");
                    faults.sane(&call("tango_index"), || {
                        tango_index(&x, &y, &weights, Some(draws))
                    });
                    faults.sane(&call("rogerson_r"), || {
                        rogerson_r(&x, &y, &weights, Some(draws))
                    });
                    faults.sane(&call("oden_i_pop"), || {
                        oden_i_pop(&x, &y, &weights, Some(draws))
                    });
                    for params in [settings()[0], settings()[3]] {
                        faults.sane(&call("bivariate_moran_i"), || {
                            bivariate_moran_i(&x, &y, &weights, &params)
                        });
                        for numerator in [EbNumerator::Centred, EbNumerator::Uncentred] {
                            let mut params = EbMoranParams::new(params);
                            params.numerator = numerator;
                            params.between_variance = BetweenVariance::AsEstimated;
                            faults.sane(&call("eb_moran_i"), || {
                                eb_moran_i(&x, &y, &weights, &params)
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
fn nothing_is_said_of_whether_constant_values_cluster() {
    let mut faults = Faults::default();
    for n in SIZES {
        for (column, x) in constants(n) {
            for (graph, weights) in graphs(n) {
                let call = |name: &str| format!("{name} of {n} {column} on {graph}");
                for params in settings() {
                    faults.undefined(&call("moran_i"), || moran_i(&x, &weights, &params));
                    faults.undefined(&call("geary_c"), || geary_c(&x, &weights, &params));
                    faults.undefined(&call("bivariate_moran_i"), || {
                        bivariate_moran_i(&x, &x, &weights, &params)
                    });
                }
            }
        }
    }
    faults.none();
}

#[test]
fn join_counts_stay_sane() {
    let mut faults = Faults::default();
    for n in SIZES {
        let patterns: [Vec<Option<bool>>; 4] = [
            vec![None; n],
            vec![Some(false); n],
            vec![Some(true); n],
            (0..n).map(|i| (i % 4 != 3).then_some(i % 2 == 0)).collect(),
        ];
        let colours: [Vec<Option<usize>>; 4] = [
            vec![None; n],
            vec![Some(0); n],
            vec![Some(usize::MAX); n],
            (0..n).map(|i| (i % 4 != 3).then_some(i % 3)).collect(),
        ];
        for (graph, weights) in graphs(n) {
            for autocorrelation in settings() {
                for sampling in [Sampling::NonFree, Sampling::Free] {
                    let params = JoinCountParams {
                        autocorrelation,
                        sampling,
                    };
                    for pattern in &patterns {
                        faults.sane(&format!("join_counts of {pattern:?} on {graph}"), || {
                            join_counts(pattern, &weights, &params)
                        });
                    }
                    for colours in &colours {
                        faults.sane(
                            &format!("join_counts_multi of {colours:?} on {graph}"),
                            || join_counts_multi(colours, &weights, &params),
                        );
                    }
                }
            }
        }
    }
    faults.none();
}

#[test]
fn global_statistics_of_distance_refuse_what_is_no_distance() {
    let mut faults = Faults::default();
    let params = CorrelogramParams::new(settings()[0]);
    for n in SIZES {
        let same = vec![
            Some(Position {
                latitude: 20.0,
                longitude: 80.0
            });
            n
        ];
        for (column, x) in columns(n) {
            for bounds in [
                vec![],
                vec![f64::NAN],
                vec![-1.0, 5.0],
                vec![5.0, 1.0],
                vec![1.0, f64::INFINITY],
                vec![1e3, 1e12],
            ] {
                let call = format!("correlogram_by_distance of {column} by {bounds:?}");
                faults.sane(&call, || {
                    correlogram_by_distance(&x, &same, &bounds, &params)
                });
            }
        }
        for scale in [1e-300, 1.0, 1e300] {
            faults.sane("exponential_closeness", || {
                exponential_closeness(&same, scale)
            });
        }
        for scale in [f64::NAN, 0.0, -1.0, f64::INFINITY] {
            faults.refused("exponential_closeness", || {
                exponential_closeness(&same, scale)
            });
        }
    }
    for many in [0, 10_000_001, usize::MAX] {
        faults.refused("Permutations", || Permutations::new(many, 1));
    }
    faults.none();
}
