//! Whether bases can pay, by a price for the team-days of each.
//!
//! Let each base `b` ask a price `0 ≤ λ_b ≤ 1` for a team-day. Whatever the
//! prices, a choice that meets everything else overdraws the bases in all by at
//! least `L(λ) = min Σ_b λ_b (spent_b − limit_b)`, and the choice that attains
//! the minimum is the cheapest one at priced costs, which is found exactly
//! ([`Tally::completion`]). `L(λ) > 0` proves that no choice can be paid, and
//! `L(λ)` team-days must be added at least.
//!
//! 1. Prices begin equal. The cheapest choice is found, and with it `L`.
//! 2. Prices rise where its bases are overdrawn and fall where they are not
//!    (subgradient; Held, Wolfe & Crowder 1974), in steps that shrink while
//!    `L` does not grow.
//! 3. Every choice met is a candidate; where it overdraws less than those
//!    before, it is repaired as in [`super::spread`].
//!
//! O(steps × m log m) in the places that can matter.

use super::exact::is_feasible;
use super::instance::{BaseLimits, Blocks, Instance, ROUNDING};
use super::spread::repair;
use super::tally::{Completion, Tally};

/// Most steps of the prices.
const MOST_STEPS: usize = 120;

/// Steps without a better bound after which they are halved.
const PATIENCE: usize = 6;

/// What is asked of the prices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aim {
    /// Whether there is a choice: a proof that there is none ends the search.
    Decide,
    /// How many days must be added: the sharpest bound, the nearest choice.
    FewestDays,
}

/// What prices tell of a question.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Priced {
    /// A choice that meets everything, the bases included.
    pub found: Option<Completion>,
    /// No choice that meets the rest overdraws the bases by less, in all.
    pub least_overdraft: f64,
    /// Of the choices met that the budget pays, one that overdraws the bases
    /// least, ascending with the musts.
    pub nearest: Option<Vec<usize>>,
}

impl Priced {
    /// Whether the bound proves that no choice can be paid.
    pub(super) fn is_absent(&self, limits: BaseLimits) -> bool {
        let size: f64 = limits.team_days.iter().sum();
        self.least_overdraft > 1e-6 * size.max(1.0)
    }
}

/// Asks the prices, among the `useful` places. `None` where bases are not
/// limited or the rest cannot be met either.
pub(super) fn by_prices(instance: &Instance, useful: &[bool], aim: Aim) -> Option<Priced> {
    let limits = instance.bases?;
    let mut market = Market::new(instance, useful);
    let mut prices = vec![0.5; limits.team_days.len()];
    let mut answer = Priced {
        found: None,
        least_overdraft: 0.0,
        nearest: None,
    };
    let mut least_seen = f64::INFINITY;
    let (mut scale, mut waited) = (1.0, 0);
    for _ in 0..MOST_STEPS {
        let added = market.cheapest(&prices)?;
        let mut all = instance.musts.to_vec();
        all.extend(&added);
        all.sort_unstable();
        let slopes: Vec<f64> = limits
            .spent(instance.costs, &all)
            .iter()
            .zip(limits.team_days)
            .map(|(spent, limit)| spent - limit)
            .collect();
        let bound: f64 = slopes.iter().zip(&prices).map(|(s, price)| s * price).sum();
        waited += 1;
        if bound > answer.least_overdraft {
            answer.least_overdraft = bound;
            waited = 0;
        } else if waited >= PATIENCE {
            scale *= 0.5;
            waited = 0;
        }
        let overdraft: f64 = slopes.iter().filter(|slope| **slope > 0.0).sum();
        if overdraft < least_seen {
            least_seen = overdraft;
            answer.found = candidate(instance, &all, added);
            if market.pays(&all) {
                answer.nearest = Some(all);
            }
        }
        let is_proven = aim == Aim::Decide && answer.is_absent(limits);
        if answer.found.is_some() || is_proven {
            break;
        }
        let moves =
            |slope: f64, price: f64| (slope > 0.0 && price < 1.0) || (slope < 0.0 && price > 0.0);
        let norm: f64 = slopes
            .iter()
            .zip(&prices)
            .filter(|(slope, price)| moves(**slope, **price))
            .map(|(slope, _)| slope * slope)
            .sum();
        let ahead = least_seen - bound;
        if norm <= 0.0 || ahead <= ROUNDING {
            break;
        }
        for (price, slope) in prices.iter_mut().zip(&slopes) {
            *price = (*price + scale * ahead / norm * slope).clamp(0.0, 1.0);
        }
    }
    Some(answer)
}

/// The choice itself, or what a repair makes of it, where the bases can pay.
fn candidate(instance: &Instance, all: &[usize], added: Vec<usize>) -> Option<Completion> {
    if is_feasible(instance, all) {
        return Some(Completion {
            team_days: all.iter().map(|place| instance.costs[*place]).sum(),
            count: all.len(),
            added,
        });
    }
    repair(&Tally::new(*instance), added)
}

/// The places that can matter, to be sorted by what they cost at prices.
struct Market<'a> {
    instance: Instance<'a>,
    of: &'a [u32],
    costs: Vec<f64>,
    blocks: Blocks,
    under: Vec<u32>,
}

impl<'a> Market<'a> {
    fn new(instance: &Instance<'a>, useful: &[bool]) -> Self {
        let is_useful = |place: &u32| useful[*place as usize];
        let members = instance.blocks.members.iter();
        let under = instance.under_observed_by_cost.iter();
        Self {
            of: instance.bases.map_or(&[], |bases| bases.of),
            costs: instance.costs.to_vec(),
            blocks: Blocks {
                of: instance.blocks.of.clone(),
                members: members
                    .map(|places| places.iter().copied().filter(is_useful).collect())
                    .collect(),
            },
            under: under.copied().filter(is_useful).collect(),
            instance: *instance,
        }
    }

    /// What the cheapest choice at these prices adds to the musts.
    fn cheapest(&mut self, prices: &[f64]) -> Option<Vec<usize>> {
        let own = self.instance.costs;
        for (place, cost) in self.costs.iter_mut().enumerate() {
            *cost = prices[self.of[place] as usize] * own[place];
        }
        let (costs, is_under) = (&self.costs, self.instance.under_observed);
        let cost = |place: &u32| costs[*place as usize];
        for places in &mut self.blocks.members {
            places.sort_unstable_by(|a, b| {
                let plain = |place: &u32| !is_under[*place as usize];
                cost(a)
                    .total_cmp(&cost(b))
                    .then(plain(a).cmp(&plain(b)))
                    .then(a.cmp(b))
            });
        }
        self.under
            .sort_unstable_by(|a, b| cost(a).total_cmp(&cost(b)).then(a.cmp(b)));
        let priced = Instance {
            costs: &self.costs,
            blocks: &self.blocks,
            under_observed_by_cost: &self.under,
            budget: f64::INFINITY,
            bases: None,
            ..self.instance
        };
        Some(Tally::new(priced).completion()?.added)
    }

    /// Whether the budget pays for a choice.
    fn pays(&self, all: &[usize]) -> bool {
        let own = self.instance.costs;
        self.instance
            .affords(all.iter().map(|place| own[*place]).sum())
    }
}

#[cfg(test)]
mod tests {
    use rand::{Rng as _, SeedableRng as _};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::choose::{Benefit, Effort, LatLng, Objective, Place, Problem, Request};

    /// Ten places of three blocks at two bases, with floors and a share. The
    /// bases have days enough, so that it is a problem whatever is asked of
    /// prices afterwards.
    fn random_problem(random: &mut ChaCha8Rng) -> Problem {
        let places = (0..10)
            .map(|number| Place {
                id: format!("village:{number}"),
                position: LatLng {
                    latitude: 25.0,
                    longitude: 85.0 + random.random_range(0.0..1.0),
                },
                block: format!("block:{}", random.random_range(0..3u32)),
                district: "district:1".to_owned(),
                population: None,
                benefit: Benefit {
                    mean: 1.0,
                    lower: 1.0,
                },
                effort: Effort::TeamDays(f64::from(random.random_range(1..8u32))),
                visits: Vec::new(),
                under_observed: random.random_bool(0.4),
                partner: None,
                base: None,
            })
            .collect();
        let mut request = Request::new(Objective::WeightedBenefit, 1_000.0);
        let at = |longitude| LatLng {
            latitude: 25.0,
            longitude,
        };
        request.bases = vec![at(85.0), at(86.0)];
        request.base_team_days = vec![1_000.0; 2];
        request.floors.least_per_block = random.random_range(0..3usize);
        request.floors.under_observed_share = [0.0, 0.3, 0.5][random.random_range(0..3usize)];
        match Problem::new(places, request) {
            Ok(problem) => problem,
            Err(_) => random_problem(random),
        }
    }

    /// The least overdraft of all choices that meet the rest.
    fn least_overdraft(instance: &Instance) -> f64 {
        let limits = instance.bases.unwrap();
        let free = Instance {
            bases: None,
            ..*instance
        };
        (1u32..1 << instance.places())
            .map(|set| -> Vec<usize> {
                let all = 0..instance.places();
                all.filter(|place| set >> place & 1 == 1).collect()
            })
            .filter(|chosen| is_feasible(&free, chosen))
            .map(|chosen| {
                let spent = limits.spent(instance.costs, &chosen);
                let over = spent.iter().zip(limits.team_days);
                over.map(|(spent, limit)| (spent - limit).max(0.0)).sum()
            })
            .fold(f64::INFINITY, f64::min)
    }

    #[test]
    fn the_bound_never_exceeds_the_least_overdraft_and_what_is_found_can_be_paid() {
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let (mut absent, mut found, mut exact) = (0, 0, 0);
        for _ in 0..300 {
            let problem = random_problem(&mut random);
            let instance = problem.instance();
            if !instance.has_floors() {
                continue;
            }
            let limits = BaseLimits {
                team_days: &[
                    f64::from(random.random_range(0..12u32)),
                    f64::from(random.random_range(0..12u32)),
                ],
                ..instance.bases.unwrap()
            };
            let instance = Instance {
                bases: Some(limits),
                ..instance
            };
            let truth = least_overdraft(&instance);
            let useful = vec![true; instance.places()];
            let priced = by_prices(&instance, &useful, Aim::FewestDays).unwrap();
            assert!(
                priced.least_overdraft <= truth + 1e-9,
                "{} {truth}",
                priced.least_overdraft
            );
            if let Some(choice) = &priced.found {
                let mut all = instance.musts.to_vec();
                all.extend(&choice.added);
                all.sort_unstable();
                assert!(is_feasible(&instance, &all));
                assert_eq!(truth, 0.0);
                found += 1;
            }
            if priced.is_absent(limits) {
                assert!(truth > 0.0);
                absent += 1;
                exact += u32::from(priced.least_overdraft > truth - 1e-6);
            }
        }
        assert!(
            absent > 30 && found > 30 && exact > 10,
            "{absent} {found} {exact}"
        );
    }
}
