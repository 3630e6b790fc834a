//! What a visit costs, as the schedule will find it.
//!
//! The day of a team has `60 · hours` minutes. A village `d` kilometres from
//! the nearest base takes `2 · d · road factor ÷ speed` hours of it for the way;
//! in the rest a team visits `h` households, at most the stated number a day,
//! after the minutes that each visit takes. A village of more than `h`
//! households takes whole days, and of the last one its part. Villages of one
//! day share the way; charging each its part of a day alone is on the safe
//! side where they lie together.

use safeground_planning::choose::{LatLng, great_circle_km};

use crate::ask::PaceAsk;

/// A visit to a village.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VisitCost {
    /// Great-circle kilometres from the nearest base.
    pub base_km: f64,
    /// Team-days, the way included.
    pub team_days: f64,
}

/// Minutes that one household takes: what is left of a day of one village
/// without a way, shared out over the households of a day.
#[must_use]
pub fn minutes_per_household(pace: &PaceAsk) -> f64 {
    (60.0 * pace.hours_per_day - pace.minutes_per_visit) / pace.households_per_team_day
}

/// Kilometres from the nearest base, and team-days; no team-days where the way
/// is longer than a day allows.
///
/// `None` without any base.
#[must_use]
pub fn visit(
    pace: &PaceAsk,
    bases: &[LatLng],
    position: LatLng,
    households: u64,
) -> Option<(f64, Option<VisitCost>)> {
    let base_km = bases
        .iter()
        .map(|base| great_circle_km(*base, position))
        .min_by(f64::total_cmp)?;
    let way_km = 2.0 * base_km * pace.road_factor;
    let day = 60.0 * pace.hours_per_day - 60.0 * way_km / pace.speed_km_per_hour;
    let each = minutes_per_household(pace);
    let most = pace.households_per_team_day.ceil();
    let per_day = ((day - pace.minutes_per_visit) / each).min(most).floor();
    if way_km > pace.most_km_per_day || per_day.is_nan() || per_day < 1.0 {
        return Some((base_km, None));
    }
    let households = households as f64;
    let full = (households / per_day).floor();
    let rest = households - full * per_day;
    let last = if rest > 0.0 {
        (rest * each + pace.minutes_per_visit) / day
    } else {
        0.0
    };
    let cost = VisitCost {
        base_km,
        team_days: full + last,
    };
    Some((base_km, Some(cost)))
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

    #[test]
    fn a_day_at_the_base_is_one_team_day() {
        let (_, cost) = visit(&PaceAsk::default(), &[BASE], BASE, 60).unwrap();
        assert!((cost.unwrap().team_days - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_way_takes_households_off_each_day() {
        // 25 km away: 70 km of road, 168 of 420 minutes; (252 - 30) / 6.5 = 34.
        let (base_km, cost) = visit(&PaceAsk::default(), &[BASE], north(25.0), 70).unwrap();
        assert!((base_km - 25.0).abs() < 0.01, "{base_km}");
        let expected = 2.0 + (2.0 * 6.5 + 30.0) / 252.0;
        assert!((cost.unwrap().team_days - expected).abs() < 1e-3);
    }

    #[test]
    fn a_village_beyond_a_days_way_has_no_cost() {
        let (_, cost) = visit(&PaceAsk::default(), &[BASE], north(60.0), 10).unwrap();
        assert_eq!(cost, None);
    }
}
