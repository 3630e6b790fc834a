//! The checked parameters of joint suppression.

use super::{DominanceRule, SuppressionError, Thresholds};
use crate::AudiencePolicy;

/// Share of a count that must stay open.
const WIDTH_SHARE: f64 = 0.2;

/// What makes a cell sensitive and how open a sensitive cell must stay.
#[derive(Debug, Clone, PartialEq)]
pub struct SuppressionRules {
    thresholds: Thresholds,
    homogeneity: f64,
    dominance: Option<DominanceRule>,
    min_width: u64,
}

impl SuppressionRules {
    /// The rules of an audience: its thresholds, homogeneity at 90 %, no
    /// dominance rule, at least 5 possible values and 20 % of the count.
    #[must_use]
    pub fn new(policy: &AudiencePolicy) -> Self {
        Self {
            thresholds: Thresholds::of(policy),
            homogeneity: 0.9,
            dominance: None,
            min_width: 5,
        }
    }

    /// Adds a rule on the largest partners.
    ///
    /// # Errors
    /// As [`DominanceRule::check`].
    pub fn with_dominance(mut self, rule: DominanceRule) -> Result<Self, SuppressionError> {
        self.dominance = Some(rule.check()?);
        Ok(self)
    }

    /// Sets the share of one category from which on a classification is
    /// homogeneous.
    ///
    /// # Errors
    /// [`SuppressionError::Parameter`] unless above a half and at most 0.9:
    /// anything looser than 90 % is below the floor.
    pub fn with_homogeneity(mut self, share: f64) -> Result<Self, SuppressionError> {
        if !(share > 0.5 && share <= 0.9) {
            return Err(SuppressionError::Parameter {
                name: "homogeneity",
                value: share,
                expected: "a share above 0.5 and at most 0.9",
            });
        }
        self.homogeneity = share;
        Ok(self)
    }

    /// Asks for wider intervals: least number of possible values.
    ///
    /// # Errors
    /// [`SuppressionError::Parameter`] below 5 values, the floor.
    pub fn with_width(mut self, values: u64) -> Result<Self, SuppressionError> {
        if values < 5 {
            return Err(SuppressionError::Parameter {
                name: "width",
                value: values as f64,
                expected: "at least 5 possible values",
            });
        }
        self.min_width = values;
        Ok(self)
    }

    /// Thresholds of tables that have none of their own.
    #[must_use]
    pub fn thresholds(&self) -> Thresholds {
        self.thresholds
    }

    /// Share at which a classification is homogeneous.
    #[must_use]
    pub fn homogeneity(&self) -> f64 {
        self.homogeneity
    }

    /// Rule on the largest partners, if there is one.
    #[must_use]
    pub fn dominance(&self) -> Option<DominanceRule> {
        self.dominance
    }

    /// Least number of possible values of any withheld cell.
    #[must_use]
    pub fn min_width(&self) -> u64 {
        self.min_width
    }

    /// Number of whole numbers that a count of this size must leave possible.
    pub(super) fn width(&self, count: u64) -> u64 {
        self.min_width
            .max((WIDTH_SHARE * count as f64).ceil() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Policy;

    #[test]
    fn the_floor_cannot_be_undercut() {
        let rules = || SuppressionRules::new(&Policy::default().planning);
        assert!(rules().with_width(4).is_err());
        assert!(rules().with_homogeneity(0.95).is_err());
        assert!(rules().with_width(8).is_ok());
        assert_eq!(rules().width(3), 5);
        assert_eq!(rules().width(101), 21);
    }
}
