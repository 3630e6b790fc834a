//! Points of series in the plane: counting and listing pairs by their slope.

use super::slope_ranks::Series;

/// Half a unit in the last place of 1.
const ROUNDING: f64 = 0.5 * f64::EPSILON;

/// Series with their times and values about common centres, so that rounding
/// is measured by the spread and not by the distance from zero.
pub(super) struct Plane<'a> {
    series: &'a [Series],
    /// Value and time from which the others are measured.
    origin: (f64, f64),
    /// Largest |x − x₀| and |t − t₀|.
    reach: (f64, f64),
    range: f64,
    /// Whether differences of values are exact, since all are multiples of one
    /// power of two.
    exact_differences: bool,
}

impl<'a> Plane<'a> {
    /// `None` for values so close to zero that slopes might lose digits.
    pub(super) fn new(series: &'a [Series]) -> Option<Self> {
        let values = || series.iter().flat_map(|one| one.values());
        let times = || series.iter().flat_map(|one| one.times());
        if values().any(|x| *x != 0.0 && x.abs() < 1e-270) {
            return None;
        }
        let low = values().copied().fold(f64::INFINITY, f64::min);
        let high = values().copied().fold(f64::NEG_INFINITY, f64::max);
        let centre = f64::midpoint(low, high);
        let last = times().copied().fold(0.0, f64::max);
        // Times are whole numbers and stay so.
        let middle = (last / 2.0).floor();
        let step = values()
            .map(|x| lowest_bit(*x))
            .fold(f64::INFINITY, f64::min);
        let largest = low.abs().max(high.abs());
        Some(Self {
            series,
            origin: (centre, middle),
            reach: ((high - centre).max(centre - low), middle.max(last - middle)),
            range: high - low,
            exact_differences: largest <= step * 4e15,
        })
    }

    /// No slope is larger than this in size.
    pub(super) fn range(&self) -> f64 {
        self.range
    }

    /// Pairs whose slope is surely below θ, and perhaps. A slope counts as it
    /// is computed, (x_j − x_i)/(t_j − t_i) with two roundings.
    ///
    /// With u the unit rounding, X and T the reach: centring and the intercept
    /// x − θt round by at most 2.1u(X + |θ|T) for each point, the slope's own
    /// two roundings move the difference of intercepts by at most 2.2u·2|θ|T,
    /// and comparing by u(X + |θ|T): less than 16u(X + |θ|T) in all.
    pub(super) fn counts(&self, slope: f64) -> (usize, usize) {
        let margin = self.margin(slope);
        let counts = self
            .series
            .iter()
            .map(|one| counts_of_pairs(self.intercepts(one, slope), margin));
        counts.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
    }

    fn margin(&self, slope: f64) -> f64 {
        let (values, times) = self.reach;
        16.0 * ROUNDING * (values + slope.abs() * times) + f64::MIN_POSITIVE
    }

    fn intercepts(&self, series: &Series, slope: f64) -> Vec<f64> {
        let (centre, middle) = self.origin;
        let points = series.times().iter().zip(series.values());
        points
            .map(|(t, x)| (x - centre) - slope * (t - middle))
            .collect()
    }

    /// Pairs whose true slope is below θ, and θ, if intercepts are exact and
    /// rounding keeps the order of slopes, so that the computed slopes of
    /// the ranks between are θ. `None` otherwise.
    ///
    /// With exact differences a computed slope is the true one rounded, which
    /// keeps the order; at θ = 0 the sign of a difference is always right.
    pub(super) fn exact_counts(&self, slope: f64) -> Option<(usize, usize)> {
        if !self.exact_differences && slope != 0.0 {
            return None;
        }
        let (mut below, mut equal) = (0, 0);
        for one in self.series {
            let mut intercepts = Vec::with_capacity(one.len());
            for (t, x) in one.times().iter().zip(one.values()) {
                intercepts.push(exact_intercept(*x, slope, *t)?);
            }
            let mut sorted = intercepts.clone();
            sorted.sort_unstable_by(f64::total_cmp);
            for group in sorted.chunk_by(|a, b| a == b) {
                equal += group.len() * (group.len() - 1) / 2;
            }
            below += counts_of_pairs(intercepts, 0.0).0;
        }
        Some((below, equal))
    }

    /// Slopes of all pairs that may lie at or above the first and below the
    /// second θ: none is missing of those that do, and none is there of a pair
    /// that [`Plane::counts`] calls surely below the first or not even perhaps
    /// below the second.
    pub(super) fn slopes_between(&self, ends: [f64; 2]) -> Vec<f64> {
        let mut slopes = Vec::new();
        let margins = ends.map(|end| self.margin(end));
        for one in self.series {
            let [low, high] = ends.map(|end| self.intercepts(one, end));
            let mut keep = |first: u32, second: u32| {
                if first < second {
                    slopes.push(one.slope(first as usize, second as usize));
                }
            };
            let mut order: Vec<u32> = (0..one.len() as u32).collect();
            order.sort_unstable_by(|a, b| low[*a as usize].total_cmp(&low[*b as usize]));
            let is_below =
                |first: u32, second: u32| high[second as usize] < high[first as usize] + margins[1];
            // Pairs in the wrong order at the low end, but within its margin.
            for (at, first) in order.iter().enumerate() {
                for second in order[..at].iter().rev() {
                    if low[*second as usize] < low[*first as usize] - margins[0] {
                        break;
                    }
                    if is_below(*first, *second) {
                        keep(*first, *second);
                    }
                }
            }
            // Pairs in order at the low end and not at the high one.
            merge_sorted(
                &mut order,
                |a, b| high[*a as usize] <= high[*b as usize],
                |left, right| {
                    let mut start = 0;
                    for second in right {
                        while start < left.len() && !is_below(left[start], *second) {
                            start += 1;
                        }
                        for first in &left[start..] {
                            keep(*first, *second);
                        }
                    }
                },
            );
        }
        slopes
    }
}

/// Pairs i < j with uⱼ < uᵢ − margin, and with uⱼ < uᵢ + margin. O(n log n).
pub(super) fn counts_of_pairs(mut intercepts: Vec<f64>, margin: f64) -> (usize, usize) {
    let (mut surely, mut perhaps) = (0, 0);
    merge_sorted(
        &mut intercepts,
        |a, b| a <= b,
        |left, right| {
            let (mut far, mut near) = (0, 0);
            for later in right {
                while far < left.len() && left[far] - margin <= *later {
                    far += 1;
                }
                while near < left.len() && left[near] + margin <= *later {
                    near += 1;
                }
                surely += left.len() - far;
                perhaps += left.len() - near;
            }
        },
    );
    (surely, perhaps)
}

/// Merge sort from the bottom up that shows each two sorted runs before it
/// merges them.
fn merge_sorted<T: Copy + Default>(
    items: &mut Vec<T>,
    in_order: impl Fn(&T, &T) -> bool,
    mut look: impl FnMut(&[T], &[T]),
) {
    let n = items.len();
    let mut merged = vec![T::default(); n];
    let mut width = 1;
    while width < n {
        for start in (0..n).step_by(2 * width) {
            let middle = (start + width).min(n);
            let end = (start + 2 * width).min(n);
            look(&items[start..middle], &items[middle..end]);
            let (mut left, mut right) = (start, middle);
            for slot in &mut merged[start..end] {
                if right == end || (left < middle && in_order(&items[left], &items[right])) {
                    *slot = items[left];
                    left += 1;
                } else {
                    *slot = items[right];
                    right += 1;
                }
            }
        }
        std::mem::swap(items, &mut merged);
        width *= 2;
    }
}

/// Largest power of two that a number is a multiple of; ∞ for 0.
fn lowest_bit(x: f64) -> f64 {
    if x == 0.0 {
        return f64::INFINITY;
    }
    let bits = x.to_bits();
    let zeros = (bits | 1 << 52).trailing_zeros();
    // The number without its fraction, times the place of its last digit.
    let top = f64::from_bits(bits & (0x7ff << 52));
    top * 2.0_f64.powi(zeros as i32 - 52)
}

/// x − θt if that is a floating-point number.
fn exact_intercept(x: f64, slope: f64, time: f64) -> Option<f64> {
    let product = slope * time;
    if slope.mul_add(time, -product) != 0.0 {
        return None;
    }
    let difference = x - product;
    // What is lost in the subtraction, after Knuth's two-sum.
    let back = difference - x;
    let lost = (x - (difference - back)) + (-product - back);
    (lost == 0.0).then_some(difference)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_bit_divides_the_number() {
        for (x, bit) in [
            (12.0, 4.0),
            (-0.75, 0.25),
            (1.0, 1.0),
            (7.0, 1.0),
            (0.0, f64::INFINITY),
        ] {
            assert_eq!(lowest_bit(x), bit);
        }
        assert_eq!(lowest_bit(0.1), 2.0_f64.powi(-55));
    }

    #[test]
    fn intercepts_that_round_are_not_exact() {
        assert_eq!(exact_intercept(7.0, 0.5, 3.0), Some(5.5));
        assert_eq!(exact_intercept(7.0, 0.1, 3.0), None);
        assert_eq!(exact_intercept(1e16, 0.5, 3.0), None);
    }
}
