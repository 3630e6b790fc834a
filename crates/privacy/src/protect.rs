//! From exact counts to protected ones.

use crate::suppression::Band;

/// An exact count of one unit, theme and period. Lives only inside the lake.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExactCount {
    /// Distinct children (or what the theme counts).
    pub children: u64,
    /// Distinct events.
    pub events: u64,
    /// Distinct partners.
    pub partners: u64,
    /// Whether anybody looked: effort was recorded in this place and period.
    pub observed: bool,
    /// Denominator of the rate; `None` where there is none.
    pub exposure: Option<f64>,
}

/// Whether a protected count may be seen, and if not, why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Visibility {
    /// The count is given.
    Available,
    /// Fewer than the policy asks for, zero included.
    BelowThreshold,
    /// Nobody looked.
    NotObserved,
    /// There is no denominator.
    NoData,
}

/// A count after protection: what is not visible is not there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Protected {
    visibility: Visibility,
    count: Option<u64>,
    band: Option<Band>,
    exposure: Option<f64>,
}

impl Protected {
    /// A count that may be seen: itself or, where one is given, its band.
    pub(crate) fn shown(exact: &ExactCount, band: Option<Band>) -> Self {
        Self {
            visibility: Visibility::Available,
            count: band.is_none().then_some(exact.children),
            band,
            exposure: exact.exposure,
        }
    }

    /// A count that may not be seen. Why it looks as it does rests on effort
    /// and exposure alone, so that it is the same for every rule.
    pub(crate) fn withheld(exact: &ExactCount) -> Self {
        Self {
            visibility: if !exact.observed {
                Visibility::NotObserved
            } else if exact.exposure.is_none() {
                Visibility::NoData
            } else {
                Visibility::BelowThreshold
            },
            count: None,
            band: None,
            exposure: exact.exposure,
        }
    }

    /// A count that was made private by noise before.
    pub(crate) fn of_noise(
        visibility: Visibility,
        count: Option<u64>,
        exposure: Option<f64>,
    ) -> Self {
        Self {
            visibility,
            count,
            band: None,
            exposure,
        }
    }

    /// Whether the count may be seen.
    #[must_use]
    pub fn visibility(&self) -> Visibility {
        self.visibility
    }

    /// The count, if it may be seen; never below the threshold.
    #[must_use]
    pub fn count(&self) -> Option<u64> {
        self.count
    }

    /// The band of the count, where the count itself is not given but its band
    /// may be seen; never below the threshold.
    #[must_use]
    pub fn band(&self) -> Option<Band> {
        self.band
    }

    /// The denominator. Public context, given whether or not the count is.
    #[must_use]
    pub fn exposure(&self) -> Option<f64> {
        self.exposure
    }
}

/// Proof that protection ran. Only
/// [`crate::suppression::protect_jointly()`] and [`crate::noise::publish()`]
/// hand one out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Protection {
    threshold: u64,
}

impl Protection {
    /// Proof that counts were held against a threshold by another rule of this
    /// crate.
    pub(crate) fn with_threshold(threshold: u64) -> Self {
        Self { threshold }
    }

    /// Threshold that was applied.
    #[must_use]
    pub fn threshold(&self) -> u64 {
        self.threshold
    }
}
