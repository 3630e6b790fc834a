//! Exact choice by mixed-integer programming.

use std::collections::BTreeMap;

use super::instance::{Instance, ROUNDING};
use super::milp::{Program, Row, Variable};
use super::tally::Tally;

/// A program whose first variables stand for places.
pub(super) struct PlaceProgram {
    pub program: Program,
    /// Place that each of the first variables stands for.
    places: Vec<usize>,
    /// Places that serve each of the further variables.
    served_by: Vec<Vec<usize>>,
}

impl PlaceProgram {
    /// Most benefit under all constraints.
    ///
    /// A variable `x_i ∈ {0, 1}` for each open place and `0 ≤ y_g ≤ 1` for
    /// each group of demand points that the same places cover; `y_g ≤ Σ x_i`
    /// over these. The `y` need not be whole: for whole `x` they are at an
    /// optimum. A group that only one place covers needs no `y`. Church &
    /// `ReVelle` (1974).
    pub(super) fn most_benefit(instance: &Instance) -> Self {
        let mut builder = Self::places(instance, true);
        let mut groups: BTreeMap<Vec<usize>, f64> = BTreeMap::new();
        for (demand, weight) in instance.weights.iter().enumerate() {
            let coverers = builder.coverers(instance, demand);
            if *weight > 0.0 && !coverers.is_empty() {
                *groups.entry(coverers).or_default() += weight;
            }
        }
        for (coverers, weight) in groups {
            if let [only] = coverers[..] {
                builder.program.variables[only].objective += weight;
                continue;
            }
            let served = builder.program.variables.len();
            builder.program.variables.push(Variable {
                objective: weight,
                low: 0.0,
                high: 1.0,
                whole: false,
            });
            let mut terms: Vec<(usize, f64)> = coverers.iter().map(|x| (*x, -1.0)).collect();
            terms.push((served, 1.0));
            builder.row(terms, f64::NEG_INFINITY, 0.0);
            builder.served_by.push(coverers);
        }
        let costs = builder.terms(|place| instance.costs[place]);
        builder.row(costs, f64::NEG_INFINITY, instance.budget);
        builder
    }

    /// Least team-days that cover all of `demand` and meet everything but the
    /// budget.
    pub(super) fn cheapest_cover(instance: &Instance, demand: &[usize]) -> Self {
        let mut builder = Self::places(instance, false);
        for (variable, place) in builder.places.iter().enumerate() {
            builder.program.variables[variable].objective = instance.costs[*place];
        }
        let mut rows: Vec<Vec<usize>> = demand
            .iter()
            .map(|demand| builder.coverers(instance, *demand))
            .collect();
        rows.sort();
        rows.dedup();
        for coverers in rows {
            let terms = coverers.iter().map(|x| (*x, 1.0)).collect();
            builder.row(terms, 1.0, f64::INFINITY);
        }
        builder
    }

    /// Variables of the places, with all constraints but the budget.
    fn places(instance: &Instance, maximise: bool) -> Self {
        let places: Vec<usize> = (0..instance.places())
            .filter(|place| instance.open[*place])
            .collect();
        let variables = places
            .iter()
            .map(|place| Variable {
                objective: 0.0,
                low: f64::from(u8::from(instance.musts.binary_search(place).is_ok())),
                high: 1.0,
                whole: true,
            })
            .collect();
        let mut builder = Self {
            program: Program {
                maximise,
                variables,
                rows: Vec::new(),
            },
            places,
            served_by: Vec::new(),
        };
        if instance.most < builder.places.len() {
            let count = builder.terms(|_| 1.0);
            builder.row(count, f64::NEG_INFINITY, instance.most as f64);
        }
        for (members, least) in instance.blocks.members.iter().zip(instance.least) {
            if *least > 0 {
                let terms = members.iter().map(|place| {
                    let variable = builder.places.binary_search(&(*place as usize));
                    (variable.expect("members of blocks are open"), 1.0)
                });
                let terms = terms.collect();
                builder.row(terms, *least as f64, f64::INFINITY);
            }
        }
        if instance.share > 0.0 {
            let surplus = builder.terms(|place| {
                f64::from(u8::from(instance.under_observed[place])) - instance.share
            });
            builder.row(surplus, 0.0, f64::INFINITY);
        }
        builder
    }

    /// A coefficient for each place; zeros are left out.
    fn terms(&self, coefficient: impl Fn(usize) -> f64) -> Vec<(usize, f64)> {
        let all = self.places.iter().enumerate();
        all.map(|(variable, place)| (variable, coefficient(*place)))
            .filter(|(_, coefficient)| *coefficient != 0.0)
            .collect()
    }

    /// Variables of the open places that cover a demand point.
    fn coverers(&self, instance: &Instance, demand: usize) -> Vec<usize> {
        instance
            .covered_by
            .row(demand)
            .iter()
            .filter_map(|place| self.places.binary_search(&(*place as usize)).ok())
            .collect()
    }

    fn row(&mut self, terms: Vec<(usize, f64)>, low: f64, high: f64) {
        self.program.rows.push(Row { terms, low, high });
    }

    /// Values of all variables at a choice of places.
    pub(super) fn values(&self, chosen: &[usize]) -> Vec<f64> {
        let one = |holds: bool| f64::from(u8::from(holds));
        let mut values: Vec<f64> = self
            .places
            .iter()
            .map(|place| one(chosen.binary_search(place).is_ok()))
            .collect();
        for coverers in &self.served_by {
            values.push(one(coverers.iter().any(|x| values[*x] > 0.5)));
        }
        values
    }

    /// The places that a solution chooses, ascending; `None` if the rounded
    /// solution breaks a constraint, so that no solver needs to be believed.
    pub(super) fn chosen(&self, instance: &Instance, values: &[f64]) -> Option<Vec<usize>> {
        let chosen: Vec<usize> = self
            .places
            .iter()
            .zip(values)
            .filter_map(|(place, value)| (*value > 0.5).then_some(*place))
            .collect();
        is_feasible(instance, &chosen).then_some(chosen)
    }
}

/// Whether a choice meets every constraint.
pub(super) fn is_feasible(instance: &Instance, chosen: &[usize]) -> bool {
    let mut tally = Tally::new(*instance);
    for place in chosen {
        if !tally.is_chosen(*place) {
            tally.add(*place);
        }
    }
    tally.count() == chosen.len()
        && tally.count() <= instance.most
        && tally.spent() <= instance.budget + 10.0 * ROUNDING * instance.budget.max(1.0)
        && (0..instance.least.len()).all(|block| tally.lacking(block) == 0)
        && instance.share_holds(tally.under_observed(), tally.count())
}
