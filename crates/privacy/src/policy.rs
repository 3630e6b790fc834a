//! The policy: what each audience may see, and the floor under it.

use serde::{Deserialize, Serialize};

use crate::floor::{self, BelowFloor, rank};
use crate::noise::{Epsilon, NoisePolicy};
use crate::query::QueryPolicy;
use crate::{Audience, BreakdownPolicy, ConcentrationPolicy, Loosened, PolicyError};

/// Version of the policy's shape.
const VERSION: u32 = 2;

/// Length of a period of counting.
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
pub enum CalendarPeriod {
    /// Calendar quarter.
    Quarter,
    /// Calendar year.
    Year,
}

/// How the counts of places are shown to an audience, the strictest first.
/// Counts of H3 cells always carry noise: cells overlap places, and two exact
/// geographies would tell what lies between them.
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
pub enum CountsShown {
    /// With the noise of the one public draw.
    Noise,
    /// As bands, protected jointly.
    Bands,
    /// As they are, protected jointly.
    Exact,
}

impl CountsShown {
    /// Its code.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Noise => "noise",
            Self::Bands => "bands",
            Self::Exact => "exact",
        }
    }
}

/// What one audience may see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AudiencePolicy {
    /// Levels of places that are released.
    pub levels: Vec<String>,
    /// Finest level at which sexual-abuse counts are released.
    pub sexual_abuse_finest_level: String,
    /// H3 resolutions that are released, coarsest first, all of the public
    /// draw.
    pub h3_resolutions: Vec<u8>,
    /// How counts of places are shown.
    pub counts: CountsShown,
    /// Threshold: least number of distinct children behind a visible count.
    pub k: u64,
    /// Least number of distinct events behind a visible count.
    pub min_events: u64,
    /// Least number of distinct partners behind a visible count.
    pub min_partners: u64,
    /// Least inhabitants of a place with a visible count; smaller ones are
    /// seen at their parent only.
    pub min_population: u64,
    /// Periods of counting.
    pub period: CalendarPeriod,
}

impl AudiencePolicy {
    /// Whether counts of this level may be released, for themes other than
    /// sexual abuse if `sexual_abuse` is false.
    #[must_use]
    pub fn allows_level(&self, level: &str, sexual_abuse: bool) -> bool {
        let listed = self.levels.iter().any(|allowed| allowed == level);
        let fine_enough = match (rank(level), rank(&self.sexual_abuse_finest_level)) {
            (Some(level), Some(finest)) => !sexual_abuse || level <= finest,
            _ => false,
        };
        listed && fine_enough
    }
}

/// Disclosure policy of a lake, version 2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Version of this shape; 2.
    pub version: u32,
    /// Days after the end of a period before it is released. A period is
    /// released once, as it then stands: what comes in later is not told, since
    /// the difference would be a small number.
    pub settling_days: u32,
    /// What anyone may see.
    pub public: AudiencePolicy,
    /// What researchers with a token may see.
    pub research: AudiencePolicy,
    /// What planners with a token may see.
    pub planning: AudiencePolicy,
    /// The noise of the public draw.
    pub noise: NoisePolicy,
    /// What researchers' questions with noise may spend.
    pub questions: QueryPolicy,
    /// How a visible count may be made up; the defaults where absent.
    #[serde(default)]
    pub concentration: ConcentrationPolicy,
    /// What researchers see by class; the defaults where absent.
    #[serde(default)]
    pub breakdowns: BreakdownPolicy,
}

impl Default for Policy {
    /// The documented defaults; they are also the floor.
    fn default() -> Self {
        let levels = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            version: VERSION,
            settling_days: 60,
            public: AudiencePolicy {
                levels: levels(&["state", "district"]),
                sexual_abuse_finest_level: "district".into(),
                h3_resolutions: vec![3, 4, 5],
                counts: CountsShown::Noise,
                k: 11,
                min_events: 3,
                min_partners: 1,
                min_population: 20_000,
                period: CalendarPeriod::Year,
            },
            research: AudiencePolicy {
                levels: levels(&["state", "district", "block"]),
                sexual_abuse_finest_level: "district".into(),
                h3_resolutions: vec![3, 4, 5],
                counts: CountsShown::Exact,
                k: 11,
                min_events: 3,
                min_partners: 2,
                min_population: 1_000,
                period: CalendarPeriod::Year,
            },
            planning: AudiencePolicy {
                levels: levels(&["state", "district", "block", "village"]),
                sexual_abuse_finest_level: "district".into(),
                h3_resolutions: vec![3, 4, 5],
                counts: CountsShown::Bands,
                k: 5,
                min_events: 3,
                min_partners: 2,
                min_population: 1_000,
                period: CalendarPeriod::Year,
            },
            noise: NoisePolicy::default(),
            questions: QueryPolicy::default(),
            concentration: ConcentrationPolicy::default(),
            breakdowns: BreakdownPolicy::default(),
        }
    }
}

impl Policy {
    /// Reads a policy from TOML text and checks it against the floor.
    ///
    /// # Errors
    /// [`PolicyError`] naming the setting, its value and what is allowed.
    pub fn from_toml(text: &str) -> Result<Self, PolicyError> {
        let policy: Self =
            toml::from_str(text).map_err(|error| PolicyError::Syntax(error.to_string()))?;
        policy.check()?;
        Ok(policy)
    }

    /// Canonical TOML text: the same policy always gives the same bytes.
    #[must_use]
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("a policy holds only tables, texts, numbers and lists")
    }

    /// JSON Schema of policy files.
    #[must_use]
    pub fn json_schema() -> schemars::Schema {
        schemars::schema_for!(Self)
    }

    /// What all public draws of a year may spend: what questions leave of 1.
    #[must_use]
    pub fn draws_cap(&self) -> Epsilon {
        Epsilon::ONE
            .minus(self.questions.yearly_epsilon)
            .unwrap_or(Epsilon::ZERO)
    }

    /// What an audience may see.
    #[must_use]
    pub fn audience(&self, audience: Audience) -> &AudiencePolicy {
        match audience {
            Audience::Public => &self.public,
            Audience::Research => &self.research,
            Audience::Planning => &self.planning,
        }
    }

    /// Reads a policy from TOML text that may be looser than the floor: what an
    /// override can allow, and nothing beyond.
    ///
    /// # Errors
    /// As [`Policy::loosened`].
    pub fn from_toml_with_override(text: &str) -> Result<Self, PolicyError> {
        let policy: Self =
            toml::from_str(text).map_err(|error| PolicyError::Syntax(error.to_string()))?;
        policy.loosened()?;
        Ok(policy)
    }

    /// Checks every setting against the floor, which is the default policy.
    ///
    /// # Errors
    /// The first setting that is looser than the floor or not known.
    pub fn check(&self) -> Result<(), PolicyError> {
        let below = self.below_floor()?;
        below
            .into_iter()
            .next()
            .map_or(Ok(()), |below| Err(below.refused()))
    }

    /// The rules of the floor that this policy loosens, in the order of
    /// audiences and settings; none of a policy that holds by itself.
    ///
    /// Only thresholds can be loosened, and no further than a bedrock: no count
    /// below 5 for anybody, no count behind which there is one event. Levels,
    /// sexual abuse by district or wider, noise for the public, bands for
    /// planners, whole years and the budget of epsilon cannot, whoever approves
    /// it: the promises that all other counts rest on are made of them.
    ///
    /// # Errors
    /// [`PolicyError::NeverLoosened`] where a setting is looser than an
    /// override may allow, and what is wrong with a policy in itself.
    pub fn loosened(&self) -> Result<Vec<Loosened>, PolicyError> {
        let below = self.below_floor()?;
        below.into_iter().map(BelowFloor::loosened).collect()
    }

    fn below_floor(&self) -> Result<Vec<BelowFloor>, PolicyError> {
        if self.version != VERSION {
            return Err(PolicyError::Version(self.version));
        }
        let floor = Self::default();
        let mut below = Vec::new();
        for audience in Audience::ALL {
            let (own, of_floor) = (self.audience(audience), floor.audience(audience));
            below.extend(floor::compare(audience, own, of_floor)?);
        }
        below.extend(self.concentration.compare()?);
        below.extend(self.breakdowns.compare()?);
        let allocation = self
            .noise
            .allocation()
            .map_err(|error| PolicyError::Noise(error.to_string()))?;
        self.questions
            .check()
            .map_err(|error| PolicyError::Noise(error.to_string()))?;
        let draw = allocation.epsilon_of_draw().millionths();
        let draws = draw * u64::from(allocation.draws_per_year());
        let all = draws + self.questions.yearly_epsilon.millionths();
        if all > Epsilon::ONE.millionths() {
            return Err(PolicyError::Noise(format!(
                "draws and questions of a year together ask for epsilon {}, a child and year has \
                 1; lower the shares or questions.yearly_epsilon",
                all as f64 / Epsilon::ONE.millionths() as f64
            )));
        }
        Ok(below)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_policy_reads_back_as_written() {
        let policy = Policy::default();
        assert_eq!(Policy::from_toml(&policy.to_toml()).unwrap(), policy);
    }

    #[test]
    fn a_policy_looser_than_the_floor_is_refused_with_key_value_and_floor() {
        let loosen: [fn(&mut Policy); 7] = [
            |p| p.public.k = 10,
            |p| p.public.levels.push("block".into()),
            |p| p.planning.min_partners = 1,
            |p| p.research.h3_resolutions.push(6),
            |p| p.public.period = CalendarPeriod::Quarter,
            |p| p.planning.counts = CountsShown::Exact,
            |p| p.planning.min_population = 0,
        ];
        for change in loosen {
            let mut policy = Policy::default();
            change(&mut policy);
            let error = policy.check().unwrap_err();
            assert!(matches!(error, PolicyError::BelowFloor { .. }), "{error}");
        }
    }

    #[test]
    fn more_noise_budget_than_a_year_has_and_overlapping_levels_are_refused() {
        let mut policy = Policy::default();
        policy.noise.draws_per_year = 2;
        assert!(matches!(policy.check(), Err(PolicyError::Noise(_))));
        let mut policy = Policy::default();
        policy.questions.yearly_epsilon = "0.11".parse().unwrap();
        assert!(matches!(policy.check(), Err(PolicyError::Noise(_))));
        let mut policy = Policy::default();
        policy.planning.levels.push("subdistrict".into());
        assert!(matches!(
            policy.check(),
            Err(PolicyError::Overlapping { .. })
        ));
    }

    #[test]
    fn a_stricter_policy_is_accepted() {
        let mut policy = Policy::default();
        policy.public.k = 20;
        policy.research.counts = CountsShown::Bands;
        assert!(policy.check().is_ok());
    }

    #[test]
    fn sexual_abuse_is_never_finer_than_its_level() {
        let policy = Policy::default();
        assert!(policy.planning.allows_level("village", false));
        assert!(!policy.planning.allows_level("village", true));
        assert!(policy.planning.allows_level("district", true));
        assert!(!policy.public.allows_level("habitation", false));
    }

    #[test]
    fn the_page_for_stewards_says_what_the_default_policy_does() {
        let policy = Policy::default();
        for page in [
            include_str!("../STEWARDS.md"),
            include_str!("../STEWARDS.hi.md"),
        ] {
            let says = |text: String| assert!(page.contains(&text), "{text}");
            says(policy.settling_days.to_string());
            says(policy.public.k.to_string());
            says(thousands(policy.public.min_population));
            says(thousands(policy.planning.min_population));
            for band in crate::suppression::PLANNING_BANDS {
                match band.high {
                    Some(high) => says(format!("{}–{high}", band.low)),
                    None => says(band.low.to_string()),
                }
            }
        }
        assert_eq!(
            crate::noise::event_cap(policy.public.k, policy.public.min_events),
            5
        );
        let all = [&policy.public, &policy.research, &policy.planning];
        assert!(all.iter().all(|of| of.period == CalendarPeriod::Year));
    }

    fn thousands(number: u64) -> String {
        format!("{},{:03}", number / 1_000, number % 1_000)
    }

    #[test]
    fn an_unknown_key_is_refused() {
        let text = Policy::default().to_toml() + "\n[planing]\nk = 1\n";
        assert!(Policy::from_toml(&text).is_err());
    }
}
