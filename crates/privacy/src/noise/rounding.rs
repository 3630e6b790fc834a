//! Whole, non-negative numbers that still add up.

use super::{Estimate, Forest};

/// Turns estimates into non-negative integers with parent = sum of children.
///
/// Top down, as in the TopDown algorithm of the US Census (Abowd et al. 2022):
/// 1. A root becomes its estimate, rounded, or zero if that is negative. Roots
///    come first since a wide sum is the least distorted by cutting at zero.
/// 2. Below a parent of N, the children's estimates x are projected on what
///    adds to N: minimise Σ (u − x)²/v with u ≥ 0 and Σ u = N, where v are
///    their variances; u = max(0, x − λv), and λ by sorting x/v.
/// 3. The u are rounded to integers that add to N by largest remainder; equal
///    remainders go by position. Each moves by less than one.
///
/// Only noisy values come in, so this costs no privacy. O(n log n).
/// Estimates must have positive variances, as [`super::least_squares`] gives.
#[must_use]
pub fn whole_numbers(forest: &Forest, estimates: &[Estimate]) -> Vec<u64> {
    let mut counts = vec![0; forest.len()];
    for root in forest.roots() {
        counts[*root] = estimates[*root].value.round().max(0.0) as u64;
    }
    for node in forest.order() {
        let children = forest.children(*node);
        if children.is_empty() {
            continue;
        }
        let below: Vec<Estimate> = children.iter().map(|c| estimates[*c]).collect();
        let shares = project(&below, counts[*node]);
        for (child, count) in children.iter().zip(round(&shares, counts[*node])) {
            counts[*child] = count;
        }
    }
    counts
}

/// The point nearest to the estimates, in their own variances, that is not
/// negative and adds to `total`.
fn project(estimates: &[Estimate], total: u64) -> Vec<f64> {
    if total == 0 {
        return vec![0.0; estimates.len()];
    }
    let ratio = |i: &usize| estimates[*i].value / estimates[*i].variance;
    let mut order: Vec<usize> = (0..estimates.len()).collect();
    order.sort_by(|a, b| ratio(b).total_cmp(&ratio(a)).then(a.cmp(b)));
    let (mut value, mut variance, mut lambda) = (0.0, 0.0, 0.0);
    for i in &order {
        let next_value = value + estimates[*i].value;
        let next_variance = variance + estimates[*i].variance;
        let next = (next_value - total as f64) / next_variance;
        if variance > 0.0 && ratio(i) <= next {
            break;
        }
        (value, variance, lambda) = (next_value, next_variance, next);
    }
    estimates
        .iter()
        .map(|e| (e.value - lambda * e.variance).max(0.0))
        .collect()
}

/// Largest-remainder rounding to integers that add to `total`.
fn round(shares: &[f64], total: u64) -> Vec<u64> {
    let mut counts: Vec<u64> = shares.iter().map(|share| share.floor() as u64).collect();
    let mut order: Vec<usize> = (0..shares.len()).collect();
    let rest = |i: &usize| shares[*i] - shares[*i].floor();
    order.sort_by(|a, b| rest(b).total_cmp(&rest(a)).then(a.cmp(b)));
    let placed: u64 = counts.iter().sum();
    let missing = total.saturating_sub(placed) as usize;
    for i in order.iter().cycle().take(missing) {
        counts[*i] += 1;
    }
    // A share just above a whole number by the error of a sum could bring one
    // too many; it is taken from the smallest remainders that have one.
    let mut over = placed.saturating_sub(total);
    for i in order.iter().rev() {
        let taken = over.min(counts[*i]).min(1);
        counts[*i] -= taken;
        over -= taken;
    }
    counts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::noise::least_squares;

    proptest! {
        #[test]
        fn counts_are_whole_and_add_up(
            leaves in prop::collection::vec((-20.0..200.0f64, 0.5..20.0f64), 1..60),
            groups in 1usize..8,
        ) {
            // One root, `groups` inner nodes, then the leaves.
            let parents: Vec<Option<usize>> = std::iter::once(None)
                .chain((0..groups).map(|_| Some(0)))
                .chain((0..leaves.len()).map(|i| Some(1 + i % groups.min(leaves.len()))))
                .collect();
            let used = groups.min(leaves.len());
            let keep: Vec<usize> = (0..parents.len()).filter(|i| *i <= used || *i > groups).collect();
            let place = |old: usize| keep.iter().position(|k| *k == old);
            let parents: Vec<Option<usize>> =
                keep.iter().map(|i| parents[*i].and_then(place)).collect();
            let measured: Vec<_> = keep
                .iter()
                .map(|i| i.checked_sub(groups + 1).map(|leaf| Estimate {
                    value: leaves[leaf].0, variance: leaves[leaf].1,
                }))
                .collect();
            let forest = Forest::new(&parents).unwrap();
            let best = least_squares(&forest, &measured).unwrap();
            let counts = whole_numbers(&forest, &best);
            for node in 0..forest.len() {
                let children = forest.children(node);
                if !children.is_empty() {
                    let below: u64 = children.iter().map(|c| counts[*c]).sum();
                    prop_assert_eq!(below, counts[node]);
                }
            }
        }

        #[test]
        fn the_projection_is_the_nearest_point(
            points in prop::collection::vec((-20.0..50.0f64, 0.5..20.0f64), 2..8), total in 1u64..100,
            (from, to, step) in (0usize..8, 0usize..8, 0.0..1.0f64),
        ) {
            let estimates: Vec<_> = points
                .iter()
                .map(|(value, variance)| Estimate { value: *value, variance: *variance })
                .collect();
            let best = project(&estimates, total);
            prop_assert!((best.iter().sum::<f64>() - total as f64).abs() < 1e-6);
            prop_assert!(best.iter().all(|u| *u >= 0.0));
            // No feasible move between two children comes nearer.
            let distance = |u: &[f64]| -> f64 {
                u.iter().zip(&estimates).map(|(u, e)| (u - e.value).powi(2) / e.variance).sum()
            };
            let (from, to) = (from % best.len(), to % best.len());
            let mut other = best.clone();
            let moved = step * other[from];
            other[from] -= moved;
            other[to] += moved;
            prop_assert!(distance(&other) >= distance(&best) - 1e-6);
        }
    }

    #[test]
    fn equal_remainders_go_by_position() {
        assert_eq!(round(&[1.5, 1.5, 1.0], 4), [2, 1, 1]);
        assert_eq!(round(&[0.0, 0.0], 0), [0, 0]);
    }
}
