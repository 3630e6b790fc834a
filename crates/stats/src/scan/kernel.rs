//! The largest ratio over all windows, for many simulations at once.

use super::program::{Gate, Model, Program};

/// Simulations side by side.
pub(super) const LANES: usize = 16;

/// The counts of one cell in each simulation of a block.
pub(super) type Row = [i32; LANES];

/// Some simulations: their counts, and the best of each so far.
pub(super) struct Block {
    /// Place after place; within a place cumulative over time.
    pub(super) cells: Vec<Row>,
    pub(super) best: [f64; LANES],
    /// √best of each simulation, on the safe side.
    reach: [f32; LANES],
    /// Least of `reach`: a window below it wins in no simulation.
    least: f32,
}

impl Block {
    /// `used` simulations; the rest of the lanes is never looked at.
    pub(super) fn new(cells: Vec<Row>, used: usize) -> Self {
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
        let mut sums = [0; LANES];
        for (step, place) in program.places.iter().enumerate() {
            add(&mut sums, &self.cells[*place as usize]);
            if self.may_win::<HIGH, LOW>(&sums, program, step, model) {
                self.improve::<HIGH, LOW>(&sums, program, step, model);
            }
        }
    }

    fn tree<const HIGH: bool, const LOW: bool>(&mut self, program: &Program, model: &Model) {
        let deepest = program.depths.iter().copied().max().unwrap_or(0);
        let mut sums = vec![[0; LANES]; usize::from(deepest) + 1];
        for (step, place) in program.places.iter().enumerate() {
            let depth = usize::from(program.depths[step]);
            let mut sum = sums[depth - 1];
            add(&mut sum, &self.cells[*place as usize]);
            sums[depth] = sum;
            if self.may_win::<HIGH, LOW>(&sum, program, step, model) {
                self.improve::<HIGH, LOW>(&sum, program, step, model);
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
        let mut sums = vec![[0; LANES]; times + 1];
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
                    *sum = sum.wrapping_sub(*before);
                }
                if self.may_win::<HIGH, LOW>(&sum, program, window, model) {
                    self.improve::<HIGH, LOW>(&sum, program, window, model);
                }
            }
        }
    }

    /// Whether the window might be the best of a simulation. One level for
    /// all lanes, so that the compiler compares them side by side.
    #[inline(always)]
    fn may_win<const HIGH: bool, const LOW: bool>(
        &self,
        sums: &Row,
        program: &Program,
        window: usize,
        model: &Model,
    ) -> bool {
        let mut hits = 0;
        if HIGH {
            let level = program.above[window].above(self.least) as i32;
            let level = level.max(model.least - 1);
            for sum in sums {
                hits |= i32::from(*sum > level);
            }
        }
        if LOW {
            // Truncation is towards zero and sums are not negative, so that
            // no sum below the level is above the truncated one.
            let level = program.below[window].below(self.least) as i32;
            for sum in sums {
                hits |= i32::from(*sum <= level);
            }
        }
        hits != 0
    }

    #[cold]
    #[inline(never)]
    fn improve<const HIGH: bool, const LOW: bool>(
        &mut self,
        sums: &Row,
        program: &Program,
        window: usize,
        model: &Model,
    ) {
        let above: Option<Gate> = HIGH.then(|| program.above[window]);
        let below: Option<Gate> = LOW.then(|| program.below[window]);
        for (lane, sum) in sums.iter().enumerate() {
            let (count, reach) = (*sum as f32, self.reach[lane]);
            let may_win = above.is_some_and(|gate| count > gate.above(reach))
                || below.is_some_and(|gate| count < gate.below(reach));
            if may_win
                && let Some(ratio) = model.score(*sum, program.weights[window], program.penalty)
                && ratio > self.best[lane]
            {
                self.best[lane] = ratio;
                self.reach[lane] = (ratio.sqrt() * (1.0 - 1e-6)) as f32;
            }
        }
        self.least = self.reach.iter().copied().fold(f32::INFINITY, f32::min);
    }
}

/// Counts sum to 2³⁰ at most, so that nothing wraps; a check for it would keep
/// the compiler from adding the lanes side by side.
#[inline(always)]
fn add(sums: &mut Row, row: &Row) {
    for (sum, count) in sums.iter_mut().zip(row) {
        *sum = sum.wrapping_add(*count);
    }
}
