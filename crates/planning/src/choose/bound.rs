//! An upper bound on what any choice can reach, by Lagrangian duality.

use rayon::prelude::*;

use super::instance::Instance;

/// Rounds without a lower bound after which the step is halved.
const PATIENCE: usize = 8;

/// Relative gap below which more rounds are not worth their time.
const CLOSE_ENOUGH: f64 = 1e-7;

/// Halvings of the price of a team-day in search of its best value.
const HALVINGS: usize = 45;

/// What the dual says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Dual {
    /// No feasible choice has more benefit.
    pub bound: f64,
    /// Places that the best prices favour: a hint, not a feasible choice.
    pub favoured: Vec<usize>,
}

/// Bounds the benefit of every feasible choice from above.
///
/// Let `y_j ≤ Σ x_i` (demand is served only by a chosen place that covers it)
/// be priced at `λ_j` with `0 ≤ λ_j ≤ w_j`. Then
///
/// `Σ_j (w_j − λ_j) + max { Σ_i v_i x_i }`, `v_i = Σ_{j covered by i} λ_j`,
///
/// over the remaining constraints is at least the optimum for all such `λ`.
/// The maximum is bounded in turn by pricing the budget (`μ`), the share (`ν`)
/// and the number of places (`π`); block floors and musts are kept exactly.
/// Any non-negative prices give a valid bound; only its height depends on how
/// well they are found:
///
/// 1. Start from `chosen`: demand that it leaves out keeps its whole weight,
///    the rest has price zero. This is the bound of submodularity, `f(S)` plus
///    the best that the gains at S could add (Leskovec et al. 2007,
///    *Cost-effective outbreak detection in networks*, section 3.2).
/// 2. For each of `rounds`, step along the projected subgradient, scaled by
///    the weights, with Polyak's length towards `reached`; halve the step
///    after eight rounds without progress (Held, Wolfe & Crowder 1974,
///    *Validation of subgradient optimization*).
/// 3. In each round the best `μ` is found by halving an interval.
///
/// The limit is the bound of the linear relaxation. A round costs O(entries of
/// the coverage + n).
pub(super) fn upper_bound(
    instance: &Instance,
    chosen: &[usize],
    reached: f64,
    rounds: usize,
) -> Dual {
    let weights = instance.weights;
    let mut covering = vec![0u32; weights.len()];
    for place in chosen {
        for demand in instance.covers.row(*place) {
            covering[*demand as usize] += 1;
        }
    }
    let mut prices: Vec<f64> = covering
        .iter()
        .zip(weights)
        .map(|(covering, weight)| if *covering == 0 { *weight } else { 0.0 })
        .collect();
    let mut share_price = 0.0;
    let mut place_price = 0.0;
    let per_place = reached.max(1.0) / (chosen.len().max(1) as f64).powi(2);
    let mut best = Dual {
        bound: f64::INFINITY,
        favoured: Vec::new(),
    };
    let mut length = 1.0;
    let mut stalled = 0;
    for round in 0..=rounds {
        let inner = Inner::solve(instance, &prices, share_price, place_price);
        let unpriced: f64 = weights
            .iter()
            .zip(&prices)
            .map(|(weight, price)| weight - price)
            .sum();
        let bound = unpriced + inner.bound;
        if bound < best.bound {
            stalled = if bound < best.bound * (1.0 - 1e-5) {
                0
            } else {
                stalled + 1
            };
            best = Dual {
                bound,
                favoured: inner.favoured.clone(),
            };
        } else {
            stalled += 1;
        }
        if stalled >= PATIENCE {
            length /= 2.0;
            stalled = 0;
        }
        if round == rounds || best.bound - reached <= CLOSE_ENOUGH * best.bound {
            break;
        }
        covering.fill(0);
        let (mut under, count) = (0, inner.favoured.len());
        for place in &inner.favoured {
            under += usize::from(instance.under_observed[*place]);
            for demand in instance.covers.row(*place) {
                covering[*demand as usize] += 1;
            }
        }
        let share_slope = under as f64 - instance.share * count as f64;
        let place_slope = instance.most as f64 - count as f64;
        let share_moves = instance.share > 0.0 && (share_price > 0.0 || share_slope < 0.0);
        let place_moves = place_price > 0.0 || place_slope < 0.0;
        let mut norm = 0.0;
        if share_moves {
            norm += per_place * share_slope * share_slope;
        }
        if place_moves {
            norm += per_place * place_slope * place_slope;
        }
        let slope = |covering: u32, price: f64, weight: f64| {
            let slope = f64::from(covering) - 1.0;
            let stuck = (slope > 0.0 && price <= 0.0) || (slope < 0.0 && price >= weight);
            if stuck { 0.0 } else { slope }
        };
        for ((covering, price), weight) in covering.iter().zip(&prices).zip(weights) {
            norm += weight * slope(*covering, *price, *weight).powi(2);
        }
        if norm <= 0.0 {
            break;
        }
        let step = length * (bound - reached).max(CLOSE_ENOUGH * bound) / norm;
        for ((covering, price), weight) in covering.iter().zip(&mut prices).zip(weights) {
            let slope = slope(*covering, *price, *weight);
            *price = (*price - step * weight * slope).clamp(0.0, *weight);
        }
        if share_moves {
            share_price = (share_price - step * per_place * share_slope).max(0.0);
        }
        if place_moves {
            place_price = (place_price - step * per_place * place_slope).max(0.0);
        }
    }
    best
}

/// The problem that remains once demand is priced.
struct Inner {
    bound: f64,
    favoured: Vec<usize>,
}

impl Inner {
    fn solve(instance: &Instance, prices: &[f64], share_price: f64, place_price: f64) -> Self {
        let values: Vec<f64> = (0..instance.places())
            .into_par_iter()
            .map(|place| {
                let row = instance.covers.row(place).iter();
                let covered: f64 = row.map(|demand| prices[*demand as usize]).sum();
                let under = f64::from(u8::from(instance.under_observed[place]));
                covered + share_price * (under - instance.share) - place_price
            })
            .collect();
        let fixed = place_price * instance.most as f64;
        let forced: Vec<bool> = {
            let mut forced = vec![false; instance.places()];
            for must in instance.musts {
                forced[*must] = true;
            }
            forced
        };
        let at = |price: f64| Favoured::at(instance, &values, &forced, price);
        let cheap = at(0.0);
        if instance.affords(cheap.team_days) {
            return Self {
                bound: fixed + cheap.value,
                favoured: cheap.places,
            };
        }
        let dearest = (0..values.len())
            .filter(|place| instance.costs[*place] > 0.0)
            .map(|place| values[place] / instance.costs[place])
            .fold(0.0, f64::max);
        let (mut low, mut high) = (0.0, dearest * (1.0 + 1e-9) + f64::MIN_POSITIVE);
        let mut too_many = cheap;
        let mut enough = at(high);
        for _ in 0..HALVINGS {
            let middle = 0.5 * (low + high);
            if middle <= low || middle >= high {
                break;
            }
            let favoured = at(middle);
            if favoured.team_days > instance.budget {
                (low, too_many) = (middle, favoured);
            } else {
                let same = favoured.team_days == enough.team_days;
                (high, enough) = (middle, favoured);
                // Only the place at the margin is left between the two.
                if same && too_many.places.len() <= enough.places.len() + 1 {
                    break;
                }
            }
        }
        let bound = (too_many.value + low * instance.budget)
            .min(enough.value + high * instance.budget)
            + fixed;
        Self {
            bound,
            favoured: spend_rest(instance, enough, &too_many),
        }
    }
}

/// Places of `more` added to `favoured` while the budget lasts.
fn spend_rest(instance: &Instance, favoured: Favoured, more: &Favoured) -> Vec<usize> {
    let mut places = favoured.places;
    let mut team_days = favoured.team_days;
    let mut is_in = vec![false; instance.places()];
    for place in &places {
        is_in[*place] = true;
    }
    for place in &more.places {
        let cost = instance.costs[*place];
        if !is_in[*place] && team_days + cost <= instance.budget && places.len() < instance.most {
            team_days += cost;
            places.push(*place);
        }
    }
    places
}

/// The places worth their price, with musts and what block floors force.
struct Favoured {
    /// Sum of value minus price.
    value: f64,
    team_days: f64,
    places: Vec<usize>,
}

impl Favoured {
    fn at(instance: &Instance, values: &[f64], forced: &[bool], price: f64) -> Self {
        let mut favoured = Self {
            value: 0.0,
            team_days: 0.0,
            places: Vec::new(),
        };
        let worth = |place: usize| values[place] - price * instance.costs[place];
        if !instance.has_floors() {
            for place in 0..values.len() {
                if forced[place] || (instance.open[place] && worth(place) > 0.0) {
                    favoured.take(instance, place, worth(place));
                }
            }
            return favoured;
        }
        let mut rest: Vec<usize> = Vec::new();
        for (members, least) in instance.blocks.members.iter().zip(instance.least) {
            let before = favoured.places.len();
            rest.clear();
            for place in members.iter().map(|place| *place as usize) {
                if forced[place] || worth(place) > 0.0 {
                    favoured.take(instance, place, worth(place));
                } else {
                    rest.push(place);
                }
            }
            let lacking = least.saturating_sub(favoured.places.len() - before);
            if lacking > 0 {
                rest.sort_by(|a, b| worth(*b).total_cmp(&worth(*a)).then(a.cmp(b)));
                for place in rest.iter().take(lacking) {
                    favoured.take(instance, *place, worth(*place));
                }
            }
        }
        favoured
    }

    fn take(&mut self, instance: &Instance, place: usize, worth: f64) {
        self.value += worth;
        self.team_days += instance.costs[place];
        self.places.push(place);
    }
}
