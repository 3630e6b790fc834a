//! Team areas where ways are told.

use super::areas::{BASE_PULL, MOVES, balance};
use super::request::ScheduleRequest;
use super::roads::Ways;

/// Gives each stop to a team by the length of the ways.
///
/// The steps are those of [`super::areas::areas`], with the way there and back
/// in place of the great circle:
///
/// 1. Sites are stops far from each other, the first the one farthest from all
///    bases, each given to the nearest base still without.
/// 2. The squared distance from a site drawn towards its base, `(s + p·b) ÷
///    (1 + p)`, is in the plane `(|x − s|² + p·|x − b|²) ÷ (1 + p)` less what
///    is the same for all stops of a team, which its price takes up. This sum
///    needs no points, so it is taken of ways.
/// 3. A site moves to the stop of its area from which the squared ways to the
///    others are least in sum (a medoid).
///
/// O(moves × (rounds × stops × teams + stops²)); no random numbers.
pub(super) fn by_ways(request: &ScheduleRequest, loads: &[Vec<f64>]) -> Vec<usize> {
    let ways = Ways::new(request);
    let stops = request.stops.len();
    let km = |from: usize, to: usize| (ways.km(from, to) + ways.km(to, from)) / 2.0;
    let mut sites = first_sites(request, &ways, &km);
    let mut best: Option<(f64, Vec<usize>)> = None;
    for _ in 0..MOVES {
        let distances: Vec<Vec<f64>> = (0..stops)
            .map(|stop| {
                sites
                    .iter()
                    .enumerate()
                    .map(|(team, site)| {
                        let (to_site, to_base) = (km(stop, *site), km(stop, ways.base(team)));
                        (to_site * to_site + BASE_PULL * to_base * to_base) / (1.0 + BASE_PULL)
                    })
                    .collect()
            })
            .collect();
        let (most, team_of) = balance(request, loads, &distances);
        let moved = medoids(&team_of, &sites, &km);
        if best.as_ref().is_none_or(|(known, _)| most < *known) {
            best = Some((most, team_of));
        }
        if moved == sites {
            break;
        }
        sites = moved;
    }
    best.expect("at least one move was made").1
}

/// Step 1: the stop that is the site of each team.
fn first_sites(
    request: &ScheduleRequest,
    ways: &Ways,
    km: &impl Fn(usize, usize) -> f64,
) -> Vec<usize> {
    let teams = request.teams.len();
    let mut nearest: Vec<f64> = (0..request.stops.len())
        .map(|stop| {
            (0..teams)
                .map(|team| km(stop, ways.base(team)))
                .fold(f64::INFINITY, f64::min)
        })
        .collect();
    let mut free: Vec<usize> = (0..teams).collect();
    let mut sites = vec![0; teams];
    let mut first = true;
    while !free.is_empty() {
        let farthest = first_of_least(nearest.iter().map(|km| -km));
        for (stop, distance) in nearest.iter_mut().enumerate() {
            let from_here = km(farthest, stop);
            *distance = if first {
                from_here
            } else {
                distance.min(from_here)
            };
        }
        first = false;
        let base_km = free.iter().map(|team| km(farthest, ways.base(*team)));
        let chosen = first_of_least(base_km);
        sites[free.remove(chosen)] = farthest;
    }
    sites
}

/// Step 3; the old site where an area is empty.
fn medoids(team_of: &[usize], old: &[usize], km: &impl Fn(usize, usize) -> f64) -> Vec<usize> {
    old.iter()
        .enumerate()
        .map(|(team, old)| {
            let area: Vec<usize> = (0..team_of.len())
                .filter(|stop| team_of[*stop] == team)
                .collect();
            let sums = area
                .iter()
                .map(|stop| area.iter().map(|other| km(*stop, *other).powi(2)).sum());
            if area.is_empty() {
                *old
            } else {
                area[first_of_least(sums)]
            }
        })
        .collect()
}

/// Where the least of some numbers stands, the first of equals.
fn first_of_least(numbers: impl Iterator<Item = f64>) -> usize {
    numbers
        .enumerate()
        .min_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)))
        .map_or(0, |(number, _)| number)
}
