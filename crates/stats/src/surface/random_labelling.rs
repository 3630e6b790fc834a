//! Simulated case lists for tests of relative risk.

use rand::Rng as _;
use rand::seq::index;
use rayon::prelude::*;

use super::{Events, RiskNull, RiskSimulations};
use crate::StatsError;
use crate::random::stream;

/// Which events are cases in which simulation, by event. Memory is 4 bytes for
/// each case and simulation.
pub(crate) struct Simulated {
    starts: Vec<usize>,
    simulation: Vec<u32>,
    simulations: usize,
}

impl Simulated {
    /// A total of zero for each simulation.
    pub(crate) fn zeros(&self) -> Vec<f64> {
        vec![0.0; self.simulations]
    }

    /// Adds `value` once for each time the event is a case.
    pub(crate) fn add(&self, event: usize, value: f64, totals: &mut [f64]) {
        for simulation in &self.simulation[self.starts[event]..self.starts[event + 1]] {
            totals[*simulation as usize] += value;
        }
    }
}

/// Draws the cases of every simulation, each from its own random stream.
/// Events without a factor are outside the region and never drawn.
pub(crate) fn simulate(
    pooled: &Events,
    first_control: usize,
    factors: &[Option<f64>],
    params: &RiskSimulations,
) -> Result<Simulated, StatsError> {
    let weights = pooled.weights();
    for (unit, weight) in weights.iter().enumerate() {
        let (fits, expected) = match params.null {
            RiskNull::RandomLabelling => (*weight == 1.0, "1 for random labelling"),
            RiskNull::ConstantRisk => (
                unit >= first_control || weight.fract() == 0.0,
                "a whole number of cases",
            ),
        };
        if !fits {
            return Err(StatsError::Value {
                what: "weight",
                unit,
                value: *weight,
                expected,
            });
        }
    }
    let inside = |events: std::ops::Range<usize>| -> Vec<usize> {
        events.filter(|event| factors[*event].is_some()).collect()
    };
    let draws: Vec<Vec<u32>> = match params.null {
        RiskNull::RandomLabelling => {
            let events = inside(0..weights.len());
            let cases = events.partition_point(|event| *event < first_control);
            draw(params, |random| {
                let mut chosen: Vec<u32> = index::sample(random, events.len(), cases)
                    .into_iter()
                    .map(|place| events[place] as u32)
                    .collect();
                chosen.sort_unstable();
                chosen
            })
        }
        RiskNull::ConstantRisk => {
            let cases: f64 = inside(0..first_control)
                .iter()
                .map(|case| weights[*case])
                .sum();
            let events = inside(first_control..weights.len());
            let mut up_to = 0.0;
            let cumulative: Vec<f64> = events
                .iter()
                .map(|event| {
                    up_to += weights[*event];
                    up_to
                })
                .collect();
            draw(params, |random| {
                (0..cases as usize)
                    .filter_map(|_| {
                        let mark = random.random::<f64>() * up_to;
                        let place = cumulative.partition_point(|sum| *sum <= mark);
                        events.get(place).map(|event| *event as u32)
                    })
                    .collect()
            })
        }
    };
    Ok(by_event(&draws, weights.len()))
}

fn draw(
    params: &RiskSimulations,
    cases: impl Fn(&mut rand_chacha::ChaCha8Rng) -> Vec<u32> + Sync,
) -> Vec<Vec<u32>> {
    (0..params.simulations)
        .into_par_iter()
        .map(|simulation| cases(&mut stream(params.seed, simulation as u64)))
        .collect()
}

fn by_event(draws: &[Vec<u32>], events: usize) -> Simulated {
    let mut starts = vec![0_usize; events + 1];
    for event in draws.iter().flatten() {
        starts[*event as usize + 1] += 1;
    }
    for event in 0..events {
        starts[event + 1] += starts[event];
    }
    let mut next = starts.clone();
    let mut simulation = vec![0; starts[events]];
    for (number, draw) in draws.iter().enumerate() {
        for event in draw {
            simulation[next[*event as usize]] = number as u32;
            next[*event as usize] += 1;
        }
    }
    Simulated {
        starts,
        simulation,
        simulations: draws.len(),
    }
}
