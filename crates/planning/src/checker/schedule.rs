//! The check of a schedule.

use std::collections::BTreeSet;

use chrono::{Datelike as _, NaiveDate};

use super::ScheduleViolation;
use super::choice::{chord_km, unit};
use crate::choose::LatLng;
use crate::schedule::{
    DaySchedule, Outcome, Progress, Roads, Schedule, ScheduleRequest, Stop, Team, WhyNot,
};

/// Minutes and kilometres up to which numbers are the same.
const SAME: f64 = 1e-3;

/// Every rule of the request that a schedule breaks; none if it is in order.
///
/// Dates, hours, ways, caps, open hours and blackouts are examined day by day
/// with distances and times computed anew, and each place's households must be
/// reached, planned or reported. Wanted days are wishes and not examined.
///
/// O(visits × blackouts).
#[must_use]
pub fn check_schedule(request: &ScheduleRequest, schedule: &Schedule) -> Vec<ScheduleViolation> {
    let mut found = Vec::new();
    check_shape(request, schedule, &mut found);
    if !found.is_empty() {
        return found;
    }
    for (number, team) in request.teams.iter().enumerate() {
        let mut seen = BTreeSet::new();
        for day in &schedule.teams[number].days {
            let mut wrong = |what| {
                found.push(ScheduleViolation::Date {
                    team: team.id.clone(),
                    date: day.date,
                    what,
                });
            };
            if !team.dates.contains(&day.date) {
                wrong("which is not a working day");
            }
            if seen.last().is_some_and(|last| *last >= day.date) {
                wrong("out of order or twice");
            }
            seen.insert(day.date);
            if day.visits.is_empty() {
                wrong("without any visit");
                continue;
            }
            check_day(request, number, day, &mut found);
        }
    }
    check_households(request, schedule, &mut found);
    found
}

/// The same for a schedule made from an earlier one: also that results were
/// taken over, days within the freeze horizon kept, and no past day or refused
/// place planned.
#[must_use]
pub fn check_replan(
    request: &ScheduleRequest,
    before: &Schedule,
    progress: &Progress,
    after: &Schedule,
) -> Vec<ScheduleViolation> {
    let mut found = check_schedule(request, after);
    if before.teams.len() != after.teams.len() || before.reached.len() != after.reached.len() {
        found.push(ScheduleViolation::Shape {
            what: "teams of the schedule before",
            found: before.teams.len(),
            expected: after.teams.len(),
        });
        return found;
    }
    check_results(before, progress, after, &mut found);
    check_freeze(request, before, progress, after, &mut found);
    check_refused(request, before, progress, after, &mut found);
    found
}

fn check_shape(request: &ScheduleRequest, schedule: &Schedule, found: &mut Vec<ScheduleViolation>) {
    let stops = request.stops.len();
    let mut shape = |what, is: usize, expected: usize| {
        if is != expected {
            found.push(ScheduleViolation::Shape {
                what,
                found: is,
                expected,
            });
        }
    };
    shape("teams", schedule.teams.len(), request.teams.len());
    shape("areas", schedule.areas.len(), request.teams.len());
    shape(
        "stops with households reached",
        schedule.reached.len(),
        stops,
    );
    for (number, team) in schedule.teams.iter().enumerate() {
        shape("number of a team", team.team, number);
        for visit in team.days.iter().flat_map(|day| &day.visits) {
            if visit.stop >= stops {
                shape("number of a stop", visit.stop, stops - 1);
            }
        }
    }
    for left in &schedule.unscheduled {
        if left.stop >= stops {
            shape("number of a stop left out", left.stop, stops - 1);
        }
    }
    let mut in_areas: Vec<usize> = Vec::new();
    for area in &schedule.areas {
        in_areas.extend(&area.stops);
    }
    in_areas.sort_unstable();
    in_areas.dedup();
    shape("stops in areas", in_areas.len(), stops);
    let listed = schedule.areas.iter().map(|area| area.stops.len()).sum();
    shape("stops listed in areas", listed, stops);
}

/// A place of the day's way.
#[derive(Clone, Copy)]
enum Point {
    Stop(usize),
    Base(usize),
}

fn km(request: &ScheduleRequest, from: Point, to: Point) -> f64 {
    if let (Point::Stop(a), Point::Stop(b)) = (from, to)
        && a == b
    {
        return 0.0;
    }
    match &request.roads {
        Roads::Table(table) => {
            let number = |point| match point {
                Point::Stop(stop) => stop,
                Point::Base(team) => request.stops.len() + team,
            };
            table.km(number(from), number(to))
        }
        Roads::Ways(table) => {
            let rows = [from, to].map(|point| match point {
                Point::Base(team) => team + request.stops.len(),
                Point::Stop(stop) => stop,
            });
            table.way(rows[0], rows[1]).km
        }
        Roads::GreatCircle { road_factor } => {
            let position = |point| -> LatLng {
                match point {
                    Point::Stop(stop) => request.stops[stop].position,
                    Point::Base(team) => request.teams[team].base,
                }
            };
            chord_km(unit(position(from)), unit(position(to))) * road_factor
        }
    }
}

/// Minutes on the way, from the table where it tells them.
fn minutes(request: &ScheduleRequest, team: &Team, from: Point, to: Point) -> f64 {
    let Roads::Ways(table) = &request.roads else {
        return 60.0 * (km(request, from, to) / team.speed_km_per_hour);
    };
    match (from, to) {
        (Point::Stop(a), Point::Stop(b)) if a == b => 0.0,
        (Point::Stop(a), Point::Stop(b)) => table.way(a, b).minutes,
        (Point::Stop(a), Point::Base(b)) => table.way(a, b + request.stops.len()).minutes,
        (Point::Base(a), Point::Stop(b)) => table.way(a + request.stops.len(), b).minutes,
        (Point::Base(a), Point::Base(b)) => {
            let stops = request.stops.len();
            table.way(a + stops, b + stops).minutes
        }
    }
}

fn check_day(
    request: &ScheduleRequest,
    number: usize,
    day: &DaySchedule,
    found: &mut Vec<ScheduleViolation>,
) {
    let team = &request.teams[number];
    let mut stated = |what, stated: f64, is: f64| {
        let difference = (stated - is).abs();
        if difference.is_nan() || difference > SAME {
            found.push(ScheduleViolation::Stated {
                team: team.id.clone(),
                date: day.date,
                what,
                stated,
                found: is,
            });
        }
    };
    let mut at = Point::Base(number);
    let mut left_at = day.departure_minute;
    let mut way = 0.0;
    let mut people = 0u64;
    for visit in &day.visits {
        let here = Point::Stop(visit.stop);
        let leg = km(request, at, here);
        way += leg;
        people += u64::from(visit.households);
        stated("way to a visit", visit.km, leg);
        stated(
            "arrival",
            visit.arrival_minute,
            left_at + minutes(request, team, at, here),
        );
        let waits = visit.start_minute - visit.arrival_minute;
        stated("wait", waits, waits.max(0.0));
        let work =
            f64::from(visit.households) * team.minutes_per_household + team.minutes_per_visit;
        stated(
            "end of a visit",
            visit.leave_minute,
            visit.start_minute + work,
        );
        left_at = visit.leave_minute;
        at = here;
    }
    let back = km(request, at, Point::Base(number));
    way += back;
    let back_minutes = minutes(request, team, at, Point::Base(number));
    stated("return", day.return_minute, left_at + back_minutes);
    stated("km", day.km, way);
    stated("households", f64::from(day.households), people as f64);
    check_limits(team, day, way, people, found);
    for visit in &day.visits {
        let stop = &request.stops[visit.stop];
        if visit.households == 0 {
            found.push(ScheduleViolation::Limit {
                team: team.id.clone(),
                date: day.date,
                what: "least households of a visit",
                value: 0.0,
                limit: 1.0,
            });
        }
        check_open(
            request,
            stop,
            day.date,
            visit.start_minute,
            visit.leave_minute,
            found,
        );
    }
}

fn check_limits(
    team: &Team,
    day: &DaySchedule,
    way: f64,
    people: u64,
    found: &mut Vec<ScheduleViolation>,
) {
    let ends = team.day_starts_minute + team.hours_per_day * 60.0;
    for (what, value, limit) in [
        (
            "minutes of the departure, counted backwards",
            -day.departure_minute,
            -team.day_starts_minute,
        ),
        ("minute of the return", day.return_minute, ends),
        ("km", way, team.most_km_per_day),
        (
            "households",
            people as f64,
            f64::from(team.most_households_per_day),
        ),
    ] {
        if value > limit + SAME {
            found.push(ScheduleViolation::Limit {
                team: team.id.clone(),
                date: day.date,
                what,
                value,
                limit,
            });
        }
    }
}

fn check_open(
    request: &ScheduleRequest,
    stop: &Stop,
    date: NaiveDate,
    from: f64,
    until: f64,
    found: &mut Vec<ScheduleViolation>,
) {
    for blackout in &request.blackouts {
        let concerned = match &blackout.stops {
            None => true,
            Some(ids) => ids.contains(&stop.id),
        };
        if concerned && blackout.from <= date && date <= blackout.until {
            found.push(ScheduleViolation::Blackout {
                stop: stop.id.clone(),
                date,
                label: blackout.label.clone(),
            });
        }
    }
    if stop.open.is_empty() {
        return;
    }
    // Follow the open hours from the start of the visit as far as they reach.
    let mut reaches = from;
    loop {
        let mut further = reaches;
        for hours in &stop.open {
            let today = hours.weekdays.contains(&date.weekday());
            if today && f64::from(hours.from_minute) <= reaches + SAME {
                further = further.max(f64::from(hours.until_minute));
            }
        }
        if further <= reaches {
            break;
        }
        reaches = further;
    }
    if until > reaches + SAME {
        found.push(ScheduleViolation::Closed {
            stop: stop.id.clone(),
            date,
            from,
            until,
        });
    }
}

fn check_households(
    request: &ScheduleRequest,
    schedule: &Schedule,
    found: &mut Vec<ScheduleViolation>,
) {
    for (number, stop) in request.stops.iter().enumerate() {
        let (mut planned, mut frozen) = (0u64, 0u64);
        for day in schedule.teams.iter().flat_map(|team| &team.days) {
            for visit in day.visits.iter().filter(|visit| visit.stop == number) {
                if day.frozen {
                    frozen += u64::from(visit.households);
                } else {
                    planned += u64::from(visit.households);
                }
            }
        }
        let missing = schedule
            .unscheduled
            .iter()
            .filter(|left| left.stop == number);
        let missing: u64 = missing.map(|left| u64::from(left.households)).sum();
        let households = u64::from(stop.households);
        let accounted = u64::from(schedule.reached[number]) + frozen + planned + missing;
        // Results and frozen days may exceed what is there; new visits and
        // reports may not.
        let surplus = accounted > households && planned + missing > 0;
        if accounted < households || surplus {
            found.push(ScheduleViolation::Households {
                stop: stop.id.clone(),
                households,
                accounted,
            });
        }
    }
}

fn check_results(
    before: &Schedule,
    progress: &Progress,
    after: &Schedule,
    found: &mut Vec<ScheduleViolation>,
) {
    for (stop, reached) in after.reached.iter().enumerate() {
        let mut expected = u64::from(before.reached[stop]);
        for result in progress.results.iter().filter(|result| result.stop == stop) {
            if let Outcome::Done { households } = result.outcome {
                expected += u64::from(households);
            }
        }
        if u64::from(*reached) != expected.min(u64::from(u32::MAX)) {
            found.push(ScheduleViolation::Shape {
                what: "households reached at a stop",
                found: *reached as usize,
                expected: usize::try_from(expected).unwrap_or(usize::MAX),
            });
        }
    }
}

fn check_freeze(
    request: &ScheduleRequest,
    before: &Schedule,
    progress: &Progress,
    after: &Schedule,
    found: &mut Vec<ScheduleViolation>,
) {
    let kept = |date: NaiveDate| date >= progress.today && date <= progress.freeze_until;
    for (number, team) in request.teams.iter().enumerate() {
        let mut wrong = |date, what| {
            found.push(ScheduleViolation::Freeze {
                team: team.id.clone(),
                date,
                what,
            });
        };
        for day in &after.teams[number].days {
            if day.date < progress.today {
                wrong(day.date, "a day that is over is planned");
            }
            if day.frozen != kept(day.date) {
                wrong(day.date, "marked as frozen or not against the horizon");
            }
            let old = before.teams[number]
                .days
                .iter()
                .find(|old| old.date == day.date);
            if kept(day.date) && old.is_none() {
                wrong(day.date, "a day was added within the horizon");
            }
        }
        for old in before.teams[number]
            .days
            .iter()
            .filter(|old| kept(old.date))
        {
            let new = after.teams[number]
                .days
                .iter()
                .find(|day| day.date == old.date);
            match new {
                None => wrong(old.date, "a day within the horizon was dropped"),
                Some(new)
                    if new.visits != old.visits || new.departure_minute != old.departure_minute =>
                {
                    wrong(old.date, "a day within the horizon was changed");
                }
                Some(_) => {}
            }
        }
    }
}

fn check_refused(
    request: &ScheduleRequest,
    before: &Schedule,
    progress: &Progress,
    after: &Schedule,
    found: &mut Vec<ScheduleViolation>,
) {
    let mut refused = BTreeSet::new();
    for result in &progress.results {
        if result.outcome == Outcome::Refused {
            refused.insert(result.stop);
        }
    }
    for left in &before.unscheduled {
        if left.why == WhyNot::Refused {
            refused.insert(left.stop);
        }
    }
    for day in after.teams.iter().flat_map(|team| &team.days) {
        for visit in &day.visits {
            if !day.frozen && refused.contains(&visit.stop) {
                found.push(ScheduleViolation::Refused {
                    stop: request.stops[visit.stop].id.clone(),
                    date: day.date,
                });
            }
        }
    }
}
