//! A value with its interval and its status.

use serde::{Deserialize, Serialize};

/// Why a value is present or absent. The four kinds of nothing stay apart, and
/// none of them is the number zero but [`Status::Zero`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// A value or a range is given.
    Available,
    /// Observed, and nothing was found; only for published context figures.
    Zero,
    /// There is no figure: no denominator, or the source has none.
    NoData,
    /// Nobody looked.
    NotObserved,
    /// Below the threshold of the policy, zero included; withheld.
    BelowThreshold,
}

impl Status {
    /// All of them, in their documented order.
    pub const ALL: [Self; 5] = [
        Self::Available,
        Self::Zero,
        Self::NoData,
        Self::NotObserved,
        Self::BelowThreshold,
    ];

    /// The text in files, and its key in a language.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::Zero => "zero",
            Self::NoData => "no_data",
            Self::NotObserved => "not_observed",
            Self::BelowThreshold => "below_threshold",
        }
    }
}

/// A number of a release or of a published source.
///
/// | what is known | `value` | `low` | `high` |
/// |---|---|---|---|
/// | a number | yes | – | – |
/// | an estimate with its interval | yes | yes | yes |
/// | a band, as planning releases give counts (5–9) | – | yes | yes |
/// | an open band (50+) | – | yes | – |
/// | nothing (`status` says which kind) | – | – | – |
///
/// `Zero` may have the value 0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// The number, or the middle of an estimate.
    pub value: Option<f64>,
    /// Lower end of the interval or band.
    pub low: Option<f64>,
    /// Upper end; a band without it is open.
    pub high: Option<f64>,
    /// Why there is a number, or none.
    pub status: Status,
}

impl Figure {
    /// A number known as it is; 0 is [`Status::Zero`].
    #[must_use]
    pub fn exact(value: f64) -> Self {
        Self {
            value: Some(value),
            low: None,
            high: None,
            status: if value == 0.0 {
                Status::Zero
            } else {
                Status::Available
            },
        }
    }

    /// A number with its interval.
    #[must_use]
    pub fn estimate(value: f64, low: f64, high: f64) -> Self {
        Self {
            value: Some(value),
            low: Some(low),
            high: Some(high),
            status: Status::Available,
        }
    }

    /// A band; open where there is no upper end.
    #[must_use]
    pub fn band(low: f64, high: Option<f64>) -> Self {
        Self {
            value: None,
            low: Some(low),
            high,
            status: Status::Available,
        }
    }

    /// No number, and why.
    #[must_use]
    pub fn absent(status: Status) -> Self {
        Self {
            value: None,
            low: None,
            high: None,
            status,
        }
    }

    /// What is wrong with it, if anything: numbers that are not finite, ends
    /// the wrong way round, a number where the status says that there is none.
    #[must_use]
    pub fn fault(&self) -> Option<&'static str> {
        let parts = [self.value, self.low, self.high];
        if parts.iter().flatten().any(|number| !number.is_finite()) {
            return Some("a number that is not finite");
        }
        match self.status {
            Status::Available if self.value.is_none() && self.low.is_none() => {
                Some("available, but neither a value nor a lower end")
            }
            Status::Available => {
                let order = [self.low, self.value, self.high];
                let known: Vec<f64> = order.into_iter().flatten().collect();
                (!known.is_sorted()).then_some("low, value and high are not in order")
            }
            Status::Zero if self.low.is_some() || self.high.is_some() => {
                Some("zero, but with an interval")
            }
            Status::Zero => self
                .value
                .is_some_and(|value| value != 0.0)
                .then_some("zero, but another value"),
            Status::NoData | Status::NotObserved | Status::BelowThreshold => parts
                .iter()
                .any(Option::is_some)
                .then_some("a number where the status says that there is none"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_behind_a_withheld_status_is_a_fault() {
        for status in [Status::NoData, Status::NotObserved, Status::BelowThreshold] {
            assert_eq!(Figure::absent(status).fault(), None);
            let leaking = Figure {
                value: Some(0.0),
                ..Figure::absent(status)
            };
            assert!(leaking.fault().is_some(), "{status:?}");
        }
    }

    #[test]
    fn ends_must_be_in_order_and_numbers_finite() {
        assert_eq!(Figure::estimate(2.0, 1.0, 4.0).fault(), None);
        assert_eq!(Figure::band(5.0, None).fault(), None);
        assert_eq!(Figure::exact(0.0).status, Status::Zero);
        assert!(Figure::estimate(2.0, 3.0, 4.0).fault().is_some());
        assert!(Figure::band(9.0, Some(5.0)).fault().is_some());
        assert!(Figure::exact(f64::NAN).fault().is_some());
        assert!(Figure::absent(Status::Available).fault().is_some());
        let zero_with_interval = Figure {
            high: Some(4.0),
            ..Figure::exact(0.0)
        };
        assert!(zero_with_interval.fault().is_some());
    }
}
