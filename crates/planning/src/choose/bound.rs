//! An upper bound on what any choice can reach, by Lagrangian duality.

use rayon::prelude::*;

use super::instance::Instance;

/// Rounds without a lower bound after which the step is halved.
const PATIENCE: usize = 8;

/// Relative gap below which more rounds are not worth their time.
const CLOSE_ENOUGH: f64 = 1e-7;

/// Halvings of the price of a team-day in search of its best value.
const HALVINGS: usize = 45;

/// Prices that bound the benefit of every feasible choice from above.
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
/// 1. Start from a choice S: demand that it leaves out keeps its whole weight,
///    the rest has price zero. This is the bound of submodularity, `f(S)` plus
///    the best that the gains at S could add (Leskovec et al. 2007,
///    *Cost-effective outbreak detection in networks*, section 3.2).
/// 2. In each round step against the subgradient, scaled by the weights and
///    deflected away from the last direction where the two oppose each other
///    (Camerini, Fratta & Maffioli 1975, *On improving relaxation methods by
///    modified gradient techniques*), with Polyak's length towards the benefit
///    reached so far; halve the step after eight rounds without progress
///    (Held, Wolfe & Crowder 1974, *Validation of subgradient optimization*).
/// 3. In each round the best `μ` is found by halving an interval.
///
/// The limit is the bound of the linear relaxation. A round costs O(entries of
/// the coverage + n).
pub(super) struct Prices {
    /// `λ` of each demand point, then `ν` and `π`.
    prices: Vec<f64>,
    /// Greatest prices.
    limits: Vec<f64>,
    /// Scale of the steps.
    scales: Vec<f64>,
    direction: Vec<f64>,
    length: f64,
    stalled: usize,
    bound: f64,
    favoured: Vec<usize>,
}

impl Prices {
    /// Step 1, with the bound that it gives.
    pub(super) fn new(instance: &Instance, chosen: &[usize], reached: f64) -> Self {
        let points = instance.weights.len();
        let mut prices = instance.weights.to_vec();
        for place in chosen {
            for demand in instance.covers.row(*place) {
                prices[*demand as usize] = 0.0;
            }
        }
        prices.extend([0.0, 0.0]);
        let mut limits = instance.weights.to_vec();
        limits.extend([f64::INFINITY, f64::INFINITY]);
        let mut scales = instance.weights.to_vec();
        let per_place = reached.max(1.0) / (chosen.len().max(1) as f64).powi(2);
        scales.extend([
            if instance.share > 0.0 { per_place } else { 0.0 },
            per_place,
        ]);
        let mut new = Self {
            prices,
            limits,
            scales,
            direction: vec![0.0; points + 2],
            length: 1.0,
            stalled: 0,
            bound: f64::INFINITY,
            favoured: Vec::new(),
        };
        let (bound, favoured) = new.evaluate(instance);
        (new.bound, new.favoured) = (bound, favoured);
        new
    }

    /// No feasible choice has more benefit.
    pub(super) fn bound(&self) -> f64 {
        self.bound
    }

    /// Places that the best prices favour: a hint, not a feasible choice.
    pub(super) fn favoured(&self) -> &[usize] {
        &self.favoured
    }

    /// Steps 2 and 3, given the benefit reached by the best choice known.
    pub(super) fn improve(&mut self, instance: &Instance, reached: f64, rounds: usize) {
        let (mut bound, mut favoured) = self.evaluate(instance);
        for _ in 0..rounds {
            if self.bound - reached <= CLOSE_ENOUGH * self.bound
                || !self.step(instance, &favoured, bound, reached)
            {
                return;
            }
            (bound, favoured) = self.evaluate(instance);
            let progress = bound < self.bound * (1.0 - 1e-5);
            self.stalled = if progress { 0 } else { self.stalled + 1 };
            if self.stalled >= PATIENCE {
                self.length /= 2.0;
                self.stalled = 0;
            }
            if bound < self.bound {
                self.bound = bound;
                self.favoured.clone_from(&favoured);
            }
        }
    }

    /// The bound at these prices, and the places that attain it.
    fn evaluate(&self, instance: &Instance) -> (f64, Vec<usize>) {
        let points = instance.weights.len();
        let (demand, others) = self.prices.split_at(points);
        let inner = Inner::solve(instance, demand, others[0], others[1]);
        let unpriced: f64 = instance
            .weights
            .iter()
            .zip(demand)
            .map(|(weight, price)| weight - price)
            .sum();
        (unpriced + inner.bound, inner.favoured)
    }

    /// Changes the prices; false where no price can move.
    fn step(&mut self, instance: &Instance, favoured: &[usize], bound: f64, reached: f64) -> bool {
        let points = instance.weights.len();
        let mut slopes = vec![-1.0; points];
        let mut under = 0;
        for place in favoured {
            under += usize::from(instance.under_observed[*place]);
            for demand in instance.covers.row(*place) {
                slopes[*demand as usize] += 1.0;
            }
        }
        let count = favoured.len() as f64;
        slopes.push(under as f64 - instance.share * count);
        slopes.push(instance.most as f64 - count);
        // A price at its limit that would have to go beyond it stays out.
        let mut against = 0.0;
        let mut last = 0.0;
        for (number, slope) in slopes.iter_mut().enumerate() {
            let (price, limit) = (self.prices[number], self.limits[number]);
            if (*slope > 0.0 && price <= 0.0) || (*slope < 0.0 && price >= limit) {
                *slope = 0.0;
                self.direction[number] = 0.0;
            }
            against += self.scales[number] * *slope * self.direction[number];
            last += self.scales[number] * self.direction[number] * self.direction[number];
        }
        let deflection = if against < 0.0 {
            -1.5 * against / last
        } else {
            0.0
        };
        let mut norm = 0.0;
        for ((direction, slope), scale) in self.direction.iter_mut().zip(&slopes).zip(&self.scales)
        {
            *direction = slope + deflection * *direction;
            norm += scale * *direction * *direction;
        }
        if norm <= 0.0 {
            return false;
        }
        let step = self.length * (bound - reached).max(CLOSE_ENOUGH * bound) / norm;
        for (number, price) in self.prices.iter_mut().enumerate() {
            let change = step * self.scales[number] * self.direction[number];
            *price = (*price - change).clamp(0.0, self.limits[number]);
        }
        true
    }
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
            for (place, forced) in forced.iter().enumerate() {
                if *forced || (instance.open[place] && worth(place) > 0.0) {
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
