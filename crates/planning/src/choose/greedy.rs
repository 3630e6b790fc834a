//! Lazy greedy choice with a guarantee.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use rayon::prelude::*;

use super::fitting::Needs;
use super::instance::Instance;
use super::tally::Tally;

/// What the next place is chosen by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// Gain for each team-day.
    Density,
    /// Gain.
    Gain,
}

/// A greedy choice.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Greedy {
    /// Numbers of the chosen places, ascending.
    pub chosen: Vec<usize>,
    /// Share of the optimum that the choice reaches whatever the input;
    /// `None` if nothing is known beforehand.
    pub guarantee: Option<f64>,
}

/// Chooses place after place by the most additional benefit.
///
/// 1. All gains are computed and put on a heap.
/// 2. The top is taken off. Gains only shrink while the choice grows, so if
///    its gain is fresh, no other place has more, and it is chosen, or dropped
///    for good if it cannot be afforded beside what the floors still need.
///    Otherwise its gain is computed anew and it goes back.
/// 3. In the end the floors are met in the cheapest way.
///
/// With equal costs and no floors the result has at least 1 − 1/e of the
/// optimum (Nemhauser, Wolsey & Fisher 1978, *An analysis of approximations
/// for maximizing submodular set functions*). With unequal costs three
/// choices are made, by gain for each team-day, by gain, and the best single
/// place; the best of them has at least (1 − 1/e)/2 (Khuller, Moss & Naor
/// 1999, *The budgeted maximum coverage problem*). With team-days of bases and
/// equal costs what can be paid is a laminar matroid, on which the greedy
/// choice has at least half of the optimum (Fisher, Nemhauser & Wolsey 1978,
/// *An analysis of approximations for maximizing submodular set functions
/// II*); with unequal costs nothing is promised. The lazy order is Minoux
/// (1978), *Accelerated greedy algorithms*. Where nothing overlaps (weighted
/// benefit) equal costs make the greedy choice the optimum.
///
/// O(entries of the coverage + n log n) and one gain for each time a place
/// comes to the top.
pub(super) fn greedy(instance: &Instance) -> Greedy {
    let equal = equal_costs(instance).is_some();
    let mut best = grow(instance, Rule::Density);
    if !equal {
        let others = [grow(instance, Rule::Gain), best_single(instance)];
        let mut value = instance.covered_weight(&best);
        for other in others {
            let other_value = instance.covered_weight(&other);
            if other_value > value {
                (best, value) = (other, other_value);
            }
        }
    }
    let free = !instance.has_floors() && instance.share == 0.0;
    let one_minus_inverse_e = 1.0 - (-1.0f64).exp();
    let guarantee = match (free, equal) {
        (false, _) => None,
        (true, equal) if instance.bases.is_some() => equal.then_some(0.5),
        (true, true) => Some(one_minus_inverse_e),
        (true, false) => (instance.most >= instance.places()).then_some(one_minus_inverse_e / 2.0),
    };
    Greedy {
        chosen: best,
        guarantee,
    }
}

/// The cost of every open place, if it is one above zero.
pub(super) fn equal_costs(instance: &Instance) -> Option<f64> {
    let mut costs = (0..instance.places())
        .filter(|place| instance.open[*place])
        .map(|place| instance.costs[place]);
    let first = costs.next()?;
    (first > 0.0 && costs.all(|cost| cost == first)).then_some(first)
}

/// A place waiting on the heap.
struct Waiting {
    key: f64,
    place: usize,
    /// Number of chosen places when the key was computed.
    fresh_at: usize,
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key
            .total_cmp(&other.key)
            .then_with(|| other.place.cmp(&self.place))
    }
}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Waiting {}

fn grow(instance: &Instance, rule: Rule) -> Vec<usize> {
    let mut tally = Tally::new(*instance);
    let mut covered = vec![false; instance.weights.len()];
    for must in instance.musts {
        cover(instance, &mut covered, *must);
    }
    let key = |gain: f64, place: usize| match rule {
        Rule::Gain => gain,
        // A place without cost comes first, for it takes nothing away.
        Rule::Density if instance.costs[place] <= 0.0 => f64::INFINITY,
        Rule::Density => gain / instance.costs[place],
    };
    let waiting: Vec<Waiting> = (0..instance.places())
        .into_par_iter()
        .filter(|place| instance.open[*place] && !tally.is_chosen(*place))
        .map(|place| {
            let gain = gain(instance, &covered, place);
            (gain > 0.0).then(|| Waiting {
                key: key(gain, place),
                place,
                fresh_at: 0,
            })
        })
        .flatten()
        .collect();
    let mut heap = BinaryHeap::from(waiting);
    let mut needs = needs(&tally);
    let mut round = 0;
    while let Some(top) = heap.pop() {
        if tally.count() >= instance.most {
            break;
        }
        if !instance.affords(tally.spent() + instance.costs[top.place])
            || !tally.base_pays(top.place)
        {
            continue;
        }
        if top.fresh_at < round {
            let gain = gain(instance, &covered, top.place);
            if gain > 0.0 {
                heap.push(Waiting {
                    key: key(gain, top.place),
                    place: top.place,
                    fresh_at: round,
                });
            }
        } else if needs.fits(&mut tally, top.place) {
            needs.take(&mut tally, top.place);
            cover(instance, &mut covered, top.place);
            round += 1;
        }
    }
    complete(tally, &needs)
}

/// The musts, what the floors need, and the one place that adds most.
fn best_single(instance: &Instance) -> Vec<usize> {
    let mut tally = Tally::new(*instance);
    let mut covered = vec![false; instance.weights.len()];
    for must in instance.musts {
        cover(instance, &mut covered, *must);
    }
    let mut by_gain: Vec<(f64, usize)> = (0..instance.places())
        .filter(|place| instance.open[*place] && !tally.is_chosen(*place))
        .map(|place| (gain(instance, &covered, place), place))
        .collect();
    by_gain.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut needs = needs(&tally);
    let best = by_gain
        .iter()
        .map(|(_, place)| *place)
        .find(|place| needs.fits(&mut tally, *place));
    if let Some(place) = best {
        needs.take(&mut tally, place);
    }
    complete(tally, &needs)
}

/// What the musts need besides.
pub(super) fn needs(musts: &Tally) -> Needs {
    Needs::new(musts).expect("a problem is feasible")
}

/// The choice with what the floors still need.
pub(super) fn complete(mut tally: Tally, needs: &Needs) -> Vec<usize> {
    for place in &needs.least().added {
        tally.add(*place);
    }
    tally.chosen()
}

fn cover(instance: &Instance, covered: &mut [bool], place: usize) {
    for demand in instance.covers.row(place) {
        covered[*demand as usize] = true;
    }
}

fn gain(instance: &Instance, covered: &[bool], place: usize) -> f64 {
    instance
        .covers
        .row(place)
        .iter()
        .map(|demand| *demand as usize)
        .filter(|demand| !covered[*demand])
        .map(|demand| instance.weights[demand])
        .sum()
}
