//! Chooses among very many places, and says how long each part took.
//!
//! ```sh
//! cargo run --release -p safeground-planning --example choose_many -- \
//!     --places 92000 --budget 500 --radius-km 5
//! cargo run --release -p safeground-planning --example choose_many -- \
//!     --file habitations.csv --budget 500 --radius-km 5
//! ```
//!
//! `--exact-seconds 60` goes on with every exact solver built in, and
//! `--quick` stops after the greedy choice, `--last` begins with the sharpest
//! bound. Without a file the places are scattered around made-up towns. A file has a
//! header and the columns latitude, longitude, block, district, population.
//! With `--bases 10` ten of the places are bases, each with a tenth of the
//! budget. Every visit costs one team-day, or with `--households` what a pace of 40
//! households a day makes of a population at five to the household.

use std::error::Error;
use std::time::{Duration, Instant};

use rand::{Rng as _, SeedableRng as _};
use safeground_planning::choose::{
    Benefit, Effort, ExactParams, GreedyParams, LatLng, Method, Objective, Pace, PaceSettings,
    Place, Problem, Request, Solver,
};

struct Arguments {
    file: Option<String>,
    places: usize,
    budget: f64,
    radius_km: f64,
    passes: usize,
    rounds: usize,
    least_per_block: usize,
    share: f64,
    households: bool,
    objective: String,
    exact_seconds: u64,
    quick: bool,
    last: bool,
    bases: usize,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = arguments()?;
    let start = Instant::now();
    let places = match &arguments.file {
        Some(file) => read(file, arguments.households)?,
        None => scatter(arguments.places, arguments.households),
    };
    println!(
        "{} places in {:.2} s",
        places.len(),
        start.elapsed().as_secs_f64()
    );
    let objective = match arguments.objective.as_str() {
        "benefit" => Objective::WeightedBenefit,
        "center" => Objective::PCenter,
        _ => Objective::MaximumCoverage {
            service_radius_km: arguments.radius_km,
        },
    };
    let mut request = Request::new(objective, arguments.budget);
    request.floors.least_per_block = arguments.least_per_block;
    request.floors.under_observed_share = arguments.share;
    request.pace = Some(Pace::new(PaceSettings {
        households_per_team_day: 40.0,
        least_visit_team_days: 0.5,
        road_factor: 1.4,
        speed_km_per_hour: 30.0,
        hours_per_day: 8.0,
    })?);
    if arguments.bases > 0 {
        let step = places.len().div_ceil(arguments.bases);
        request.bases = places.iter().step_by(step).map(|p| p.position).collect();
        let each = arguments.budget / request.bases.len() as f64;
        request.base_team_days = vec![each; request.bases.len()];
    }
    let start = Instant::now();
    let problem = Problem::new(places, request)?;
    println!("prepared in {:.2} s", start.elapsed().as_secs_f64());
    for (name, params) in [
        ("greedy alone", GreedyParams::new(0, 0)),
        (
            "greedy and local search",
            GreedyParams::new(arguments.passes, 0),
        ),
        (
            "with a sharper bound",
            GreedyParams::new(arguments.passes, arguments.rounds),
        ),
    ]
    .into_iter()
    .take(if arguments.quick { 1 } else { 3 })
    .skip(if arguments.last { 2 } else { 0 })
    {
        report(&problem, name, &Method::Greedy(params));
    }
    if arguments.exact_seconds > 0 {
        let time = Some(Duration::from_secs(arguments.exact_seconds));
        let greedy = GreedyParams::default();
        let solvers = [
            Solver::Microlp,
            #[cfg(feature = "highs")]
            Solver::Highs,
        ];
        for solver in solvers {
            let params = ExactParams::new(solver, time, None, greedy)?;
            report(
                &problem,
                &format!("exact by {solver:?}"),
                &Method::Exact(params),
            );
        }
    }
    Ok(())
}

fn report(problem: &Problem, name: &str, method: &Method) {
    let start = Instant::now();
    let plan = problem.choose(method);
    println!(
        "{name}: {} places, {:.1} team-days, value {:.3}, bound {:.3}, gap {:.3} %, {:?}, {:.2} s",
        plan.chosen.len(),
        plan.team_days,
        plan.value,
        plan.bound,
        100.0 * plan.gap(),
        plan.stopped,
        start.elapsed().as_secs_f64(),
    );
}

fn arguments() -> Result<Arguments, Box<dyn Error>> {
    let mut arguments = Arguments {
        file: None,
        places: 92_000,
        budget: 500.0,
        radius_km: 5.0,
        passes: 20,
        rounds: 200,
        least_per_block: 0,
        share: 0.0,
        households: false,
        objective: "coverage".to_owned(),
        exact_seconds: 0,
        quick: false,
        last: false,
        bases: 0,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} wants a value"));
        match word.as_str() {
            "--file" => arguments.file = Some(value()?),
            "--places" => arguments.places = value()?.parse()?,
            "--budget" => arguments.budget = value()?.parse()?,
            "--radius-km" => arguments.radius_km = value()?.parse()?,
            "--passes" => arguments.passes = value()?.parse()?,
            "--rounds" => arguments.rounds = value()?.parse()?,
            "--least-per-block" => arguments.least_per_block = value()?.parse()?,
            "--share" => arguments.share = value()?.parse()?,
            "--bases" => arguments.bases = value()?.parse()?,
            "--quick" => arguments.quick = true,
            "--last" => arguments.last = true,
            "--households" => arguments.households = true,
            "--objective" => arguments.objective = value()?,
            "--exact-seconds" => arguments.exact_seconds = value()?.parse()?,
            _ => return Err(format!("unknown argument {word}").into()),
        }
    }
    Ok(arguments)
}

fn read(file: &str, households: bool) -> Result<Vec<Place>, Box<dyn Error>> {
    let text = std::fs::read_to_string(file)?;
    let mut places = Vec::new();
    for (line, row) in text.lines().enumerate().skip(1) {
        let cells: Vec<&str> = row.split(',').collect();
        let [latitude, longitude, block, district, population] = cells[..] else {
            return Err(format!("line {}: expected five cells", line + 1).into());
        };
        let position = LatLng {
            latitude: latitude.parse()?,
            longitude: longitude.parse()?,
        };
        let population: f64 = population.parse()?;
        places.push(place(
            line,
            position,
            (block, district),
            population,
            households,
        ));
    }
    Ok(places)
}

fn scatter(count: usize, households: bool) -> Vec<Place> {
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(7);
    // About one place to the square kilometre, as in Bihar.
    let side = (count as f64).sqrt() / 100.0;
    let towns: Vec<(f64, f64)> = (0..count.div_ceil(200))
        .map(|_| {
            (
                random.random_range(0.0..side),
                random.random_range(0.0..side),
            )
        })
        .collect();
    (0..count)
        .map(|number| {
            let town = random.random_range(0..towns.len());
            let near = |centre: f64, random: &mut rand_chacha::ChaCha8Rng| {
                let spread: f64 = (0..4).map(|_| random.random_range(-0.15..0.15)).sum();
                (centre + spread).rem_euclid(side)
            };
            let position = LatLng {
                latitude: 20.0 + near(towns[town].0, &mut random),
                longitude: 75.0 + near(towns[town].1, &mut random),
            };
            let block = format!(
                "{}",
                (position.latitude * 5.0) as i64 * 1_000 + (position.longitude * 5.0) as i64
            );
            let population = (random.random_range(3.0..8.0f64)).exp().round();
            place(number, position, (&block, "1"), population, households)
        })
        .collect()
}

fn place(
    number: usize,
    position: LatLng,
    (block, district): (&str, &str),
    population: f64,
    households: bool,
) -> Place {
    Place {
        id: format!("habitation:{number}"),
        position,
        block: block.to_owned(),
        district: district.to_owned(),
        population: Some(population as u64),
        benefit: Benefit {
            mean: population,
            lower: 0.5 * population,
        },
        effort: if households {
            Effort::Households(population / 5.0)
        } else {
            Effort::TeamDays(1.0)
        },
        visits: Vec::new(),
        under_observed: number.is_multiple_of(5),
        partner: None,
        base: None,
    }
}
