//! Schedules many visits, and says how long that took and how far it is from
//! what the search of `vrp-core` itself finds on the same visits.
//!
//! ```sh
//! cargo run --release -p safeground-planning --example schedule_many -- rounds=4000 peer=600
//! ```
//!
//! | word | what it sets | without it |
//! |---|---|---|
//! | `visits` `teams` `days` | how many | 500 10 20 |
//! | `most` | households of the largest place; the smallest has ten | 60 |
//! | `shape` | `scattered`, or `towns` | `scattered` |
//! | `seed` | of the places | 11 |
//! | `rounds` | of the search; 0 leaves it out | 4000 |
//! | `borders` | `kept`, or kilometres | those of the planner |
//! | `peer` | seconds that `vrp-core` is given; 0 leaves it out | 0 |

mod instance;
mod peer;

use std::collections::BTreeMap;
use std::error::Error;
use std::time::Instant;

use instance::{Shape, Size, instance};
use safeground_planning::checker::check_schedule;
use safeground_planning::schedule::{
    Borders, Schedule, ScheduleParams, ScheduleProblem, ScheduleRequest,
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut words: BTreeMap<String, String> = BTreeMap::new();
    for word in std::env::args().skip(1) {
        let (name, value) = word
            .split_once('=')
            .ok_or_else(|| format!("`{word}` is not name=value"))?;
        words.insert(name.to_owned(), value.to_owned());
    }
    let mut number = |name: &str, usual: u32| match words.remove(name) {
        None => Ok(usual),
        Some(value) => value.parse::<u32>(),
    };
    let size = Size {
        visits: number("visits", 500)?,
        teams: number("teams", 10)?,
        days: number("days", 20)?,
        most_households: number("most", 60)?,
    };
    let (seed, rounds, peer) = (
        number("seed", 11)?,
        number("rounds", 4_000)?,
        number("peer", 0)?,
    );
    let shape = match words.remove("shape").as_deref() {
        None | Some("scattered") => Shape::Scattered,
        Some("towns") => Shape::Towns,
        Some(other) => return Err(format!("no shape `{other}`").into()),
    };
    let mut params = ScheduleParams::new(rounds as usize, 0, None)?;
    params = match words.remove("borders").as_deref() {
        None => params,
        Some("kept") => params.with_borders(Borders::Kept)?,
        Some(km) => params.with_borders(Borders::Open { km: km.parse()? })?,
    };
    if let Some(unknown) = words.keys().next() {
        return Err(format!("no word `{unknown}`").into());
    }
    let problem = ScheduleProblem::new(instance(size, shape, u64::from(seed)))?;
    if rounds > 0 {
        let start = Instant::now();
        let schedule = problem.schedule(&params);
        tell(problem.request(), &schedule, start.elapsed().as_secs_f64());
    }
    if peer > 0 {
        let start = Instant::now();
        let reached = peer::search(problem.request(), peer as usize)?;
        println!(
            "vrp-core: {} households, {} left out, {:.1} km, {:.2} s",
            reached.households,
            all(problem.request()) - u64::from(reached.households),
            reached.km,
            start.elapsed().as_secs_f64(),
        );
    }
    Ok(())
}

fn all(request: &ScheduleRequest) -> u64 {
    let households = request.stops.iter().map(|stop| u64::from(stop.households));
    households.sum()
}

fn tell(request: &ScheduleRequest, schedule: &Schedule, seconds: f64) {
    let mut team_of = vec![0; request.stops.len()];
    for area in &schedule.areas {
        for stop in &area.stops {
            team_of[*stop] = area.team;
        }
    }
    let visits = || {
        let days = schedule.days();
        days.flat_map(|(team, day)| day.visits.iter().map(move |visit| (team, visit.stop)))
    };
    let abroad = visits().filter(|(team, stop)| team_of[*stop] != *team);
    let days = schedule.teams.iter().map(|team| team.days.len());
    println!(
        "planner: {} households, {} left out, {:.1} km, {seconds:.2} s; {} visits, {} of them in \
         another area; {} to {} days of each team; {} violations",
        schedule.households(),
        all(request) - schedule.households(),
        schedule.km(),
        visits().count(),
        abroad.count(),
        days.clone().min().unwrap_or(0),
        days.max().unwrap_or(0),
        check_schedule(request, schedule).len(),
    );
}
