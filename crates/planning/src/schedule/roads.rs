//! Kilometres between stops and bases.

use super::request::{Roads, ScheduleRequest};
use crate::choose::great_circle_km;

/// Kilometres between places, numbered as in [`Roads::Table`].
pub(super) struct Ways<'a> {
    request: &'a ScheduleRequest,
}

impl<'a> Ways<'a> {
    pub(super) fn new(request: &'a ScheduleRequest) -> Self {
        Self { request }
    }

    /// Number of a team's base.
    pub(super) fn base(&self, team: usize) -> usize {
        self.request.stops.len() + team
    }

    /// Way from one place to another; none from a place to itself.
    pub(super) fn km(&self, from: usize, to: usize) -> f64 {
        if from == to {
            return 0.0;
        }
        match &self.request.roads {
            Roads::GreatCircle { road_factor } => {
                let position = |place: usize| match place.checked_sub(self.request.stops.len()) {
                    Some(team) => self.request.teams[team].base,
                    None => self.request.stops[place].position,
                };
                road_factor * great_circle_km(position(from), position(to))
            }
            Roads::Table(table) => table.km(from, to),
            Roads::Ways(table) => table.way(from, to).km,
        }
    }

    /// Minutes that a team takes from one place to another; none from a place
    /// to itself.
    pub(super) fn minutes(&self, team: usize, from: usize, to: usize) -> f64 {
        if from == to {
            return 0.0;
        }
        match &self.request.roads {
            Roads::Ways(table) => table.way(from, to).minutes,
            Roads::GreatCircle { .. } | Roads::Table(_) => {
                self.km(from, to) / self.request.teams[team].speed_km_per_hour * 60.0
            }
        }
    }

    /// There and back from a team's base.
    pub(super) fn return_km(&self, team: usize, stop: usize) -> f64 {
        let base = self.base(team);
        self.km(base, stop) + self.km(stop, base)
    }

    /// Minutes there and back from a team's base.
    pub(super) fn return_minutes(&self, team: usize, stop: usize) -> f64 {
        let base = self.base(team);
        self.minutes(team, base, stop) + self.minutes(team, stop, base)
    }
}
