//! Whether a place still fits beside what the floors need.

use super::reserve::Reserve;
use super::tally::{Completion, Tally};

/// What a choice must still cost for the floors to be met.
pub(super) enum Needs {
    /// Where only the budget limits what is paid: exact.
    Least(Box<Least>),
    /// Where every base has team-days of its own.
    Reserve(Reserve),
}

impl Needs {
    /// `None` if the floors cannot be met from here. Where bases are limited
    /// the choice must be the musts, and `None` says that no way is known.
    pub(super) fn new(tally: &Tally) -> Option<Self> {
        if tally.instance().bases.is_some() {
            Reserve::new(tally).map(Self::Reserve)
        } else {
            Least::new(tally).map(|least| Self::Least(Box::new(least)))
        }
    }

    /// A completion that can be paid.
    pub(super) fn least(&self) -> &Completion {
        match self {
            Self::Least(least) => &least.least,
            Self::Reserve(reserve) => reserve.least(),
        }
    }

    /// Whether the place, not yet chosen, can be added so that the floors can
    /// still be met; where bases are limited, so that it is known how.
    pub(super) fn fits(&self, tally: &mut Tally, place: usize) -> bool {
        match self {
            Self::Least(least) => least.fits(tally, place),
            Self::Reserve(reserve) => reserve.fits(tally, place),
        }
    }

    /// Adds a place that fits.
    pub(super) fn take(&mut self, tally: &mut Tally, place: usize) {
        match self {
            Self::Least(least) => {
                tally.add(place);
                **least = Least::new(tally).expect("the choice grew only by places that fit");
            }
            Self::Reserve(reserve) => reserve.take(tally, place),
        }
    }
}

/// What a choice must still cost at least, prepared so that most places can be
/// decided at once.
pub(super) struct Least {
    /// The cheapest completion.
    least: Completion,
    /// Its first step alone: what the block floors need, without the share.
    floors_team_days: f64,
    /// What the floors add, ascending.
    floors_added: Vec<usize>,
    /// Cost of the dearest place that the floors add to each block.
    dearest: Vec<f64>,
    /// Cheapest completions beside one more place that is not under-observed,
    /// and beside one that is; its own cost is not in it. What they add is
    /// ascending.
    beside: [Option<Completion>; 2],
}

impl Least {
    /// `None` if the floors cannot be met from here.
    ///
    /// O(blocks + added places), and where there is a share O(under-observed
    /// places) besides.
    fn new(tally: &Tally) -> Option<Self> {
        let instance = tally.instance();
        let mut floors_added = tally.fill()?;
        let mut dearest = vec![0.0f64; instance.least.len()];
        for place in &floors_added {
            let dearest = &mut dearest[tally.block_of(*place)];
            *dearest = dearest.max(instance.costs[*place]);
        }
        let beside = [false, true].map(|under_observed| {
            let mut completion = tally.complete(floors_added.clone(), &[under_observed])?;
            completion.added.sort_unstable();
            Some(completion)
        });
        let least = tally.complete(floors_added.clone(), &[])?;
        let costs = floors_added.iter().map(|place| instance.costs[*place]);
        let floors_team_days = tally.spent() + costs.sum::<f64>();
        floors_added.sort_unstable();
        Some(Self {
            least,
            floors_team_days,
            floors_added,
            dearest,
            beside,
        })
    }

    /// Whether the place, not yet chosen, can be added so that the floors can
    /// still be met within the budget.
    ///
    /// Once false for a place it stays false while the choice grows, for the
    /// cheapest completion of a larger choice is never cheaper.
    fn fits(&self, tally: &mut Tally, place: usize) -> bool {
        let instance = tally.instance();
        let cost = instance.costs[place];
        if tally.count() >= instance.most || !instance.affords(tally.spent() + cost) {
            return false;
        }
        let block = tally.block_of(place);
        if tally.lacking(block) == 0 {
            let under_observed = instance.under_observed[place];
            let Some(beside) = &self.beside[usize::from(under_observed)] else {
                return false;
            };
            // Unless the completion counts on the place itself, what it costs
            // and what the completion costs simply add up.
            let counted_on = beside.added.binary_search(&place).is_ok();
            return instance.affords(beside.team_days + cost)
                && (!counted_on || completes(tally, place));
        }
        // In a block that lacks places it goes for the dearest that the floors
        // would add there.
        let counted_on = self.floors_added.binary_search(&place).is_ok();
        if !counted_on && !instance.affords(self.floors_team_days + cost - self.dearest[block]) {
            return false;
        }
        instance.share == 0.0 || completes(tally, place)
    }
}

/// Whether the choice with the place can be completed within the budget.
fn completes(tally: &mut Tally, place: usize) -> bool {
    tally.add(place);
    let completion = tally.completion();
    tally.remove(place);
    completion.is_some_and(|completion| tally.instance().affords(completion.team_days))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::choose::place::tests::scattered;
    use crate::choose::{Objective, Problem, Request};

    #[test]
    fn the_quick_answer_is_that_of_the_cheapest_completion() {
        let (mut yes, mut no) = (0, 0);
        for seed in 0..300u32 {
            let places = scattered(30, seed);
            let mut request = Request::new(Objective::WeightedBenefit, 14.0);
            request.floors.least_per_block = (seed % 3) as usize;
            request.floors.under_observed_share = f64::from(seed % 5) / 4.0;
            request.most_places = (seed % 2 == 0).then_some(9);
            let Ok(problem) = Problem::new(places, request) else {
                continue;
            };
            let mut tally = Tally::new(problem.instance());
            for place in (0..30).map(|turn| (turn * 7 + seed as usize) % 30) {
                let needs = Needs::new(&tally).unwrap();
                for other in (0..30).filter(|other| *other != place) {
                    if tally.is_chosen(other) {
                        continue;
                    }
                    let fits = needs.fits(&mut tally, other);
                    assert_eq!(fits, completes(&mut tally, other), "seed {seed}, {other}");
                }
                if needs.fits(&mut tally, place) {
                    assert!(completes(&mut tally, place));
                    tally.add(place);
                    yes += 1;
                } else {
                    assert!(!completes(&mut tally, place));
                    no += 1;
                }
            }
        }
        assert!(yes > 500 && no > 500, "{yes} {no}");
    }
}
