//! Local statistics.

use safeground_stats::evidence::Band;
use safeground_stats::local::{
    BandFill, BandedGetisOrdParams, ClusterClass, GetisOrdParams, HotspotClass, LocalGearyParams,
    LocalMoranParams, LoshParams, LoshPermutationParams, NoisyGetisOrdParams, Quadrant,
    SelfNeighbour, VarianceDivisor, banded_getis_ord, bivariate_local_join_count,
    bivariate_local_moran, getis_ord, getis_ord_permutation, getis_ord_ratio, local_co_location,
    local_geary, local_geary_permutation, local_join_count, local_moran, local_moran_permutation,
    local_moran_rate, local_moran_rate_permutation, losh, losh_permutation, noisy_getis_ord,
    rate_deviates,
};
use safeground_stats::permutation::PermutationParams;
use safeground_stats::significance::Alternative;

use super::faults::Faults;
use super::inputs::{SIZES, columns, constants, graphs};

const DIVISORS: [VarianceDivisor; 2] = [VarianceDivisor::Units, VarianceDivisor::UnitsLessOne];

fn schemes() -> [PermutationParams; 3] {
    let shared = PermutationParams::new(19, 1).unwrap();
    [shared, shared.per_unit(), shared.sequential(3).unwrap()]
}

#[test]
fn local_statistics_of_one_variable_stay_sane() {
    let mut faults = Faults::default();
    for n in SIZES {
        for (column, x) in columns(n) {
            for (graph, weights) in graphs(n) {
                let call = |name: &str| format!("{name} of {n} {column} on {graph}");
                for params in [GetisOrdParams::star(), GetisOrdParams::plain()] {
                    faults.sane(&call("getis_ord"), || getis_ord(&x, &weights, &params));
                    faults.sane(&call("getis_ord_ratio"), || {
                        getis_ord_ratio(&x, &weights, &params)
                    });
                }
                for divisor in DIVISORS {
                    let moran = LocalMoranParams::new(divisor);
                    faults.sane(&call("local_moran"), || local_moran(&x, &weights, &moran));
                    let geary = LocalGearyParams::new(divisor);
                    faults.sane(&call("local_geary"), || local_geary(&x, &weights, &geary));
                }
                for exponent in [0.1, 2.0, 4.0] {
                    let params = LoshParams::new(exponent).unwrap();
                    let draws = LoshPermutationParams::new(9, 1).unwrap();
                    faults.sane(&call("losh"), || losh(&x, &weights, &params));
                    faults.sane(&call("losh_permutation"), || {
                        losh_permutation(&x, &weights, &params, &draws)
                    });
                }
                let divisor = DIVISORS[0];
                for scheme in schemes() {
                    faults.sane(&call("getis_ord_permutation"), || {
                        getis_ord_permutation(&x, &weights, &scheme)
                    });
                    faults.sane(&call("local_moran_permutation"), || {
                        let params = LocalMoranParams::new(divisor);
                        local_moran_permutation(&x, &weights, &params, &scheme).map(|references| {
                            references
                                .into_iter()
                                .flatten()
                                .map(|r| (r.z(), r.p_normal(), r.p(Alternative::TwoSided), r))
                                .collect::<Vec<_>>()
                        })
                    });
                    faults.sane(&call("local_geary_permutation"), || {
                        let params = LocalGearyParams::new(divisor);
                        local_geary_permutation(&x, &weights, &params, &scheme)
                    });
                }
            }
        }
    }
    faults.none();
}

#[test]
fn local_statistics_of_two_variables_stay_sane() {
    let mut faults = Faults::default();
    let scheme = schemes()[0];
    let moran = LocalMoranParams::new(DIVISORS[0]);
    for n in SIZES {
        for (first, x) in columns(n) {
            for (second, y) in columns(n) {
                let call = |name: &str| format!("{name} of {n} {first}, {second}");
                faults.sane(&call("rate_deviates"), || rate_deviates(&x, &y));
                for (graph, weights) in graphs(n) {
                    let call = |name: &str| format!("{name} of {n} {first}, {second} on {graph}");
                    faults.sane(&call("bivariate_local_moran"), || {
                        bivariate_local_moran(&x, &y, &weights, &moran, &scheme)
                    });
                    faults.sane(&call("local_moran_rate"), || {
                        local_moran_rate(&x, &y, &weights, &moran)
                    });
                    faults.sane(&call("local_moran_rate_permutation"), || {
                        local_moran_rate_permutation(&x, &y, &weights, &moran, &scheme)
                    });
                    for own in [SelfNeighbour::Included, SelfNeighbour::Excluded] {
                        let params = NoisyGetisOrdParams::new(own, 0.95).unwrap();
                        faults.sane(&call("noisy_getis_ord"), || {
                            noisy_getis_ord(&x, &y, &weights, &params)
                        });
                    }
                    let bands: Vec<_> = x
                        .iter()
                        .zip(&y)
                        .map(|(x, y)| x.zip(*y).map(|(low, high)| Band { low, high }))
                        .collect();
                    for fill in [BandFill::Continuous, BandFill::WholeNumbers] {
                        let params = BandedGetisOrdParams::new(fill, 9, 1).unwrap();
                        faults.sane(&call("banded_getis_ord"), || {
                            banded_getis_ord(&bands, &weights, &params)
                        });
                    }
                }
            }
        }
    }
    faults.none();
}

#[test]
fn local_join_counts_stay_sane() {
    let mut faults = Faults::default();
    for n in SIZES {
        let patterns: [Vec<Option<bool>>; 4] = [
            vec![None; n],
            vec![Some(false); n],
            vec![Some(true); n],
            (0..n).map(|i| (i % 4 != 3).then_some(i % 2 == 0)).collect(),
        ];
        for a in &patterns {
            for (graph, weights) in graphs(n) {
                for scheme in schemes() {
                    let call = |name: &str| format!("{name} of {n} {a:?} on {graph}");
                    faults.sane(&call("local_join_count"), || {
                        local_join_count(a, &weights, &scheme)
                    });
                    for b in &patterns {
                        faults.sane(&call("bivariate_local_join_count"), || {
                            bivariate_local_join_count(a, b, &weights, &scheme)
                        });
                        faults.sane(&call("local_co_location"), || {
                            local_co_location(a, b, &weights, &scheme)
                        });
                    }
                }
            }
        }
    }
    faults.none();
}

#[test]
fn nothing_is_said_of_where_constant_values_cluster() {
    let mut faults = Faults::default();
    let scheme = schemes()[0];
    for n in SIZES {
        for (column, x) in constants(n) {
            for (graph, weights) in graphs(n) {
                let call = |name: &str| format!("{name} of {n} {column} on {graph}");
                for params in [GetisOrdParams::star(), GetisOrdParams::plain()] {
                    faults.undefined(&call("getis_ord"), || getis_ord(&x, &weights, &params));
                }
                let moran = LocalMoranParams::new(DIVISORS[0]);
                let geary = LocalGearyParams::new(DIVISORS[0]);
                faults.undefined(&call("local_moran"), || local_moran(&x, &weights, &moran));
                faults.undefined(&call("local_geary"), || local_geary(&x, &weights, &geary));
                let params = LoshParams::new(2.0).unwrap();
                let draws = LoshPermutationParams::new(9, 1).unwrap();
                faults.undefined(&call("losh"), || losh(&x, &weights, &params));
                faults.undefined(&call("losh_permutation"), || {
                    losh_permutation(&x, &weights, &params, &draws)
                });
                faults.undefined(&call("getis_ord_permutation"), || {
                    getis_ord_permutation(&x, &weights, &scheme)
                });
                faults.undefined(&call("local_moran_permutation"), || {
                    local_moran_permutation(&x, &weights, &moran, &scheme)
                });
                faults.undefined(&call("local_geary_permutation"), || {
                    local_geary_permutation(&x, &weights, &geary, &scheme)
                });
                faults.undefined(&call("bivariate_local_moran"), || {
                    bivariate_local_moran(&x, &x, &weights, &moran, &scheme)
                });
                let exact = vec![Some(0.0); n];
                let noisy = NoisyGetisOrdParams::new(SelfNeighbour::Included, 0.95).unwrap();
                faults.undefined(&call("noisy_getis_ord"), || {
                    noisy_getis_ord(&x, &exact, &weights, &noisy)
                });
                let bands: Vec<_> = x
                    .iter()
                    .map(|x| x.map(|x| Band { low: x, high: x }))
                    .collect();
                let banded = BandedGetisOrdParams::new(BandFill::Continuous, 9, 1).unwrap();
                faults.undefined(&call("banded_getis_ord"), || {
                    banded_getis_ord(&bands, &weights, &banded)
                });
            }
        }
    }
    faults.none();
}

#[test]
fn parameters_of_local_statistics_have_limits() {
    let mut faults = Faults::default();
    for many in [0, 10_000_001, usize::MAX] {
        faults.refused("PermutationParams", || PermutationParams::new(many, 1));
        faults.refused("LoshPermutationParams", || {
            LoshPermutationParams::new(many, 1)
        });
        for fill in [BandFill::Continuous, BandFill::WholeNumbers] {
            faults.refused("BandedGetisOrdParams", || {
                BandedGetisOrdParams::new(fill, many, 1)
            });
        }
    }
    faults.refused("sequential", || schemes()[0].sequential(0));
    for confidence in [f64::NAN, 0.0, 1.0, -1.0, f64::INFINITY] {
        faults.refused("NoisyGetisOrdParams", || {
            NoisyGetisOrdParams::new(SelfNeighbour::Included, confidence)
        });
    }
    let odd = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, 0.0, 2.0];
    for a in odd {
        for b in odd {
            assert_eq!(
                HotspotClass::of(a, f64::NAN),
                HotspotClass::NotSignificant,
                "{a}"
            );
            faults.sane("HotspotClass", || HotspotClass::of(a, b).as_str());
            faults.sane("Quadrant", || Quadrant::of(a, b).esda_code());
            faults.sane("ClusterClass", || {
                ClusterClass::of_getis_ord(a, b, 0.05).geoda_code()
            });
            for quadrant in [Quadrant::HighHigh, Quadrant::LowHigh] {
                faults.sane("ClusterClass", || {
                    ClusterClass::of_moran(quadrant, a, b).geoda_label()
                });
                faults.sane("ClusterClass", || {
                    ClusterClass::of_geary(a, b, quadrant, a, b)
                });
            }
        }
    }
    faults.none();
}
