//! A checked request.

use std::collections::BTreeSet;

use super::fault::ScheduleFault;
use super::request::{Roads, ScheduleRequest};
use crate::PlanningError;
use crate::choose::LatLng;

/// A request without faults.
#[derive(Debug, Clone)]
pub struct ScheduleProblem {
    request: ScheduleRequest,
}

impl ScheduleProblem {
    /// Checks a request.
    ///
    /// # Errors
    /// [`PlanningError::ScheduleFaults`] with every fault found.
    pub fn new(mut request: ScheduleRequest) -> Result<Self, PlanningError> {
        let mut faults = Vec::new();
        check_lists(&request, &mut faults);
        check_stops(&request, &mut faults);
        check_teams(&request, &mut faults);
        check_spans(&request, &mut faults);
        check_roads(&request, &mut faults);
        if !faults.is_empty() {
            return Err(PlanningError::ScheduleFaults(faults));
        }
        for team in &mut request.teams {
            team.dates.sort_unstable();
        }
        Ok(Self { request })
    }

    /// The request, with the dates of each team in order.
    #[must_use]
    pub fn request(&self) -> &ScheduleRequest {
        &self.request
    }
}

fn check_lists(request: &ScheduleRequest, faults: &mut Vec<ScheduleFault>) {
    let stops: Vec<&str> = request.stops.iter().map(|stop| stop.id.as_str()).collect();
    let teams: Vec<&str> = request.teams.iter().map(|team| team.id.as_str()).collect();
    for (list, ids) in [("stops", stops), ("teams", teams)] {
        if ids.is_empty() {
            faults.push(ScheduleFault::Empty { list });
        }
        let mut seen = BTreeSet::new();
        for id in ids {
            if !seen.insert(id) {
                faults.push(ScheduleFault::Repeated {
                    list,
                    id: id.to_owned(),
                });
            }
        }
    }
}

fn check_stops(request: &ScheduleRequest, faults: &mut Vec<ScheduleFault>) {
    for stop in &request.stops {
        check_position(&stop.id, stop.position, faults);
        // `vrp-core` counts loads in 32 bits with a sign.
        if stop.households == 0 || i32::try_from(stop.households).is_err() {
            faults.push(ScheduleFault::Value {
                what: "households",
                owner: stop.id.clone(),
                value: f64::from(stop.households),
                expected: "at least one, and less than two thousand million",
            });
        }
        for hours in &stop.open {
            if hours.from_minute >= hours.until_minute
                || hours.until_minute > 1_440
                || hours.weekdays.is_empty()
            {
                faults.push(ScheduleFault::OpenHours {
                    stop: stop.id.clone(),
                    from_minute: hours.from_minute,
                    until_minute: hours.until_minute,
                    weekdays: hours.weekdays.len(),
                });
            }
        }
    }
}

fn check_position(owner: &str, position: LatLng, faults: &mut Vec<ScheduleFault>) {
    for (what, value, most, expected) in [
        ("latitude", position.latitude, 90.0, "-90 to 90 degrees"),
        (
            "longitude",
            position.longitude,
            180.0,
            "-180 to 180 degrees",
        ),
    ] {
        if !(-most..=most).contains(&value) {
            faults.push(ScheduleFault::Value {
                what,
                owner: owner.to_owned(),
                value,
                expected,
            });
        }
    }
}

fn check_teams(request: &ScheduleRequest, faults: &mut Vec<ScheduleFault>) {
    for team in &request.teams {
        check_position(&team.id, team.base, faults);
        let mut value = |what, value: f64, holds: bool, expected| {
            if !(value.is_finite() && holds) {
                faults.push(ScheduleFault::Value {
                    what,
                    owner: team.id.clone(),
                    value,
                    expected,
                });
            }
        };
        let starts = team.day_starts_minute;
        let hours = team.hours_per_day;
        value(
            "start of the day",
            starts,
            (0.0..1_440.0).contains(&starts),
            "minutes after midnight, 0 to below 1440",
        );
        value(
            "hours per day",
            hours,
            hours > 0.0 && starts + 60.0 * hours <= 1_440.0,
            "above zero, and the end before midnight",
        );
        let above_zero = "a finite number above zero";
        for (what, number) in [
            ("speed in km/h", team.speed_km_per_hour),
            ("most km per day", team.most_km_per_day),
            ("minutes per household", team.minutes_per_household),
        ] {
            value(what, number, number > 0.0, above_zero);
        }
        let visit = team.minutes_per_visit;
        value(
            "minutes per visit",
            visit,
            visit >= 0.0,
            "a finite number, not below zero",
        );
        let cap = f64::from(team.most_households_per_day);
        value("most households per day", cap, cap > 0.0, "at least one");
        if team.dates.is_empty() {
            faults.push(ScheduleFault::NoDates {
                team: team.id.clone(),
            });
        }
        let mut seen = BTreeSet::new();
        for date in &team.dates {
            if !seen.insert(*date) {
                faults.push(ScheduleFault::RepeatedDate {
                    team: team.id.clone(),
                    date: *date,
                });
            }
        }
    }
}

fn check_spans(request: &ScheduleRequest, faults: &mut Vec<ScheduleFault>) {
    let known: BTreeSet<&str> = request.stops.iter().map(|stop| stop.id.as_str()).collect();
    let blackouts = request
        .blackouts
        .iter()
        .map(|span| (&span.label, span.from, span.until, &span.stops));
    let priorities = request
        .priorities
        .iter()
        .map(|span| (&span.label, span.from, span.until, &span.stops));
    for (label, from, until, stops) in blackouts.chain(priorities) {
        if from > until {
            faults.push(ScheduleFault::Span {
                label: label.clone(),
                from,
                until,
            });
        }
        for stop in stops.iter().flatten() {
            if !known.contains(stop.as_str()) {
                faults.push(ScheduleFault::UnknownStop {
                    label: label.clone(),
                    stop: stop.clone(),
                });
            }
        }
    }
}

fn check_roads(request: &ScheduleRequest, faults: &mut Vec<ScheduleFault>) {
    let expected = request.stops.len() + request.teams.len();
    match &request.roads {
        Roads::GreatCircle { road_factor } => {
            if !(road_factor.is_finite() && *road_factor >= 1.0) {
                faults.push(ScheduleFault::Value {
                    what: "road factor",
                    owner: "the request".to_owned(),
                    value: *road_factor,
                    expected: "a finite number, at least 1",
                });
            }
        }
        Roads::Table(table) => {
            if table.places() != expected || table.demand() != expected {
                faults.push(ScheduleFault::TableShape {
                    rows: table.demand(),
                    columns: table.places(),
                    expected,
                });
            }
        }
        Roads::Ways(table) => {
            if table.places() != expected {
                faults.push(ScheduleFault::TableShape {
                    rows: table.places(),
                    columns: table.places(),
                    expected,
                });
            }
        }
    }
}
