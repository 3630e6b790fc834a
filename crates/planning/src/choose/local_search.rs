//! Improvement of a choice by exchanges.

use super::gains::Gains;
use super::instance::{Instance, ROUNDING};

/// Places that may take the room of one that leaves.
const MOST_REPLACEMENTS: usize = 3;

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
                improved |= exchange(instance, &mut state, place, least_gain);
            }
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

/// Takes `out` out and puts better ones in, if there are any.
fn exchange(instance: &Instance, state: &mut Gains, out: usize, least_gain: f64) -> bool {
    let lost = state.loss(out);
    let block = state.tally.block_of(out);
    let tight = state.tally.is_tight(block);
    state.remove(out);
    let mut added = Vec::new();
    let mut gained = 0.0;
    while added.len() < MOST_REPLACEMENTS {
        let within_block = (tight && added.is_empty()).then_some(block);
        match next(instance, state, within_block) {
            Some(place) if place != out => {
                let gain = state.gain(place);
                if gain <= 0.0 && gained > lost {
                    break;
                }
                gained += gain;
                state.add(place);
                added.push(place);
                if gained > lost + least_gain && meets_floors(instance, state, block) {
                    // Further places are found when the budget is filled up.
                    return true;
                }
            }
            _ => break,
        }
    }
    if gained > lost + least_gain && meets_floors(instance, state, block) {
        return true;
    }
    for place in added {
        state.remove(place);
    }
    state.add(out);
    false
}

fn meets_floors(instance: &Instance, state: &Gains, block: usize) -> bool {
    state.tally.lacking(block) == 0
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
