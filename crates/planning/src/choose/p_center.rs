//! The p-center: as near as possible for the worst served.
//!
//! A radius can be met if and only if the most demand covered within it is all
//! demand, so every radius is a question of maximum coverage with unit weights.

use rayon::prelude::*;

use super::bound::Prices;
use super::center_search::{Effort, Reach, serve_all};
use super::coverage::Coverage;
use super::exact::PlaceProgram;
use super::farthest_first::{Globe, farthest_first, packing_proves_infeasible};
use super::greedy::greedy;
use super::instance::{Instance, ROUNDING};
use super::milp::{self, Answer};
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
const RADIUS_PRECISION: f64 = 0.005;

/// Chooses the centers.
///
/// 1. A first choice by farthest-first insertion.
/// 2. A bound: radii at which disjoint neighbourhoods alone cost more than
///    the budget cannot be met (Hochbaum & Shmoys 1986, *A unified approach to
///    approximation algorithms for bottleneck problems*).
/// 3. Between the two the radius is halved as long as a local search serves
///    all demand within it ([`center_search`](super::center_search)).
/// 4. At the same time the bound is raised by halving as long as the
///    Lagrangian bound proves that not all demand can be covered. Where not all
///    pairs are compared the proof is for a sample of the demand: who cannot
///    serve some cannot serve all, so it holds for any sample.
/// 5. Exactly, where all pairs can be compared: the same halving over the
///    distinct distances, each decided by a set-covering program (Minieka
///    1970, *The m-center problem*). Limits of time and nodes hold for each
///    radius tried.
///
/// The bound of step 4 is that of the linear relaxation, and cannot close the
/// gap in the plane: fractions of circles cover it once everywhere, whole
/// circles at best 2π/√27 = 1.209 times (Kershner 1939, *The number of circles
/// covering a set*), so that with many centers in evenly spread demand the
/// bound is about 1 − 1/√1.209 = 9 % below the optimum, and what is lost at
/// the edges comes to it.
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
    let ((chosen, value), bound) = rayon::join(
        || search.lower_value(&outcome, params),
        || match params.bound_rounds() {
            0 => outcome.bound,
            _ => search.raise_bound(&outcome, params),
        },
    );
    (outcome.chosen, outcome.value) = (chosen, value);
    outcome.bound = bound.min(value);
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

/// Rounds of the bound after which it is looked at.
const ROUNDS_A_STAGE: usize = 20;

/// Demand points that the search begins with are a radius apart, divided by
/// this; those that join it, by twice as much.
const SEARCHED_A_RADIUS: f64 = 5.0;

/// The same for the demand points that a bound is proven for.
const PROVEN_A_RADIUS: f64 = 4.0;

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
                self.with_coverage(&self.all(), largest.unwrap_or(0.0), |instance| {
                    greedy(instance).chosen
                })
            }
        }
    }

    /// Calls `answer` with the question how much of `demand` is covered within
    /// a radius, each point counting one.
    fn with_coverage<T>(
        &self,
        demand: &[u32],
        radius_km: f64,
        answer: impl FnOnce(&Instance) -> T,
    ) -> T {
        let within = Within {
            search: self,
            radius_km,
        };
        let near: Vec<Vec<u32>> = demand
            .par_iter()
            .map(|demand| within.places_near(*demand as usize))
            .collect();
        let covered_by = Coverage::from_lists(near);
        let covers = covered_by.transposed(self.instance.places());
        answer(&Instance {
            weights: &vec![1.0; demand.len()],
            covers: &covers,
            covered_by: &covered_by,
            ..self.instance
        })
    }

    /// All demand, by its number in the list of the search.
    fn all(&self) -> Vec<u32> {
        (0u32..).take(self.demand.len()).collect()
    }

    /// Demand that stands for all of it: points so far apart.
    fn sample(&self, apart_km: f64) -> Vec<u32> {
        match &self.globe {
            Some(globe) => globe.spread(&self.all(), apart_km, usize::MAX),
            None => self.all(),
        }
    }

    /// Step 3: the least radius within which the local search serves all.
    fn lower_value(&self, start: &Outcome, params: GreedyParams) -> (Vec<usize>, f64) {
        let (mut chosen, mut value) = (start.chosen.clone(), start.value);
        let mut given_up = start.bound;
        let mut sample = Vec::new();
        while let Some(radius_km) = self.between(given_up, value) {
            if sample.is_empty() {
                sample = self.sample(radius_km / SEARCHED_A_RADIUS);
            }
            let within = Within {
                search: self,
                radius_km,
            };
            let effort = Effort {
                passes: params.passes(),
                most_entries: MOST_ENTRIES,
            };
            match serve_all(&self.instance, &within, effort, &chosen, &mut sample) {
                Some(better) => {
                    value = self.worst_km(&better).min(radius_km);
                    chosen = better;
                }
                None => given_up = self.next_after(radius_km),
            }
        }
        (chosen, value)
    }

    /// Step 4: the greatest radius at which duality proves that not even a
    /// sample of the demand can be covered, found to the precision of radii.
    fn raise_bound(&self, start: &Outcome, params: GreedyParams) -> f64 {
        let mut bound = start.bound;
        let mut unproven = start.value;
        while let Some(radius) = self.between(bound, unproven) {
            let demand = if self.distances_km.is_some() {
                self.all()
            } else {
                self.sample(radius / PROVEN_A_RADIUS)
            };
            let all = demand.len() as f64;
            let proven = self.with_coverage(&demand, radius, |instance| {
                if instance.covered_by.entries() > MOST_ENTRIES {
                    return false;
                }
                let chosen = greedy(instance).chosen;
                let reached = instance.covered_weight(&chosen);
                if reached >= all - 0.5 {
                    return false;
                }
                let mut prices = Prices::new(instance, &chosen, reached);
                let mut rounds = params.bound_rounds();
                while rounds > 0 && prices.bound() >= all - 1e-6 * all {
                    let stage = rounds.min(ROUNDS_A_STAGE);
                    rounds -= stage;
                    prices.improve(instance, reached, stage);
                }
                prices.bound() < all - 1e-6 * all
            });
            if proven {
                bound = self.next_after(radius);
            } else {
                unproven = radius;
            }
        }
        bound
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
            let verdict = self.with_coverage(&self.all(), radii[middle], |instance| {
                if !(0..instance.weights.len()).all(|demand| covered_by_open(instance, demand)) {
                    return Verdict::CannotBeMet;
                }
                cover_all(instance, params)
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
}

fn cover_all(instance: &Instance, params: &ExactParams) -> Verdict {
    let demand: Vec<usize> = (0..instance.weights.len()).collect();
    let model = PlaceProgram::cheapest_cover(instance, &demand);
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

/// Who is within a radius of whom, demand by its number in the list of the
/// search.
struct Within<'a> {
    search: &'a Search<'a>,
    radius_km: f64,
}

impl Within<'_> {
    fn is_within(&self, demand: usize, place: usize) -> bool {
        let demand = self.search.demand[demand];
        self.search.problem.distance_km(demand, place) <= self.radius_km
    }
}

impl Reach for Within<'_> {
    fn demand(&self) -> usize {
        self.search.demand.len()
    }

    fn places_near(&self, demand: usize) -> Vec<u32> {
        match &self.search.globe {
            Some(globe) => globe.places_within(demand, self.radius_km),
            None => (0u32..)
                .take(self.search.instance.places())
                .filter(|place| self.is_within(demand, *place as usize))
                .collect(),
        }
    }

    fn demand_near(&self, place: usize) -> Vec<u32> {
        match &self.search.globe {
            Some(globe) => globe.demand_within(place, self.radius_km),
            None => (0u32..)
                .take(self.demand())
                .filter(|demand| self.is_within(*demand as usize, place))
                .collect(),
        }
    }

    fn spread(&self, demand: &[u32], most: usize) -> Vec<u32> {
        match &self.search.globe {
            Some(globe) => globe.spread(demand, self.radius_km / SEARCHED_A_RADIUS / 2.0, most),
            None => demand.iter().copied().take(most).collect(),
        }
    }
}
