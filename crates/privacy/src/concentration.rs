//! What a count that is large enough may still tell: the rules on how it is
//! made up.

use serde::{Deserialize, Serialize};

use crate::PolicyError;
use crate::floor::{BelowFloor, rank};
use crate::suppression::{DominanceRule, SuppressionError, SuppressionRules};

/// Setting of the share of one kind of harm.
const HOMOGENEITY: &str = "homogeneity_percent";

/// Setting of the widest places whose share of one kind of harm is looked at.
const WIDEST: &str = "homogeneity_widest_level";

/// The narrowest that two stewards may set [`WIDEST`] to: all places within
/// districts, whose people may know of each other.
const WIDEST_AT_LEAST: &str = "subdistrict";

/// Setting of the share of one source.
const LARGEST_SOURCE: &str = "largest_source_percent";

/// Setting of the kinds of harm.
const THEMES: &str = "sensitive_themes";

/// How a visible count may be made up, for all audiences alike.
///
/// - **Homogeneity.** Whoever knows that a child is recorded in a place learns
///   what was done to it where nearly all recorded there suffered the same.
///   Themes are the categories of that classification.
/// - **Dominance.** A partner behind nearly all of a count knows how few the
///   others have; so does whoever was at a raid that found nearly all of them.
///
/// ```
/// use safeground_privacy::ConcentrationPolicy;
/// let text = r#"
/// sensitive_themes = ["trafficking", "child_labour", "sexual_abuse",
///                     "child_marriage", "online_abuse", "missing"]
/// homogeneity_percent = 90
/// homogeneity_widest_level = "state"
/// largest_source_percent = 90
/// "#;
/// let policy: ConcentrationPolicy = toml::from_str(text).unwrap();
/// assert_eq!(policy, ConcentrationPolicy::default());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConcentrationPolicy {
    /// Themes that are what was done to a child. More may be named; of a share
    /// such as `welfare_gap` the part is held against its whole.
    pub sensitive_themes: Vec<String>,
    /// A place where one of them makes up this share of all, in per cent, shows
    /// none of them. From 51 to 90.
    pub homogeneity_percent: u8,
    /// Widest level of places that the share is looked at in; `state`, which is
    /// all of them, where absent. Two stewards may set it to `district` or
    /// `subdistrict` for a lake in which one kind of harm is nearly all there
    /// is.
    #[serde(default = "all_levels")]
    pub homogeneity_widest_level: String,
    /// Largest share of one partner or one event in a visible count, in per
    /// cent. From 50 to 90.
    pub largest_source_percent: u8,
}

/// The level that no place is wider than.
fn all_levels() -> String {
    "state".to_owned()
}

impl Default for ConcentrationPolicy {
    /// The documented defaults; they are also the floor.
    fn default() -> Self {
        Self {
            sensitive_themes: [
                "trafficking",
                "child_labour",
                "sexual_abuse",
                "child_marriage",
                "online_abuse",
                "missing",
            ]
            .map(str::to_owned)
            .to_vec(),
            homogeneity_percent: 90,
            homogeneity_widest_level: all_levels(),
            largest_source_percent: 90,
        }
    }
}

impl ConcentrationPolicy {
    /// What is looser than the floor, as two stewards may allow: the widest
    /// level alone. No override loosens the rest, which withholds little, and
    /// what it withholds tells of known children.
    ///
    /// # Errors
    /// [`PolicyError::Concentration`] with the setting, its value and what is
    /// allowed.
    pub(crate) fn compare(&self) -> Result<Vec<BelowFloor>, PolicyError> {
        let refused = |key, value: String, expected: &str| {
            Err(PolicyError::Concentration {
                key,
                value,
                expected: expected.to_owned(),
            })
        };
        for theme in Self::default().sensitive_themes {
            if !self.sensitive_themes.contains(&theme) {
                let value = self.sensitive_themes.join(", ");
                return refused(THEMES, value, &format!("a list that holds {theme}"));
            }
        }
        if !(51..=90).contains(&self.homogeneity_percent) {
            let value = self.homogeneity_percent.to_string();
            return refused(HOMOGENEITY, value, "51 to 90");
        }
        if !(50..=90).contains(&self.largest_source_percent) {
            let value = self.largest_source_percent.to_string();
            return refused(LARGEST_SOURCE, value, "50 to 90");
        }
        let widest = &self.homogeneity_widest_level;
        match rank(widest) {
            None => refused(WIDEST, widest.clone(), "state, district or subdistrict"),
            Some(0) => Ok(Vec::new()),
            narrowed => Ok(vec![BelowFloor {
                table: "concentration",
                key: WIDEST,
                value: widest.clone(),
                floor: all_levels(),
                bedrock: (WIDEST_AT_LEAST.to_owned(), narrowed > rank(WIDEST_AT_LEAST)),
            }]),
        }
    }

    /// Whether the share of one kind of harm is looked at in places of a
    /// level.
    #[must_use]
    pub fn looks_at(&self, level: &str) -> bool {
        rank(level) >= rank(&self.homogeneity_widest_level)
    }

    /// Whether a theme is what was done to a child.
    #[must_use]
    pub fn is_sensitive(&self, theme: &str) -> bool {
        self.sensitive_themes.iter().any(|named| named == theme)
    }

    /// Share from which a place is homogeneous.
    #[must_use]
    pub fn homogeneity(&self) -> f64 {
        f64::from(self.homogeneity_percent) / 100.0
    }

    /// Rules of suppression with these added.
    ///
    /// # Errors
    /// [`SuppressionError::Parameter`] for shares outside what a policy may
    /// name.
    pub fn added_to(&self, rules: SuppressionRules) -> Result<SuppressionRules, SuppressionError> {
        rules
            .with_homogeneity(self.homogeneity())?
            .with_dominance(DominanceRule::Largest {
                contributors: 1,
                percent: f64::from(self.largest_source_percent),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Policy;

    #[test]
    fn neither_rule_can_be_loosened_nor_a_kind_of_harm_left_out() {
        type Change = fn(&mut ConcentrationPolicy);
        let never: [Change; 6] = [
            |c| c.homogeneity_percent = 91,
            |c| c.homogeneity_percent = 50,
            |c| c.largest_source_percent = 91,
            |c| c.largest_source_percent = 0,
            |c| drop(c.sensitive_themes.remove(2)),
            |c| c.homogeneity_widest_level = "town".into(),
        ];
        for change in never {
            let mut policy = Policy::default();
            change(&mut policy.concentration);
            for error in [policy.check().err(), policy.loosened().err()] {
                assert!(
                    matches!(error, Some(PolicyError::Concentration { .. })),
                    "{error:?}"
                );
            }
        }
        let mut stricter = Policy::default();
        stricter.concentration.homogeneity_percent = 80;
        stricter.concentration.largest_source_percent = 70;
        let themes = &mut stricter.concentration.sensitive_themes;
        themes.push("welfare_gap".into());
        assert!(stricter.check().is_ok());
    }

    #[test]
    fn two_stewards_may_leave_out_districts_and_states_and_nothing_finer() {
        let narrowed = |level: &str| {
            let mut policy = Policy::default();
            policy.concentration.homogeneity_widest_level = level.into();
            policy
        };
        for level in ["district", "subdistrict"] {
            let policy = narrowed(level);
            assert!(matches!(
                policy.check(),
                Err(PolicyError::BelowFloor { .. })
            ));
            let loosened = policy.loosened().unwrap();
            let named: Vec<String> = loosened.iter().map(ToString::to_string).collect();
            let expected =
                format!("concentration.homogeneity_widest_level = {level} (floor state)");
            assert_eq!(named, [expected]);
            assert!(!policy.concentration.looks_at("state"));
            assert!(policy.concentration.looks_at("subdistrict"));
        }
        for level in ["block", "village"] {
            let refused = narrowed(level).loosened();
            assert!(matches!(refused, Err(PolicyError::NeverLoosened { .. })));
        }
        let all = ConcentrationPolicy::default();
        assert!(["state", "district", "village"].map(|level| all.looks_at(level)) == [true; 3]);
        assert!(!narrowed("district").concentration.looks_at("state"));
        assert!(narrowed("district").concentration.looks_at("district"));
    }

    #[test]
    fn a_policy_that_does_not_speak_of_it_has_the_defaults() {
        let text = Policy::default().to_toml();
        let (before, _) = text.split_once("[concentration]").unwrap();
        assert_eq!(Policy::from_toml(before).unwrap(), Policy::default());
    }

    #[test]
    fn the_rules_of_suppression_take_the_settings() {
        let rules = SuppressionRules::new(&Policy::default().research);
        let rules = ConcentrationPolicy::default().added_to(rules).unwrap();
        assert!((rules.homogeneity() - 0.9).abs() < 1e-12);
        assert!(matches!(
            rules.dominance(),
            Some(DominanceRule::Largest { contributors: 1, percent }) if percent == 90.0
        ));
    }
}
