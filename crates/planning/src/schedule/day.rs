//! A team's day, walked from base to base.

use chrono::NaiveDate;

use super::calendar::open_spans;
use super::plan::{DaySchedule, PlannedVisit};
use super::request::ScheduleRequest;
use super::roads::Ways;

/// Minutes, kilometres and the like up to which a limit is still met; far
/// above rounding, far below anything a planner could notice.
pub(super) const PRECISION: f64 = 1e-6;

/// Households of a stop, visited at one go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) stop: usize,
    pub(super) households: u32,
}

/// By how much a day breaks each limit; zero where it is met.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Excess {
    pub(super) minutes: f64,
    pub(super) km: f64,
    pub(super) households: u32,
    /// Minutes by which places would have to stay open longer.
    pub(super) closed_minutes: f64,
}

impl Excess {
    /// Whether all limits are met.
    pub(super) fn is_none(&self) -> bool {
        self.minutes == 0.0 && self.km == 0.0 && self.households == 0 && self.closed_minutes == 0.0
    }
}

/// Minutes of a visit.
pub(super) fn visit_minutes(request: &ScheduleRequest, team: usize, households: u32) -> f64 {
    let team = &request.teams[team];
    team.minutes_per_visit + team.minutes_per_household * f64::from(households)
}

/// Walks the visits of a day in order, each as early as it can be, and says
/// which limits that breaks. A visit that cannot end before its place closes
/// is put into the last span that it reaches, and the rest counted as closed.
///
/// O(visits × spans).
pub(super) fn walk(
    request: &ScheduleRequest,
    team: usize,
    date: NaiveDate,
    parts: &[Part],
) -> (DaySchedule, Excess) {
    let ways = Ways::new(request);
    let limits = &request.teams[team];
    let base = ways.base(team);
    let mut visits: Vec<PlannedVisit> = Vec::with_capacity(parts.len());
    let mut closed_minutes = 0.0;
    let (mut place, mut clock) = (base, limits.day_starts_minute);
    let mut departure = clock;
    for part in parts {
        let km = ways.km(place, part.stop);
        let travel = ways.minutes(team, place, part.stop);
        let mut arrival = clock + travel;
        let work = visit_minutes(request, team, part.households);
        let spans = open_spans(request, part.stop, date);
        let fitting = spans
            .iter()
            .find(|(from, until)| arrival.max(*from) + work <= until + PRECISION);
        let start = match (fitting, spans.last()) {
            (Some((from, _)), _) => arrival.max(*from),
            (None, Some((from, until))) => {
                let start = arrival.max(*from);
                closed_minutes += start + work - until;
                start
            }
            (None, None) => {
                closed_minutes += work;
                arrival
            }
        };
        if visits.is_empty() {
            departure = start - travel;
            arrival = start;
        }
        clock = start + work;
        place = part.stop;
        visits.push(PlannedVisit {
            stop: part.stop,
            km,
            arrival_minute: arrival,
            start_minute: start,
            leave_minute: clock,
            households: part.households,
        });
    }
    let back_km = ways.km(place, base);
    let return_minute = clock + ways.minutes(team, place, base);
    let km = visits.iter().map(|visit| visit.km).sum::<f64>() + back_km;
    let households: u32 = parts.iter().map(|part| part.households).sum();
    let over = |value: f64, limit: f64| {
        if value > limit + PRECISION {
            value - limit
        } else {
            0.0
        }
    };
    let excess = Excess {
        minutes: over(
            return_minute,
            limits.day_starts_minute + 60.0 * limits.hours_per_day,
        ),
        km: over(km, limits.most_km_per_day),
        households: households.saturating_sub(limits.most_households_per_day),
        closed_minutes: over(closed_minutes, 0.0),
    };
    let day = DaySchedule {
        date,
        departure_minute: departure,
        visits,
        return_minute,
        km,
        households,
        frozen: false,
    };
    (day, excess)
}
