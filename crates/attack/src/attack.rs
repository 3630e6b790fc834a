//! What an attack is, and what comes of one.

use crate::world::World;

/// One attack. The next file and one line in the registry add another.
pub trait Attack {
    /// Number in the list of threats.
    fn number(&self) -> u32;

    /// What is done, in a few words.
    fn name(&self) -> &'static str;

    /// When the product passes, in words.
    fn passes_when(&self) -> &'static str;

    /// Against what it must succeed to count.
    fn control(&self) -> Control;

    /// Attacks a world.
    ///
    /// # Errors
    /// Only where the world cannot be read. That an attack fails is an
    /// outcome.
    fn run(&self, world: &World) -> anyhow::Result<Outcome>;
}

/// Against what an attack must succeed before its failure means anything.
pub enum Control {
    /// The world that was released without protection.
    Unprotected,
    /// A leak that the attack itself plants in a copy of what it reads, where
    /// even an unprotected release should not have it.
    Planted(fn(&World) -> anyhow::Result<Outcome>),
    /// There is nothing to attack yet.
    NoSurface,
}

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// The adversary learned no more than allowed.
    Held,
    /// The adversary learned more.
    Broken,
    /// There is nothing to attack yet.
    NoSurface,
}

/// What came of an attack on one world.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Outcome {
    /// How often it was tried: guesses, cells, requests.
    pub tried: u64,
    /// How often it gave the adversary something.
    pub succeeded: u64,
    /// What is compared with the bound: an accuracy, an area, a count.
    pub measured: f64,
    /// The most that is allowed.
    pub bound: f64,
    /// What `measured` and `bound` are.
    pub measure: &'static str,
    /// What was found.
    pub finding: Finding,
    /// Figures that explain it. Never a canary's place.
    pub detail: Vec<String>,
}

impl Outcome {
    /// An attack of which no success is allowed.
    #[must_use]
    pub fn none_allowed(tried: u64, succeeded: u64, measure: &'static str) -> Self {
        Self::at_most(tried, succeeded, succeeded as f64, 0.0, measure)
    }

    /// An attack whose measure may reach a bound.
    #[must_use]
    pub fn at_most(
        tried: u64,
        succeeded: u64,
        measured: f64,
        bound: f64,
        measure: &'static str,
    ) -> Self {
        // A measure that is no number is no proof of safety.
        let held = measured <= bound;
        Self {
            tried,
            succeeded,
            measured,
            bound,
            measure,
            finding: if held { Finding::Held } else { Finding::Broken },
            detail: Vec::new(),
        }
    }

    /// There is nothing to attack yet.
    #[must_use]
    pub fn no_surface(why: &str) -> Self {
        Self {
            tried: 0,
            succeeded: 0,
            measured: 0.0,
            bound: 0.0,
            measure: "",
            finding: Finding::NoSurface,
            detail: vec![why.to_owned()],
        }
    }

    /// The same with one more line of detail.
    #[must_use]
    pub fn note(mut self, line: impl Into<String>) -> Self {
        self.detail.push(line.into());
        self
    }

    /// Both together: broken if either is, nothing tried if either tried
    /// nothing. The measure is that of the broken one, else of the one nearer
    /// its bound.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let excess = |o: &Self| match o.finding {
            Finding::Broken => f64::INFINITY,
            _ => o.measured - o.bound,
        };
        let (main, tried) = (excess(&self) >= excess(&other), [self.tried, other.tried]);
        let succeeded = self.succeeded + other.succeeded;
        let mut detail = self.detail.clone();
        detail.extend(other.detail.iter().cloned());
        let main = if main { self } else { other };
        Self {
            tried: if tried.contains(&0) {
                0
            } else {
                tried.iter().sum()
            },
            succeeded,
            detail,
            ..main
        }
    }

    /// Both parts of a control together: broken only if both are, since each
    /// part of an attack must be seen to work.
    #[must_use]
    pub fn both(self, other: Self) -> Self {
        let held = |one: &Self| one.finding != Finding::Broken || one.tried == 0;
        let main = if held(&self) || !held(&other) {
            self.clone()
        } else {
            other.clone()
        };
        let mut detail = self.detail;
        detail.extend(other.detail);
        Self {
            tried: if main.tried == 0 {
                0
            } else {
                self.tried + other.tried
            },
            succeeded: self.succeeded + other.succeeded,
            detail,
            ..main
        }
    }
}
