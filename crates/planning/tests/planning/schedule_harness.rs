//! Random requests for schedules, and one in which every rule occurs.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate, Weekday};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use safeground_planning::choose::{DistanceTable, LatLng};
use safeground_planning::schedule::{
    Blackout, OpenHours, Priority, Roads, Schedule, ScheduleParams, ScheduleProblem,
    ScheduleRequest, Stop, Team, Way, WayTable, working_dates,
};

pub const WORKDAYS: [Weekday; 6] = [
    Weekday::Mon,
    Weekday::Tue,
    Weekday::Wed,
    Weekday::Thu,
    Weekday::Fri,
    Weekday::Sat,
];

/// The Monday on which all tests begin, and days after it.
pub fn day(number: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 1, 5).unwrap() + Days::new(number)
}

pub fn at(latitude: f64, longitude: f64) -> LatLng {
    LatLng {
        latitude,
        longitude,
    }
}

pub fn stop(id: &str, latitude: f64, longitude: f64, households: u32) -> Stop {
    Stop {
        id: id.to_owned(),
        position: at(latitude, longitude),
        households,
        open: Vec::new(),
    }
}

/// Works `days` days from the first Monday, 8 to 16 o'clock; 5 minutes for a
/// household, 30 for a visit.
pub fn team(id: &str, latitude: f64, longitude: f64, days: u64) -> Team {
    Team {
        id: id.to_owned(),
        base: at(latitude, longitude),
        dates: (0..days).map(day).collect(),
        day_starts_minute: 480.0,
        hours_per_day: 8.0,
        speed_km_per_hour: 30.0,
        most_km_per_day: 120.0,
        most_households_per_day: 80,
        minutes_per_household: 5.0,
        minutes_per_visit: 30.0,
    }
}

pub fn request(stops: Vec<Stop>, teams: Vec<Team>) -> ScheduleRequest {
    ScheduleRequest {
        stops,
        teams,
        roads: Roads::GreatCircle { road_factor: 1.3 },
        blackouts: Vec::new(),
        priorities: Vec::new(),
    }
}

pub fn params(rounds: usize) -> ScheduleParams {
    ScheduleParams::new(rounds, 7, None).unwrap()
}

pub fn solve(request: &ScheduleRequest) -> (ScheduleRequest, Schedule) {
    let problem = ScheduleProblem::new(request.clone()).unwrap();
    let schedule = problem.schedule(&params(30));
    (problem.request().clone(), schedule)
}

/// Up to twenty stops and three teams, with every kind of rule, feasible in
/// part.
pub fn random_request(seed: u64) -> ScheduleRequest {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let teams: Vec<Team> = (0..random.random_range(1..=3u32))
        .map(|number| {
            let mut team = team(
                &format!("team:{number}"),
                25.0 + random.random_range(0.0..0.5),
                85.0 + random.random_range(0.0..0.5),
                1,
            );
            team.dates = working_dates(
                day(0),
                day(random.random_range(0..14)),
                &WORKDAYS,
                &BTreeSet::from([day(3)]),
            );
            team.most_km_per_day = random.random_range(30.0..200.0);
            team.hours_per_day = random.random_range(2.0..10.0);
            team.most_households_per_day = random.random_range(1..120);
            team.minutes_per_household = random.random_range(0.5..12.0);
            team
        })
        .collect();
    let stops: Vec<Stop> = (0..random.random_range(1..=20u32))
        .map(|number| {
            let mut stop = stop(
                &format!("village:{number}"),
                25.0 + random.random_range(0.0..0.5),
                85.0 + random.random_range(0.0..0.5),
                random.random_range(1..150),
            );
            for _ in 0..random.random_range(0..3u32) {
                let from_minute = random.random_range(400..900);
                stop.open.push(OpenHours {
                    weekdays: vec![
                        WORKDAYS[random.random_range(0..6u64) as usize],
                        WORKDAYS[random.random_range(0..6u64) as usize],
                    ],
                    from_minute,
                    until_minute: from_minute + random.random_range(30..500),
                });
            }
            stop
        })
        .collect();
    let places = stops.len() + teams.len();
    let mut request = request(stops, teams);
    if random.random_bool(0.3) {
        let km = (0..places * places).map(|_| random.random_range(1.0..40.0));
        let table = DistanceTable::new(places, km.collect()).unwrap();
        request.roads = Roads::Table(table);
    } else if random.random_bool(0.3) {
        let ways = (0..places * places).map(|_| Way {
            km: random.random_range(1.0..40.0),
            minutes: random.random_range(1.0..90.0),
        });
        request.roads = Roads::Ways(WayTable::new(places, ways.collect()).unwrap());
    }
    for number in 0..random.random_range(0..3u64) {
        let from = random.random_range(0..10u64);
        request.blackouts.push(Blackout {
            label: format!("festival {number}"),
            from: day(from),
            until: day(from + number),
            stops: random
                .random_bool(0.5)
                .then(|| BTreeSet::from(["village:0".to_owned()])),
        });
    }
    if random.random_bool(0.5) {
        request.priorities.push(Priority {
            label: "before the weddings".to_owned(),
            from: day(1),
            until: day(2),
            stops: None,
        });
    }
    request
}
