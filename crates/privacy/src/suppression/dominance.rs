//! Dominance: one partner's cases make up most of a cell.

use super::SuppressionError;

/// When a cell counts as dominated by its largest contributors.
///
/// Hundepool et al., *Statistical Disclosure Control* (Wiley 2012), chapter 4.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum DominanceRule {
    /// p %-rule: the second contributor could estimate the largest to within
    /// `p` per cent, that is `total - first - second < p / 100 * first`.
    PPercent(f64),
    /// (n, k)-rule: the `contributors` largest together hold more than
    /// `percent` of the total.
    Largest {
        /// Number of contributors, n.
        contributors: usize,
        /// Share of the total in per cent, k.
        percent: f64,
    },
}

impl DominanceRule {
    /// Checks the parameters.
    ///
    /// # Errors
    /// [`SuppressionError::Parameter`] outside 0–100 % or for no contributor.
    pub fn check(self) -> Result<Self, SuppressionError> {
        let (percent, contributors) = match self {
            Self::PPercent(p) => (p, 1),
            Self::Largest {
                contributors,
                percent,
            } => (percent, contributors),
        };
        if !(0.0..=100.0).contains(&percent) {
            return Err(SuppressionError::Parameter {
                name: "dominance percentage",
                value: percent,
                expected: "a number from 0 to 100",
            });
        }
        if contributors == 0 {
            return Err(SuppressionError::Parameter {
                name: "dominance contributors",
                value: 0.0,
                expected: "at least 1",
            });
        }
        Ok(self)
    }
}

/// Whether a cell is dominated, given the contributions of its partners in
/// any order.
///
/// O(n log n). A cell without contributions, or with zeros only, is not
/// dominated: there is nobody to learn about.
#[must_use]
pub fn is_dominated(contributions: &[u64], rule: DominanceRule) -> bool {
    let total: u64 = contributions.iter().sum();
    if total == 0 {
        return false;
    }
    let mut sorted = contributions.to_vec();
    sorted.sort_unstable_by(|a, b| b.cmp(a));
    match rule {
        DominanceRule::PPercent(p) => {
            let first = sorted[0];
            let second = sorted.get(1).copied().unwrap_or(0);
            ((total - first - second) as f64) < p / 100.0 * first as f64
        }
        DominanceRule::Largest {
            contributors,
            percent,
        } => {
            let largest: u64 = sorted.iter().take(contributors).sum();
            largest as f64 > percent / 100.0 * total as f64
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_contributor_must_not_estimate_the_first() {
        // 100 - 60 - 35 = 5 < 10 % of 60.
        assert!(is_dominated(&[35, 60, 5], DominanceRule::PPercent(10.0)));
        assert!(!is_dominated(&[35, 55, 10], DominanceRule::PPercent(10.0)));
        assert!(is_dominated(&[12], DominanceRule::PPercent(10.0)));
        assert!(!is_dominated(&[], DominanceRule::PPercent(10.0)));
    }

    #[test]
    fn the_largest_must_not_hold_more_than_their_share() {
        let rule = |contributors| DominanceRule::Largest {
            contributors,
            percent: 75.0,
        };
        assert!(is_dominated(&[76, 24], rule(1)));
        assert!(!is_dominated(&[75, 25], rule(1)));
        assert!(is_dominated(&[40, 40, 20], rule(2)));
    }

    #[test]
    fn parameters_outside_their_range_are_refused() {
        assert!(DominanceRule::PPercent(-1.0).check().is_err());
        assert!(DominanceRule::PPercent(f64::NAN).check().is_err());
        let none = DominanceRule::Largest {
            contributors: 0,
            percent: 50.0,
        };
        assert!(none.check().is_err());
    }
}
