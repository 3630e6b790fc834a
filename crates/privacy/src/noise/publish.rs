//! What of the noisy counts is shown.

use super::{ConsistentTable, Estimate, NoiseError};
use crate::{AudiencePolicy, Protected, Protection, Visibility};

/// Public facts about a unit and period: none of them is a count of children
/// in our data.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UnitContext {
    /// Whether effort was recorded there.
    pub observed: bool,
    /// Denominator of the rate, from published figures.
    pub exposure: Option<f64>,
    /// Whether enough people live there for a count to be shown.
    pub inhabited: bool,
}

/// A count of the public release.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PublicCount {
    /// What is shown.
    pub protected: Protected,
    estimate: Option<Estimate>,
}

impl PublicCount {
    /// The unbiased estimate with the variance of its noise, whether the count
    /// is shown or not: what scores, intervals and tests are made from.
    ///
    /// It is differentially private, so a score made from it gives away no more
    /// than ε allows. It may be negative, and where
    /// [`PublicCount::protected`] is below threshold it is not printed.
    #[must_use]
    pub fn for_scoring(&self) -> Option<Estimate> {
        self.estimate
    }

    /// Least and largest true count that the noise leaves likely, at 95 %,
    /// where the count is shown; the shown count lies between them.
    ///
    /// Estimate ± ln(20)·√(variance/2), the interval of Laplace noise of that
    /// variance, which is wider than that of the sum of several, cut at 0.
    #[must_use]
    pub fn interval(&self) -> Option<(u64, u64)> {
        let (count, estimate) = (self.protected.count()?, self.estimate?);
        let half = 20_f64.ln() * (0.5 * estimate.variance).sqrt();
        let low = (estimate.value - half).max(0.0).floor() as u64;
        let high = (estimate.value + half).max(0.0).ceil() as u64;
        Some((low.min(count), high.max(count)))
    }
}

/// Decides what of a table with noise is shown.
///
/// In order, for each unit:
/// 1. a noisy count of at least the policy's k where enough people live:
///    available;
/// 2. otherwise, where nobody looked: not observed;
/// 3. otherwise, without a denominator, or without any finer unit to sum: no
///    data;
/// 4. otherwise: below threshold. Zero and small look the same.
///
/// Nothing here rests on an exact count, and the least number of events and
/// partners does not apply: to switch a count on the exact number of events
/// would tell that number. [`super::event_cap`] limits one event instead.
///
/// # Errors
/// [`NoiseError::Length`] unless there is one context per unit.
pub fn publish(
    table: &ConsistentTable,
    context: &[UnitContext],
    policy: &AudiencePolicy,
) -> Result<(Vec<PublicCount>, Protection), NoiseError> {
    if context.len() != table.units.len() {
        return Err(NoiseError::Length {
            stratum: table.key.stratum.clone(),
            theme: table.key.theme.clone(),
            period: table.key.period.clone(),
            expected: table.units.len(),
            found: context.len(),
        });
    }
    let counts = context
        .iter()
        .zip(&table.counts)
        .zip(&table.estimates)
        .map(|((unit, noisy), estimate)| {
            let enough = |count: &u64| unit.inhabited && *count >= policy.k.max(1);
            let shown = noisy.filter(|count| crate::UNPROTECTED || enough(count));
            let visibility = if shown.is_some() {
                Visibility::Available
            } else if !unit.observed {
                Visibility::NotObserved
            } else if unit.exposure.is_none() || noisy.is_none() {
                Visibility::NoData
            } else {
                Visibility::BelowThreshold
            };
            PublicCount {
                protected: Protected::of_noise(visibility, shown, unit.exposure),
                estimate: *estimate,
            }
        })
        .collect();
    Ok((counts, Protection::with_threshold(policy.k)))
}
