//! Surfaces.

use geo::{Coord, LineString, MultiPolygon, Polygon};
use h3o::{LatLng, Resolution};
use safeground_stats::significance::Alternative;
use safeground_stats::surface::{
    AreaCounts, AreaDensityParams, AreaSupport, Bandwidth, BandwidthRule, CrossValidationParams,
    DistanceCorrection, DistanceFunction, DistanceParams, EdgeCorrection, EnvelopeParams, Events,
    Kernel, KernelDensityParams, LeftOut, Locations, NearestCorrection, RelativeRiskParams,
    RipleyCorrection, RipleyParams, RiskCriterion, RiskNull, RiskSimulations, StudyRegion, Window,
    area_density, clark_evans, cross_envelope, cross_k, distance_envelope, empty_space_f,
    j_function, kernel_density, likelihood_bandwidth, nearest_neighbour_g, region_envelope,
    region_k, relative_risk, ripley_envelope, ripley_k, risk_bandwidth, rule_bandwidth_m,
};
use safeground_stats::weights::Position;

use super::faults::Faults;
use super::inputs::columns;

const KERNELS: [Kernel; 4] = [
    Kernel::Uniform,
    Kernel::Quartic,
    Kernel::Gaussian { truncation: 3.0 },
    Kernel::Gaussian { truncation: 1e300 },
];

/// Places in the plane, as coordinates.
fn patterns() -> Vec<(&'static str, Vec<Coord<f64>>)> {
    let line = |n: usize, step: f64| {
        (0..n)
            .map(|i| Coord {
                x: i as f64 * step,
                y: (i % 3) as f64 * step,
            })
            .collect::<Vec<_>>()
    };
    vec![
        ("none", line(0, 1.0)),
        ("one", line(1, 1.0)),
        ("two", line(2, 10.0)),
        ("a heap", line(7, 0.0)),
        ("few", line(9, 10.0)),
        ("far apart", line(5, 1e100)),
        ("crammed", line(5, 1e-200)),
        (
            "far from zero",
            line(6, 1.0)
                .into_iter()
                .map(|c| Coord {
                    x: c.x + 1e15,
                    y: c.y + 1e15,
                })
                .collect(),
        ),
    ]
}

fn bandwidths() -> Vec<Bandwidth> {
    vec![
        Bandwidth::Fixed { bandwidth_m: 15.0 },
        Bandwidth::Fixed {
            bandwidth_m: 1e-200,
        },
        Bandwidth::Fixed { bandwidth_m: 1e200 },
        Bandwidth::Abramson {
            global_m: 10.0,
            pilot_m: 10.0,
            limit: 5.0,
        },
        Bandwidth::Nearest {
            count: 2,
            least_m: 1e-9,
        },
        Bandwidth::Nearest {
            count: usize::MAX,
            least_m: 1.0,
        },
    ]
}

#[test]
fn densities_stay_sane() {
    let mut faults = Faults::default();
    for (name, points) in patterns() {
        let Ok(locations) = Locations::planar(&points) else {
            continue;
        };
        let region = StudyRegion::pieces(locations.clone(), vec![1.0; points.len()]);
        let bare = StudyRegion::pieces(locations.clone(), vec![0.0; points.len()]);
        let mut corrections = vec![EdgeCorrection::None];
        for region in [&region, &bare].into_iter().flatten() {
            corrections.push(EdgeCorrection::Diggle(region));
            corrections.push(EdgeCorrection::Uniform(region));
        }
        for (column, weights) in columns(points.len()).into_iter().step_by(3) {
            let weights: Vec<f64> = weights.into_iter().map(|w| w.unwrap_or(0.0)).collect();
            let Ok(events) = Events::weighted(locations.clone(), weights) else {
                continue;
            };
            for kernel in KERNELS {
                for rule in [
                    BandwidthRule::Scott,
                    BandwidthRule::Silverman,
                    BandwidthRule::Oversmoothing,
                    BandwidthRule::SearchRadius,
                ] {
                    let call = format!("rule_bandwidth_m of {name} by {column}");
                    faults.sane(&call, || rule_bandwidth_m(&events, rule, kernel));
                }
                for correction in &corrections {
                    for bandwidth in bandwidths() {
                        let call = format!(
                            "kernel_density of {name} by {column}, {kernel:?}, {bandwidth:?}"
                        );
                        faults.sane(&call, || {
                            let params = KernelDensityParams::new(kernel, bandwidth)?;
                            kernel_density(&events, &locations, correction, &params)
                        });
                        let call = format!(
                            "relative_risk of {name} by {column}, {kernel:?}, {bandwidth:?}"
                        );
                        faults.sane(&call, || {
                            let density = KernelDensityParams::new(kernel, bandwidth)?;
                            let simulations = RiskSimulations::new(
                                RiskNull::RandomLabelling,
                                9,
                                Alternative::TwoSided,
                                1,
                            )?;
                            let params =
                                RelativeRiskParams::new(density).with_simulations(simulations);
                            relative_risk(
                                &Events::new(locations.clone()),
                                &events,
                                &locations,
                                correction,
                                &params,
                            )
                        });
                    }
                    for left_out in [LeftOut::Event, LeftOut::Place] {
                        let params = CrossValidationParams::new(kernel, left_out, 0.1, 100.0);
                        let call = format!("likelihood_bandwidth of {name} by {column}");
                        faults.sane(&call, || {
                            likelihood_bandwidth(&events, correction, &params.clone()?)
                        });
                        for criterion in [RiskCriterion::LogRatio, RiskCriterion::WeightedRatio] {
                            faults.sane(&format!("risk_bandwidth of {name} by {column}"), || {
                                let cases = Events::new(locations.clone());
                                risk_bandwidth(
                                    &cases,
                                    &events,
                                    correction,
                                    criterion,
                                    &params.clone()?,
                                )
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
fn densities_of_areas_stay_sane() {
    let mut faults = Faults::default();
    for (name, points) in patterns() {
        let Ok(locations) = Locations::planar(&points) else {
            continue;
        };
        let n = points.len();
        for (first, counts) in columns(n) {
            for (second, noise_variances) in columns(n) {
                let given = AreaCounts {
                    counts: &counts,
                    noise_variances: &noise_variances,
                };
                let call = format!("area_density of {name}, {first}, {second}");
                for width in [1e-200, 10.0, 1e200] {
                    faults.sane(&call, || {
                        let params = AreaDensityParams::new(Kernel::Quartic, width)?;
                        let support = AreaSupport::centres(locations.clone());
                        area_density(&given, &support, &locations, &EdgeCorrection::None, &params)
                    });
                    faults.sane(&call, || {
                        let params = AreaDensityParams::new(Kernel::Quartic, width)?;
                        let weights: Vec<f64> = counts.iter().map(|c| c.unwrap_or(1.0)).collect();
                        let areas = (0..n).collect();
                        let support = AreaSupport::points(locations.clone(), areas, &weights, n)?;
                        area_density(&given, &support, &locations, &EdgeCorrection::None, &params)
                    });
                }
            }
        }
        faults.refused("AreaSupport", || {
            AreaSupport::points(locations.clone(), vec![usize::MAX; n + 1], &[], n)
        });
    }
    faults.none();
}

#[test]
fn patterns_of_points_stay_sane() {
    let mut faults = Faults::default();
    let square = Window::rectangle(Coord { x: 0.0, y: 0.0 }, Coord { x: 100.0, y: 30.0 }).unwrap();
    let wide = Window::rectangle(
        Coord {
            x: -1e120,
            y: -1e120,
        },
        Coord { x: 1e120, y: 1e120 },
    );
    let sliver = Window::rectangle(
        Coord { x: 0.0, y: 0.0 },
        Coord {
            x: 100.0,
            y: 1e-200,
        },
    );
    for window in [Some(&square), wide.as_ref().ok(), sliver.as_ref().ok()]
        .into_iter()
        .flatten()
    {
        for (name, points) in patterns() {
            for correction in [NearestCorrection::None, NearestCorrection::Donnelly] {
                faults.sane(&format!("clark_evans of {name} in {window:?}"), || {
                    clark_evans(&points, window, correction)
                });
            }
            for correction in [
                DistanceCorrection::None,
                DistanceCorrection::Border,
                DistanceCorrection::KaplanMeier,
            ] {
                for radii in [vec![], vec![5.0, 10.0], vec![0.0], vec![1e-300, 1e200]] {
                    let call = |method: &str| {
                        format!("{method} of {name} at {radii:?} by {correction:?} in {window:?}")
                    };
                    let params = || DistanceParams::new(radii.clone(), correction)?.with_grid(8);
                    let draws = EnvelopeParams::new(19, 1, 1).unwrap();
                    faults.sane(&call("nearest_neighbour_g"), || {
                        nearest_neighbour_g(&points, window, &params()?)
                    });
                    faults.sane(&call("empty_space_f"), || {
                        empty_space_f(&points, window, &params()?)
                    });
                    faults.sane(&call("j_function"), || {
                        j_function(&points, window, &params()?)
                    });
                    faults.sane(&call("distance_envelope"), || {
                        let function = DistanceFunction::J;
                        distance_envelope(function, &points, window, &params()?, &draws)
                    });
                }
            }
            for correction in [
                RipleyCorrection::None,
                RipleyCorrection::Border,
                RipleyCorrection::Isotropic,
                RipleyCorrection::Translation,
            ] {
                for radii in [vec![], vec![5.0, 10.0], vec![0.0], vec![1e-300, 1e200]] {
                    let call = |method: &str| {
                        format!("{method} of {name} at {radii:?} by {correction:?} in {window:?}")
                    };
                    let params = RipleyParams::new(radii.clone(), correction);
                    let draws = EnvelopeParams::new(19, 1, 1).unwrap();
                    faults.sane(&call("ripley_k"), || {
                        ripley_k(&points, window, &params.clone()?)
                    });
                    faults.sane(&call("cross_k"), || {
                        cross_k(&points, &points, window, &params.clone()?)
                    });
                    faults.sane(&call("ripley_envelope"), || {
                        ripley_envelope(&points, window, &params.clone()?, &draws)
                    });
                    faults.sane(&call("cross_envelope"), || {
                        cross_envelope(&points, &points, window, &params.clone()?, &draws)
                    });
                }
            }
        }
    }
    faults.none();
}

#[test]
fn cells_of_the_globe_stay_sane() {
    let mut faults = Faults::default();
    let cell = LatLng::new(25.6, 85.1).unwrap().to_cell(Resolution::Six);
    let cells: Vec<_> = cell.grid_disk(1);
    let draws = EnvelopeParams::new(19, 1, 1).unwrap();
    for chosen in [vec![], vec![cell], vec![cell; 5], cells.clone()] {
        let places = Locations::cells(&chosen);
        for radii in [
            vec![],
            vec![0.0],
            vec![5e3],
            vec![f64::NAN],
            vec![-1.0],
            vec![1e9],
            vec![2.0, 1.0],
        ] {
            faults.sane(&format!("region_k at {radii:?}"), || {
                region_k(&places, &StudyRegion::cells(&cells)?, &radii)
            });
            faults.sane(&format!("region_envelope at {radii:?}"), || {
                region_envelope(&places, &cells, &radii, &draws)
            });
        }
        faults.sane("StudyRegion", || {
            StudyRegion::cells(&chosen).map(|region| region.area_km2().len())
        });
    }
    let region = StudyRegion::cells(&cells).unwrap();
    for latitude in [f64::NAN, 91.0, f64::INFINITY, -1e300] {
        let position = Position {
            latitude,
            longitude: latitude,
        };
        faults.refused("great_circle", || Locations::great_circle(&[position]));
        assert_eq!(region.contains(position), Some(false));
    }
    faults.none();
}

#[test]
fn parameters_of_surfaces_have_limits() {
    let mut faults = Faults::default();
    let kernel = Kernel::Quartic;
    for odd in [f64::NAN, f64::INFINITY, 0.0, -1.0] {
        faults.refused("Fixed", || {
            KernelDensityParams::new(kernel, Bandwidth::Fixed { bandwidth_m: odd })
        });
        faults.refused("Abramson", || {
            let bandwidth = Bandwidth::Abramson {
                global_m: 1.0,
                pilot_m: odd,
                limit: 5.0,
            };
            KernelDensityParams::new(kernel, bandwidth)
        });
        faults.refused("Gaussian", || {
            let kernel = Kernel::Gaussian { truncation: odd };
            KernelDensityParams::new(kernel, Bandwidth::Fixed { bandwidth_m: 1.0 })
        });
        faults.refused("AreaDensityParams", || AreaDensityParams::new(kernel, odd));
        faults.refused("CrossValidationParams", || {
            CrossValidationParams::new(kernel, LeftOut::Event, odd, 1.0)
        });
        faults.refused("CrossValidationParams", || {
            CrossValidationParams::new(kernel, LeftOut::Event, 1.0, odd)
        });
        faults.refused("planar", || {
            Locations::planar(&[Coord {
                x: odd.ln(),
                y: f64::NAN,
            }])
        });
        faults.refused("Events", || {
            Events::weighted(Locations::planar(&[Coord { x: 0.0, y: 0.0 }])?, vec![-1.0])
        });
    }
    for radius in [f64::NAN, f64::INFINITY, -1.0] {
        faults.refused("RipleyParams", || {
            RipleyParams::new(vec![radius], RipleyCorrection::None)
        });
    }
    for many in [0, 10_000_001, usize::MAX] {
        faults.refused("EnvelopeParams", || EnvelopeParams::new(many, 1, 1));
        faults.refused("DistanceParams", || {
            DistanceParams::new(vec![1.0], DistanceCorrection::None)?.with_grid(many)
        });
        faults.refused("EnvelopeParams", || EnvelopeParams::new(19, many, 1));
        faults.refused("RiskSimulations", || {
            RiskSimulations::new(RiskNull::ConstantRisk, many, Alternative::Greater, 1)
        });
    }
    let ring = |points: &[(f64, f64)]| {
        let line = points.iter().map(|(x, y)| Coord { x: *x, y: *y }).collect();
        MultiPolygon::new(vec![Polygon::new(LineString::new(line), vec![])])
    };
    for shape in [
        MultiPolygon::new(vec![]),
        ring(&[]),
        ring(&[(0.0, 0.0), (1.0, 0.0)]),
        ring(&[(f64::NAN, 0.0), (1.0, 1.0), (1.0, 0.0)]),
        ring(&[(f64::INFINITY, 0.0), (1.0, 1.0), (1.0, 0.0)]),
    ] {
        faults.refused(&format!("Window of {shape:?}"), || Window::polygon(&shape));
    }
    faults.sane("Window", || {
        let bow = ring(&[(0.0, 0.0), (1.0, 1.0), (1.0, 0.0), (0.0, 1.0)]);
        Window::polygon(&bow).map(|window| (window.area_m2(), window.perimeter_m()))
    });
    let zero = Coord { x: 0.0, y: 0.0 };
    faults.refused("Window", || Window::rectangle(zero, zero));
    faults.refused("Window", || {
        Window::rectangle(
            zero,
            Coord {
                x: f64::NAN,
                y: 1.0,
            },
        )
    });
    faults.none();
}
