//! What a growing choice costs, and what it must still cost at least.

use super::instance::{Instance, ROUNDING};

/// Chosen places with the sums that the constraints are about.
#[derive(Debug, Clone)]
pub(super) struct Tally<'a> {
    instance: Instance<'a>,
    chosen: Vec<bool>,
    by_block: Vec<usize>,
    count: usize,
    under_observed: usize,
    spent: f64,
    /// Of it, what each base pays; empty where bases are not limited.
    by_base: Vec<f64>,
}

/// The cheapest way to meet all floors from where a choice stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Completion {
    /// Cost of the choice and what is added.
    pub team_days: f64,
    /// Places of the choice and what is added.
    pub count: usize,
    /// What is added.
    pub added: Vec<usize>,
}

/// The cheapest choice of at least one place that meets everything but the
/// budget, that of the bases included. `None` if there is none.
///
/// Where nothing is demanded it is the cheapest place; if there is a share, the
/// cheapest under-observed one, which meets every share alone.
pub(super) fn cheapest_choice(instance: &Instance) -> Option<Completion> {
    let completion = Tally::new(*instance).completion()?;
    if completion.count > 0 {
        return Some(completion);
    }
    let place = if instance.share > 0.0 {
        instance.under_observed_by_cost.first().map(|p| *p as usize)
    } else {
        (0..instance.places())
            .filter(|place| instance.open[*place])
            .min_by(|a, b| instance.costs[*a].total_cmp(&instance.costs[*b]))
    }?;
    Some(Completion {
        team_days: instance.costs[place],
        count: 1,
        added: vec![place],
    })
}

impl<'a> Tally<'a> {
    /// Only the musts.
    pub(super) fn new(instance: Instance<'a>) -> Self {
        let mut tally = Self {
            instance,
            chosen: vec![false; instance.places()],
            by_block: vec![0; instance.blocks.members.len()],
            count: 0,
            under_observed: 0,
            spent: 0.0,
            by_base: vec![0.0; instance.bases.map_or(0, |bases| bases.team_days.len())],
        };
        for must in instance.musts {
            tally.add(*must);
        }
        tally
    }

    pub(super) fn instance(&self) -> Instance<'a> {
        self.instance
    }

    pub(super) fn add(&mut self, place: usize) {
        debug_assert!(!self.chosen[place]);
        self.chosen[place] = true;
        let block = self.block_of(place);
        self.by_block[block] += 1;
        self.count += 1;
        self.under_observed += usize::from(self.instance.under_observed[place]);
        self.spent += self.instance.costs[place];
        if let Some(base) = self.instance.base_of(place) {
            self.by_base[base] += self.instance.costs[place];
        }
    }

    pub(super) fn remove(&mut self, place: usize) {
        debug_assert!(self.chosen[place]);
        self.chosen[place] = false;
        let block = self.block_of(place);
        self.by_block[block] -= 1;
        self.count -= 1;
        self.under_observed -= usize::from(self.instance.under_observed[place]);
        self.spent -= self.instance.costs[place];
        if let Some(base) = self.instance.base_of(place) {
            self.by_base[base] -= self.instance.costs[place];
        }
    }

    pub(super) fn is_chosen(&self, place: usize) -> bool {
        self.chosen[place]
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    pub(super) fn under_observed(&self) -> usize {
        self.under_observed
    }

    pub(super) fn spent(&self) -> f64 {
        self.spent
    }

    /// What a base, which must be limited, pays.
    pub(super) fn spent_at(&self, base: usize) -> f64 {
        self.by_base[base]
    }

    /// Whether the base of a place can pay for it beside the choice.
    pub(super) fn base_pays(&self, place: usize) -> bool {
        self.instance.base_of(place).is_none_or(|base| {
            let team_days = self.by_base[base] + self.instance.costs[place];
            self.instance.base_affords(base, team_days)
        })
    }

    /// Whether every base can pay for its part of the choice and of `added`.
    pub(super) fn bases_pay(&self, added: &[usize]) -> bool {
        let Some(bases) = self.instance.bases else {
            return true;
        };
        let more = bases.spent(self.instance.costs, added);
        let sums = self.by_base.iter().zip(more);
        sums.enumerate()
            .all(|(base, (spent, more))| self.instance.base_affords(base, spent + more))
    }

    /// The first base that pays more than it has.
    pub(super) fn overdrawn(&self) -> Option<usize> {
        (0..self.by_base.len()).find(|base| !self.instance.base_affords(*base, self.by_base[*base]))
    }

    /// Team-days that a base, which must be limited, has left, with the slack
    /// of rounding.
    pub(super) fn room_at(&self, base: usize) -> f64 {
        let limit = self.instance.bases.map_or(0.0, |b| b.team_days[base]);
        limit + ROUNDING * limit.max(1.0) - self.by_base[base]
    }

    /// Team-days that a base pays beyond those it has.
    pub(super) fn overdraft(&self, base: usize) -> f64 {
        let limit = self.instance.bases.map_or(0.0, |b| b.team_days[base]);
        self.by_base[base] - limit
    }

    /// Numbers of the chosen places, ascending.
    pub(super) fn chosen(&self) -> Vec<usize> {
        (0..self.chosen.len())
            .filter(|place| self.chosen[*place])
            .collect()
    }

    pub(super) fn block_of(&self, place: usize) -> usize {
        self.instance.blocks.of[place] as usize
    }

    /// Places that the block lacks to its floor.
    pub(super) fn lacking(&self, block: usize) -> usize {
        self.instance.least[block].saturating_sub(self.by_block[block])
    }

    /// Whether the block would fall below its floor with one place less.
    pub(super) fn is_tight(&self, block: usize) -> bool {
        self.by_block[block] <= self.instance.least[block]
    }

    /// The cheapest superset of the choice that meets block floors, share and
    /// number of places, whatever the budget and the days of the bases. `None`
    /// if there is none.
    ///
    /// 1. Each block is filled to its floor with its cheapest open places.
    /// 2. Let `u` of the `n` places now be under-observed, and the share lack
    ///    `D = share · n − u`. Adding the next cheapest under-observed place
    ///    of a block closes 1 − share of it; if an added place of that block
    ///    that is not under-observed can go for it, it closes 1 and costs the
    ///    difference. In each block these steps grow dearer and the exchanges
    ///    come first, so that the cheapest exchanges over all blocks and the
    ///    cheapest additions over all blocks can be taken independently:
    ///    putting an exchange in place of an addition of the same block is
    ///    never dearer and closes more.
    /// 3. For each number of exchanges the number of additions follows; the
    ///    cheapest pair that keeps the number of places wins.
    ///
    /// The result is exact. O(blocks + added places), and O(m log m) in the
    /// under-observed places where the share is short.
    pub(super) fn completion(&self) -> Option<Completion> {
        self.complete(self.fill()?, &[])
    }

    /// Step 1; `None` if a block has too few open places.
    pub(super) fn fill(&self) -> Option<Vec<usize>> {
        let mut added = Vec::new();
        for (block, members) in self.instance.blocks.members.iter().enumerate() {
            let lacking = self.lacking(block);
            let before = added.len();
            added.extend(
                members
                    .iter()
                    .map(|place| *place as usize)
                    .filter(|place| !self.chosen[*place])
                    .take(lacking),
            );
            if added.len() - before < lacking {
                return None;
            }
        }
        Some(added)
    }

    /// Steps 2 and 3 after step 1 has given `added`. For each of `unnamed`
    /// there is one more place in the choice, in a block that lacks none and
    /// without a cost, which is under-observed or not.
    pub(super) fn complete(&self, added: Vec<usize>, unnamed: &[bool]) -> Option<Completion> {
        let is_under = |place: &&usize| self.instance.under_observed[**place];
        let before = self.count + unnamed.len();
        let count = before + added.len();
        let under = self.under_observed
            + unnamed.iter().filter(|under| **under).count()
            + added.iter().filter(is_under).count();
        if count > self.instance.most {
            return None;
        }
        let mut added = added;
        if !self.instance.share_holds(under, count) {
            let short = self.instance.share * count as f64 - under as f64;
            added = self.reach_share(added, short, self.instance.most - count)?;
        }
        let costs = added.iter().map(|place| self.instance.costs[*place]);
        Some(Completion {
            team_days: self.spent + costs.sum::<f64>(),
            count: before + added.len(),
            added,
        })
    }

    /// `added` changed so that the share is no longer short, with at most
    /// `room` places more.
    fn reach_share(&self, added: Vec<usize>, short: f64, room: usize) -> Option<Vec<usize>> {
        let costs = self.instance.costs;
        let mut is_added = vec![false; self.chosen.len()];
        for place in &added {
            is_added[*place] = true;
        }
        // What can go from each block, dearest first.
        let mut leaving: Vec<Vec<usize>> = vec![Vec::new(); self.by_block.len()];
        for place in added.iter().rev() {
            if !self.instance.under_observed[*place] {
                leaving[self.block_of(*place)].push(*place);
            }
        }
        let mut used = vec![0; leaving.len()];
        let mut exchanges = Vec::new();
        let mut additions = Vec::new();
        for place in self.instance.under_observed_by_cost {
            let place = *place as usize;
            if self.chosen[place] || is_added[place] {
                continue;
            }
            let block = self.block_of(place);
            if let Some(out) = leaving[block].get(used[block]) {
                exchanges.push((costs[place] - costs[*out], place, *out));
                used[block] += 1;
            } else {
                additions.push(place);
            }
        }
        exchanges.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let gain = 1.0 - self.instance.share;
        let mut addition_sums = vec![0.0];
        for place in &additions {
            addition_sums.push(addition_sums[addition_sums.len() - 1] + costs[*place]);
        }
        let mut best: Option<(f64, usize, usize)> = None;
        let mut exchange_sum = 0.0;
        for exchanged in 0..=exchanges.len() {
            if exchanged > 0 {
                exchange_sum += exchanges[exchanged - 1].0;
            }
            let still = short - exchanged as f64;
            let needed = if still <= 1e-6 {
                0
            } else if gain <= 0.0 {
                continue;
            } else {
                ((still / gain) - 1e-6).ceil() as usize
            };
            if needed > room || needed > additions.len() {
                continue;
            }
            let sum = exchange_sum + addition_sums[needed];
            if best.is_none_or(|(least, ..)| sum < least) {
                best = Some((sum, exchanged, needed));
            }
            if needed == 0 {
                break;
            }
        }
        let (_, exchanged, needed) = best?;
        for (_, _, out) in &exchanges[..exchanged] {
            is_added[*out] = false;
        }
        let mut result: Vec<usize> = added.into_iter().filter(|place| is_added[*place]).collect();
        result.extend(exchanges[..exchanged].iter().map(|(_, place, _)| *place));
        result.extend(&additions[..needed]);
        Some(result)
    }
}
