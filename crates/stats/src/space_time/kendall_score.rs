//! Kendall's score S and its variance.

/// Below this length the plain double loop beats sorting.
const SHORT: usize = 48;

/// S of a series with its variance under random order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct KendallScore {
    /// Number of values.
    pub n: usize,
    /// Pairs that rise minus pairs that fall.
    pub s: i64,
    /// Var(S), corrected for ties.
    pub variance: f64,
    /// Pairs of equal values.
    pub tied_pairs: i64,
}

impl KendallScore {
    /// Number of pairs, n(n − 1)/2.
    pub fn pairs(&self) -> i64 {
        pairs(self.n)
    }
}

/// S = Σ_{i<j} sgn(x_j − x_i) and Var(S) = (n(n−1)(2n+5) − Σ t(t−1)(2t+5))/18
/// over the groups of t equal values: Kendall (1975), *Rank Correlation
/// Methods*. Values must be finite. O(n log n): falling pairs are the
/// inversions that a merge sort undoes.
pub(super) fn kendall_score(values: &[f64]) -> KendallScore {
    let n = values.len();
    // Adding zero makes −0 and 0 the same value.
    let mut sorted: Vec<f64> = values.iter().map(|value| value + 0.0).collect();
    let falling = if n <= SHORT {
        let falling = falling_pairs_directly(&sorted);
        sorted.sort_unstable_by(f64::total_cmp);
        falling
    } else {
        sort_counting_inversions(&mut sorted)
    };
    let mut tied_pairs = 0;
    let mut correction = 0.0;
    for group in sorted.chunk_by(|a, b| a == b) {
        let t = group.len() as f64;
        tied_pairs += pairs(group.len());
        correction += t * (t - 1.0) * (2.0 * t + 5.0);
    }
    let size = n as f64;
    KendallScore {
        n,
        s: pairs(n) - tied_pairs - 2 * falling,
        variance: (size * (size - 1.0) * (2.0 * size + 5.0) - correction) / 18.0,
        tied_pairs,
    }
}

fn pairs(n: usize) -> i64 {
    (n as i64) * (n as i64 - 1) / 2
}

fn falling_pairs_directly(values: &[f64]) -> i64 {
    let mut falling = 0;
    for (i, first) in values.iter().enumerate() {
        falling += values[i + 1..]
            .iter()
            .filter(|later| *later < first)
            .count() as i64;
    }
    falling
}

/// Merge sort from the bottom up; returns the number of pairs out of order.
fn sort_counting_inversions(values: &mut Vec<f64>) -> i64 {
    let n = values.len();
    let mut merged = vec![0.0; n];
    let mut inversions = 0_i64;
    let mut width = 1;
    while width < n {
        for start in (0..n).step_by(2 * width) {
            let middle = (start + width).min(n);
            let end = (start + 2 * width).min(n);
            let (mut left, mut right) = (start, middle);
            for slot in &mut merged[start..end] {
                if right == end || (left < middle && values[left] <= values[right]) {
                    *slot = values[left];
                    left += 1;
                } else {
                    *slot = values[right];
                    right += 1;
                    inversions += (middle - left) as i64;
                }
            }
        }
        std::mem::swap(values, &mut merged);
        width *= 2;
    }
    inversions
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn naive(values: &[f64]) -> (i64, f64) {
        let mut s = 0;
        for i in 0..values.len() {
            for j in i + 1..values.len() {
                s += i64::from(values[j] > values[i]) - i64::from(values[j] < values[i]);
            }
        }
        let term = |t: f64| t * (t - 1.0) * (2.0 * t + 5.0);
        let mut seen: Vec<f64> = Vec::new();
        let mut variance = term(values.len() as f64);
        for x in values {
            if !seen.contains(x) {
                seen.push(*x);
                variance -= term(values.iter().filter(|y| *y == x).count() as f64);
            }
        }
        (s, variance / 18.0)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]
        #[test]
        fn sorting_counts_what_the_double_loop_counts(
            x in prop::collection::vec(0_i32..40, 0..200),
        ) {
            let x: Vec<f64> = x.into_iter().map(f64::from).collect();
            let (s, variance) = naive(&x);
            let score = kendall_score(&x);
            prop_assert_eq!(score.s, s);
            prop_assert!((score.variance - variance).abs() < 1e-9 * (1.0 + variance));
            let reversed: Vec<f64> = x.iter().rev().copied().collect();
            prop_assert_eq!(kendall_score(&reversed).s, -s);
        }
    }

    #[test]
    fn negative_zero_ties_with_zero() {
        assert_eq!(kendall_score(&[-0.0, 0.0, -0.0]).tied_pairs, 3);
    }
}
