//! From a problem to a schedule.

use std::collections::BTreeMap;
use std::time::Instant;

use chrono::NaiveDate;
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

use super::areas::areas;
use super::day::{Part, walk};
use super::leftover::{OpenDay, explain, insert, least_part};
use super::params::ScheduleParams;
use super::parts::split;
use super::plan::{DaySchedule, Schedule, SearchEnd, TeamSchedule, Unscheduled};
use super::problem::ScheduleProblem;
use super::request::ScheduleRequest;
use super::roads::Ways;
use super::search::{TeamRoutes, TeamTask, route_team};

/// What is still to be planned, and when.
pub(super) struct Open<'a> {
    pub(super) request: &'a ScheduleRequest,
    /// Team of each stop.
    pub(super) team_of: &'a [usize],
    /// Days of each team that may be planned, ascending.
    pub(super) dates: &'a [Vec<NaiveDate>],
    /// Households of each stop to plan.
    pub(super) households: &'a [u32],
}

/// Planned days and what they leave out.
pub(super) struct Planned {
    pub(super) days: Vec<OpenDay>,
    pub(super) unscheduled: Vec<Unscheduled>,
    pub(super) ended: SearchEnd,
}

impl ScheduleProblem {
    /// Plans all days.
    ///
    /// 1. Areas: each stop is given to a team.
    /// 2. Places that take more than a day are split.
    /// 3. The days of each team are routed, teams in parallel.
    /// 4. What was left out is put into any team's day where it fits as the
    ///    days stand, or reported with the reason and the changes that would
    ///    let it in.
    ///
    /// The same request, rounds and seed give the same schedule, whatever the
    /// number of threads; a limit of time is the one exception.
    #[must_use]
    pub fn schedule(&self, params: &ScheduleParams) -> Schedule {
        let request = self.request();
        let areas = areas(request);
        let dates: Vec<Vec<NaiveDate>> = request
            .teams
            .iter()
            .map(|team| team.dates.clone())
            .collect();
        let households: Vec<u32> = request.stops.iter().map(|stop| stop.households).collect();
        let open = Open {
            request,
            team_of: &areas.team_of,
            dates: &dates,
            households: &households,
        };
        let planned = plan(&open, params);
        Schedule {
            areas: areas.areas,
            imbalance: areas.imbalance,
            teams: by_team(request, &planned.days, Vec::new()),
            unscheduled: planned.unscheduled,
            reached: vec![0; request.stops.len()],
            ended: planned.ended,
            seed: params.seed(),
        }
    }
}

/// Days by team and date, the kept ones among them; days without visits are
/// left out.
pub(super) fn by_team(
    request: &ScheduleRequest,
    days: &[OpenDay],
    kept: Vec<(usize, DaySchedule)>,
) -> Vec<TeamSchedule> {
    let mut teams: Vec<TeamSchedule> = (0..request.teams.len())
        .map(|team| TeamSchedule {
            team,
            days: Vec::new(),
        })
        .collect();
    for (team, day) in kept {
        teams[team].days.push(day);
    }
    for day in days.iter().filter(|day| !day.parts.is_empty()) {
        let walked = walk(request, day.team, day.date, &day.parts).0;
        teams[day.team].days.push(walked);
    }
    for team in &mut teams {
        team.days.sort_by_key(|day| day.date);
    }
    teams
}

/// Steps 2 to 4 of [`ScheduleProblem::schedule`].
pub(super) fn plan(open: &Open, params: &ScheduleParams) -> Planned {
    let deadline = params.time().map(|limit| Instant::now() + limit);
    let (parts, unsplit) = parts_by_team(open);
    let routed: Vec<TeamRoutes> = (0..open.dates.len())
        .into_par_iter()
        .map(|team| {
            route_team(&TeamTask {
                request: open.request,
                team,
                dates: &open.dates[team],
                parts: &parts[team],
                rounds: params.rounds(),
                seed: params.seed(),
                deadline,
            })
        })
        .collect();
    let mut days = Vec::new();
    let mut left: Vec<(usize, Part)> = Vec::new();
    for (team, routes) in routed.iter().enumerate() {
        let mut planned = vec![false; parts[team].len()];
        for (date, route) in open.dates[team].iter().zip(&routes.days) {
            let mut day = OpenDay {
                team,
                date: *date,
                parts: Vec::with_capacity(route.len()),
            };
            for number in route {
                day.parts.push(parts[team][*number]);
                if walk(open.request, team, *date, &day.parts).1.is_none() {
                    planned[*number] = true;
                } else {
                    day.parts.pop();
                }
            }
            days.push(day);
        }
        let lost = (0..planned.len()).filter(|number| !planned[*number]);
        left.extend(lost.map(|number| (team, parts[team][number])));
    }
    let mut missing: BTreeMap<usize, (u32, Part)> = unsplit
        .into_iter()
        .map(|stop| (stop, (open.households[stop], least_part(stop))))
        .collect();
    for (team, part) in left {
        if !insert(open.request, &mut days, team, part) {
            let entry = missing.entry(part.stop).or_insert((0, part));
            entry.0 += part.households;
        }
    }
    let unscheduled = missing
        .into_iter()
        .map(|(stop, (households, part))| {
            let (why, remedies) = explain(open.request, &days, part);
            Unscheduled {
                stop,
                households,
                next_visit_households: part.households,
                why,
                remedies,
            }
        })
        .collect();
    let timed_out = routed
        .iter()
        .any(|routes| routes.ended == SearchEnd::TimeLimit);
    Planned {
        days,
        unscheduled,
        ended: if timed_out {
            SearchEnd::TimeLimit
        } else {
            SearchEnd::AllRounds
        },
    }
}

/// Step 2. A stop that its own team can visit on no day goes to the nearest
/// team that can; stops that none can visit are returned beside.
fn parts_by_team(open: &Open) -> (Vec<Vec<Part>>, Vec<usize>) {
    let ways = Ways::new(open.request);
    let mut parts = vec![Vec::new(); open.dates.len()];
    let mut unsplit = Vec::new();
    for (stop, households) in open.households.iter().enumerate() {
        if *households == 0 {
            continue;
        }
        let own = open.team_of[stop];
        let mut teams: Vec<usize> = (0..open.dates.len()).collect();
        teams.sort_by(|a, b| {
            (*a != own)
                .cmp(&(*b != own))
                .then(
                    ways.return_km(*a, stop)
                        .total_cmp(&ways.return_km(*b, stop)),
                )
                .then(a.cmp(b))
        });
        let found = teams.into_iter().find_map(|team| {
            let split = split(open.request, team, stop, *households, &open.dates[team]);
            (!split.is_empty()).then_some((team, split))
        });
        match found {
            Some((team, split)) => parts[team].extend(split),
            None => unsplit.push(stop),
        }
    }
    (parts, unsplit)
}
