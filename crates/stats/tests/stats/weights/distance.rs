//! Weights of distance against naive twins.

use h3o::{LatLng, Resolution};
use proptest::prelude::*;
use safeground_stats::weights::{
    Bandwidth, Coincident, InverseDistanceParams, Kernel, KernelDiagonal, KernelParams,
    PlanarPosition, Position, Steps, distance_band, grid_disk, grid_ring, inverse_distance,
    kernel_weights, nearest_neighbours,
};

use super::lists;
use crate::threads::on_any_threads;

/// Great-circle distance by the spherical law of cosines in vectors: another
/// formula than the haversine.
fn great_circle(a: Position, b: Position) -> f64 {
    let vector = |p: Position| {
        let (lat, lon) = (p.latitude.to_radians(), p.longitude.to_radians());
        [lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()]
    };
    let (a, b) = (vector(a), vector(b));
    let cross = [
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    ];
    let sine = cross.iter().map(|c| c * c).sum::<f64>().sqrt();
    let cosine: f64 = a.iter().zip(b).map(|(a, b)| a * b).sum();
    6_371_008.8 * sine.atan2(cosine)
}

/// All others by distance, then index.
fn sorted<P: Copy>(
    places: &[Option<P>],
    unit: usize,
    distance: impl Fn(P, P) -> f64,
) -> Vec<(f64, usize)> {
    let Some(origin) = places[unit] else {
        return Vec::new();
    };
    let mut others: Vec<(f64, usize)> = places
        .iter()
        .enumerate()
        .filter(|(other, _)| *other != unit)
        .filter_map(|(other, place)| Some((distance(origin, (*place)?), other)))
        .collect();
    others.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    others
}

fn planar(a: PlanarPosition, b: PlanarPosition) -> f64 {
    (a.x_m - b.x_m).hypot(a.y_m - b.y_m)
}

/// Points of a small lattice: many ties, many at the same place, some missing.
fn lattice() -> impl Strategy<Value = Vec<Option<PlanarPosition>>> {
    let point = (0..6_u8, 0..6_u8).prop_map(|(x, y)| PlanarPosition {
        x_m: f64::from(x),
        y_m: f64::from(y),
    });
    prop::collection::vec(prop::option::weighted(0.9, point), 1..40)
}

fn globe() -> impl Strategy<Value = Vec<Option<Position>>> {
    let point = (-90.0..90.0f64, -180.0..360.0f64).prop_map(|(latitude, longitude)| Position {
        latitude,
        longitude,
    });
    prop::collection::vec(prop::option::weighted(0.9, point), 1..40)
}

fn sorted_units(mut units: Vec<usize>) -> Vec<usize> {
    units.sort_unstable();
    units
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nearest_and_band_on_a_lattice_are_those_of_all_pairs(
        places in lattice(),
        k in 0..9_usize,
        radius in 1..5_u8,
    ) {
        let nearest = on_any_threads(|| nearest_neighbours(&places, k).unwrap());
        let radius = f64::from(radius);
        let band = on_any_threads(|| distance_band(&places, radius).unwrap());
        for unit in 0..places.len() {
            let all = sorted(&places, unit, planar);
            let first = all.iter().take(k).map(|(_, other)| *other).collect();
            prop_assert_eq!(&lists(&nearest)[unit], &sorted_units(first));
            let within = all.iter().filter(|(d, _)| *d <= radius).map(|(_, other)| *other);
            prop_assert_eq!(&lists(&band)[unit], &sorted_units(within.collect()));
        }
        prop_assert!(band.is_symmetric());
    }

    #[test]
    fn nearest_and_band_on_the_globe_are_those_of_all_pairs(
        places in globe(),
        k in 1..6_usize,
        radius in 1e5..2.1e7f64,
    ) {
        let nearest = nearest_neighbours(&places, k).unwrap();
        let band = distance_band(&places, radius).unwrap();
        for unit in 0..places.len() {
            let all = sorted(&places, unit, great_circle);
            let first = all.iter().take(k).map(|(_, other)| *other).collect();
            prop_assert_eq!(&lists(&nearest)[unit], &sorted_units(first));
            let within = all.iter().filter(|(d, _)| *d <= radius).map(|(_, other)| *other);
            prop_assert_eq!(&lists(&band)[unit], &sorted_units(within.collect()));
        }
    }

    #[test]
    fn inverse_distance_is_the_power_of_the_distance(
        places in globe(),
        power in 0.5..3.0f64,
        cut in prop::option::of(1e6..2.1e7f64),
    ) {
        let coincident = Coincident::AtLeast { distance_m: 1_000.0 };
        let params = InverseDistanceParams::new(power, cut, coincident).unwrap();
        let weights = on_any_threads(|| inverse_distance(&places, &params).unwrap());
        for unit in 0..places.len() {
            let all = sorted(&places, unit, great_circle);
            let within = all.iter().filter(|(d, _)| *d <= cut.unwrap_or(f64::MAX));
            let within: Vec<_> = within.collect();
            prop_assert_eq!(within.len(), weights.cardinality(unit));
            for (distance, other) in within {
                let expected = distance.max(1_000.0).powf(-power);
                let gap = (weights.weight(unit, *other).unwrap() - expected).abs();
                // The haversine loses digits near the antipode.
                prop_assert!(gap <= 1e-7 * expected);
            }
        }
        prop_assert!(weights.is_symmetric());
    }

    #[test]
    fn kernel_weights_are_the_kernel_of_the_distance(
        places in lattice(),
        k in 1..4_usize,
        fixed in 0.5..4.0f64,
        adaptive in any::<bool>(),
    ) {
        for kernel in [
            Kernel::Uniform,
            Kernel::Triangular,
            Kernel::Epanechnikov,
            Kernel::Quartic,
            Kernel::Gaussian,
        ] {
            let bandwidth = if adaptive {
                Bandwidth::Adaptive { neighbours: k }
            } else {
                Bandwidth::Fixed { bandwidth_m: fixed }
            };
            let params = KernelParams::new(kernel, bandwidth, KernelDiagonal::AtZero).unwrap();
            let Ok(result) = on_any_threads(|| kernel_weights(&places, &params)) else {
                let some = places.iter().flatten().count();
                let heap = (0..places.len()).any(|unit| {
                    sorted(&places, unit, planar).get(k - 1).is_some_and(|(d, _)| *d == 0.0)
                });
                prop_assert!(adaptive && (some <= k || heap));
                continue;
            };
            for unit in 0..places.len() {
                let all = sorted(&places, unit, planar);
                let (near, h): (Vec<_>, f64) = if adaptive {
                    let h = all.get(k - 1).map_or(f64::NAN, |(d, _)| d * 1.000_000_1);
                    (all.into_iter().take(k).collect(), h)
                } else {
                    (all.into_iter().filter(|(d, _)| *d <= fixed).collect(), fixed)
                };
                prop_assert_eq!(near.len(), result.weights.cardinality(unit));
                for (distance, other) in near {
                    let z = distance / h;
                    let expected = match kernel {
                        Kernel::Uniform => 0.5,
                        Kernel::Triangular => 1.0 - z,
                        Kernel::Epanechnikov => 0.75 * (1.0 - z * z),
                        Kernel::Quartic => 0.9375 * (1.0 - z * z).powi(2),
                        Kernel::Gaussian => 0.398_942_280_401_432_7 * (-z * z / 2.0).exp(),
                    };
                    let ours = result.weights.weight(unit, other).unwrap();
                    prop_assert!((ours - expected).abs() < 1e-14);
                }
            }
        }
    }

    /// Cells of a disk with holes and repeats: steps by `grid_distance`.
    #[test]
    fn disks_and_rings_are_grid_distances(
        picks in prop::collection::vec(0..37_usize, 0..30),
        k in 0..4_u32,
    ) {
        let centre = LatLng::new(25.0, 86.0).unwrap().to_cell(Resolution::Eight);
        let disk: Vec<_> = centre.grid_disk(3);
        let cells: Vec<_> = picks.iter().map(|pick| disk[*pick]).collect();
        let ours = on_any_threads(|| grid_disk(&cells, k).unwrap());
        let ring = on_any_threads(|| grid_ring(&cells, k).unwrap());
        let steps = |i: usize, j: usize| cells[i].grid_distance(cells[j]).unwrap() as u32;
        for i in 0..cells.len() {
            let others = (0..cells.len()).filter(|j| *j != i);
            let near: Vec<_> = others.clone().filter(|j| steps(i, *j) <= k).collect();
            prop_assert_eq!(&lists(&ours)[i], &near);
            let at: Vec<_> = others.filter(|j| steps(i, *j) == k).collect();
            prop_assert_eq!(&lists(&ring)[i], &at);
        }
    }
}

/// A unit square of points and its double: scaling and moving the plane does
/// not change who is nearest.
#[test]
fn a_large_offset_does_not_change_the_nearest() {
    let at = |step: u32, scale: f64, offset: f64| {
        let turn = f64::from(step) * 2.399_963;
        let radius = f64::from(step).sqrt();
        Some(PlanarPosition {
            x_m: offset + scale * radius * turn.cos(),
            y_m: offset + scale * radius * turn.sin(),
        })
    };
    let plain: Vec<_> = (0..300).map(|step| at(step, 1.0, 0.0)).collect();
    let moved: Vec<_> = (0..300).map(|step| at(step, 1_000.0, 5e6)).collect();
    assert_eq!(
        nearest_neighbours(&plain, 5).unwrap(),
        nearest_neighbours(&moved, 5).unwrap()
    );
}

/// Enough units for many pieces of parallel work.
#[test]
fn many_units_give_the_same_weights_on_any_number_of_threads() {
    let places: Vec<_> = (0..3_000_u32)
        .map(|step| {
            let turn = f64::from(step) * 2.399_963;
            let radius = f64::from(step % 1_000).sqrt();
            (step % 97 != 0).then(|| Position {
                latitude: 20.0 + 0.1 * (radius * turn.cos()).round(),
                longitude: 179.9 + 0.1 * (radius * turn.sin()).round(),
            })
        })
        .collect();
    let nearest = on_any_threads(|| nearest_neighbours(&places, 6).unwrap());
    let band = on_any_threads(|| distance_band(&places, 30_000.0).unwrap());
    assert!(band.is_symmetric());
    for unit in (0..places.len()).step_by(50) {
        let all = sorted(&places, unit, great_circle);
        let within = all.iter().filter(|(d, _)| *d <= 30_000.0);
        assert_eq!(within.count(), band.cardinality(unit), "{unit}");
        if places[unit].is_some() {
            let furthest = nearest
                .neighbours(unit)
                .map(|other| great_circle(places[unit].unwrap(), places[other].unwrap()));
            // Equally far on the lattice, but for rounding.
            assert!(furthest.fold(0.0, f64::max) <= all[5].0 + 1e-6, "{unit}");
            assert_eq!(nearest.cardinality(unit), 6);
        }
    }
    let adaptive = Bandwidth::Adaptive { neighbours: 12 };
    let params = KernelParams::new(Kernel::Quartic, adaptive, KernelDiagonal::One).unwrap();
    let kernel = on_any_threads(|| kernel_weights(&places, &params).unwrap());
    assert_eq!(kernel.weights.islands(), nearest.islands());
    let least = Coincident::AtLeast { distance_m: 10.0 };
    let params = InverseDistanceParams::new(1.0, Some(20_000.0), least).unwrap();
    on_any_threads(|| inverse_distance(&places, &params).unwrap());
    // The unit of a fault is the same, too.
    let params = InverseDistanceParams::new(1.0, Some(20_000.0), Coincident::Refuse).unwrap();
    let fault = on_any_threads(|| inverse_distance(&places, &params));
    assert!(fault.is_err());

    let centre = LatLng::new(25.0, 86.0).unwrap().to_cell(Resolution::Eight);
    let cells: Vec<_> = centre.grid_disk(30);
    let disk = on_any_threads(|| grid_disk(&cells, 2).unwrap());
    assert_eq!(
        disk,
        on_any_threads(|| {
            grid_disk(&cells, 1)
                .unwrap()
                .higher_order(Steps::UpTo(2))
                .unwrap()
        })
    );
}
