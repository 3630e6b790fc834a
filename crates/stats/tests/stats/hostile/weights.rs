//! Spatial weights.

use geo::{Coord, LineString, MultiPolygon, Polygon};
use h3o::{CellIndex, LatLng, Resolution};
use safeground_stats::weights::{
    Bandwidth, Coincident, Contiguity, ContiguityParams, InverseDistanceParams, Kernel,
    KernelDiagonal, KernelParams, PlanarPosition, Position, SpatialWeights, Steps, TextHeader,
    WeightStyle, block_weights, connecting_distance, contiguity, distance_band, from_adjacency,
    grid_disk, grid_ring, inverse_distance, kernel_weights, nearest_neighbours, parse_gal,
    parse_gwt, write_gal, write_gwt,
};

use super::faults::Faults;
use super::inputs::{SIZES, columns, graphs};

const ODD: [f64; 8] = [
    f64::NAN,
    f64::INFINITY,
    -1.0,
    0.0,
    f64::MIN_POSITIVE,
    1.0,
    1e20,
    1e300,
];

#[test]
fn every_operation_on_weights_stays_sane() {
    let mut faults = Faults::default();
    for n in SIZES {
        for (first, a) in graphs(n) {
            let call = |name: &str| format!("{name} of {n} on {first}");
            for style in [
                WeightStyle::Basic,
                WeightStyle::RowStandardised,
                WeightStyle::GloballyStandardised,
                WeightStyle::UnitSum,
                WeightStyle::VarianceStabilising,
            ] {
                faults.sane(&call("styled"), || a.styled(style));
            }
            for steps in [0, 1, 2, usize::MAX] {
                faults.sane(&call("higher_order"), || {
                    a.higher_order(Steps::Exactly(steps))
                });
                faults.sane(&call("higher_order"), || a.higher_order(Steps::UpTo(steps)));
            }
            faults.sane(&call("binary"), || a.binary());
            faults.sane(&call("row_standardised"), || a.row_standardised());
            faults.sane(&call("transposed"), || a.transposed());
            faults.sane(&call("symmetrised"), || a.symmetrised());
            faults.sane(&call("mutual"), || a.mutual());
            faults.sane(&call("averaged"), || a.averaged());
            faults.sane(&call("summary"), || a.summary());
            faults.sane(&call("sums"), || a.sums());
            faults.sane(&call("components"), || a.components());
            faults.sane(&call("subset"), || a.subset(&[0, 0]));
            faults.sane(&call("subset"), || a.subset(&[usize::MAX]));
            faults.sane(&call("subset"), || a.subset(&[]));
            for weight in ODD {
                faults.sane(&call("with_self_weight"), || {
                    a.clone().with_self_weight(weight)
                });
            }
            faults.sane(&call("adjacency"), || {
                let list = a.to_adjacency();
                from_adjacency(n, &list.focal, &list.neighbor, &list.weight)
            });
            let ids: Vec<String> = (0..n).map(|i| format!("u{i}")).collect();
            faults.sane(&call("gal"), || {
                parse_gal(&write_gal(&ids, &a, TextHeader::Count)?)
            });
            faults.sane(&call("gwt"), || {
                parse_gwt(&write_gwt(&ids, &a, TextHeader::Count)?, Some(&ids))
            });
            for m in [n, n + 1] {
                for (second, b) in graphs(m) {
                    let call = |name: &str| format!("{name} of {n} {first} and {m} {second}");
                    faults.sane(&call("union"), || a.union(&b));
                    faults.sane(&call("intersection"), || a.intersection(&b));
                    faults.sane(&call("difference"), || a.difference(&b));
                    faults.sane(&call("symmetric_difference"), || a.symmetric_difference(&b));
                    faults.sane(&call("islands_attached"), || a.islands_attached(&b));
                }
            }
        }
    }
    faults.none();
}

#[test]
fn weights_of_places_refuse_what_is_no_place() {
    let mut faults = Faults::default();
    for n in SIZES {
        for (first, x) in columns(n) {
            for (second, y) in columns(n) {
                let plane: Vec<_> = x
                    .iter()
                    .zip(&y)
                    .map(|(x, y)| x.zip(*y).map(|(x_m, y_m)| PlanarPosition { x_m, y_m }))
                    .collect();
                let globe: Vec<_> = x
                    .iter()
                    .zip(&y)
                    .map(|(x, y)| {
                        x.zip(*y).map(|(latitude, longitude)| Position {
                            latitude,
                            longitude,
                        })
                    })
                    .collect();
                let call = |name: &str| format!("{name} of {n} {first}, {second}");
                faults.sane(&call("connecting_distance"), || connecting_distance(&plane));
                faults.sane(&call("connecting_distance"), || connecting_distance(&globe));
                for count in [0, 1, 5, usize::MAX] {
                    faults.sane(&call("nearest_neighbours"), || {
                        nearest_neighbours(&plane, count)
                    });
                    faults.sane(&call("nearest_neighbours"), || {
                        nearest_neighbours(&globe, count)
                    });
                }
                for radius in ODD {
                    faults.sane(&call("distance_band"), || distance_band(&plane, radius));
                    faults.sane(&call("distance_band"), || distance_band(&globe, radius));
                    for coincident in [
                        Coincident::Refuse,
                        Coincident::AtLeast { distance_m: radius },
                    ] {
                        for power in ODD {
                            let call =
                                call("inverse_distance") + &format!(" by {power}, {coincident:?}");
                            faults.sane(&call, || {
                                let params = InverseDistanceParams::new(power, None, coincident)?;
                                inverse_distance(&plane, &params)
                            });
                            faults.sane(&call, || {
                                let params =
                                    InverseDistanceParams::new(power, Some(radius), coincident)?;
                                inverse_distance(&globe, &params)
                            });
                        }
                    }
                }
                for bandwidth in [
                    Bandwidth::Fixed {
                        bandwidth_m: 1e-300,
                    },
                    Bandwidth::Fixed { bandwidth_m: 1e300 },
                    Bandwidth::LargestNearest { neighbours: 2 },
                    Bandwidth::LargestNearest {
                        neighbours: usize::MAX,
                    },
                    Bandwidth::Adaptive { neighbours: 1 },
                    Bandwidth::Adaptive {
                        neighbours: usize::MAX,
                    },
                ] {
                    for kernel in [Kernel::Uniform, Kernel::Triangular, Kernel::Gaussian] {
                        let call =
                            call("kernel_weights") + &format!(" by {kernel:?}, {bandwidth:?}");
                        let params = KernelParams::new(kernel, bandwidth, KernelDiagonal::AtZero);
                        faults.sane(&call, || kernel_weights(&plane, &params.clone()?));
                        faults.sane(&call, || kernel_weights(&globe, &params.clone()?));
                    }
                }
            }
        }
    }
    for odd in [f64::NAN, f64::INFINITY, 0.0, -1.0] {
        let fixed = Bandwidth::Fixed { bandwidth_m: odd };
        faults.refused("KernelParams", || {
            KernelParams::new(Kernel::Uniform, fixed, KernelDiagonal::One)
        });
        faults.refused("InverseDistanceParams", || {
            InverseDistanceParams::new(odd, None, Coincident::Refuse)
        });
        faults.refused("distance_band", || distance_band::<Position>(&[], odd));
    }
    faults.none();
}

#[test]
fn weights_of_cells_and_regions_stay_sane() {
    let mut faults = Faults::default();
    let cell = LatLng::new(25.6, 85.1).unwrap().to_cell(Resolution::Eight);
    let coarse = cell.parent(Resolution::Zero).unwrap();
    let pentagon = CellIndex::base_cells()
        .find(|cell| cell.is_pentagon())
        .unwrap();
    for cells in [
        vec![],
        vec![cell],
        vec![cell; 4],
        vec![cell, coarse, pentagon, pentagon],
    ] {
        for k in [0, 1, 3, 20, u32::MAX] {
            faults.sane("grid_disk", || grid_disk(&cells, k));
            faults.sane("grid_ring", || grid_ring(&cells, k));
        }
    }
    faults.refused("grid_disk", || grid_disk(&[cell], u32::MAX));
    faults.refused("grid_ring", || grid_ring(&[cell], u32::MAX));
    for n in SIZES {
        faults.sane("block_weights", || block_weights::<u8>(&vec![None; n]));
        faults.sane("block_weights", || block_weights(&vec![Some(1); n]));
    }
    faults.none();
}

#[test]
fn polygons_that_are_none_have_no_neighbours() {
    let mut faults = Faults::default();
    let ring = |points: &[(f64, f64)]| {
        let line = points.iter().map(|(x, y)| Coord { x: *x, y: *y }).collect();
        MultiPolygon::new(vec![Polygon::new(LineString::new(line), vec![])])
    };
    let shapes = [
        MultiPolygon::new(vec![]),
        ring(&[]),
        ring(&[(0.0, 0.0)]),
        ring(&[(0.0, 0.0), (1.0, 0.0)]),
        ring(&[(0.0, 0.0), (0.0, 0.0), (0.0, 0.0)]),
        ring(&[(0.0, 0.0), (1.0, 1.0), (1.0, 0.0), (0.0, 1.0)]),
        ring(&[(f64::NAN, 0.0), (1.0, 1.0), (1.0, 0.0)]),
        ring(&[(f64::INFINITY, 0.0), (1.0, 1.0), (1.0, 0.0)]),
        ring(&[(1e300, 0.0), (-1e300, 1.0), (0.0, 1e300)]),
        ring(&[(1e-300, 0.0), (0.0, 1e-300), (0.0, 0.0)]),
        ring(&[(0.0, 0.0), (1.0, 0.0), (1.0, 1.0)]),
        ring(&[(500.0, 95.0), (501.0, 95.0), (500.0, 96.0)]),
    ];
    for kind in [Contiguity::Queen, Contiguity::Rook] {
        for tolerance in [0.0, 1e-300, 1e-6, 1.0, 1e300] {
            for a in &shapes {
                for b in &shapes {
                    let call = format!("contiguity of {a:?}, {b:?} within {tolerance}");
                    let pair = [Some(a), None, Some(b), Some(b)];
                    faults.sane(&call, || {
                        contiguity(&pair, &ContiguityParams::new(kind, tolerance)?)
                    });
                    faults.sane(&call, || {
                        contiguity(&pair, &ContiguityParams::new(kind, tolerance)?.geographic())
                    });
                }
            }
        }
        for tolerance in [f64::NAN, -1.0, f64::INFINITY] {
            faults.refused("ContiguityParams", || {
                ContiguityParams::new(kind, tolerance)
            });
        }
    }
    faults.none();
}

#[test]
fn lists_and_text_that_are_no_weights_are_refused() {
    let mut faults = Faults::default();
    faults.refused("from_lists", || SpatialWeights::from_lists(vec![vec![1]]));
    faults.refused("from_lists", || {
        SpatialWeights::from_lists(vec![vec![usize::MAX]])
    });
    for weight in [f64::NAN, f64::INFINITY, -1.0] {
        faults.refused("from_weighted_lists", || {
            SpatialWeights::from_weighted_lists(vec![vec![(1, weight)], vec![]])
        });
        faults.refused("from_adjacency", || {
            from_adjacency(2, &[0], &[1], &[weight])
        });
    }
    faults.refused("from_adjacency", || from_adjacency(2, &[0], &[5], &[1.0]));
    faults.refused("from_adjacency", || from_adjacency(2, &[7], &[1], &[1.0]));
    faults.refused("from_adjacency", || {
        from_adjacency(2, &[0, 0], &[1, 1], &[1.0; 2])
    });
    faults.refused("from_adjacency", || from_adjacency(2, &[0], &[], &[1.0]));
    faults.refused("from_adjacency", || {
        from_adjacency(usize::MAX, &[0], &[1], &[1.0])
    });
    for text in [
        "",
        "\n\n",
        "0",
        "-1",
        "18446744073709551615",
        "1000000000000\na 1\nb",
        "2\na 18446744073709551615\nb\nb 0\n\n",
        "2\na 1\nb\nb 1\na",
        "0 2 layer id\na b NaN",
        "0 2 layer id\na b inf",
        "0 2 layer id\na b -1",
        "0 2 layer id\na b 1e400",
        "0 99999999999999999999 layer id\na b 1",
        "\u{0}\u{ffff}",
    ] {
        faults.sane(&format!("parse_gal of {text:?}"), || parse_gal(text));
        faults.sane(&format!("parse_gwt of {text:?}"), || parse_gwt(text, None));
    }
    faults.none();
}
