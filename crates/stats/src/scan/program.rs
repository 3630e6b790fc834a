//! Windows in the order in which sums over them grow, with what is needed to
//! tell at a glance that a window cannot win.

use super::likelihood::{Bound, Likelihood};

/// Rounding of bounds is to this side of the exact figure, in single
/// precision: a window may be looked at in vain, but none is missed.
const SLACK: f64 = 1e-6;

/// One family of windows about a centre.
pub(super) struct Chain {
    /// Place at the centre.
    pub(super) centre: usize,
    /// Which of the shapes of the scan.
    pub(super) shape: usize,
    /// Factor of the likelihood ratio, at most 1.
    pub(super) penalty: f64,
    /// The place that each step adds.
    pub(super) places: Vec<u32>,
    /// Whether what has been added by then is a window.
    pub(super) whole: Vec<bool>,
    /// Empty where each step adds to the previous one. Else the number of
    /// places after the step: it adds to the last step with one place less.
    pub(super) depths: Vec<u8>,
}

/// Places of the window that ends with a step.
pub(super) fn members(places: &[u32], depths: &[u8], step: usize) -> Vec<usize> {
    let place = |step: usize| places[step] as usize;
    if depths.is_empty() {
        return (0..=step).map(place).collect();
    }
    let mut members = vec![place(step)];
    let mut depth = depths[step];
    for earlier in (0..step).rev() {
        if depths[earlier] + 1 == depth {
            depth -= 1;
            members.push(place(earlier));
        }
    }
    members.reverse();
    members
}

/// Where the windows come from.
pub(super) trait Source: Sync {
    /// Number of chains.
    fn chains(&self) -> usize;
    /// One of them; the same each time.
    fn chain(&self, index: usize) -> Chain;
}

/// What a scan looks for.
#[derive(Clone, Copy)]
pub(super) struct Model {
    pub(super) likelihood: Likelihood,
    pub(super) high: bool,
    pub(super) low: bool,
    /// Least number of cases in a window with a high rate.
    pub(super) least: i32,
}

impl Model {
    /// Log likelihood ratio of a window, `None` if its rate is not on a side
    /// looked for.
    pub(super) fn score(&self, observed: i32, weight: f64, penalty: f64) -> Option<f64> {
        let count = f64::from(observed);
        let expected = self.likelihood.expected(weight);
        let sought = (self.high && count > expected && observed >= self.least)
            || (self.low && count < expected);
        sought.then(|| self.likelihood.ratio(count, weight) * penalty)
    }
}

/// A bound in single precision, on the safe side.
#[derive(Clone, Copy)]
pub(super) struct Gate {
    base: f32,
    slope: f32,
    cap: f32,
}

impl Gate {
    const SHUT_ABOVE: Self = Self {
        base: f32::INFINITY,
        slope: 0.0,
        cap: f32::INFINITY,
    };
    const SHUT_BELOW: Self = Self {
        base: f32::NEG_INFINITY,
        slope: 0.0,
        cap: 0.0,
    };

    fn new(bound: Bound, penalty: f64, base: f64) -> Self {
        Self {
            base: (bound.base * base) as f32,
            slope: (bound.slope / penalty.sqrt() * (1.0 - SLACK)) as f32,
            cap: (bound.cap * (1.0 - SLACK)) as f32,
        }
    }

    /// A window needs more than this to beat a ratio with root `reach`.
    #[inline(always)]
    pub(super) fn above(self, reach: f32) -> f32 {
        let level = self.base + self.slope * reach;
        if level < self.cap { level } else { self.cap }
    }

    /// A window needs less than this to beat a ratio with root `reach`.
    #[inline(always)]
    pub(super) fn below(self, reach: f32) -> f32 {
        self.base - self.slope * reach
    }
}

/// Counts and weights by place and interval, place after place.
pub(super) struct Grid<'a> {
    /// Number of intervals of time.
    pub(super) times: usize,
    /// Weight of each cell.
    pub(super) weights: &'a [f64],
    /// Windows in time: first interval and the one after the last.
    pub(super) spans: &'a [(u32, u32)],
}

/// A chain with its weights and gates.
pub(super) struct Program {
    pub(super) index: usize,
    pub(super) centre: usize,
    pub(super) shape: usize,
    pub(super) penalty: f64,
    pub(super) places: Vec<u32>,
    pub(super) depths: Vec<u8>,
    /// Weight by step and span; NaN where a step is no window.
    pub(super) weights: Vec<f64>,
    pub(super) above: Vec<Gate>,
    pub(super) below: Vec<Gate>,
}

impl Program {
    pub(super) fn new(index: usize, chain: Chain, grid: &Grid, model: &Model) -> Self {
        let windows = chain.places.len() * grid.spans.len();
        let mut program = Self {
            index,
            centre: chain.centre,
            shape: chain.shape,
            penalty: chain.penalty,
            weights: Vec::with_capacity(windows),
            above: Vec::with_capacity(if model.high { windows } else { 0 }),
            below: Vec::with_capacity(if model.low { windows } else { 0 }),
            places: chain.places,
            depths: chain.depths,
        };
        // Cumulative over time, with a leading zero; by depth in a tree.
        let mut sums = vec![vec![0.0; grid.times + 1]];
        for (step, place) in program.places.iter().enumerate() {
            if let Some(depth) = program.depths.get(step) {
                let depth = usize::from(*depth);
                sums.truncate(depth);
                sums.push(sums[depth - 1].clone());
            }
            let sum = sums.last_mut().expect("the root is never removed");
            let mut cumulative = 0.0;
            let cells = &grid.weights[*place as usize * grid.times..][..grid.times];
            for (sum, weight) in sum[1..].iter_mut().zip(cells) {
                cumulative += weight;
                *sum += cumulative;
            }
            for (first, after) in grid.spans {
                let weight = sum[*after as usize] - sum[*first as usize];
                let window = chain.whole[step] && weight > 0.0;
                let gate = |bound, base| Gate::new(bound, chain.penalty, base);
                program.weights.push(if window { weight } else { f64::NAN });
                if model.high {
                    program.above.push(if window {
                        gate(model.likelihood.above(weight), 1.0 - SLACK)
                    } else {
                        Gate::SHUT_ABOVE
                    });
                }
                if model.low {
                    program.below.push(if window {
                        gate(model.likelihood.below(weight), 1.0 + SLACK)
                    } else {
                        Gate::SHUT_BELOW
                    });
                }
            }
        }
        program
    }

    /// Bytes on the heap.
    pub(super) fn bytes(&self) -> usize {
        self.places.len() * 5
            + self.weights.len() * 8
            + (self.above.len() + self.below.len()) * size_of::<Gate>()
    }
}
