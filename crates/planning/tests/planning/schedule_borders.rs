//! When a team visits places of another team's area.

use safeground_planning::PlanningError;
use safeground_planning::checker::check_schedule;
use safeground_planning::schedule::{Borders, Schedule, ScheduleProblem, ScheduleRequest};

use crate::schedule_harness::{params, request, stop, team};

/// Eight villages near the first base and two near the second, 30 km off, and
/// more days than needed: areas of equal work are not those of the least way.
fn lopsided() -> ScheduleRequest {
    let villages = (0..10u32).map(|number| {
        let step = f64::from(number);
        let longitude = if number < 8 { 85.0 } else { 85.3 };
        stop(
            &format!("village:{number}"),
            25.0 + 0.02 * (step % 4.0),
            longitude + 0.02 * (step / 4.0).floor(),
            20,
        )
    });
    request(
        villages.collect(),
        vec![team("team:0", 25.0, 85.0, 8), team("team:1", 25.0, 85.3, 8)],
    )
}

fn with(borders: Borders) -> Schedule {
    let problem = ScheduleProblem::new(lopsided()).unwrap();
    let schedule = problem.schedule(&params(40).with_borders(borders).unwrap());
    assert_eq!(check_schedule(problem.request(), &schedule), []);
    assert_eq!(schedule.unscheduled, []);
    schedule
}

/// Visits by another team than that of the area.
fn abroad(schedule: &Schedule) -> usize {
    schedule
        .days()
        .flat_map(|(team, day)| day.visits.iter().map(move |visit| (team, visit.stop)))
        .filter(|(team, stop)| !schedule.areas[*team].stops.contains(stop))
        .count()
}

#[test]
fn areas_are_left_where_that_saves_kilometres_and_borders_are_open() {
    let kept = with(Borders::Kept);
    let open = with(Borders::Open { km: 0.0 });
    assert_eq!(abroad(&kept), 0);
    assert!(abroad(&open) > 0);
    assert!(open.km() < kept.km(), "{} {}", open.km(), kept.km());
    assert_eq!(open.areas, kept.areas);
}

#[test]
fn a_border_is_crossed_only_where_it_saves_more_than_it_is_taken_to_cost() {
    let kept = with(Borders::Kept);
    let cheap = with(Borders::Open { km: 1.0 });
    let dear = with(Borders::Open { km: 1e4 });
    assert_eq!(abroad(&dear), 0);
    assert!(abroad(&cheap) > 0);
    assert!(kept.km() - cheap.km() > abroad(&cheap) as f64);
}

#[test]
fn a_border_of_less_than_nothing_is_refused() {
    for km in [-1.0, f64::NAN, f64::INFINITY] {
        let refused = params(1).with_borders(Borders::Open { km });
        assert!(matches!(refused, Err(PlanningError::Parameter { .. })));
    }
}
