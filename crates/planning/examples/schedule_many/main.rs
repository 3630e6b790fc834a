//! Schedules many visits, and says how long that took and how far it is from
//! a search of more rounds.
//!
//! ```sh
//! cargo run --release -p safeground-planning --example schedule_many -- 500 10 20 400 60 0
//! ```
//!
//! The numbers are visits, teams, days, rounds, most households of a place, and
//! seconds that the search of `vrp-core` itself is given on the same visits (0:
//! it is not asked). Places are scattered over a square of about 120 km; bases
//! lie among them; households range from 10 to the most, and every fifth place
//! has a market day. Without numbers those above are taken.

mod peer;

use std::error::Error;
use std::time::Instant;

use chrono::{Days, NaiveDate, Weekday};
use rand::{Rng as _, SeedableRng as _};
use safeground_planning::checker::check_schedule;
use safeground_planning::choose::LatLng;
use safeground_planning::schedule::{
    OpenHours, Roads, ScheduleParams, ScheduleProblem, ScheduleRequest, Stop, Team,
};

fn main() -> Result<(), Box<dyn Error>> {
    let numbers = std::env::args()
        .skip(1)
        .map(|word| word.parse::<u32>())
        .collect::<Result<Vec<u32>, _>>()?;
    let number = |place: usize, usual: u32| numbers.get(place).copied().unwrap_or(usual);
    let (visits, teams, days, rounds) =
        (number(0, 500), number(1, 10), number(2, 20), number(3, 400));
    let request = request(visits, teams, days, number(4, 60));
    let problem = ScheduleProblem::new(request)?;
    let start = Instant::now();
    let schedule = problem.schedule(&ScheduleParams::new(rounds as usize, 0, None)?);
    let seconds = start.elapsed().as_secs_f64();
    let left: u32 = schedule
        .unscheduled
        .iter()
        .map(|left| left.households)
        .sum();
    println!(
        "{rounds} rounds: {} team-days, {} households, {left} left out, {:.1} km, imbalance \
         {:.3}, {} violations, {seconds:.2} s",
        schedule.days().count(),
        schedule.households(),
        schedule.km(),
        schedule.imbalance,
        check_schedule(problem.request(), &schedule).len(),
    );
    if number(5, 0) > 0 {
        let start = Instant::now();
        let reached = peer::search(problem.request(), number(5, 0) as usize)?;
        let all: u32 = problem.request().stops.iter().map(|s| s.households).sum();
        println!(
            "vrp-core: {} households, {} left out, {:.1} km, {:.2} s",
            reached.households,
            all - reached.households,
            reached.km,
            start.elapsed().as_secs_f64(),
        );
    }
    Ok(())
}

fn request(visits: u32, teams: u32, days: u32, most_households: u32) -> ScheduleRequest {
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(11);
    let mut position = || LatLng {
        latitude: 25.0 + random.random_range(0.0..1.1),
        longitude: 85.0 + random.random_range(0.0..1.2),
    };
    let points: Vec<LatLng> = (0..visits + teams).map(|_| position()).collect();
    let monday = NaiveDate::from_ymd_opt(2026, 1, 5).expect("the date exists");
    let stops = (0..visits)
        .map(|number| Stop {
            id: format!("village:{number}"),
            position: points[number as usize],
            households: random.random_range(10..=most_households),
            open: match number % 5 {
                0 => vec![OpenHours {
                    weekdays: vec![[Weekday::Tue, Weekday::Fri][number as usize / 5 % 2]],
                    from_minute: 540,
                    until_minute: 960,
                }],
                _ => Vec::new(),
            },
        })
        .collect();
    let teams = (0..teams)
        .map(|number| Team {
            id: format!("team:{number}"),
            base: points[(visits + number) as usize],
            dates: (0..u64::from(days))
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
