//! The statistics: weights, Gi*, local Moran, rates, scan, surface and trends,
//! on hexes around one point.
#![allow(missing_docs, reason = "criterion's macros make undocumented items")]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{
    BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main,
};
use h3o::geom::SolventBuilder;
use h3o::{CellIndex, LatLng, Resolution};
use rayon::prelude::*;
use safeground_benches::Hexes;
use safeground_stats::local::{
    GetisOrdParams, LocalMoranParams, VarianceDivisor, getis_ord, getis_ord_permutation,
    local_moran_permutation,
};
use safeground_stats::permutation::PermutationParams;
use safeground_stats::rates::{SpatialEmpiricalBayesParams, spatial_empirical_bayes};
use safeground_stats::scan::{MonteCarlo, Places, ScanParams, SpatialCounts, circular_scan};
use safeground_stats::space_time::{
    EmergingHotspotParams, MannKendallParams, SpaceTimeCube, cube_trends, emerging_hotspots,
};
use safeground_stats::surface::{
    Bandwidth, EdgeCorrection, Events, Kernel, KernelDensityParams, Locations, kernel_density,
};
use safeground_stats::weights::{
    Contiguity, ContiguityParams, Position, SpatialWeights, contiguity, grid_disk,
};

const HEXES: usize = 100_000;
const PERMUTATIONS: usize = 999;

/// Else a bench would time how fast an error is.
const DEFINED: &str = "the input is valid";

fn group<'a>(criterion: &'a mut Criterion, name: &str) -> BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(5));
    group
}

fn present(values: &[f64]) -> Vec<Option<f64>> {
    values.iter().copied().map(Some).collect()
}

fn ring(hexes: &Hexes) -> SpatialWeights {
    grid_disk(&hexes.cells, 1).expect("one step is allowed")
}

fn permutations() -> PermutationParams {
    PermutationParams::new(PERMUTATIONS, 42).expect("the number is allowed")
}

/// Units × permutations, which cost should grow with.
fn drawn(units: usize) -> Throughput {
    Throughput::Elements((units * PERMUTATIONS) as u64)
}

fn weights(criterion: &mut Criterion) {
    let hexes = Hexes::new(HEXES);
    let mut group = group(criterion, "weights");
    group.throughput(Throughput::Elements(HEXES as u64));
    for k in [1, 2] {
        group.bench_function(format!("k-ring {k}, {HEXES} hexes"), |bench| {
            bench.iter(|| grid_disk(black_box(&hexes.cells), k).expect(DEFINED));
        });
    }
    // A grid of polygons with eighteen vertices.
    let solvent = SolventBuilder::new().build();
    let outlines: Vec<_> = by_parent(&hexes)
        .into_values()
        .map(|cells| solvent.dissolve(cells).expect("each cell comes once"))
        .collect();
    let shapes: Vec<_> = outlines.iter().map(Some).collect();
    // Dissolving leaves shared vertices equal to about the last digit.
    let queen = ContiguityParams::new(Contiguity::Queen, 1e-9).expect("it is above zero");
    group.throughput(Throughput::Elements(shapes.len() as u64));
    group.bench_function(
        format!("queen contiguity, {} polygons", shapes.len()),
        |bench| bench.iter(|| contiguity(black_box(&shapes), &queen).expect(DEFINED)),
    );
    group.finish();
}

/// Hexes by the larger hex that seven of them make up.
fn by_parent(hexes: &Hexes) -> BTreeMap<CellIndex, Vec<CellIndex>> {
    let mut of_parent: BTreeMap<CellIndex, Vec<CellIndex>> = BTreeMap::new();
    for cell in &hexes.cells {
        let parent = cell.parent(Resolution::Eight).expect("it is coarser");
        of_parent.entry(parent).or_default().push(*cell);
    }
    of_parent
}

fn getis_ord_of_hexes(criterion: &mut Criterion) {
    let hexes = Hexes::new(HEXES);
    let (weights, values) = (ring(&hexes), present(&hexes.values));
    let star = weights
        .clone()
        .with_self_weight(1.0)
        .expect("one is allowed");
    let mut group = group(criterion, "Gi*");
    group.throughput(Throughput::Elements(HEXES as u64));
    group.bench_function(format!("analytic, {HEXES} hexes"), |bench| {
        bench.iter(|| {
            getis_ord(black_box(&values), &weights, &GetisOrdParams::star()).expect(DEFINED)
        });
    });
    group.throughput(drawn(HEXES));
    for (name, params) in schemes() {
        group.bench_function(
            format!("{PERMUTATIONS} permutations, {name}, {HEXES} hexes"),
            |bench| {
                bench.iter(|| {
                    getis_ord_permutation(black_box(&values), &star, &params).expect(DEFINED)
                })
            },
        );
    }
    group.finish();
}

fn schemes() -> [(&'static str, PermutationParams); 3] {
    let sequential = permutations()
        .sequential(20)
        .expect("the number is allowed");
    [
        ("shared", permutations()),
        ("per unit", permutations().per_unit()),
        ("sequential", sequential),
    ]
}

fn local_moran_of_hexes(criterion: &mut Criterion) {
    let params = LocalMoranParams::new(VarianceDivisor::UnitsLessOne);
    let hexes = Hexes::new(HEXES);
    let (weights, values) = (ring(&hexes).row_standardised(), present(&hexes.values));
    let mut group = group(criterion, "local Moran");
    group.throughput(drawn(HEXES));
    for (name, scheme) in schemes() {
        group.bench_function(
            format!("{PERMUTATIONS} permutations, {name}, {HEXES} hexes"),
            |bench| {
                bench.iter(|| {
                    local_moran_permutation(black_box(&values), &weights, &params, &scheme)
                        .expect(DEFINED)
                });
            },
        );
    }
    group.finish();
}

/// Every village of India is a unit among the 640,000.
fn local_moran_by_size(criterion: &mut Criterion) {
    let params = LocalMoranParams::new(VarianceDivisor::UnitsLessOne);
    let mut group = group(criterion, "local Moran by size");
    for units in [1_000, 10_000, 100_000, 640_000, 1_000_000, 4_000_000] {
        let hexes = Hexes::new(units);
        let (weights, values) = (ring(&hexes).row_standardised(), present(&hexes.values));
        group.throughput(drawn(units));
        group.bench_function(BenchmarkId::from_parameter(units), |bench| {
            bench.iter(|| {
                local_moran_permutation(black_box(&values), &weights, &params, &permutations())
                    .expect(DEFINED)
            });
        });
    }
    group.finish();
}

fn rates(criterion: &mut Criterion) {
    let hexes = Hexes::new(HEXES);
    let weights = ring(&hexes);
    let (cases, population) = (present(&hexes.cases), present(&hexes.population));
    let params = SpatialEmpiricalBayesParams::marshall();
    let mut group = group(criterion, "rates");
    group.throughput(Throughput::Elements(HEXES as u64));
    group.bench_function(format!("spatial empirical Bayes, {HEXES} hexes"), |bench| {
        bench.iter(|| {
            spatial_empirical_bayes(black_box(&cases), &population, &weights, &params)
                .expect(DEFINED)
        });
    });
    group.finish();
}

fn scan(criterion: &mut Criterion) {
    let mut group = group(criterion, "circular Poisson scan");
    for places in [500, 1_000, 3_000] {
        let hexes = Hexes::new(places);
        let positions: Vec<Position> = hexes.cells.iter().map(|cell| position(*cell)).collect();
        let cases: Vec<u64> = hexes.cases.iter().map(|count| *count as u64).collect();
        let at = Places::geographic(&positions).expect("centres are on the globe");
        let counts = SpatialCounts::poisson(&cases, &hexes.population).expect("there are cases");
        let params = ScanParams::new(MonteCarlo::new(999, 42));
        group.throughput(Throughput::Elements(999 * (places * places) as u64));
        group.bench_function(format!("999 simulations, {places} places, 50 %"), |bench| {
            bench.iter(|| circular_scan(black_box(&at), &counts, &params).expect(DEFINED));
        });
    }
    group.finish();
}

fn position(cell: CellIndex) -> Position {
    let centre = LatLng::from(cell);
    Position {
        latitude: centre.lat(),
        longitude: centre.lng(),
    }
}

fn surface(criterion: &mut Criterion) {
    let hexes = Hexes::new(HEXES);
    let at = Locations::cells(&hexes.cells);
    let events = Events::weighted(
        Locations::cells(&hexes.cells[..20_000]),
        hexes.cases[..20_000].to_vec(),
    )
    .expect("counts are weights");
    let bandwidth = Bandwidth::Fixed {
        bandwidth_m: 2_000.0,
    };
    let params = KernelDensityParams::new(Kernel::Quartic, bandwidth).expect("it is above zero");
    let mut group = group(criterion, "kernel density");
    group.throughput(Throughput::Elements(HEXES as u64));
    group.bench_function(
        format!("quartic, 2 km, 20000 weighted events at {HEXES} hexes"),
        |bench| {
            bench.iter(|| {
                kernel_density(black_box(&events), &at, &EdgeCorrection::None, &params)
                    .expect(DEFINED)
            });
        },
    );
    group.finish();
}

fn trends(criterion: &mut Criterion) {
    let (places, periods) = (10_000, 60);
    let hexes = Hexes::new(places);
    // Each period is the field moved on by as many places.
    let values: Vec<Option<f64>> = (0..periods)
        .flat_map(|period| (0..places).map(move |place| (place + 17 * period) % places))
        .map(|place| Some(hexes.values[place]))
        .collect();
    let cube = SpaceTimeCube::new(places, periods, &values).expect("the cube is full");
    let weights = ring(&hexes);
    let params = EmergingHotspotParams::new(0.05, 0.05).expect("levels lie within 0 and 1");
    let mut group = group(criterion, "space and time");
    group.throughput(Throughput::Elements((places * periods) as u64));
    group.bench_function(
        format!("emerging hotspots, {places} places x {periods} periods"),
        |bench| {
            bench.iter(|| emerging_hotspots(black_box(&cube), &weights, &params).expect(DEFINED))
        },
    );
    group.bench_function(
        format!("Mann-Kendall, {places} places x {periods} periods"),
        |bench| bench.iter(|| cube_trends(black_box(&cube), &MannKendallParams::default())),
    );
    group.finish();
}

/// What the machine can move: the limit that the others are set beside.
fn memory(criterion: &mut Criterion) {
    const NUMBERS: usize = 32 << 20;
    const PIECE: usize = 1 << 16;
    let numbers: Vec<f64> = (0..NUMBERS).map(|number| number as f64).collect();
    let mut copies = vec![0.0; NUMBERS];
    let mut group = group(criterion, "memory");
    group.throughput(Throughput::Bytes((NUMBERS * size_of::<f64>()) as u64));
    group.bench_function("reading in order", |bench| {
        bench.iter(|| {
            black_box(&numbers)
                .par_chunks(PIECE)
                .map(sum_of_eight_lanes)
                .sum::<f64>()
        });
    });
    group.throughput(Throughput::Bytes((2 * NUMBERS * size_of::<f64>()) as u64));
    group.bench_function("copying in order", |bench| {
        bench.iter(|| {
            copies
                .par_chunks_mut(PIECE)
                .zip(black_box(&numbers).par_chunks(PIECE))
                .for_each(|(copy, piece)| copy.copy_from_slice(piece));
        });
    });
    group.finish();
}

/// Eight sums that do not wait for each other, else adding is the limit.
fn sum_of_eight_lanes(piece: &[f64]) -> f64 {
    let mut lanes = [0.0; 8];
    for eight in piece.as_chunks::<8>().0 {
        for (lane, number) in lanes.iter_mut().zip(eight) {
            *lane += number;
        }
    }
    lanes.iter().sum()
}

criterion_group!(
    benches,
    memory,
    weights,
    getis_ord_of_hexes,
    local_moran_of_hexes,
    local_moran_by_size,
    rates,
    scan,
    surface,
    trends
);
criterion_main!(benches);
