//! Kernel density.

use geo::Coord;
use proptest::prelude::*;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use safeground_stats::StatsError;
use safeground_stats::surface::*;
use safeground_stats::weights::Position;

use super::*;

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
