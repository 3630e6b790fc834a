//! Places that take more than a day are split over days.

use chrono::NaiveDate;

use super::calendar::open_spans;
use super::day::{PRECISION, Part};
use super::request::ScheduleRequest;
use super::roads::Ways;

/// Most households of a stop that a team can visit on a day given to it alone.
pub(super) fn most_households(
    request: &ScheduleRequest,
    team: usize,
    stop: usize,
    date: NaiveDate,
) -> u32 {
    let limits = &request.teams[team];
    let ways = Ways::new(request);
    if ways.return_km(team, stop) > limits.most_km_per_day + PRECISION {
        return 0;
    }
    let base = ways.base(team);
    let arrival = limits.day_starts_minute + ways.minutes(team, base, stop);
    let leave =
        limits.day_starts_minute + 60.0 * limits.hours_per_day - ways.minutes(team, stop, base);
    let longest = open_spans(request, stop, date)
        .into_iter()
        .map(|(from, until)| until.min(leave) - from.max(arrival))
        .fold(0.0, f64::max);
    let work = longest - limits.minutes_per_visit + PRECISION;
    if work < 0.0 {
        return 0;
    }
    let by_time = (work / limits.minutes_per_household).floor();
    // The cast saturates, and the cap is below what it saturates at.
    (by_time as u32).min(limits.most_households_per_day)
}

/// Splits households into the fewest near-equal parts that a team can visit on
/// its best day among `dates`; none if it can visit nobody.
pub(super) fn split(
    request: &ScheduleRequest,
    team: usize,
    stop: usize,
    households: u32,
    dates: &[NaiveDate],
) -> Vec<Part> {
    let most = dates
        .iter()
        .map(|date| most_households(request, team, stop, *date))
        .max()
        .unwrap_or(0);
    split_by(stop, households, most)
}

/// The fewest near-equal parts of at most `most` households.
pub(super) fn split_by(stop: usize, households: u32, most: u32) -> Vec<Part> {
    if most == 0 || households == 0 {
        return Vec::new();
    }
    let count = households.div_ceil(most);
    (0..count)
        .map(|number| Part {
            stop,
            households: households / count + u32::from(number < households % count),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_as_few_as_can_be_near_equal_and_complete() {
        for households in 1..80u32 {
            for most in 1..30 {
                let parts: Vec<u32> = split_by(3, households, most)
                    .iter()
                    .map(|part| part.households)
                    .collect();
                assert_eq!(parts.iter().sum::<u32>(), households);
                assert!(parts.iter().all(|part| *part <= most));
                assert!(parts.iter().max().unwrap() - parts.iter().min().unwrap() <= 1);
                assert!((parts.len() as u32 - 1) * most < households);
            }
        }
    }
}
