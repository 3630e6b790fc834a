//! The search of `vrp-core` itself, on the same visits: all teams at once,
//! without areas, every team on every day a vehicle.

use std::error::Error;
use std::sync::Arc;

use chrono::{Datelike as _, NaiveDate};
use safeground_planning::choose::{LatLng, great_circle_km};
use safeground_planning::schedule::{Roads, ScheduleRequest, Stop};
use vrp_core::construction::features::create_travel_limit_feature;
use vrp_core::models::common::TimeWindow;
use vrp_core::models::problem::JobIdDimension as _;
use vrp_core::prelude::{
    CapacityFeatureBuilder, Demand, GenericResult, GoalContextBuilder, Job,
    MinimizeUnassignedBuilder, Problem, ProblemBuilder, SimpleTransportCost, SingleBuilder,
    SingleDimLoad, Solver, TransportCost, TransportFeatureBuilder, VehicleBuilder,
    VehicleDetailBuilder, ViolationCode, VrpConfigBuilder,
};

const DAY_MINUTES: f64 = 1_440.0;

/// What the search reached.
pub struct Reached {
    /// Households visited.
    pub households: u32,
    /// Kilometres of all routes.
    pub km: f64,
}

/// Searches for so many seconds of the clock.
///
/// The visits must each fit into a day and all teams share the same limits, as
/// those of the example do. Goals are those of the planner: first most
/// households, then fewest kilometres.
pub fn search(request: &ScheduleRequest, seconds: usize) -> Result<Reached, Box<dyn Error>> {
    let problem = Arc::new(model(request)?);
    let config = VrpConfigBuilder::new(problem.clone())
        .set_telemetry_mode(vrp_core::rosomaxa::evolution::TelemetryMode::None)
        .prebuild()?
        .with_max_generations(Some(usize::MAX))
        .with_max_time(Some(seconds))
        .build()?;
    let solution = Solver::new(problem, config).solve()?;
    let points = points(request);
    let mut reached = Reached {
        households: 0,
        km: 0.0,
    };
    for route in &solution.routes {
        let activities: Vec<_> = route.tour.all_activities().collect();
        for pair in activities.windows(2) {
            reached.km += km(
                request,
                points[pair[0].place.location],
                points[pair[1].place.location],
            );
        }
        for job in route.tour.jobs() {
            reached.households += request.stops[number(job)].households;
        }
    }
    Ok(reached)
}

fn points(request: &ScheduleRequest) -> Vec<LatLng> {
    let stops = request.stops.iter().map(|stop| stop.position);
    stops
        .chain(request.teams.iter().map(|team| team.base))
        .collect()
}

fn km(request: &ScheduleRequest, from: LatLng, to: LatLng) -> f64 {
    match request.roads {
        Roads::GreatCircle { road_factor } => road_factor * great_circle_km(from, to),
        _ => unreachable!("the example has no table of ways"),
    }
}

fn number(job: &Job) -> usize {
    let id = job.dimens().get_job_id();
    id.and_then(|id| id.parse().ok())
        .expect("every job was given a number")
}

fn model(request: &ScheduleRequest) -> GenericResult<Problem> {
    let team = &request.teams[0];
    let points = points(request);
    let all_km: Vec<f64> = points
        .iter()
        .flat_map(|from| points.iter().map(|to| km(request, *from, *to)))
        .collect();
    let minutes = all_km
        .iter()
        .map(|km| 60.0 * km / team.speed_km_per_hour)
        .collect();
    let transport: Arc<dyn TransportCost> = Arc::new(SimpleTransportCost::new(minutes, all_km)?);
    let first = request.teams.iter().flat_map(|team| &team.dates).min();
    let first = *first.expect("teams have dates");
    let last = request.teams.iter().flat_map(|team| &team.dates).max();
    let last = *last.expect("teams have dates");
    let work = |stop: &Stop| {
        team.minutes_per_visit + team.minutes_per_household * f64::from(stop.households)
    };
    let jobs = request
        .stops
        .iter()
        .enumerate()
        .map(|(number, stop)| {
            SingleBuilder::default()
                .id(&number.to_string())
                .demand(Demand::delivery(stop.households as i32))
                .location(number)?
                .duration(work(stop))?
                .times(windows(stop, work(stop), first, last))?
                .build_as_job()
        })
        .collect::<GenericResult<Vec<Job>>>()?;
    let vehicles = request
        .teams
        .iter()
        .enumerate()
        .flat_map(|(number, team)| team.dates.iter().map(move |date| (number, team, date)))
        .map(|(number, team, date)| {
            let starts = clock(first, *date) + team.day_starts_minute;
            let base = request.stops.len() + number;
            VehicleBuilder::default()
                .id(&format!("{number}:{date}"))
                .capacity(SingleDimLoad::new(team.most_households_per_day as i32))
                .add_detail(
                    VehicleDetailBuilder::default()
                        .set_start_location(base)
                        .set_start_time(starts)
                        .set_end_location(base)
                        .set_end_time(starts + 60.0 * team.hours_per_day)
                        .build()?,
                )
                .build()
        })
        .collect::<GenericResult<Vec<_>>>()?;
    let households: Vec<f64> = request
        .stops
        .iter()
        .map(|stop| f64::from(stop.households))
        .collect();
    let most_km = team.most_km_per_day;
    let goal = GoalContextBuilder::with_features(&[
        MinimizeUnassignedBuilder::new("households")
            .set_job_estimator(move |_, job| households[self::number(job)])
            .build()?,
        TransportFeatureBuilder::new("km")
            .set_violation_code(ViolationCode(1))
            .set_transport_cost(transport.clone())
            .build_minimize_distance()?,
        CapacityFeatureBuilder::<SingleDimLoad>::new("households_per_day")
            .set_violation_code(ViolationCode(2))
            .build()?,
        create_travel_limit_feature(
            "km_per_day",
            transport.clone(),
            ViolationCode(3),
            ViolationCode(4),
            Arc::new(move |_| Some(most_km)),
            Arc::new(|_| None),
        )?,
    ])?
    .build()?;
    ProblemBuilder::default()
        .add_jobs(jobs.into_iter())
        .add_vehicles(vehicles.into_iter())
        .with_goal(goal)
        .with_transport_cost(transport)
        .build()
}

fn clock(first: NaiveDate, date: NaiveDate) -> f64 {
    (date - first).num_days() as f64 * DAY_MINUTES
}

/// When a visit can begin so that it ends before its place closes.
fn windows(stop: &Stop, work: f64, first: NaiveDate, last: NaiveDate) -> Vec<TimeWindow> {
    if stop.open.is_empty() {
        return vec![TimeWindow::new(0.0, clock(first, last) + DAY_MINUTES)];
    }
    first
        .iter_days()
        .take_while(|date| *date <= last)
        .flat_map(|date| stop.open.iter().map(move |hours| (date, hours)))
        .filter(|(date, hours)| hours.weekdays.contains(&date.weekday()))
        .map(|(date, hours)| {
            let begins = clock(first, date);
            TimeWindow::new(
                begins + f64::from(hours.from_minute),
                begins + f64::from(hours.until_minute) - work,
            )
        })
        .collect()
}
