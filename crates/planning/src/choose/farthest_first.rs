//! Farthest-first insertion and the packing bound on the globe.

use std::collections::BTreeSet;

use super::distance::{GlobeIndex, great_circle_km};
use super::greedy::{complete, needs};
use super::instance::{Instance, ROUNDING};
use super::payable::known_choice;
use super::place::LatLng;
use super::problem::Problem;
use super::tally::Tally;

/// Open places near the worst served among which the next is sought.
const NEAREST: usize = 16;

/// Demand and places that can be searched by distance.
pub(super) struct Globe {
    demand_points: Vec<LatLng>,
    demand_index: GlobeIndex,
    place_points: Vec<LatLng>,
    place_index: GlobeIndex,
}

impl Globe {
    /// Over the points of `demand`, numbered as in that list, and all places.
    pub(super) fn new(problem: &Problem, demand: &[usize]) -> Self {
        let demand_points: Vec<LatLng> = demand
            .iter()
            .map(|demand| problem.demand_position(*demand))
            .collect();
        let place_points: Vec<LatLng> = problem.places().iter().map(|p| p.position).collect();
        Self {
            demand_index: GlobeIndex::new(&demand_points),
            place_index: GlobeIndex::new(&place_points),
            demand_points,
            place_points,
        }
    }

    /// Places within a radius of a demand point, ascending.
    pub(super) fn places_within(&self, demand: usize, radius_km: f64) -> Vec<u32> {
        let centre = self.demand_points[demand];
        self.place_index
            .within(centre, radius_km, &self.place_points)
    }

    /// Demand points within a radius of a place, ascending.
    pub(super) fn demand_within(&self, place: usize, radius_km: f64) -> Vec<u32> {
        let centre = self.place_points[place];
        self.demand_index
            .within(centre, radius_km, &self.demand_points)
    }

    /// At most `most` of these demand points, more than `apart_km` from each
    /// other, in their order; each that is left out is near one of them unless
    /// there are too many.
    pub(super) fn spread(&self, demand: &[u32], apart_km: f64, most: usize) -> Vec<u32> {
        let mut settled = vec![false; self.demand_points.len()];
        let mut taken = Vec::new();
        for number in demand {
            if taken.len() == most {
                break;
            }
            if settled[*number as usize] {
                continue;
            }
            taken.push(*number);
            let centre = self.demand_points[*number as usize];
            let index = &self.demand_index;
            for near in index.within(centre, apart_km, &self.demand_points) {
                settled[near as usize] = true;
            }
        }
        taken
    }

    /// Notes that `place` serves whoever is nearer to it, all of them within
    /// `farthest_km`; returns who is served worst now, and how far from.
    fn serve(&self, nearest_km: &mut [f64], place: usize, farthest_km: f64) -> (usize, f64) {
        let centre = self.place_points[place];
        for number in self
            .demand_index
            .within(centre, farthest_km, &self.demand_points)
        {
            let number = number as usize;
            let distance_km = great_circle_km(self.demand_points[number], centre);
            nearest_km[number] = nearest_km[number].min(distance_km);
        }
        nearest_km
            .iter()
            .enumerate()
            .max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(&a.0)))
            .map_or((0, 0.0), |(number, farthest_km)| (number, *farthest_km))
    }

    /// Distance of the worst served from the nearest chosen place.
    pub(super) fn worst_km(&self, chosen: &[usize]) -> f64 {
        let points: Vec<LatLng> = chosen
            .iter()
            .map(|place| self.place_points[*place])
            .collect();
        let index = GlobeIndex::new(&points);
        let nearest = |point: &LatLng| {
            let found = index.nearest_where(*point, 1, &points, |_| true);
            found.first().map_or(f64::INFINITY, |(_, km)| *km)
        };
        self.demand_points.iter().map(nearest).fold(0.0, f64::max)
    }

    /// Open places within a radius of a demand point.
    fn open_within<'a>(
        &self,
        instance: &'a Instance,
        demand: usize,
        radius_km: f64,
    ) -> impl Iterator<Item = usize> + use<'a> {
        self.places_within(demand, radius_km)
            .into_iter()
            .map(|place| place as usize)
            .filter(|place| instance.open[*place])
    }
}

/// Adds, for whoever is served worst, a place near them while the budget lasts.
///
/// Gonzalez (1985), *Clustering to minimize the maximum intercluster distance*:
/// with equal costs, every place open and demand at the places the result is
/// at most twice the optimum. Of the sixteen nearest open places the cheapest
/// that fits is taken, at equal cost the nearest. O((n + p) log n) and one step
/// for each demand point that a new place comes nearer to.
pub(super) fn farthest_first(instance: &Instance, globe: &Globe) -> Vec<usize> {
    let mut tally = Tally::new(*instance);
    let mut nearest_km = vec![f64::INFINITY; globe.demand_points.len()];
    let mut worst = (0, f64::INFINITY);
    for must in instance.musts {
        worst = globe.serve(&mut nearest_km, *must, f64::INFINITY);
    }
    let mut needs = needs(&tally);
    while worst.1 > 0.0 {
        let near = globe.place_index.nearest_where(
            globe.demand_points[worst.0],
            NEAREST,
            &globe.place_points,
            |place| instance.open[place],
        );
        let next = near
            .into_iter()
            .filter(|(place, km)| *km < worst.1 && !tally.is_chosen(*place))
            .collect::<Vec<_>>()
            .into_iter()
            .filter(|(place, _)| needs.fits(&mut tally, *place))
            .min_by(|a, b| {
                let costs = instance.costs[a.0].total_cmp(&instance.costs[b.0]);
                costs.then(a.1.total_cmp(&b.1)).then(a.0.cmp(&b.0))
            });
        let Some((place, _)) = next else { break };
        needs.take(&mut tally, place);
        worst = globe.serve(&mut nearest_km, place, worst.1);
    }
    let chosen = complete(tally, &needs);
    if chosen.is_empty() {
        // Nothing near the first point could be paid; something can.
        return known_choice(instance).expect("a problem is feasible");
    }
    chosen
}

/// Whether demand points with disjoint neighbourhoods prove that a radius
/// cannot be met: each of them needs a place of its own, and the cheapest ones
/// together are more than the budget or the number of places, or those that
/// must come from one base more than it has.
///
/// Points more than two radii apart are taken greedily in their order; one
/// whose open neighbourhood is empty proves it at once. O(n log n) and the
/// pairs within two radii of the points taken.
pub(super) fn packing_proves_infeasible(
    instance: &Instance,
    globe: &Globe,
    radius_km: f64,
) -> bool {
    let affordable = instance.budget + 10.0 * ROUNDING * instance.budget.max(1.0);
    let mut settled = vec![false; globe.demand_points.len()];
    let mut next_unsettled = 0;
    let mut settle = |centre: LatLng, radius_km: f64| {
        let near = globe
            .demand_index
            .within(centre, radius_km, &globe.demand_points);
        for number in near {
            settled[number as usize] = true;
        }
        // What was settled stays so: the next is never before the last.
        while settled.get(next_unsettled).is_some_and(|settled| *settled) {
            next_unsettled += 1;
        }
        (next_unsettled < settled.len()).then_some(next_unsettled)
    };
    let mut team_days = 0.0;
    let mut count = instance.musts.len();
    let mut at_base = vec![0.0; instance.bases.map_or(0, |bases| bases.team_days.len())];
    let mut next = Some(0);
    for must in instance.musts {
        team_days += instance.costs[*must];
        if let Some(base) = instance.base_of(*must) {
            at_base[base] += instance.costs[*must];
        }
        next = settle(globe.place_points[*must], radius_km);
    }
    while let Some(number) = next {
        let mut bases = BTreeSet::new();
        let cheapest = globe
            .open_within(instance, number, radius_km)
            .inspect(|place| bases.extend(instance.base_of(*place)))
            .map(|place| instance.costs[place])
            .min_by(f64::total_cmp);
        let Some(cheapest) = cheapest else {
            return true;
        };
        team_days += cheapest;
        count += 1;
        if bases.len() == 1
            && let Some(base) = bases.pop_first()
        {
            at_base[base] += cheapest;
            if !instance.base_affords(base, at_base[base] * (1.0 - 10.0 * ROUNDING)) {
                return true;
            }
        }
        if count > instance.most || team_days > affordable {
            return true;
        }
        // A hair more, lest rounding lets two points share a place.
        let apart_km = 2.0 * radius_km * (1.0 + 1e-9) + 1e-9;
        next = settle(globe.demand_points[number], apart_km);
    }
    false
}
