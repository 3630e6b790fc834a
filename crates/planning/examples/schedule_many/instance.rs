//! The visits and teams that are scheduled.

use chrono::{Days, NaiveDate, Weekday};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use safeground_planning::choose::LatLng;
use safeground_planning::schedule::{OpenHours, Roads, ScheduleRequest, Stop, Team};

/// Towns of the shape that has some.
const TOWNS: usize = 12;

/// How places lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Scattered evenly.
    Scattered,
    /// Most of them around a few towns, and the bases in the towns.
    Towns,
}

/// How large an instance is.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    pub visits: u32,
    pub teams: u32,
    pub days: u32,
    /// Most households of a place; the fewest are ten.
    pub most_households: u32,
}

/// Places over a square of about 120 km, every fifth with a market day, and
/// bases among them.
pub fn instance(size: Size, shape: Shape, seed: u64) -> ScheduleRequest {
    let Size {
        visits,
        teams,
        days,
        most_households,
    } = size;
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let points: Vec<LatLng> = match shape {
        Shape::Scattered => (0..visits + teams).map(|_| anywhere(&mut random)).collect(),
        Shape::Towns => around_towns(visits, teams, &mut random),
    };
    let monday = NaiveDate::from_ymd_opt(2026, 1, 5).expect("the date exists");
    let stops = (0..visits)
        .map(|number| Stop {
            id: format!("village:{number}"),
            position: points[number as usize],
            households: random.random_range(10..=most_households),
            open: match number % 5 {
                0 => vec![OpenHours {
                    weekdays: vec![[Weekday::Tue, Weekday::Fri][number as usize / 5 % 2]],
                    from_minute: 540,
                    until_minute: 960,
                }],
                _ => Vec::new(),
            },
        })
        .collect();
    let teams = (0..teams)
        .map(|number| Team {
            id: format!("team:{number}"),
            base: points[(visits + number) as usize],
            dates: (0..u64::from(days))
                .map(|day| monday + Days::new(day / 6 * 7 + day % 6))
                .collect(),
            day_starts_minute: 480.0,
            hours_per_day: 9.0,
            speed_km_per_hour: 30.0,
            most_km_per_day: 120.0,
            most_households_per_day: 120,
            minutes_per_household: 4.0,
            minutes_per_visit: 20.0,
        })
        .collect();
    ScheduleRequest {
        stops,
        teams,
        roads: Roads::GreatCircle { road_factor: 1.4 },
        blackouts: Vec::new(),
        priorities: Vec::new(),
    }
}

fn anywhere(random: &mut ChaCha8Rng) -> LatLng {
    LatLng {
        latitude: 25.0 + random.random_range(0.0..1.1),
        longitude: 85.0 + random.random_range(0.0..1.2),
    }
}

/// Three places of four lie within some 15 km of a town, the nearer the more;
/// bases within 2 km.
fn around_towns(visits: u32, teams: u32, random: &mut ChaCha8Rng) -> Vec<LatLng> {
    let towns: Vec<LatLng> = (0..TOWNS).map(|_| anywhere(random)).collect();
    let near = |town: LatLng, reach: f64, random: &mut ChaCha8Rng| {
        let far = reach * random.random_range(0.0..1.0f64);
        LatLng {
            latitude: town.latitude + far * random.random_range(-1.0..1.0),
            longitude: town.longitude + far * random.random_range(-1.0..1.0),
        }
    };
    (0..visits + teams)
        .map(|number| {
            let town = towns[random.random_range(0..TOWNS as u64) as usize];
            match number {
                base if base >= visits => near(town, 0.02, random),
                place if place % 4 == 3 => anywhere(random),
                _ => near(town, 0.15, random),
            }
        })
        .collect()
}
