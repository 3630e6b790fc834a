//! What scoring may know of a unit.

use std::sync::Arc;

use safeground_privacy::noise::PublicCount;
use safeground_privacy::suppression::Band;
use safeground_privacy::{Protected, Protection, Visibility};
use safeground_schema::{Period, Status, Theme};
use safeground_stats::evidence::CountEvidence;

use crate::count::Units;

/// What is known of the count of one unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Observation {
    /// The count.
    Known(u64),
    /// The range it lies in.
    Banded(Band),
    /// The count with noise.
    Noisy {
        /// What is shown of it, and the ends of its 95 % interval.
        shown: Option<[u64; 3]>,
        /// Why nothing is, where nothing is.
        status: Status,
        /// Unbiased estimate; may be negative.
        value: f64,
        /// Variance of its noise.
        variance: f64,
    },
    /// Withheld: fewer than the threshold, zero included, or withheld to
    /// protect others.
    Below,
    /// Withheld because few people live there: nothing is known of it.
    Hidden,
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
            Self::Known(_) | Self::Banded(_) => Status::Available,
            Self::Noisy { shown: Some(_), .. } => Status::Available,
            Self::Noisy { status, .. } => status,
            Self::Below | Self::Hidden => Status::BelowThreshold,
            Self::NotObserved => Status::NotObserved,
            Self::NoData => Status::NoData,
        }
    }

    /// The count, where one is shown.
    #[must_use]
    pub fn known(self) -> Option<u64> {
        match self {
            Self::Known(count) => Some(count),
            Self::Noisy { shown, .. } => shown.map(|[count, ..]| count),
            _ => None,
        }
    }

    /// Whether the count, its band or the count with noise is shown.
    #[must_use]
    pub fn is_shown(self) -> bool {
        matches!(self.status(), Status::Available | Status::Zero)
    }

    /// Least and largest count, where they are shown.
    #[must_use]
    pub fn ends(self) -> (Option<u64>, Option<u64>) {
        match self {
            Self::Known(count) => (Some(count), Some(count)),
            Self::Banded(band) => (Some(band.low), band.high),
            Self::Noisy {
                shown: Some([_, low, high]),
                ..
            } => (Some(low), Some(high)),
            _ => (None, None),
        }
    }

    /// What statistics may take it for.
    ///
    /// A withheld count is taken to be below the threshold; the few that were
    /// withheld to protect others lie higher, which the release does not tell.
    #[must_use]
    pub fn evidence(self, threshold: u64) -> Option<CountEvidence> {
        match self {
            Self::Known(count) => Some(CountEvidence::Exact(count)),
            Self::Banded(band) => Some(CountEvidence::Band {
                low: band.low,
                high: band.high.unwrap_or(u64::MAX),
            }),
            // A noisy count counts whether it is shown or not: leaving out the
            // small ones would tell of a place what is not so.
            Self::Noisy {
                status: Status::NotObserved | Status::NoData,
                shown: None,
                ..
            } => None,
            Self::Noisy {
                value, variance, ..
            } => Some(CountEvidence::Noisy { value, variance }),
            Self::Below => Some(CountEvidence::Band {
                low: 0,
                high: threshold.saturating_sub(1),
            }),
            Self::Hidden | Self::NotObserved | Self::NoData => None,
        }
    }

    fn of(protected: &Protected, inhabited: bool) -> Self {
        match (protected.visibility(), protected.count(), protected.band()) {
            (Visibility::Available, Some(count), _) => Self::Known(count),
            (Visibility::Available, None, Some(band)) => Self::Banded(band),
            (Visibility::NotObserved, ..) => Self::NotObserved,
            (Visibility::NoData, ..) => Self::NoData,
            (Visibility::Available | Visibility::BelowThreshold, ..) if inhabited => Self::Below,
            (Visibility::Available | Visibility::BelowThreshold, ..) => Self::Hidden,
        }
    }
}

/// What a block of counts is of.
pub type BlockOf = (Arc<Units>, Theme, Period);

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
    /// Counts over a public denominator. `inhabited` says of each unit whether
    /// enough people live there for its count to be shown.
    #[must_use]
    pub fn protected(
        (units, theme, period): BlockOf,
        counts: &[Protected],
        inhabited: &[bool],
        threshold: u64,
        _proof: &Protection,
    ) -> Self {
        Self {
            units,
            theme,
            period,
            observations: counts
                .iter()
                .zip(inhabited)
                .map(|(count, inhabited)| Observation::of(count, *inhabited))
                .collect(),
            exposure: counts.iter().map(Protected::exposure).collect(),
            threshold,
        }
    }

    /// Counts of a part, over a whole that is ours as well.
    ///
    /// A part is shown only where the rest of the whole may be shown too:
    /// otherwise `whole − part` would tell a small number. Where either is
    /// withheld so is the denominator.
    #[must_use]
    pub fn protected_share(
        (units, theme, period): BlockOf,
        (part, rest): (&[Protected], &[Protected]),
        inhabited: &[bool],
        threshold: u64,
        _proof: &Protection,
    ) -> Self {
        let (observations, exposure) = part
            .iter()
            .zip(rest)
            .zip(inhabited)
            .map(|((part, rest), inhabited)| {
                let part = Observation::of(part, *inhabited);
                let rest = Observation::of(rest, *inhabited);
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
            threshold,
        }
    }

    /// Counts with noise, over a public denominator.
    #[must_use]
    pub fn noisy(
        (units, theme, period): BlockOf,
        counts: &[PublicCount],
        threshold: u64,
        _proof: &Protection,
    ) -> Self {
        let observations = counts
            .iter()
            .map(|count| {
                let status = Observation::of(&count.protected, true).status();
                let Some(estimate) = count.for_scoring() else {
                    return Observation::NoData;
                };
                let ends = count.protected.count().zip(count.interval());
                Observation::Noisy {
                    shown: ends.map(|(count, (low, high))| [count, low, high]),
                    status,
                    value: estimate.value,
                    variance: estimate.variance,
                }
            })
            .collect();
        Self {
            units,
            theme,
            period,
            observations,
            exposure: counts.iter().map(|c| c.protected.exposure()).collect(),
            threshold,
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

    /// What is known of each unit.
    #[must_use]
    pub fn observations(&self) -> &[Observation] {
        &self.observations
    }

    /// Number of units of which something is shown.
    #[must_use]
    pub fn shown(&self) -> usize {
        self.observations.iter().filter(|o| o.is_shown()).count()
    }

    /// Whether its counts carry noise.
    #[must_use]
    pub fn is_noisy(&self) -> bool {
        self.observations
            .iter()
            .any(|o| matches!(o, Observation::Noisy { .. }))
    }
}
