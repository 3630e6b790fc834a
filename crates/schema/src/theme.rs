//! Themes: what is counted and scored.

use crate::SchemaError;

/// What a theme tells. Burden, detection and service gap are three different
/// scores and are never merged without showing the parts.
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
pub enum ThemeKind {
    /// Recorded harm.
    Burden,
    /// What was done in answer; follows effort.
    Detection,
    /// Entitled but not reached.
    ServiceGap,
    /// Campaign coverage.
    Outreach,
    /// Published context: survey or census figure, not about our children.
    Indicator,
}

/// A theme: a built-in count or a published indicator.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Theme {
    /// Children in trafficking incidents.
    Trafficking,
    /// Children in child-labour incidents.
    ChildLabour,
    /// Children in sexual-abuse incidents.
    SexualAbuse,
    /// Children in child-marriage incidents.
    ChildMarriage,
    /// Children in online-abuse incidents.
    OnlineAbuse,
    /// Missing children.
    Missing,
    /// Child marriages answered by injunction, negotiation or persuasion.
    MarriageIntervention,
    /// Eligible for a scheme but not enrolled.
    WelfareGap,
    /// Households reached by a campaign.
    Outreach,
    /// A published indicator with its code.
    Indicator(String),
}

impl Theme {
    /// The built-in themes in their documented order.
    pub const BUILT_IN: [Self; 9] = [
        Self::Trafficking,
        Self::ChildLabour,
        Self::SexualAbuse,
        Self::ChildMarriage,
        Self::OnlineAbuse,
        Self::Missing,
        Self::MarriageIntervention,
        Self::WelfareGap,
        Self::Outreach,
    ];

    /// The kind of score it feeds.
    #[must_use]
    pub fn kind(&self) -> ThemeKind {
        match self {
            Self::Trafficking
            | Self::ChildLabour
            | Self::SexualAbuse
            | Self::ChildMarriage
            | Self::OnlineAbuse
            | Self::Missing => ThemeKind::Burden,
            Self::MarriageIntervention => ThemeKind::Detection,
            Self::WelfareGap => ThemeKind::ServiceGap,
            Self::Outreach => ThemeKind::Outreach,
            Self::Indicator(_) => ThemeKind::Indicator,
        }
    }

    /// Title for people.
    #[must_use]
    pub fn title(&self) -> String {
        match self {
            Self::Trafficking => "Trafficking".into(),
            Self::ChildLabour => "Child labour".into(),
            Self::SexualAbuse => "Sexual abuse".into(),
            Self::ChildMarriage => "Child marriage".into(),
            Self::OnlineAbuse => "Online abuse".into(),
            Self::Missing => "Missing children".into(),
            Self::MarriageIntervention => "Child marriages answered".into(),
            Self::WelfareGap => "Entitled but not enrolled".into(),
            Self::Outreach => "Households reached".into(),
            Self::Indicator(code) => code.replace('_', " "),
        }
    }

    /// Unit of its rate.
    #[must_use]
    pub fn unit(&self) -> &'static str {
        match self {
            Self::WelfareGap => "% of those eligible",
            Self::Outreach => "% of households",
            Self::Indicator(_) => "as published",
            _ => "per 100,000 children",
        }
    }
}

impl std::fmt::Display for Theme {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Trafficking => f.write_str("trafficking"),
            Self::ChildLabour => f.write_str("child_labour"),
            Self::SexualAbuse => f.write_str("sexual_abuse"),
            Self::ChildMarriage => f.write_str("child_marriage"),
            Self::OnlineAbuse => f.write_str("online_abuse"),
            Self::Missing => f.write_str("missing"),
            Self::MarriageIntervention => f.write_str("marriage_intervention"),
            Self::WelfareGap => f.write_str("welfare_gap"),
            Self::Outreach => f.write_str("outreach"),
            Self::Indicator(code) => write!(f, "indicator:{code}"),
        }
    }
}

impl std::str::FromStr for Theme {
    type Err = SchemaError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(code) = text.strip_prefix("indicator:")
            && !code.is_empty()
        {
            return Ok(Self::Indicator(code.to_owned()));
        }
        Self::BUILT_IN
            .into_iter()
            .find(|theme| theme.to_string() == text)
            .ok_or_else(|| SchemaError::Theme {
                value: text.to_owned(),
                expected: Self::BUILT_IN.map(|theme| theme.to_string()).join(", "),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn themes_read_back_as_written() {
        for theme in Theme::BUILT_IN {
            assert_eq!(theme.to_string().parse::<Theme>().unwrap(), theme);
        }
        assert_eq!(
            "indicator:cm_nfhs5".parse::<Theme>().unwrap(),
            Theme::Indicator("cm_nfhs5".into())
        );
        assert!("indicator:".parse::<Theme>().is_err());
    }
}
