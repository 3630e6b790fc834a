//! The four kinds of nothing.

use crate::SchemaError;

/// Why a value is present or absent. Undefined is never zero.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// A value is given.
    Available,
    /// Observed, and nothing was found. Inside the lake, and for data that
    /// are not about our children; a release shows it as `below_threshold`.
    Zero,
    /// There is no figure: no denominator, or the source has none.
    NoData,
    /// Nobody looked: no recorded effort in this place and period.
    NotObserved,
    /// Fewer than the policy's threshold, zero included.
    BelowThreshold,
}

impl Status {
    /// All members in their documented order.
    pub const ALL: [Self; 5] = [
        Self::Available,
        Self::Zero,
        Self::NoData,
        Self::NotObserved,
        Self::BelowThreshold,
    ];

    /// The text stored in `status` columns.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::Zero => "zero",
            Self::NoData => "no_data",
            Self::NotObserved => "not_observed",
            Self::BelowThreshold => "below_threshold",
        }
    }

    /// Plain words for a legend.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Available => "A value is given.",
            Self::Zero => "Observed, and nothing was found.",
            Self::NoData => "No figure exists: no denominator, or the source has none.",
            Self::NotObserved => "Nobody looked: no recorded effort here in this period.",
            Self::BelowThreshold => {
                "Fewer than the threshold of the policy, zero included; withheld so that no child can be found."
            }
        }
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Status {
    type Err = SchemaError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or_else(|| SchemaError::UnknownCode {
                list: "status",
                value: text.to_owned(),
                expected: Self::ALL.map(Self::as_str).join(", "),
            })
    }
}
