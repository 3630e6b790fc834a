//! What is to be scheduled, as handed in.

use std::collections::BTreeSet;

use chrono::{Datelike as _, NaiveDate, Weekday};

use crate::PlanningError;
use crate::choose::{DistanceTable, LatLng};

/// Hours in which a place can be visited on some weekdays, such as market or
/// school days. A visit lies wholly within them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenHours {
    /// Weekdays on which they hold.
    pub weekdays: Vec<Weekday>,
    /// First minute after midnight.
    pub from_minute: u32,
    /// Last minute after midnight, at most 1440.
    pub until_minute: u32,
}

/// A chosen place.
#[derive(Debug, Clone, PartialEq)]
pub struct Stop {
    /// Identifier, unique among the stops.
    pub id: String,
    /// Representative point.
    pub position: LatLng,
    /// Households to visit, at least one.
    pub households: u32,
    /// When it can be visited; at any hour of any day if empty.
    pub open: Vec<OpenHours>,
}

/// A team with its own vehicle, which leaves its base and returns to it on
/// every working day.
#[derive(Debug, Clone, PartialEq)]
pub struct Team {
    /// Identifier, unique among the teams.
    pub id: String,
    /// Where each day begins and ends.
    pub base: LatLng,
    /// Days on which it works.
    pub dates: Vec<NaiveDate>,
    /// Minutes after midnight before which it does not leave its base.
    pub day_starts_minute: f64,
    /// Hours from then until it must be back.
    pub hours_per_day: f64,
    /// Speed on the road.
    pub speed_km_per_hour: f64,
    /// Longest way of a day.
    pub most_km_per_day: f64,
    /// Most households (or children, if these are counted) of a day.
    pub most_households_per_day: u32,
    /// Work at each household.
    pub minutes_per_household: f64,
    /// Work at each visit beside the households, such as meeting the elders.
    pub minutes_per_visit: f64,
}

/// Days on which places are not visited. Lunar and school dates come as data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blackout {
    /// What it is for, repeated where the days matter.
    pub label: String,
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub until: NaiveDate,
    /// Identifiers of the stops; all stops if `None`.
    pub stops: Option<BTreeSet<String>>,
}

/// Days on which visits are wanted most, such as the weeks before Akshaya
/// Tritiya. They are preferred, not required: reaching households comes first,
/// these days second, kilometres third.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Priority {
    /// What it is for.
    pub label: String,
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub until: NaiveDate,
    /// Identifiers of the stops; all stops if `None`.
    pub stops: Option<BTreeSet<String>>,
}

/// How long the ways are.
#[derive(Debug, Clone, PartialEq)]
pub enum Roads {
    /// Great circle times a factor, at least 1.
    GreatCircle {
        /// The factor.
        road_factor: f64,
    },
    /// Kilometres from each row to each column. Rows and columns are the stops
    /// and then the team bases, in the order of the request.
    Table(DistanceTable),
    /// Kilometres and minutes from each row to each column, numbered like a
    /// [`Roads::Table`]. The speeds of the teams are not used.
    Ways(WayTable),
}

/// A way from one place to another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Way {
    /// Its length.
    pub km: f64,
    /// How long it takes.
    pub minutes: f64,
}

/// Ways from every place to every place, square.
#[derive(Debug, Clone, PartialEq)]
pub struct WayTable {
    places: usize,
    ways: Vec<Way>,
}

impl WayTable {
    /// `ways` row by row: from the first place to each, then from the second.
    ///
    /// # Errors
    /// [`PlanningError::Length`] unless there is a way for each pair;
    /// [`PlanningError::Value`] for one that is not finite or below zero.
    pub fn new(places: usize, ways: Vec<Way>) -> Result<Self, PlanningError> {
        let expected = places.saturating_mul(places);
        if ways.len() != expected {
            return Err(PlanningError::Length {
                what: "the table of ways",
                found: ways.len(),
                expected,
                unit: "pair of places",
            });
        }
        let holds = |value: f64| value.is_finite() && value >= 0.0;
        for (number, way) in ways.iter().enumerate() {
            for (what, value) in [("kilometres", way.km), ("minutes", way.minutes)] {
                if !holds(value) {
                    return Err(PlanningError::Value {
                        what,
                        number,
                        value,
                        expected: "a finite number, not below zero",
                    });
                }
            }
        }
        Ok(Self { places, ways })
    }

    /// Number of places.
    #[must_use]
    pub fn places(&self) -> usize {
        self.places
    }

    /// The way from one place to another.
    #[must_use]
    pub fn way(&self, from: usize, to: usize) -> Way {
        self.ways[from * self.places + to]
    }
}

/// Stops, teams and rules.
#[derive(Debug, Clone, PartialEq)]
pub struct ScheduleRequest {
    /// Places to visit.
    pub stops: Vec<Stop>,
    /// Who visits them.
    pub teams: Vec<Team>,
    /// How long the ways are.
    pub roads: Roads,
    /// Days without visits.
    pub blackouts: Vec<Blackout>,
    /// Days to prefer.
    pub priorities: Vec<Priority>,
}

/// The dates from `from` to `until`, both included, that fall on `weekdays`
/// and are not `holidays`.
#[must_use]
pub fn working_dates(
    from: NaiveDate,
    until: NaiveDate,
    weekdays: &[Weekday],
    holidays: &BTreeSet<NaiveDate>,
) -> Vec<NaiveDate> {
    from.iter_days()
        .take_while(|date| *date <= until)
        .filter(|date| weekdays.contains(&date.weekday()) && !holidays.contains(date))
        .collect()
}
