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
        builder.budget(instance);
        builder
    }

    /// Least team-days of at least one place that meet everything but the
    /// budget.
    pub(super) fn cheapest(instance: &Instance) -> Self {
        let mut builder = Self::cheapest_cover(instance, &[]);
        let count = builder.terms(|_| 1.0);
        builder.row(count, 1.0, f64::INFINITY);
        builder
    }

    /// Fewest team-days that bases must have besides theirs, in all, so that
    /// at least one place meets everything. A variable for each base says how
    /// many.
    pub(super) fn least_overdraft(instance: &Instance) -> Self {
        let free = Instance {
            bases: None,
            ..*instance
        };
        let mut builder = Self::places(&free, false);
        let bases = instance.bases.map_or(0, |bases| bases.team_days.len());
        for base in 0..bases {
            let overdraft = builder.program.variables.len();
            builder.program.variables.push(Variable {
                objective: 1.0,
                low: 0.0,
                high: f64::INFINITY,
                whole: false,
            });
            builder.base(instance, base, Some(overdraft));
        }
        builder.budget(instance);
        let count = builder.terms(|_| 1.0);
        builder.row(count, 1.0, f64::INFINITY);
        builder
    }

    fn budget(&mut self, instance: &Instance) {
        let costs = self.terms(|place| instance.costs[place]);
        self.row(costs, f64::NEG_INFINITY, instance.budget);
    }

    /// What places cost a base, but for its overdraft, is within its days.
    fn base(&mut self, instance: &Instance, base: usize, overdraft: Option<usize>) {
        let Some(bases) = instance.bases else {
            return;
        };
        let mut costs = self.terms(|place| {
            if bases.of[place] as usize == base {
                instance.costs[place]
            } else {
                0.0
            }
        });
        costs.extend(overdraft.map(|variable| (variable, -1.0)));
        if !costs.is_empty() {
            self.row(costs, f64::NEG_INFINITY, bases.team_days[base]);
        }
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
                // Members of blocks are open, unless a question is asked about
                // some of the places only.
                let terms = members.iter().filter_map(|place| {
                    let variable = builder.places.binary_search(&(*place as usize));
                    variable.ok().map(|variable| (variable, 1.0))
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
        for base in 0..instance.bases.map_or(0, |bases| bases.team_days.len()) {
            builder.base(instance, base, None);
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
        && tally.overdrawn().is_none()
        && (0..instance.least.len()).all(|block| tally.lacking(block) == 0)
        && instance.share_holds(tally.under_observed(), tally.count())
}
