//! The engine against plain versions of itself.

use proptest::prelude::*;

use super::{
    PermutationParams, Population, Reference, Summary, lag_references,
    squared_difference_references,
};
use crate::permutation::draws::Drawer;
use crate::random;
use crate::significance::{Alternative, Tails};
use crate::weights::SpatialWeights;

/// A statistic of a unit's value, its neighbours' values and their weights.
type Statistic = fn(f64, &[f64], &[f64]) -> f64;

fn sum(_: f64, x: &[f64], w: &[f64]) -> f64 {
    x.iter().zip(w).map(|(x, w)| x * w).sum()
}

fn squared(own: f64, x: &[f64], w: &[f64]) -> f64 {
    x.iter().zip(w).map(|(x, w)| w * (x - own).powi(2)).sum()
}

/// Conditional permutation written out, with the same draws: O(n·m·k).
fn plain(
    x: &[f64],
    weights: &SpatialWeights,
    params: &PermutationParams,
    shared: bool,
    statistic: Statistic,
) -> Vec<Option<(Tails, f64)>> {
    let n = x.len() as u32;
    let mut drawer = Drawer::default();
    (0..n)
        .map(|unit| {
            let own = x[unit as usize];
            let (near, w): (Vec<_>, Vec<_>) = weights.weighted(unit as usize).unzip();
            if near.is_empty() || near.len() + 1 >= x.len() {
                return None;
            }
            let of = |picks: &[u32]| {
                let drawn: Vec<_> = picks.iter().map(|at| x[*at as usize]).collect();
                statistic(own, &drawn, &w)
            };
            let mut random = random::stream(params.seed(), u64::from(unit));
            let reference: Vec<f64> = (0..params.permutations() as u64)
                .map(|number| {
                    if shared {
                        drawer.draw_shared(params, number, n, unit, near.len());
                    } else {
                        drawer.draw_others(&mut random, n, unit, near.len());
                    }
                    of(&drawer.picks)
                })
                .collect();
            let near: Vec<_> = near.iter().map(|at| *at as u32).collect();
            let observed = of(&near);
            let mean = reference.iter().sum::<f64>() / reference.len() as f64;
            Some((Tails::of(observed, &reference), mean))
        })
        .collect()
}

fn agree(ours: &[Option<Reference>], plain: &[Option<(Tails, f64)>]) -> Result<(), TestCaseError> {
    prop_assert_eq!(ours.len(), plain.len());
    for (ours, plain) in ours.iter().zip(plain) {
        prop_assert_eq!(ours.is_some(), plain.is_some());
        if let (Some(ours), Some((tails, mean))) = (ours, plain) {
            prop_assert_eq!(ours.tails.greater_or_equal, tails.greater_or_equal);
            prop_assert_eq!(ours.tails.less_or_equal, tails.less_or_equal);
            prop_assert_eq!(ours.tails.as_far, tails.as_far);
            prop_assert!((ours.mean - mean).abs() < 1e-9 * (1.0 + mean.abs()));
        }
    }
    Ok(())
}

fn weights(n: usize, links: &[(usize, usize, f64)]) -> Vec<Vec<(usize, f64)>> {
    let mut lists = vec![Vec::new(); n];
    for (from, to, weight) in links {
        let (from, to) = (from % n, to % n);
        let known = lists[from].iter().any(|(at, _)| *at == to);
        if from != to && !known {
            lists[from].push((to, *weight));
        }
    }
    lists
}

/// Sixteenths, so that the plain version has exact sums too, yet none of them
/// is a short decimal.
fn values() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec((0..200i32).prop_map(|x| f64::from(x) / 16.0), 5..25)
}

fn links() -> impl Strategy<Value = Vec<(usize, usize, f64)>> {
    prop::collection::vec(
        (0..25usize, 0..25usize, (1..9u8).prop_map(f64::from)),
        5..90,
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn the_engine_is_conditional_permutation_written_out(
        x in values(),
        links in links(),
        seed: u64,
    ) {
        let present: Vec<_> = x.iter().copied().map(Some).collect();
        let Some(all) = Summary::new(&x) else { return Ok(()) };
        let weighted = SpatialWeights::from_weighted_lists(weights(x.len(), &links)).unwrap();
        let params = PermutationParams::new(64, seed).unwrap();
        for weights in [weighted.binary(), weighted] {
            let population = Population::new(&present, &weights).unwrap();
            for params in [params, params.per_unit()] {
                let shared = params == PermutationParams::new(64, seed).unwrap();
                agree(
                    &lag_references(&population, all.mean, 0.0, &params, |_| true),
                    &plain(&x, &weights, &params, shared, sum),
                )?;
                agree(
                    &squared_difference_references(&population, all.mean, &params),
                    &plain(&x, &weights, &params, shared, squared),
                )?;
            }
        }
    }

    /// Whatever the values, ties among them are ties of their sums: the same
    /// tails come out for values that are the same up to a factor.
    #[test]
    fn ties_do_not_depend_on_the_unit_of_measurement(
        x in prop::collection::vec(0..4i32, 6..25),
        links in links(),
        scale in 1e-6..1e6f64,
        offset in -1e3..1e3f64,
    ) {
        prop_assume!(x.iter().any(|v| *v != x[0]));
        let weights = SpatialWeights::from_weighted_lists(weights(x.len(), &links)).unwrap();
        let weights = weights.binary();
        let params = PermutationParams::new(200, 3).unwrap();
        let run = |x: &[f64]| {
            let present: Vec<_> = x.iter().copied().map(Some).collect();
            let population = Population::new(&present, &weights).unwrap();
            let all = Summary::new(x).unwrap();
            lag_references(&population, all.mean, 0.0, &params, |_| true)
        };
        let plain: Vec<f64> = x.iter().map(|v| f64::from(*v)).collect();
        // The values 0, 1 and others become multiples of an odd number: their
        // sums of equal composition stay equal, so tails may only lose ties
        // that join different values (1 + 1 = 0 + 2), never split equal ones.
        let moved: Vec<f64> = plain.iter().map(|v| v * scale + offset).collect();
        for (a, b) in run(&plain).iter().zip(run(&moved)) {
            prop_assert_eq!(a.is_some(), b.is_some());
            if let (Some(a), Some(b)) = (a, b) {
                let ties = |r: &Reference| {
                    r.tails.greater_or_equal + r.tails.less_or_equal - r.tails.permutations
                };
                prop_assert!(ties(&b) <= ties(a));
                prop_assert!(b.tails.greater_or_equal <= a.tails.greater_or_equal);
            }
        }
    }
}

/// Values of unit i are 1/3, 0.1 and the like: no short decimals. Each unit's
/// observed neighbours hold the same values as many draws do.
#[test]
fn equal_sums_in_another_order_are_ties() {
    let x: Vec<f64> = (0..30)
        .map(|i| [1.0 / 3.0, 0.1, std::f64::consts::PI][i % 3])
        .collect();
    let n = x.len();
    let lists = (0..n)
        .map(|i| (1..=9).map(|step| (i + step) % n).collect())
        .collect();
    let weights = SpatialWeights::from_lists(lists).unwrap();
    let present: Vec<_> = x.iter().copied().map(Some).collect();
    let population = Population::new(&present, &weights).unwrap();
    let all = Summary::new(&x).unwrap();
    let params = PermutationParams::new(1000, 3).unwrap();
    let references = lag_references(&population, all.mean, 0.0, &params, |_| true);
    let plain = plain(&x, &weights, &params, true, |_, x, _| {
        // Composition decides, not rounding.
        x.iter().filter(|v| **v == 0.1).count() as f64
            + 100.0 * x.iter().filter(|v| **v > 1.0).count() as f64
    });
    for (ours, plain) in references.iter().zip(plain) {
        let (ours, (plain, _)) = (ours.unwrap(), plain.unwrap());
        let ties = |tails: Tails| tails.greater_or_equal + tails.less_or_equal - 1000;
        assert!(ties(plain) > 50, "the case has ties to speak of");
        assert_eq!(ties(ours.tails), ties(plain));
    }
}

/// One row is longer than the shared table may be wide: it redraws the same
/// sequences instead, so that a wider table would change nothing.
#[test]
fn a_row_too_long_for_the_table_sees_the_same_draws() {
    let n = 200;
    let x: Vec<f64> = (0..n).map(|i| f64::from((i * 37 % 101) as u8)).collect();
    let mut lists: Vec<Vec<usize>> = (0..n).map(|i| vec![(i + 1) % n]).collect();
    lists[0] = (1..150).collect();
    let weights = SpatialWeights::from_lists(lists).unwrap();
    let present: Vec<_> = x.iter().copied().map(Some).collect();
    let population = Population::new(&present, &weights).unwrap();
    let all = Summary::new(&x).unwrap();
    // The table holds 65 of a sequence.
    let few = PermutationParams::new(500, 3).unwrap();
    let short = lag_references(&population, all.mean, 0.0, &few, |unit| unit == 0)[0].unwrap();
    let mut drawer = Drawer::default();
    let sums: Vec<f64> = (0..500)
        .map(|number| {
            drawer.draw_shared(&few, number, 200, 0, 149);
            drawer.picks.iter().map(|at| x[*at as usize]).sum()
        })
        .collect();
    assert_eq!(Tails::of(short.observed, &sums), short.tails);
}

/// p-values of independent values are uniform, by every scheme. Units of one
/// map depend on each other (and under the shared table on the same draws), so
/// each map gives one p-value.
#[test]
fn p_values_are_uniform_where_nothing_is_going_on() {
    use rand_distr::{Distribution, StandardNormal};
    let n = 40;
    let lists = (0..n)
        .map(|i| (1..=5).map(|s| (i + s) % n).collect())
        .collect();
    let weights = SpatialWeights::from_lists(lists).unwrap();
    let plain = PermutationParams::new(199, 0).unwrap();
    for scheme in 0..3 {
        let mut p: Vec<f64> = (0..600)
            .map(|map| {
                let mut random = random::stream(77, map);
                let x: Vec<_> = (0..n)
                    .map(|_| {
                        let z: f64 = StandardNormal.sample(&mut random);
                        Some(z.exp())
                    })
                    .collect();
                let seed = PermutationParams::new(199, map).unwrap();
                let params = [seed, seed.per_unit(), seed.sequential(199).unwrap()][scheme];
                assert_eq!(params.permutations(), plain.permutations());
                let population = Population::new(&x, &weights).unwrap();
                let all = Summary::new(&population.values).unwrap();
                let references =
                    lag_references(&population, all.mean, 0.0, &params, |unit| unit == 7);
                references[7].unwrap().p(Alternative::Greater)
            })
            .collect();
        p.sort_by(f64::total_cmp);
        // Kolmogorov–Smirnov at 1 %, beside the grain of 1/200.
        let distance = p
            .iter()
            .enumerate()
            .map(|(rank, p)| (p - (rank as f64 + 0.5) / 600.0).abs())
            .fold(0.0, f64::max);
        assert!(
            distance < 1.63 / 600_f64.sqrt() + 0.005,
            "{scheme}: {distance}"
        );
    }
}

/// A sequential p-value below α is no more frequent than α, and the draws it
/// saves are many.
#[test]
fn sequential_tests_are_valid_and_short() {
    use rand::Rng;
    let n = 2000;
    let lists = (0..n)
        .map(|i| (1..=6).map(|s| (i + s) % n).collect())
        .collect();
    let weights = SpatialWeights::from_lists(lists).unwrap();
    let mut random = random::stream(5, 0);
    let x: Vec<_> = (0..n).map(|_| Some(random.random::<f64>())).collect();
    let population = Population::new(&x, &weights).unwrap();
    let all = Summary::new(&population.values).unwrap();
    let params = PermutationParams::new(999, 8)
        .unwrap()
        .sequential(10)
        .unwrap();
    let references = lag_references(&population, all.mean, 0.0, &params, |_| true);
    let below = |alpha: f64| {
        let count = references
            .iter()
            .flatten()
            .filter(|r| r.p(Alternative::Greater) <= alpha)
            .count();
        count as f64 / n as f64
    };
    // Sums of overlapping neighbours depend on each other over six units.
    for alpha in [0.05, 0.2, 0.5] {
        let error = 4.0 * (6.0 * alpha * (1.0 - alpha) / n as f64).sqrt();
        assert!(
            (below(alpha) - alpha).abs() < error,
            "{alpha}: {}",
            below(alpha)
        );
    }
    let draws: usize = references
        .iter()
        .flatten()
        .map(|r| r.tails.permutations)
        .sum();
    assert!(draws < 200 * n, "{draws} draws");
}

#[test]
fn one_and_two_threads_give_the_same_bits() {
    let n = 3000;
    let x: Vec<_> = (0..n)
        .map(|i| (i % 11 != 3).then(|| f64::from((i * i % 977) as u16) / 7.0))
        .collect();
    let lists: Vec<Vec<(usize, f64)>> = (0..n)
        .map(|i| {
            (1..=1 + i % 7)
                .map(|s| {
                    (
                        (i + s * s) % n,
                        if i % 2 == 0 { 1.0 } else { 1.0 / s as f64 },
                    )
                })
                .collect()
        })
        .collect();
    let weights = SpatialWeights::from_weighted_lists(lists).unwrap();
    let params = PermutationParams::new(99, 4).unwrap();
    for params in [params, params.per_unit(), params.sequential(5).unwrap()] {
        let run = |threads: usize| {
            rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap()
                .install(|| {
                    let population = Population::new(&x, &weights).unwrap();
                    let all = Summary::new(&population.values).unwrap();
                    (
                        lag_references(&population, all.mean, 0.0, &params, |_| true),
                        squared_difference_references(&population, all.mean, &params),
                    )
                })
        };
        assert_eq!(run(1), run(2));
    }
}
