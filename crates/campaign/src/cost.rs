//! What a visit costs, as the schedule will find it.
//!
//! The day of a team has `60 · hours` minutes. The way from the base and back
//! takes as many of them as the request tells ([`crate::travel`]), else
//! `2 · d · road factor ÷ speed` hours over a great circle of `d` kilometres;
//! the base is the one with the quickest way. In the rest a team visits `h` households, at most the stated number a day,
//! after the minutes that each visit takes. A village of more than `h`
//! households takes whole days, and of the last one its part. Villages of one
//! day share the way; charging each its part of a day alone is on the safe
//! side where they lie together.

use safeground_planning::choose::{LatLng, great_circle_km};

use crate::ask::PaceAsk;

/// The way from a base to a village and back.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Way {
    /// Number of the base.
    pub base: usize,
    /// Great-circle kilometres between the two.
    pub great_circle_km: f64,
    /// Kilometres there and back.
    pub km: f64,
    /// Minutes there and back.
    pub minutes: f64,
}

impl Way {
    /// By great circle, as the pace says.
    #[must_use]
    pub fn straight(pace: &PaceAsk, base: usize, from: LatLng, to: LatLng) -> Self {
        let great_circle_km = great_circle_km(from, to);
        let km = 2.0 * great_circle_km * pace.road_factor;
        Self {
            base,
            great_circle_km,
            km,
            minutes: 60.0 * km / pace.speed_km_per_hour,
        }
    }

    /// The quickest of some, the first of equals.
    #[must_use]
    pub fn quickest(ways: impl Iterator<Item = Self>) -> Option<Self> {
        ways.min_by(|a, b| {
            let quicker = a.minutes.total_cmp(&b.minutes);
            quicker.then(a.base.cmp(&b.base))
        })
    }
}

/// Minutes that one household takes: what is left of a day of one village
/// without a way, shared out over the households of a day.
#[must_use]
pub fn minutes_per_household(pace: &PaceAsk) -> f64 {
    (60.0 * pace.hours_per_day - pace.minutes_per_visit) / pace.households_per_team_day
}

/// Team-days of a visit, the way included; `None` where the way is longer than
/// a day allows.
#[must_use]
pub fn team_days(pace: &PaceAsk, way: &Way, households: u64) -> Option<f64> {
    let day = 60.0 * pace.hours_per_day - way.minutes;
    let each = minutes_per_household(pace);
    let most = pace.households_per_team_day.ceil();
    let per_day = ((day - pace.minutes_per_visit) / each).min(most).floor();
    if way.km > pace.most_km_per_day || per_day.is_nan() || per_day < 1.0 {
        return None;
    }
    let households = households as f64;
    let full = (households / per_day).floor();
    let rest = households - full * per_day;
    let last = if rest > 0.0 {
        (rest * each + pace.minutes_per_visit) / day
    } else {
        0.0
    };
    Some(full + last)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: LatLng = LatLng {
        latitude: 25.0,
        longitude: 85.0,
    };

    fn north(km: f64) -> LatLng {
        LatLng {
            latitude: 25.0 + km / 111.195,
            ..BASE
        }
    }

    fn straight(km: f64) -> Way {
        Way::straight(&PaceAsk::default(), 0, BASE, north(km))
    }

    #[test]
    fn a_day_at_the_base_is_one_team_day() {
        let days = team_days(&PaceAsk::default(), &straight(0.0), 60).unwrap();
        assert!((days - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_way_takes_households_off_each_day() {
        // 25 km away: 70 km of road, 168 of 420 minutes; (252 - 30) / 6.5 = 34.
        let way = straight(25.0);
        assert!((way.great_circle_km - 25.0).abs() < 0.01, "{way:?}");
        let expected = 2.0 + (2.0 * 6.5 + 30.0) / 252.0;
        let days = team_days(&PaceAsk::default(), &way, 70).unwrap();
        assert!((days - expected).abs() < 1e-3);
    }

    #[test]
    fn a_village_beyond_a_days_way_has_no_cost() {
        assert_eq!(team_days(&PaceAsk::default(), &straight(60.0), 10), None);
    }

    #[test]
    fn the_quickest_way_counts_and_of_equal_ones_the_first() {
        let way = |base, minutes| Way {
            base,
            minutes,
            ..straight(5.0)
        };
        let ways = [way(0, 30.0), way(1, 20.0), way(2, 20.0)];
        assert_eq!(Way::quickest(ways.into_iter()).unwrap().base, 1);
        assert_eq!(Way::quickest(std::iter::empty()), None);
    }
}
