//! Running attacks, and judging what came of them.

use std::time::Instant;

use serde::Serialize;

use crate::attack::{Attack, Control, Finding, Outcome};
use crate::world::World;

/// The verdict on one attack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It works, and the release withstood it.
    Passed,
    /// The release did not withstand it.
    Failed,
    /// It did not succeed where it must, so its failure means nothing.
    AttackDoesNotWork,
    /// It tried nothing, so its failure means nothing.
    NothingTried,
    /// It ended in an error.
    Error,
    /// There is nothing to attack yet. Not a pass.
    NoSurfaceYet,
}

impl Verdict {
    /// Words for people.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "FAILED",
            Self::AttackDoesNotWork => "attack does not work",
            Self::NothingTried => "nothing tried",
            Self::Error => "error",
            Self::NoSurfaceYet => "no surface yet",
        }
    }

    /// Whether the run as a whole must fail.
    #[must_use]
    pub fn is_failure(self) -> bool {
        !matches!(self, Self::Passed | Self::NoSurfaceYet)
    }
}

/// One attack with its outcomes.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    /// Number in the list of threats.
    pub number: u32,
    /// What is done.
    pub name: &'static str,
    /// When the product passes.
    pub passes_when: &'static str,
    /// What it was first seen to work on.
    pub control: &'static str,
    /// What came of it there.
    pub on_control: Option<Outcome>,
    /// What came of it on the release under test.
    pub on_release: Option<Outcome>,
    /// Verdict.
    pub verdict: Verdict,
    /// What went wrong, where something did.
    pub error: Option<String>,
    /// Seconds both took.
    pub seconds: f64,
}

/// A whole run.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Version of the program under test.
    pub version: String,
    /// Releases under test, by audience.
    pub releases: Vec<(String, String)>,
    /// Canary children planted.
    pub canaries: u64,
    /// Scale of the fictional state.
    pub scale: f64,
    /// Whether only the fast subset ran.
    pub fast: bool,
    /// Whether the side without protection is the very program under test.
    pub same_program: bool,
    /// One line per attack.
    pub lines: Vec<Line>,
}

impl Report {
    /// Whether anything failed.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.lines.is_empty() || self.lines.iter().any(|line| line.verdict.is_failure())
    }
}

/// The verdict on outcomes: of the control first, then of the release.
#[must_use]
pub fn judge(control: Option<&Outcome>, release: &Outcome) -> Verdict {
    if release.finding == Finding::NoSurface {
        return Verdict::NoSurfaceYet;
    }
    // A release that gave way has shown that the attack works.
    if release.finding == Finding::Broken {
        return Verdict::Failed;
    }
    match control {
        None => Verdict::AttackDoesNotWork,
        Some(control) if control.finding != Finding::Broken || control.tried == 0 => {
            Verdict::AttackDoesNotWork
        }
        Some(_) if release.tried == 0 => Verdict::NothingTried,
        Some(_) => Verdict::Passed,
    }
}

/// Runs attacks: each first against its control, then against the release.
pub fn attack_all(
    attacks: &[Box<dyn Attack>],
    unprotected: &World,
    release: &World,
    mut said: impl FnMut(&Line),
) -> Vec<Line> {
    attacks
        .iter()
        .map(|attack| {
            let line = attack_one(attack.as_ref(), unprotected, release);
            said(&line);
            line
        })
        .collect()
}

fn attack_one(attack: &dyn Attack, unprotected: &World, release: &World) -> Line {
    let start = Instant::now();
    let mut line = Line {
        number: attack.number(),
        name: attack.name(),
        passes_when: attack.passes_when(),
        control: match attack.control() {
            Control::Unprotected => "a release without protection",
            Control::Planted(_) => "a leak planted in what is read",
            Control::NoSurface => "none",
        },
        on_control: None,
        on_release: None,
        verdict: Verdict::Error,
        error: None,
        seconds: 0.0,
    };
    let control = match attack.control() {
        Control::Unprotected => attack.run(unprotected).map(Some),
        Control::Planted(run) => run(release).map(Some),
        Control::NoSurface => Ok(None),
    };
    match control.and_then(|control| Ok((control, attack.run(release)?))) {
        Ok((control, outcome)) => {
            line.verdict = judge(control.as_ref(), &outcome);
            line.on_control = control;
            line.on_release = Some(outcome);
        }
        Err(error) => line.error = Some(format!("{error:#}")),
    }
    line.seconds = start.elapsed().as_secs_f64();
    line
}
