//! Ruin and recreate over the days of some teams.

use std::time::Instant;

use rand::Rng as _;
use rand_chacha::ChaCha8Rng;

use super::model::Model;
use super::recreate::Recreate;
use super::ruin::{Neighbours, ruin};
use super::state::{State, Value};

/// Steps between looks at the clock.
const STEPS_A_LOOK: usize = 256;

/// Kilometres at which wanted days, households and temperatures are set
/// against each other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    /// A household left out.
    pub(super) household_km: f64,
    /// A visit off the days wanted for it.
    pub(super) miss_km: f64,
}

impl Scale {
    fn energy(&self, value: &Value) -> f64 {
        self.household_km * value.left_out as f64 + self.miss_km * value.misses as f64 + value.km
    }
}

/// How a search goes on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Course {
    pub(super) steps: usize,
    /// Temperatures in kilometres, at first and at last.
    pub(super) hot: f64,
    pub(super) cold: f64,
    /// What households and wanted days weigh, at first and at last.
    pub(super) scales: [Scale; 2],
    pub(super) deadline: Option<Instant>,
}

impl Course {
    /// Weights at a share of the way.
    pub(super) fn scale_at(&self, share: f64) -> Scale {
        let [first, last] = self.scales;
        Scale {
            household_km: between([first.household_km, last.household_km], share),
            miss_km: between([first.miss_km, last.miss_km], share),
        }
    }
}

/// Visits of each day in order.
pub(super) type Days = Vec<Vec<usize>>;

/// What a search came to.
pub(super) struct Found {
    /// Where it stood at last.
    pub(super) last: Days,
    /// The best plan it met, by households, wanted days and kilometres.
    pub(super) best: Days,
    pub(super) best_value: Value,
    /// Whether the time ran out.
    pub(super) timed_out: bool,
}

/// Offers what is left out to all days, then takes visits out and puts them
/// back, `steps` times in all. From the second step on a plan is kept if its
/// energy is less than that of the plan before, or more by less than
/// `-t · ln u`, with `t` falling from hot to cold and `u` uniform (Kirkpatrick,
/// Gelatt & Vecchi 1983).
///
/// The same model, days, course and random numbers give the same answer; only
/// the deadline depends on the machine.
pub(super) fn anneal(
    model: &Model,
    days: &[Vec<usize>],
    course: &Course,
    random: &mut ChaCha8Rng,
) -> Found {
    let mut state = State::new(model, days, course.scales[0].miss_km);
    let (mut best, mut best_value) = (days.to_vec(), state.value);
    let neighbours = Neighbours::new(model);
    let mut recreate = Recreate::new(model);
    let mut removed = Vec::new();
    let mut timed_out = false;
    let steps = if model.visits.is_empty() {
        0
    } else {
        course.steps
    };
    for step in 0..steps {
        if step % STEPS_A_LOOK == 0
            && let Some(deadline) = course.deadline
            && Instant::now() >= deadline
        {
            timed_out = true;
            break;
        }
        let share = step as f64 / steps as f64;
        let temperature = between([course.hot, course.cold], share);
        let scale = course.scale_at(share);
        removed.clear();
        if step == 0 {
            // From here on, what is left out fits into no day as it stands.
            removed.extend_from_slice(&state.left_out);
            state.left_out.clear();
        } else {
            ruin(&mut state, &neighbours, random, &mut removed);
        }
        recreate.recreate(&mut state, &removed, random);
        let value = state.value_with(&recreate.left_out);
        // One less the number, which is below one: never the logarithm of zero.
        let uniform = 1.0 - random.random::<f64>();
        let most = scale.energy(&state.value) - temperature * libm::log(uniform);
        if step == 0 || scale.energy(&value) < most {
            state.keep(&mut recreate.left_out, value);
            if value.is_better_than(&best_value) {
                best_value = value;
                best = state.days();
            }
        } else {
            state.take_back();
        }
    }
    Found {
        last: state.days(),
        best,
        best_value,
        timed_out,
    }
}

/// The number at a share of the way between two, by equal factors.
pub(super) fn between([from, to]: [f64; 2], share: f64) -> f64 {
    from * libm::pow(to / from, share)
}
