//! Gains of all places, kept up to date while places come and go.

use super::instance::Instance;
use super::tally::Tally;

/// A choice under change, with what each place would add to it.
///
/// Adding or removing a place touches the demand it covers, and the places
/// that cover that demand. Among places up to a cost the one with the most
/// gain is found in O(log n): a tree over the places in the order of their
/// cost holds the best of each stretch. Where bases are limited each has its
/// own trees, and all are asked.
pub(super) struct Gains<'a> {
    instance: Instance<'a>,
    pub(super) tally: Tally<'a>,
    covering: Vec<u32>,
    gains: Vec<f64>,
    purses: Vec<Purse>,
    /// Position of each open place in its purse.
    position: Vec<u32>,
    touched: Vec<u32>,
    is_touched: Vec<bool>,
}

impl<'a> Gains<'a> {
    pub(super) fn new(instance: Instance<'a>, chosen: &[usize]) -> Self {
        let mut tally = Tally::new(instance);
        let mut covering = vec![0u32; instance.weights.len()];
        for place in chosen {
            if !tally.is_chosen(*place) {
                tally.add(*place);
            }
            for demand in instance.covers.row(*place) {
                covering[*demand as usize] += 1;
            }
        }
        let mut by_cost: Vec<u32> = (0u32..)
            .take(instance.places())
            .filter(|place| instance.open[*place as usize])
            .collect();
        by_cost.sort_by(|a, b| {
            instance.costs[*a as usize]
                .total_cmp(&instance.costs[*b as usize])
                .then(a.cmp(b))
        });
        let bases = instance.bases.map_or(1, |bases| bases.team_days.len());
        let mut of_purse: Vec<Vec<u32>> = vec![Vec::new(); bases];
        for place in by_cost {
            of_purse[instance.base_of(place as usize).unwrap_or(0)].push(place);
        }
        let mut position = vec![u32::MAX; instance.places()];
        for by_cost in &of_purse {
            for (number, place) in (0u32..).zip(by_cost) {
                position[*place as usize] = number;
            }
        }
        let gains = (0..instance.places())
            .map(|place| {
                let row = instance.covers.row(place).iter();
                row.filter(|demand| covering[**demand as usize] == 0)
                    .map(|demand| instance.weights[*demand as usize])
                    .sum()
            })
            .collect();
        let mut state = Self {
            instance,
            tally,
            covering,
            gains,
            purses: of_purse.into_iter().map(Purse::new).collect(),
            position,
            touched: Vec::new(),
            is_touched: vec![false; instance.places()],
        };
        for place in (0..instance.places()).filter(|place| instance.open[*place]) {
            let (position, key) = (state.position[place] as usize, state.key(place));
            let purse = &mut state.purses[instance.base_of(place).unwrap_or(0)];
            purse.all.set_leaf(position, key);
            if instance.under_observed[place] {
                purse.under_observed.set_leaf(position, key);
            }
        }
        for purse in &mut state.purses {
            purse.all.build();
            purse.under_observed.build();
        }
        state
    }

    /// What the place would add. Below zero once chosen.
    fn key(&self, place: usize) -> f64 {
        if self.tally.is_chosen(place) {
            -1.0
        } else {
            self.gains[place]
        }
    }

    pub(super) fn gain(&self, place: usize) -> f64 {
        self.gains[place]
    }

    /// What would no longer be covered without the chosen place.
    pub(super) fn loss(&self, place: usize) -> f64 {
        let row = self.instance.covers.row(place).iter();
        row.filter(|demand| self.covering[**demand as usize] == 1)
            .map(|demand| self.instance.weights[*demand as usize])
            .sum()
    }

    pub(super) fn add(&mut self, place: usize) {
        self.tally.add(place);
        self.change(place, true);
    }

    pub(super) fn remove(&mut self, place: usize) {
        self.tally.remove(place);
        self.change(place, false);
    }

    fn change(&mut self, place: usize, added: bool) {
        let instance = self.instance;
        self.touched.clear();
        self.touch(place);
        for demand in instance.covers.row(place) {
            let demand = *demand as usize;
            let (changes, sign) = if added {
                self.covering[demand] += 1;
                (self.covering[demand] == 1, -1.0)
            } else {
                self.covering[demand] -= 1;
                (self.covering[demand] == 0, 1.0)
            };
            let weight = sign * instance.weights[demand];
            if changes && weight != 0.0 {
                for other in instance.covered_by.row(demand) {
                    self.gains[*other as usize] += weight;
                    self.touch(*other as usize);
                }
            }
        }
        let touched = std::mem::take(&mut self.touched);
        for other in &touched {
            let other = *other as usize;
            self.is_touched[other] = false;
            if instance.open[other] {
                let (position, key) = (self.position[other] as usize, self.key(other));
                let purse = &mut self.purses[instance.base_of(other).unwrap_or(0)];
                purse.all.update(position, key);
                if instance.under_observed[other] {
                    purse.under_observed.update(position, key);
                }
            }
        }
        self.touched = touched;
    }

    fn touch(&mut self, place: usize) {
        if !self.is_touched[place] {
            self.is_touched[place] = true;
            self.touched
                .push(u32::try_from(place).expect("places are numbered in 32 bits"));
        }
    }

    /// The place with the most gain that costs at most `team_days`, and that
    /// its base can pay, of the under-observed ones alone if so asked. At equal
    /// gain the cheapest, at equal cost the first.
    pub(super) fn best_within(&self, team_days: f64, under_observed: bool) -> Option<usize> {
        let costs = self.instance.costs;
        let best_of_purse = |(base, purse): (usize, &Purse)| {
            let team_days = if self.instance.bases.is_some() {
                team_days.min(self.tally.room_at(base))
            } else {
                team_days
            };
            purse.best_within(costs, team_days, under_observed)
        };
        self.purses
            .iter()
            .enumerate()
            .filter_map(best_of_purse)
            .max_by(|a, b| {
                self.gains[*a]
                    .total_cmp(&self.gains[*b])
                    .then(costs[*b].total_cmp(&costs[*a]))
                    .then(b.cmp(a))
            })
    }

    /// The two places of a base with the most gain in sum, each as if alone,
    /// that the base can pay together from at most `team_days`; of the
    /// under-observed ones alone if so asked.
    ///
    /// O(places of the base): while the dearer of the two grows cheaper, what
    /// the other may cost only grows.
    pub(super) fn best_pair(
        &self,
        base: usize,
        team_days: f64,
        under_observed: bool,
    ) -> Option<(usize, usize)> {
        let costs = self.instance.costs;
        let by_cost = &self.purses[base].by_cost;
        let room = team_days.min(self.tally.room_at(base));
        let is_free = |place: usize| {
            !self.tally.is_chosen(place) && (!under_observed || self.instance.under_observed[place])
        };
        // The two with the most gain among those cheap enough to be the other.
        let mut others: [Option<usize>; 2] = [None, None];
        let beats = |place: usize, other: Option<usize>| {
            other.is_none_or(|other| self.gains[place] > self.gains[other])
        };
        let mut cheap = by_cost.iter().map(|place| *place as usize).peekable();
        let mut best: Option<(f64, usize, usize)> = None;
        for dear in by_cost.iter().rev().map(|place| *place as usize) {
            let left = room - costs[dear];
            while let Some(place) = cheap.next_if(|place| costs[*place] <= left) {
                if is_free(place) && beats(place, others[0]) {
                    others = [Some(place), others[0]];
                } else if is_free(place) && beats(place, others[1]) {
                    others[1] = Some(place);
                }
            }
            let other = others.into_iter().flatten().find(|other| *other != dear);
            if let Some(other) = other.filter(|_| is_free(dear)) {
                let gain = self.gains[dear] + self.gains[other];
                if best.is_none_or(|(most, ..)| gain > most) {
                    best = Some((gain, dear, other));
                }
            }
        }
        best.map(|(_, dear, other)| (dear, other))
    }

    /// The same as [`Self::best_within`] among the places of a block.
    pub(super) fn best_of_block(
        &self,
        block: usize,
        team_days: f64,
        under_observed: bool,
    ) -> Option<usize> {
        self.instance.blocks.members[block]
            .iter()
            .map(|place| *place as usize)
            .take_while(|place| self.instance.costs[*place] <= team_days)
            .filter(|place| !self.tally.is_chosen(*place) && self.tally.base_pays(*place))
            .filter(|place| !under_observed || self.instance.under_observed[*place])
            .max_by(|a, b| self.gains[*a].total_cmp(&self.gains[*b]).then(b.cmp(a)))
    }
}

/// Places that are paid from the same team-days, cheapest first.
struct Purse {
    by_cost: Vec<u32>,
    all: Tournament,
    under_observed: Tournament,
}

impl Purse {
    fn new(by_cost: Vec<u32>) -> Self {
        Self {
            all: Tournament::new(by_cost.len()),
            under_observed: Tournament::new(by_cost.len()),
            by_cost,
        }
    }

    fn best_within(&self, costs: &[f64], team_days: f64, under_observed: bool) -> Option<usize> {
        let end = self
            .by_cost
            .partition_point(|place| costs[*place as usize] <= team_days);
        let tree = if under_observed {
            &self.under_observed
        } else {
            &self.all
        };
        tree.best(end)
            .map(|position| self.by_cost[position] as usize)
    }
}

/// A tree in which each node knows the better of its two children.
struct Tournament {
    leaves: usize,
    keys: Vec<f64>,
    winners: Vec<u32>,
}

impl Tournament {
    /// All leaves below zero: nobody plays.
    fn new(leaves: usize) -> Self {
        let mut winners = vec![0; 2 * leaves];
        for (number, winner) in (0u32..).zip(&mut winners[leaves..]) {
            *winner = number;
        }
        Self {
            leaves,
            keys: vec![-1.0; leaves],
            winners,
        }
    }

    fn set_leaf(&mut self, position: usize, key: f64) {
        self.keys[position] = key;
    }

    fn build(&mut self) {
        for node in (1..self.leaves).rev() {
            self.winners[node] = self.better(self.winners[2 * node], self.winners[2 * node + 1]);
        }
    }

    fn update(&mut self, position: usize, key: f64) {
        self.keys[position] = key;
        let mut node = (self.leaves + position) / 2;
        while node >= 1 {
            self.winners[node] = self.better(self.winners[2 * node], self.winners[2 * node + 1]);
            node /= 2;
        }
    }

    fn better(&self, a: u32, b: u32) -> u32 {
        let (key_a, key_b) = (self.keys[a as usize], self.keys[b as usize]);
        if key_b > key_a || (key_b == key_a && b < a) {
            b
        } else {
            a
        }
    }

    /// Best of the leaves before `end`; `None` if none has a key of zero or
    /// more.
    fn best(&self, end: usize) -> Option<usize> {
        let mut best: Option<u32> = None;
        let (mut left, mut right) = (self.leaves, self.leaves + end);
        let mut consider = |winner: u32| {
            best = Some(best.map_or(winner, |best| self.better(best, winner)));
        };
        while left < right {
            if left % 2 == 1 {
                consider(self.winners[left]);
                left += 1;
            }
            if right % 2 == 1 {
                right -= 1;
                consider(self.winners[right]);
            }
            left /= 2;
            right /= 2;
        }
        best.map(|winner| winner as usize)
            .filter(|winner| self.keys[*winner] >= 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tournament_finds_the_best_of_every_stretch() {
        let keys = [3.0, -1.0, 5.0, 5.0, 0.0, 4.0, 9.0];
        let mut tree = Tournament::new(keys.len());
        tree.build();
        for (position, key) in keys.iter().enumerate() {
            tree.update(position, *key);
        }
        let best: Vec<Option<usize>> = (0..=keys.len()).map(|end| tree.best(end)).collect();
        assert_eq!(
            best,
            [
                None,
                Some(0),
                Some(0),
                Some(2),
                Some(2),
                Some(2),
                Some(2),
                Some(6)
            ]
        );
        tree.update(6, -1.0);
        assert_eq!(tree.best(7), Some(2));
    }
}
