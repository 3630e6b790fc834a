//! From a problem to a schedule.

use std::collections::BTreeMap;
use std::time::Instant;

use chrono::NaiveDate;

use super::areas::areas;
use super::day::{Part, walk};
use super::leftover::{OpenDay, explain, insert, least_part};
use super::params::ScheduleParams;
use super::parts::split;
use super::plan::{DaySchedule, Schedule, SearchEnd, TeamSchedule, Unscheduled};
use super::problem::ScheduleProblem;
use super::request::ScheduleRequest;
use super::roads::Ways;
use super::search::{Task, route};

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
    /// 3. The days of each team are routed within its area; then visits are
    ///    exchanged between days and teams, as far as the borders allow.
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
    let routed = route(&Task {
        request: open.request,
        dates: open.dates,
        parts: &parts,
        params,
        deadline,
    });
    let mut days = Vec::new();
    let mut left = routed.left_out;
    for (team, routes) in routed.days.into_iter().enumerate() {
        for (date, route) in open.dates[team].iter().zip(routes) {
            let mut day = OpenDay {
                team,
                date: *date,
                parts: Vec::with_capacity(route.len()),
            };
            for part in route {
                day.parts.push(part);
                if walk(open.request, team, *date, &day.parts).1.is_none() {
                    continue;
                }
                day.parts.pop();
                left.push((open.team_of[part.stop], part));
            }
            days.push(day);
        }
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
    Planned {
        days,
        unscheduled,
        ended: routed.ended,
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
