//! From the routes of each team within its area to those of all teams.

use std::time::Instant;

use chrono::NaiveDate;
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

use super::anneal::{Course, Days, Found, Scale, anneal, between};
use super::model::{TeamDay, Visit};
use super::piece::pieces;
use super::state::Value;
use super::team::{TeamTask, route_team};
use crate::choose::stream;
use crate::schedule::areas::unit;
use crate::schedule::day::Part;
use crate::schedule::params::ScheduleParams;
use crate::schedule::plan::SearchEnd;
use crate::schedule::request::ScheduleRequest;
use crate::schedule::roads::Ways;

/// Steps of the exchange for each team and round asked for.
const STEPS_A_ROUND: usize = 5;

/// Rounds asked for in which a team is routed once on the model of `vrp-core`.
const ROUNDS_A_START: usize = 10;

/// Most times that teams are grouped anew.
const MOST_PHASES: usize = 20;

/// Least steps of each team between two groupings.
const LEAST_STEPS: usize = 500;

/// Legs that a visit of mean size weighs, at first and at last.
const VISIT_LEGS: [f64; 2] = [4.0, 20.0];

/// Legs that a visit off the days wanted for it weighs.
const MISS_LEGS: f64 = 10.0;

/// Temperatures in legs, at first and at last.
const HOT_LEGS: f64 = 0.5;
const COLD_LEGS: f64 = 0.005;

/// Number of the first stream of random numbers after those of the teams.
const FIRST_STREAM: u64 = 1 << 32;

/// What is to be routed.
pub(in crate::schedule) struct Task<'a> {
    pub(in crate::schedule) request: &'a ScheduleRequest,
    /// Days of each team that may be planned, ascending.
    pub(in crate::schedule) dates: &'a [Vec<NaiveDate>],
    /// Parts to visit in the area of each team.
    pub(in crate::schedule) parts: &'a [Vec<Part>],
    pub(in crate::schedule) params: &'a ScheduleParams,
    pub(in crate::schedule) deadline: Option<Instant>,
}

/// Where the parts went.
pub(in crate::schedule) struct Routed {
    /// Parts of each day in order, by team and date.
    pub(in crate::schedule) days: Vec<Vec<Vec<Part>>>,
    /// Parts in no day, with the team of their area.
    pub(in crate::schedule) left_out: Vec<(usize, Part)>,
    pub(in crate::schedule) ended: SearchEnd,
}

/// Days of all teams, first with the most households, then with the fewest
/// visits off the days wanted for them, then with the fewest kilometres.
///
/// 1. Each team is routed within its area ([`route_team`]).
/// 2. Teams are divided into groups that lie together ([`super::groups::groups`]). Each
///    searches over all days of its teams ([`anneal`]), groups in parallel;
///    visits not planned are offered to one of the nearest teams.
/// 3. Back to 2 with other groups, 20 times at most, while the temperature
///    falls. Where borders are kept, each team is a group of its own.
///
/// The random numbers of a group depend on the seed, the phase and the number
/// of the group alone, so that threads make no difference.
pub(in crate::schedule) fn route(task: &Task) -> Routed {
    let mut search = Search::new(task);
    search.run();
    let visits = &search.visits;
    let days = search
        .of_team
        .iter()
        .map(|days| {
            let days = days.iter().map(|day| &search.best[*day]);
            days.map(|day| day.iter().map(|visit| visits[*visit].part).collect())
                .collect()
        })
        .collect();
    let mut is_planned = vec![false; visits.len()];
    for visit in search.best.iter().flatten() {
        is_planned[*visit] = true;
    }
    let left = (0..visits.len()).filter(|visit| !is_planned[*visit]);
    Routed {
        days,
        left_out: left
            .map(|visit| (visits[visit].home, visits[visit].part))
            .collect(),
        ended: if search.timed_out {
            SearchEnd::TimeLimit
        } else {
            SearchEnd::AllRounds
        },
    }
}

pub(super) struct Search<'a> {
    pub(super) task: &'a Task<'a>,
    pub(super) visits: Vec<Visit>,
    pub(super) days: Vec<TeamDay>,
    /// Numbers of the days of each team.
    pub(super) of_team: Vec<Vec<usize>>,
    /// Where each visit is on the unit sphere.
    pub(super) points: Vec<[f64; 3]>,
    pub(super) current: Days,
    best: Days,
    timed_out: bool,
}

impl<'a> Search<'a> {
    /// Step 1.
    fn new(task: &'a Task<'a>) -> Self {
        let teams = task.dates.len();
        let starts: Vec<_> = (0..teams)
            .into_par_iter()
            .map(|team| {
                route_team(&TeamTask {
                    request: task.request,
                    team,
                    dates: &task.dates[team],
                    parts: &task.parts[team],
                    rounds: task.params.rounds().div_ceil(ROUNDS_A_START),
                    seed: task.params.seed(),
                    deadline: task.deadline,
                })
            })
            .collect();
        let (mut visits, mut days, mut current) = (Vec::new(), Vec::new(), Vec::new());
        let mut of_team = vec![Vec::new(); teams];
        let mut timed_out = false;
        for (team, start) in starts.into_iter().enumerate() {
            let first = visits.len();
            let parts = task.parts[team].iter();
            visits.extend(parts.map(|part| Visit {
                part: *part,
                home: team,
            }));
            for (date, route) in task.dates[team].iter().zip(start.days) {
                of_team[team].push(days.len());
                days.push(TeamDay { team, date: *date });
                current.push(route.into_iter().map(|part| first + part).collect());
            }
            timed_out |= start.ended == SearchEnd::TimeLimit;
        }
        let points = visits
            .iter()
            .map(|visit| unit(task.request.stops[visit.part.stop].position))
            .collect();
        let best: Days = current;
        Self {
            task,
            visits,
            days,
            of_team,
            points,
            current: best.clone(),
            best,
            timed_out,
        }
    }

    /// Steps 2 and 3.
    fn run(&mut self) {
        let steps = self.task.params.rounds().saturating_mul(STEPS_A_ROUND);
        let phases = (steps / LEAST_STEPS).clamp(1, MOST_PHASES);
        let mut best: Option<Value> = None;
        let course = self.course();
        for phase in 0..phases {
            if self.timed_out || self.visits.is_empty() || self.days.is_empty() {
                break;
            }
            let ends = [phase, phase + 1].map(|end| end as f64 / phases as f64);
            let temperatures = ends.map(|share| between([course.hot, course.cold], share));
            let scales = ends.map(|share| course.scale_at(share));
            let number = FIRST_STREAM + ((phase as u64) << 32);
            let mut random = stream(self.task.params.seed(), number);
            let pieces = pieces(self, &mut random);
            let found: Vec<Found> = (0..pieces.len())
                .into_par_iter()
                .map(|group| {
                    let piece = &pieces[group];
                    let model = piece.model(self);
                    let course = Course {
                        steps: (steps / phases).saturating_mul(piece.teams),
                        hot: temperatures[0],
                        cold: temperatures[1],
                        scales,
                        deadline: self.task.deadline,
                    };
                    let number = number + 1 + group as u64;
                    let mut random = stream(self.task.params.seed(), number);
                    anneal(&model, &piece.routes, &course, &mut random)
                })
                .collect();
            let total: Value = found.iter().map(|found| found.best_value).sum();
            let is_better = best.is_none_or(|best| total.is_better_than(&best));
            for (piece, found) in pieces.iter().zip(&found) {
                if is_better {
                    piece.write(&found.best, &mut self.best);
                }
                piece.write(&found.last, &mut self.current);
                self.timed_out |= found.timed_out;
            }
            if is_better {
                best = Some(total);
            }
        }
    }
}

impl Search<'_> {
    /// How the whole search goes: temperatures and weights follow from the mean
    /// way of a leg, and from the mean households of a visit.
    fn course(&self) -> Course {
        let ways = Ways::new(self.task.request);
        let legs = self.visits.iter().map(|visit| {
            let stop = visit.part.stop;
            ways.return_km(visit.home, stop) / 2.0
        });
        let count = self.visits.len().max(1) as f64;
        let leg_km = (legs.sum::<f64>() / count).max(1e-6);
        let households = self
            .visits
            .iter()
            .map(|visit| f64::from(visit.part.households));
        let mean_households = (households.sum::<f64>() / count).max(1.0);
        let scale = |legs_a_visit: f64| Scale {
            household_km: legs_a_visit * leg_km / mean_households,
            miss_km: MISS_LEGS * leg_km,
        };
        Course {
            steps: self.task.params.rounds().saturating_mul(STEPS_A_ROUND),
            hot: HOT_LEGS * leg_km,
            cold: COLD_LEGS * leg_km,
            scales: [scale(VISIT_LEGS[0]), scale(VISIT_LEGS[1])],
            deadline: self.task.deadline,
        }
    }
}
