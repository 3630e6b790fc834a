//! Point patterns.

use std::f64::consts::PI;

use geo::Coord;
use proptest::prelude::*;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use safeground_stats::StatsError;
use safeground_stats::surface::*;
use safeground_stats::weights::Position;

use super::*;

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
    fn order_and_mirror_do_not_matter(seed in 0..1000u64, bandwidth_m in 100.0..5000.0f64) {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let places = square(50, 10_000.0, &mut random);
        let at = square(20, 10_000.0, &mut random);
        let mirror = |places: &[Coord<f64>]| -> Vec<Coord<f64>> {
            places.iter().rev().map(|p| Coord { x: 10_000.0 - p.y, y: p.x }).collect()
        };
        let params = KernelDensityParams::new(
            Kernel::Epanechnikov,
            Bandwidth::Abramson { global_m: bandwidth_m, pilot_m: bandwidth_m, limit: 3.0 },
        )
        .unwrap();
        let density = |places: &[Coord<f64>], at: &[Coord<f64>]| {
            let events = Events::new(Locations::planar(places).unwrap());
            let at = Locations::planar(at).unwrap();
            kernel_density(&events, &at, &EdgeCorrection::None, &params).unwrap().per_km2
        };
        let (plain, turned) = (density(&places, &at), density(&mirror(&places), &mirror(&at)));
        for (a, b) in plain.iter().zip(turned.iter().rev()) {
            prop_assert!((a.unwrap() - b.unwrap()).abs() < 1e-8 * (1.0 + a.unwrap()));
        }
        let window = unit_window(10_000.0);
        for correction in CORRECTIONS {
            let params = RipleyParams::new(vec![500.0, 1500.0], correction).unwrap();
            let k = ripley_k(&places, &window, &params).unwrap();
            let other = ripley_k(&mirror(&places), &window, &params).unwrap();
            for (a, b) in k.iter().zip(other) {
                let (a, b) = (a.k_m2.unwrap_or(-1.0), b.k_m2.unwrap_or(-1.0));
                prop_assert!((a - b).abs() <= 1e-9 * a.abs());
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
        largest.push(result.p_largest_deviation.unwrap());
        squared.push(result.p_squared_deviation.unwrap());
        let step = result.steps[2];
        let l = step.observed.l_m.unwrap();
        let (low, high) = step.pointwise_l_m.unwrap();
        left += usize::from(l < low || l > high);
        let simulations = EnvelopeParams::new(39, 1, set).unwrap();
        let cross =
            cross_envelope(&points[..15], &points[15..], &window, &params, &simulations).unwrap();
        labelled.push(cross.p_squared_deviation.unwrap());
    }
    for p in [largest, squared, labelled] {
        let gap = gap_from_uniform(p);
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
    assert_eq!(result.p_largest_deviation, Some(0.01));
    assert!(result.steps[0].observed.l_m.unwrap() > result.steps[0].global_l_m.unwrap().1);
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
        p.push(result.p_largest_deviation.unwrap());
        ratios.push(result.steps[1].observed.k_m2.unwrap() / (PI * 1.44e8));
    }
    let gap = gap_from_uniform(p);
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
    let (corrected, bare) = (gap_from_uniform(corrected), gap_from_uniform(bare));
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
                0.269_230_769_230_769_2,
                1.884_615_384_615_384_8,
                6.641_025_641_025_641,
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
        0.573_618_755_850_018_5,
        3.530_932_901_166_782,
        11.441_243_675_257_173,
    ];
    assert_curve(&curve(RipleyCorrection::Isotropic), isotropic, "isotropic");
    let translation = [
        0.379_945_818_811_120_05,
        2.676_535_663_090_224,
        9.286_268_454_968_988,
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
