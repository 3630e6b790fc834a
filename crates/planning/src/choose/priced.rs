//! The choice that remains once demand is priced, bounded by pricing what it
//! costs.

use rayon::prelude::*;

use super::instance::{BaseLimits, Instance};

/// Halvings of the price of a team-day in search of its best value.
const HALVINGS: usize = 45;

/// The problem that remains once demand is priced.
pub(super) struct Priced {
    /// No choice is worth more.
    pub bound: f64,
    /// Places that nearly attain it.
    pub favoured: Vec<usize>,
}

impl Priced {
    /// Step 3 of [`super::bound`].
    pub(super) fn solve(
        instance: &Instance,
        prices: &[f64],
        share_price: f64,
        place_price: f64,
    ) -> Self {
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
        if let Some(bases) = instance.bases {
            return Self::solve_by_base(instance, &bases, &values, &forced, fixed);
        }
        let at = |price: f64| {
            Favoured::at(
                instance,
                &|place| values[place] - price * instance.costs[place],
                &forced,
            )
        };
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

impl Priced {
    /// The same where bases have team-days of their own.
    ///
    /// With prices `p_b` of a team-day at each base and `μ` of one of the
    /// budget, `0 ≤ μ ≤ p_b`, the sum of the team-days of the bases at
    /// `p_b − μ` and of the budget at `μ` is added to what the places are worth
    /// at the prices of their bases: a valid bound for all such prices. Where
    /// no block floor ties bases together the best prices fall apart:
    ///
    /// 1. Without `μ` each base has a least price at which what is worth it
    ///    costs no more than the base has. All are found by halving at once.
    /// 2. If the budget does not pay for all that, `μ` is found by halving,
    ///    with `p_b` the greater of `μ` and the price of step 1.
    ///
    /// With block floors over several bases the prices may not be the best.
    fn solve_by_base(
        instance: &Instance,
        bases: &BaseLimits,
        values: &[f64],
        forced: &[bool],
        fixed: f64,
    ) -> Self {
        let mut best = f64::INFINITY;
        let of_bases: f64 = bases.team_days.iter().sum();
        let mut at = |prices: &[f64]| {
            let worth = |place: usize| {
                values[place] - prices[bases.of[place] as usize] * instance.costs[place]
            };
            let favoured = Favoured::at(instance, &worth, forced);
            // Of all `μ` that go with these prices the best is an end.
            let budget_price = if instance.budget < of_bases {
                prices.iter().copied().fold(f64::INFINITY, f64::min)
            } else {
                0.0
            };
            let paid: f64 = prices
                .iter()
                .zip(bases.team_days)
                .map(|(price, team_days)| (price - budget_price) * team_days)
                .sum();
            best = best.min(favoured.value + paid + budget_price * instance.budget);
            favoured
        };
        let mut dearest = vec![0.0f64; bases.team_days.len()];
        for place in (0..values.len()).filter(|place| instance.costs[*place] > 0.0) {
            let dearest = &mut dearest[bases.of[place] as usize];
            *dearest = dearest.max(values[place] / instance.costs[place]);
        }
        for price in &mut dearest {
            *price = *price * (1.0 + 1e-9) + f64::MIN_POSITIVE;
        }
        let free = vec![0.0; dearest.len()];
        let mut more = at(&free);
        let over = |favoured: &Favoured, base: usize| {
            let spent = favoured.by_base[base];
            !instance.base_affords(base, spent)
        };
        let (mut low, mut high) = (free.clone(), free);
        let short: Vec<usize> = (0..high.len()).filter(|base| over(&more, *base)).collect();
        for base in &short {
            high[*base] = dearest[*base];
        }
        for _ in 0..if short.is_empty() { 0 } else { HALVINGS } {
            let middle: Vec<f64> = low.iter().zip(&high).map(|(a, b)| 0.5 * (a + b)).collect();
            let favoured = at(&middle);
            for base in &short {
                if over(&favoured, *base) {
                    low[*base] = middle[*base];
                } else {
                    high[*base] = middle[*base];
                }
            }
        }
        if !short.is_empty() {
            more = at(&low);
        }
        let mut enough = at(&high);
        if !instance.affords(enough.team_days) {
            let with = |price: f64| -> Vec<f64> { high.iter().map(|own| own.max(price)).collect() };
            let mut below = 0.0;
            let mut above = dearest.iter().copied().fold(0.0, f64::max);
            for _ in 0..HALVINGS {
                let middle = 0.5 * (below + above);
                if instance.affords(at(&with(middle)).team_days) {
                    above = middle;
                } else {
                    below = middle;
                }
            }
            more = at(&with(below));
            enough = at(&with(above));
        }
        Self {
            bound: best + fixed,
            favoured: spend_rest(instance, enough, &more),
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
    let mut by_base = favoured.by_base;
    for place in &more.places {
        let cost = instance.costs[*place];
        let base = instance.base_of(*place);
        let base_pays = base.is_none_or(|base| instance.base_affords(base, by_base[base] + cost));
        if !is_in[*place]
            && team_days + cost <= instance.budget
            && base_pays
            && places.len() < instance.most
        {
            team_days += cost;
            if let Some(base) = base {
                by_base[base] += cost;
            }
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
    /// Of it, what each base pays; empty where bases are not limited.
    by_base: Vec<f64>,
    places: Vec<usize>,
}

impl Favoured {
    /// `worth` says what a place is worth less its price.
    fn at(instance: &Instance, worth: &impl Fn(usize) -> f64, forced: &[bool]) -> Self {
        let mut favoured = Self {
            value: 0.0,
            team_days: 0.0,
            by_base: vec![0.0; instance.bases.map_or(0, |bases| bases.team_days.len())],
            places: Vec::new(),
        };
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
        if let Some(base) = instance.base_of(place) {
            self.by_base[base] += instance.costs[place];
        }
        self.places.push(place);
    }
}
