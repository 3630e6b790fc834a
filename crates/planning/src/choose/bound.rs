//! An upper bound on what any choice can reach, by Lagrangian duality.

use super::instance::Instance;
use super::priced::Priced;

/// Rounds without a lower bound after which the step is halved.
const PATIENCE: usize = 8;

/// Relative gap below which more rounds are not worth their time.
const CLOSE_ENOUGH: f64 = 1e-7;

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
/// Team-days of bases are priced too, each base at its own price. Any
/// non-negative prices give a valid bound; only its height depends on how
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
/// 3. In each round the best `μ` is found by halving an interval (`priced`).
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
        let inner = Priced::solve(instance, demand, others[0], others[1]);
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
