//! Improvement of a choice by exchanges.

use super::gains::Gains;
use super::instance::{Instance, ROUNDING};

/// Places that may take the room of one that leaves.
const MOST_REPLACEMENTS: usize = 3;

/// Places of a base, those that reach least for a team-day, of which all pairs
/// are tried.
const MOST_IN_PAIRS: usize = 24;

/// Improves a feasible choice until no exchange helps or `passes` are done.
///
/// In each pass every chosen place but the musts, from the one that would be
/// missed least, is taken out, and the free budget goes to the places with
/// the most gain that their bases can pay and that keep floors and share: up
/// to three for the one. If less
/// is gained than was lost, all goes back. Then what is left of the budget is
/// spent. The exchange of one for one is Teitz & Bart (1968), *Heuristic
/// methods for estimating the generalized vertex median of a weighted graph*.
///
/// Where bases have team-days of their own, few places fill the days of one,
/// and what is left over weighs more. There the best pair of places of the same
/// base is tried too in the room of one, and once no exchange of one helps,
/// pairs of the same base are taken out together.
///
/// The result is feasible and never worse. O(places near a place · log n) for
/// each exchange tried.
pub(super) fn improve(instance: &Instance, chosen: &[usize], passes: usize) -> Vec<usize> {
    let mut state = Gains::new(*instance, chosen);
    let value = instance.covered_weight(chosen);
    let least_gain = 1e-9 * value.max(f64::MIN_POSITIVE);
    fill(instance, &mut state);
    for _ in 0..passes {
        let mut order: Vec<(f64, usize)> = state
            .tally
            .chosen()
            .into_iter()
            .filter(|place| instance.musts.binary_search(place).is_err())
            .map(|place| (state.loss(place), place))
            .collect();
        order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut improved = false;
        for (_, place) in order {
            // An exchange earlier in the pass may have taken it out.
            if state.tally.is_chosen(place) {
                improved |= exchange(instance, &mut state, &[place], least_gain);
            }
        }
        if !improved {
            improved = exchange_pairs(instance, &mut state, least_gain);
        }
        fill(instance, &mut state);
        if !improved {
            break;
        }
    }
    let result = state.tally.chosen();
    // Gains are kept by adding and subtracting; the last word has a fresh sum.
    if instance.covered_weight(&result) >= value {
        result
    } else {
        chosen.to_vec()
    }
}

/// Exchanges pairs of places of the same base, if bases are limited.
fn exchange_pairs(instance: &Instance, state: &mut Gains, least_gain: f64) -> bool {
    let mut improved = false;
    for base in 0..instance.bases.map_or(0, |bases| bases.team_days.len()) {
        let mut order: Vec<(f64, usize)> = state
            .tally
            .chosen()
            .into_iter()
            .filter(|place| instance.base_of(*place) == Some(base))
            .filter(|place| instance.musts.binary_search(place).is_err())
            .map(|place| (state.loss(place) / instance.costs[place], place))
            .collect();
        order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        order.truncate(MOST_IN_PAIRS);
        for (number, (_, first)) in order.iter().enumerate() {
            for (_, second) in &order[..number] {
                if state.tally.is_chosen(*first) && state.tally.is_chosen(*second) {
                    improved |= exchange(instance, state, &[*first, *second], least_gain);
                }
            }
        }
    }
    improved
}

/// Takes `out` out and puts better ones in, if there are any.
fn exchange(instance: &Instance, state: &mut Gains, out: &[usize], least_gain: f64) -> bool {
    let blocks: Vec<usize> = out.iter().map(|out| state.tally.block_of(*out)).collect();
    let mut lost = 0.0;
    for out in out {
        lost += state.loss(*out);
        state.remove(*out);
    }
    let mut added = Vec::new();
    let mut gained = 0.0;
    while added.len() < MOST_REPLACEMENTS {
        let lacking = |block: &usize| state.tally.lacking(*block) > 0;
        let within_block = blocks.iter().copied().find(lacking);
        match next(instance, state, within_block) {
            Some(place) if !(out.len() == 1 && out.contains(&place)) => {
                let gain = state.gain(place);
                if gain <= 0.0 && gained > lost {
                    break;
                }
                gained += gain;
                state.add(place);
                added.push(place);
                if gained > lost + least_gain && meets_floors(instance, state, &blocks) {
                    // Further places are found when the budget is filled up.
                    return true;
                }
            }
            _ => break,
        }
    }
    if gained > lost + least_gain && meets_floors(instance, state, &blocks) {
        return true;
    }
    for place in added {
        state.remove(place);
    }
    if put_pair_in(instance, state, out, lost + least_gain) {
        return true;
    }
    for out in out {
        state.add(*out);
    }
    false
}

/// Puts the best pair of the base of `out` in, if it gains more than `least`.
fn put_pair_in(instance: &Instance, state: &mut Gains, out: &[usize], least: f64) -> bool {
    let Some(base) = instance.base_of(out[0]) else {
        return false;
    };
    let count = state.tally.count() + 2;
    let blocks: Vec<usize> = out.iter().map(|out| state.tally.block_of(*out)).collect();
    if count > instance.most || blocks.iter().any(|block| state.tally.lacking(*block) > 0) {
        return false;
    }
    let free = instance.budget + ROUNDING * instance.budget.max(1.0) - state.tally.spent();
    let under_observed = !instance.share_holds(state.tally.under_observed(), count);
    let Some((first, second)) = state.best_pair(base, free, under_observed) else {
        return false;
    };
    let mut gained = state.gain(first);
    state.add(first);
    gained += state.gain(second);
    state.add(second);
    if gained > least && meets_floors(instance, state, &blocks) {
        return true;
    }
    state.remove(second);
    state.remove(first);
    false
}

fn meets_floors(instance: &Instance, state: &Gains, blocks: &[usize]) -> bool {
    blocks.iter().all(|block| state.tally.lacking(*block) == 0)
        && instance.share_holds(state.tally.under_observed(), state.tally.count())
}

/// The best place to add: of the block if its floor needs it, under-observed
/// if the share does.
fn next(instance: &Instance, state: &Gains, block: Option<usize>) -> Option<usize> {
    let count = state.tally.count() + 1;
    if count > instance.most {
        return None;
    }
    let free = instance.budget + ROUNDING * instance.budget.max(1.0) - state.tally.spent();
    let under_observed = !instance.share_holds(state.tally.under_observed(), count);
    match block {
        Some(block) => state.best_of_block(block, free, under_observed),
        None => state.best_within(free, under_observed),
    }
}

/// Spends what is left of the budget.
fn fill(instance: &Instance, state: &mut Gains) {
    while let Some(place) = next(instance, state, None) {
        if state.gain(place) <= 0.0 {
            return;
        }
        state.add(place);
        if !instance.share_holds(state.tally.under_observed(), state.tally.count()) {
            state.remove(place);
            return;
        }
    }
}
