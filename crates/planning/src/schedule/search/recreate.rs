//! How a step puts visits back.

use std::cmp::Reverse;

use rand::Rng as _;
use rand_chacha::ChaCha8Rng;

use super::model::Model;
use super::state::State;
use crate::choose::shuffle;

/// How often a day is passed over although a visit would cost least there.
const BLINK: f64 = 0.01;

/// Puts visits back, one after the other, each where it costs least.
pub(super) struct Recreate {
    /// Kilometres of each visit from the nearest base.
    from_base: Vec<f64>,
    order: Vec<usize>,
    was_removed: Vec<bool>,
    days: Vec<usize>,
    /// Visits that fit nowhere, after a call.
    pub(super) left_out: Vec<usize>,
}

impl Recreate {
    pub(super) fn new(model: &Model) -> Self {
        let visits = model.visits.len();
        let from_base = |visit: usize| {
            let bases = model.days.iter().map(|day| day.base);
            bases
                .map(|base| model.km(base, visit))
                .fold(f64::INFINITY, f64::min)
        };
        Self {
            from_base: (0..visits).map(from_base).collect(),
            order: Vec::with_capacity(visits),
            was_removed: vec![false; visits],
            days: Vec::new(),
            left_out: Vec::with_capacity(visits),
        }
    }

    /// Inserts removed visits and those left out before, in an order drawn by
    /// lot: random, most households first, farthest from the bases first, or
    /// nearest first (4 : 4 : 2 : 1). The best place is passed over now and
    /// then (Christiaens & Vanden Berghe 2020).
    ///
    /// A visit left out before fits into no day that is as it was, so that
    /// only days of this step are looked at for it. O(removed × days + left
    /// out × days of the step), times the visits of a day where its numbers
    /// are not known.
    pub(super) fn recreate(
        &mut self,
        state: &mut State,
        removed: &[usize],
        random: &mut ChaCha8Rng,
    ) {
        self.order.clear();
        self.order.extend_from_slice(removed);
        self.order.extend_from_slice(&state.left_out);
        shuffle(&mut self.order, random);
        let (model, from_base) = (state.model, &self.from_base);
        match random.random_range(0..11u32) {
            0..4 => {}
            4..8 => self
                .order
                .sort_by_key(|visit| Reverse(model.households(*visit))),
            8..10 => self
                .order
                .sort_by(|a, b| from_base[*b].total_cmp(&from_base[*a])),
            _ => self
                .order
                .sort_by(|a, b| from_base[*a].total_cmp(&from_base[*b])),
        }
        for visit in removed {
            self.was_removed[*visit] = true;
        }
        self.left_out.clear();
        for visit in &self.order {
            self.days.clear();
            if self.was_removed[*visit] {
                self.days.extend(0..state.routes.len());
            } else {
                self.days.extend(state.touched());
            }
            let mut best = (f64::INFINITY, 0, 0);
            for day in &self.days {
                let (cost, position) = state.cost(*visit, *day);
                if cost < best.0 && !random.random_bool(BLINK) {
                    best = (cost, *day, position);
                }
            }
            if best.0.is_finite() {
                state.insert(*visit, best.1, best.2);
            } else {
                self.left_out.push(*visit);
            }
        }
        for visit in removed {
            self.was_removed[*visit] = false;
        }
    }
}
