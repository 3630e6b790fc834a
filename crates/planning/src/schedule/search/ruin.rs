//! What a step takes out of the days.

use rand::Rng as _;
use rand_chacha::ChaCha8Rng;

use super::model::Model;
use super::state::State;

/// Visits that a step takes out on average.
const MEAN_REMOVED: f64 = 10.0;

/// Most visits in a row that are taken out of a day.
const LONGEST_STRING: f64 = 10.0;

/// Most neighbours of a visit that are looked at.
const MOST_NEIGHBOURS: usize = 400;

/// Visits by distance from each of some visits.
pub(super) struct Neighbours {
    near: Vec<Vec<u32>>,
}

impl Neighbours {
    /// O(visits²).
    pub(super) fn new(model: &Model) -> Self {
        let count = model.visits.len();
        let near = (0..count)
            .map(|visit| {
                let mut others: Vec<(f64, u32)> = (0..count)
                    .map(|other| {
                        let km = model.km(visit, other) + model.km(other, visit);
                        // Itself comes before others at the same stop.
                        let km = if other == visit { -1.0 } else { km };
                        (
                            km,
                            u32::try_from(other).expect("visits are fewer than 2^32"),
                        )
                    })
                    .collect();
                let order =
                    |a: &(f64, u32), b: &(f64, u32)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
                if count > MOST_NEIGHBOURS {
                    others.select_nth_unstable_by(MOST_NEIGHBOURS, order);
                    others.truncate(MOST_NEIGHBOURS);
                }
                others.sort_unstable_by(order);
                others.into_iter().map(|(_, other)| other).collect()
            })
            .collect();
        Self { near }
    }
}

/// Takes strings of visits out of days that pass near a random visit
/// (Christiaens & Vanden Berghe 2020, *Slack Induction by String Removals for
/// Vehicle Routing Problems*): one string from each of some days, which holds
/// the visit of the day that is nearest to the random one, and is as long as a
/// random number up to the mean length of a day. About [`MEAN_REMOVED`] visits
/// end up in `out`. The random visit may be one that is left out.
pub(super) fn ruin(
    state: &mut State,
    neighbours: &Neighbours,
    random: &mut ChaCha8Rng,
    out: &mut Vec<usize>,
) {
    let visits = state.day_of.len();
    let planned = visits - state.left_out.len();
    let mean_length = planned as f64 / state.routes.len() as f64;
    let longest = mean_length.ceil().clamp(1.0, LONGEST_STRING);
    let most_days = (4.0 * MEAN_REMOVED / (1.0 + longest) - 1.0).max(1.0);
    let mut days = random.random_range(1.0..most_days + 1.0) as usize;
    let centre = random.random_range(0..visits as u64) as usize;
    for near in &neighbours.near[centre] {
        if days == 0 {
            break;
        }
        let near = *near as usize;
        let Some(day) = state.day_of[near] else {
            continue;
        };
        if state.is_touched(day) {
            continue;
        }
        let length = state.routes[day].slots.len();
        let at = state.routes[day]
            .visits()
            .position(|visit| visit == near)
            .expect("a planned visit is in its day");
        let most = longest.min(length as f64);
        let count = random.random_range(1.0..most + 1.0) as usize;
        let first = (at + 1).saturating_sub(count);
        let last = at.min(length - count);
        let from = random.random_range(first as u64..=last as u64) as usize;
        state.remove(day, from, count, out);
        days -= 1;
    }
}
