//! Errors of the planner.

use crate::choose::Fault;
use crate::schedule::ScheduleFault;

/// Why a parameter is refused or no plan is made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanningError {
    /// A parameter outside its domain.
    #[error("parameter {what} is {value}; expected {expected}")]
    Parameter {
        /// Name of the parameter.
        what: &'static str,
        /// Value given.
        value: f64,
        /// Domain in words.
        expected: &'static str,
    },
    /// A list of the wrong length.
    #[error("{what} has {found} values, expected {expected}: one for each {unit}")]
    Length {
        /// Name of the input.
        what: &'static str,
        /// Its length.
        found: usize,
        /// Expected length.
        expected: usize,
        /// What each value stands for.
        unit: &'static str,
    },
    /// A number of a list outside its domain.
    #[error("{what} number {number} is {value}; expected {expected}")]
    Value {
        /// Name of the list.
        what: &'static str,
        /// Position in the list, from 0.
        number: usize,
        /// Value found.
        value: f64,
        /// Domain in words.
        expected: &'static str,
    },
    /// The input has faults, each with what would mend it.
    #[error("the input has {} faults; the first: {}", .0.len(), .0[0])]
    Faults(Vec<Fault>),
    /// The schedule asked for has faults, each with its remedy.
    #[error("the schedule asked for has {} faults; the first: {}", .0.len(), .0[0])]
    ScheduleFaults(Vec<ScheduleFault>),
    /// The objective has no use for what was asked.
    #[error("{what} is not defined for the objective {objective}; {remedy}")]
    NotForObjective {
        /// What was asked.
        what: &'static str,
        /// Name of the objective.
        objective: &'static str,
        /// What to do.
        remedy: &'static str,
    },
    /// Too few places are left for the exploration asked for.
    #[error(
        "exploration asks for {wanted} places of the {stratum} ones, but only {found} lie outside \
         the top and cost at most {most_team_days} team-days each; lower the share or raise the \
         budget"
    )]
    ExplorationPool {
        /// Places to draw.
        wanted: usize,
        /// Places that could be drawn.
        found: usize,
        /// Which places: `under-observed` or `observed`.
        stratum: &'static str,
        /// Cost up to which a place can be drawn.
        most_team_days: f64,
    },
    /// Too few places are left at the bases for the exploration asked for.
    #[error(
        "exploration asks for {wanted} places, but the bases have team-days, and places outside \
         the top that cost at most {most_team_days} team-days each, for {found} only; lower the \
         share or raise the team-days of bases"
    )]
    ExplorationBases {
        /// Places to draw.
        wanted: usize,
        /// Draws that the bases could pay.
        found: usize,
        /// Cost up to which the budget lets a place be drawn.
        most_team_days: f64,
    },
    /// The number of places leaves no room for exploration.
    #[error(
        "exploration beside musts and floors needs {needed} places, but only {most} are allowed; \
         allow more or lower the share"
    )]
    ExplorationRoom {
        /// Places needed.
        needed: usize,
        /// Most places.
        most: usize,
    },
}

/// Fails unless a parameter is finite and above zero.
pub(crate) fn check_positive(what: &'static str, value: f64) -> Result<f64, PlanningError> {
    if value.is_finite() && value > 0.0 {
        Ok(value)
    } else {
        Err(PlanningError::Parameter {
            what,
            value,
            expected: "a finite number above zero",
        })
    }
}

/// Fails unless a parameter lies between 0 and 1, both included.
pub(crate) fn check_share(what: &'static str, value: f64) -> Result<f64, PlanningError> {
    if (0.0..=1.0).contains(&value) {
        Ok(value)
    } else {
        Err(PlanningError::Parameter {
            what,
            value,
            expected: "a number from 0 to 1",
        })
    }
}
