//! From exact counts to protected ones.

use crate::policy::AudiencePolicy;
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

/// Proof that protection ran. Only [`protect()`],
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

/// Protects exact counts for an audience, consuming them.
///
/// In order, for each count:
/// 1. at least `k` children, `min_events` events and `min_partners` partners:
///    available;
/// 2. otherwise, where nobody looked: not observed. This rests on recorded
///    effort alone, never on the count, so that it cannot tell one from zero;
/// 3. otherwise, where there is no denominator: no data;
/// 4. otherwise: below threshold, zero included.
///
/// A count without a denominator is shown if it passes step 1. Results stand
/// in the order of the input.
#[must_use]
pub fn protect(counts: Vec<ExactCount>, policy: &AudiencePolicy) -> (Vec<Protected>, Protection) {
    let protected = counts
        .into_iter()
        .map(|exact| {
            let enough = exact.children >= policy.k.max(1)
                && exact.events >= policy.min_events
                && exact.partners >= policy.min_partners;
            if enough {
                Protected::shown(&exact, None)
            } else {
                Protected::withheld(&exact)
            }
        })
        .collect();
    (protected, Protection::with_threshold(policy.k))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Audience, Policy};

    fn any_count() -> impl Strategy<Value = ExactCount> {
        (0u64..40, 0u64..10, 0u64..4, any::<bool>(), any::<bool>()).prop_map(
            |(children, events, partners, observed, exposed)| ExactCount {
                children,
                events,
                partners,
                observed,
                exposure: exposed.then_some(1000.0),
            },
        )
    }

    proptest! {
        #[test]
        fn no_visible_count_is_below_the_threshold(
            counts in prop::collection::vec(any_count(), 0..50),
            which in 0usize..3,
        ) {
            let policy = Policy::default();
            let policy = policy.audience(Audience::ALL[which]);
            let (protected, _) = protect(counts, policy);
            for count in protected.iter().filter_map(Protected::count) {
                prop_assert!(count >= policy.k);
            }
        }

        #[test]
        fn zero_and_small_look_the_same(count in any_count(), which in 0usize..3) {
            let policy = Policy::default();
            let policy = policy.audience(Audience::ALL[which]);
            let small = ExactCount { children: count.children % policy.k, ..count };
            let zero = ExactCount { children: 0, events: 0, partners: 0, ..count };
            prop_assert_eq!(protect(vec![small], policy).0, protect(vec![zero], policy).0);
        }
    }

    #[test]
    fn a_count_from_one_partner_is_withheld_from_planners() {
        let policy = Policy::default();
        let count = ExactCount {
            children: 50,
            events: 20,
            partners: 1,
            observed: true,
            exposure: Some(1e4),
        };
        let (protected, proof) = protect(vec![count], &policy.planning);
        assert_eq!(protected[0].visibility(), Visibility::BelowThreshold);
        assert_eq!(protected[0].count(), None);
        assert_eq!(proof.threshold(), 5);
    }
}
