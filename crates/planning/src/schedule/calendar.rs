//! When a stop can be visited.

use chrono::{Datelike as _, NaiveDate};

use super::request::ScheduleRequest;

/// Minutes of a day.
pub(super) const DAY_MINUTES: f64 = 1_440.0;

/// Spans of minutes after midnight in which a stop can be visited on a date,
/// ascending; spans that touch are joined. Empty on blacked-out dates.
pub(super) fn open_spans(
    request: &ScheduleRequest,
    stop: usize,
    date: NaiveDate,
) -> Vec<(f64, f64)> {
    let stop = &request.stops[stop];
    let closed = request.blackouts.iter().any(|span| {
        (span.from..=span.until).contains(&date)
            && span.stops.as_ref().is_none_or(|ids| ids.contains(&stop.id))
    });
    if closed {
        return Vec::new();
    }
    if stop.open.is_empty() {
        return vec![(0.0, DAY_MINUTES)];
    }
    let mut spans: Vec<(f64, f64)> = stop
        .open
        .iter()
        .filter(|hours| hours.weekdays.contains(&date.weekday()))
        .map(|hours| (f64::from(hours.from_minute), f64::from(hours.until_minute)))
        .collect();
    spans.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let mut joined: Vec<(f64, f64)> = Vec::with_capacity(spans.len());
    for (from, until) in spans {
        match joined.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(until),
            _ => joined.push((from, until)),
        }
    }
    joined
}

/// Whether a visit on this date would miss the days wanted for the stop: some
/// are stated, and this is none of them.
pub(super) fn misses_priority(request: &ScheduleRequest, stop: usize, date: NaiveDate) -> bool {
    let id = &request.stops[stop].id;
    let mut wanted = request
        .priorities
        .iter()
        .filter(|span| span.stops.as_ref().is_none_or(|ids| ids.contains(id)))
        .map(|span| (span.from..=span.until).contains(&date))
        .peekable();
    wanted.peek().is_some() && !wanted.any(|inside| inside)
}
