//! What the scheduler does with small requests whose answer is plain.

use std::collections::BTreeSet;

use chrono::Weekday;
use safeground_planning::PlanningError;
use safeground_planning::checker::check_schedule;
use safeground_planning::choose::{DistanceTable, great_circle_km};
use safeground_planning::schedule::{
    Blackout, OpenHours, Outcome, Priority, Progress, Roads, Schedule, ScheduleFault,
    ScheduleProblem, ScheduleRemedy, ScheduleRequest, VisitResult, Way, WayTable, WhyNot,
    working_dates,
};

use crate::schedule_harness::{day, params, request, solve, stop, team};

fn left(schedule: &Schedule) -> (&WhyNot, &[ScheduleRemedy]) {
    assert_eq!(schedule.unscheduled.len(), 1, "{:?}", schedule.unscheduled);
    let left = &schedule.unscheduled[0];
    (&left.why, &left.remedies)
}

#[test]
fn a_place_that_takes_more_than_a_day_is_split_over_days() {
    let (request, schedule) = solve(&request(
        vec![stop("village:0", 25.05, 85.0, 200)],
        vec![team("team:0", 25.0, 85.0, 5)],
    ));
    assert_eq!(schedule.unscheduled, []);
    let households: Vec<u32> = schedule.teams[0]
        .days
        .iter()
        .map(|day| day.households)
        .collect();
    assert_eq!(households, [67, 67, 66]);
    assert_eq!(check_schedule(&request, &schedule), []);
}

#[test]
fn a_market_day_is_kept() {
    let mut market = stop("village:0", 25.05, 85.0, 20);
    market.open = vec![OpenHours {
        weekdays: vec![Weekday::Thu],
        from_minute: 600,
        until_minute: 780,
    }];
    let (_, schedule) = solve(&request(vec![market], vec![team("team:0", 25.0, 85.0, 6)]));
    let planned = &schedule.teams[0].days[0];
    assert_eq!(planned.date, day(3));
    assert_eq!(planned.visits[0].start_minute, 600.0);
    assert_eq!(planned.visits[0].arrival_minute, 600.0);
    assert!(planned.departure_minute > 480.0);
}

#[test]
fn a_blackout_moves_visits_and_priority_days_attract_them() {
    let mut asked = request(
        vec![
            stop("village:0", 25.05, 85.0, 20),
            stop("village:1", 25.05, 85.02, 20),
        ],
        vec![team("team:0", 25.0, 85.0, 6)],
    );
    asked.priorities.push(Priority {
        label: "before the weddings".to_owned(),
        from: day(4),
        until: day(5),
        stops: Some(BTreeSet::from(["village:1".to_owned()])),
    });
    asked.blackouts.push(Blackout {
        label: "festival".to_owned(),
        from: day(0),
        until: day(3),
        stops: Some(BTreeSet::from(["village:0".to_owned()])),
    });
    asked.blackouts.push(Blackout {
        label: "rest".to_owned(),
        from: day(4),
        until: day(4),
        stops: None,
    });
    let (_, schedule) = solve(&asked);
    assert_eq!(schedule.unscheduled, []);
    let dates: Vec<_> = schedule.teams[0].days.iter().map(|day| day.date).collect();
    assert_eq!(dates, [day(5)]);
}

#[test]
fn wanted_days_give_way_to_households_but_not_to_kilometres() {
    let mut asked = request(
        vec![
            stop("village:0", 25.1, 85.0, 60),
            stop("village:1", 25.1, 85.0, 60),
        ],
        vec![team("team:0", 25.0, 85.0, 3)],
    );
    asked.priorities.push(Priority {
        label: "before the weddings".to_owned(),
        from: day(2),
        until: day(2),
        stops: None,
    });
    let (_, schedule) = solve(&asked);
    assert_eq!(schedule.unscheduled, []);
    let dates: Vec<_> = schedule.teams[0].days.iter().map(|day| day.date).collect();
    assert!(dates.contains(&day(2)) && dates.len() == 2, "{dates:?}");
}

#[test]
fn a_place_that_never_opens_on_a_working_day_is_reported_with_the_first_day_that_would_do() {
    let mut sunday = stop("village:0", 25.05, 85.0, 20);
    sunday.open = vec![OpenHours {
        weekdays: vec![Weekday::Sun],
        from_minute: 480,
        until_minute: 960,
    }];
    let (_, schedule) = solve(&request(vec![sunday], vec![team("team:0", 25.0, 85.0, 6)]));
    let (why, remedies) = left(&schedule);
    assert_eq!(*why, WhyNot::NoOpenDay);
    let remedy = ScheduleRemedy::AddDate {
        team: 0,
        date: day(6),
    };
    assert!(remedies.contains(&remedy), "{remedies:?}");
}

#[test]
fn a_place_too_far_is_reported_with_the_kilometres_it_needs() {
    let far = stop("village:0", 25.5, 85.0, 1);
    let mut near = team("team:0", 25.0, 85.0, 2);
    near.most_km_per_day = 100.0;
    let needs = 2.0 * 1.3 * great_circle_km(near.base, far.position);
    let (asked, schedule) = solve(&request(vec![far], vec![near]));
    let (why, remedies) = left(&schedule);
    assert!(matches!(why, WhyNot::TooFar { needs_km } if (needs_km - needs).abs() < 1e-9));
    let [ScheduleRemedy::RaiseKm { km, .. }] = remedies else {
        panic!("{remedies:?}");
    };
    assert!((100.0 + km - needs).abs() < 1e-9);
    assert_eq!(check_schedule(&asked, &schedule), []);
}

#[test]
fn hours_too_short_for_one_household_are_reported() {
    let mut short = stop("village:0", 25.01, 85.0, 9);
    short.open = vec![OpenHours {
        weekdays: vec![Weekday::Mon, Weekday::Tue],
        from_minute: 600,
        until_minute: 620,
    }];
    let (_, schedule) = solve(&request(vec![short], vec![team("team:0", 25.0, 85.0, 2)]));
    let (why, remedies) = left(&schedule);
    assert_eq!(*why, WhyNot::TooShort);
    // 30 minutes for the visit and 5 for one household do not fit 20.
    assert!(
        remedies.iter().any(
            |remedy| matches!(remedy, ScheduleRemedy::OpenLonger { minutes, .. } if (minutes - 15.0).abs() < 1e-6)
        ),
        "{remedies:?}"
    );
}

/// Two villages that each fill most of the only day.
fn full() -> ScheduleRequest {
    request(
        vec![
            stop("village:0", 25.02, 85.0, 60),
            stop("village:1", 25.0, 85.02, 60),
        ],
        vec![team("team:0", 25.0, 85.0, 1)],
    )
}

#[test]
fn each_remedy_of_a_full_day_suffices_and_a_smaller_one_does_not() {
    let (_, schedule) = solve(&full());
    let (why, remedies) = left(&schedule);
    assert_eq!(*why, WhyNot::Full);
    let left_out = |change: &dyn Fn(&mut ScheduleRequest)| {
        let mut asked = full();
        change(&mut asked);
        let (asked, schedule) = solve(&asked);
        assert_eq!(check_schedule(&asked, &schedule), []);
        schedule.unscheduled.len()
    };
    // Hours and households are both short: no single change of a limit helps.
    let [ScheduleRemedy::AddDate { team: 0, date }] = remedies else {
        panic!("{remedies:?}");
    };
    assert_eq!(left_out(&|asked| asked.teams[0].dates.push(*date)), 0);

    let mut roomy = full();
    roomy.teams[0].most_households_per_day = 500;
    let (_, schedule) = solve(&roomy);
    let minutes = left(&schedule)
        .1
        .iter()
        .find_map(|remedy| match remedy {
            ScheduleRemedy::LengthenDay { minutes, .. } => Some(*minutes),
            _ => None,
        })
        .unwrap();
    let longer = |minutes: f64| {
        left_out(&|asked| {
            asked.teams[0].most_households_per_day = 500;
            asked.teams[0].hours_per_day += minutes / 60.0;
        })
    };
    assert_eq!((longer(minutes), longer(minutes - 0.01)), (0, 1));

    let mut quick = full();
    quick.teams[0].minutes_per_household = 1.0;
    let (_, schedule) = solve(&quick);
    let remedies = left(&schedule).1.to_vec();
    assert!(
        remedies.contains(&ScheduleRemedy::RaiseHouseholds {
            team: 0,
            date: day(0),
            households: 40
        }),
        "{remedies:?}"
    );
    let more = |households: u32| {
        left_out(&|asked| {
            asked.teams[0].minutes_per_household = 1.0;
            asked.teams[0].most_households_per_day += households;
        })
    };
    assert_eq!((more(40), more(39)), (0, 1));
}

#[test]
fn areas_along_a_road_are_stretches_of_it_and_balanced() {
    let stops = (0..40u32).map(|number| {
        let along = 85.0 + f64::from(number) * 0.02;
        stop(&format!("village:{number}"), 25.0, along, 10 + number % 3)
    });
    // All teams start in one town, so that the bases do not tell them apart.
    let teams = (0..4u32).map(|number| team(&format!("team:{number}"), 25.0, 85.4, 5));
    let (_, schedule) = solve(&request(stops.collect(), teams.collect()));
    for area in &schedule.areas {
        let (first, last) = (area.stops[0], area.stops[area.stops.len() - 1]);
        assert_eq!(area.stops, (first..=last).collect::<Vec<usize>>());
    }
    assert!(schedule.imbalance < 0.15, "{}", schedule.imbalance);
}

#[test]
fn a_team_with_twice_the_days_gets_about_twice_the_work() {
    let stops = (0..60u32).map(|number| {
        let (row, column) = (f64::from(number / 10), f64::from(number % 10));
        stop(
            &format!("village:{number}"),
            25.0 + 0.02 * row,
            85.0 + 0.02 * column,
            20,
        )
    });
    let teams = vec![team("team:0", 25.0, 85.0, 4), team("team:1", 25.1, 85.2, 8)];
    let (_, schedule) = solve(&request(stops.collect(), teams));
    assert!(schedule.imbalance < 0.1, "{}", schedule.imbalance);
    let [small, large] = [0, 1].map(|team| schedule.areas[team].team_days);
    assert!((1.6..2.5).contains(&(large / small)), "{small} {large}");
}

#[test]
fn on_tiny_requests_the_way_is_the_shortest_there_is() {
    for seed in 0..12u32 {
        let spread = |number: u32| f64::from((number * 37 + seed * 11) % 17) * 0.01;
        let stops: Vec<_> = (0..6u32)
            .map(|number| {
                let id = format!("village:{number}");
                stop(&id, 25.0 + spread(number), 85.0 + spread(number * 5 + 3), 5)
            })
            .collect();
        let (asked, schedule) = solve(&request(stops, vec![team("team:0", 25.05, 85.05, 1)]));
        assert_eq!(schedule.unscheduled, []);
        let position = |place: usize| match place {
            6 => asked.teams[0].base,
            stop => asked.stops[stop].position,
        };
        let mut shortest = f64::INFINITY;
        permute(&mut (0..6).collect::<Vec<usize>>(), 0, &mut |order| {
            let mut km = 0.0;
            let mut from = 6;
            for to in order.iter().copied().chain([6]) {
                km += 1.3 * great_circle_km(position(from), position(to));
                from = to;
            }
            shortest = shortest.min(km);
        });
        assert!(
            (schedule.km() - shortest).abs() < 1e-6,
            "{} {shortest}",
            schedule.km()
        );
    }
}

fn permute(items: &mut Vec<usize>, from: usize, visit: &mut impl FnMut(&[usize])) {
    if from == items.len() {
        visit(items);
        return;
    }
    for other in from..items.len() {
        items.swap(from, other);
        permute(items, from + 1, visit);
        items.swap(from, other);
    }
}

#[test]
fn a_distance_table_is_read_from_row_to_column() {
    let mut asked = request(
        vec![
            stop("village:0", 25.0, 85.0, 5),
            stop("village:1", 25.0, 85.0, 5),
        ],
        vec![team("team:0", 25.0, 85.0, 1)],
    );
    // One way round is 3 km, the other 30.
    let km = vec![0.0, 1.0, 10.0, 10.0, 0.0, 1.0, 1.0, 10.0, 0.0];
    asked.roads = Roads::Table(DistanceTable::new(3, km).unwrap());
    let (_, schedule) = solve(&asked);
    assert_eq!(schedule.km(), 3.0);
}

#[test]
fn a_table_of_ways_tells_the_minutes_too_and_the_speed_is_not_used() {
    let mut asked = request(
        vec![stop("village:0", 25.0, 85.0, 5)],
        vec![team("team:0", 25.0, 85.0, 1)],
    );
    asked.teams[0].minutes_per_household = 1.0;
    asked.teams[0].minutes_per_visit = 0.0;
    let way = |km, minutes| Way { km, minutes };
    // The row of the village, then that of the base: 20 minutes up the hill.
    let ways = vec![way(0.0, 0.0), way(4.0, 11.0), way(5.0, 20.0), way(0.0, 0.0)];
    asked.roads = Roads::Ways(WayTable::new(2, ways).unwrap());
    let (_, schedule) = solve(&asked);
    let day = &schedule.teams[0].days[0];
    assert_eq!(day.km, 9.0);
    assert_eq!(day.return_minute - day.departure_minute, 20.0 + 5.0 + 11.0);
    let hole = vec![
        way(0.0, 0.0),
        way(4.0, f64::NAN),
        way(5.0, 20.0),
        way(0.0, 0.0),
    ];
    assert!(WayTable::new(2, hole).is_err());
    assert!(WayTable::new(3, vec![way(0.0, 0.0); 8]).is_err());
    asked.roads = Roads::Ways(WayTable::new(1, vec![way(0.0, 0.0)]).unwrap());
    let Err(error) = ScheduleProblem::new(asked) else {
        panic!("a table of another size was taken");
    };
    assert!(format!("{error:?}").contains("TableShape"), "{error:?}");
}

#[test]
fn areas_follow_told_ways_where_a_river_runs_along_the_road() {
    // Ten villages in a row, the even ones north of a river, the odd ones
    // south of it; the only bridge is 40 km off. One base on each bank.
    let villages = (0..10u32).map(|number| {
        let name = format!("village:{number}");
        stop(&name, 25.0, 85.0 + 0.02 * f64::from(number), 20)
    });
    let teams = vec![
        team("team:north", 25.0, 85.09, 5),
        team("team:south", 25.0, 85.09, 5),
    ];
    let mut asked = request(villages.collect(), teams);
    let bank = |point: usize| point % 2;
    let along = |point: usize| if point < 10 { 2.0 * point as f64 } else { 9.0 };
    let km = (0..144).map(|pair| {
        let (from, to) = (pair / 12, pair % 12);
        let across = if bank(from) == bank(to) { 0.0 } else { 40.0 };
        across + (along(from) - along(to)).abs()
    });
    asked.roads = Roads::Table(DistanceTable::new(12, km.collect()).unwrap());
    let (_, schedule) = solve(&asked);
    assert_eq!(schedule.areas[0].stops, [0, 2, 4, 6, 8]);
    assert_eq!(schedule.areas[1].stops, [1, 3, 5, 7, 9]);
    assert!(schedule.imbalance < 0.01, "{}", schedule.imbalance);
}

#[test]
fn lost_visits_return_refused_places_do_not_and_the_horizon_stands() {
    let stops = (0..6u32).map(|number| {
        stop(
            &format!("village:{number}"),
            25.0 + f64::from(number) * 0.03,
            85.0,
            60,
        )
    });
    let problem = ScheduleProblem::new(request(
        stops.collect(),
        vec![team("team:0", 25.0, 85.0, 9)],
    ))
    .unwrap();
    let before = problem.schedule(&params(30));
    assert_eq!(before.teams[0].days.len(), 6);
    let dates: Vec<_> = before.teams[0].days.iter().map(|day| day.date).collect();
    let today = dates[3];
    let outcomes = [
        Outcome::Lost,
        Outcome::Refused,
        Outcome::Done { households: 25 },
    ];
    let results: Vec<VisitResult> = before.teams[0].days[..3]
        .iter()
        .zip(outcomes)
        .map(|(day, outcome)| VisitResult {
            team: 0,
            date: day.date,
            stop: day.visits[0].stop,
            outcome,
        })
        .collect();
    let progress = Progress {
        results: results.clone(),
        today,
        freeze_until: today,
    };
    let after = problem.replan(&before, &progress, &params(30)).unwrap();
    let planned = |schedule: &Schedule, stop: usize| -> u32 {
        let visits = schedule.days().flat_map(|(_, day)| &day.visits);
        visits
            .filter(|visit| visit.stop == stop)
            .map(|visit| visit.households)
            .sum()
    };
    assert_eq!(planned(&after, results[0].stop), 60);
    assert_eq!(planned(&after, results[1].stop), 0);
    assert_eq!(planned(&after, results[2].stop), 35);
    assert_eq!(left(&after).0, &WhyNot::Refused);
    assert_eq!(
        after.teams[0].days[0].visits,
        before.teams[0].days[3].visits
    );
    assert!(after.teams[0].days[0].frozen && !after.teams[0].days[1].frozen);
}

#[test]
fn results_that_match_no_visit_or_are_missing_are_refused_by_name() {
    let problem = ScheduleProblem::new(full()).unwrap();
    let before = problem.schedule(&params(5));
    let visit = before.teams[0].days[0].visits[0].stop;
    let result = |date, stop| VisitResult {
        team: 0,
        date,
        stop,
        outcome: Outcome::Lost,
    };
    let faults = |results: Vec<VisitResult>| {
        let progress = Progress {
            results,
            today: day(1),
            freeze_until: day(0),
        };
        match problem.replan(&before, &progress, &params(5)) {
            Err(PlanningError::ScheduleFaults(faults)) => faults,
            other => panic!("{other:?}"),
        }
    };
    let missing = faults(Vec::new());
    assert!(matches!(missing[..], [ScheduleFault::NoResult { .. }]));
    assert!(missing[0].to_string().contains("say done, lost or refused"));
    let twice = faults(vec![result(day(0), visit), result(day(0), visit)]);
    assert!(matches!(twice[..], [ScheduleFault::RepeatedResult { .. }]));
    let stranger = faults(vec![result(day(0), visit), result(day(0), 1 - visit)]);
    assert!(matches!(stranger[..], [ScheduleFault::NotPlanned { .. }]));
    let early = faults(vec![result(day(0), visit), result(day(4), visit)]);
    assert!(matches!(early[..], [ScheduleFault::ResultTooEarly { .. }]));
}

#[test]
fn every_fault_of_a_request_is_named() {
    let mut asked = full();
    asked.stops[1].id = "village:0".to_owned();
    asked.stops[0].households = 0;
    asked.stops[1].position.latitude = f64::NAN;
    asked.stops[1].open = vec![OpenHours {
        weekdays: vec![Weekday::Mon],
        from_minute: 600,
        until_minute: 600,
    }];
    asked.teams[0].hours_per_day = 20.0;
    asked.teams[0].speed_km_per_hour = 0.0;
    asked.teams[0].dates = vec![day(0), day(0)];
    asked.roads = Roads::Table(DistanceTable::new(1, vec![1.0]).unwrap());
    asked.blackouts.push(Blackout {
        label: "festival".to_owned(),
        from: day(3),
        until: day(2),
        stops: Some(BTreeSet::from(["village:9".to_owned()])),
    });
    let Err(PlanningError::ScheduleFaults(faults)) = ScheduleProblem::new(asked) else {
        panic!("the request has faults");
    };
    let words: Vec<String> = faults.iter().map(ToString::to_string).collect();
    for expected in [
        "`village:0` is given twice among the stops; give it once",
        "households of `village:0` is 0; expected at least one",
        "latitude of `village:0` is NaN; expected -90 to 90 degrees",
        "from minute 600 to 600",
        "hours per day of `team:0` is 20",
        "speed in km/h of `team:0` is 0",
        "2026-01-05 is given twice among the dates of team `team:0`",
        "the distance table has 1 rows and 1 columns; expected 3",
        "`festival` runs from 2026-01-08 to 2026-01-07",
        "`festival` names the unknown stop `village:9`",
    ] {
        assert!(
            words.iter().any(|fault| fault.contains(expected)),
            "{expected}: {words:#?}"
        );
    }
    let Err(PlanningError::ScheduleFaults(faults)) =
        ScheduleProblem::new(request(Vec::new(), Vec::new()))
    else {
        panic!("there is nothing to schedule");
    };
    assert_eq!(
        faults,
        [
            ScheduleFault::Empty { list: "stops" },
            ScheduleFault::Empty { list: "teams" }
        ]
    );
}

#[test]
fn working_dates_leave_out_other_weekdays_and_holidays() {
    let dates = working_dates(
        day(0),
        day(8),
        &[Weekday::Mon, Weekday::Wed],
        &BTreeSet::from([day(2)]),
    );
    assert_eq!(dates, [day(0), day(7)]);
}
