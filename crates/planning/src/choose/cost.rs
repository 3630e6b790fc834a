//! Team-days of a visit, from households, pace and travel.

use serde::Serialize;

use super::distance::great_circle_km;
use super::place::{Effort, LatLng};
use crate::PlanningError;
use crate::error::check_positive;

/// How fast a team works and travels, as stated by the planner.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PaceSettings {
    /// Households a team visits in a day.
    pub households_per_team_day: f64,
    /// Least a visit takes, however small the place, in team-days.
    pub least_visit_team_days: f64,
    /// Length of the road over the great circle, at least 1.
    pub road_factor: f64,
    /// Travelling speed.
    pub speed_km_per_hour: f64,
    /// Working hours of a day.
    pub hours_per_day: f64,
}

/// Checked pace.
///
/// A visit takes `max(least_visit_team_days, households ÷
/// households_per_team_day)` team-days. The team returns to its base in the
/// evening, so each begun day of the visit adds the way there and back:
/// `2 · distance · road_factor ÷ speed ÷ hours` team-days.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Pace(PaceSettings);

impl Pace {
    /// Checks the settings.
    ///
    /// # Errors
    /// [`PlanningError::Parameter`] unless all are finite and above zero and
    /// the road factor is at least 1.
    pub fn new(settings: PaceSettings) -> Result<Self, PlanningError> {
        check_positive("households_per_team_day", settings.households_per_team_day)?;
        check_positive("least_visit_team_days", settings.least_visit_team_days)?;
        check_positive("speed_km_per_hour", settings.speed_km_per_hour)?;
        check_positive("hours_per_day", settings.hours_per_day)?;
        if !(settings.road_factor.is_finite() && settings.road_factor >= 1.0) {
            return Err(PlanningError::Parameter {
                what: "road_factor",
                value: settings.road_factor,
                expected: "a finite number of at least 1",
            });
        }
        Ok(Self(settings))
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &PaceSettings {
        &self.0
    }
}

/// What a visit costs, in parts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Cost {
    /// Team-days at the place; all of them where the planner stated the sum.
    pub visit_team_days: f64,
    /// Team-days on the road.
    pub travel_team_days: f64,
    /// Great-circle distance from the nearest base, if it was needed.
    pub base_distance_km: Option<f64>,
}

impl Cost {
    /// The sum that the budget pays.
    #[must_use]
    pub fn team_days(&self) -> f64 {
        self.visit_team_days + self.travel_team_days
    }

    /// The cost of a visit. `None` where it is in households and there is no
    /// pace. Without bases there is no travel.
    pub(super) fn of(
        effort: Effort,
        position: LatLng,
        pace: Option<&Pace>,
        bases: &[LatLng],
    ) -> Option<Self> {
        let households = match effort {
            Effort::TeamDays(team_days) => {
                return Some(Self {
                    visit_team_days: team_days,
                    travel_team_days: 0.0,
                    base_distance_km: None,
                });
            }
            Effort::Households(households) => households,
        };
        let pace = pace?.settings();
        let visit_team_days =
            (households / pace.households_per_team_day).max(pace.least_visit_team_days);
        let base_distance_km = bases
            .iter()
            .map(|base| great_circle_km(*base, position))
            .min_by(f64::total_cmp);
        let travel_team_days = base_distance_km.map_or(0.0, |distance_km| {
            let hours = 2.0 * distance_km * pace.road_factor / pace.speed_km_per_hour;
            visit_team_days.ceil() * hours / pace.hours_per_day
        });
        Some(Self {
            visit_team_days,
            travel_team_days,
            base_distance_km,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace() -> Pace {
        Pace::new(PaceSettings {
            households_per_team_day: 40.0,
            least_visit_team_days: 0.5,
            road_factor: 1.5,
            speed_km_per_hour: 30.0,
            hours_per_day: 8.0,
        })
        .unwrap()
    }

    #[test]
    fn a_large_village_is_travelled_to_on_each_of_its_days() {
        let base = LatLng {
            latitude: 25.0,
            longitude: 85.0,
        };
        let village = LatLng {
            latitude: 25.1,
            longitude: 85.0,
        };
        let cost = Cost::of(Effort::Households(100.0), village, Some(&pace()), &[base]).unwrap();
        assert_eq!(cost.visit_team_days, 2.5);
        // A tenth of a degree of latitude is 11.12 km: there and back on three
        // days, by road, at 30 km/h: 3.336 h of an eight-hour day.
        assert!((cost.travel_team_days - 3.0 * 2.0 * 11.1195 * 1.5 / 30.0 / 8.0).abs() < 1e-4);
    }

    #[test]
    fn a_tiny_place_takes_the_least_visit_and_no_base_means_no_travel() {
        let at = LatLng {
            latitude: 0.0,
            longitude: 0.0,
        };
        let cost = Cost::of(Effort::Households(3.0), at, Some(&pace()), &[]).unwrap();
        assert_eq!(cost.team_days(), 0.5);
        assert!(Cost::of(Effort::Households(3.0), at, None, &[]).is_none());
    }

    #[test]
    fn a_road_shorter_than_the_great_circle_is_refused() {
        let settings = PaceSettings {
            road_factor: 0.9,
            ..*pace().settings()
        };
        assert!(matches!(
            Pace::new(settings),
            Err(PlanningError::Parameter {
                what: "road_factor",
                ..
            })
        ));
    }
}
