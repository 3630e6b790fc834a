//! Days and visits in plain lists, for a search that asks the same things
//! millions of times.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::schedule::calendar::{DAY_MINUTES, misses_priority, open_spans};
use crate::schedule::day::Part;
use crate::schedule::params::Borders;
use crate::schedule::request::{Roads, ScheduleRequest};
use crate::schedule::roads::Ways;

/// A day of a team that may be planned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct TeamDay {
    pub(super) team: usize,
    pub(super) date: NaiveDate,
}

/// A part to visit, and the team in whose area it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Visit {
    pub(super) part: Part,
    pub(super) home: usize,
}

/// Limits of a day.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Number of the team in the request.
    pub(super) team: usize,
    /// Row of its base in the table of ways.
    pub(super) base: usize,
    pub(super) starts: f64,
    pub(super) ends: f64,
    pub(super) most_km: f64,
    pub(super) most_households: u32,
    minutes_per_km: f64,
    minutes_per_household: f64,
    minutes_per_visit: f64,
}

/// When a visit can be made on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Opening {
    Never,
    Always,
    /// Within these spans of the list.
    Spans {
        from: u32,
        until: u32,
    },
}

/// A visit on a day, whatever its place in the day.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Fit {
    opening: Opening,
    misses: bool,
}

/// Some days and the visits that may be made on them.
///
/// Visits are numbered as handed in; the base of each team follows after them
/// in the table of ways.
pub(super) struct Model {
    pub(super) days: Vec<Limits>,
    pub(super) visits: Vec<Visit>,
    places: usize,
    km: Vec<f64>,
    /// Minutes where they do not follow from the kilometres.
    minutes: Option<Vec<f64>>,
    /// By visit and day.
    fits: Vec<Fit>,
    spans: Vec<(f64, f64)>,
    border_km: f64,
}

impl Model {
    /// O((visits + teams)² + visits × days).
    pub(super) fn new(
        request: &ScheduleRequest,
        days: &[TeamDay],
        visits: &[Visit],
        borders: Borders,
    ) -> Self {
        let ways = Ways::new(request);
        let mut rows: Vec<usize> = visits.iter().map(|visit| visit.part.stop).collect();
        let mut bases: BTreeMap<usize, usize> = BTreeMap::new();
        for day in days {
            bases.entry(day.team).or_insert_with(|| {
                rows.push(ways.base(day.team));
                rows.len() - 1
            });
        }
        let pairs = || {
            rows.iter()
                .flat_map(|from| rows.iter().map(move |to| (*from, *to)))
        };
        // Any team will do: a table of ways is the same for all.
        let minutes = matches!(request.roads, Roads::Ways(_)).then(|| {
            pairs()
                .map(|(from, to)| ways.minutes(0, from, to))
                .collect()
        });
        let limits = days
            .iter()
            .map(|day| {
                let team = &request.teams[day.team];
                Limits {
                    team: day.team,
                    base: bases[&day.team],
                    starts: team.day_starts_minute,
                    ends: team.day_starts_minute + 60.0 * team.hours_per_day,
                    most_km: team.most_km_per_day,
                    most_households: team.most_households_per_day,
                    minutes_per_km: 60.0 / team.speed_km_per_hour,
                    minutes_per_household: team.minutes_per_household,
                    minutes_per_visit: team.minutes_per_visit,
                }
            })
            .collect();
        let mut spans = Vec::new();
        let mut known: BTreeMap<(usize, NaiveDate), Fit> = BTreeMap::new();
        let mut fits = Vec::with_capacity(visits.len() * days.len());
        for visit in visits {
            for day in days {
                let stop = visit.part.stop;
                let mut fit = *known
                    .entry((stop, day.date))
                    .or_insert_with(|| fit(request, stop, day.date, &mut spans));
                if borders == Borders::Kept && visit.home != day.team {
                    fit.opening = Opening::Never;
                }
                fits.push(fit);
            }
        }
        Self {
            places: rows.len(),
            km: pairs().map(|(from, to)| ways.km(from, to)).collect(),
            minutes,
            days: limits,
            visits: visits.to_vec(),
            fits,
            spans,
            border_km: match borders {
                Borders::Kept => 0.0,
                Borders::Open { km } => km,
            },
        }
    }

    pub(super) fn km(&self, from: usize, to: usize) -> f64 {
        self.km[from * self.places + to]
    }

    pub(super) fn minutes(&self, day: &Limits, from: usize, to: usize) -> f64 {
        match &self.minutes {
            None => self.km(from, to) * day.minutes_per_km,
            Some(minutes) => minutes[from * self.places + to],
        }
    }

    pub(super) fn households(&self, visit: usize) -> u32 {
        self.visits[visit].part.households
    }

    /// Minutes of a visit.
    pub(super) fn work(&self, day: &Limits, visit: usize) -> f64 {
        day.minutes_per_visit + day.minutes_per_household * f64::from(self.households(visit))
    }

    fn fit(&self, visit: usize, day: usize) -> Fit {
        self.fits[visit * self.days.len() + day]
    }

    pub(super) fn is_ever_open(&self, visit: usize, day: usize) -> bool {
        self.fit(visit, day).opening != Opening::Never
    }

    /// Whether a visit on a day misses the days wanted for it.
    pub(super) fn misses(&self, visit: usize, day: usize) -> bool {
        self.fit(visit, day).misses
    }

    /// Kilometres that a visit on a day counts beside its way.
    pub(super) fn border_km(&self, visit: usize, day: usize) -> f64 {
        if self.visits[visit].home == self.days[day].team {
            0.0
        } else {
            self.border_km
        }
    }

    /// When work of a visit begins that is reached at `arrival`.
    pub(super) fn earliest_start(
        &self,
        visit: usize,
        day: usize,
        arrival: f64,
        work: f64,
    ) -> Option<f64> {
        match self.fit(visit, day).opening {
            Opening::Never => None,
            Opening::Always => Some(arrival),
            Opening::Spans { from, until } => self.spans[from as usize..until as usize]
                .iter()
                .find(|(opens, closes)| arrival.max(*opens) + work <= closes + super::SAME)
                .map(|(opens, _)| arrival.max(*opens)),
        }
    }

    /// Latest start of a visit that is over by `leaves`: whoever comes by then
    /// can begin by then. Minus infinity if there is none.
    pub(super) fn latest_start(&self, visit: usize, day: usize, leaves: f64, work: f64) -> f64 {
        match self.fit(visit, day).opening {
            Opening::Never => f64::NEG_INFINITY,
            Opening::Always => leaves - work,
            Opening::Spans { from, until } => self.spans[from as usize..until as usize]
                .iter()
                .map(|(opens, closes)| (opens, leaves.min(*closes) - work))
                .filter(|(opens, start)| *start >= **opens - super::SAME)
                .map(|(_, start)| start)
                .fold(f64::NEG_INFINITY, f64::max),
        }
    }
}

fn fit(
    request: &ScheduleRequest,
    stop: usize,
    date: NaiveDate,
    spans: &mut Vec<(f64, f64)>,
) -> Fit {
    let open = open_spans(request, stop, date);
    let number = |count: usize| u32::try_from(count).expect("spans are fewer than 2^32");
    let opening = if open.is_empty() {
        Opening::Never
    } else if open == [(0.0, DAY_MINUTES)] {
        Opening::Always
    } else {
        let from = number(spans.len());
        spans.extend(open);
        Opening::Spans {
            from,
            until: number(spans.len()),
        }
    };
    Fit {
        opening,
        misses: misses_priority(request, stop, date),
    }
}
