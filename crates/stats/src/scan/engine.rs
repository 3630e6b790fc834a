//! The best window about each centre, and the best of each simulation.

use rayon::prelude::*;

use super::kernel::{Block, Count, Row};
use super::monte_carlo::{MonteCarlo, SimulatedMaxima};
use super::program::{Gate, Grid, Model, Program, Source, members};
use super::simulate::Simulator;
use crate::random::stream;

/// Memory for windows that are kept, and for counts of simulations; both are
/// made anew in parts where they would take more.
const BYTES: usize = 256 << 20;

/// Windows that all blocks see before the next ones are fetched.
const BATCH: usize = 1 << 16;

/// Applied to the counts of a data set before it is scanned.
pub(super) type Screen<'a> = &'a (dyn Fn(&mut [i32]) + Sync);

/// A window that is the best of its chain.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    pub(super) chain: usize,
    pub(super) step: usize,
    pub(super) span: usize,
    pub(super) ratio: f64,
}

/// Windows, and what is looked for in them.
pub(super) struct Engine<'a> {
    source: &'a dyn Source,
    grid: &'a Grid<'a>,
    model: Model,
    /// The first chains, as many as fit into memory.
    kept: Vec<Program>,
}

impl<'a> Engine<'a> {
    pub(super) fn new(source: &'a dyn Source, grid: &'a Grid<'a>, model: Model) -> Self {
        let mut engine = Self {
            source,
            grid,
            model,
            kept: Vec::new(),
        };
        let mut bytes = 0;
        while engine.kept.len() < source.chains() && bytes < BYTES {
            let part = engine.build(engine.kept.len());
            bytes += part.iter().map(Program::bytes).sum::<usize>();
            engine.kept.extend(part);
        }
        engine
    }

    /// Some chains from `first` on: 64, or as many as surely fit into memory,
    /// but at least one.
    fn build(&self, first: usize) -> Vec<Program> {
        let places = self.grid.weights.len() / self.grid.times;
        let largest = places * self.grid.spans.len() * (size_of::<f64>() + 2 * size_of::<Gate>());
        let count = (BYTES / largest.max(1)).clamp(1, 64);
        (first..self.source.chains().min(first + count))
            .into_par_iter()
            .map(|index| Program::new(index, self.source.chain(index), self.grid, &self.model))
            .collect()
    }

    /// Centre, shape and penalty of a candidate.
    pub(super) fn head(&self, candidate: &Candidate) -> (usize, usize, f64) {
        match self.kept.get(candidate.chain) {
            Some(program) => (program.centre, program.shape, program.penalty),
            None => {
                let chain = self.source.chain(candidate.chain);
                (chain.centre, chain.shape, chain.penalty)
            }
        }
    }

    /// Places of a candidate.
    pub(super) fn members(&self, candidate: &Candidate) -> Vec<usize> {
        match self.kept.get(candidate.chain) {
            Some(program) => members(&program.places, &program.depths, candidate.step),
            None => {
                let chain = self.source.chain(candidate.chain);
                members(&chain.places, &chain.depths, candidate.step)
            }
        }
    }

    fn for_each_batch(&self, mut work: impl FnMut(&[Program])) {
        let mut start = 0;
        while start < self.kept.len() {
            let mut windows = 0;
            let end = self.kept[start..]
                .iter()
                .position(|program| {
                    windows += program.weights.len();
                    windows >= BATCH
                })
                .map_or(self.kept.len(), |last| start + last + 1);
            work(&self.kept[start..end]);
            start = end;
        }
        while start < self.source.chains() {
            let part = self.build(start);
            work(&part);
            start += part.len();
        }
    }

    /// The best window of each chain that holds no place of `taken`, if any
    /// has a ratio above zero. Of equal ones it is the first, which has the
    /// fewest places.
    pub(super) fn observed(&self, cells: &[i32], taken: &[bool]) -> Vec<Candidate> {
        let cells = cumulative(cells, self.grid.times);
        let mut found = Vec::new();
        self.for_each_batch(|programs| {
            found.par_extend(
                programs
                    .par_iter()
                    .filter_map(|program| self.best(program, &cells, taken)),
            );
        });
        found
    }

    fn best(&self, program: &Program, cells: &[i32], taken: &[bool]) -> Option<Candidate> {
        let (times, spans) = (self.grid.times, self.grid.spans);
        let mut best = Candidate {
            chain: program.index,
            step: 0,
            span: 0,
            ratio: 0.0,
        };
        let mut reach = 0.0_f32;
        let mut sums = vec![vec![0_i32; times + 1]];
        // Number of places of the last step that took a taken place.
        let mut closed = usize::MAX;
        for (step, place) in program.places.iter().enumerate() {
            let depth = program
                .depths
                .get(step)
                .map_or(step + 1, |depth| usize::from(*depth));
            if depth > closed {
                continue;
            }
            closed = if taken[*place as usize] {
                depth
            } else {
                usize::MAX
            };
            if closed == depth {
                continue;
            }
            if !program.depths.is_empty() {
                sums.truncate(depth);
                sums.push(sums[depth - 1].clone());
            }
            let sum = sums.last_mut().expect("the root is never removed");
            let counts = &cells[*place as usize * times..][..times];
            for (sum, count) in sum[1..].iter_mut().zip(counts) {
                *sum += count;
            }
            for (span, (first, after)) in spans.iter().enumerate() {
                let window = step * spans.len() + span;
                let observed = sum[*after as usize] - sum[*first as usize];
                let count = observed as f32;
                let may_win = (self.model.high && count > program.above[window].above(reach))
                    || (self.model.low && count < program.below[window].below(reach));
                if may_win
                    && let Some(ratio) =
                        self.model
                            .score(observed, program.weights[window], program.penalty)
                    && ratio > best.ratio * (1.0 + 1e-12)
                {
                    best = Candidate {
                        step,
                        span,
                        ratio,
                        ..best
                    };
                    reach = (ratio.sqrt() * (1.0 - 1e-6)) as f32;
                }
            }
        }
        (best.ratio > 0.0).then_some(best)
    }

    /// The largest ratio of each simulation.
    ///
    /// `screen` is applied to the counts of each data set before it is
    /// scanned; `observed` is the ratio that a sequential test compares with.
    /// Where all cases fit, counts are held in 16 bits: twice as many
    /// simulations go through each step. What a screen puts in for a place
    /// does not fit.
    pub(super) fn maxima(
        &self,
        simulator: &dyn Simulator,
        screen: Option<Screen>,
        plan: &MonteCarlo,
        observed: f64,
    ) -> SimulatedMaxima {
        let narrow = self.model.likelihood.cases() <= f64::from(i16::MAX);
        if narrow && screen.is_none() {
            self.maxima_in::<i16, 32>(simulator, screen, plan, observed)
        } else {
            self.maxima_in::<i32, 16>(simulator, screen, plan, observed)
        }
    }

    /// The same with counts in numbers of type `C`, of which a row has `LANES`.
    fn maxima_in<C: Count, const LANES: usize>(
        &self,
        simulator: &dyn Simulator,
        screen: Option<Screen>,
        plan: &MonteCarlo,
        observed: f64,
    ) -> SimulatedMaxima {
        let cells = self.grid.weights.len();
        let blocks = plan.simulations.div_ceil(LANES);
        let mut wave = (BYTES / (cells * size_of::<Row<C, LANES>>()).max(1)).max(1);
        if plan.stop_after < plan.simulations {
            wave = wave.min(8);
        }
        let mut simulated = SimulatedMaxima {
            maxima: Vec::with_capacity(plan.simulations),
            stopped: false,
        };
        let mut first = 0;
        while first < blocks {
            let last = blocks.min(first + wave);
            let mut drawn: Vec<Block<C, LANES>> = (first..last)
                .into_par_iter()
                .map(|block| self.draw(block, simulator, screen, plan))
                .collect();
            self.for_each_batch(|programs| {
                drawn.par_iter_mut().for_each(|block| {
                    for program in programs {
                        block.scan(program, self.grid.times, self.grid.spans, &self.model);
                    }
                });
            });
            simulated
                .maxima
                .extend(drawn.iter().flat_map(|block| block.best));
            simulated.maxima.truncate(plan.simulations);
            if simulated.stop(observed, plan) {
                break;
            }
            first = last;
        }
        simulated
    }

    fn draw<C: Count, const LANES: usize>(
        &self,
        block: usize,
        simulator: &dyn Simulator,
        screen: Option<Screen>,
        plan: &MonteCarlo,
    ) -> Block<C, LANES> {
        let cells = self.grid.weights.len();
        let mut rows = vec![[C::NONE; LANES]; cells];
        let used = LANES.min(plan.simulations - block * LANES);
        let mut counts = vec![0; cells];
        for lane in 0..used {
            let simulation = (block * LANES + lane) as u64;
            counts.fill(0);
            simulator.draw(&mut stream(plan.seed, simulation), &mut counts);
            if let Some(screen) = screen {
                screen(&mut counts);
            }
            for place in counts.chunks_mut(self.grid.times) {
                accumulate(place);
            }
            for (row, count) in rows.iter_mut().zip(&counts) {
                row[lane] = C::of_count(*count);
            }
        }
        Block::new(rows, used)
    }
}

fn cumulative(cells: &[i32], times: usize) -> Vec<i32> {
    let mut sums = cells.to_vec();
    for place in sums.chunks_mut(times) {
        accumulate(place);
    }
    sums
}

fn accumulate(counts: &mut [i32]) {
    for time in 1..counts.len() {
        counts[time] += counts[time - 1];
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::scan::likelihood::Likelihood;
    use crate::scan::program::{Chain, members};
    use crate::scan::simulate::Multinomial;

    /// Random chains or trees.
    struct Random {
        places: usize,
        trees: bool,
        seed: u64,
    }

    impl Source for Random {
        fn chains(&self) -> usize {
            70
        }

        fn chain(&self, index: usize) -> Chain {
            use rand::Rng as _;
            use rand::seq::SliceRandom as _;
            let mut random = stream(self.seed, index as u64);
            let mut places: Vec<u32> = (0..self.places as u32).collect();
            places.shuffle(&mut random);
            places.truncate(self.places / 2 + 1);
            let mut depths: Vec<u8> = Vec::new();
            if self.trees {
                for step in 0..places.len() {
                    let most = if step == 0 { 1 } else { depths[step - 1] + 1 };
                    depths.push(random.random_range(1..=most));
                }
            }
            Chain {
                centre: index,
                shape: 0,
                penalty: if index.is_multiple_of(2) { 1.0 } else { 0.7 },
                whole: places.iter().map(|_| random.random_bool(0.8)).collect(),
                places,
                depths,
            }
        }
    }

    /// The best ratio of all windows, each summed on its own.
    fn naive(source: &Random, grid: &Grid, model: &Model, cells: &[i32]) -> f64 {
        let mut best = 0.0_f64;
        for chain in (0..source.chains()).map(|index| source.chain(index)) {
            for step in (0..chain.places.len()).filter(|step| chain.whole[*step]) {
                for (first, after) in grid.spans {
                    let (mut observed, mut weight) = (0, 0.0);
                    for place in members(&chain.places, &chain.depths, step) {
                        for time in *first as usize..*after as usize {
                            observed += cells[place * grid.times + time];
                            weight += grid.weights[place * grid.times + time];
                        }
                    }
                    if let Some(ratio) = model.score(observed, weight, chain.penalty) {
                        best = best.max(ratio);
                    }
                }
            }
        }
        best
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        /// No bound, lane or wave loses a window.
        #[test]
        fn maxima_are_those_of_each_simulation_on_its_own(
            seed in 0..1_000_000_u64,
            cases in prop::sample::select(vec![1_usize, 5, 60, 700, 40_000]),
            times in prop::sample::select(vec![1_usize, 1, 3]),
            trees in any::<bool>(),
            bernoulli in any::<bool>(),
            sides in 0..3_u8,
            weights in prop::collection::vec(0.0..2.0f64, 24),
        ) {
            let source = Random { places: 24 / times, trees: trees && times == 1, seed };
            let total: f64 = weights.iter().sum();
            let weights: Vec<f64> = weights.iter().map(|w| w / total * cases as f64).collect();
            let spans: Vec<(u32, u32)> = if times == 1 {
                vec![(0, 1)]
            } else {
                vec![(0, 1), (0, 2), (1, 2), (2, 3)]
            };
            let model = Model {
                likelihood: if bernoulli {
                    // Weights as shares of a population ten times the cases.
                    Likelihood::Bernoulli { cases: cases as f64, population: 10.0 * cases as f64 }
                } else {
                    Likelihood::Poisson { cases: cases as f64 }
                },
                high: sides != 1,
                low: sides != 0,
                least: 2,
            };
            let scale = if bernoulli { 10.0 } else { 1.0 };
            let scaled: Vec<f64> = weights.iter().map(|w| w * scale).collect();
            let grid = Grid { times, weights: &scaled, spans: &spans };
            let engine = Engine::new(&source, &grid, model);
            let simulator = Multinomial::new(&weights, cases);
            let plan = MonteCarlo::new(39, seed);
            let found = engine.maxima(&simulator, None, &plan, f64::INFINITY);
            for (simulation, maximum) in found.values().iter().enumerate() {
                let mut cells = vec![0; 24];
                simulator.draw(&mut stream(seed, simulation as u64), &mut cells);
                let best = naive(&source, &grid, &model, &cells);
                prop_assert!((maximum - best).abs() <= 1e-9 * best.max(1.0), "{maximum} {best}");
                let observed = engine.observed(&cells, &vec![false; source.places]);
                let own = observed.iter().map(|candidate| candidate.ratio).fold(0.0, f64::max);
                prop_assert!((own - best).abs() <= 1e-9 * best.max(1.0), "{own} {best}");
            }
        }
    }

    #[test]
    fn a_sequential_test_sees_the_first_simulations_of_the_full_one() {
        let source = Random {
            places: 24,
            trees: false,
            seed: 3,
        };
        let weights = vec![5.0; 24];
        let grid = Grid {
            times: 1,
            weights: &weights,
            spans: &[(0, 1)],
        };
        let model = Model {
            likelihood: Likelihood::Poisson { cases: 120.0 },
            high: true,
            low: false,
            least: 2,
        };
        let engine = Engine::new(&source, &grid, model);
        let simulator = Multinomial::new(&weights, 120);
        let plan = MonteCarlo::new(500, 9);
        let full = engine.maxima(&simulator, None, &plan, 5.0);
        let early = plan.stop_after(20).unwrap();
        let part = engine.maxima(&simulator, None, &early, 5.0);
        assert!(part.stopped && part.values().len() < 500);
        assert_eq!(part.values(), &full.values()[..part.values().len()]);
        let reached = part
            .values()
            .iter()
            .filter(|maximum| **maximum >= 5.0)
            .count();
        assert_eq!(reached, 20);
    }
}
