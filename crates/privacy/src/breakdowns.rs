//! Which counts researchers see by class.

use serde::{Deserialize, Serialize};

use crate::PolicyError;
use crate::floor::{BelowFloor, rank};

/// Table of the policy.
const TABLE: &str = "breakdowns";

/// The finest level whose counts are broken down, whoever approves it: no
/// village is told by age, sex or kind of event.
const FINEST: &str = "block";

/// What counts of children are broken down by, for researchers alone.
///
/// A count is told for each class of one classification, such as girls and
/// boys, under the thresholds of the research audience; never for combinations
/// of two. All classes, units and sums between them are protected jointly.
///
/// ```
/// use safeground_privacy::BreakdownPolicy;
/// let text = r#"
/// by = ["sex", "age_band", "detection_mode", "method"]
/// levels = ["district", "block"]
/// "#;
/// let policy: BreakdownPolicy = toml::from_str(text).unwrap();
/// assert_eq!(policy, BreakdownPolicy::default());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BreakdownPolicy {
    /// Columns whose codes are the classes; none for no breakdown.
    pub by: Vec<String>,
    /// Levels of places: `district`, `subdistrict` and `block`, as far as
    /// researchers see them.
    pub levels: Vec<String>,
}

impl Default for BreakdownPolicy {
    /// The documented defaults.
    fn default() -> Self {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            by: names(&["sex", "age_band", "detection_mode", "method"]),
            levels: names(&["district", "block"]),
        }
    }
}

impl BreakdownPolicy {
    /// What is looser than the floor; no override allows any of it.
    ///
    /// # Errors
    /// [`PolicyError::Unknown`] for a level that there is not.
    pub(crate) fn compare(&self) -> Result<Vec<BelowFloor>, PolicyError> {
        let mut below = Vec::new();
        for level in &self.levels {
            let Some(found) = rank(level) else {
                return Err(PolicyError::Unknown {
                    table: TABLE,
                    key: "levels",
                    value: level.clone(),
                    expected: "district, subdistrict, block".to_owned(),
                });
            };
            if Some(found) > rank(FINEST) {
                below.push(BelowFloor {
                    table: TABLE,
                    key: "levels",
                    value: level.clone(),
                    floor: FINEST.to_owned(),
                    bedrock: (FINEST.to_owned(), true),
                });
            }
        }
        Ok(below)
    }

    /// Whether counts of a level are broken down. States are not: their classes
    /// would tie those of all districts to each other.
    #[must_use]
    pub fn divides(&self, level: &str) -> bool {
        self.levels.iter().any(|listed| listed == level) && rank(level) > rank("state")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Policy;

    #[test]
    fn no_village_is_broken_down_whoever_approves() {
        for level in ["village", "town"] {
            let mut policy = Policy::default();
            policy.breakdowns.levels.push(level.into());
            assert!(policy.check().is_err());
            assert!(policy.loosened().is_err());
        }
        let mut none = Policy::default();
        none.breakdowns.by.clear();
        assert!(none.check().is_ok());
    }

    #[test]
    fn districts_and_blocks_are_broken_down_and_states_are_not() {
        let mut policy = BreakdownPolicy::default();
        assert!(policy.divides("district") && policy.divides("block"));
        policy.levels.push("state".into());
        assert!(!policy.divides("state"));
    }
}
