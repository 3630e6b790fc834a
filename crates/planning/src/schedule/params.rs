//! How hard the search tries.

use std::time::Duration;

use crate::PlanningError;

/// Checked parameters of the search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScheduleParams {
    rounds: usize,
    seed: u64,
    time: Option<Duration>,
}

impl ScheduleParams {
    /// Rounds of ruin and recreate for each team, a seed, and an optional limit
    /// of time. Without the limit the schedule is the same on every machine;
    /// [`super::Schedule::ended`] tells when a limit was met.
    ///
    /// # Errors
    /// [`PlanningError::Parameter`] for a limit of no time at all.
    pub fn new(rounds: usize, seed: u64, time: Option<Duration>) -> Result<Self, PlanningError> {
        if let Some(limit) = time {
            crate::error::check_positive("time limit in seconds", limit.as_secs_f64())?;
        }
        Ok(Self { rounds, seed, time })
    }

    pub(super) fn rounds(self) -> usize {
        self.rounds
    }

    pub(super) fn seed(self) -> u64 {
        self.seed
    }

    pub(super) fn time(self) -> Option<Duration> {
        self.time
    }
}

impl Default for ScheduleParams {
    /// 4,000 rounds, seed 0, no limit of time.
    fn default() -> Self {
        Self {
            rounds: 4_000,
            seed: 0,
            time: None,
        }
    }
}
