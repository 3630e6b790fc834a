//! Whom a release is for.

use serde::{Deserialize, Serialize};

use crate::PolicyError;

/// Audience of a release, from the widest to the narrowest.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Anyone.
    Public,
    /// Researchers with a token.
    Research,
    /// Named planners with a token.
    Planning,
}

impl Audience {
    /// All audiences, widest first.
    pub const ALL: [Self; 3] = [Self::Public, Self::Research, Self::Planning];

    /// The name used in folders, addresses and tokens.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Research => "research",
            Self::Planning => "planning",
        }
    }
}

impl std::fmt::Display for Audience {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Audience {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|audience| audience.as_str() == text)
            .ok_or_else(|| PolicyError::Audience(text.to_owned()))
    }
}
