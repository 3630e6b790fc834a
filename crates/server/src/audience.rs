//! Whom a release is for. To become `safeground_privacy::Audience`.

/// Audience of a release.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Anyone.
    Public,
    /// Researchers.
    Research,
    /// Planners.
    Planning,
}

impl Audience {
    /// All, widest first.
    pub const ALL: [Self; 3] = [Self::Public, Self::Research, Self::Planning];

    /// The text of it.
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
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|audience| audience.as_str() == text)
            .ok_or_else(|| "expected public, research or planning".to_owned())
    }
}
