//! What part of a release a token opens.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::hex;

/// The part of a release that a token opens: some places with all that lies in
/// them, some themes, some periods. Empty lists and absent ends open all.
///
/// Published indicators are not about our children and stay open in every
/// theme; H3 cells do not follow the borders of places, so that a token for
/// some places opens none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scope {
    /// Identifiers of places, such as `district:220`.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub places: BTreeSet<String>,
    /// Themes, such as `child_marriage`.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub themes: BTreeSet<String>,
    /// First period, such as `2023`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Last period.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

impl Scope {
    /// Whether it opens the whole release.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        *self == Self::default()
    }

    /// Sixteen hexadecimal digits that tell scopes apart, empty for the whole
    /// release.
    pub(crate) fn fingerprint(&self) -> String {
        if self.is_everything() {
            return String::new();
        }
        let text = serde_json::to_vec(self).expect("a scope is lists of text");
        let hash: [u8; 32] = Sha256::digest(&text).into();
        hex(&hash[..8])
    }

    /// Whether a period lies within it.
    pub(crate) fn has_period(&self, period: &str) -> bool {
        // Periods of one kind sort as text: `2023` < `2024`, `2023Q4` < `2024Q1`.
        // The last year named holds all of its quarters.
        let after = self.from.as_deref().is_none_or(|from| period >= from);
        let before = self.until.as_deref().is_none_or(|until| {
            period <= until
                || period
                    .strip_prefix(until)
                    .is_some_and(|rest| !rest.is_empty())
        });
        after && before
    }

    /// Whether a theme lies within it.
    pub(crate) fn has_theme(&self, theme: &str) -> bool {
        self.themes.is_empty() || self.themes.contains(theme)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_without_limits_is_everything_and_has_no_fingerprint() {
        assert!(Scope::default().is_everything());
        assert_eq!(Scope::default().fingerprint(), "");
        let scope = Scope {
            places: ["district:1".to_owned()].into(),
            ..Scope::default()
        };
        assert_eq!(scope.fingerprint().len(), 16);
    }

    #[test]
    fn the_last_year_holds_its_quarters() {
        let scope = Scope {
            from: Some("2022".into()),
            until: Some("2023".into()),
            ..Scope::default()
        };
        for (period, inside) in [
            ("2021", false),
            ("2022", true),
            ("2023", true),
            ("2023Q4", true),
            ("2024", false),
        ] {
            assert_eq!(scope.has_period(period), inside, "{period}");
        }
    }
}
