//! How large windows may grow.

use crate::StatsError;
use crate::error::check_positive;

/// Limits of windows in space.
///
/// A window grows until the next distance would break a limit. The default is
/// that of `SaTScan`: half of the population at risk, measured, as there, by
/// the expected number of cases (individuals in a Bernoulli scan, cases in a
/// space-time permutation scan), and no limit on distance or number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WindowLimits {
    share: f64,
    radius: f64,
    places: usize,
}

impl Default for WindowLimits {
    fn default() -> Self {
        Self {
            share: 0.5,
            radius: f64::INFINITY,
            places: usize::MAX,
        }
    }
}

impl WindowLimits {
    /// Windows with at most this share of the population at risk.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] unless 0 < `share` ≤ 1.
    pub fn new(share: f64) -> Result<Self, StatsError> {
        if share > 0.0 && share <= 1.0 {
            Ok(Self {
                share,
                ..Self::default()
            })
        } else {
            Err(StatsError::Parameter {
                what: "largest share of the population",
                value: share,
                expected: "a share above 0 and at most 1",
            })
        }
    }

    /// Also at most this radius: the unit of the coordinates on a plane,
    /// metres on the globe, half of the shorter axis of an ellipse.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] unless it is finite and above zero.
    pub fn with_radius(self, radius: f64) -> Result<Self, StatsError> {
        check_positive("largest radius", radius)?;
        Ok(Self { radius, ..self })
    }

    /// Also at most this many places.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] for zero.
    pub fn with_places(self, places: usize) -> Result<Self, StatsError> {
        check_positive("largest number of places", places as f64)?;
        Ok(Self { places, ..self })
    }

    pub(super) fn share(&self) -> f64 {
        self.share
    }

    /// The same with another share, which its giver has checked.
    pub(super) fn with_share(self, share: f64) -> Self {
        Self { share, ..self }
    }

    pub(super) fn radius(&self) -> f64 {
        self.radius
    }

    pub(super) fn places(&self) -> usize {
        self.places
    }

    /// Largest weight of a window where all weights sum to `total`. A hair
    /// more than the share, so that a window of exactly the limit is in.
    pub(super) fn weight(&self, total: f64) -> f64 {
        self.share * total * (1.0 + 1e-12)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_checked() {
        assert!(WindowLimits::new(0.0).is_err());
        assert!(WindowLimits::new(1.1).is_err());
        assert!(WindowLimits::new(f64::NAN).is_err());
        assert!(WindowLimits::default().with_radius(0.0).is_err());
        assert!(WindowLimits::default().with_places(0).is_err());
        assert_eq!(WindowLimits::new(0.5).unwrap(), WindowLimits::default());
    }
}
