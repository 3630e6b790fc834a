//! The problem as the solvers see it: numbers only.

use super::coverage::Coverage;

/// Slack in sums of team-days that is due to rounding of floating-point sums.
pub(super) const ROUNDING: f64 = 1e-9;

/// The blocks of the places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Blocks {
    /// Block of each place.
    pub of: Vec<u32>,
    /// Open places of each block, cheapest first; at equal cost the
    /// under-observed first, then by number.
    pub members: Vec<Vec<u32>>,
}

/// Team-days of the bases.
#[derive(Debug, Clone, Copy)]
pub(super) struct BaseLimits<'a> {
    /// Base that pays for each place.
    pub of: &'a [u32],
    /// Team-days of each base.
    pub team_days: &'a [f64],
    /// A choice of at least one place that meets every constraint, ascending:
    /// no quick answer finds one every time.
    pub witness: &'a [usize],
}

impl BaseLimits<'_> {
    /// Team-days of the base that pays for a place.
    pub(super) fn team_days_of(&self, place: usize) -> f64 {
        self.team_days[self.of[place] as usize]
    }

    /// What places cost each base.
    pub(super) fn spent(&self, costs: &[f64], places: &[usize]) -> Vec<f64> {
        let mut spent = vec![0.0; self.team_days.len()];
        for place in places {
            spent[self.of[*place] as usize] += costs[*place];
        }
        spent
    }
}

/// What to optimise, and under which constraints. Cheap to copy and vary.
#[derive(Debug, Clone, Copy)]
pub(super) struct Instance<'a> {
    /// Team-days of each place.
    pub costs: &'a [f64],
    /// Whether each place may be chosen.
    pub open: &'a [bool],
    /// Places that must be chosen; all of them open, ascending.
    pub musts: &'a [usize],
    /// Blocks of the places.
    pub blocks: &'a Blocks,
    /// Least number of chosen places of each block.
    pub least: &'a [usize],
    /// Whether each place is under-observed.
    pub under_observed: &'a [bool],
    /// Under-observed open places, cheapest first.
    pub under_observed_by_cost: &'a [u32],
    /// Least share of under-observed places among the chosen ones.
    pub share: f64,
    /// Team-days.
    pub budget: f64,
    /// Team-days of each base, if these are limited.
    pub bases: Option<BaseLimits<'a>>,
    /// Most places.
    pub most: usize,
    /// Benefit of each demand point.
    pub weights: &'a [f64],
    /// Demand that each place covers.
    pub covers: &'a Coverage,
    /// Places that cover each demand point.
    pub covered_by: &'a Coverage,
}

impl Instance<'_> {
    /// Number of places.
    pub(super) fn places(&self) -> usize {
        self.costs.len()
    }

    /// Whether a sum of team-days is within the budget.
    pub(super) fn affords(&self, team_days: f64) -> bool {
        team_days <= self.budget + ROUNDING * self.budget.max(1.0)
    }

    /// The base that pays for a place, if bases are limited.
    pub(super) fn base_of(&self, place: usize) -> Option<usize> {
        self.bases.map(|bases| bases.of[place] as usize)
    }

    /// Whether a sum of team-days is within those of the base.
    pub(super) fn base_affords(&self, base: usize, team_days: f64) -> bool {
        self.bases.is_none_or(|bases| {
            let limit = bases.team_days[base];
            team_days <= limit + ROUNDING * limit.max(1.0)
        })
    }

    /// Whether `under` of `count` places reach the share.
    pub(super) fn share_holds(&self, under: usize, count: usize) -> bool {
        under as f64 >= self.share * count as f64 - ROUNDING * (count as f64).max(1.0)
    }

    /// Whether any block has a floor.
    pub(super) fn has_floors(&self) -> bool {
        self.least.iter().any(|least| *least > 0)
    }

    /// Benefit of the demand that `chosen` covers.
    pub(super) fn covered_weight(&self, chosen: &[usize]) -> f64 {
        let mut covered = vec![false; self.weights.len()];
        for place in chosen {
            for demand in self.covers.row(*place) {
                covered[*demand as usize] = true;
            }
        }
        // In the order of the demand, so that the same set gives the same sum.
        covered
            .iter()
            .zip(self.weights)
            .filter_map(|(covered, weight)| covered.then_some(*weight))
            .sum()
    }
}
