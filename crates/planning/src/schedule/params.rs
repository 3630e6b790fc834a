//! How hard the search tries.

use std::time::Duration;

use crate::PlanningError;

/// Kilometres of a border unless others are asked for: few enough that hardly
/// any household is lost by them, and enough that places change teams only for
/// a reason.
const BORDER_KM: f64 = 3.0;

/// Whether teams visit places of each other's areas.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Borders {
    /// Not while their own team has room for them; what is left out then is put
    /// into the day of another team where it fits as that day stands.
    Kept,
    /// Where that reaches more households, or saves more than so many
    /// kilometres.
    Open {
        /// How much longer each visit of another area is taken to be.
        km: f64,
    },
}

/// Checked parameters of the search.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScheduleParams {
    rounds: usize,
    seed: u64,
    time: Option<Duration>,
    borders: Borders,
}

impl ScheduleParams {
    /// Rounds of the search for each team, a seed, and an optional limit of
    /// time; borders are open for 3 km. Without the limit the schedule is the
    /// same on every machine; [`super::Schedule::ended`] tells when a limit was
    /// met.
    ///
    /// # Errors
    /// [`PlanningError::Parameter`] for a limit of no time at all.
    pub fn new(rounds: usize, seed: u64, time: Option<Duration>) -> Result<Self, PlanningError> {
        if let Some(limit) = time {
            crate::error::check_positive("time limit in seconds", limit.as_secs_f64())?;
        }
        Ok(Self {
            rounds,
            seed,
            time,
            borders: Borders::Open { km: BORDER_KM },
        })
    }

    /// The same with other borders.
    ///
    /// # Errors
    /// [`PlanningError::Parameter`] for kilometres below zero or not finite.
    pub fn with_borders(self, borders: Borders) -> Result<Self, PlanningError> {
        if let Borders::Open { km } = borders
            && !(km.is_finite() && km >= 0.0)
        {
            return Err(PlanningError::Parameter {
                what: "kilometres of a border",
                value: km,
                expected: "a finite number, not below zero",
            });
        }
        Ok(Self { borders, ..self })
    }

    pub(super) fn rounds(self) -> usize {
        self.rounds
    }

    pub(super) fn seed(self) -> u64 {
        self.seed
    }

    pub(super) fn borders(self) -> Borders {
        self.borders
    }

    pub(super) fn time(self) -> Option<Duration> {
        self.time
    }
}

impl Default for ScheduleParams {
    /// 4,000 rounds, seed 0, no limit of time, borders open for 3 km.
    fn default() -> Self {
        Self {
            rounds: 4_000,
            seed: 0,
            time: None,
            borders: Borders::Open { km: BORDER_KM },
        }
    }
}
