//! The p-center: as near as possible for the worst served.
//!
//! A radius can be met if and only if the most demand covered within it is all
//! demand, so every radius is a question of maximum coverage with unit weights.

use super::bound::Prices;
use super::coverage::Coverage;
use super::exact::PlaceProgram;
use super::farthest_first::{Globe, farthest_first, packing_proves_infeasible};
use super::greedy::greedy;
use super::instance::{Instance, ROUNDING};
use super::local_search::improve;
use super::milp::{self, Answer};
use super::place::LatLng;
use super::plan::{FoundBy, Stopped};
use super::problem::Problem;
use super::request::Distances;
use super::solve::{ExactParams, GreedyParams, Method, Outcome, ROUNDING_GAP};

/// Most pairs of demand and place for which all distances are compared.
const ALL_PAIRS: usize = 4_000_000;

/// Most pairs within a radius that are held in memory.
const MOST_ENTRIES: usize = 50_000_000;

/// Relative width of the interval of radii at which halving it ends, where
/// distances are too many to go through.
const RADIUS_PRECISION: f64 = 0.002;

/// Chooses the centers.
///
/// 1. A first choice by farthest-first insertion.
/// 2. The bound: radii at which disjoint neighbourhoods alone cost more than
///    the budget cannot be met (Hochbaum & Shmoys 1986, *A unified approach to
///    approximation algorithms for bottleneck problems*).
/// 3. Between the two the radius is halved as long as greedy and local search
///    cover all demand within it.
/// 4. Below the radius found the interval is halved again as long as the
///    Lagrangian bound proves that not all demand can be covered.
/// 5. Exactly, where all pairs can be compared: the same halving over the
///    distinct distances, each decided by a set-covering program (Minieka
///    1970, *The m-center problem*). Limits of time and nodes hold for each
///    radius tried.
pub(super) fn choose(problem: &Problem, instance: &Instance, method: &Method) -> Outcome {
    let search = Search::new(problem, *instance);
    let chosen = search.first_choice();
    let value = search.worst_km(&chosen);
    let mut outcome = Outcome {
        chosen,
        value,
        bound: 0.0,
        found_by: FoundBy::Greedy,
        stopped: Stopped::NoImprovement,
        guarantee: None,
    };
    outcome.bound = search.packing_bound(value);
    let params = method.greedy();
    search.lower_value(&mut outcome, params);
    if params.bound_rounds() > 0 {
        search.raise_bound(&mut outcome, params);
    }
    if let Method::Exact(params) = method {
        match &search.distances_km {
            Some(radii) => search.decide(&mut outcome, radii, params),
            None => outcome.stopped = Stopped::TooLarge,
        }
    }
    if outcome.value - outcome.bound <= ROUNDING_GAP * outcome.value {
        outcome.stopped = Stopped::Proven;
        outcome.bound = outcome.value;
    }
    outcome
}

struct Search<'a> {
    problem: &'a Problem,
    instance: Instance<'a>,
    /// Demand that counts.
    demand: Vec<usize>,
    /// Distinct distances between demand and open places, ascending, where
    /// there are few enough pairs.
    distances_km: Option<Vec<f64>>,
    globe: Option<Globe>,
}

impl<'a> Search<'a> {
    fn new(problem: &'a Problem, instance: Instance<'a>) -> Self {
        let demand: Vec<usize> = (0..problem.demand_points())
            .filter(|demand| problem.serves(*demand))
            .collect();
        let pairs = demand.len().saturating_mul(instance.places());
        let table = matches!(problem.request().distances, Distances::Table(_));
        let distances_km = (table || pairs <= ALL_PAIRS).then(|| {
            let mut distances: Vec<f64> = Vec::with_capacity(pairs);
            for demand in &demand {
                let open = (0..instance.places()).filter(|place| instance.open[*place]);
                distances.extend(open.map(|place| problem.distance_km(*demand, place)));
            }
            distances.sort_by(f64::total_cmp);
            distances.dedup();
            distances
        });
        let globe = (!table).then(|| Globe::new(problem, &demand));
        Self {
            problem,
            instance,
            demand,
            distances_km,
            globe,
        }
    }

    /// Distance of the worst served from the nearest chosen place.
    fn worst_km(&self, chosen: &[usize]) -> f64 {
        match &self.globe {
            Some(globe) => globe.worst_km(chosen),
            None => {
                let nearest = |demand: &usize| {
                    let all = chosen.iter();
                    all.map(|place| self.problem.distance_km(*demand, *place))
                        .fold(f64::INFINITY, f64::min)
                };
                self.demand.iter().map(nearest).fold(0.0, f64::max)
            }
        }
    }

    fn first_choice(&self) -> Vec<usize> {
        match &self.globe {
            Some(globe) => farthest_first(&self.instance, globe),
            // A greedy cover within the largest distance is always feasible.
            None => {
                let largest = self
                    .distances_km
                    .as_ref()
                    .and_then(|all| all.last().copied());
                let covers = self.coverage(largest.unwrap_or(0.0));
                self.with_coverage(&covers, |instance| greedy(instance).chosen)
            }
        }
    }

    /// Which demand (by its number among all) each place covers at a radius.
    fn coverage(&self, radius_km: f64) -> Coverage {
        let places = 0..self.instance.places();
        if self.distances_km.is_some() {
            return Coverage::from_lists(places.map(|place| {
                self.demand
                    .iter()
                    .filter(move |demand| self.problem.distance_km(**demand, place) <= radius_km)
                    .map(|demand| u32::try_from(*demand).expect("demand is numbered in 32 bits"))
            }));
        }
        let centres: Vec<LatLng> = places
            .map(|place| self.problem.places()[place].position)
            .collect();
        let points: Vec<LatLng> = (0..self.problem.demand_points())
            .map(|demand| self.problem.demand_position(demand))
            .collect();
        Coverage::within_radius(&centres, &points, radius_km)
    }

    /// Calls `answer` with the question how much demand is covered, each point
    /// counting one.
    fn with_coverage<T>(&self, covers: &Coverage, answer: impl FnOnce(&Instance) -> T) -> T {
        let covered_by = covers.transposed(self.problem.demand_points());
        let mut weights = vec![0.0; self.problem.demand_points()];
        for demand in &self.demand {
            weights[*demand] = 1.0;
        }
        answer(&Instance {
            weights: &weights,
            covers,
            covered_by: &covered_by,
            ..self.instance
        })
    }

    /// Step 3: the least radius within which greedy and local search cover all
    /// demand.
    fn lower_value(&self, outcome: &mut Outcome, params: GreedyParams) {
        let mut given_up = outcome.bound;
        while let Some(radius) = self.between(given_up, outcome.value) {
            if self.entries(radius) > MOST_ENTRIES {
                return;
            }
            let covers = self.coverage(radius);
            let chosen = self.with_coverage(&covers, |instance| {
                let chosen = improve(instance, &greedy(instance).chosen, params.passes());
                let reached = instance.covered_weight(&chosen);
                (reached >= self.demand.len() as f64 - 0.5).then_some(chosen)
            });
            match chosen {
                Some(chosen) => {
                    outcome.value = self.worst_km(&chosen).min(radius);
                    outcome.chosen = chosen;
                }
                None => given_up = self.next_after(radius),
            }
        }
    }

    /// Step 4: the greatest radius at which duality proves that not all demand
    /// can be covered.
    fn raise_bound(&self, outcome: &mut Outcome, params: GreedyParams) {
        let mut unproven = outcome.value;
        while let Some(radius) = self.between(outcome.bound, unproven) {
            if self.entries(radius) > MOST_ENTRIES {
                return;
            }
            let covers = self.coverage(radius);
            let all = self.demand.len() as f64;
            let proven = self.with_coverage(&covers, |instance| {
                let chosen = greedy(instance).chosen;
                // Short of all, so that the steps aim below what is to be
                // proven.
                let reached = instance.covered_weight(&chosen).min(all - 1.0);
                let mut prices = Prices::new(instance, &chosen, reached);
                prices.improve(instance, reached, params.bound_rounds());
                prices.bound() < all - 1e-6 * all
            });
            if proven {
                outcome.bound = self.next_after(radius);
            } else {
                unproven = radius;
            }
        }
    }

    /// A radius to try between one that cannot be met and one that is.
    fn between(&self, low: f64, high: f64) -> Option<f64> {
        match &self.distances_km {
            Some(radii) => {
                let from = radii.partition_point(|radius| *radius < low);
                let to = radii.partition_point(|radius| *radius < high);
                (from < to).then(|| radii[from.midpoint(to).min(to - 1)])
            }
            None => (high - low > RADIUS_PRECISION * high).then_some(0.5 * (low + high)),
        }
    }

    /// The least radius above one that cannot be met.
    fn next_after(&self, radius: f64) -> f64 {
        match &self.distances_km {
            Some(radii) => {
                let next = radii.partition_point(|other| *other <= radius);
                radii.get(next).copied().unwrap_or(radius.next_up())
            }
            None => radius,
        }
    }

    /// Pairs within a radius, from a sample.
    fn entries(&self, radius_km: f64) -> usize {
        match (&self.distances_km, &self.globe) {
            (None, Some(globe)) => globe.entries(radius_km),
            _ => 0,
        }
    }

    /// Step 2. Zero where distances come from a table, which need not obey the
    /// triangle inequality.
    fn packing_bound(&self, value: f64) -> f64 {
        let Some(globe) = &self.globe else {
            return 0.0;
        };
        let (mut low, mut high) = (0.0, value);
        while high - low > RADIUS_PRECISION * high {
            let radius = 0.5 * (low + high);
            if packing_proves_infeasible(&self.instance, globe, radius) {
                low = radius;
            } else {
                high = radius;
            }
        }
        low
    }

    /// Step 5.
    fn decide(&self, outcome: &mut Outcome, radii: &[f64], params: &ExactParams) {
        let mut low = radii.partition_point(|radius| *radius < outcome.bound);
        let mut high = radii.partition_point(|radius| *radius < outcome.value);
        // Radii before `low` cannot be met; the one at `high` is.
        while low < high {
            let middle = low.midpoint(high).min(high - 1);
            let covers = self.coverage(radii[middle]);
            let verdict = self.with_coverage(&covers, |instance| {
                if !self
                    .demand
                    .iter()
                    .all(|demand| covered_by_open(instance, *demand))
                {
                    return Verdict::CannotBeMet;
                }
                self.cover_all(instance, params)
            });
            match verdict {
                Verdict::Met(chosen) => {
                    outcome.value = self.worst_km(&chosen);
                    outcome.chosen = chosen;
                    high = radii.partition_point(|radius| *radius < outcome.value);
                }
                Verdict::CannotBeMet => {
                    low = middle + 1;
                    outcome.bound = radii.get(low).copied().unwrap_or(outcome.value);
                }
                Verdict::Unknown(stopped) => {
                    outcome.stopped = stopped;
                    return;
                }
            }
            outcome.found_by = FoundBy::Exact(params.solver());
        }
        outcome.bound = outcome.value;
    }

    fn cover_all(&self, instance: &Instance, params: &ExactParams) -> Verdict {
        let model = PlaceProgram::cheapest_cover(instance, &self.demand);
        if model.program.coefficients() > params.solver().most_coefficients() {
            return Verdict::Unknown(Stopped::TooLarge);
        }
        let affordable = instance.budget + ROUNDING * instance.budget.max(1.0);
        match milp::solve(&model.program, params.solver(), params.limits(), None) {
            Ok(Answer::Infeasible) => Verdict::CannotBeMet,
            Ok(Answer::Found {
                values,
                bound,
                proven,
            }) => match model.chosen(instance, &values) {
                Some(chosen) => Verdict::Met(chosen),
                // Solvers stop within about a millionth of the optimum.
                None if bound > affordable * (1.0 + 1e-6) => Verdict::CannotBeMet,
                None if proven => Verdict::Unknown(Stopped::SolverFailed),
                None => Verdict::Unknown(Stopped::Limit),
            },
            Ok(Answer::Nothing { bound: Some(bound) }) if bound > affordable * (1.0 + 1e-6) => {
                Verdict::CannotBeMet
            }
            Ok(Answer::Nothing { .. }) => Verdict::Unknown(Stopped::Limit),
            Err(_) => Verdict::Unknown(Stopped::SolverFailed),
        }
    }
}

fn covered_by_open(instance: &Instance, demand: usize) -> bool {
    let coverers = instance.covered_by.row(demand).iter();
    coverers
        .map(|place| *place as usize)
        .any(|place| instance.open[place])
}

/// What is known of a radius.
enum Verdict {
    Met(Vec<usize>),
    CannotBeMet,
    Unknown(Stopped),
}
