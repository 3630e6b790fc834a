//! The campaign planner: choosing among very many places, and routing many
//! visits.
//!
//! Beside its times it prints how good the answers are, and the peak memory of
//! the largest choice. Real habitations are taken where their file is present.
#![allow(missing_docs, reason = "criterion's macros make undocumented items")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use chrono::{Days, NaiveDate, Weekday};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, SamplingMode, criterion_group, criterion_main};
use rand::{Rng as _, SeedableRng as _};
use safeground_benches::settlements::{BIHAR, INDIA, habitations, scattered};
use safeground_planning::checker::{check_choice, check_schedule};
use safeground_planning::choose::{
    GreedyParams, LatLng, Method, Objective, Place, Plan, Problem, Request,
};
use safeground_planning::schedule::{
    OpenHours, Roads, ScheduleParams, ScheduleProblem, ScheduleRequest, Stop, Team,
};

/// Else a bench would time how fast an error is.
const DEFINED: &str = "the input is valid";

const RADIUS_KM: f64 = 5.0;

fn group<'a>(criterion: &'a mut Criterion, name: &str) -> BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group
        .sample_size(10)
        .sampling_mode(SamplingMode::Flat)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(10));
    group
}

fn asked(visits: f64) -> Request {
    let objective = Objective::MaximumCoverage {
        service_radius_km: RADIUS_KM,
    };
    Request::new(objective, visits)
}

/// A choice from nothing: checks, coverage sets, greedy.
fn choose(places: &[Place], visits: f64, params: GreedyParams) -> Plan {
    let problem = Problem::new(places.to_vec(), asked(visits)).expect(DEFINED);
    problem.choose(&Method::Greedy(params))
}

fn tell(name: &str, places: &[Place], request: Request, params: GreedyParams) {
    let start = Instant::now();
    let problem = Problem::new(places.to_vec(), request.clone()).expect(DEFINED);
    let plan = problem.choose(&Method::Greedy(params));
    let seconds = start.elapsed().as_secs_f64();
    let faults = check_choice(places, &request, &plan).len();
    println!(
        "{name}: {} of {} places, value {:.2}, bound {:.2} (gap {:.2} %), {faults} faults, \
         {seconds:.2} s",
        plan.chosen.len(),
        places.len(),
        plan.value,
        plan.bound,
        100.0 * plan.gap(),
    );
}

fn greedy(criterion: &mut Criterion) {
    let mut group = group(criterion, "greedy_5_km_500_visits");
    let mut sets = vec![("synthetic_92000", scattered(92_000, 7))];
    if let Some(bihar) = habitations(BIHAR).expect("the file can be read") {
        sets.push(("habitations_of_bihar", bihar));
    }
    for (name, places) in &sets {
        tell(name, places, asked(500.0), GreedyParams::new(0, 0));
        tell(name, places, asked(500.0), GreedyParams::default());
        group.bench_function(*name, |bencher| {
            bencher.iter(|| black_box(choose(places, 500.0, GreedyParams::new(0, 0))));
        });
    }
    group.finish();
}

/// The p-center takes too long to be timed ten times: its answer is told once.
fn center(_: &mut Criterion) {
    let bihar = habitations(BIHAR).expect("the file can be read");
    let places = bihar.unwrap_or_else(|| scattered(92_000, 7));
    let request = Request::new(Objective::PCenter, 500.0);
    tell(
        "p_center_500_visits",
        &places,
        request,
        GreedyParams::default(),
    );
}

fn country(criterion: &mut Criterion) {
    let mut group = group(criterion, "greedy_5_km_2000_visits");
    // One after the other, so that the peak is that of one.
    for (name, file) in [
        ("synthetic_640949", None),
        ("habitations_of_india", Some(INDIA)),
    ] {
        let places = match file {
            None => scattered(640_949, 11),
            Some(file) => match habitations(file).expect("the file can be read") {
                Some(places) => places,
                None => continue,
            },
        };
        let before = memory_mib("VmRSS:");
        forget_peak();
        tell(name, &places, asked(2_000.0), GreedyParams::new(0, 0));
        println!(
            "{name}: peak memory {:.0} MiB, of which {before:.0} MiB are the places handed in",
            memory_mib("VmHWM:")
        );
        group.bench_function(name, |bencher| {
            bencher.iter(|| black_box(choose(&places, 2_000.0, GreedyParams::new(0, 0))));
        });
    }
    group.finish();
}

/// A number of `/proc/self/status`, in MiB; not a number where the system has
/// none.
fn memory_mib(name: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kib.map_or(f64::NAN, |kib| kib / 1_024.0)
}

/// Lets the peak begin anew (Linux; elsewhere it is that of the whole run).
fn forget_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

fn routing(criterion: &mut Criterion) {
    let mut group = group(criterion, "routes_500_visits_10_teams_20_days");
    for (name, most) in [("days_that_suffice", 30), ("more_work_than_days", 60)] {
        let problem = ScheduleProblem::new(visits(most)).expect(DEFINED);
        let params = ScheduleParams::default();
        let start = Instant::now();
        let schedule = problem.schedule(&params);
        let seconds = start.elapsed().as_secs_f64();
        let left = schedule.unscheduled.iter().map(|left| left.households);
        println!(
            "{name}: {} households on {:.0} km, {} left out, {} faults, {seconds:.1} s",
            schedule.households(),
            schedule.km(),
            left.sum::<u32>(),
            check_schedule(problem.request(), &schedule).len(),
        );
        group.bench_function(name, |bencher| {
            bencher.iter(|| black_box(problem.schedule(&params)));
        });
    }
    group.finish();
}

/// 500 places of 10 to `most` households over 120 km, every fifth with a market
/// day, for ten teams of twenty days. The same places as in
/// `examples/schedule_many` of the planner, where `most` is 60.
fn visits(most: u32) -> ScheduleRequest {
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(11);
    let points: Vec<LatLng> = (0..510)
        .map(|_| LatLng {
            latitude: 25.0 + random.random_range(0.0..1.1),
            longitude: 85.0 + random.random_range(0.0..1.2),
        })
        .collect();
    let monday = NaiveDate::from_ymd_opt(2026, 1, 5).expect("the date exists");
    let stops = (0..500)
        .map(|number| Stop {
            id: format!("village:{number}"),
            position: points[number],
            households: random.random_range(10..=most),
            open: match number % 5 {
                0 => vec![OpenHours {
                    weekdays: vec![[Weekday::Tue, Weekday::Fri][number / 5 % 2]],
                    from_minute: 540,
                    until_minute: 960,
                }],
                _ => Vec::new(),
            },
        })
        .collect();
    let teams = (0..10)
        .map(|number| Team {
            id: format!("team:{number}"),
            base: points[500 + number],
            dates: (0..20)
                .map(|day| monday + Days::new(day / 6 * 7 + day % 6))
                .collect(),
            day_starts_minute: 480.0,
            hours_per_day: 9.0,
            speed_km_per_hour: 30.0,
            most_km_per_day: 120.0,
            most_households_per_day: 120,
            minutes_per_household: 4.0,
            minutes_per_visit: 20.0,
        })
        .collect();
    ScheduleRequest {
        stops,
        teams,
        roads: Roads::GreatCircle { road_factor: 1.4 },
        blackouts: Vec::new(),
        priorities: Vec::new(),
    }
}

criterion_group!(benches, greedy, center, country, routing);
criterion_main!(benches);
