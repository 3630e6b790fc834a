//! The largest ratio over all windows, for many simulations at once.

use super::program::{Gate, Model, Program};

/// Whole numbers that counts of windows are held in: the narrower, the more
/// simulations the machine adds and compares in one step.
pub(super) trait Count: Copy + Send + Sync + Ord + Into<i32> {
    /// No case.
    const NONE: Self;
    /// Sum, without a check that would keep the compiler from adding side by
    /// side.
    fn plus(self, other: Self) -> Self;
    /// Difference, likewise.
    fn minus(self, other: Self) -> Self;
    /// Whole part of a level; the nearest number there is if it is beyond.
    fn of_level(level: f32) -> Self;
    /// A count; the nearest number there is if it is beyond.
    fn of_count(count: i32) -> Self;
    /// Whether a sum is above a level.
    fn any_above<const LANES: usize>(sums: &Row<Self, LANES>, level: Self) -> bool;
    /// Whether a sum is at most a level.
    fn any_up_to<const LANES: usize>(sums: &Row<Self, LANES>, level: Self) -> bool;
}

impl Count for i32 {
    const NONE: Self = 0;

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        self.wrapping_sub(other)
    }

    #[inline(always)]
    fn of_level(level: f32) -> Self {
        level as Self
    }

    #[inline(always)]
    fn of_count(count: i32) -> Self {
        count
    }

    #[inline(always)]
    fn any_above<const LANES: usize>(sums: &Row<Self, LANES>, level: Self) -> bool {
        (sums.iter()).fold(0, |hits, sum| hits | i32::from(*sum > level)) != 0
    }

    #[inline(always)]
    fn any_up_to<const LANES: usize>(sums: &Row<Self, LANES>, level: Self) -> bool {
        (sums.iter()).fold(0, |hits, sum| hits | i32::from(*sum <= level)) != 0
    }
}

impl Count for i16 {
    const NONE: Self = 0;

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        self.wrapping_sub(other)
    }

    #[inline(always)]
    fn of_level(level: f32) -> Self {
        level as Self
    }

    #[inline(always)]
    fn of_count(count: i32) -> Self {
        count.clamp(i32::from(Self::MIN), i32::from(Self::MAX)) as Self
    }

    #[inline(always)]
    fn any_above<const LANES: usize>(sums: &Row<Self, LANES>, level: Self) -> bool {
        (folded(sums, Self::MIN, Self::max).iter()).fold(false, |hit, sum| hit | (*sum > level))
    }

    #[inline(always)]
    fn any_up_to<const LANES: usize>(sums: &Row<Self, LANES>, level: Self) -> bool {
        (folded(sums, Self::MAX, Self::min).iter()).fold(false, |hit, sum| hit | (*sum <= level))
    }
}

/// The largest or the least of every eighth sum: half the steps of comparing
/// each with a level, where the machine has an instruction for it, as it has
/// for 16 bits.
#[inline(always)]
fn folded<const LANES: usize>(
    sums: &Row<i16, LANES>,
    start: i16,
    choose: impl Fn(i16, i16) -> i16,
) -> [i16; 8] {
    let mut chosen = [start; 8];
    for part in sums.chunks_exact(8) {
        for (chosen, sum) in chosen.iter_mut().zip(part) {
            *chosen = choose(*chosen, *sum);
        }
    }
    chosen
}

/// The counts of one cell in each simulation of a block.
pub(super) type Row<C, const LANES: usize> = [C; LANES];

/// Some simulations: their counts, and the best of each so far.
pub(super) struct Block<C, const LANES: usize> {
    /// Place after place; within a place cumulative over time.
    pub(super) cells: Vec<Row<C, LANES>>,
    pub(super) best: [f64; LANES],
    /// √best of each simulation, on the safe side.
    reach: [f32; LANES],
    /// Least of `reach`: a window below it wins in no simulation.
    least: f32,
}

impl<C: Count, const LANES: usize> Block<C, LANES> {
    /// `used` simulations; the rest of the lanes is never looked at.
    pub(super) fn new(cells: Vec<Row<C, LANES>>, used: usize) -> Self {
        let mut best = [f64::INFINITY; LANES];
        let mut reach = [f32::INFINITY; LANES];
        best[..used].fill(0.0);
        reach[..used].fill(0.0);
        Self {
            cells,
            best,
            reach,
            least: 0.0,
        }
    }

    /// Takes all windows of a chain into account.
    pub(super) fn scan(
        &mut self,
        program: &Program,
        times: usize,
        spans: &[(u32, u32)],
        model: &Model,
    ) {
        match (model.high, model.low) {
            (true, false) => self.dispatch::<true, false>(program, times, spans, model),
            (false, true) => self.dispatch::<false, true>(program, times, spans, model),
            _ => self.dispatch::<true, true>(program, times, spans, model),
        }
    }

    fn dispatch<const HIGH: bool, const LOW: bool>(
        &mut self,
        program: &Program,
        times: usize,
        spans: &[(u32, u32)],
        model: &Model,
    ) {
        if !program.depths.is_empty() {
            self.tree::<HIGH, LOW>(program, model);
        } else if times == 1 {
            self.circles::<HIGH, LOW>(program, model);
        } else {
            self.cylinders::<HIGH, LOW>(program, times, spans, model);
        }
    }

    fn circles<const HIGH: bool, const LOW: bool>(&mut self, program: &Program, model: &Model) {
        let mut sums = [C::NONE; LANES];
        for (step, place) in program.places.iter().enumerate() {
            add(&mut sums, &self.cells[*place as usize]);
            if self.may_win::<HIGH, LOW>(&sums, program, step, model) {
                let copy = sums;
                self.improve::<HIGH, LOW>(&copy, program, step, model);
            }
        }
    }

    fn tree<const HIGH: bool, const LOW: bool>(&mut self, program: &Program, model: &Model) {
        let deepest = program.depths.iter().copied().max().unwrap_or(0);
        let mut sums = vec![[C::NONE; LANES]; usize::from(deepest) + 1];
        for (step, place) in program.places.iter().enumerate() {
            let depth = usize::from(program.depths[step]);
            let mut sum = sums[depth - 1];
            add(&mut sum, &self.cells[*place as usize]);
            sums[depth] = sum;
            if self.may_win::<HIGH, LOW>(&sum, program, step, model) {
                let copy = sum;
                self.improve::<HIGH, LOW>(&copy, program, step, model);
            }
        }
    }

    fn cylinders<const HIGH: bool, const LOW: bool>(
        &mut self,
        program: &Program,
        times: usize,
        spans: &[(u32, u32)],
        model: &Model,
    ) {
        let mut sums = vec![[C::NONE; LANES]; times + 1];
        for (step, place) in program.places.iter().enumerate() {
            let cells = &self.cells[*place as usize * times..][..times];
            for (sum, cell) in sums[1..].iter_mut().zip(cells) {
                add(sum, cell);
            }
            if program.weights[step * spans.len()..][..spans.len()]
                .iter()
                .all(|weight| weight.is_nan())
            {
                continue;
            }
            for (index, (first, after)) in spans.iter().enumerate() {
                let window = step * spans.len() + index;
                let mut sum = sums[*after as usize];
                for (sum, before) in sum.iter_mut().zip(&sums[*first as usize]) {
                    *sum = sum.minus(*before);
                }
                if self.may_win::<HIGH, LOW>(&sum, program, window, model) {
                    let copy = sum;
                    self.improve::<HIGH, LOW>(&copy, program, window, model);
                }
            }
        }
    }

    /// Whether the window might be the best of a simulation. One level for
    /// all lanes, so that the compiler compares them side by side.
    #[inline(always)]
    fn may_win<const HIGH: bool, const LOW: bool>(
        &self,
        sums: &Row<C, LANES>,
        program: &Program,
        window: usize,
        model: &Model,
    ) -> bool {
        let mut hit = false;
        if HIGH {
            let level = C::of_level(program.above[window].above(self.least));
            let level = level.max(C::of_count(model.least - 1));
            hit |= C::any_above(sums, level);
        }
        if LOW {
            // Truncation is towards zero and sums are not negative, so that
            // no sum below the level is above the truncated one.
            let level = C::of_level(program.below[window].below(self.least));
            hit |= C::any_up_to(sums, level);
        }
        hit
    }

    /// Takes the window into account for each simulation in which it wins.
    /// Callers give a copy of their sums: these then stay in registers.
    #[cold]
    #[inline(never)]
    fn improve<const HIGH: bool, const LOW: bool>(
        &mut self,
        sums: &Row<C, LANES>,
        program: &Program,
        window: usize,
        model: &Model,
    ) {
        let above: Option<Gate> = HIGH.then(|| program.above[window]);
        let below: Option<Gate> = LOW.then(|| program.below[window]);
        for (lane, sum) in sums.iter().enumerate() {
            let observed: i32 = (*sum).into();
            let (count, reach) = (observed as f32, self.reach[lane]);
            let may_win = above.is_some_and(|gate| count > gate.above(reach))
                || below.is_some_and(|gate| count < gate.below(reach));
            if may_win
                && let Some(ratio) = model.score(observed, program.weights[window], program.penalty)
                && ratio > self.best[lane]
            {
                self.best[lane] = ratio;
                self.reach[lane] = (ratio.sqrt() * (1.0 - 1e-6)) as f32;
            }
        }
        self.least = self.reach.iter().copied().fold(f32::INFINITY, f32::min);
    }
}

/// Counts sum to no more than the cases, which fit, so that nothing wraps.
#[inline(always)]
fn add<C: Count, const LANES: usize>(sums: &mut Row<C, LANES>, row: &Row<C, LANES>) {
    for (sum, count) in sums.iter_mut().zip(row) {
        *sum = sum.plus(*count);
    }
}
