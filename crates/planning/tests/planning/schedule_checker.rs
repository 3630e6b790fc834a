//! Schedules spoilt on purpose are found out.

use std::collections::BTreeSet;

use chrono::Weekday;
use safeground_planning::checker::{ScheduleViolation, check_replan, check_schedule};
use safeground_planning::schedule::{
    Blackout, DaySchedule, OpenHours, Outcome, Progress, Schedule, ScheduleProblem,
    ScheduleRequest, VisitResult,
};

use crate::schedule_harness::{day, params, request, stop, team};

/// Twelve villages, two teams, three days.
fn planned() -> (ScheduleRequest, Schedule) {
    let stops = (0..12u32)
        .map(|number| {
            let step = f64::from(number);
            stop(
                &format!("village:{number}"),
                25.0 + step % 4.0 * 0.04,
                85.0 + (step / 4.0).floor() * 0.04,
                15 + number,
            )
        })
        .collect();
    let teams = vec![team("team:0", 25.0, 85.0, 3), team("team:1", 25.1, 85.1, 3)];
    let problem = ScheduleProblem::new(request(stops, teams)).unwrap();
    let schedule = problem.schedule(&params(50));
    (problem.request().clone(), schedule)
}

fn spoilt(spoil: impl Fn(&mut Schedule)) -> Vec<ScheduleViolation> {
    let (request, mut schedule) = planned();
    spoil(&mut schedule);
    check_schedule(&request, &schedule)
}

fn asked_differently(change: impl Fn(&mut ScheduleRequest, &Schedule)) -> Vec<ScheduleViolation> {
    let (mut request, schedule) = planned();
    change(&mut request, &schedule);
    check_schedule(&request, &schedule)
}

macro_rules! found {
    ($violations:expr, $pattern:pat) => {
        let violations = $violations;
        assert!(
            violations.iter().any(|found| matches!(found, $pattern)),
            "{violations:?}"
        );
    };
}

fn first_day(schedule: &mut Schedule) -> &mut DaySchedule {
    &mut schedule.teams[0].days[0]
}

#[test]
fn an_honest_schedule_passes_and_leaves_nothing_out() {
    let (request, schedule) = planned();
    assert_eq!(check_schedule(&request, &schedule), []);
    assert_eq!(schedule.unscheduled, []);
    let all: u32 = request.stops.iter().map(|stop| stop.households).sum();
    assert_eq!(schedule.households(), u64::from(all));
}

#[test]
fn numbers_that_the_day_does_not_add_up_to_are_found() {
    type Spoil = fn(&mut DaySchedule);
    let spoils: [(&str, Spoil); 8] = [
        ("way to a visit", |day| day.visits[0].km += 1.0),
        ("arrival", |day| day.departure_minute -= 5.0),
        ("wait", |day| day.visits[0].start_minute -= 5.0),
        ("end of a visit", |day| day.visits[0].leave_minute -= 5.0),
        ("return", |day| day.return_minute -= 5.0),
        ("km", |day| day.km -= 1.0),
        ("households", |day| day.households += 1),
        ("return", |day| day.return_minute = f64::NAN),
    ];
    for (expected, spoil) in spoils {
        let violations = spoilt(|schedule| spoil(first_day(schedule)));
        assert!(
            violations.iter().any(
                |found| matches!(found, ScheduleViolation::Stated { what, .. } if *what == expected)
            ),
            "{expected}: {violations:?}"
        );
    }
}

#[test]
fn a_visit_dropped_added_or_shortened_is_found() {
    found!(
        spoilt(|schedule| {
            first_day(schedule).visits.pop();
        }),
        ScheduleViolation::Households { .. }
    );
    found!(
        spoilt(|schedule| {
            let again = first_day(schedule).visits[0].clone();
            first_day(schedule).visits.push(again);
        }),
        ScheduleViolation::Households { .. }
    );
    found!(
        spoilt(|schedule| first_day(schedule).visits[0].households -= 1),
        ScheduleViolation::Households { .. }
    );
    found!(
        spoilt(|schedule| schedule.reached[3] = 2),
        ScheduleViolation::Households { .. }
    );
}

#[test]
fn a_wrong_date_is_found() {
    found!(
        spoilt(|schedule| first_day(schedule).date = day(30)),
        ScheduleViolation::Date { .. }
    );
    found!(
        spoilt(|schedule| {
            let again = first_day(schedule).clone();
            schedule.teams[0].days.insert(0, again);
        }),
        ScheduleViolation::Date { .. }
    );
    found!(
        spoilt(|schedule| first_day(schedule).visits.clear()),
        ScheduleViolation::Date { .. }
    );
}

#[test]
fn a_schedule_of_another_shape_is_found() {
    found!(
        spoilt(|schedule| {
            schedule.teams.pop();
        }),
        ScheduleViolation::Shape { .. }
    );
    found!(
        spoilt(|schedule| first_day(schedule).visits[0].stop = 99),
        ScheduleViolation::Shape { .. }
    );
    found!(
        spoilt(|schedule| schedule.areas[0].stops.clear()),
        ScheduleViolation::Shape { .. }
    );
}

#[test]
fn limits_of_the_team_are_examined() {
    type Change = fn(&mut ScheduleRequest, &Schedule);
    let changes: [(&str, Change); 4] = [
        ("km", |request, schedule| {
            request.teams[0].most_km_per_day = schedule.teams[0].days[0].km - 0.1;
        }),
        ("households", |request, schedule| {
            request.teams[0].most_households_per_day = schedule.teams[0].days[0].households - 1;
        }),
        ("minute of the return", |request, schedule| {
            let minutes = schedule.teams[0].days[0].return_minute - 480.0;
            request.teams[0].hours_per_day = (minutes - 1.0) / 60.0;
        }),
        (
            "minutes of the departure, counted backwards",
            |request, schedule| {
                request.teams[0].day_starts_minute =
                    schedule.teams[0].days[0].departure_minute + 1.0;
            },
        ),
    ];
    for (expected, change) in changes {
        let violations = asked_differently(change);
        assert!(
            violations.iter().any(
                |found| matches!(found, ScheduleViolation::Limit { what, .. } if *what == expected)
            ),
            "{expected}: {violations:?}"
        );
    }
}

#[test]
fn closed_hours_and_blackouts_are_examined() {
    found!(
        asked_differently(|request, schedule| {
            let visit = &schedule.teams[0].days[0].visits[0];
            request.stops[visit.stop].open = vec![OpenHours {
                weekdays: vec![Weekday::Mon, Weekday::Tue, Weekday::Wed],
                from_minute: 0,
                until_minute: visit.leave_minute as u32 - 2,
            }];
        }),
        ScheduleViolation::Closed { .. }
    );
    found!(
        asked_differently(|request, schedule| {
            let visit = &schedule.teams[0].days[0].visits[0];
            request.stops[visit.stop].open = vec![OpenHours {
                weekdays: vec![Weekday::Sun],
                from_minute: 0,
                until_minute: 1_440,
            }];
        }),
        ScheduleViolation::Closed { .. }
    );
    found!(
        asked_differently(|request, schedule| {
            let first = &schedule.teams[0].days[0];
            request.blackouts.push(Blackout {
                label: "festival".to_owned(),
                from: first.date,
                until: first.date,
                stops: Some(BTreeSet::from([request.stops[first.visits[0].stop]
                    .id
                    .clone()])),
            });
        }),
        ScheduleViolation::Blackout { .. }
    );
}

#[test]
fn hours_that_touch_are_one_span_to_the_checker_too() {
    let mut both = stop("village:0", 25.02, 85.0, 30);
    both.open = [(540, 600), (600, 780)]
        .map(|(from_minute, until_minute)| OpenHours {
            weekdays: vec![Weekday::Mon],
            from_minute,
            until_minute,
        })
        .to_vec();
    let problem =
        ScheduleProblem::new(request(vec![both], vec![team("team:0", 25.0, 85.0, 1)])).unwrap();
    let schedule = problem.schedule(&params(5));
    assert_eq!(schedule.unscheduled, []);
    assert_eq!(schedule.teams[0].days[0].visits[0].start_minute, 540.0);
    assert_eq!(check_schedule(problem.request(), &schedule), []);
}

#[test]
fn a_new_schedule_that_breaks_the_freeze_is_found() {
    let (request, before) = planned();
    let problem = ScheduleProblem::new(request.clone()).unwrap();
    let mut results = Vec::new();
    for (team, day_of) in before.days().filter(|(_, day_of)| day_of.date < day(1)) {
        results.extend(day_of.visits.iter().map(|visit| VisitResult {
            team,
            date: day_of.date,
            stop: visit.stop,
            outcome: Outcome::Refused,
        }));
    }
    let progress = Progress {
        results,
        today: day(1),
        freeze_until: day(1),
    };
    let after = problem.replan(&before, &progress, &params(20)).unwrap();
    assert_eq!(check_replan(&request, &before, &progress, &after), []);
    let spoilt = |spoil: &dyn Fn(&mut Schedule)| {
        let mut after = after.clone();
        spoil(&mut after);
        check_replan(&request, &before, &progress, &after)
    };
    let team = after
        .teams
        .iter()
        .position(|team| team.days.iter().any(|day| day.frozen));
    let team = team.unwrap();
    found!(
        spoilt(&|after| after.teams[team].days[0].visits[0].arrival_minute += 9.0),
        ScheduleViolation::Freeze { .. }
    );
    found!(
        spoilt(&|after| {
            after.teams[team].days.remove(0);
        }),
        ScheduleViolation::Freeze { .. }
    );
    found!(
        spoilt(&|after| after.teams[team].days[0].frozen = false),
        ScheduleViolation::Freeze { .. }
    );
    found!(
        spoilt(&|after| after.teams[team]
            .days
            .insert(0, before.teams[0].days[0].clone())),
        ScheduleViolation::Freeze { .. }
    );
    found!(
        spoilt(&|after| after.teams[0].days.push(DaySchedule {
            date: day(2),
            ..before.teams[0].days[0].clone()
        })),
        ScheduleViolation::Refused { .. }
    );
    found!(
        spoilt(&|after| after.reached[progress.results[0].stop] = 5),
        ScheduleViolation::Shape { .. }
    );
}
