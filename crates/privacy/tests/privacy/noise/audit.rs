//! Attack 17: what epsilon the outputs betray on neighbouring inputs.

use safeground_privacy::noise::{Allocation, ContributionBound};
use statrs::distribution::{Beta, ContinuousCDF};

use super::world;

/// Runs of the mechanism on each of the two inputs.
const RUNS: usize = 100_000;

/// One-sided level of each bound; both hold with 99.9 %.
const ALPHA: f64 = 0.0005;

/// A lower bound on ε, by Clopper and Pearson's exact intervals:
/// ln(lower bound of P(event | with) / upper bound of P(event | without)).
fn lower_bound_of_epsilon(with: usize, without: usize) -> f64 {
    let n = RUNS as f64;
    let low = match with as f64 {
        0.0 => 0.0,
        x => Beta::new(x, n - x + 1.0).unwrap().inverse_cdf(ALPHA),
    };
    let high = match without as f64 {
        x if x == n => 1.0,
        x => Beta::new(x + 1.0, n - x).unwrap().inverse_cdf(1.0 - ALPHA),
    };
    (low / high).ln()
}

/// Outputs (district, cell) of 10⁵ releases of one unit of each, where the
/// target child is there or not: every unit of the list is one release.
fn outputs(allocation: &Allocation, child: u64, run: u64) -> Vec<(i64, i64)> {
    let counts = vec![40 + child; RUNS];
    let noisy = world::release(world::both(&counts, &counts), allocation, run);
    let values = |i: usize| noisy[i].values().iter().copied();
    values(0).zip(values(1)).collect()
}

/// The best bound over all events "district ≥ a and cell ≥ b", the regions of
/// highest likelihood ratio.
fn audit(with: &[(i64, i64)], without: &[(i64, i64)]) -> f64 {
    let mut best = f64::NEG_INFINITY;
    for a in 38..=44 {
        for b in 38..=44 {
            let hits = |of: &[(i64, i64)]| of.iter().filter(|(x, y)| *x >= a && *y >= b).count();
            best = best.max(lower_bound_of_epsilon(hits(with), hits(without)));
        }
    }
    best
}

#[test]
fn two_layers_together_betray_no_more_than_the_epsilon_of_the_draw() {
    let allocation = world::allocation();
    let (with, without) = (outputs(&allocation, 1, 1), outputs(&allocation, 0, 2));
    let bound = audit(&with, &without);
    println!("audited lower bound on epsilon: {bound:.4}, claimed 1");
    assert!(bound <= 1.0, "{bound}");
    // The audit is sharp: it finds nearly all that is spent.
    assert!(bound >= 0.9, "{bound}");
}

#[test]
fn the_audit_catches_noise_of_half_the_scale_and_no_noise() {
    // A child that is counted twice where the bound says once.
    let allocation = world::allocation();
    let (with, without) = (outputs(&allocation, 2, 1), outputs(&allocation, 0, 2));
    assert!(audit(&with, &without) > 1.5);
    let exact = |child: i64| vec![(40 + child, 40 + child); RUNS];
    assert!(audit(&exact(1), &exact(0)) > 9.0);
}

#[test]
fn a_bound_of_three_holds_for_a_child_counted_three_times() {
    let bound = ContributionBound::new(3).unwrap();
    let allocation = Allocation::public(1, bound).unwrap();
    let (with, without) = (outputs(&allocation, 3, 1), outputs(&allocation, 0, 2));
    let bound = audit(&with, &without);
    assert!(bound <= 1.0, "{bound}");
}
