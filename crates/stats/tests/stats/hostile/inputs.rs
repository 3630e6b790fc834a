//! Columns and weights that methods do not like.

use safeground_stats::weights::SpatialWeights;

/// Numbers of units that calls are made with.
pub(super) const SIZES: [usize; 5] = [0, 1, 2, 3, 9];

/// Columns of `n` values, each with a name.
pub(super) fn columns(n: usize) -> Vec<(&'static str, Vec<Option<f64>>)> {
    let make = |value: &dyn Fn(usize) -> Option<f64>| (0..n).map(value).collect::<Vec<_>>();
    let odd_one = |odd: f64| make(&|i| Some(if i == n / 2 { odd } else { (i * i % 7) as f64 }));
    vec![
        ("nothing known", make(&|_| None)),
        ("one known", make(&|i| (i == 0).then_some(3.0))),
        ("zeros", make(&|_| Some(0.0))),
        ("sevens", make(&|_| Some(7.0))),
        ("counts", make(&|i| Some((i * i % 7) as f64))),
        (
            "gaps",
            make(&|i| (i % 3 != 1).then_some((i * 5 % 4) as f64)),
        ),
        ("below zero", make(&|i| Some(-(i as f64) - 0.5))),
        ("not a number", odd_one(f64::NAN)),
        ("infinite", odd_one(f64::INFINITY)),
        ("minus infinite", odd_one(f64::NEG_INFINITY)),
        ("one huge", odd_one(1e18)),
        ("far from zero", make(&|i| Some(1e15 + (i % 2) as f64))),
        ("beyond squares", make(&|i| Some(1e300 * (i % 3) as f64))),
        (
            "largest",
            make(&|i| Some(if i % 2 == 0 { f64::MAX } else { 1.0 })),
        ),
        (
            "smallest",
            make(&|i| Some(f64::from_bits(1) * (i % 4) as f64)),
        ),
        ("tiny", make(&|i| Some(1e-200 * (1.0 + (i % 4) as f64)))),
    ]
}

/// Columns among which every value that is known is the same.
pub(super) fn constants(n: usize) -> Vec<(&'static str, Vec<Option<f64>>)> {
    let mut all: Vec<_> = columns(n)
        .into_iter()
        .filter(|(name, _)| ["nothing known", "one known", "zeros", "sevens"].contains(name))
        .collect();
    // Sums of these round, so that deviations from their mean are not 0.
    all.push(("tenths", vec![Some(0.1); n]));
    all.push(("thirds far from zero", vec![Some(1e15 + 1.0 / 3.0); n]));
    all
}

/// Weights of `n` units, each with a name.
pub(super) fn graphs(n: usize) -> Vec<(&'static str, SpatialWeights)> {
    let weighted = |row: &dyn Fn(usize) -> Vec<(usize, f64)>| {
        SpatialWeights::from_weighted_lists((0..n).map(row).collect()).unwrap()
    };
    let ring = |weight: f64| {
        weighted(&|i| {
            let mut row = vec![((i + 1) % n, weight), ((i + n - 1) % n, weight)];
            row.retain(|(other, _)| *other != i);
            row.dedup();
            row
        })
    };
    vec![
        ("islands", weighted(&|_| Vec::new())),
        ("loops", weighted(&|i| vec![(i, 1.0)])),
        ("a ring", ring(1.0)),
        ("a ring of zeros", ring(0.0)),
        ("a heavy ring", ring(1e100)),
        ("a light ring", ring(1e-300)),
        (
            "all and themselves",
            weighted(&|i| {
                (0..n)
                    .map(|j| (j, if i == j { 2.0 } else { 1.0 }))
                    .collect()
            }),
        ),
        (
            "one way",
            weighted(&|i| {
                if i == 0 && n > 1 {
                    vec![(1, 0.5)]
                } else {
                    Vec::new()
                }
            }),
        ),
    ]
}
