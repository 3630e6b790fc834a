//! The check of what is left to chance: exploration and rollout.

use std::collections::BTreeMap;

use super::Violation;
use super::choice::{absent_partner, paying_base};
use crate::choose::{Place, Plan, Request};

/// Pools hold only places that may be drawn, probabilities are what they must
/// be, and the share is reached.
pub(super) fn check_exploration(
    places: &[Place],
    request: &Request,
    plan: &Plan,
    found: &mut Vec<Violation>,
) {
    let Some(exploration) = &plan.exploration else {
        return;
    };
    let mut probability: BTreeMap<usize, f64> = BTreeMap::new();
    let mut drawn_of: Vec<usize> = vec![0; exploration.strata.len()];
    let mut stratum_of: BTreeMap<usize, usize> = BTreeMap::new();
    for (number, stratum) in exploration.strata.iter().enumerate() {
        for place in &stratum.pool {
            let wrong = |what| Violation::Exploration {
                place: *place,
                what,
            };
            let Some(candidate) = places.get(*place) else {
                found.push(wrong("is not a candidate"));
                continue;
            };
            if candidate.under_observed != stratum.under_observed {
                found.push(wrong("is in the wrong stratum"));
            }
            if stratum.base.is_some() && stratum.base != paying_base(candidate, request) {
                found.push(wrong("is in the stratum of another base"));
            }
            if request.musts.contains(&candidate.id)
                || request.must_nots.contains(&candidate.id)
                || absent_partner(candidate, request).is_some()
            {
                found.push(wrong("could not be drawn, yet is in a pool"));
            }
            let share = stratum.drawn as f64 / stratum.pool.len() as f64;
            if probability.insert(*place, share).is_some() {
                found.push(wrong("is in two pools"));
            }
            stratum_of.insert(*place, number);
        }
    }
    for drawn in &exploration.drawn {
        let wrong = |what| Violation::Exploration {
            place: drawn.place,
            what,
        };
        match probability.get(&drawn.place) {
            None => found.push(wrong("was drawn from outside the pools")),
            Some(share) if (share - drawn.probability).abs() > 1e-12 => {
                found.push(wrong("has another probability than its pool"));
            }
            Some(_) => drawn_of[stratum_of[&drawn.place]] += 1,
        }
        if !plan.chosen.contains(&drawn.place) {
            found.push(wrong("was drawn and not chosen"));
        }
        let times = exploration.drawn.iter().filter(|d| d.place == drawn.place);
        if times.count() > 1 {
            found.push(wrong("was drawn twice"));
        }
    }
    for (stratum, drawn) in exploration.strata.iter().zip(drawn_of) {
        if stratum.drawn != drawn {
            found.push(Violation::Exploration {
                place: stratum.pool.first().copied().unwrap_or_default(),
                what: "is in a pool of which another number was drawn than stated",
            });
        }
    }
    let (drawn, chosen) = (exploration.drawn.len(), plan.chosen.len());
    if (drawn as f64) + 1e-6 < exploration.share * chosen as f64 {
        found.push(Violation::ExplorationShare {
            drawn,
            chosen,
            share: exploration.share,
        });
    }
}

/// Every chosen place has one step, bands follow the scores, and each band is
/// spread evenly over the steps.
pub(super) fn check_rollout(plan: &Plan, score: impl Fn(usize) -> f64, found: &mut Vec<Violation>) {
    let Some(rollout) = &plan.rollout else {
        return;
    };
    let wrong = |place, what| Violation::Rollout { place, what };
    let mut times: BTreeMap<usize, usize> = plan.chosen.iter().map(|place| (*place, 0)).collect();
    let mut sizes = vec![vec![0usize; rollout.steps]; rollout.bands];
    // Least and greatest score of each band.
    let mut ranges = vec![(f64::INFINITY, f64::NEG_INFINITY); rollout.bands];
    for assignment in &rollout.assignments {
        let place = assignment.place;
        match times.get_mut(&place) {
            Some(times) => *times += 1,
            None => {
                found.push(wrong(place, "has a step and is not chosen"));
                continue;
            }
        }
        if assignment.step >= rollout.steps || assignment.band >= rollout.bands {
            found.push(wrong(place, "has a step or band that does not exist"));
            continue;
        }
        sizes[assignment.band][assignment.step] += 1;
        let range = &mut ranges[assignment.band];
        let score = score(place);
        *range = (range.0.min(score), range.1.max(score));
    }
    for (place, times) in times {
        if times != 1 {
            found.push(wrong(place, "does not have exactly one step"));
        }
    }
    let mut lowest = f64::INFINITY;
    for (band, (least, most)) in ranges.into_iter().enumerate() {
        let steps = &sizes[band];
        let total: usize = steps.iter().sum();
        if total == 0 {
            continue;
        }
        if most > lowest + 1e-9 * lowest.abs().max(1.0) {
            found.push(Violation::BandOrder { band });
        }
        lowest = least;
        let (few, many) = steps.iter().fold((usize::MAX, 0), |(few, many), size| {
            (few.min(*size), many.max(*size))
        });
        if many - few > 1 {
            found.push(Violation::UnevenSteps {
                band,
                least: few,
                most: many,
            });
        }
    }
}
