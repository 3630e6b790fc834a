//! Results as the progress from which the rest is planned anew.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use safeground_planning::schedule::{self, Progress, ScheduleRequest};

use super::{Outcome, Results};

/// Why results do not fit a schedule request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProgressError {
    /// A team or stop that the request does not have.
    #[error("the {what} {id:?} of the results is not in the request; take the request of the plan")]
    Unknown {
        /// `team` or `stop`.
        what: &'static str,
        /// Its identifier.
        id: String,
    },
}

impl Results {
    /// Progress for `ScheduleProblem::replan`: results of visits planned
    /// before `today`, by date, team and stop.
    ///
    /// Two visits of a team to one village on one day become one result, as
    /// replanning wants it: done if one of them was, with the sum of the
    /// households; else refused if one of them was. A day that is past and has
    /// no result is a fault of `replan`, which names it. O(results · log).
    ///
    /// # Errors
    /// [`ProgressError`] where the request is not that of the plan.
    pub fn progress(
        &self,
        request: &ScheduleRequest,
        today: NaiveDate,
        freeze_until: NaiveDate,
    ) -> Result<Progress, ProgressError> {
        let stops = numbers(request.stops.iter().map(|stop| stop.id.as_str()));
        let teams = numbers(request.teams.iter().map(|team| team.id.as_str()));
        let mut results: BTreeMap<(NaiveDate, usize, usize), schedule::Outcome> = BTreeMap::new();
        for visit in self.visits.iter().filter(|visit| visit.planned_on < today) {
            let team = number(&teams, "team", &visit.team_id)?;
            let stop = number(&stops, "stop", &visit.place_id)?;
            let outcome = match visit.outcome {
                Outcome::Done => schedule::Outcome::Done {
                    households: visit.households_reached.unwrap_or(0),
                },
                Outcome::Lost => schedule::Outcome::Lost,
                Outcome::Refused => schedule::Outcome::Refused,
            };
            results
                .entry((visit.planned_on, team, stop))
                .and_modify(|before| *before = together(*before, outcome))
                .or_insert(outcome);
        }
        let results = results
            .into_iter()
            .map(|((date, team, stop), outcome)| schedule::VisitResult {
                team,
                date,
                stop,
                outcome,
            })
            .collect();
        Ok(Progress {
            results,
            today,
            freeze_until,
        })
    }
}

fn numbers<'a>(ids: impl Iterator<Item = &'a str>) -> BTreeMap<&'a str, usize> {
    ids.enumerate().map(|(number, id)| (id, number)).collect()
}

fn number(
    numbers: &BTreeMap<&str, usize>,
    what: &'static str,
    id: &str,
) -> Result<usize, ProgressError> {
    let found = numbers.get(id).copied();
    found.ok_or_else(|| ProgressError::Unknown {
        what,
        id: id.to_owned(),
    })
}

fn together(a: schedule::Outcome, b: schedule::Outcome) -> schedule::Outcome {
    use schedule::Outcome::{Done, Lost, Refused};
    match (a, b) {
        (Done { households: first }, Done { households: second }) => Done {
            households: first.saturating_add(second),
        },
        (Done { households }, _) | (_, Done { households }) => Done { households },
        (Refused, _) | (_, Refused) => Refused,
        (Lost, Lost) => Lost,
    }
}
