//! How earlier visits lower what another visit is worth.

use serde::Serialize;

use super::place::Visit;
use crate::PlanningError;
use crate::error::{check_positive, check_share};

/// Fading of the effect of earlier visits.
///
/// Of the benefit of a place remains
/// `∏ (1 − strength · reached_v · 2^(−days_v / half_life))` over its visits:
/// nothing if everyone was reached today at full strength, half of it one
/// half-life later, all of it in the long run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Decay {
    half_life_days: f64,
    strength: f64,
}

impl Decay {
    /// Checks a half-life in days and the strength (0 to 1), the share of the
    /// benefit that a visit which reached everyone uses up on its day.
    ///
    /// # Errors
    /// [`PlanningError::Parameter`] outside these domains.
    pub fn new(half_life_days: f64, strength: f64) -> Result<Self, PlanningError> {
        Ok(Self {
            half_life_days: check_positive("half_life_days", half_life_days)?,
            strength: check_share("strength", strength)?,
        })
    }

    /// Days after which half of the effect of a visit has faded.
    #[must_use]
    pub fn half_life_days(&self) -> f64 {
        self.half_life_days
    }

    /// Share of the benefit used up by a visit that reached everyone today.
    #[must_use]
    pub fn strength(&self) -> f64 {
        self.strength
    }

    /// Share of the benefit that remains after `visits`, 0 to 1.
    #[must_use]
    pub fn remaining(&self, visits: &[Visit]) -> f64 {
        visits
            .iter()
            .map(|visit| {
                let fade = libm::exp2(-visit.days_ago / self.half_life_days);
                1.0 - self.strength * visit.share_reached * fade
            })
            .product()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visit_is_half_forgotten_after_one_half_life() {
        let decay = Decay::new(180.0, 1.0).unwrap();
        let visit = |days_ago| Visit {
            days_ago,
            share_reached: 1.0,
        };
        assert_eq!(decay.remaining(&[]), 1.0);
        assert_eq!(decay.remaining(&[visit(0.0)]), 0.0);
        assert_eq!(decay.remaining(&[visit(180.0)]), 0.5);
        assert_eq!(decay.remaining(&[visit(180.0), visit(360.0)]), 0.375);
    }

    #[test]
    fn parameters_outside_their_domain_are_refused() {
        assert!(Decay::new(0.0, 0.5).is_err());
        assert!(Decay::new(90.0, 1.5).is_err());
        assert!(Decay::new(f64::NAN, 0.5).is_err());
    }
}
