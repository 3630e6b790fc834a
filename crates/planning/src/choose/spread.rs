//! A completion that the bases can pay, by repair of the cheapest one.

use super::tally::{Completion, Tally};

/// A superset of the choice that meets block floors, share, number of places,
/// budget and the team-days of each base. `None` if none was found, which
/// proves nothing: see [`super::payable`].
///
/// 1. The cheapest completion, where the bases can pay it.
/// 2. Otherwise each block is filled to its floor with its cheapest places,
///    and while a base is overdrawn the exchange within a block is made that
///    costs least for each team-day of relief, towards a base with room.
/// 3. While the share is short, the under-observed place is added, or put in
///    the place of another of its block, that costs least for what it closes
///    of the gap.
///
/// Step 2 takes O(exchanges × places of the blocks added to), step 3 O(places
/// added × under-observed places).
pub(super) fn spread(tally: &Tally) -> Option<Completion> {
    let instance = tally.instance();
    let cheapest = tally.completion()?;
    if !instance.affords(cheapest.team_days) {
        return None;
    }
    if tally.bases_pay(&cheapest.added) {
        return Some(cheapest);
    }
    repair(tally, tally.fill()?)
}

/// Steps 2 and 3 from what `added` makes of the choice.
pub(super) fn repair(tally: &Tally, added: Vec<usize>) -> Option<Completion> {
    let instance = tally.instance();
    let mut repair = Repair {
        added,
        now: tally.clone(),
    };
    for place in &repair.added {
        repair.now.add(*place);
    }
    while let Some(base) = repair.now.overdrawn() {
        repair.relieve(base)?;
    }
    while !instance.share_holds(repair.now.under_observed(), repair.now.count()) {
        repair.close_share()?;
    }
    let holds = repair.now.count() <= instance.most && instance.affords(repair.now.spent());
    holds.then(|| Completion {
        team_days: repair.now.spent(),
        count: repair.now.count(),
        added: repair.added,
    })
}

/// A completion under change.
struct Repair<'a> {
    /// The choice with what is added.
    now: Tally<'a>,
    added: Vec<usize>,
}

/// One place in, and perhaps one out (by its position among the added).
#[derive(Debug, Clone, Copy)]
struct Step {
    price: f64,
    place: usize,
    out: Option<usize>,
}

impl Repair<'_> {
    /// Takes a place off an overdrawn base; `None` where nothing can move.
    ///
    /// Each step lowers what is overdrawn in all, so that they come to an end.
    fn relieve(&mut self, base: usize) -> Option<()> {
        let instance = self.now.instance();
        let overdraft = self.now.overdraft(base);
        let mut best: Option<Step> = None;
        for (position, out) in self.added.iter().enumerate() {
            let cost = instance.costs[*out];
            if instance.base_of(*out) != Some(base) || cost <= 0.0 {
                continue;
            }
            let members = &instance.blocks.members[self.now.block_of(*out)];
            for place in members.iter().map(|place| *place as usize) {
                if !self.now.is_chosen(place)
                    && instance.base_of(place) != Some(base)
                    && self.now.base_pays(place)
                {
                    let price = (instance.costs[place] - cost) / cost.min(overdraft);
                    better(&mut best, price, place, Some(position));
                }
            }
        }
        self.make(best?);
        Some(())
    }

    /// Brings the share nearer; `None` where nothing does.
    fn close_share(&mut self) -> Option<()> {
        let instance = self.now.instance();
        let mut best: Option<Step> = None;
        let gain = 1.0 - instance.share;
        if self.now.count() < instance.most && gain > 0.0 {
            for place in instance.under_observed_by_cost {
                let place = *place as usize;
                if !self.now.is_chosen(place) && self.now.base_pays(place) {
                    better(&mut best, instance.costs[place] / gain, place, None);
                }
            }
        }
        for position in 0..self.added.len() {
            let out = self.added[position];
            if instance.under_observed[out] {
                continue;
            }
            self.now.remove(out);
            let members = &instance.blocks.members[self.now.block_of(out)];
            for place in members.iter().map(|place| *place as usize) {
                if instance.under_observed[place]
                    && !self.now.is_chosen(place)
                    && self.now.base_pays(place)
                {
                    let price = instance.costs[place] - instance.costs[out];
                    better(&mut best, price, place, Some(position));
                }
            }
            self.now.add(out);
        }
        self.make(best?);
        Some(())
    }

    fn make(&mut self, step: Step) {
        if let Some(position) = step.out {
            self.now.remove(self.added.swap_remove(position));
        }
        self.now.add(step.place);
        self.added.push(step.place);
    }
}

/// Keeps the step of the least price; at equal price the first found.
fn better(best: &mut Option<Step>, price: f64, place: usize, out: Option<usize>) {
    if best.is_none_or(|best| price < best.price) {
        *best = Some(Step { price, place, out });
    }
}
