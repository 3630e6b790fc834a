//! What is held back for the floors where every base has its own team-days.

use super::spread::spread;
use super::tally::{Completion, Tally};

/// A completion of the choice that budget and bases can pay, held in reserve
/// while the choice grows.
///
/// Whether any completion is left beside a further place has no quick exact
/// answer once each base pays for its own (choosing one of two places of each
/// block so that two bases come out even is the partition problem). So one
/// completion is carried along: a place fits if it goes together with it, or
/// for one place of it. What fits can be paid together with all floors; what
/// does not might have fitted beside another completion.
pub(super) struct Reserve {
    least: Completion,
}

/// What happens to the reserve when a place is added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    /// It stays.
    Keep,
    /// This place leaves it.
    Drop(usize),
}

impl Reserve {
    /// A completion of the musts; `None` if none is known.
    pub(super) fn new(tally: &Tally) -> Option<Self> {
        let known = || {
            let witness = tally.instance().bases?.witness;
            let rest = witness.iter().filter(|place| !tally.is_chosen(**place));
            let added: Vec<usize> = rest.copied().collect();
            (tally.count() + added.len() == witness.len())
                .then(|| completion(tally, added))
                .filter(|completion| tally.bases_pay(&completion.added))
        };
        let least = spread(tally).or_else(known)?;
        Some(Self { least })
    }

    pub(super) fn least(&self) -> &Completion {
        &self.least
    }

    /// Whether the place, not yet chosen, goes together with the reserve.
    ///
    /// O(reserve).
    pub(super) fn fits(&self, tally: &Tally, place: usize) -> bool {
        self.change(tally, place).is_some()
    }

    /// Adds a place that fits, and keeps no more in reserve than is needed.
    ///
    /// O(reserve + blocks), and where there is a share O(under-observed
    /// places) besides.
    pub(super) fn take(&mut self, tally: &mut Tally, place: usize) {
        let change = self.change(tally, place);
        let mut added = std::mem::take(&mut self.least.added);
        if let Some(Change::Drop(out)) = change {
            added.retain(|place| *place != out);
        }
        tally.add(place);
        let carried = completion(tally, slim(tally, added));
        let cheapest = tally.completion().filter(|cheapest| {
            cheapest.team_days < carried.team_days && tally.bases_pay(&cheapest.added)
        });
        self.least = cheapest.unwrap_or(carried);
    }

    fn change(&self, tally: &Tally, place: usize) -> Option<Change> {
        let added = &self.least.added;
        if added.contains(&place) {
            return Some(Change::Drop(place));
        }
        let block = tally.block_of(place);
        if tally.lacking(block) > 0 {
            // It goes for the dearest of its block that it can go for.
            let costs = tally.instance().costs;
            let leaving = added
                .iter()
                .copied()
                .filter(|out| tally.block_of(*out) == block && self.holds(tally, place, Some(*out)))
                .max_by(|a, b| costs[*a].total_cmp(&costs[*b]).then(b.cmp(a)));
            if let Some(out) = leaving {
                return Some(Change::Drop(out));
            }
        }
        self.holds(tally, place, None).then_some(Change::Keep)
    }

    /// Whether choice, reserve and place without `out` keep number of places,
    /// budget, base and share. Block floors hold where `out` is of the block.
    fn holds(&self, tally: &Tally, place: usize, out: Option<usize>) -> bool {
        let instance = tally.instance();
        let kept = || {
            let added = self.least.added.iter().copied();
            added.filter(|added| Some(*added) != out)
        };
        let count = tally.count() + 1 + kept().count();
        let under = tally.under_observed()
            + kept()
                .chain([place])
                .filter(|place| instance.under_observed[*place])
                .count();
        let cost_where = |wanted: &dyn Fn(usize) -> bool| -> f64 {
            kept()
                .chain([place])
                .filter(|place| wanted(*place))
                .map(|place| instance.costs[place])
                .sum()
        };
        let base = instance.base_of(place);
        count <= instance.most
            && instance.share_holds(under, count)
            && instance.affords(tally.spent() + cost_where(&|_| true))
            && base.is_none_or(|base| {
                let more = cost_where(&|place| instance.base_of(place) == Some(base));
                instance.base_affords(base, tally.spent_at(base) + more)
            })
    }
}

/// `added` without what neither block floors nor share need any longer, the
/// dearest first.
fn slim(tally: &Tally, mut added: Vec<usize>) -> Vec<usize> {
    let instance = tally.instance();
    added.sort_by(|a, b| {
        instance.costs[*b]
            .total_cmp(&instance.costs[*a])
            .then(a.cmp(b))
    });
    let mut in_block = vec![0usize; instance.least.len()];
    let mut under = tally.under_observed();
    for place in &added {
        in_block[tally.block_of(*place)] += 1;
        under += usize::from(instance.under_observed[*place]);
    }
    let mut count = tally.count() + added.len();
    added.retain(|place| {
        let block = tally.block_of(*place);
        let under_without = under - usize::from(instance.under_observed[*place]);
        let needed = in_block[block] <= tally.lacking(block)
            || !instance.share_holds(under_without, count - 1);
        if !needed {
            in_block[block] -= 1;
            under = under_without;
            count -= 1;
        }
        needed
    });
    added
}

fn completion(tally: &Tally, added: Vec<usize>) -> Completion {
    let costs = added.iter().map(|place| tally.instance().costs[*place]);
    Completion {
        team_days: tally.spent() + costs.sum::<f64>(),
        count: tally.count() + added.len(),
        added,
    }
}
