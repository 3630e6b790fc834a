//! p-values without clusters, threads, and input that makes no sense.

use rand::{Rng as _, SeedableRng as _};
use safeground_stats::scan::*;
use safeground_stats::weights::SpatialWeights;

use super::naive::Area;
use super::params;
use crate::threads::on_any_threads;
use crate::uniform::gap_at_steps;

/// Data sets without clusters.
fn null_data(n: usize, cases: usize, seed: u64) -> Area {
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    let mut area = Area {
        points: (0..n)
            .map(|_| PlanarPoint {
                x: random.random(),
                y: random.random(),
            })
            .collect(),
        cases: vec![0; n],
        expected: (0..n).map(|_| random.random_range(0.5..2.0)).collect(),
    };
    let total: f64 = area.expected.iter().sum();
    for _ in 0..cases {
        let mut at = random.random_range(0.0..total);
        let place = area.expected.iter().position(|mean| {
            at -= mean;
            at < 0.0
        });
        area.cases[place.unwrap_or(0)] += 1;
    }
    area
}

#[test]
fn p_values_are_uniform_without_clusters() {
    let count = 400;
    let scans: Vec<Scan> = (0..count)
        .map(|seed| {
            let mut params = params(99);
            params.monte_carlo = MonteCarlo::new(99, seed);
            null_data(30, 150, seed + 1000).scan(&params)
        })
        .collect();
    let root = (count as f64).sqrt();
    let p = |of: &dyn Fn(&Cluster) -> f64| scans.iter().map(|scan| of(&scan.clusters[0])).collect();
    let monte_carlo = gap_at_steps(p(&|cluster| cluster.p.unwrap()));
    assert!(monte_carlo < 1.63 + 0.01 * root, "{monte_carlo}");
    // The Gumbel approximation is fitted to 99 maxima, which adds its error.
    let gumbel = gap_at_steps(p(&|cluster| cluster.p_gumbel.unwrap()));
    assert!(gumbel < 1.63 + 0.03 * root, "{gumbel}");
}

#[test]
fn p_values_of_cylinders_and_permutations_are_uniform_without_clusters() {
    let count = 200;
    let (mut poisson, mut permutation) = (Vec::new(), Vec::new());
    for seed in 0..count {
        let area = null_data(12, 1, seed);
        let cells = null_data(12 * 6, 120, seed + 5000);
        let places = Places::planar(&area.points).unwrap();
        let time = TemporalLimits::new(Outlook::Retrospective);
        let mut params = params(99);
        params.monte_carlo = MonteCarlo::new(99, seed);
        let counts = SpaceTimeCounts::poisson(6, &cells.cases, &cells.expected).unwrap();
        let scan = space_time_scan(&places, &counts, &time, &params).unwrap();
        poisson.push(scan.clusters[0].p.unwrap());
        // Places and times that are independent, as the permutation assumes.
        let (mut cases, mut random) = (
            vec![0; 12 * 6],
            rand_chacha::ChaCha8Rng::seed_from_u64(seed),
        );
        for _ in 0..100 {
            let place = random
                .random_range(0..12_usize)
                .min(random.random_range(0..12));
            let interval = random
                .random_range(0..6_usize)
                .max(random.random_range(0..6));
            cases[place * 6 + interval] += 1;
        }
        let cases = StratifiedCases::new(1, 6, &cases).unwrap();
        let scan = space_time_permutation_scan(&places, &cases, &time, &params).unwrap();
        permutation.push(scan.clusters[0].p.unwrap());
    }
    let critical = 1.63 + 0.01 * (count as f64).sqrt();
    for p in [poisson, permutation] {
        let distance = gap_at_steps(p);
        assert!(distance < critical, "{distance}");
    }
}

#[test]
fn the_number_of_threads_does_not_matter() {
    let area = null_data(60, 900, 7);
    let cells = null_data(60 * 4, 900, 8);
    on_any_threads(|| {
        let mut params = params(100);
        params.rates = Rates::Both;
        let places = Places::planar(&area.points).unwrap();
        let poisson = SpatialCounts::poisson(&area.cases, &area.expected).unwrap();
        let controls: Vec<u64> = area.expected.iter().map(|x| (40.0 * x) as u64).collect();
        let bernoulli = SpatialCounts::bernoulli(&area.cases, &controls).unwrap();
        let ellipses = EllipseParams::satscan(NonCompactness::Strong);
        let weights = (0..60).map(|i| vec![(i + 1) % 60, (i + 59) % 60]).collect();
        let weights = SpatialWeights::from_lists(weights).unwrap();
        let flexible = FlexibleParams::new(6, Restriction::None).unwrap();
        let space_time = SpaceTimeCounts::poisson(4, &cells.cases, &cells.expected).unwrap();
        let stratified = StratifiedCases::new(1, 4, &cells.cases).unwrap();
        let time = TemporalLimits::new(Outlook::Retrospective);
        let mut early = params;
        early.monte_carlo = params.monte_carlo.stop_after(5).unwrap();
        [
            circular_scan(&places, &poisson, &params),
            circular_scan(&places, &poisson, &early),
            circular_scan(&places, &bernoulli, &params),
            elliptic_scan(&places, &poisson, &ellipses, &params),
            flexible_scan(&places, &weights, &poisson, &flexible, &params),
            space_time_scan(&places, &space_time, &time, &params),
            space_time_permutation_scan(&places, &stratified, &time, &params),
            temporal_scan(&space_time, &time, &params),
        ]
        .map(Result::unwrap)
    });
}

#[test]
fn what_cannot_be_scanned_is_refused() {
    let cases = [1, 2, 3];
    for expected in [
        &[1.0, 2.0][..],
        &[1.0, 2.0, 0.0],
        &[1.0, 2.0, f64::NAN],
        &[1.0, -2.0, 1.0],
        &[f64::INFINITY, 2.0, 1.0],
    ] {
        assert!(SpatialCounts::poisson(&cases, expected).is_err());
    }
    assert!(SpatialCounts::poisson(&[0, 0], &[1.0, 1.0]).is_err());
    assert!(SpatialCounts::poisson(&[], &[]).is_err());
    assert!(SpatialCounts::poisson(&[u64::MAX, u64::MAX], &[1.0, 1.0]).is_err());
    assert!(SpatialCounts::bernoulli(&[1], &[0]).is_err());
    assert!(SpatialCounts::bernoulli(&[0], &[1]).is_err());
    assert!(SpaceTimeCounts::poisson(0, &cases, &[1.0; 3]).is_err());
    assert!(SpaceTimeCounts::poisson(2, &cases, &[1.0; 3]).is_err());
    let point = PlanarPoint { x: 0.0, y: 0.0 };
    assert!(
        Places::planar(&[PlanarPoint {
            x: f64::NAN,
            ..point
        }])
        .is_err()
    );
    // One place, or all at one position: there is no window with a complement.
    let places = Places::planar(&[point; 3]).unwrap();
    let counts = SpatialCounts::poisson(&cases, &[1.0; 3]).unwrap();
    let scan = circular_scan(&places, &counts, &params(19)).unwrap();
    assert!(scan.clusters.is_empty());
    let counts = SpatialCounts::poisson(&cases[..1], &[1.0]).unwrap();
    assert!(circular_scan(&places, &counts, &params(19)).is_err());
    // All of the area may be asked for and still has no ratio.
    let mut whole = params(19);
    whole.limits = WindowLimits::new(1.0).unwrap();
    let counts = SpatialCounts::poisson(&cases, &[1e300, 1e300, 1e300]).unwrap();
    assert!(
        circular_scan(&places, &counts, &whole)
            .unwrap()
            .clusters
            .is_empty()
    );
}
