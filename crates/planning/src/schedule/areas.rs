//! Team areas: contiguous, balanced by team-days.

use super::day::visit_minutes;
use super::plan::Area;
use super::request::{Roads, ScheduleRequest};
use super::road_areas::by_ways;
use super::roads::Ways;
use crate::choose::{LatLng, great_circle_km};

/// Times that the sites move to the middle of their areas.
pub(super) const MOVES: usize = 15;

/// Times that the prices are adjusted between moves.
const PRICE_ROUNDS: usize = 120;

/// Pull of the base on the site of its area, relative to that of the stops.
pub(super) const BASE_PULL: f64 = 0.5;

/// Areas and their imbalance.
pub(super) struct Areas {
    pub(super) areas: Vec<Area>,
    pub(super) team_of: Vec<usize>,
    pub(super) imbalance: f64,
}

/// Gives each stop to a team, by great circle, or by the ways told
/// ([`by_ways`]).
///
/// 1. Sites: stops far from each other (Gonzalez 1985), the first the one
///    farthest from all bases, each given to the nearest base still without.
/// 2. A stop belongs to the team with the least squared distance from its site
///    plus a price of the team: a power diagram (Aurenhammer 1987), whose cells
///    are convex, so that areas hang together. Prices rise for teams that are
///    used more than the mean and fall for the others.
/// 3. Sites move to the middle of their area, drawn towards the base; back to
///    2. The best balanced assignment met is returned, the first of equals.
///
/// O(moves × rounds × stops × teams); no random numbers. Balance ends where a
/// single stop outweighs the difference, or where stops coincide.
pub(super) fn areas(request: &ScheduleRequest) -> Areas {
    let teams = request.teams.len();
    let loads: Vec<Vec<f64>> = (0..teams)
        .map(|team| {
            (0..request.stops.len())
                .map(|stop| team_days(request, team, stop))
                .collect()
        })
        .collect();
    if !matches!(request.roads, Roads::GreatCircle { .. }) {
        return describe(request, &loads, by_ways(request, &loads));
    }
    let stops: Vec<[f64; 3]> = request.stops.iter().map(|s| unit(s.position)).collect();
    let bases: Vec<[f64; 3]> = request.teams.iter().map(|t| unit(t.base)).collect();
    let mut sites = first_sites(request);
    let mut best: Option<(f64, Vec<usize>)> = None;
    for _ in 0..MOVES {
        let pulled: Vec<[f64; 3]> = sites
            .iter()
            .zip(&bases)
            .map(|(site, base)| mix(*site, *base))
            .collect();
        let distances: Vec<Vec<f64>> = stops
            .iter()
            .map(|stop| pulled.iter().map(|site| squared(*stop, *site)).collect())
            .collect();
        let (most, team_of) = balance(request, &loads, &distances);
        sites = middles(&stops, &team_of, &sites);
        if best.as_ref().is_none_or(|(known, _)| most < *known) {
            best = Some((most, team_of));
        }
    }
    let team_of = best.expect("at least one move was made").1;
    describe(request, &loads, team_of)
}

/// Areas of a known assignment.
fn describe(request: &ScheduleRequest, loads: &[Vec<f64>], team_of: Vec<usize>) -> Areas {
    let areas: Vec<Area> = (0..request.teams.len())
        .map(|team| {
            let stops: Vec<usize> = (0..team_of.len()).filter(|s| team_of[*s] == team).collect();
            Area {
                team,
                team_days: stops.iter().map(|stop| loads[team][*stop]).sum(),
                stops,
                available_days: request.teams[team].dates.len(),
            }
        })
        .collect();
    let uses: Vec<f64> = areas.iter().map(Area::use_of_days).collect();
    let mean = uses.iter().sum::<f64>() / uses.len() as f64;
    let most = uses.iter().copied().fold(0.0, f64::max);
    Areas {
        areas,
        team_of,
        imbalance: if mean > 0.0 { most / mean - 1.0 } else { 0.0 },
    }
}

/// Estimated days of a team at a stop: the work there, by hours or by the cap
/// of households, and its share of the way from the base of each day.
fn team_days(request: &ScheduleRequest, team: usize, stop: usize) -> f64 {
    let limits = &request.teams[team];
    let households = request.stops[stop].households;
    let travel = Ways::new(request).return_minutes(team, stop);
    let day = 60.0 * limits.hours_per_day;
    // A base too far for a day's work counts as if an hour were left.
    let at_work = (day - travel).max(60.0_f64.min(day));
    let by_time = visit_minutes(request, team, households) / at_work;
    by_time.max(f64::from(households) / f64::from(limits.most_households_per_day))
}

/// Step 1.
fn first_sites(request: &ScheduleRequest) -> Vec<[f64; 3]> {
    let nearest_base = |stop: usize| {
        let bases = request.teams.iter().map(|team| team.base);
        bases
            .map(|base| great_circle_km(base, request.stops[stop].position))
            .fold(f64::INFINITY, f64::min)
    };
    let mut nearest: Vec<f64> = (0..request.stops.len()).map(nearest_base).collect();
    let mut free: Vec<usize> = (0..request.teams.len()).collect();
    let mut sites = vec![[0.0; 3]; request.teams.len()];
    let mut first = true;
    while !free.is_empty() {
        let farthest = (0..nearest.len()).fold(0, |best, stop| {
            if nearest[stop] > nearest[best] {
                stop
            } else {
                best
            }
        });
        let position = request.stops[farthest].position;
        for (stop, distance) in nearest.iter_mut().enumerate() {
            let km = great_circle_km(position, request.stops[stop].position);
            *distance = if first { km } else { distance.min(km) };
        }
        first = false;
        let base_km = |team: usize| great_circle_km(request.teams[team].base, position);
        let chosen = (0..free.len()).fold(0, |best, candidate| {
            if base_km(free[candidate]) < base_km(free[best]) {
                candidate
            } else {
                best
            }
        });
        sites[free.remove(chosen)] = unit(position);
    }
    sites
}

/// Step 2: the greatest use of days, and the team of each stop, from the
/// squared distance of each stop from each site.
pub(super) fn balance(
    request: &ScheduleRequest,
    loads: &[Vec<f64>],
    distances: &[Vec<f64>],
) -> (f64, Vec<usize>) {
    let teams = request.teams.len();
    let scale = distances.iter().flatten().sum::<f64>() / (distances.len() * teams) as f64;
    let mut prices = vec![0.0; teams];
    let mut best: Option<(f64, Vec<usize>)> = None;
    for round in 0..PRICE_ROUNDS {
        let team_of: Vec<usize> = distances
            .iter()
            .map(|row| {
                (0..teams).fold(0, |best, team| {
                    if row[team] + prices[team] < row[best] + prices[best] {
                        team
                    } else {
                        best
                    }
                })
            })
            .collect();
        let mut uses = vec![0.0; teams];
        for (stop, team) in team_of.iter().enumerate() {
            uses[*team] += loads[*team][stop] / request.teams[*team].dates.len() as f64;
        }
        let most = uses.iter().copied().fold(0.0, f64::max);
        if best.as_ref().is_none_or(|(known, _)| most < *known) {
            best = Some((most, team_of));
        }
        let mean = uses.iter().sum::<f64>() / teams as f64;
        if mean <= 0.0 {
            break;
        }
        let step = 0.5 * scale / (1.0 + 0.2 * round as f64);
        for (price, used) in prices.iter_mut().zip(&uses) {
            *price += step * (used / mean - 1.0);
        }
    }
    best.expect("at least one round was run")
}

/// Step 3: the mean of each area; the old site where it is empty.
fn middles(stops: &[[f64; 3]], team_of: &[usize], old: &[[f64; 3]]) -> Vec<[f64; 3]> {
    let mut sums = vec![([0.0; 3], 0usize); old.len()];
    for (stop, team) in stops.iter().zip(team_of) {
        for (sum, value) in sums[*team].0.iter_mut().zip(stop) {
            *sum += value;
        }
        sums[*team].1 += 1;
    }
    sums.iter()
        .zip(old)
        .map(|((sum, count), old)| match count {
            0 => *old,
            _ => sum.map(|value| value / *count as f64),
        })
        .collect()
}

fn mix(site: [f64; 3], base: [f64; 3]) -> [f64; 3] {
    let mut mixed = site;
    for (value, base) in mixed.iter_mut().zip(base) {
        *value = (*value + BASE_PULL * base) / (1.0 + BASE_PULL);
    }
    mixed
}

/// The point on the unit sphere, where squared chords grow with great circles.
pub(super) fn unit(point: LatLng) -> [f64; 3] {
    let (latitude, longitude) = (point.latitude.to_radians(), point.longitude.to_radians());
    let cos_latitude = libm::cos(latitude);
    [
        cos_latitude * libm::cos(longitude),
        cos_latitude * libm::sin(longitude),
        libm::sin(latitude),
    ]
}

fn squared(a: [f64; 3], b: [f64; 3]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}
