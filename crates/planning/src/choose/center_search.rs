//! Local search for centers that serve all demand within a radius.

use std::cmp::Reverse;

use rand::Rng as _;
use rand_chacha::ChaCha8Rng;

use super::instance::Instance;
use super::random::stream;
use super::tally::Tally;

/// Steps without fewer unserved points after which a radius is given up, for
/// each center and each pass, and one pass more.
const PATIENCE: usize = 1;

/// Times the patience that a radius may take in all.
const MOST_PATIENCE: usize = 20;

/// Most steps for a radius.
const MOST_STEPS: usize = 120_000;

/// Unserved points that may join the sample at a time, for each center.
const JOINING: usize = 4;

/// Chosen places of which the one that would be missed least is sought.
const MOST_LEAVING: usize = 1_000;

/// Places that may leave in one step.
const MOST_REMOVED: usize = 3;

/// Who is within a radius of whom.
pub(super) trait Reach: Sync {
    /// Number of demand points.
    fn demand(&self) -> usize;
    /// Places within the radius of a demand point, ascending.
    fn places_near(&self, demand: usize) -> Vec<u32>;
    /// Demand points within the radius of a place, ascending.
    fn demand_near(&self, place: usize) -> Vec<u32>;
    /// At most `most` of these demand points, none near another that is
    /// returned.
    fn spread(&self, demand: &[u32], most: usize) -> Vec<u32>;
}

/// How the search goes about it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Effort {
    /// Passes of the local search.
    pub passes: usize,
    /// Most pairs of demand and place to be held in memory.
    pub most_entries: usize,
}

/// Changes a feasible choice until it serves all demand within the radius.
/// `None` if no such choice is found.
///
/// 1. Only the points of `sample` are looked at. Once all of them are served,
///    points that are not join the sample (well apart from each other), and
///    the search goes on; a choice that leaves out none is the answer. Few
///    points decide, so the sample stays small: Chen & Chen (2009), *New
///    relaxation-based algorithms for the optimal solution of the continuous
///    and discrete p-center problems*.
/// 2. In a step the chosen place whose unshared points weigh least for a
///    team-day leaves; an unserved point is drawn, and of the places that
///    serve it the one comes in that serves most unserved weight. What came
///    last does not leave at once, nor does what left come back. If nothing
///    fits budget, floors, share and bases, a second and a third place leave;
///    if still nothing fits, all come back.
/// 3. After each step all unserved points weigh one more, so that the search
///    leaves every place where it is stuck. Steps 2 and 3 are weighting local
///    search for set covering (Gao, Weise & Li 2015, *An efficient local search
///    heuristic with row weighting for the unicost set covering problem*),
///    here with the constraints of a campaign.
///
/// A step costs the pairs within a radius of the unserved points, or those of
/// the places that serve the point drawn, whichever are fewer. The same choice every time: the random numbers are fixed.
pub(super) fn serve_all(
    instance: &Instance,
    reach: &impl Reach,
    effort: Effort,
    start: &[usize],
    sample: &mut Vec<u32>,
) -> Option<Vec<usize>> {
    let mut state = State::new(instance, start);
    for demand in &*sample {
        state.watch(reach.places_near(*demand as usize))?;
    }
    let patience = PATIENCE
        .saturating_mul(effort.passes.saturating_add(1))
        .saturating_mul(start.len())
        .min(MOST_STEPS);
    let mut steps = patience.saturating_mul(MOST_PATIENCE).min(MOST_STEPS);
    let mut random = stream(0, 0);
    loop {
        if state.entries > effort.most_entries || !state.search(patience, &mut steps, &mut random) {
            return None;
        }
        let chosen = state.tally.chosen();
        let missed = unserved(reach, &chosen);
        if missed.is_empty() {
            return Some(chosen);
        }
        for demand in reach.spread(&missed, JOINING * chosen.len().max(1)) {
            state.watch(reach.places_near(demand as usize))?;
            sample.push(demand);
        }
    }
}

/// Demand that no chosen place serves, ascending.
fn unserved(reach: &impl Reach, chosen: &[usize]) -> Vec<u32> {
    let mut served = vec![false; reach.demand()];
    for place in chosen {
        for demand in reach.demand_near(*place) {
            served[demand as usize] = true;
        }
    }
    (0u32..)
        .zip(served)
        .filter_map(|(demand, served)| (!served).then_some(demand))
        .collect()
}

/// A choice under change, and how it serves the watched points.
struct State<'a> {
    instance: &'a Instance<'a>,
    tally: Tally<'a>,
    chosen: Vec<u32>,
    /// Step at which each place came or went.
    changed_at: Vec<u64>,
    /// Watched points that each place serves.
    serves: Vec<Vec<u32>>,
    /// Room to sum what places would serve; zero between steps.
    sums: Vec<u64>,
    /// Weight that each chosen place serves alone.
    losses: Vec<u64>,
    /// Open places that serve each watched point.
    servers: Vec<Vec<u32>>,
    weights: Vec<u64>,
    /// Chosen places that serve each watched point, and the sum of their
    /// numbers: where there is one, its number.
    serving: Vec<u32>,
    serving_sum: Vec<u64>,
    unserved: Vec<u32>,
    /// Where each watched point stands among the unserved.
    position: Vec<u32>,
    entries: usize,
    step: u64,
}

impl<'a> State<'a> {
    fn new(instance: &'a Instance<'a>, chosen: &[usize]) -> Self {
        let mut tally = Tally::new(*instance);
        for place in chosen {
            if !tally.is_chosen(*place) {
                tally.add(*place);
            }
        }
        let chosen = chosen.iter().map(|place| number(*place)).collect();
        let places = instance.places();
        Self {
            instance,
            tally,
            chosen,
            changed_at: vec![0; places],
            serves: vec![Vec::new(); places],
            sums: vec![0; places],
            losses: vec![0; places],
            servers: Vec::new(),
            weights: Vec::new(),
            serving: Vec::new(),
            serving_sum: Vec::new(),
            unserved: Vec::new(),
            position: Vec::new(),
            entries: 0,
            step: 1,
        }
    }

    /// Looks at a further point; `None` if no open place serves it.
    fn watch(&mut self, places_near: Vec<u32>) -> Option<()> {
        let point = number(self.servers.len());
        let mut servers = places_near;
        servers.retain(|place| self.instance.open[*place as usize]);
        if servers.is_empty() {
            return None;
        }
        self.entries += servers.len();
        let (mut serving, mut sum) = (0, 0);
        for place in &servers {
            self.serves[*place as usize].push(point);
            if self.tally.is_chosen(*place as usize) {
                serving += 1;
                sum += u64::from(*place);
            }
        }
        self.weights.push(1);
        self.serving.push(serving);
        self.serving_sum.push(sum);
        self.position.push(u32::MAX);
        match serving {
            0 => self.leave_unserved(point as usize),
            1 => self.losses[number_of(sum)] += 1,
            _ => {}
        }
        self.servers.push(servers);
        Some(())
    }

    /// Steps 2 and 3, of the `steps` left; true once all watched points are
    /// served.
    fn search(&mut self, patience: usize, steps: &mut usize, random: &mut ChaCha8Rng) -> bool {
        let mut fewest = self.unserved.len();
        let mut waited = 0;
        while !self.unserved.is_empty() {
            if waited >= patience || *steps == 0 {
                return false;
            }
            *steps -= 1;
            self.exchange(random);
            for number in 0..self.unserved.len() {
                self.weights[self.unserved[number] as usize] += 1;
            }
            self.step += 1;
            waited += 1;
            if self.unserved.len() < fewest {
                (fewest, waited) = (self.unserved.len(), 0);
            }
        }
        true
    }

    /// Step 2.
    fn exchange(&mut self, random: &mut ChaCha8Rng) {
        let mut removed: Vec<usize> = Vec::with_capacity(MOST_REMOVED);
        loop {
            let drawn = random.random_range(0..self.unserved.len() as u64);
            let point = self.unserved[number_of(drawn)] as usize;
            if let Some(place) = self.best_server(point, &removed) {
                self.add(place);
                return;
            }
            if removed.len() == MOST_REMOVED {
                break;
            }
            match self.least_missed(random) {
                Some(place) => {
                    self.remove(place);
                    removed.push(place);
                }
                None => break,
            }
        }
        for place in removed {
            self.add(place);
        }
    }

    /// The place to come in for a point: of those that fit the one with the
    /// most gain for a team-day, at equal gain the one longest unchanged.
    fn best_server(&mut self, point: usize, removed: &[usize]) -> Option<usize> {
        let candidates = self.servers[point].iter().map(|place| *place as usize);
        let fitting: Vec<usize> = candidates
            .filter(|place| {
                // What left in the last step stays out as long as this one.
                (self.changed_at[*place] + 1 < self.step || self.changed_at[*place] == 0)
                    && !removed.contains(place)
                    && self.fits(*place, removed)
            })
            .collect();
        let gains = self.gains(&fitting);
        let best = (0..fitting.len()).max_by(|a, b| {
            let (first, second) = (fitting[*a], fitting[*b]);
            // Gain for gain times cost, so that a place without cost wins.
            let left = gains[*a] as f64 * self.instance.costs[second];
            let right = gains[*b] as f64 * self.instance.costs[first];
            left.total_cmp(&right)
                .then(gains[*a].cmp(&gains[*b]))
                .then(self.changed_at[second].cmp(&self.changed_at[first]))
                .then(second.cmp(&first))
        });
        best.map(|best| fitting[best])
    }

    /// Unserved weight that each of these places would serve, summed over the
    /// unserved points while they are few, else over what each place serves.
    fn gains(&mut self, places: &[usize]) -> Vec<u64> {
        /// Unserved points that are few.
        const FEW: usize = 40;
        if places.is_empty() {
            return Vec::new();
        }
        if self.unserved.len() > FEW {
            let gain = |place: &usize| {
                let points = self.serves[*place].iter().map(|point| *point as usize);
                points
                    .filter(|point| self.serving[*point] == 0)
                    .map(|point| self.weights[point])
                    .sum()
            };
            return places.iter().map(gain).collect();
        }
        for point in &self.unserved {
            let point = *point as usize;
            for place in &self.servers[point] {
                self.sums[*place as usize] += self.weights[point];
            }
        }
        let gains = places.iter().map(|place| self.sums[*place]).collect();
        for point in &self.unserved {
            for place in &self.servers[*point as usize] {
                self.sums[*place as usize] = 0;
            }
        }
        gains
    }

    /// Whether every constraint holds once the place comes in for `removed`.
    fn fits(&self, place: usize, removed: &[usize]) -> bool {
        let (instance, tally) = (self.instance, &self.tally);
        let block = tally.block_of(place);
        let floor_holds = |removed: &usize| {
            let of = tally.block_of(*removed);
            tally.lacking(of) <= usize::from(of == block)
        };
        !tally.is_chosen(place)
            && tally.count() < instance.most
            && instance.affords(tally.spent() + instance.costs[place])
            && tally.base_pays(place)
            && instance.share_holds(
                tally.under_observed() + usize::from(instance.under_observed[place]),
                tally.count() + 1,
            )
            && removed.iter().all(floor_holds)
    }

    /// The chosen place that serves least weight alone for a team-day, at equal
    /// weight the one longest unchanged; never a must.
    fn least_missed(&self, random: &mut ChaCha8Rng) -> Option<usize> {
        let count = self.chosen.len();
        // Of very many a stretch is looked at.
        let from = if count > MOST_LEAVING {
            number_of(random.random_range(0..count as u64))
        } else {
            0
        };
        let stretch = (0..count.min(MOST_LEAVING)).map(|offset| (from + offset) % count);
        stretch
            .map(|number| self.chosen[number] as usize)
            .filter(|place| self.changed_at[*place] + 1 < self.step || self.changed_at[*place] == 0)
            .filter(|place| self.instance.musts.binary_search(place).is_err())
            .min_by(|a, b| {
                let left = self.losses[*a] as f64 * self.instance.costs[*b];
                let right = self.losses[*b] as f64 * self.instance.costs[*a];
                left.total_cmp(&right)
                    .then(self.changed_at[*a].cmp(&self.changed_at[*b]))
                    .then(Reverse(a).cmp(&Reverse(b)))
            })
    }

    fn add(&mut self, place: usize) {
        self.tally.add(place);
        self.chosen.push(number(place));
        self.changed_at[place] = self.step;
        self.losses[place] = 0;
        let serves = std::mem::take(&mut self.serves[place]);
        for point in &serves {
            let point = *point as usize;
            let weight = self.weights[point];
            match self.serving[point] {
                0 => {
                    self.losses[place] += weight;
                    self.count_as_served(point);
                }
                1 => self.losses[number_of(self.serving_sum[point])] -= weight,
                _ => {}
            }
            self.serving[point] += 1;
            self.serving_sum[point] += place as u64;
        }
        self.serves[place] = serves;
    }

    fn remove(&mut self, place: usize) {
        self.tally.remove(place);
        let at = self.chosen.iter().position(|other| *other == number(place));
        self.chosen
            .swap_remove(at.expect("a chosen place is on the list"));
        self.changed_at[place] = self.step;
        self.losses[place] = 0;
        let serves = std::mem::take(&mut self.serves[place]);
        for point in &serves {
            let point = *point as usize;
            let weight = self.weights[point];
            self.serving[point] -= 1;
            self.serving_sum[point] -= place as u64;
            match self.serving[point] {
                0 => self.leave_unserved(point),
                1 => self.losses[number_of(self.serving_sum[point])] += weight,
                _ => {}
            }
        }
        self.serves[place] = serves;
    }

    fn leave_unserved(&mut self, point: usize) {
        self.position[point] = number(self.unserved.len());
        self.unserved.push(number(point));
    }

    fn count_as_served(&mut self, point: usize) {
        let at = self.position[point] as usize;
        self.unserved.swap_remove(at);
        if let Some(moved) = self.unserved.get(at) {
            self.position[*moved as usize] = number(at);
        }
    }
}

fn number(of: usize) -> u32 {
    u32::try_from(of).expect("places and demand are numbered in 32 bits")
}

fn number_of(number: u64) -> usize {
    usize::try_from(number).expect("numbers of places fit the machine")
}
