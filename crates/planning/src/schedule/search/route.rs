//! A day's visits in order, and what one more would cost.

use super::SAME;
use super::model::Model;

/// A visit in its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Slot {
    pub(super) visit: usize,
    /// When the team leaves, each visit being made as early as it can be.
    leaves: f64,
    /// Latest arrival with which this visit and all after it can be made.
    latest: f64,
}

impl Slot {
    fn of(visit: usize) -> Self {
        Self {
            visit,
            leaves: 0.0,
            latest: 0.0,
        }
    }
}

/// The visits of a day in order.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Route {
    pub(super) slots: Vec<Slot>,
    pub(super) km: f64,
    pub(super) households: u32,
    /// Kilometres counted for visits of other areas.
    pub(super) border_km: f64,
    /// Visits off the days wanted for them.
    pub(super) misses: u32,
}

impl Route {
    /// The visits in this order, with numbers still to be brought up to them.
    pub(super) fn of(visits: &[usize]) -> Self {
        let slots = visits.iter().map(|visit| Slot::of(*visit)).collect();
        Self {
            slots,
            ..Self::default()
        }
    }

    pub(super) fn visits(&self) -> impl Iterator<Item = usize> {
        self.slots.iter().map(|slot| slot.visit)
    }

    /// Brings all numbers up to the visits. O(visits).
    pub(super) fn refresh(&mut self, model: &Model, day: usize) {
        let limits = &model.days[day];
        (self.km, self.border_km) = (0.0, 0.0);
        (self.households, self.misses) = (0, 0);
        let (mut place, mut clock) = (limits.base, limits.starts);
        for slot in &mut self.slots {
            let visit = slot.visit;
            self.km += model.km(place, visit);
            self.border_km += model.border_km(visit, day);
            self.households += model.households(visit);
            self.misses += u32::from(model.misses(visit, day));
            let work = model.work(limits, visit);
            let arrival = clock + model.minutes(limits, place, visit);
            let start = model.earliest_start(visit, day, arrival, work);
            clock = start.unwrap_or(f64::INFINITY) + work;
            slot.leaves = clock;
            place = visit;
        }
        self.km += model.km(place, limits.base);
        let (mut next, mut by) = (limits.base, limits.ends);
        for slot in self.slots.iter_mut().rev() {
            let work = model.work(limits, slot.visit);
            let leaves = by - model.minutes(limits, slot.visit, next);
            slot.latest = model.latest_start(slot.visit, day, leaves, work);
            (next, by) = (slot.visit, slot.latest);
        }
    }

    pub(super) fn insert(&mut self, model: &Model, day: usize, position: usize, visit: usize) {
        self.slots.insert(position, Slot::of(visit));
        self.refresh(model, day);
    }

    /// Where a visit costs least, and how many kilometres; `None` where it
    /// breaks a limit everywhere.
    ///
    /// The visits before keep their times, and those after can be made if the
    /// first of them is reached by its latest arrival (Savelsbergh 1992), so
    /// that each position takes O(spans).
    pub(super) fn cheapest(&self, model: &Model, day: usize, visit: usize) -> Option<(f64, usize)> {
        let limits = &model.days[day];
        if !model.is_ever_open(visit, day)
            || u64::from(self.households) + u64::from(model.households(visit))
                > u64::from(limits.most_households)
        {
            return None;
        }
        let work = model.work(limits, visit);
        let mut best: Option<(f64, usize)> = None;
        let (mut place, mut leaves) = (limits.base, limits.starts);
        for position in 0..=self.slots.len() {
            let (next, latest) = self
                .slots
                .get(position)
                .map_or((limits.base, limits.ends), |slot| (slot.visit, slot.latest));
            let old = match self.slots.is_empty() {
                true => 0.0,
                false => model.km(place, next),
            };
            let km = model.km(place, visit) + model.km(visit, next) - old;
            if self.km + km <= limits.most_km + SAME && best.is_none_or(|(known, _)| km < known) {
                let arrival = leaves + model.minutes(limits, place, visit);
                let start = model.earliest_start(visit, day, arrival, work);
                let reaches = start.map(|start| start + work + model.minutes(limits, visit, next));
                if reaches.is_some_and(|reaches| reaches <= latest + SAME) {
                    best = Some((km, position));
                }
            }
            if let Some(slot) = self.slots.get(position) {
                (place, leaves) = (slot.visit, slot.leaves);
            }
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use chrono::{Datelike as _, NaiveDate};
    use rand::Rng as _;

    use super::*;
    use crate::choose::{LatLng, stream};
    use crate::schedule::day::{Part, walk};
    use crate::schedule::params::Borders;
    use crate::schedule::request::{OpenHours, Roads, ScheduleRequest, Stop, Team};
    use crate::schedule::search::model::{TeamDay, Visit};

    fn random_request(seed: u64, date: NaiveDate) -> ScheduleRequest {
        let mut random = stream(seed, 0);
        let mut at = || LatLng {
            latitude: 25.0 + random.random_range(0.0..0.3),
            longitude: 85.0 + random.random_range(0.0..0.3),
        };
        let base = at();
        let positions: Vec<LatLng> = (0..10).map(|_| at()).collect();
        let stops = positions
            .into_iter()
            .enumerate()
            .map(|(number, position)| Stop {
                id: format!("village:{number}"),
                position,
                households: random.random_range(1..20),
                open: (0..random.random_range(0..3u32))
                    .map(|_| {
                        let from_minute = random.random_range(400..900);
                        OpenHours {
                            weekdays: vec![date.weekday()],
                            from_minute,
                            until_minute: from_minute + random.random_range(60..300),
                        }
                    })
                    .collect(),
            })
            .collect();
        let team = Team {
            id: "team:0".to_owned(),
            base,
            dates: vec![date],
            day_starts_minute: 480.0,
            hours_per_day: random.random_range(5.0..12.0),
            speed_km_per_hour: 30.0,
            most_km_per_day: random.random_range(60.0..200.0),
            most_households_per_day: random.random_range(30..120),
            minutes_per_household: 3.0,
            minutes_per_visit: 20.0,
        };
        ScheduleRequest {
            stops,
            teams: vec![team],
            roads: Roads::GreatCircle { road_factor: 1.3 },
            blackouts: Vec::new(),
            priorities: Vec::new(),
        }
    }

    #[test]
    fn the_cheapest_place_of_a_visit_is_that_found_by_walking_the_day_with_it_everywhere() {
        let date = NaiveDate::from_ymd_opt(2026, 1, 5).unwrap();
        let (mut fits, mut does_not) = (0, 0);
        for seed in 0..150 {
            let request = random_request(seed, date);
            let visits: Vec<Visit> = (0..request.stops.len())
                .map(|stop| Visit {
                    part: Part {
                        stop,
                        households: request.stops[stop].households,
                    },
                    home: 0,
                })
                .collect();
            let days = [TeamDay { team: 0, date }];
            let model = Model::new(&request, &days, &visits, Borders::Kept);
            let mut route = Route::of(&[]);
            route.refresh(&model, 0);
            for visit in 0..visits.len() {
                let parts: Vec<Part> = route.visits().map(|visit| visits[visit].part).collect();
                let before = walk(&request, 0, date, &parts).0;
                assert!((before.km - route.km).abs() < 1e-9);
                assert_eq!(before.households, route.households);
                let walked = (0..=parts.len())
                    .filter_map(|position| {
                        let mut parts = parts.clone();
                        parts.insert(position, visits[visit].part);
                        let (day, excess) = walk(&request, 0, date, &parts);
                        excess.is_none().then_some(day.km - before.km)
                    })
                    .reduce(f64::min);
                match (walked, route.cheapest(&model, 0, visit)) {
                    (None, None) => does_not += 1,
                    (Some(walked), Some((km, position))) => {
                        assert!((walked - km).abs() < 1e-9, "{seed}: {walked} {km}");
                        route.insert(&model, 0, position, visit);
                        fits += 1;
                    }
                    other => panic!("{seed}: {other:?}"),
                }
            }
        }
        assert!(fits > 300 && does_not > 300, "{fits} {does_not}");
    }
}
