//! How a policy writes its noise down.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Allocation, ContributionBound, Epsilon, NoiseError};

/// The noise of the public release, as `policy.toml` gives it.
///
/// ```
/// use safeground_privacy::noise::NoisePolicy;
/// let text = r#"
/// draws_per_year = 1
/// contribution_bound = 1
/// [shares]
/// district = "0.2"
/// h3_r5 = "0.7"
/// "#;
/// let policy: NoisePolicy = toml::from_str(text).unwrap();
/// assert_eq!(policy, NoisePolicy::default());
/// assert_eq!(policy.allocation().unwrap().epsilon_of_draw().to_string(), "0.9");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoisePolicy {
    /// Draws a year may hold; each may spend 1/n of the year's ε of 1.
    pub draws_per_year: u32,
    /// The most (theme, period) pairs a child is counted under in one draw.
    pub contribution_bound: u32,
    /// ε of one draw by stratum, as decimal text. Layers that are not listed
    /// are sums of finer ones.
    #[schemars(with = "BTreeMap<String, String>")]
    pub shares: BTreeMap<String, Epsilon>,
}

impl Default for NoisePolicy {
    /// One draw a year, a bound of 1, and [`Allocation::public`]'s shares.
    fn default() -> Self {
        let share =
            |millionths| Epsilon::from_millionths(millionths).expect("a share between 0 and 1000");
        Self {
            draws_per_year: 1,
            contribution_bound: 1,
            shares: BTreeMap::from([
                ("district".to_owned(), share(200_000)),
                ("h3_r5".to_owned(), share(700_000)),
            ]),
        }
    }
}

impl NoisePolicy {
    /// The allocation, if it stays within ε = 1 per child and year.
    ///
    /// # Errors
    /// As [`Allocation::new`] and [`ContributionBound::new`].
    pub fn allocation(&self) -> Result<Allocation, NoiseError> {
        let bound = ContributionBound::new(self.contribution_bound)?;
        Allocation::new(self.shares.clone(), self.draws_per_year, bound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_the_public_allocation() {
        let bound = ContributionBound::new(1).unwrap();
        let public = Allocation::public(1, bound).unwrap();
        assert_eq!(NoisePolicy::default().allocation().unwrap(), public);
    }

    #[test]
    fn a_policy_that_spends_more_than_the_year_is_refused() {
        let twice = NoisePolicy {
            draws_per_year: 2,
            ..NoisePolicy::default()
        };
        assert!(matches!(
            twice.allocation(),
            Err(NoiseError::OverAllocated { .. })
        ));
        let unbounded = NoisePolicy {
            contribution_bound: 0,
            ..NoisePolicy::default()
        };
        assert!(unbounded.allocation().is_err());
    }
}
