//! What scoring may know of a unit.

use std::sync::Arc;

use safeground_privacy::{Protected, Protection, Visibility};
use safeground_schema::{Period, Status, Theme};

use crate::count::Units;

/// What is known of the count of one unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Observation {
    /// The count.
    Known(u64),
    /// Fewer than the threshold, zero included.
    Below,
    /// Nobody looked.
    NotObserved,
    /// There is no denominator.
    NoData,
}

impl Observation {
    /// The status a table shows.
    #[must_use]
    pub fn status(self) -> Status {
        match self {
            Self::Known(0) => Status::Zero,
            Self::Known(_) => Status::Available,
            Self::Below => Status::BelowThreshold,
            Self::NotObserved => Status::NotObserved,
            Self::NoData => Status::NoData,
        }
    }

    /// The count, where it is known.
    #[must_use]
    pub fn known(self) -> Option<u64> {
        match self {
            Self::Known(count) => Some(count),
            _ => None,
        }
    }
}

impl From<&Protected> for Observation {
    fn from(protected: &Protected) -> Self {
        match (protected.visibility(), protected.count()) {
            (Visibility::Available, Some(count)) => Self::Known(count),
            (Visibility::NotObserved, _) => Self::NotObserved,
            (Visibility::NoData, _) => Self::NoData,
            (Visibility::Available | Visibility::BelowThreshold, _) => Self::Below,
        }
    }
}

/// Counts of one layer, theme and period as scoring sees them.
///
/// A release makes them from protected counts; exact counts can enter only
/// through [`super::steward()`], whose tables are never served.
#[derive(Debug, Clone)]
pub struct CountBlock {
    pub(super) units: Arc<Units>,
    pub(super) theme: Theme,
    pub(super) period: Period,
    pub(super) observations: Vec<Observation>,
    pub(super) exposure: Vec<Option<f64>>,
    pub(super) threshold: u64,
}

impl CountBlock {
    /// Counts over a public denominator.
    #[must_use]
    pub fn protected(
        units: Arc<Units>,
        theme: Theme,
        period: Period,
        counts: &[Protected],
        proof: &Protection,
    ) -> Self {
        Self {
            units,
            theme,
            period,
            observations: counts.iter().map(Observation::from).collect(),
            exposure: counts.iter().map(Protected::exposure).collect(),
            threshold: proof.threshold(),
        }
    }

    /// Counts of a part, over a whole that is ours as well.
    ///
    /// A part is shown only where the rest of the whole may be shown too:
    /// otherwise `whole − part` would tell a small number. Where either is
    /// withheld so is the denominator.
    #[must_use]
    pub fn protected_share(
        units: Arc<Units>,
        theme: Theme,
        period: Period,
        part: &[Protected],
        rest: &[Protected],
        proof: &Protection,
    ) -> Self {
        let (observations, exposure) = part
            .iter()
            .zip(rest)
            .map(|(part, rest)| {
                let (part, rest) = (Observation::from(part), Observation::from(rest));
                match (part, rest) {
                    (Observation::Known(p), Observation::Known(r)) => (part, Some((p + r) as f64)),
                    (Observation::Known(_), withheld) => (withheld, None),
                    (withheld, _) => (withheld, None),
                }
            })
            .unzip();
        Self {
            units,
            theme,
            period,
            observations,
            exposure,
            threshold: proof.threshold(),
        }
    }

    /// Units of the block.
    #[must_use]
    pub fn units(&self) -> &Arc<Units> {
        &self.units
    }

    /// Theme of the block.
    #[must_use]
    pub fn theme(&self) -> &Theme {
        &self.theme
    }

    /// Period of the block.
    #[must_use]
    pub fn period(&self) -> Period {
        self.period
    }

    /// Number of units whose count is known.
    #[must_use]
    pub fn known(&self) -> usize {
        self.observations
            .iter()
            .filter(|o| o.known().is_some())
            .count()
    }
}
