//! One order statistic of all slopes without looking at all pairs.

use rand::Rng as _;

use super::slope_plane::Plane;
use super::slope_ranks::{Series, ordered, pairs_of, unordered};
use crate::random::stream;

/// Slopes drawn to start from. They decide how long the search takes and
/// nothing of its result.
const DRAWN: usize = 1 << 16;

/// The slope of the given rank (from 0) among those of all pairs within each
/// series, to the last bit. `None` where so many pairs have slopes within a
/// few roundings of it that they cannot be told apart by counting.
///
/// A pair's slope is below θ where the later of its two points has the lower
/// intercept x − θt, so that slopes below θ are counted as inversions, in
/// O(n log n): Dillencourt, Mount & Netanyahu (1992), *International Journal
/// of Computational Geometry & Applications* 2, and Matoušek (1991),
/// *Information Processing Letters* 39.
///
/// 1. Random slopes say where the rank lies. Where one slope is frequent there
///    and intercepts are exact (counts, ties of the value), two counts prove
///    that it is the answer.
/// 2. Otherwise a bracket around their quantile is halved, in the order of
///    floating-point numbers, until at most `gathered` slopes are inside. A
///    count has a margin for rounding: pairs surely below, and perhaps below.
/// 3. These pairs are listed, as the inversions between the orders at both
///    ends of the bracket, and their slopes sorted.
///
/// About 3 + log₂(0.02·pairs/`gathered`) counts, at most some 200.
pub(super) fn select(series: &[Series], rank: usize, gathered: usize) -> Option<f64> {
    let plane = Plane::new(series)?;
    let pairs = pairs_of(series);
    let drawn = draw(series, pairs);
    let at = (rank as f64 / pairs as f64 * DRAWN as f64) as usize;
    let guess = drawn[at.min(DRAWN - 1)];
    let frequent =
        drawn.partition_point(|key| *key <= guess) - drawn.partition_point(|key| *key < guess);
    let proven = |key: u64| {
        let slope = unordered(key);
        let (below, equal) = plane.exact_counts(slope)?;
        (below <= rank && rank < below + equal).then_some(slope)
    };
    if frequent >= 3
        && let Some(slope) = proven(guess)
    {
        return Some(slope);
    }
    let mut bracket = Bracket {
        plane: &plane,
        rank,
        low: (ordered(-plane.range()), 0),
        high: (ordered(plane.range()) + 1, pairs),
    };
    let width = 2 * DRAWN.isqrt();
    if let Some(low) = at.checked_sub(width) {
        bracket.narrow(drawn[low]);
    }
    if let Some(high) = drawn.get(at + width) {
        bracket.narrow(*high);
    }
    bracket.halve(gathered);
    if bracket.high.0 - bracket.low.0 <= 1 {
        // All slopes that the rank may have are one number.
        return Some(unordered(bracket.low.0));
    }
    if bracket.inside() > gathered {
        return None;
    }
    let ends = [bracket.low.0, bracket.high.0].map(unordered);
    let mut slopes = plane.slopes_between(ends);
    let among = rank - bracket.low.1;
    Some(*slopes.select_nth_unstable_by(among, f64::total_cmp).1)
}

/// Keys of random slopes, in order.
fn draw(series: &[Series], pairs: usize) -> Vec<u64> {
    let mut random = stream(0, 0);
    let ends: Vec<usize> = series
        .iter()
        .scan(0, |sum, one| {
            *sum += pairs_of(std::slice::from_ref(one));
            Some(*sum)
        })
        .collect();
    let mut drawn: Vec<u64> = (0..DRAWN)
        .map(|_| {
            let pair = random.random_range(0..pairs);
            let one = &series[ends.partition_point(|end| *end <= pair)];
            let first = random.random_range(0..one.len());
            let second = random.random_range(0..one.len() - 1);
            let second = second + usize::from(second >= first);
            ordered(one.slope(first.min(second), first.max(second)))
        })
        .collect();
    drawn.sort_unstable();
    drawn
}

/// Two keys with the slope of the rank in between: at or above `low` and
/// below `high`.
struct Bracket<'a> {
    plane: &'a Plane<'a>,
    rank: usize,
    /// Key, and the slopes surely below it.
    low: (u64, usize),
    /// Key, and the slopes perhaps below it.
    high: (u64, usize),
}

impl Bracket<'_> {
    /// Slopes that may lie inside.
    fn inside(&self) -> usize {
        self.high.1 - self.low.1
    }

    /// Makes a key inside the bracket one of its ends; `false` where rounding
    /// hides on which side of it the rank lies.
    fn narrow(&mut self, key: u64) -> bool {
        if key <= self.low.0 || key >= self.high.0 {
            return true;
        }
        let (surely, perhaps) = self.plane.counts(unordered(key));
        if surely > self.rank {
            self.high = (key, perhaps);
        } else if perhaps <= self.rank {
            self.low = (key, surely);
        } else {
            return false;
        }
        true
    }

    /// Halves until few slopes are inside. A key on which nothing can be said
    /// parts the search in two: below it for the low end, above for the high.
    fn halve(&mut self, gathered: usize) {
        let middle = |low: u64, high: u64| low + (high - low) / 2;
        while self.inside() > gathered && self.high.0 - self.low.0 > 1 {
            let key = middle(self.low.0, self.high.0);
            if self.narrow(key) {
                continue;
            }
            let (mut unknown_low, mut unknown_high) = (key, key);
            while self.inside() > gathered && unknown_low - self.low.0 > 1 {
                let key = middle(self.low.0, unknown_low);
                if !self.narrow(key) {
                    unknown_low = key;
                }
                unknown_low = unknown_low.min(self.high.0);
            }
            unknown_high = unknown_high.max(self.low.0).min(self.high.0);
            while self.inside() > gathered && self.high.0 - unknown_high > 1 {
                let key = middle(unknown_high, self.high.0);
                if !self.narrow(key) {
                    unknown_high = key;
                }
                unknown_high = unknown_high.max(self.low.0);
            }
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::slope_plane::counts_of_pairs;
    use super::*;

    fn sorted_slopes(series: &[Series]) -> Vec<f64> {
        let mut slopes = Vec::new();
        for one in series {
            for first in 0..one.len() {
                for second in first + 1..one.len() {
                    slopes.push(one.slope(first, second));
                }
            }
        }
        slopes.sort_by(f64::total_cmp);
        slopes
    }

    fn check(series: &[Series], share: f64, gathered: usize) -> Option<()> {
        let pairs = pairs_of(series);
        let rank = ((pairs as f64 * share) as usize).min(pairs.checked_sub(1)?);
        let found = select(series, rank, gathered)?;
        assert_eq!(
            found.to_bits(),
            sorted_slopes(series)[rank].to_bits(),
            "rank {rank} of {pairs}"
        );
        Some(())
    }

    fn seasons(values: &[Option<f64>]) -> [Series; 2] {
        [Series::of(values), Series::of(&values[values.len() / 3..])]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]

        /// Measured values, whole numbers with many ties, exact lines with a
        /// few steps, and values far from zero.
        #[test]
        fn the_selected_slope_is_the_sorted_one_to_the_last_bit(
            noise in prop::collection::vec(prop::option::weighted(0.9, -1.0..1.0f64), 4..90),
            shape in 0..5_usize,
            share in 0.0..1.0f64,
            gathered in prop::sample::select(vec![1_usize, 20, 400]),
        ) {
            let values: Vec<Option<f64>> = noise
                .iter()
                .enumerate()
                .map(|(at, e)| e.map(|e| match shape {
                    0 => e,
                    1 => (3.0 * e).round(),
                    2 => at as f64 + (1.2 * e).round(),
                    3 => 1e9 + 0.01 * at as f64 + e,
                    _ => 0.1 * at as f64,
                }))
                .collect();
            let found = check(&seasons(&values), share, gathered);
            // Few enough slopes are always listed.
            if gathered == 400 && values.len() < 20 {
                prop_assert!(found.is_some() || values.iter().flatten().count() < 2);
            }
        }
    }

    #[test]
    fn frequent_slopes_of_counts_are_proven_not_listed() {
        // A third of all slopes are 1, and nothing may be gathered.
        let values: Vec<Option<f64>> = (0..150)
            .map(|i: i32| Some(f64::from(i + i * i * 7 % 3)))
            .collect();
        let series = [Series::of(&values)];
        assert_eq!(select(&series, pairs_of(&series) / 2, 0), Some(1.0));
        check(&series, 0.5, 0).unwrap();
        let flat: Vec<Option<f64>> = (0..150).map(|i: i32| Some(f64::from(i % 2))).collect();
        let flat = [Series::of(&flat)];
        assert_eq!(select(&flat, pairs_of(&flat) / 2, 0), Some(0.0));
    }

    #[test]
    fn counts_at_a_slope_bound_what_is_below() {
        let values: Vec<Option<f64>> = (0..60)
            .map(|i: i32| (i % 5 != 2).then(|| f64::from((i * i * 31) % 53) * 0.1))
            .collect();
        let series = seasons(&values);
        let plane = Plane::new(&series).unwrap();
        let slopes = sorted_slopes(&series);
        for slope in slopes.iter().step_by(37) {
            let below = slopes.partition_point(|other| other < slope);
            let (surely, perhaps) = plane.counts(*slope);
            assert!(surely <= below && below <= perhaps, "{slope}");
        }
        assert_eq!(counts_of_pairs(vec![3.0, 1.0, 2.0, 2.0], 0.0), (3, 3));
        assert_eq!(counts_of_pairs(vec![3.0, 1.0, 2.0, 2.0], 1.5), (1, 6));
    }
}
