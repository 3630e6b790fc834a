//! Which base pays for which place, and how much each base has.

use serde::Serialize;

use super::distance::great_circle_km;
use super::instance::BaseLimits;
use super::place::{LatLng, Place};
use super::plan::Plan;
use super::problem::Problem;

/// Bases whose distances differ by no more are equally near: a millimetre,
/// so that rounding does not decide.
const SAME_DISTANCE_KM: f64 = 1e-6;

/// What a plan asks of a base.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct BaseUse {
    /// Number of the base, from 0.
    pub base: usize,
    /// Team-days of the chosen places that belong to it.
    pub team_days: f64,
    /// Team-days it has.
    pub base_team_days: f64,
}

/// Base of each place, and team-days of each base.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct BaseDays {
    of: Vec<u32>,
    team_days: Vec<f64>,
    /// A choice that meets every constraint, ascending.
    witness: Vec<usize>,
}

impl BaseDays {
    /// Assigns each place to the base stated for it, else to the nearest.
    ///
    /// O(places × bases).
    pub(super) fn new(places: &[Place], bases: &[LatLng], team_days: &[f64]) -> Self {
        let base_of = |place: &Place| match place.base {
            Some(base) => u32::try_from(base).expect("bases were counted"),
            None => nearest_base(place.position, bases),
        };
        Self {
            of: places.iter().map(base_of).collect(),
            team_days: team_days.to_vec(),
            witness: Vec::new(),
        }
    }

    /// Notes a choice that meets every constraint.
    pub(super) fn set_witness(&mut self, witness: Vec<usize>) {
        self.witness = witness;
    }

    pub(super) fn limits(&self) -> BaseLimits<'_> {
        BaseLimits {
            of: &self.of,
            team_days: &self.team_days,
            witness: &self.witness,
        }
    }
}

/// Number of the nearest base by great circle; of equally near ones the first.
fn nearest_base(position: LatLng, bases: &[LatLng]) -> u32 {
    let distances: Vec<f64> = bases
        .iter()
        .map(|base| great_circle_km(*base, position))
        .collect();
    let nearest_km = distances.iter().copied().fold(f64::INFINITY, f64::min);
    (0u32..)
        .zip(&distances)
        .find(|(_, distance_km)| **distance_km <= nearest_km + SAME_DISTANCE_KM)
        .map(|(number, _)| number)
        .expect("there is a team-days figure for each base, and at least one")
}

impl Problem {
    /// Number of the base that pays for a place: the one stated for it, else
    /// the nearest by great circle, of those within a millimetre of it the
    /// first. `None` unless the request
    /// states `base_team_days`.
    #[must_use]
    pub fn base(&self, place: usize) -> Option<usize> {
        self.instance().base_of(place)
    }

    /// What a plan asks of each base, in the order of the bases; empty unless
    /// the request states `base_team_days`.
    #[must_use]
    pub fn base_use(&self, plan: &Plan) -> Vec<BaseUse> {
        let instance = self.instance();
        let Some(limits) = instance.bases else {
            return Vec::new();
        };
        let spent = limits.spent(instance.costs, &plan.chosen);
        spent
            .into_iter()
            .zip(limits.team_days)
            .enumerate()
            .map(|(base, (team_days, base_team_days))| BaseUse {
                base,
                team_days,
                base_team_days: *base_team_days,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(latitude: f64, longitude: f64) -> LatLng {
        LatLng {
            latitude,
            longitude,
        }
    }

    #[test]
    fn a_place_between_two_bases_belongs_to_the_first() {
        let bases = [at(25.0, 85.2), at(25.0, 85.0), at(25.0, 85.0)];
        assert_eq!(nearest_base(at(25.0, 85.1), &bases), 0);
        assert_eq!(nearest_base(at(25.0, 85.09), &bases), 1);
    }

    #[test]
    fn the_nearest_base_may_lie_beyond_the_date_line() {
        let bases = [at(0.0, 178.0), at(0.0, -179.9)];
        assert_eq!(nearest_base(at(0.0, 179.9), &bases), 1);
    }
}
