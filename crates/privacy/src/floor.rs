//! The floor under every policy, and the bedrock under overrides.

use std::fmt;

use crate::{Audience, AudiencePolicy, PolicyError};

/// Levels of places, widest first. Ward and habitation are never released.
const LEVELS: [&str; 5] = ["state", "district", "subdistrict", "block", "village"];

/// The least that two stewards together may set a threshold to.
///
/// - `k`, 5: bands begin there, and no interval of a withheld count is
///   narrower.
/// - `min_events`, 2: one event is one family or one raid, and whoever was
///   there knows its children.
/// - `min_partners`, 1: a lake of one organisation holds no second.
/// - `min_population`, half the floor.
const BEDROCK: [(&str, [u64; 3]); 4] = [
    ("k", [5, 5, 5]),
    ("min_events", [2, 2, 2]),
    ("min_partners", [1, 1, 1]),
    ("min_population", [10_000, 500, 500]),
];

/// A rule of the floor that a policy loosens, as two stewards may allow.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Loosened {
    /// Setting, such as `planning.min_partners`.
    pub setting: String,
    /// Its value in the policy.
    pub value: String,
    /// Its value in the floor.
    pub floor: String,
}

impl fmt::Display for Loosened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} = {} (floor {})",
            self.setting, self.value, self.floor
        )
    }
}

/// A setting below the floor.
#[derive(Debug)]
pub(crate) struct BelowFloor {
    /// Table of the policy, such as an audience.
    pub(crate) table: &'static str,
    pub(crate) key: &'static str,
    pub(crate) value: String,
    pub(crate) floor: String,
    /// Loosest value that an override may allow, and whether this value is
    /// looser still.
    pub(crate) bedrock: (String, bool),
}

impl BelowFloor {
    /// Why a policy without an override is refused.
    pub(crate) fn refused(self) -> PolicyError {
        PolicyError::BelowFloor {
            table: self.table,
            key: self.key,
            value: self.value,
            floor: self.floor,
        }
    }

    /// The rule that is loosened, if an override may loosen it that far.
    pub(crate) fn loosened(self) -> Result<Loosened, PolicyError> {
        let (bedrock, looser) = self.bedrock;
        if looser {
            return Err(PolicyError::NeverLoosened {
                table: self.table,
                key: self.key,
                value: self.value,
                bedrock,
            });
        }
        Ok(Loosened {
            setting: format!("{}.{}", self.table, self.key),
            value: self.value,
            floor: self.floor,
        })
    }
}

pub(crate) fn rank(level: &str) -> Option<usize> {
    LEVELS.iter().position(|known| *known == level)
}

/// What of an audience's policy is looser than the floor.
///
/// # Errors
/// What is wrong with it in itself: unknown levels, overlapping ones.
pub(crate) fn compare(
    audience: Audience,
    policy: &AudiencePolicy,
    floor: &AudiencePolicy,
) -> Result<Vec<BelowFloor>, PolicyError> {
    let mut below = Vec::new();
    let table = audience.as_str();
    // What is of another kind than the floor can never be allowed.
    let mut never = |key, value: String, floor: String| {
        let bedrock = (floor.clone(), true);
        below.push(BelowFloor {
            table,
            key,
            value,
            floor,
            bedrock,
        });
    };
    let known = |key, level: &str| {
        rank(level).ok_or_else(|| PolicyError::Unknown {
            table,
            key,
            value: level.to_owned(),
            expected: LEVELS.join(", "),
        })
    };
    let finest_floor = floor.levels.iter().filter_map(|level| rank(level)).max();
    for level in &policy.levels {
        if Some(known("levels", level)?) > finest_floor {
            never("levels", level.clone(), floor.levels.join(", "));
        }
    }
    let abuse = &policy.sexual_abuse_finest_level;
    if Some(known("sexual_abuse_finest_level", abuse)?) > rank(&floor.sexual_abuse_finest_level) {
        let floor = floor.sexual_abuse_finest_level.clone();
        never("sexual_abuse_finest_level", abuse.clone(), floor);
    }
    let finest_cell = floor.h3_resolutions.iter().max().copied();
    for resolution in &policy.h3_resolutions {
        if Some(*resolution) > finest_cell {
            let floor = finest_cell.map(|cell| cell.to_string()).unwrap_or_default();
            never("h3_resolutions", resolution.to_string(), floor);
        }
    }
    if policy.counts > floor.counts {
        let (value, floor) = (policy.counts.as_str(), floor.counts.as_str());
        never("counts", value.into(), floor.into());
    }
    if policy.period < floor.period {
        never("period", "quarter".into(), "year".into());
    }
    let has = |level: &str| policy.levels.iter().any(|listed| listed == level);
    if has("subdistrict") && has("block") {
        return Err(PolicyError::Overlapping {
            audience: audience.as_str(),
        });
    }
    let thresholds =
        |of: &AudiencePolicy| [of.k, of.min_events, of.min_partners, of.min_population];
    let column = match audience {
        Audience::Public => 0,
        Audience::Research => 1,
        Audience::Planning => 2,
    };
    let values = thresholds(policy).into_iter().zip(thresholds(floor));
    for ((value, floor), (key, bedrock)) in values.zip(BEDROCK) {
        if value < floor {
            below.push(BelowFloor {
                table,
                key,
                value: value.to_string(),
                floor: floor.to_string(),
                bedrock: (bedrock[column].to_string(), value < bedrock[column]),
            });
        }
    }
    Ok(below)
}

#[cfg(test)]
mod tests {
    use crate::{CalendarPeriod, CountsShown, Policy, PolicyError};

    type Change = fn(&mut Policy);

    fn changed(change: Change) -> Policy {
        let mut policy = Policy::default();
        change(&mut policy);
        policy
    }

    #[test]
    fn an_override_may_lower_thresholds_and_names_each_that_it_lowers() {
        let policy = changed(|p| {
            p.planning.min_partners = 1;
            p.research.k = 5;
            p.public.min_population = 10_000;
            p.public.k = 20;
        });
        let loosened = policy.loosened().unwrap();
        let rules: Vec<String> = loosened.iter().map(ToString::to_string).collect();
        assert_eq!(
            rules,
            [
                "public.min_population = 10000 (floor 20000)",
                "research.k = 5 (floor 11)",
                "planning.min_partners = 1 (floor 2)",
            ]
        );
        assert!(policy.check().is_err(), "not without an override");
        assert!(Policy::default().loosened().unwrap().is_empty());
        let text = policy.to_toml();
        assert!(Policy::from_toml(&text).is_err());
        assert_eq!(Policy::from_toml_with_override(&text).unwrap(), policy);
    }

    #[test]
    fn what_no_override_allows_is_refused_whoever_approves() {
        let never: [Change; 14] = [
            |p| p.research.k = 4,
            |p| p.planning.k = 4,
            |p| p.public.k = 1,
            |p| p.planning.min_events = 1,
            |p| p.research.min_partners = 0,
            |p| p.planning.min_population = 499,
            |p| p.public.min_population = 9_999,
            |p| p.public.sexual_abuse_finest_level = "block".into(),
            |p| p.planning.sexual_abuse_finest_level = "village".into(),
            |p| p.public.levels.push("block".into()),
            |p| p.research.h3_resolutions.push(6),
            |p| p.public.counts = CountsShown::Bands,
            |p| p.planning.counts = CountsShown::Exact,
            |p| p.planning.period = CalendarPeriod::Quarter,
        ];
        for change in never {
            let error = changed(change).loosened().unwrap_err();
            assert!(
                matches!(error, PolicyError::NeverLoosened { .. }),
                "{error}"
            );
        }
        // The budget of a child and year is no threshold.
        let spent = changed(|p| p.noise.draws_per_year = 2).loosened();
        assert!(matches!(spent, Err(PolicyError::Noise(_))));
    }
}
