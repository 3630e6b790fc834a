//! The reference distribution of one unit.

use std::num::NonZeroU32;

use crate::normal;
use crate::significance::{Alternative, Tails};

/// What conditional permutation says of one unit's statistic.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reference {
    /// The statistic as observed.
    pub observed: f64,
    /// Mean of the statistic over the permutations.
    pub mean: f64,
    /// Variance of the statistic over the permutations, divisor m as in esda.
    pub variance: f64,
    /// Permutations on either side of the observed value.
    pub tails: Tails,
    pub(super) stopping: Option<Stopping>,
}

/// Where each side of a sequential test stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stopping {
    pub(super) exceedances: u32,
    pub(super) greater_at: Option<NonZeroU32>,
    pub(super) less_at: Option<NonZeroU32>,
}

impl Reference {
    /// Pseudo p-value, (r + 1)/(m + 1) as [`Tails::p`] says. Permutations equal
    /// to the observed value count on both sides, but for
    /// [`Alternative::Directed`], which counts them above only, as esda and
    /// GeoDa do: the Gi of a unit whose only neighbour has a rate of 0, as one
    /// unit in eight has, then gets the smallest p there is. Prefer another
    /// alternative where values repeat.
    ///
    /// A side of a sequential test that stopped after l draws with h of them
    /// as extreme has p = h/l instead, which is unbiased (Besag & Clifford
    /// 1991, section 2). There a two-sided or folded p-value is twice the
    /// smaller side's, at most 1, since a mean taken over a run that stopped
    /// on purpose is no centre to fold about.
    #[must_use]
    pub fn p(&self, alternative: Alternative) -> f64 {
        let Some(stopping) = self.stopping else {
            return self.tails.p(alternative);
        };
        let side = |at: Option<NonZeroU32>, alternative| match at {
            Some(draws) => f64::from(stopping.exceedances) / f64::from(draws.get()),
            None => self.tails.p(alternative),
        };
        let greater = side(stopping.greater_at, Alternative::Greater);
        let less = side(stopping.less_at, Alternative::Less);
        match alternative {
            Alternative::Greater => greater,
            Alternative::Less => less,
            Alternative::Directed => greater.min(less),
            Alternative::TwoSided | Alternative::Folded => (2.0 * greater.min(less)).min(1.0),
        }
    }

    /// Standard deviate (observed − mean)/√variance, `z_sim` of esda; `None`
    /// where the statistic is the same in all permutations.
    #[must_use]
    pub fn z(&self) -> Option<f64> {
        (self.variance > 0.0).then(|| (self.observed - self.mean) / self.variance.sqrt())
    }

    /// Two-sided p-value of [`Reference::z`] under a normal approximation;
    /// twice `p_z_sim` of esda, which reports one tail.
    #[must_use]
    pub fn p_normal(&self) -> Option<f64> {
        self.z().map(normal::two_sided)
    }

    /// The reference of factor · statistic + offset: a negative factor swaps
    /// the sides.
    pub(crate) fn mapped(self, factor: f64, offset: f64) -> Self {
        let mut tails = self.tails;
        let mut stopping = self.stopping;
        if factor < 0.0 {
            std::mem::swap(&mut tails.greater_or_equal, &mut tails.less_or_equal);
            if let Some(stopping) = &mut stopping {
                std::mem::swap(&mut stopping.greater_at, &mut stopping.less_at);
            }
        }
        Self {
            observed: factor * self.observed + offset,
            mean: factor * self.mean + offset,
            variance: factor * factor * self.variance,
            tails,
            stopping,
        }
    }

    /// The reference of a statistic given as differences from the observed
    /// value (0 by definition); differences within `tolerance` are ties. O(m).
    pub(super) fn of_differences(differences: &[f64], tolerance: f64) -> Self {
        let count = differences.len();
        let (mut greater, mut less, mut sum) = (0_usize, 0_usize, 0.0);
        for difference in differences {
            greater += usize::from(*difference >= -tolerance);
            less += usize::from(*difference <= tolerance);
            sum += difference;
        }
        let mean = sum / count as f64;
        let distance = mean.abs() - tolerance;
        let (mut far, mut squares) = (0_usize, 0.0);
        for difference in differences {
            let deviation = difference - mean;
            far += usize::from(deviation.abs() >= distance);
            squares += deviation * deviation;
        }
        Self {
            observed: 0.0,
            mean,
            variance: squares / count as f64,
            tails: Tails {
                greater_or_equal: greater,
                less_or_equal: less,
                as_far: far,
                permutations: count,
            },
            stopping: None,
        }
    }

    /// The reference of a sequential test: `next` gives the difference from
    /// the observed value of one more draw, at most `most` times.
    pub(super) fn of_sequence(
        exceedances: u32,
        most: usize,
        tolerance: f64,
        differences: &mut Vec<f64>,
        mut next: impl FnMut() -> f64,
    ) -> Self {
        differences.clear();
        let (mut greater, mut less) = (0_u32, 0_u32);
        let mut stopping = Stopping {
            exceedances,
            greater_at: None,
            less_at: None,
        };
        for draw in 1..=most {
            let difference = next();
            differences.push(difference);
            greater += u32::from(difference >= -tolerance);
            less += u32::from(difference <= tolerance);
            let at = u32::try_from(draw).ok().and_then(NonZeroU32::new);
            if greater >= exceedances && stopping.greater_at.is_none() {
                stopping.greater_at = at;
            }
            if less >= exceedances && stopping.less_at.is_none() {
                stopping.less_at = at;
            }
            if stopping.greater_at.is_some() && stopping.less_at.is_some() {
                break;
            }
        }
        Self {
            stopping: Some(stopping),
            ..Self::of_differences(differences, tolerance)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_negative_factor_swaps_the_sides() {
        let reference = Reference::of_differences(&[-1.0, 1.0, 2.0, 0.0], 0.0);
        assert_eq!(reference.tails.greater_or_equal, 3);
        assert_eq!(reference.tails.less_or_equal, 2);
        let mirrored = reference.mapped(-2.0, 1.0);
        assert_eq!(mirrored.tails.greater_or_equal, 2);
        assert_eq!(mirrored.mean, 0.0);
        assert_eq!(mirrored.observed, 1.0);
        assert_eq!(mirrored.variance, 4.0 * reference.variance);
    }

    #[test]
    fn a_side_that_stops_early_has_h_over_l() {
        let mut draws = [1.0, -1.0, 2.0, 3.0, -4.0, 5.0].into_iter();
        let next = || draws.next().unwrap();
        let reference = Reference::of_sequence(2, 6, 0.0, &mut Vec::new(), next);
        // Two draws lie above after 3, two below after 5, and there it ends.
        assert_eq!(reference.tails.permutations, 5);
        assert_eq!(reference.p(Alternative::Greater), 2.0 / 3.0);
        assert_eq!(reference.p(Alternative::Less), 2.0 / 5.0);
        assert_eq!(reference.p(Alternative::TwoSided), 0.8);
        assert_eq!(reference.p(Alternative::Directed), 0.4);
    }

    #[test]
    fn a_side_that_never_stops_has_the_usual_p() {
        let mut draws = [1.0; 9].into_iter();
        let next = || draws.next().unwrap();
        let reference = Reference::of_sequence(3, 9, 0.0, &mut Vec::new(), next);
        assert_eq!(reference.p(Alternative::Greater), 1.0);
        assert_eq!(reference.p(Alternative::Less), 0.1);
    }
}
