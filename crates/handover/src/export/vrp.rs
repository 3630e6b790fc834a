//! The schedule in the pragmatic format of the VRP solver of Builuk
//! (`vrp-cli`, `vrp-pragmatic`): a problem that it can solve anew, and our
//! schedule as a solution.
//!
//! A job is a visit, named as in the workbook. Times are those on the planner's
//! clock, written as UTC. Where ways are great circles, the speed of a profile
//! is the team's speed over the road factor, since the solver's own distances
//! are straight; limits of kilometres are divided by the factor likewise. With
//! a table of kilometres the solver needs the table beside the file; of ways that
//! the planner told it knows nothing and takes great circles. `plan_id`
//! and `release_id` are keys of ours, which its readers pass over.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::odk::visit_id;
use super::{ExportError, checked};
use crate::document::{PlanDocument, Position, RoadsAsked, Route, TeamAsked};
use crate::language::Language;

/// The problem: every planned visit, every team with its working days.
///
/// # Errors
/// [`ExportError::Document`] for a document with faults.
pub fn vrp_problem(document: &PlanDocument, _: &Language) -> Result<Vec<u8>, ExportError> {
    checked(document)?;
    let factor = road_factor(document);
    let jobs: Vec<Value> = document
        .visits()
        .filter_map(|(route, order, visit)| {
            let village = document.village(&visit.place_id)?;
            let seconds = seconds(visit.leave_minute - visit.start_minute);
            Some(json!({
                "id": visit_id(&route.team_id, route.date, order),
                "services": [{
                    "places": [{
                        "location": location(village.position),
                        "duration": seconds,
                        "tag": village.place_id,
                    }],
                    "demand": [visit.households],
                }],
            }))
        })
        .collect();
    let teams = document
        .asked
        .teams
        .iter()
        .filter(|team| !team.dates.is_empty());
    let vehicles: Vec<Value> = teams.clone().map(|team| vehicle(team, factor)).collect();
    let profiles: Vec<Value> = teams
        .map(|team| {
            json!({
                "name": profile(team),
                "speed": team.speed_km_per_hour / 3.6 / factor,
            })
        })
        .collect();
    bytes(&json!({
        "plan_id": document.plan_id,
        "release_id": document.release_id,
        "plan": { "jobs": jobs },
        "fleet": { "vehicles": vehicles, "profiles": profiles },
        "objectives": [
            { "type": "minimize-unassigned" },
            { "type": "minimize-cost" },
        ],
    }))
}

/// Our schedule as a solution of [`vrp_problem`]; its metres are those of the
/// road, as in the plan.
///
/// # Errors
/// [`ExportError::Document`] for a document with faults.
pub fn vrp_solution(document: &PlanDocument, _: &Language) -> Result<Vec<u8>, ExportError> {
    checked(document)?;
    let teams: BTreeMap<&str, &TeamAsked> = document
        .asked
        .teams
        .iter()
        .map(|team| (team.id.as_str(), team))
        .collect();
    let tours: Vec<(Value, [i64; 5])> = document
        .routes
        .iter()
        .filter_map(|route| Some(tour(document, route, teams.get(route.team_id.as_str())?)))
        .collect();
    let mut sums = [0; 5];
    for (_, numbers) in &tours {
        for (sum, number) in sums.iter_mut().zip(numbers) {
            *sum += number;
        }
    }
    bytes(&json!({
        "plan_id": document.plan_id,
        "release_id": document.release_id,
        "statistic": statistic(sums),
        "tours": tours.into_iter().map(|(tour, _)| tour).collect::<Vec<_>>(),
    }))
}

fn bytes(value: &Value) -> Result<Vec<u8>, ExportError> {
    let write = ExportError::write("VRP JSON");
    let mut bytes = serde_json::to_vec_pretty(value).map_err(|error| write(&error))?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn road_factor(document: &PlanDocument) -> f64 {
    match document.asked.roads {
        RoadsAsked::GreatCircle { road_factor } | RoadsAsked::Matrix { road_factor, .. } => {
            road_factor
        }
        RoadsAsked::Table => 1.0,
    }
}

fn profile(team: &TeamAsked) -> String {
    format!("road_{}", team.id)
}

fn location(position: Position) -> Value {
    json!({ "lat": position.latitude, "lng": position.longitude })
}

fn seconds(minutes: f64) -> i64 {
    (minutes * 60.0).round() as i64
}

/// A minute of a day as RFC 3339. Midnight at its end is the next day's.
fn instant(date: chrono::NaiveDate, minute: f64) -> String {
    let midnight = date.and_time(chrono::NaiveTime::MIN);
    let time = midnight + chrono::TimeDelta::seconds(seconds(minute));
    format!("{}Z", time.format("%Y-%m-%dT%H:%M:%S"))
}

fn vehicle(team: &TeamAsked, factor: f64) -> Value {
    let ends = team.day_starts_minute + 60.0 * team.hours_per_day;
    let shifts: Vec<Value> = sorted_dates(team)
        .into_iter()
        .map(|date| {
            json!({
                "start": {
                    "earliest": instant(date, team.day_starts_minute),
                    "location": location(team.base),
                },
                "end": { "latest": instant(date, ends), "location": location(team.base) },
            })
        })
        .collect();
    json!({
        "typeId": team.id,
        "vehicleIds": [vehicle_id(team)],
        "profile": { "matrix": profile(team) },
        "costs": { "fixed": 0.0, "distance": 1.0, "time": 0.0 },
        "shifts": shifts,
        "capacity": [i32::try_from(team.most_households_per_day).unwrap_or(i32::MAX)],
        "limits": { "maxDistance": (1_000.0 * team.most_km_per_day / factor).floor() },
    })
}

fn vehicle_id(team: &TeamAsked) -> String {
    format!("{}_1", team.id)
}

fn sorted_dates(team: &TeamAsked) -> Vec<chrono::NaiveDate> {
    let mut dates = team.dates.clone();
    dates.sort_unstable();
    dates
}

/// A tour, and its metres, seconds, driving, serving and waiting.
fn tour(document: &PlanDocument, route: &Route, team: &TeamAsked) -> (Value, [i64; 5]) {
    let at = |minute: f64| instant(route.date, minute);
    let shift = sorted_dates(team)
        .iter()
        .position(|date| *date == route.date);
    let mut km = 0.0;
    let mut load = route.households();
    let mut stops = vec![json!({
        "location": location(team.base),
        "time": { "arrival": at(team.day_starts_minute), "departure": at(route.departure_minute) },
        "distance": 0,
        "load": [load],
        "activities": [{ "jobId": "departure", "type": "departure" }],
    })];
    let (mut serving, mut waiting) = (0, 0);
    for (order, visit) in (1..).zip(&route.visits) {
        km += visit.km;
        load -= u64::from(visit.households);
        serving += seconds(visit.leave_minute - visit.start_minute);
        waiting += seconds(visit.start_minute - visit.arrival_minute);
        let position = document.village(&visit.place_id).map(|v| v.position);
        stops.push(json!({
            "location": location(position.unwrap_or(team.base)),
            "time": { "arrival": at(visit.arrival_minute), "departure": at(visit.leave_minute) },
            "distance": metres(km),
            "load": [load],
            "activities": [{
                "jobId": visit_id(&route.team_id, route.date, order),
                "type": "service",
                "jobTag": visit.place_id,
            }],
        }));
    }
    stops.push(json!({
        "location": location(team.base),
        "time": { "arrival": at(route.return_minute), "departure": at(route.return_minute) },
        "distance": metres(route.km),
        "load": [load],
        "activities": [{ "jobId": "arrival", "type": "arrival" }],
    }));
    let duration = seconds(route.return_minute - route.departure_minute);
    let driving = (duration - serving - waiting).max(0);
    let numbers = [metres(route.km), duration, driving, serving, waiting];
    let tour = json!({
        "vehicleId": vehicle_id(team),
        "typeId": team.id,
        "shiftIndex": shift.unwrap_or(0),
        "stops": stops,
        "statistic": statistic(numbers),
    });
    (tour, numbers)
}

fn metres(km: f64) -> i64 {
    (1_000.0 * km).round() as i64
}

fn statistic([distance, duration, driving, serving, waiting]: [i64; 5]) -> Value {
    json!({
        "cost": distance as f64,
        "distance": distance,
        "duration": duration,
        "times": {
            "driving": driving,
            "serving": serving,
            "waiting": waiting,
            "break": 0,
            "commuting": 0,
            "parking": 0,
        },
    })
}
