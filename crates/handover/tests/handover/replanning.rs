//! From the planner to the workbook, and with its results back to the planner.

use chrono::NaiveDate;
use safeground_handover::Language;
use safeground_handover::document::{Figure, TeamAsked, from_schedule};
use safeground_handover::results::{self, ReadParams};
use safeground_planning::choose::LatLng;
use safeground_planning::schedule::{
    Outcome, Roads, ScheduleParams, ScheduleProblem, ScheduleRequest, Stop, Team, WhyNot,
};

use crate::sample::{at, day, plan};
use crate::workbook::{Filled, Put};

fn request() -> ScheduleRequest {
    let stop = |number: usize| Stop {
        id: format!("village:{number}"),
        position: LatLng {
            latitude: 24.7 + 0.02 * number as f64,
            longitude: 85.0 + 0.01 * (number % 3) as f64,
        },
        households: 20 + 15 * number as u32,
        open: Vec::new(),
    };
    ScheduleRequest {
        stops: (0..6).map(stop).collect(),
        teams: vec![Team {
            id: "team-1".to_owned(),
            base: LatLng {
                latitude: 24.7,
                longitude: 85.0,
            },
            dates: (3..8).map(day).collect(),
            day_starts_minute: 480.0,
            hours_per_day: 9.0,
            speed_km_per_hour: 30.0,
            most_km_per_day: 120.0,
            most_households_per_day: 60,
            minutes_per_household: 6.0,
            minutes_per_visit: 20.0,
        }],
        roads: Roads::GreatCircle { road_factor: 1.4 },
        blackouts: Vec::new(),
        priorities: Vec::new(),
    }
}

#[test]
fn a_schedule_goes_out_as_a_workbook_and_its_results_are_replanned() {
    let problem = ScheduleProblem::new(request()).unwrap();
    let request = problem.request();
    let params = ScheduleParams::new(50, 1, None).unwrap();
    let schedule = problem.schedule(&params);
    let mut document = plan();
    let sample = document.villages[0].clone();
    document.left_out.clear();
    document.villages = request
        .stops
        .iter()
        .map(|stop| {
            let mut village = sample.clone();
            village.place_id.clone_from(&stop.id);
            village.households = Figure::exact(stop.households.into());
            village.position = at(stop.position.longitude, stop.position.latitude);
            village
        })
        .collect();
    document.asked.teams = vec![TeamAsked::from_planning(&request.teams[0], "Team 1")];
    (document.routes, document.unscheduled) = from_schedule(request, &schedule).unwrap();
    document.check().unwrap();

    let today = schedule.teams[0].days[1].date;
    let worked: Vec<(NaiveDate, u32)> = schedule
        .days()
        .filter(|(_, day)| day.date < today)
        .flat_map(|(_, day)| day.visits.iter().map(|v| (day.date, v.households)))
        .collect();
    assert!(!worked.is_empty());
    let mut filled = Filled::of(&document, Language::english());
    for (visit, (date, households)) in worked.iter().enumerate() {
        use chrono::Datelike as _;
        filled.done("Team 1", visit, date.day() as u8, f64::from(*households));
    }
    // The last of them was lost.
    let last = worked.len() - 1;
    filled.put("Team 1", last, "outcome", Put::Text("lost"));
    filled.put("Team 1", last, "households_reached", Put::Nothing);
    let read = ReadParams::default();
    let results = results::read(&filled.bytes(), &document, Language::english(), &read);
    let results = results.unwrap().accepted().unwrap();
    let progress = results.progress(request, today, today).unwrap();
    let lost = progress
        .results
        .iter()
        .filter(|r| r.outcome == Outcome::Lost);
    assert_eq!(lost.count(), 1);

    let next = problem.replan(&schedule, &progress, &params).unwrap();
    let reached: u32 = next.reached.iter().sum();
    let done: u32 = worked[..last]
        .iter()
        .map(|(_, households)| households)
        .sum();
    assert_eq!(reached, done);
    let planned: u64 = next.households() + u64::from(reached);
    let left: u32 = next.unscheduled.iter().map(|left| left.households).sum();
    let all: u32 = request.stops.iter().map(|stop| stop.households).sum();
    assert_eq!(planned + u64::from(left), u64::from(all));
    assert!(
        next.unscheduled
            .iter()
            .all(|left| left.why != WhyNot::Refused)
    );
}

#[test]
fn results_of_another_request_are_refused_by_name() {
    let mut filled = Filled::of(&plan(), Language::english());
    filled.done("Team 1", 0, 3, 28.0);
    let read = ReadParams::default();
    let results = results::read(&filled.bytes(), &plan(), Language::english(), &read);
    let results = results.unwrap().accepted().unwrap();
    let error = results.progress(&request(), day(4), day(4)).unwrap_err();
    assert!(error.to_string().contains("village:248213"));
}
