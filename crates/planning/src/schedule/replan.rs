//! A new schedule from the results of the days worked.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;

use super::fault::ScheduleFault;
use super::params::ScheduleParams;
use super::plan::{DaySchedule, Schedule, Unscheduled, WhyNot};
use super::problem::ScheduleProblem;
use super::solve::{Open, by_team, plan};
use crate::PlanningError;

/// What became of a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Outcome {
    /// The team was there; households it did not reach are planned again.
    Done {
        /// Households reached.
        households: u32,
    },
    /// The visit did not take place and is planned again.
    Lost,
    /// The place refused: nothing there is planned again.
    Refused,
}

/// The result of a planned visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct VisitResult {
    /// Number of the team.
    pub team: usize,
    /// The date planned.
    pub date: NaiveDate,
    /// Number of the stop.
    pub stop: usize,
    /// What became of it.
    pub outcome: Outcome,
}

/// How far the work has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Results of all visits planned before `today`. A stop visited twice on a
    /// day by one team has one result for both.
    pub results: Vec<VisitResult>,
    /// First day not yet worked.
    pub today: NaiveDate,
    /// Last day that is kept as it stands. Before `today`: nothing is kept.
    pub freeze_until: NaiveDate,
}

impl ScheduleProblem {
    /// Plans anew what is left, from the day after the freeze horizon on.
    ///
    /// 1. Households reached are taken off; refused places are reported with
    ///    what was left there; lost visits count as not made.
    /// 2. Days from today to the horizon are kept to the last minute, visits
    ///    to refused places included, and their households are taken off.
    ///    A team has no other visits on these dates.
    /// 3. The rest is planned as by `schedule`, with the same areas. Days
    ///    before today are not repeated in the answer.
    ///
    /// # Errors
    /// [`PlanningError::ScheduleFaults`] for a schedule of another request,
    /// results that match no visit, and past visits without a result.
    pub fn replan(
        &self,
        before: &Schedule,
        progress: &Progress,
        params: &ScheduleParams,
    ) -> Result<Schedule, PlanningError> {
        let request = self.request();
        let faults = self.faults(before, progress);
        if !faults.is_empty() {
            return Err(PlanningError::ScheduleFaults(faults));
        }
        let mut reached = before.reached.clone();
        let mut refused: Vec<bool> = vec![false; request.stops.len()];
        for left in &before.unscheduled {
            refused[left.stop] |= left.why == WhyNot::Refused;
        }
        for result in &progress.results {
            match result.outcome {
                Outcome::Done { households } => {
                    reached[result.stop] = reached[result.stop].saturating_add(households);
                }
                Outcome::Refused => refused[result.stop] = true,
                Outcome::Lost => {}
            }
        }
        let kept: Vec<(usize, DaySchedule)> = before
            .days()
            .filter(|(_, day)| (progress.today..=progress.freeze_until).contains(&day.date))
            .map(|(team, day)| {
                let frozen = true;
                (
                    team,
                    DaySchedule {
                        frozen,
                        ..day.clone()
                    },
                )
            })
            .collect();
        let mut left: Vec<u32> = request
            .stops
            .iter()
            .zip(&reached)
            .map(|(stop, reached)| stop.households.saturating_sub(*reached))
            .collect();
        for visit in kept.iter().flat_map(|(_, day)| &day.visits) {
            left[visit.stop] = left[visit.stop].saturating_sub(visit.households);
        }
        let mut unscheduled = Vec::new();
        for stop in (0..left.len()).filter(|stop| refused[*stop]) {
            unscheduled.push(Unscheduled {
                stop,
                households: std::mem::take(&mut left[stop]),
                next_visit_households: 0,
                why: WhyNot::Refused,
                remedies: Vec::new(),
            });
        }
        let dates: Vec<Vec<NaiveDate>> = request
            .teams
            .iter()
            .map(|team| {
                let dates = team.dates.iter().copied();
                dates
                    .filter(|date| *date >= progress.today && *date > progress.freeze_until)
                    .collect()
            })
            .collect();
        let planned = plan(
            &Open {
                request,
                team_of: &teams_of(before, request.stops.len()),
                dates: &dates,
                households: &left,
            },
            params,
        );
        unscheduled.extend(planned.unscheduled);
        unscheduled.sort_by_key(|left| left.stop);
        Ok(Schedule {
            areas: before.areas.clone(),
            imbalance: before.imbalance,
            teams: by_team(request, &planned.days, kept),
            unscheduled,
            reached,
            ended: planned.ended,
            seed: params.seed(),
        })
    }

    fn faults(&self, before: &Schedule, progress: &Progress) -> Vec<ScheduleFault> {
        let request = self.request();
        let mut faults = Vec::new();
        for (list, found, expected) in [
            ("stops", before.reached.len(), request.stops.len()),
            ("teams", before.teams.len(), request.teams.len()),
            (
                "stops in areas",
                before.areas.iter().map(|area| area.stops.len()).sum(),
                request.stops.len(),
            ),
        ] {
            if found != expected {
                faults.push(ScheduleFault::OtherSchedule {
                    list,
                    found,
                    expected,
                });
            }
        }
        if !faults.is_empty() {
            return faults;
        }
        let mut planned: BTreeMap<(NaiveDate, usize, usize), bool> = before
            .days()
            .flat_map(|(team, day)| {
                let visits = day.visits.iter();
                visits.map(move |visit| ((day.date, team, visit.stop), false))
            })
            .collect();
        for result in &progress.results {
            let VisitResult {
                team, date, stop, ..
            } = *result;
            if date >= progress.today {
                faults.push(ScheduleFault::ResultTooEarly {
                    date,
                    today: progress.today,
                });
                continue;
            }
            match planned.get_mut(&(date, team, stop)) {
                None => faults.push(ScheduleFault::NotPlanned { team, date, stop }),
                Some(seen) if *seen => {
                    faults.push(ScheduleFault::RepeatedResult { team, date, stop });
                }
                Some(seen) => *seen = true,
            }
        }
        for ((date, team, stop), seen) in planned {
            if date < progress.today && !seen {
                faults.push(ScheduleFault::NoResult {
                    team: request.teams[team].id.clone(),
                    date,
                    stop: request.stops[stop].id.clone(),
                    today: progress.today,
                });
            }
        }
        faults
    }
}

/// The team of each stop, from the areas.
fn teams_of(schedule: &Schedule, stops: usize) -> Vec<usize> {
    let mut teams = vec![0; stops];
    for area in &schedule.areas {
        for stop in &area.stops {
            teams[*stop] = area.team;
        }
    }
    teams
}
