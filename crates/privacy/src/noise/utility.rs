//! What the noise costs: how well a release still ranks and counts.
//!
//! [`top_overlap`] and [`relative_errors`] compare with exact counts. On real
//! data their results are for the steward: a figure published beside a release
//! that was computed from its exact counts would be one more answer about them
//! that no epsilon paid for. What is published is either measured on synthetic
//! data or simulated from the released counts themselves: [`simulated_overlap`].

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use super::DiscreteLaplace;

/// Share of the top of one ranking that is in the top of another.
///
/// 1. m ← ⌈share · n⌉;
/// 2. the m units highest by `published` are chosen, equal ones by position;
/// 3. those whose exact count is at least the m-th highest count as right, so
///    that ties at the edge are not held against either ranking.
///
/// `None` for lists of different length, empty lists, or a share outside
/// (0, 1]. O(n log n).
#[must_use]
pub fn top_overlap(exact: &[u64], published: &[u64], share: f64) -> Option<f64> {
    let n = exact.len();
    if n == 0 || published.len() != n || !(share > 0.0 && share <= 1.0) {
        return None;
    }
    let m = ((share * n as f64).ceil() as usize).clamp(1, n);
    let mut sorted = exact.to_vec();
    sorted.sort_unstable_by(|a, b| b.cmp(a));
    let edge = sorted[m - 1];
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|a, b| published[*b].cmp(&published[*a]).then(a.cmp(b)));
    let right = order[..m].iter().filter(|i| exact[**i] >= edge).count();
    Some(right as f64 / m as f64)
}

/// What overlap a release can be expected to have, from the release itself.
///
/// The published counts are taken for the truth, noise of the same scale is
/// drawn again `draws` times from a public seed, and the overlaps are averaged
/// (a parametric bootstrap). It sees nothing but published counts, so it may
/// stand beside the release. Published counts are a little more spread out than
/// exact ones, so it is somewhat optimistic where counts are small.
///
/// `None` as for [`top_overlap`], or without draws. O(draws · n log n).
#[must_use]
pub fn simulated_overlap(
    published: &[u64],
    noise: &DiscreteLaplace,
    share: f64,
    draws: u32,
    public_seed: [u8; 32],
) -> Option<f64> {
    let mut random = ChaCha20Rng::from_seed(public_seed);
    let mut sum = 0.0;
    for _ in 0..draws {
        let values: Vec<i64> = published
            .iter()
            .map(|count| {
                let count = i64::try_from(*count).unwrap_or(i64::MAX);
                count.saturating_add(noise.sample(&mut random))
            })
            .collect();
        // Ranks need no sign: counted from the lowest.
        let lowest = values.iter().copied().min().unwrap_or_default();
        let ranked: Vec<u64> = values.iter().map(|v| v.abs_diff(lowest)).collect();
        sum += top_overlap(published, &ranked, share)?;
    }
    (draws > 0).then(|| sum / f64::from(draws))
}

/// Error of the counts of one size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SizeClass {
    /// Smallest exact count of the class.
    pub from: u64,
    /// Largest exact count; absent for the open class.
    pub to: Option<u64>,
    /// Units in the class.
    pub units: usize,
    /// Mean of |published − exact|; absent where the class is empty.
    pub mean_error: Option<f64>,
    /// Median of |published − exact| / exact; absent for empty units.
    pub median_relative_error: Option<f64>,
}

/// Lower ends of the size classes.
const CLASSES: [u64; 6] = [0, 1, 11, 50, 200, 1000];

/// Errors by size class: 0, 1–10, 11–49, 50–199, 200–999, 1000 and more.
///
/// `None` for lists of different length. O(n log n).
#[must_use]
pub fn relative_errors(exact: &[u64], published: &[u64]) -> Option<Vec<SizeClass>> {
    if exact.len() != published.len() {
        return None;
    }
    let classes = CLASSES.iter().enumerate().map(|(i, from)| {
        let to = CLASSES.get(i + 1).map(|next| next - 1);
        let inside = |n: u64| n >= *from && to.is_none_or(|to| n <= to);
        let errors: Vec<(f64, f64)> = exact
            .iter()
            .zip(published)
            .filter(|(n, _)| inside(**n))
            .map(|(n, p)| (n.abs_diff(*p) as f64, *n as f64))
            .collect();
        let mut relative: Vec<f64> = errors
            .iter()
            .filter(|(_, n)| *n > 0.0)
            .map(|(error, n)| error / n)
            .collect();
        relative.sort_by(f64::total_cmp);
        let sum: f64 = errors.iter().map(|(error, _)| error).sum();
        SizeClass {
            from: *from,
            to,
            units: errors.len(),
            mean_error: (!errors.is_empty()).then(|| sum / errors.len() as f64),
            median_relative_error: relative.get(relative.len() / 2).copied(),
        }
    });
    Some(classes.collect())
}

/// Fewest units of a size class of which an error is told.
const LEAST_UNITS: usize = 5;

/// Error that counts of one size can be expected to have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExpectedError {
    /// Smallest count of the class.
    pub from: u64,
    /// Largest count; absent for the open class.
    pub to: Option<u64>,
    /// Units in the class.
    pub units: usize,
    /// Median of |noise| / count.
    pub median_relative_error: f64,
}

/// Errors by size class that noise of a scale brings about: 11–49, 50–199,
/// 200–999, 1000 and more, as far as there are five units or more in them.
///
/// Noise does not depend on the count that it is added to, so counts of about
/// the right size are enough to say how far off a published one is. Given
/// published counts, as for [`simulated_overlap`], it sees nothing else and may
/// stand beside the release; given exact ones it is for the steward. Making
/// tables add up takes some noise away, so published counts are a little better
/// than this says.
///
/// 1. Draw noise `draws` times for each unit from a seed that is no secret.
/// 2. Cut noisy counts off at zero, as published ones are.
/// 3. In each class take the median over units and draws.
///
/// Counts below 11 are left out: they are not shown. O(draws · n log n).
#[must_use]
pub fn simulated_errors(
    counts: &[u64],
    noise: &DiscreteLaplace,
    draws: u32,
    public_seed: [u8; 32],
) -> Vec<ExpectedError> {
    let mut random = ChaCha20Rng::from_seed(public_seed);
    let lower = CLASSES.iter().enumerate().skip(2);
    lower
        .filter_map(|(number, from)| {
            let to = CLASSES.get(number + 1).map(|next| next - 1);
            let inside = |n: &&u64| **n >= *from && to.is_none_or(|to| **n <= to);
            let members: Vec<u64> = counts.iter().filter(inside).copied().collect();
            let mut errors: Vec<f64> = members
                .iter()
                .flat_map(|count| (0..draws).map(move |_| *count))
                .map(|count| {
                    let exact = i64::try_from(count).unwrap_or(i64::MAX);
                    let noisy = exact.saturating_add(noise.sample(&mut random)).max(0);
                    exact.abs_diff(noisy) as f64 / count as f64
                })
                .collect();
            if members.len() < LEAST_UNITS {
                return None;
            }
            let middle = errors.len() / 2;
            let (_, median, _) = (middle < errors.len())
                .then(|| errors.select_nth_unstable_by(middle, f64::total_cmp))?;
            Some(ExpectedError {
                from: *from,
                to,
                units: members.len(),
                median_relative_error: *median,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_equal_ranking_overlaps_wholly_and_a_reversed_one_not() {
        let exact: Vec<u64> = (0..100).collect();
        let reversed: Vec<u64> = (0..100).rev().collect();
        assert_eq!(top_overlap(&exact, &exact, 0.05), Some(1.0));
        assert_eq!(top_overlap(&exact, &reversed, 0.05), Some(0.0));
        assert_eq!(top_overlap(&exact, &reversed[1..], 0.05), None);
        assert_eq!(top_overlap(&exact, &exact, f64::NAN), None);
    }

    #[test]
    fn ties_at_the_edge_count_as_right() {
        assert_eq!(top_overlap(&[5, 5, 0, 0], &[0, 9, 0, 0], 0.25), Some(1.0));
    }

    #[test]
    fn expected_errors_are_those_of_the_noise_and_shrink_with_the_count() {
        let noise = DiscreteLaplace::calibrate(1, "0.3".parse().unwrap()).unwrap();
        let counts: Vec<u64> = [vec![20; 40], vec![100; 40], vec![5_000; 4]].concat();
        let errors = simulated_errors(&counts, &noise, 200, [1; 32]);
        let ends: Vec<(u64, usize)> = errors.iter().map(|e| (e.from, e.units)).collect();
        assert_eq!(ends, [(11, 40), (50, 40)], "four units are too few");
        // |noise| of epsilon 0.3 has its median at 2: P(|X| <= 1) = 0.37 and
        // P(|X| <= 2) = 0.53.
        let medians: Vec<f64> = errors.iter().map(|e| e.median_relative_error).collect();
        assert_eq!(medians, [2.0 / 20.0, 2.0 / 100.0]);
        assert!(simulated_errors(&counts, &noise, 0, [1; 32]).is_empty());
    }

    #[test]
    fn errors_are_grouped_by_exact_size() {
        let classes = relative_errors(&[0, 5, 10, 100], &[2, 5, 8, 110]).unwrap();
        assert_eq!(classes[0].mean_error, Some(2.0));
        assert_eq!(classes[0].median_relative_error, None);
        assert_eq!(classes[1].units, 2);
        assert_eq!(classes[1].mean_error, Some(1.0));
        assert_eq!(classes[3].median_relative_error, Some(0.1));
        assert_eq!(classes[5].mean_error, None);
    }
}
