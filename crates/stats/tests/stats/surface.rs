//! Surfaces against naive twins, other packages and their own promises.

use std::f64::consts::PI;

use geo::Coord;
use h3o::{CellIndex, LatLng, Resolution};
use proptest::prelude::*;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use safeground_stats::StatsError;
use safeground_stats::significance::Alternative;
use safeground_stats::surface::*;
use safeground_stats::weights::Position;

use crate::oracle::{columns, shared};

const RADIUS_KM: f64 = 6_371.008_8;

fn haversine_km(a: Position, b: Position) -> f64 {
    let (p, q) = (a.latitude.to_radians(), b.latitude.to_radians());
    let l = (b.longitude - a.longitude).to_radians();
    let h = ((q - p) / 2.0).sin().powi(2) + p.cos() * q.cos() * (l / 2.0).sin().powi(2);
    2.0 * RADIUS_KM * h.sqrt().asin()
}

fn centre(cell: CellIndex) -> Position {
    let place = LatLng::from(cell);
    Position {
        latitude: place.lat(),
        longitude: place.lng(),
    }
}

/// A ragged region of cells near Patna.
fn region_cells() -> Vec<CellIndex> {
    let start = LatLng::new(25.6, 85.1).unwrap().to_cell(Resolution::Six);
    let cells: Vec<CellIndex> = start.grid_disk(6);
    cells
        .into_iter()
        .enumerate()
        .filter_map(|(i, cell)| (i % 11 != 3).then_some(cell))
        .collect()
}

/// Positions inside the cells, more of them in the first ones.
fn inside(cells: &[CellIndex], count: usize, seed: u64) -> Vec<Position> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut found = Vec::new();
    while found.len() < count {
        let cell = cells[(random.random::<f64>().powi(2) * cells.len() as f64) as usize];
        let near = centre(cell);
        let position = Position {
            latitude: near.latitude + (random.random::<f64>() - 0.5) * 0.05,
            longitude: near.longitude + (random.random::<f64>() - 0.5) * 0.05,
        };
        let place = LatLng::new(position.latitude, position.longitude).unwrap();
        if cells.contains(&place.to_cell(Resolution::Six)) {
            found.push(position);
        }
    }
    found
}

fn square(count: usize, side_m: f64, random: &mut ChaCha8Rng) -> Vec<Coord<f64>> {
    (0..count)
        .map(|_| Coord {
            x: random.random::<f64>() * side_m,
            y: random.random::<f64>() * side_m,
        })
        .collect()
}

fn fixed(kernel: Kernel, bandwidth_m: f64) -> KernelDensityParams {
    KernelDensityParams::new(kernel, Bandwidth::Fixed { bandwidth_m }).unwrap()
}

const GAUSSIAN: Kernel = Kernel::Gaussian { truncation: 8.0 };

/// Largest distance of the distribution of p-values from the uniform one,
/// times √n: below 1.63 in 99 of 100 cases.
fn kolmogorov(mut p: Vec<f64>) -> f64 {
    p.sort_by(f64::total_cmp);
    let n = p.len() as f64;
    let gap = p
        .iter()
        .enumerate()
        .map(|(i, p)| (p - i as f64 / n).abs().max((p - (i + 1) as f64 / n).abs()))
        .fold(0.0, f64::max);
    gap * n.sqrt()
}

fn on_threads<T: Send>(threads: usize, run: impl Fn() -> T + Send + Sync) -> T {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap()
        .install(run)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn density_is_the_definition_written_out(
        seed in 0..1000u64,
        bandwidth_m in 500.0..60_000.0f64,
        kernel in prop::sample::select(vec![
            Kernel::Uniform, Kernel::Conic, Kernel::Epanechnikov, Kernel::Quartic,
            Kernel::Triweight, Kernel::Gaussian { truncation: 3.0 },
        ]),
    ) {
        let cells = region_cells();
        let positions = inside(&cells, 60, seed);
        let weights: Vec<f64> = (0..60).map(|i| f64::from(i % 4)).collect();
        let events =
            Events::weighted(Locations::great_circle(&positions).unwrap(), weights.clone()).unwrap();
        let at = Locations::cells(&cells);
        let result =
            kernel_density(&events, &at, &EdgeCorrection::None, &fixed(kernel, bandwidth_m)).unwrap();
        let h = bandwidth_m / 1000.0;
        for (cell, density) in cells.iter().zip(&result.per_km2) {
            let naive: f64 = positions
                .iter()
                .zip(&weights)
                .map(|(event, weight)| {
                    let u = haversine_km(*event, centre(*cell)) / h;
                    weight * kernel.weight(u * u) / (h * h)
                })
                .sum();
            prop_assert!((density.unwrap() - naive).abs() <= 1e-9 * naive + 1e-15);
        }
    }

    #[test]
    fn with_edge_correction_the_surface_holds_all_events(
        seed in 0..1000u64,
        bandwidth_m in 6_000.0..40_000.0f64,
    ) {
        let cells = region_cells();
        let region = StudyRegion::cells(&cells).unwrap();
        let positions = inside(&cells, 80, seed);
        let weights: Vec<f64> = (0..80).map(|i| 0.5 + f64::from(i % 3)).collect();
        let total: f64 = weights.iter().sum();
        let events = Events::weighted(Locations::great_circle(&positions).unwrap(), weights).unwrap();
        let bandwidths = [
            Bandwidth::Fixed { bandwidth_m },
            Bandwidth::Abramson { global_m: bandwidth_m, pilot_m: bandwidth_m, limit: 5.0 },
            Bandwidth::Nearest { count: 5, least_m: 6000.0 },
        ];
        for bandwidth in bandwidths {
            for kernel in [Kernel::Quartic, Kernel::Gaussian { truncation: 4.0 }] {
                let params = KernelDensityParams::new(kernel, bandwidth).unwrap();
                let correction = EdgeCorrection::Diggle(&region);
                let result =
                    kernel_density(&events, region.centres(), &correction, &params).unwrap();
                let sum: f64 = result
                    .per_km2
                    .iter()
                    .zip(region.area_km2())
                    .map(|(density, area)| density.unwrap() * area)
                    .sum();
                prop_assert!(result.uncounted.is_empty());
                prop_assert!((sum - total).abs() < 1e-9 * total, "{sum} {total}");
            }
        }
    }
}

/// spatstat's default correction is unbiased for an even density: here exactly
/// so, since the quadrature is the pattern itself.
#[test]
fn the_uniform_correction_leaves_an_even_density_even() {
    let cells = region_cells();
    let region = StudyRegion::cells(&cells).unwrap();
    let events = Events::weighted(Locations::cells(&cells), region.area_km2().to_vec()).unwrap();
    let correction = EdgeCorrection::Uniform(&region);
    let params = fixed(Kernel::Quartic, 15_000.0);
    let result = kernel_density(&events, region.centres(), &correction, &params).unwrap();
    for density in &result.per_km2 {
        assert!((density.unwrap() - 1.0).abs() < 1e-12);
    }
    let bare = kernel_density(&events, region.centres(), &EdgeCorrection::None, &params).unwrap();
    assert!(bare.per_km2.iter().flatten().any(|density| *density < 0.7));
}

/// Sums of `scipy.stats.multivariate_normal(p, 1.5² I).pdf` at three places,
/// per km².
#[test]
fn planar_gaussian_density_agrees_with_scipy() {
    let places = [(1.0, 2.0), (4.0, 1.5), (2.5, 5.0), (7.0, 6.0), (6.5, 2.0)];
    let coordinates = places.map(|(x, y)| Coord {
        x: x * 1000.0 + 5e5,
        y: y * 1000.0 + 2.8e6,
    });
    let events = Events::new(Locations::planar(&coordinates).unwrap());
    let at = [(2.0, 2.0), (5.0, 4.0), (9.0, 9.0)].map(|(x, y)| Coord {
        x: x * 1000.0 + 5e5,
        y: y * 1000.0 + 2.8e6,
    });
    let result = kernel_density(
        &events,
        &Locations::planar(&at).unwrap(),
        &EdgeCorrection::None,
        &fixed(Kernel::Gaussian { truncation: 9.0 }, 1500.0),
    )
    .unwrap();
    let expected = [
        0.0939986132706319,
        0.05867090883404942,
        0.003936082555462762,
    ];
    for (ours, theirs) in result.per_km2.iter().zip(expected) {
        assert!(
            (ours.unwrap() / theirs - 1.0).abs() < 1e-10,
            "{ours:?} {theirs}"
        );
    }
}

#[test]
fn abramson_bandwidths_have_the_global_one_as_geometric_mean() {
    let cells = region_cells();
    let events = Events::new(Locations::great_circle(&inside(&cells, 120, 5)).unwrap());
    let bandwidth = |limit| Bandwidth::Abramson {
        global_m: 9000.0,
        pilot_m: 12_000.0,
        limit,
    };
    let run = |limit| {
        let params = KernelDensityParams::new(Kernel::Quartic, bandwidth(limit)).unwrap();
        kernel_density(
            &events,
            &Locations::cells(&cells),
            &EdgeCorrection::None,
            &params,
        )
        .unwrap()
    };
    let free = run(1e6).bandwidths_m;
    let mean = free.iter().map(|h| h.ln()).sum::<f64>() / free.len() as f64;
    assert!((mean.exp() / 9000.0 - 1.0).abs() < 1e-10);
    // The law itself, from the pilot surface at the events.
    let pilot = kernel_density(
        &events,
        events.locations(),
        &EdgeCorrection::None,
        &fixed(Kernel::Quartic, 12_000.0),
    )
    .unwrap();
    let product: Vec<f64> = free
        .iter()
        .zip(&pilot.per_km2)
        .map(|(h, density)| h * density.unwrap().sqrt())
        .collect();
    for value in &product {
        assert!((value / product[0] - 1.0).abs() < 1e-10);
    }
    assert!(
        run(1.1)
            .bandwidths_m
            .iter()
            .all(|h| *h <= 9900.0 * (1.0 + 1e-12))
    );
}

#[test]
fn nearest_bandwidths_are_distances_to_other_events() {
    let line: Vec<_> = [0.0, 10.0, 10.0, 40.0, 100.0]
        .map(|x| Coord { x, y: 0.0 })
        .to_vec();
    let events = Events::new(Locations::planar(&line).unwrap());
    let run = |count| {
        let bandwidth = Bandwidth::Nearest {
            count,
            least_m: 1.0,
        };
        let params = KernelDensityParams::new(Kernel::Quartic, bandwidth).unwrap();
        kernel_density(&events, events.locations(), &EdgeCorrection::None, &params)
    };
    let found = run(2).unwrap().bandwidths_m;
    for (found, expected) in found.iter().zip([10.0, 10.0, 10.0, 30.0, 90.0]) {
        assert!((found - expected).abs() < 1e-9);
    }
    assert!(
        (run(1).unwrap().bandwidths_m[1] - 1.0).abs() < 1e-9,
        "twins get the least"
    );
    assert!(matches!(run(5), Err(StatsError::TooFew { .. })));
}

#[test]
fn events_outside_the_region_are_named_and_not_counted() {
    let cells = region_cells();
    let region = StudyRegion::cells(&cells).unwrap();
    let mut positions = inside(&cells, 20, 2);
    positions[7] = Position {
        latitude: 26.2,
        longitude: 85.1,
    };
    let events = Events::new(Locations::great_circle(&positions).unwrap());
    let correction = EdgeCorrection::Diggle(&region);
    let params = fixed(Kernel::Quartic, 80_000.0);
    let result = kernel_density(&events, region.centres(), &correction, &params).unwrap();
    assert_eq!(result.uncounted, [7]);
    let sum: f64 = result
        .per_km2
        .iter()
        .zip(region.area_km2())
        .map(|(density, area)| density.unwrap() * area)
        .sum();
    assert!((sum - 19.0).abs() < 1e-9);
}

#[test]
fn bad_parameters_and_mixed_geometries_are_errors() {
    let fixed =
        |bandwidth_m| KernelDensityParams::new(Kernel::Quartic, Bandwidth::Fixed { bandwidth_m });
    for bandwidth in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(fixed(bandwidth).is_err());
    }
    assert!(
        KernelDensityParams::new(
            Kernel::Gaussian {
                truncation: f64::INFINITY
            },
            Bandwidth::Fixed { bandwidth_m: 5.0 }
        )
        .is_err()
    );
    let plane = Locations::planar(&[Coord { x: 0.0, y: 0.0 }]).unwrap();
    let globe = Locations::cells(&region_cells());
    let result = kernel_density(
        &Events::new(plane.clone()),
        &globe,
        &EdgeCorrection::None,
        &fixed(5.0).unwrap(),
    );
    assert!(matches!(result, Err(StatsError::MixedGeometry { .. })));
    assert!(Events::weighted(plane.clone(), vec![-1.0]).is_err());
    assert!(Events::weighted(plane, vec![1.0, 1.0]).is_err());
    let none = Events::new(Locations::cells(&[]));
    let empty = kernel_density(&none, &globe, &EdgeCorrection::None, &fixed(5.0).unwrap()).unwrap();
    assert!(empty.per_km2.iter().all(|density| *density == Some(0.0)));
}

/// Coordinate by coordinate what R gives: `n^(-1/6)*sqrt(mean(c(var(x), var(y))))`
/// and so on, worked out by hand for five places.
#[test]
fn bandwidth_rules_are_their_formulas() {
    let x = [0.0_f64, 1000.0, 2000.0, 3000.0, 9000.0];
    let y = [0.0_f64, 3000.0, 1000.0, 2000.0, 500.0];
    let places: Vec<_> = x.iter().zip(y).map(|(x, y)| Coord { x: *x, y }).collect();
    let events = Events::new(Locations::planar(&places).unwrap());
    let variance = |values: &[f64]| {
        let mean = values.iter().sum::<f64>() / 5.0;
        values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 4.0
    };
    let (vx, vy) = (variance(&x), variance(&y));
    let n = 5.0_f64.powf(-1.0 / 6.0);
    let ours =
        |rule| rule_bandwidth_m(&events, rule, Kernel::Gaussian { truncation: 40.0 }).unwrap();
    let close = |a: f64, b: f64| assert!((a / b - 1.0).abs() < 1e-10, "{a} {b}");
    close(ours(BandwidthRule::Scott), ((vx + vy) / 2.0).sqrt() * n);
    // Quartiles of type 7: x 1000 and 3000, y 500 and 2000.
    let range = (2000.0 + 1500.0) / 2.0 / 1.34;
    close(ours(BandwidthRule::Silverman), range * n);
    let v = 16.0 * 24.0 * 2.0 * 4.0 / (1e4 * PI);
    let terrell = (2.0 / (4.0 * PI) / (5.0 * v)).powf(1.0 / 6.0);
    close(ours(BandwidthRule::Oversmoothing), range * terrell);
    let distances: Vec<f64> = x
        .iter()
        .zip(y)
        .map(|(x, y)| (x - 3000.0).hypot(y - 1300.0))
        .collect();
    let mut sorted = distances.clone();
    sorted.sort_by(f64::total_cmp);
    let standard = (distances.iter().map(|d| d * d).sum::<f64>() / 5.0).sqrt();
    let robust = (1.0 / 2.0_f64.ln()).sqrt() * sorted[2];
    close(
        ours(BandwidthRule::SearchRadius),
        0.9 * standard.min(robust) * 5.0_f64.powf(-0.2),
    );
    // A weight of two is two events.
    let twice = Events::weighted(
        Locations::planar(&places).unwrap(),
        vec![1.0, 2.0, 1.0, 1.0, 1.0],
    );
    let mut listed = places.clone();
    listed.insert(2, places[1]);
    let listed = Events::new(Locations::planar(&listed).unwrap());
    for rule in [
        BandwidthRule::Scott,
        BandwidthRule::Silverman,
        BandwidthRule::SearchRadius,
    ] {
        close(
            rule_bandwidth_m(twice.as_ref().unwrap(), rule, Kernel::Quartic).unwrap(),
            rule_bandwidth_m(&listed, rule, Kernel::Quartic).unwrap(),
        );
    }
    let one_place = Events::new(Locations::planar(&[places[0]; 4]).unwrap());
    assert!(matches!(
        rule_bandwidth_m(&one_place, BandwidthRule::Scott, Kernel::Quartic),
        Err(StatsError::Constant { .. })
    ));
}

#[test]
fn the_likelihood_bandwidth_is_the_best_of_a_naive_search() {
    let mut random = ChaCha8Rng::seed_from_u64(11);
    let places = square(80, 10_000.0, &mut random);
    let events = Events::new(Locations::planar(&places).unwrap());
    let params = CrossValidationParams::new(GAUSSIAN, LeftOut::Event, 100.0, 20_000.0).unwrap();
    let found = likelihood_bandwidth(&events, &EdgeCorrection::None, &params).unwrap();
    let naive = |bandwidth_m: f64| -> f64 {
        let h = bandwidth_m / 1000.0;
        (0..80)
            .map(|i| {
                let sum: f64 = (0..80)
                    .filter(|j| *j != i)
                    .map(|j| {
                        let square = (places[i].x - places[j].x).powi(2)
                            + (places[i].y - places[j].y).powi(2);
                        (-square / (2.0 * bandwidth_m * bandwidth_m)).exp() / (2.0 * PI * h * h)
                    })
                    .sum();
                (sum / 79.0).ln()
            })
            .sum()
    };
    assert!((naive(found.bandwidth_m) - found.criterion).abs() < 1e-8);
    for step in 1..400 {
        let bandwidth = 100.0 * 200.0_f64.powf(f64::from(step) / 400.0);
        assert!(naive(bandwidth) <= found.criterion + 1e-6, "{bandwidth}");
    }
    assert!(!found.at_limit);
}

/// Where several events share each place, leaving out one event drives the
/// bandwidth to the lower end; leaving out the place does not.
#[test]
fn events_at_shared_places_need_the_place_left_out() {
    let mut random = ChaCha8Rng::seed_from_u64(4);
    let places = square(40, 10_000.0, &mut random);
    let doubled: Vec<_> = places.iter().chain(&places).copied().collect();
    let events = Events::new(Locations::planar(&doubled).unwrap());
    let search = |left_out| {
        let params = CrossValidationParams::new(GAUSSIAN, left_out, 10.0, 20_000.0).unwrap();
        likelihood_bandwidth(&events, &EdgeCorrection::None, &params).unwrap()
    };
    assert!(search(LeftOut::Event).at_limit);
    let found = search(LeftOut::Place);
    assert!(!found.at_limit && found.bandwidth_m > 500.0);
    // The same as the places once, since both densities and weights double.
    let once = Events::new(Locations::planar(&places).unwrap());
    let params = CrossValidationParams::new(GAUSSIAN, LeftOut::Event, 10.0, 20_000.0).unwrap();
    let single = likelihood_bandwidth(&once, &EdgeCorrection::None, &params).unwrap();
    assert!((found.bandwidth_m / single.bandwidth_m - 1.0).abs() < 1e-3);
}

#[test]
fn noise_of_counts_is_carried_to_the_surface() {
    let cells = region_cells();
    let region = StudyRegion::cells(&cells).unwrap();
    let areas = 12;
    let area_of: Vec<usize> = (0..cells.len()).map(|i| i * areas / cells.len()).collect();
    let people: Vec<f64> = (0..cells.len()).map(|i| (i % 5) as f64 + 1.0).collect();
    let support =
        AreaSupport::points(Locations::cells(&cells), area_of.clone(), &people, areas).unwrap();
    let params = AreaDensityParams::new(Kernel::Quartic, 14_000.0).unwrap();
    let correction = EdgeCorrection::Diggle(&region);
    let truth: Vec<f64> = (0..areas).map(|area| 40.0 + 7.0 * area as f64).collect();
    let run = |counts: Vec<Option<f64>>, variance: f64| {
        let variances = vec![Some(variance); areas];
        let counts = AreaCounts {
            counts: &counts,
            noise_variances: &variances,
        };
        area_density(&counts, &support, region.centres(), &correction, &params).unwrap()
    };
    let exact = run(truth.iter().copied().map(Some).collect(), 0.0);
    let held: f64 = exact
        .iter()
        .zip(region.area_km2())
        .map(|(density, area)| density.unwrap().per_km2 * area)
        .sum();
    assert!((held - truth.iter().sum::<f64>()).abs() < 1e-9 * held);

    // The surface is linear: 400 noisy releases have the variance it says.
    let mut random = ChaCha8Rng::seed_from_u64(8);
    let releases = 400;
    let mut squares = vec![0.0; cells.len()];
    let mut variance = vec![0.0; cells.len()];
    for _ in 0..releases {
        let noisy = truth
            .iter()
            .map(|count| {
                // Uniform noise from −6 to 6 has a variance of 12.
                Some(count + (random.random::<f64>() - 0.5) * 12.0)
            })
            .collect();
        for (unit, density) in run(noisy, 12.0).into_iter().enumerate() {
            let density = density.unwrap();
            squares[unit] += (density.per_km2 - exact[unit].unwrap().per_km2).powi(2);
            variance[unit] = density.noise_variance;
        }
    }
    let ratio = squares
        .iter()
        .zip(&variance)
        .map(|(squares, variance)| squares / f64::from(releases) / variance)
        .sum::<f64>()
        / cells.len() as f64;
    assert!((ratio - 1.0).abs() < 0.06, "{ratio}");

    let mut withheld: Vec<Option<f64>> = truth.iter().copied().map(Some).collect();
    withheld[0] = None;
    let partly = run(withheld, 0.0);
    let first = partly[0].map_or(0.0, |density| density.known_share);
    assert!(
        first < 0.6,
        "cells of the withheld area rest on neighbours: {first}"
    );
    assert!(run(vec![None; areas], 0.0).iter().all(Option::is_none));
}

fn risk(density: KernelDensityParams) -> RelativeRiskParams {
    RelativeRiskParams::new(density)
}

#[test]
fn equal_patterns_have_a_relative_risk_of_one() {
    let cells = region_cells();
    let region = StudyRegion::cells(&cells).unwrap();
    let locations = Locations::great_circle(&inside(&cells, 90, 1)).unwrap();
    let cases = Events::new(locations.clone());
    let population = Events::weighted(locations, vec![250.0; 90]).unwrap();
    let bandwidths = [
        Bandwidth::Fixed {
            bandwidth_m: 12_000.0,
        },
        Bandwidth::Abramson {
            global_m: 12_000.0,
            pilot_m: 12_000.0,
            limit: 5.0,
        },
    ];
    for bandwidth in bandwidths {
        for correction in [
            EdgeCorrection::None,
            EdgeCorrection::Diggle(&region),
            EdgeCorrection::Uniform(&region),
        ] {
            let params = risk(KernelDensityParams::new(Kernel::Quartic, bandwidth).unwrap());
            let result =
                relative_risk(&cases, &population, region.centres(), &correction, &params).unwrap();
            for place in result.iter().flatten() {
                assert!(place.log_ratio.unwrap().abs() < 1e-12);
            }
        }
    }
}

/// sparr's asymptotic tolerance written out for a Gaussian kernel.
#[test]
fn the_asymptotic_tolerance_is_its_formula() {
    let cells = region_cells();
    let region = StudyRegion::cells(&cells).unwrap();
    let (n1, n2) = (40, 100);
    let case_places = inside(&cells, n1, 21);
    let control_places = inside(&cells, n2, 22);
    let events = |places: &[Position]| Events::new(Locations::great_circle(places).unwrap());
    let h = 9.0;
    let params = risk(fixed(GAUSSIAN, h * 1000.0));
    let correction = EdgeCorrection::Uniform(&region);
    let result = relative_risk(
        &events(&case_places),
        &events(&control_places),
        region.centres(),
        &correction,
        &params,
    )
    .unwrap();
    let k = |a: Position, b: Position| {
        (-haversine_km(a, b).powi(2) / (2.0 * h * h)).exp() / (2.0 * PI * h * h)
    };
    for (cell, found) in cells.iter().zip(&result) {
        let x = centre(*cell);
        let over = |g: &dyn Fn(f64) -> f64| -> f64 {
            cells
                .iter()
                .zip(region.area_km2())
                .map(|(u, area)| area * g(k(x, centre(*u))))
                .sum()
        };
        let (q, squares) = (over(&|k| k), over(&|k| k * k));
        let density = |places: &[Position]| {
            places.iter().map(|p| k(x, *p)).sum::<f64>() / q / places.len() as f64
        };
        let (f, g) = (density(&case_places), density(&control_places));
        let pooled = (f * n1 as f64 + g * n2 as f64) / (n1 + n2) as f64;
        let error = (squares / (q * q) * (1.0 / n1 as f64 + 1.0 / n2 as f64) / pooled).sqrt();
        let found = found.unwrap();
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-7 * (1.0 + b.abs()), "{a} {b}");
        close(found.log_ratio.unwrap(), (f / g).ln());
        close(found.standard_error.unwrap() / error, 1.0);
        close(found.case_density / f, 1.0);
    }
}

/// Under the null both p-values are uniform: at one place, over 300 data
/// sets.
#[test]
fn tolerance_p_values_are_uniform_when_risk_is_even() {
    let side = 10_000.0;
    let pixels: Vec<_> = (0..400)
        .map(|i| Coord {
            x: f64::from(i % 20) * 500.0 + 250.0,
            y: f64::from(i / 20) * 500.0 + 250.0,
        })
        .collect();
    let region = StudyRegion::pieces(Locations::planar(&pixels).unwrap(), vec![0.25; 400]).unwrap();
    let place = Locations::planar(&[Coord {
        x: 3000.0,
        y: 1000.0,
    }])
    .unwrap();
    let mut random = ChaCha8Rng::seed_from_u64(77);
    let (mut labelled, mut constant, mut asymptotic) = (Vec::new(), Vec::new(), Vec::new());
    for set in 0..300 {
        let cases = square(120, side, &mut random);
        let controls = square(240, side, &mut random);
        let events = |places: &[Coord<f64>]| Events::new(Locations::planar(places).unwrap());
        let run = |cases: &Events, null| {
            let simulations = RiskSimulations::new(null, 199, set, Alternative::Greater).unwrap();
            let params = risk(fixed(Kernel::Quartic, 3000.0)).with_simulations(simulations);
            let correction = EdgeCorrection::Diggle(&region);
            relative_risk(cases, &events(&controls), &place, &correction, &params).unwrap()[0]
                .unwrap()
        };
        let result = run(&events(&cases), RiskNull::RandomLabelling);
        labelled.push(result.p_simulated.unwrap());
        asymptotic.push(result.p_asymptotic.unwrap());
        // Cases that fall on the controls' own places.
        let drawn: Vec<_> = (0..60)
            .map(|_| controls[random.random_range(0..240)])
            .collect();
        constant.push(
            run(&events(&drawn), RiskNull::ConstantRisk)
                .p_simulated
                .unwrap(),
        );
    }
    for (name, p) in [
        ("labelled", labelled),
        ("constant", constant),
        ("asymptotic", asymptotic),
    ] {
        let gap = kolmogorov(p);
        assert!(gap < 1.63, "{name}: {gap}");
    }
}

#[test]
fn simulations_ask_for_weights_they_can_use() {
    let locations = Locations::planar(&[Coord { x: 0.0, y: 0.0 }; 3]).unwrap();
    let half = Events::weighted(locations.clone(), vec![0.5; 3]).unwrap();
    let one = Events::new(locations.clone());
    for null in [RiskNull::RandomLabelling, RiskNull::ConstantRisk] {
        let simulations = RiskSimulations::new(null, 99, 1, Alternative::Greater).unwrap();
        let params = risk(fixed(Kernel::Quartic, 100.0)).with_simulations(simulations);
        let run = |cases: &Events, controls: &Events| {
            relative_risk(cases, controls, &locations, &EdgeCorrection::None, &params)
        };
        assert!(matches!(run(&half, &one), Err(StatsError::Value { .. })));
        assert!(run(&one, &one).is_ok());
    }
    assert!(RiskSimulations::new(RiskNull::ConstantRisk, 5, 1, Alternative::Greater).is_err());
    let none = Events::weighted(locations.clone(), vec![0.0; 3]).unwrap();
    let params = risk(fixed(Kernel::Quartic, 100.0));
    let result = relative_risk(&none, &one, &locations, &EdgeCorrection::None, &params);
    assert!(matches!(result, Err(StatsError::TooFew { .. })));
}

/// Sudden infant deaths of North Carolina 1974: the most likely cluster of
/// SaTScan must be where the smoothed risk stands out.
#[test]
fn the_known_cluster_of_sudden_infant_deaths_stands_out() {
    let Some(folder) = shared("oracles/nc_sids") else {
        return;
    };
    let units = columns(folder.join("units.csv"));
    let column = |name: &str| -> Vec<f64> { units[name].iter().map(|v| v.unwrap()).collect() };
    let positions: Vec<Position> = column("lat")
        .into_iter()
        .zip(column("lon"))
        .map(|(latitude, longitude)| Position {
            latitude,
            longitude,
        })
        .collect();
    let locations = Locations::great_circle(&positions).unwrap();
    let cases = Events::weighted(locations.clone(), column("cases")).unwrap();
    let births = Events::weighted(locations.clone(), column("pop")).unwrap();
    let simulations =
        RiskSimulations::new(RiskNull::ConstantRisk, 999, 1, Alternative::Greater).unwrap();
    let params = risk(fixed(Kernel::Quartic, 60_000.0)).with_simulations(simulations);
    let result =
        relative_risk(&cases, &births, &locations, &EdgeCorrection::None, &params).unwrap();
    let satscan: serde_json::Value = serde_json::from_str(
        &std::fs::read_to_string(folder.join("satscan_poisson_latlon_999.json")).unwrap(),
    )
    .unwrap();
    let names = std::fs::read_to_string(folder.join("units.csv")).unwrap();
    let in_cluster = |number: usize| -> Vec<bool> {
        let listed = satscan["clusters"][number]["ids"].as_array().unwrap();
        names
            .lines()
            .skip(1)
            .map(|line| line.split(',').next().unwrap().trim_matches('"'))
            .map(|name| listed.iter().any(|id| id.as_str() == Some(name)))
            .collect()
    };
    let (wide, single) = (in_cluster(0), in_cluster(1));
    let mean = |wanted: bool| {
        let values: Vec<f64> = (0..result.len())
            .filter(|unit| wide[*unit] == wanted)
            .filter_map(|unit| result[unit].unwrap().log_ratio)
            .collect();
        values.iter().sum::<f64>() / values.len() as f64
    };
    assert!(
        mean(true) > 0.1 && mean(false) < 0.0,
        "{} {}",
        mean(true),
        mean(false)
    );
    let anson = single.iter().position(|member| *member).unwrap();
    assert!(result[anson].unwrap().p_simulated.unwrap() <= 0.05);
}

#[test]
fn the_risk_bandwidth_is_the_best_of_a_naive_search() {
    let mut random = ChaCha8Rng::seed_from_u64(3);
    let cases: Vec<_> = square(60, 6000.0, &mut random);
    let controls = square(90, 10_000.0, &mut random);
    let pixels: Vec<_> = (0..100)
        .map(|i| Coord {
            x: f64::from(i % 10) * 1000.0 + 500.0,
            y: f64::from(i / 10) * 1000.0 + 500.0,
        })
        .collect();
    let region = StudyRegion::pieces(Locations::planar(&pixels).unwrap(), vec![1.0; 100]).unwrap();
    let events = |places: &[Coord<f64>]| Events::new(Locations::planar(places).unwrap());
    let params = CrossValidationParams::new(GAUSSIAN, LeftOut::Event, 800.0, 9000.0).unwrap();
    let k = |a: Coord<f64>, b: Coord<f64>, h: f64| {
        let square = ((a.x - b.x).powi(2) + (a.y - b.y).powi(2)) / 1e6;
        // Logarithms of densities far out feel the cut at 8 bandwidths.
        let inside = f64::from(u8::from(square <= 64.0 * h * h));
        inside * (-square / (2.0 * h * h)).exp() / (2.0 * PI * h * h)
    };
    // Diggle's correction: each event over its mass on the pixels.
    let naive = |h: f64, criterion: RiskCriterion| -> f64 {
        let mass = |p: Coord<f64>| pixels.iter().map(|x| k(p, *x, h)).sum::<f64>();
        let density = |of: &[Coord<f64>], x: Coord<f64>, but: Option<usize>| {
            let sum: f64 = of
                .iter()
                .enumerate()
                .filter(|(i, _)| Some(*i) != but)
                .map(|(_, p)| k(*p, x, h) / mass(*p))
                .sum();
            sum / (of.len() - usize::from(but.is_some())) as f64
        };
        let over_cases = |g: &dyn Fn(f64, f64) -> f64| {
            (0..60)
                .map(|i| {
                    g(
                        density(&cases, cases[i], Some(i)),
                        density(&controls, cases[i], None),
                    )
                })
                .sum::<f64>()
                / 60.0
        };
        let over_controls = |g: &dyn Fn(f64, f64) -> f64| {
            (0..90)
                .map(|i| {
                    g(
                        density(&cases, controls[i], None),
                        density(&controls, controls[i], Some(i)),
                    )
                })
                .sum::<f64>()
                / 90.0
        };
        -match criterion {
            RiskCriterion::LogRatio => {
                let square: f64 = pixels
                    .iter()
                    .map(|x| {
                        (density(&cases, *x, None) / density(&controls, *x, None))
                            .ln()
                            .powi(2)
                    })
                    .sum();
                2.0 * over_controls(&|f, g| (f / g).ln() / g)
                    - 2.0 * over_cases(&|f, g| (f / g).ln() / f)
                    - square
            }
            RiskCriterion::WeightedRatio => {
                over_controls(&|f, g| (f / g).powi(2)) - 2.0 * over_cases(&|f, g| f / g)
            }
        }
    };
    for criterion in [RiskCriterion::LogRatio, RiskCriterion::WeightedRatio] {
        let correction = EdgeCorrection::Diggle(&region);
        let found = risk_bandwidth(
            &events(&cases),
            &events(&controls),
            &correction,
            criterion,
            &params,
        )
        .unwrap();
        for (bandwidth_m, value) in found.tried.iter().step_by(13) {
            let expected = naive(bandwidth_m / 1000.0, criterion);
            assert!(
                (value - expected).abs() < 1e-7 * (1.0 + expected.abs()),
                "{value} {expected}"
            );
        }
        assert!(
            found
                .tried
                .iter()
                .all(|(_, value)| *value <= found.criterion)
        );
        let none = EdgeCorrection::None;
        assert!(
            risk_bandwidth(
                &events(&cases),
                &events(&controls),
                &none,
                criterion,
                &params
            )
            .is_err()
        );
    }
}

#[test]
fn surfaces_are_the_same_on_one_thread_and_two() {
    let cells = region_cells();
    let region = StudyRegion::cells(&cells).unwrap();
    let places = Locations::great_circle(&inside(&cells, 150, 9)).unwrap();
    let cases = Events::new(Locations::great_circle(&inside(&cells, 50, 10)).unwrap());
    let events = Events::new(places.clone());
    let bandwidth = Bandwidth::Abramson {
        global_m: 8000.0,
        pilot_m: 9000.0,
        limit: 4.0,
    };
    let params = KernelDensityParams::new(Kernel::Quartic, bandwidth).unwrap();
    let simulations =
        RiskSimulations::new(RiskNull::RandomLabelling, 99, 5, Alternative::TwoSided).unwrap();
    let envelope = EnvelopeParams::new(39, 1, 6).unwrap();
    let run = |threads| {
        on_threads(threads, || {
            let correction = EdgeCorrection::Diggle(&region);
            (
                kernel_density(&events, region.centres(), &correction, &params).unwrap(),
                relative_risk(
                    &cases,
                    &events,
                    region.centres(),
                    &correction,
                    &risk(params).with_simulations(simulations),
                )
                .unwrap(),
                region_envelope(&places, &cells, &[5000.0, 10_000.0], &envelope).unwrap(),
            )
        })
    };
    assert_eq!(run(1), run(2));
}

fn unit_window(side_m: f64) -> Window {
    let zero = Coord { x: 0.0, y: 0.0 };
    Window::rectangle(
        zero,
        Coord {
            x: side_m,
            y: side_m,
        },
    )
    .unwrap()
}

const CORRECTIONS: [RipleyCorrection; 4] = [
    RipleyCorrection::None,
    RipleyCorrection::Border,
    RipleyCorrection::Isotropic,
    RipleyCorrection::Translation,
];

/// Share of a circle inside a square, from the arcs beyond each side
/// (Diggle 2003, after Ripley), not from crossings as our code does.
fn share_in_square(p: Coord<f64>, r: f64, side: f64) -> f64 {
    let gaps = [p.x, side - p.x, p.y, side - p.y];
    let lost: f64 = gaps
        .iter()
        .filter(|d| **d < r)
        .map(|d| 2.0 * (d / r).acos())
        .sum();
    // Arcs beyond two neighbouring sides overlap where the corner is inside.
    let mut overlap = 0.0;
    for x in [gaps[0], gaps[1]] {
        for y in [gaps[2], gaps[3]] {
            if x.hypot(y) < r {
                overlap += (x / r).acos() + (y / r).acos() - PI / 2.0;
            }
        }
    }
    1.0 - (lost - overlap) / (2.0 * PI)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    #[test]
    fn ripley_k_is_the_definition_written_out(seed in 0..1000u64, count in 5..60usize) {
        let side = 1000.0;
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let points = square(count, side, &mut random);
        let radii = vec![20.0, 60.0, 150.0, 240.0];
        let window = unit_window(side);
        let n = count as f64;
        for correction in CORRECTIONS {
            let params = RipleyParams::new(radii.clone(), correction).unwrap();
            let found = ripley_k(&points, &window, &params).unwrap();
            for (radius, found) in radii.iter().zip(found) {
                let (mut sum, mut far) = (0.0, 0.0);
                for (i, a) in points.iter().enumerate() {
                    let border = a.x.min(side - a.x).min(a.y).min(side - a.y);
                    if correction == RipleyCorrection::Border && border < *radius {
                        continue;
                    }
                    far += 1.0;
                    for (j, b) in points.iter().enumerate() {
                        let (x, y) = ((a.x - b.x).abs(), (a.y - b.y).abs());
                        if i == j || x.hypot(y) > *radius {
                            continue;
                        }
                        sum += match correction {
                            RipleyCorrection::Isotropic => 1.0 / share_in_square(*a, x.hypot(y), side),
                            RipleyCorrection::Translation => side * side / ((side - x) * (side - y)),
                            _ => 1.0,
                        };
                    }
                }
                let k = match correction {
                    RipleyCorrection::Border if far == 0.0 => None,
                    RipleyCorrection::Border => Some(side * side / n * sum / far),
                    _ => Some(side * side * sum / (n * (n - 1.0))),
                };
                prop_assert_eq!(found.k_m2.is_some(), k.is_some());
                if let (Some(ours), Some(naive)) = (found.k_m2, k) {
                    prop_assert!((ours - naive).abs() <= 1e-9 * naive, "{:?} {} {}", correction, ours, naive);
                    prop_assert!((found.l_m.unwrap() - (ours / PI).sqrt()).abs() < 1e-9);
                }
            }
        }
    }

    #[test]
    fn cross_k_of_all_with_all_is_k(seed in 0..1000u64) {
        // Σ over pairs of different kinds and of the same kind make up all.
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let (a, b) = (square(20, 1000.0, &mut random), square(30, 1000.0, &mut random));
        let window = unit_window(1000.0);
        let all: Vec<_> = a.iter().chain(&b).copied().collect();
        for correction in [RipleyCorrection::None, RipleyCorrection::Isotropic, RipleyCorrection::Translation] {
            let params = RipleyParams::new(vec![100.0, 220.0], correction).unwrap();
            let own = |points: &[Coord<f64>]| ripley_k(points, &window, &params).unwrap();
            let cross = |a: &[Coord<f64>], b: &[Coord<f64>]| cross_k(a, b, &window, &params).unwrap();
            let (aa, bb, ab, ba, whole) = (own(&a), own(&b), cross(&a, &b), cross(&b, &a), own(&all));
            for step in 0..2 {
                let k = |curve: &[RipleyK]| curve[step].k_m2.unwrap();
                let sum = k(&aa) * 380.0 + k(&bb) * 870.0 + (k(&ab) + k(&ba)) * 600.0;
                prop_assert!((sum / 2450.0 / k(&whole) - 1.0).abs() < 1e-10);
            }
        }
    }
}

/// K of points at random is πr² on average for every correction but none.
#[test]
fn k_is_unbiased_for_points_at_random() {
    let ring = geo::wkt! { MULTIPOLYGON (((0. 0., 1000. 0., 1000. 400., 500. 400.,
    500. 1000., 0. 1000., 0. 0.), (100. 100., 200. 100., 200. 250., 100. 100.))) };
    let window = Window::polygon(&ring).unwrap();
    let mut random = ChaCha8Rng::seed_from_u64(12);
    for correction in CORRECTIONS {
        let params = RipleyParams::new(vec![60.0], correction).unwrap();
        let sets = 400;
        let ratios: Vec<f64> = (0..sets)
            .map(|_| {
                let mut points = Vec::new();
                while points.len() < 120 {
                    let point = square(1, 1000.0, &mut random)[0];
                    if window.contains(point) {
                        points.push(point);
                    }
                }
                let k = ripley_k(&points, &window, &params).unwrap()[0]
                    .k_m2
                    .unwrap();
                k / (PI * 3600.0)
            })
            .collect();
        let n = f64::from(sets);
        let mean = ratios.iter().sum::<f64>() / n;
        let variance = ratios.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / (n - 1.0);
        let z = (mean - 1.0) / (variance / n).sqrt();
        match correction {
            RipleyCorrection::None => assert!(z < -5.0, "uncorrected is too low: {z}"),
            // λ = n/|W| instead of (n − 1)/|W| makes the border method low by
            // one part in n; with that taken out it is unbiased.
            RipleyCorrection::Border => {
                let z = (mean * 120.0 / 119.0 - 1.0) / (variance / n).sqrt();
                assert!(z.abs() < 3.0, "{correction:?}: {z}");
            }
            _ => assert!(z.abs() < 3.0, "{correction:?}: {z}"),
        }
    }
}

#[test]
fn envelope_tests_are_exact_and_see_clusters() {
    let window = unit_window(1000.0);
    let params = RipleyParams::new(
        vec![30.0, 60.0, 90.0, 120.0, 150.0],
        RipleyCorrection::Translation,
    )
    .unwrap();
    let mut random = ChaCha8Rng::seed_from_u64(31);
    let (mut largest, mut squared, mut left, mut labelled) =
        (Vec::new(), Vec::new(), 0, Vec::new());
    let sets = 300;
    for set in 0..sets {
        let simulations = EnvelopeParams::new(99, 5, set).unwrap();
        let points = square(40, 1000.0, &mut random);
        let result = ripley_envelope(&points, &window, &params, &simulations).unwrap();
        largest.push(result.p_largest_deviation);
        squared.push(result.p_squared_deviation);
        let step = result.steps[2];
        let l = step.observed.l_m.unwrap();
        left += usize::from(l < step.pointwise_l_m.0 || l > step.pointwise_l_m.1);
        let simulations = EnvelopeParams::new(39, 1, set).unwrap();
        let cross =
            cross_envelope(&points[..15], &points[15..], &window, &params, &simulations).unwrap();
        labelled.push(cross.p_squared_deviation);
    }
    for p in [largest, squared, labelled] {
        let gap = kolmogorov(p);
        assert!(gap < 1.63, "{gap}");
    }
    // Rank 5 of 99: one in ten leaves the pointwise limits.
    let share = left as f64 / sets as f64;
    assert!(
        (share - 0.1).abs() < 3.0 * (0.09 / sets as f64).sqrt(),
        "{share}"
    );

    let clustered: Vec<_> = (0..40)
        .map(|i| Coord {
            x: 100.0 + f64::from(i % 8) * 110.0 + f64::from(i / 8) * 3.0,
            y: 500.0 + f64::from(i / 8) * 5.0,
        })
        .collect();
    let simulations = EnvelopeParams::new(99, 1, 1).unwrap();
    let result = ripley_envelope(&clustered, &window, &params, &simulations).unwrap();
    assert_eq!(result.p_largest_deviation, 0.01);
    assert!(result.steps[0].observed.l_m.unwrap() > result.steps[0].global_l_m.1);
}

#[test]
fn k_in_a_region_of_cells_is_unbiased_and_its_test_exact() {
    let cells = region_cells();
    let radii = [6000.0, 12_000.0];
    let region = StudyRegion::cells(&cells).unwrap();
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let even = |random: &mut ChaCha8Rng| -> Vec<Position> {
        let mut found = Vec::new();
        while found.len() < 60 {
            let position = Position {
                latitude: 25.0 + 1.2 * random.random::<f64>(),
                longitude: 84.4 + 1.4 * random.random::<f64>(),
            };
            if region.contains(position) == Some(true) {
                found.push(position);
            }
        }
        found
    };
    let (mut p, mut ratios) = (Vec::new(), Vec::new());
    for set in 0..150 {
        let places = Locations::great_circle(&even(&mut random)).unwrap();
        let simulations = EnvelopeParams::new(19, 1, set).unwrap();
        let result = region_envelope(&places, &cells, &radii, &simulations).unwrap();
        p.push(result.p_largest_deviation);
        ratios.push(result.steps[1].observed.k_m2.unwrap() / (PI * 1.44e8));
    }
    let gap = kolmogorov(p);
    assert!(gap < 1.63, "{gap}");
    let n = ratios.len() as f64;
    let mean = ratios.iter().sum::<f64>() / n;
    let variance = ratios.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / (n - 1.0);
    assert!(((mean - 1.0) / (variance / n).sqrt()).abs() < 3.0, "{mean}");
    let outside = Position {
        latitude: 0.0,
        longitude: 0.0,
    };
    let places = Locations::great_circle(&[outside; 3]).unwrap();
    assert!(matches!(
        region_k(&places, &region, &radii),
        Err(StatsError::Value { .. })
    ));
}

/// A triangular lattice has the largest possible index, 2·√(2/√3) = 2.1491
/// (Clark & Evans 1954).
#[test]
fn a_triangular_lattice_has_an_index_of_2_149() {
    let (columns, rows) = (120, 140);
    let spacing = 10.0;
    let height = spacing * 0.75_f64.sqrt();
    let points: Vec<_> = (0..rows)
        .flat_map(|row| {
            (0..columns).map(move |column| Coord {
                x: (f64::from(column) + if row % 2 == 0 { 0.25 } else { 0.75 }) * spacing,
                y: (f64::from(row) + 0.5) * height,
            })
        })
        .collect();
    let high = Coord {
        x: f64::from(columns) * spacing,
        y: f64::from(rows) * height,
    };
    let window = Window::rectangle(Coord { x: 0.0, y: 0.0 }, high).unwrap();
    let result = clark_evans(&points, &window, NearestCorrection::None).unwrap();
    assert!(
        (result.index - 2.0 * (2.0 / 3.0_f64.sqrt()).sqrt()).abs() < 1e-9,
        "{}",
        result.index
    );
    assert!(result.p < 1e-10 && result.z > 0.0);
}

/// With Donnelly's correction p-values are uniform for points at random in a
/// square; without, the border makes them look regular.
#[test]
fn clark_evans_p_values_are_uniform_only_when_corrected() {
    let mut random = ChaCha8Rng::seed_from_u64(41);
    let window = unit_window(1000.0);
    let (mut corrected, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..600 {
        let points = square(100, 1000.0, &mut random);
        corrected.push(
            clark_evans(&points, &window, NearestCorrection::Donnelly)
                .unwrap()
                .p,
        );
        bare.push(
            clark_evans(&points, &window, NearestCorrection::None)
                .unwrap()
                .p,
        );
    }
    let (corrected, bare) = (kolmogorov(corrected), kolmogorov(bare));
    assert!(corrected < 1.63 && bare > 3.0, "{corrected} {bare}");
}

#[test]
fn points_outside_and_too_few_points_are_errors() {
    let window = unit_window(10.0);
    let params = RipleyParams::new(vec![1.0], RipleyCorrection::Border).unwrap();
    let at = |x: f64| Coord { x, y: 5.0 };
    let few = [at(1.0), at(2.0)];
    assert!(matches!(
        ripley_k(&few, &window, &params),
        Err(StatsError::TooFew { .. })
    ));
    for x in [11.0, f64::NAN] {
        let points = [at(1.0), at(2.0), at(x)];
        assert!(matches!(
            ripley_k(&points, &window, &params),
            Err(StatsError::Value { .. })
        ));
        assert!(clark_evans(&points, &window, NearestCorrection::None).is_err());
    }
    let far = [at(1.0), at(9.0), at(0.5)];
    let wide = RipleyParams::new(vec![6.0], RipleyCorrection::Border).unwrap();
    assert_eq!(ripley_k(&far, &window, &wide).unwrap()[0].k_m2, None);
    for radii in [vec![], vec![2.0, 1.0], vec![0.0], vec![f64::NAN]] {
        assert!(RipleyParams::new(radii, RipleyCorrection::None).is_err());
    }
    for (simulations, rank) in [(5, 1), (99, 0), (99, 60)] {
        assert!(EnvelopeParams::new(simulations, rank, 1).is_err());
    }
}

/// Forty places that R and we can both write down, in metres.
fn forty() -> Vec<Coord<f64>> {
    (1..=40)
        .map(|i| {
            let i = f64::from(i);
            Coord {
                x: (i * 0.754_877_666_246_692_7).fract().powi(2) * 10_000.0,
                y: (i * 0.569_840_290_998_053_2).fract() * 7000.0,
            }
        })
        .collect()
}

fn ten_by_seven() -> Window {
    let high = Coord {
        x: 10_000.0,
        y: 7000.0,
    };
    Window::rectangle(Coord { x: 0.0, y: 0.0 }, high).unwrap()
}

fn assert_curve(found: &[RipleyK], expected_km2: [f64; 3], what: &str) {
    for (found, expected) in found.iter().zip(expected_km2) {
        let k = found.k_m2.unwrap() / 1e6;
        assert!(
            (k - expected).abs() <= 1e-10 * expected,
            "{what} at {}: {k} {expected}",
            found.radius_m
        );
    }
}

/// `Kest` of spatstat.explore 3.0-6 at 0.5, 1 and 1.5 km in a rectangle.
#[test]
fn ripley_k_agrees_with_spatstat() {
    let expected = [
        (
            RipleyCorrection::None,
            [
                0.269_230_769_230_769_22,
                1.884_615_384_615_384_8,
                6.641_025_641_025_641_4,
            ],
        ),
        (
            RipleyCorrection::Border,
            [0.0, 0.736_842_105_263_157_9, 4.576_923_076_923_077],
        ),
        (
            RipleyCorrection::Isotropic,
            [
                0.440_716_125_828_320_87,
                2.879_084_951_757_803,
                9.932_610_211_941_56,
            ],
        ),
        (
            RipleyCorrection::Translation,
            [
                0.290_275_214_139_492_9,
                2.140_157_672_976_489,
                8.040_767_897_106_75,
            ],
        ),
    ];
    for (correction, expected) in expected {
        let params = RipleyParams::new(vec![500.0, 1000.0, 1500.0], correction).unwrap();
        let found = ripley_k(&forty(), &ten_by_seven(), &params).unwrap();
        assert_curve(&found, expected, &format!("{correction:?}"));
    }
}

/// The same in a polygon. spatstat's translation weights come from pixels
/// there, so that they agree to about one in a hundred only; ours are exact
/// (see the test against polygon intersections).
#[test]
fn ripley_k_in_a_polygon_agrees_with_spatstat() {
    let ring = geo::wkt! { MULTIPOLYGON (((0. 0., 10000. 0., 12000. 4000., 10000. 7000.,
    5000. 5500., 0. 7000., 0. 0.))) };
    let window = Window::polygon(&ring).unwrap();
    let points: Vec<_> = forty()
        .into_iter()
        .filter(|p| window.contains(*p))
        .collect();
    assert_eq!(points.len(), 35);
    let curve = |correction| {
        let params = RipleyParams::new(vec![500.0, 1000.0, 1500.0], correction).unwrap();
        ripley_k(&points, &window, &params).unwrap()
    };
    let border = [0.0, 0.851_020_408_163_265_3, 5.162_857_142_857_143];
    assert_curve(&curve(RipleyCorrection::Border), border, "border");
    let isotropic = [
        0.573_618_755_850_018_54,
        3.530_932_901_166_782,
        11.441_243_675_257_173,
    ];
    assert_curve(&curve(RipleyCorrection::Isotropic), isotropic, "isotropic");
    let translation = [
        0.379_945_818_811_120_05,
        2.676_535_663_090_223_9,
        9.286_268_454_968_988_5,
    ];
    for (found, expected) in curve(RipleyCorrection::Translation).iter().zip(translation) {
        let k = found.k_m2.unwrap() / 1e6;
        assert!((k / expected - 1.0).abs() < 0.01, "{k} {expected}");
    }
}

/// `Kcross` of spatstat.explore 3.0-6; every third place is of the first kind.
#[test]
fn cross_k_agrees_with_spatstat() {
    let kind = |first: bool| -> Vec<Coord<f64>> {
        forty()
            .into_iter()
            .enumerate()
            .filter_map(|(i, place)| (((i + 1) % 3 == 0) == first).then_some(place))
            .collect()
    };
    let expected = [
        (
            RipleyCorrection::Border,
            [0.0, 1.296_296_296_296_296_2, 5.185_185_185_185_185],
        ),
        (
            RipleyCorrection::Isotropic,
            [
                0.644_667_276_712_866_4,
                3.399_790_388_355_607,
                6.985_662_031_596_779,
            ],
        ),
        (
            RipleyCorrection::Translation,
            [
                0.431_215_712_199_915_9,
                2.755_055_114_886_895_6,
                5.924_538_836_520_417,
            ],
        ),
    ];
    for (correction, expected) in expected {
        let params = RipleyParams::new(vec![500.0, 1000.0, 1500.0], correction).unwrap();
        let found = cross_k(&kind(true), &kind(false), &ten_by_seven(), &params).unwrap();
        assert_curve(&found, expected, &format!("{correction:?}"));
    }
}

/// `clarkevans` and `clarkevans.test` of spatstat.explore 3.0-6.
#[test]
fn clark_and_evans_index_agrees_with_spatstat() {
    let bare = clark_evans(&forty(), &ten_by_seven(), NearestCorrection::None).unwrap();
    assert!((bare.index - 1.540_779_316_065_342_5).abs() < 1e-12);
    assert!(
        (bare.p / 6.028_844_090_621_988e-11 - 1.0).abs() < 1e-4,
        "{}",
        bare.p
    );
    let corrected = clark_evans(&forty(), &ten_by_seven(), NearestCorrection::Donnelly).unwrap();
    assert!((corrected.index - 1.434_050_865_563_213_6).abs() < 1e-12);
}

/// `density.ppp(sigma = 0.8, at = "points")` of spatstat.explore 3.0-6. Its
/// Gaussian has no end; ours is cut at 9 bandwidths. Its edge corrections in
/// a rectangle are exact; ours sum pixels of 25 m, whose midpoint rule is
/// good to 10⁻⁴ of this bandwidth.
#[test]
fn density_agrees_with_spatstat() {
    let places = forty();
    let events = Events::new(Locations::planar(&places).unwrap());
    let at = Locations::planar(&places[..3]).unwrap();
    let gaussian = Kernel::Gaussian { truncation: 9.0 };
    let run = |correction: &EdgeCorrection<'_>, params: &KernelDensityParams| -> Vec<f64> {
        let result = kernel_density(&events, &at, correction, params).unwrap();
        result.per_km2.into_iter().flatten().collect()
    };
    let agrees = |found: &[f64], expected: [f64; 3], tolerance: f64| {
        for (found, expected) in found.iter().zip(expected) {
            assert!(
                (found / expected - 1.0).abs() < tolerance,
                "{found} {expected}"
            );
        }
    };
    let plain = [
        0.473_042_933_702_984_56,
        0.607_384_132_460_381_7,
        1.210_267_665_929_499_5,
    ];
    agrees(
        &run(&EdgeCorrection::None, &fixed(gaussian, 800.0)),
        plain,
        1e-10,
    );
    // Bandwidth = sigma over the quartic's own standard deviation.
    let bandwidth = 800.0 / Kernel::Quartic.standard_deviation();
    let quartic = [
        0.448_829_113_412_673_6,
        0.578_932_159_681_418_4,
        1.164_724_861_149_794,
    ];
    agrees(
        &run(&EdgeCorrection::None, &fixed(Kernel::Quartic, bandwidth)),
        quartic,
        1e-10,
    );

    let pixels: Vec<_> = (0..400 * 280)
        .map(|i| Coord {
            x: f64::from(i % 400) * 25.0 + 12.5,
            y: f64::from(i / 400) * 25.0 + 12.5,
        })
        .collect();
    let area = vec![0.000_625; pixels.len()];
    let region = StudyRegion::pieces(Locations::planar(&pixels).unwrap(), area).unwrap();
    let uniform = [
        0.473_082_667_285_451_95,
        0.683_476_610_929_636_2,
        1.503_712_515_248_213_1,
    ];
    agrees(
        &run(&EdgeCorrection::Uniform(&region), &fixed(gaussian, 800.0)),
        uniform,
        1e-4,
    );
    let diggle = [
        0.474_772_210_661_654_87,
        0.677_428_899_718_430_1,
        1.790_672_481_842_226,
    ];
    agrees(
        &run(&EdgeCorrection::Diggle(&region), &fixed(gaussian, 800.0)),
        diggle,
        1e-4,
    );
}

/// `bw.scott` gives an axis each (1.5015 and 1.0873), ours is their quadratic
/// mean; `bw.ppl(shortcut = TRUE, edge = FALSE)` over 2,001 bandwidths.
#[test]
fn bandwidths_agree_with_spatstat() {
    let events = Events::new(Locations::planar(&forty()).unwrap());
    let gaussian = Kernel::Gaussian { truncation: 9.0 };
    let scott = rule_bandwidth_m(&events, BandwidthRule::Scott, gaussian).unwrap() / 1000.0;
    let expected =
        ((1.501_513_227_633_765_f64.powi(2) + 1.087_254_977_790_162_8_f64.powi(2)) / 2.0).sqrt();
    assert!((scott / expected - 1.0).abs() < 1e-10, "{scott} {expected}");
    let params = CrossValidationParams::new(gaussian, LeftOut::Event, 100.0, 8000.0).unwrap();
    let found = likelihood_bandwidth(&events, &EdgeCorrection::None, &params).unwrap();
    // The reference's grid steps by 0.22 %.
    assert!(
        (found.bandwidth_m / 1269.966_287_848_260_7 - 1.0).abs() < 0.002,
        "{found:?}"
    );
    let near = CrossValidationParams::new(gaussian, LeftOut::Event, 800.0, 800.1).unwrap();
    let at = likelihood_bandwidth(&events, &EdgeCorrection::None, &near).unwrap();
    // Σ log(λ₋ᵢ/39) at sigma 0.8.
    assert!(
        (at.tried[0].1 + 191.540_109_313_776_95).abs() < 1e-8,
        "{:?}",
        at.tried[0]
    );
}
