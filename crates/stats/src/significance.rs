//! Pseudo p-values of permutation tests.

/// Which arrangements count as at least as extreme as the observed one.
///
/// Packages use the same words for different things; each variant says whose
/// figure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alternative {
    /// One-sided, large values: `greater` of esda.
    Greater,
    /// One-sided, small values: `lesser` of esda.
    Less,
    /// Twice the smaller one-sided p-value, at most 1. esda's `two-sided`
    /// counts up to the observed percentile and from the mirrored one on. That
    /// is the same without ties; with them it counts every reference that
    /// equals the value at the mirrored percentile, however few of them the
    /// percentile needs, and those that equal the observed value in the lower
    /// half only. Where an eighth of all values is 0, as in `nc_sids`, a unit
    /// with two neighbours may differ by 0.016.
    TwoSided,
    /// The one-sided p-value on whichever side the observed value lies:
    /// `directed` of esda, and what GeoDa and pygeoda report (there called
    /// folded). Because the side is chosen after looking, it is at most half
    /// of a valid p-value: compare it with α/2, not α. Like those packages it
    /// counts references equal to the observed value on the upper side only,
    /// so that with ties the lower side's count, and p, is smaller than that
    /// of [`Alternative::Less`].
    Directed,
    /// Distance from the mean of the reference: `folded` of esda.
    Folded,
}

/// How many values of a reference distribution lie on either side of the
/// observed one; equal ones count on both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tails {
    /// Reference values at least as large.
    pub greater_or_equal: usize,
    /// Reference values at most as large.
    pub less_or_equal: usize,
    /// Reference values as far or farther from the mean of the reference.
    pub as_far: usize,
    /// Size of the reference distribution.
    pub permutations: usize,
}

impl Tails {
    /// Counts the tails of an unsorted reference distribution. O(m).
    #[must_use]
    pub fn of(observed: f64, reference: &[f64]) -> Self {
        let mean = reference.iter().sum::<f64>() / reference.len() as f64;
        let distance = (observed - mean).abs();
        let count = |extreme: &dyn Fn(f64) -> bool| {
            reference.iter().filter(|value| extreme(**value)).count()
        };
        Self {
            greater_or_equal: count(&|value| value >= observed),
            less_or_equal: count(&|value| value <= observed),
            as_far: count(&|value| (value - mean).abs() >= distance),
            permutations: reference.len(),
        }
    }

    /// Pseudo p-value (r + 1)/(m + 1), where r of m permutations are as
    /// extreme: the observed arrangement is one of those possible, so that p
    /// is never 0. Davison & Hinkley (1997), *Bootstrap Methods*, eq. 4.11.
    #[must_use]
    pub fn p(&self, alternative: Alternative) -> f64 {
        let of = |extreme: usize| (extreme + 1) as f64 / (self.permutations + 1) as f64;
        match alternative {
            Alternative::Greater => of(self.greater_or_equal),
            Alternative::Less => of(self.less_or_equal),
            Alternative::TwoSided => {
                (2.0 * of(self.greater_or_equal.min(self.less_or_equal))).min(1.0)
            }
            Alternative::Directed => of(self
                .greater_or_equal
                .min(self.permutations - self.greater_or_equal)),
            Alternative::Folded => of(self.as_far),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_alternative_counts_its_own_tail() {
        let reference = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0];
        let tails = Tails::of(8.0, &reference);
        assert_eq!(tails.p(Alternative::Greater), 0.3);
        assert_eq!(tails.p(Alternative::Less), 0.9);
        assert_eq!(tails.p(Alternative::TwoSided), 0.6);
        assert_eq!(tails.p(Alternative::Directed), 0.3);
        assert_eq!(tails.p(Alternative::Folded), 0.5);
    }

    /// Three of nine references equal the observed 0: all nine are at least as
    /// large, three at most. Directed takes none of the three on the lower
    /// side, (0 + 1)/10, where Less takes all, (3 + 1)/10.
    #[test]
    fn directed_counts_ties_on_the_upper_side_only() {
        let tails = Tails::of(0.0, &[0.0, 0.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert_eq!(tails.p(Alternative::Greater), 1.0);
        assert_eq!(tails.p(Alternative::Less), 0.4);
        assert_eq!(tails.p(Alternative::TwoSided), 0.8);
        assert_eq!(tails.p(Alternative::Directed), 0.1);
    }

    #[test]
    fn ties_with_the_observed_value_are_as_extreme() {
        let tails = Tails::of(1.0, &[1.0; 4]);
        for alternative in [
            Alternative::Greater,
            Alternative::Less,
            Alternative::TwoSided,
            Alternative::Folded,
        ] {
            assert_eq!(tails.p(alternative), 1.0);
        }
    }
}
