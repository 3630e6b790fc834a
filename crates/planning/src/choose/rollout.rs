//! A random order of the visits, so that their effect can be estimated.

use serde::Serialize;

use super::plan::Plan;
use super::problem::Problem;
use super::random::{shuffle, stream};
use crate::PlanningError;

/// In how many steps and score bands the visits are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct RolloutParams {
    steps: usize,
    bands: usize,
    seed: u64,
}

impl RolloutParams {
    /// Checks the number of steps (at least 2) and of score bands (at least
    /// 1), and takes the seed.
    ///
    /// # Errors
    /// [`PlanningError::Parameter`] outside these domains.
    pub fn new(steps: usize, bands: usize, seed: u64) -> Result<Self, PlanningError> {
        for (what, value, least, expected) in [
            ("rollout steps", steps, 2, "at least 2"),
            ("score bands", bands, 1, "at least 1"),
        ] {
            if value < least {
                return Err(PlanningError::Parameter {
                    what,
                    value: value as f64,
                    expected,
                });
            }
        }
        Ok(Self { steps, bands, seed })
    }
}

/// When a place is visited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Assignment {
    /// Number of the place.
    pub place: usize,
    /// Its score band, 0 for the highest scores.
    pub band: usize,
    /// Its step, 0 for the first.
    pub step: usize,
}

/// The assignment of all places of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rollout {
    /// Number of steps.
    pub steps: usize,
    /// Number of bands.
    pub bands: usize,
    /// Seed of the order.
    pub seed: u64,
    /// One for each chosen place, by number of the place.
    pub assignments: Vec<Assignment>,
}

impl Problem {
    /// Assigns the places of a plan to steps at random within score bands, as
    /// a stepped-wedge design does. Hussey & Hughes (2007), *Design and
    /// analysis of stepped wedge cluster randomized trials*.
    ///
    /// 1. The chosen places are sorted by the measured benefit that remains,
    ///    the highest first, and cut into bands whose sizes differ by at most
    ///    one.
    /// 2. Each band is spread over all steps, as evenly as its size allows;
    ///    which steps get one place more is drawn too. Each place comes in each
    ///    step with probability 1 ÷ steps, so that places visited and not yet
    ///    visited can be compared within a band at the same time.
    ///
    /// All random numbers come from the seed and the number of the band.
    #[must_use]
    pub fn with_rollout(&self, mut plan: Plan, params: &RolloutParams) -> Plan {
        let mut order: Vec<(f64, usize)> = plan
            .chosen
            .iter()
            .map(|place| (self.score(*place), *place))
            .collect();
        order.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut assignments = Vec::with_capacity(order.len());
        for band in 0..params.bands {
            let from = band * order.len() / params.bands;
            let to = (band + 1) * order.len() / params.bands;
            let mut random = stream(params.seed, band as u64);
            let mut steps: Vec<usize> = (0..params.steps).collect();
            shuffle(&mut steps, &mut random);
            let mut places: Vec<usize> = order[from..to].iter().map(|(_, place)| *place).collect();
            shuffle(&mut places, &mut random);
            let turns = places.into_iter().zip(steps.iter().cycle());
            assignments.extend(turns.map(|(place, step)| Assignment {
                place,
                band,
                step: *step,
            }));
        }
        assignments.sort_by_key(|assignment| assignment.place);
        plan.rollout = Some(Rollout {
            steps: params.steps,
            bands: params.bands,
            seed: params.seed,
            assignments,
        });
        plan
    }
}
