//! Exact null distribution of Kendall's S without ties.

/// Longest series for which the exact distribution is worked out; beyond it
/// the normal approximation is right to more digits than anyone reads.
pub const EXACT_LIMIT: usize = 100;

/// Two-sided p-value of S among the n! equally likely orders of `n` distinct
/// values: twice the chance of at most D falling pairs, D = (n(n−1)/2 − |S|)/2,
/// and at most 1.
///
/// The number of falling pairs of k values is that of k − 1 values plus a
/// uniform number from 0 to k − 1, so that its distribution follows by
/// repeated sliding sums: Kendall (1975), *Rank Correlation Methods*, ch. 5.
/// Only the lower half is built, where the sliding sums lose no digits.
/// O(n·D).
pub(super) fn two_sided(n: usize, s: i64) -> f64 {
    let pairs = (n * n.saturating_sub(1) / 2) as u64;
    let fewest = (pairs.saturating_sub(s.unsigned_abs()) / 2) as usize;
    let mut chance = vec![0.0; fewest + 1];
    chance[0] = 1.0;
    let mut next = vec![0.0; fewest + 1];
    for k in 2..=n {
        let mut window = 0.0;
        for falling in 0..=fewest {
            window += chance[falling];
            if falling >= k {
                window -= chance[falling - k];
            }
            next[falling] = window / k as f64;
        }
        std::mem::swap(&mut chance, &mut next);
    }
    (2.0 * chance.iter().sum::<f64>()).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Upper tail of S for n = 4 and 10 in Kendall (1975), appendix table 1.
    #[test]
    fn tail_probabilities_agree_with_kendalls_table() {
        for (n, s, upper) in [
            (4, 6, 0.042),
            (4, 4, 0.167),
            (5, 10, 0.0083),
            (10, 21, 0.036),
            (10, 45, 0.000_000_276),
        ] {
            let p = two_sided(n, s) / 2.0;
            assert!((p - upper).abs() <= 0.012 * upper, "{n} {s}: {p}");
        }
    }

    /// Counts all orders of five values.
    #[test]
    fn all_orders_of_five_values_are_counted() {
        let mut counts = std::collections::BTreeMap::new();
        let mut order = [0, 1, 2, 3, 4];
        permute(&mut order, 0, &mut |x: &[i32]| {
            let mut s = 0;
            for i in 0..5 {
                for j in i + 1..5 {
                    s += i64::from((x[j] - x[i]).signum());
                }
            }
            *counts.entry(s.abs()).or_insert(0) += 1;
        });
        for s in counts.keys() {
            let extreme: i32 = counts.range(s..).map(|(_, count)| count).sum();
            assert!((two_sided(5, *s) - (f64::from(extreme) / 120.0).min(1.0)).abs() < 1e-14);
        }
    }

    fn permute(x: &mut [i32], at: usize, visit: &mut impl FnMut(&[i32])) {
        if at == x.len() {
            return visit(x);
        }
        for other in at..x.len() {
            x.swap(at, other);
            permute(x, at + 1, visit);
            x.swap(at, other);
        }
    }
}
