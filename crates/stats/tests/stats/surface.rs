//! Surfaces against naive twins, other packages and their own promises.

mod bandwidths;
mod density;
mod distances;
mod pattern;
mod risk;

use geo::Coord;
use h3o::{CellIndex, LatLng, Resolution};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use safeground_stats::significance::Alternative;
use safeground_stats::surface::*;
use safeground_stats::weights::Position;

use crate::threads::on_any_threads;
use crate::uniform::gap_from_uniform;

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
        RiskSimulations::new(RiskNull::RandomLabelling, 99, Alternative::TwoSided, 5).unwrap();
    let envelope = EnvelopeParams::new(39, 1, 6).unwrap();
    let curve = RipleyParams::new(vec![500.0, 1000.0], RipleyCorrection::Isotropic).unwrap();
    let search = CrossValidationParams::new(GAUSSIAN, LeftOut::Event, 1000.0, 9000.0).unwrap();
    on_any_threads(|| {
        let correction = EdgeCorrection::Diggle(&region);
        (
            kernel_density(&events, region.centres(), &correction, &params).unwrap(),
            relative_risk(
                &cases,
                &events,
                region.centres(),
                &correction,
                &RelativeRiskParams::new(params).with_simulations(simulations),
            )
            .unwrap(),
            region_envelope(&places, &cells, &[5000.0, 10_000.0], &envelope).unwrap(),
            ripley_envelope(&forty(), &ten_by_seven(), &curve, &envelope).unwrap(),
            distance_envelope(
                DistanceFunction::EmptySpace,
                &forty(),
                &ten_by_seven(),
                &DistanceParams::new(vec![500.0], DistanceCorrection::KaplanMeier).unwrap(),
                &envelope,
            )
            .unwrap(),
            likelihood_bandwidth(&events, &correction, &search).unwrap(),
        )
    });
}
