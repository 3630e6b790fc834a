//! True counts behind protected ones.

use std::collections::BTreeMap;

use super::Predictive;
use crate::evidence::{CountEvidence, NoiseShape};

/// Most values of a true count that are told apart; wider noise is taken in
/// strides, for which it is wide enough.
const MOST_VALUES: u64 = 2_000;

/// Above this count the distribution of the part says nothing that the noise
/// does not say better.
const MOST_WITH_PRIOR: u64 = 100_000;

/// What one piece of evidence says: a likelihood for each count from `least`
/// on.
struct Known {
    least: u64,
    stride: u64,
    likelihood: Vec<f64>,
}

impl Known {
    fn new(evidence: &CountEvidence, noise: NoiseShape) -> Self {
        let (least, most) = match evidence {
            CountEvidence::Exact(count) => (*count, *count),
            CountEvidence::Band { low, high } => (*low, *high),
            CountEvidence::Noisy { value, variance } => {
                let reach = 12.0 * variance.sqrt() + 1.0;
                (
                    (value - reach).max(0.0) as u64,
                    (value + reach).max(0.0).ceil() as u64,
                )
            }
        };
        let stride = (most - least) / MOST_VALUES + 1;
        let logs: Vec<f64> = (least..=most)
            .step_by(stride as usize)
            .map(|y| ln_likelihood(evidence, noise, y))
            .collect();
        let top = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Self {
            least,
            stride,
            likelihood: logs.iter().map(|log| (log - top).exp()).collect(),
        }
    }

    fn count(&self, at: usize) -> u64 {
        self.least + at as u64 * self.stride
    }

    fn most(&self) -> u64 {
        self.count(self.likelihood.len() - 1)
    }

    /// Calls with each count and its weight given the evidence and the prior.
    fn each(&self, prior: &Table, mut call: impl FnMut(f64, f64)) {
        let usable = self.likelihood.len() > 1 && self.most() < prior.probabilities.len() as u64;
        let probability = |at: usize| prior.probabilities[self.count(at) as usize];
        // A prior that gives the evidence no chance at all is not used.
        let usable = usable
            && (0..self.likelihood.len()).any(|at| self.likelihood[at] * probability(at) > 0.0);
        for (at, likelihood) in self.likelihood.iter().enumerate() {
            let weight = if usable {
                likelihood * probability(at)
            } else {
                *likelihood
            };
            call(self.count(at) as f64, weight);
        }
    }

    fn moments(&self, prior: &Table) -> (f64, f64) {
        let (mut total, mut mean, mut square) = (0.0, 0.0, 0.0);
        self.each(prior, |y, weight| {
            total += weight;
            mean += weight * y;
            square += weight * y * y;
        });
        (mean / total, square / total)
    }

    /// Cumulative weights, from which counts are drawn.
    fn cumulative(&self, prior: &Table) -> Vec<f64> {
        let mut sum = 0.0;
        let mut sums = Vec::with_capacity(self.likelihood.len());
        self.each(prior, |_, weight| {
            sum += weight;
            sums.push(sum);
        });
        sums
    }

    fn draw(&self, cumulative: &[f64], uniform: f64) -> f64 {
        let total = cumulative.last().copied().unwrap_or(0.0);
        let at = cumulative.partition_point(|sum| *sum <= uniform * total);
        self.count(at.min(self.likelihood.len() - 1)) as f64
    }
}

/// Probabilities of 0, 1, … under a distribution.
struct Table {
    mean: f64,
    probabilities: Vec<f64>,
}

impl Table {
    fn new(mean: f64, size: Option<f64>, length: usize) -> Self {
        let distribution = match size {
            Some(size) => Predictive::NegativeBinomial { mean, size },
            None => Predictive::Poisson { mean },
        };
        // Each probability from the one before.
        let mut log = distribution.ln_probability(0);
        let probabilities = (0..length)
            .map(|y| {
                let probability = log.exp();
                log += distribution.growth(y as u64).ln();
                probability
            })
            .collect();
        Self {
            mean,
            probabilities,
        }
    }
}

/// Places whose true counts are taken to have one distribution.
pub(super) struct Part {
    /// Each piece of evidence once: most places of a table look alike.
    known: Vec<Known>,
    /// Place and index of its evidence.
    members: Vec<(usize, usize)>,
    /// Counts for which a table is needed.
    length: usize,
    mean: f64,
    size: Option<f64>,
}

impl Part {
    /// Fits the distribution of the places' counts to their evidence.
    pub(super) fn new(
        places: &[usize],
        evidence: &[Option<CountEvidence>],
        noise: NoiseShape,
    ) -> Self {
        let mut known: Vec<Known> = Vec::new();
        let mut members = Vec::with_capacity(places.len());
        let mut index = BTreeMap::new();
        let mut published = 0.0;
        for place in places {
            let Some(evidence) = &evidence[*place] else {
                continue;
            };
            published += evidence.midpoint();
            let at = *index.entry(key(evidence)).or_insert_with(|| {
                known.push(Known::new(evidence, noise));
                known.len() - 1
            });
            members.push((*place, at));
        }
        let longest = known
            .iter()
            .filter(|known| known.likelihood.len() > 1)
            .map(|known| known.most() + 1)
            .filter(|length| *length <= MOST_WITH_PRIOR)
            .max()
            .unwrap_or(0);
        let mut part = Self {
            known,
            length: longest as usize,
            mean: (published / members.len().max(1) as f64).max(0.01),
            size: Some(1.0),
            members,
        };
        let times = part.times(0..part.members.len());
        (part.mean, part.size) = part.fit(&times, 200);
        part
    }

    /// How often each piece of evidence occurs among the members given.
    fn times(&self, members: impl Iterator<Item = usize>) -> Vec<f64> {
        let mut times = vec![0.0; self.known.len()];
        for member in members {
            times[self.members[member].1] += 1.0;
        }
        times
    }

    /// Mean and size by EM on the first two moments, from those of the part.
    fn fit(&self, times: &[f64], most_iterations: usize) -> (f64, Option<f64>) {
        let n: f64 = times.iter().sum();
        let mut table = Table::new(self.mean, self.size, self.length);
        let mut fitted = (self.mean, self.size);
        for _ in 0..most_iterations {
            let (mut mean, mut square) = (0.0, 0.0);
            for (known, times) in self.known.iter().zip(times) {
                if *times > 0.0 {
                    let moments = known.moments(&table);
                    mean += times / n * moments.0;
                    square += times / n * moments.1;
                }
            }
            let excess = square - mean * mean - mean;
            let mean = mean.max(1e-6);
            let size = (excess > 1e-9 * mean).then(|| (mean * mean / excess).max(1e-3));
            let moved = (mean - table.mean).abs();
            fitted = (mean, size);
            table = Table::new(mean, size, self.length);
            if moved < 1e-4 * mean {
                break;
            }
        }
        fitted
    }

    /// Draws counts that agree with the evidence, under a distribution fitted
    /// to a bootstrap sample of the places.
    pub(super) fn draw(&self, random: &mut impl rand::Rng, counts: &mut [Option<f64>]) {
        let n = self.members.len();
        let sample: Vec<usize> = (0..n).map(|_| random.random_range(0..n)).collect();
        let (mean, size) = self.fit(&self.times(sample.into_iter()), 30);
        let table = Table::new(mean, size, self.length);
        let cumulative: Vec<Vec<f64>> = self
            .known
            .iter()
            .map(|known| known.cumulative(&table))
            .collect();
        for (place, at) in &self.members {
            let drawn = self.known[*at].draw(&cumulative[*at], random.random());
            counts[*place] = Some(drawn);
        }
    }
}

/// Evidence as bits, to find equals.
fn key(evidence: &CountEvidence) -> (u8, u64, u64) {
    match evidence {
        CountEvidence::Exact(count) => (0, *count, 0),
        CountEvidence::Band { low, high } => (1, *low, *high),
        CountEvidence::Noisy { value, variance } => (2, value.to_bits(), variance.to_bits()),
    }
}

/// Log density of the evidence if the count is `y`, up to a constant.
fn ln_likelihood(evidence: &CountEvidence, noise: NoiseShape, y: u64) -> f64 {
    let CountEvidence::Noisy { value, variance } = evidence else {
        return 0.0;
    };
    let deviation = variance.sqrt();
    if *value <= 0.0 {
        let z = -(y as f64) / deviation;
        return match noise {
            NoiseShape::Normal => crate::normal::cumulative(z).max(f64::MIN_POSITIVE).ln(),
            NoiseShape::Laplace => (0.5_f64).ln() + z * std::f64::consts::SQRT_2,
        };
    }
    let z = (value - y as f64) / deviation;
    match noise {
        NoiseShape::Normal => -z * z / 2.0,
        NoiseShape::Laplace => -z.abs() * std::f64::consts::SQRT_2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_hold_their_counts() {
        let band = CountEvidence::Band { low: 1, high: 10 };
        let known = Known::new(&band, NoiseShape::Laplace);
        let table = Table::new(2.0, None, 11);
        for uniform in [0.0, 0.3, 0.999_999] {
            let drawn = known.draw(&known.cumulative(&table), uniform);
            assert!((1.0..=10.0).contains(&drawn));
        }
    }

    #[test]
    fn the_table_is_the_distribution() {
        let table = Table::new(3.0, Some(0.7), 40);
        let distribution = Predictive::NegativeBinomial {
            mean: 3.0,
            size: 0.7,
        };
        for (y, p) in table.probabilities.iter().enumerate() {
            assert!((p - distribution.ln_probability(y as u64).exp()).abs() < 1e-13);
        }
    }
}
