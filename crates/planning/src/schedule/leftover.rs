//! Parts that the search left out: fitted in, or explained.

use chrono::{Days, NaiveDate};

use super::day::{Excess, Part, walk};
use super::parts::most_households;
use super::plan::{ScheduleRemedy, WhyNot};
use super::request::ScheduleRequest;
use super::roads::Ways;

/// Days after the last working day within which a date to add is looked for:
/// a year and a day, so that every weekday and season has its turn.
const DAYS_AHEAD: u64 = 366;

/// A team's day that may be changed.
#[derive(Debug, Clone)]
pub(super) struct OpenDay {
    pub(super) team: usize,
    pub(super) date: NaiveDate,
    pub(super) parts: Vec<Part>,
}

/// Puts a part into the day where it adds least kilometres, its own team's
/// first; false if it fits nowhere. The visits of a day keep their order.
pub(super) fn insert(
    request: &ScheduleRequest,
    days: &mut [OpenDay],
    own_team: usize,
    part: Part,
) -> bool {
    let mut best: Option<((u8, f64), usize, Vec<Part>)> = None;
    for (number, day) in days.iter().enumerate() {
        let before = walk(request, day.team, day.date, &day.parts).0.km;
        for (parts, excess, km) in insertions(request, day, part) {
            let key = (u8::from(day.team != own_team), km - before);
            let better = best.as_ref().is_none_or(|(known, _, _)| {
                key.0 < known.0 || (key.0 == known.0 && key.1 < known.1)
            });
            if excess.is_none() && better {
                best = Some((key, number, parts));
            }
        }
    }
    if let Some((_, number, parts)) = best {
        days[number].parts = parts;
        return true;
    }
    false
}

/// The part at each position of a day, with what that breaks and the way.
fn insertions(
    request: &ScheduleRequest,
    day: &OpenDay,
    part: Part,
) -> impl Iterator<Item = (Vec<Part>, Excess, f64)> {
    (0..=day.parts.len()).map(move |position| {
        let mut parts = day.parts.clone();
        parts.insert(position, part);
        let (walked, excess) = walk(request, day.team, day.date, &parts);
        (parts, excess, walked.km)
    })
}

/// Why households of a stop are not planned, what visit was tried, and the
/// smallest change of each kind that lets it in.
pub(super) fn explain(
    request: &ScheduleRequest,
    days: &[OpenDay],
    part: Part,
) -> (WhyNot, Vec<ScheduleRemedy>) {
    let alone = |day: &OpenDay| {
        let day = OpenDay {
            parts: Vec::new(),
            ..day.clone()
        };
        insertions(request, &day, part)
            .next()
            .expect("an empty day has one position")
            .1
    };
    let why = if days.iter().any(|day| alone(day).is_none()) {
        WhyNot::Full
    } else {
        why_never(request, days, part.stop)
    };
    (why, remedies(request, days, part))
}

/// Why a stop fits on no day of its own.
fn why_never(request: &ScheduleRequest, days: &[OpenDay], stop: usize) -> WhyNot {
    let ways = Ways::new(request);
    let within = |team: usize| {
        ways.return_km(team, stop) <= request.teams[team].most_km_per_day + super::day::PRECISION
    };
    let is_open = |day: &&OpenDay| !super::calendar::open_spans(request, stop, day.date).is_empty();
    if !days.iter().any(|day| is_open(&day)) {
        return WhyNot::NoOpenDay;
    }
    if !days.iter().filter(is_open).any(|day| within(day.team)) {
        return WhyNot::TooFar {
            needs_km: days
                .iter()
                .filter(is_open)
                .map(|day| ways.return_km(day.team, stop))
                .fold(f64::INFINITY, f64::min),
        };
    }
    WhyNot::TooShort
}

fn remedies(request: &ScheduleRequest, days: &[OpenDay], part: Part) -> Vec<ScheduleRemedy> {
    let mut found: Vec<ScheduleRemedy> = Vec::new();
    for day in days {
        for (_, excess, _) in insertions(request, day, part) {
            found.extend(single_change(day, excess));
        }
    }
    let mut smallest: Vec<ScheduleRemedy> = Vec::new();
    for remedy in found {
        match smallest
            .iter_mut()
            .find(|known| std::mem::discriminant(*known) == std::mem::discriminant(&remedy))
        {
            Some(known) if size(&remedy) < size(known) => *known = remedy,
            Some(_) => {}
            None => smallest.push(remedy),
        }
    }
    smallest.sort_by_key(kind);
    smallest.extend(added_date(request, part));
    smallest
}

/// The one limit that an insertion breaks, if it is only one.
fn single_change(day: &OpenDay, excess: Excess) -> Option<ScheduleRemedy> {
    let (team, date) = (day.team, day.date);
    let Excess {
        minutes,
        km,
        households,
        closed_minutes,
    } = excess;
    match (
        minutes > 0.0,
        km > 0.0,
        households > 0,
        closed_minutes > 0.0,
    ) {
        (true, false, false, false) => Some(ScheduleRemedy::LengthenDay {
            team,
            date,
            minutes,
        }),
        (false, true, false, false) => Some(ScheduleRemedy::RaiseKm { team, date, km }),
        (false, false, true, false) => Some(ScheduleRemedy::RaiseHouseholds {
            team,
            date,
            households,
        }),
        (false, false, false, true) => Some(ScheduleRemedy::OpenLonger {
            team,
            date,
            minutes: closed_minutes,
        }),
        _ => None,
    }
}

fn kind(remedy: &ScheduleRemedy) -> u8 {
    match remedy {
        ScheduleRemedy::LengthenDay { .. } => 0,
        ScheduleRemedy::RaiseKm { .. } => 1,
        ScheduleRemedy::RaiseHouseholds { .. } => 2,
        ScheduleRemedy::OpenLonger { .. } => 3,
        ScheduleRemedy::AddDate { .. } => 4,
    }
}

fn size(remedy: &ScheduleRemedy) -> f64 {
    match remedy {
        ScheduleRemedy::AddDate { .. } => 0.0,
        ScheduleRemedy::LengthenDay { minutes, .. }
        | ScheduleRemedy::OpenLonger { minutes, .. } => *minutes,
        ScheduleRemedy::RaiseKm { km, .. } => *km,
        ScheduleRemedy::RaiseHouseholds { households, .. } => f64::from(*households),
    }
}

/// The first date after all working days on which a team, the nearest first,
/// can make the visit on a day of its own.
fn added_date(request: &ScheduleRequest, part: Part) -> Option<ScheduleRemedy> {
    let dates = request.teams.iter().flat_map(|team| team.dates.iter());
    let last = *dates.max()?;
    let ways = Ways::new(request);
    let mut teams: Vec<usize> = (0..request.teams.len()).collect();
    teams.sort_by(|a, b| {
        ways.return_km(*a, part.stop)
            .total_cmp(&ways.return_km(*b, part.stop))
            .then(a.cmp(b))
    });
    (1..=DAYS_AHEAD)
        .filter_map(|ahead| last.checked_add_days(Days::new(ahead)))
        .find_map(|date| {
            teams
                .iter()
                .find(|team| most_households(request, **team, part.stop, date) >= part.households)
                .map(|team| ScheduleRemedy::AddDate { team: *team, date })
        })
}

/// Households of a stop that fits on no day, as many as the shortest visit
/// that can be spoken of: one.
pub(super) fn least_part(stop: usize) -> Part {
    Part {
        stop,
        households: 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_of_every_remedy_is_what_it_changes() {
        let date = NaiveDate::from_ymd_opt(2026, 1, 5).unwrap();
        let team = 0;
        let all = [
            ScheduleRemedy::LengthenDay {
                team,
                date,
                minutes: 2.0,
            },
            ScheduleRemedy::RaiseKm {
                team,
                date,
                km: 3.0,
            },
            ScheduleRemedy::RaiseHouseholds {
                team,
                date,
                households: 4,
            },
            ScheduleRemedy::OpenLonger {
                team,
                date,
                minutes: 5.0,
            },
            ScheduleRemedy::AddDate { team, date },
        ];
        let sizes: Vec<f64> = all.iter().map(size).collect();
        assert_eq!(sizes, [2.0, 3.0, 4.0, 5.0, 0.0]);
        let kinds: Vec<u8> = all.iter().map(kind).collect();
        assert_eq!(kinds, [0, 1, 2, 3, 4]);
    }
}
