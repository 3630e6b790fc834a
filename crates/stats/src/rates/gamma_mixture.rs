//! Mixtures of gamma distributions, the posterior of a rate.

use super::Interval;
use super::true_count::TrueCount;
use crate::special::gamma::{log_poisson_density, lower, poisson_density, quantile, upper};
use crate::special::root::increasing_root;

/// One node: gamma distributions of shape `shape` + y and common rate, mixed
/// over the true count y.
pub(super) struct Node {
    pub(super) weight: f64,
    /// Shape of the prior.
    pub(super) shape: f64,
    /// Rate of the posterior: that of the prior plus the exposure.
    pub(super) rate: f64,
    pub(super) count: TrueCount,
}

/// A posterior as a mixture; weights sum to 1.
pub(super) struct GammaMixture {
    pub(super) nodes: Vec<Node>,
}

impl GammaMixture {
    pub(super) fn mean(&self) -> f64 {
        self.nodes
            .iter()
            .map(|node| node.weight * (node.shape + node.count.mean()) / node.rate)
            .sum()
    }

    pub(super) fn variance(&self) -> f64 {
        let mean = self.mean();
        self.nodes
            .iter()
            .map(|node| node.weight * node.square_about(mean))
            .sum()
    }

    /// Probability that the rate is above `x`.
    pub(super) fn above(&self, x: f64) -> f64 {
        self.nodes
            .iter()
            .map(|node| node.weight * node.tail(x, Side::Above).0)
            .sum::<f64>()
            .min(1.0)
    }

    /// Central interval that leaves `tail` on either side.
    pub(super) fn interval(&self, tail: f64) -> Interval {
        if let [node] = self.nodes.as_slice()
            && let [_] = node.count.probabilities.as_slice()
        {
            let shape = node.shape + node.count.first as f64;
            return Interval {
                low: quantile(shape, node.rate, tail),
                high: quantile(shape, node.rate, 1.0 - tail),
            };
        }
        let (mean, square) = (self.mean(), self.variance());
        // A gamma distribution with the same mean and variance is close.
        let start = |p: f64| quantile(mean * mean / square, mean / square, p).max(mean * 1e-30);
        Interval {
            low: self.quantile(tail, start(tail), Side::Below),
            high: self.quantile(tail, start(1.0 - tail), Side::Above),
        }
    }

    /// Where the tail on the given side is `tail`, sought in ln x.
    fn quantile(&self, tail: f64, start: f64, side: Side) -> f64 {
        let target = tail.ln();
        let function = |log_x: f64| {
            let x = log_x.exp();
            let (mut mass, mut density) = (0.0, 0.0);
            for node in &self.nodes {
                let (tail, change) = node.tail(x, side);
                mass += node.weight * tail;
                density += node.weight * change;
            }
            // ln of the lower tail rises, ln of the upper one falls.
            match side {
                Side::Below => (mass.ln() - target, density / mass),
                Side::Above => (target - mass.ln(), density / mass),
            }
        };
        increasing_root(-740.0, 700.0, start.ln(), function).exp()
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Side {
    Below,
    Above,
}

impl Node {
    /// Probability on one side of `x`, and x times the density there.
    ///
    /// The tails of gamma distributions whose shapes differ by 1 differ by one
    /// Poisson probability, so that the incomplete gamma function is needed
    /// only once: at the largest shape going down, or the smallest going up,
    /// whichever way only adds.
    fn tail(&self, x: f64, side: Side) -> (f64, f64) {
        let scaled = x * self.rate;
        let weights = &self.count.probabilities;
        let first = self.shape + self.count.first as f64;
        let last = first + (weights.len() - 1) as f64;
        if scaled <= 0.0 {
            return if side == Side::Below {
                (0.0, 0.0)
            } else {
                (1.0, 0.0)
            };
        }
        let start = if side == Side::Below { last } else { first };
        let mut tail = match side {
            Side::Below => lower(start, scaled),
            Side::Above => upper(start, scaled),
        };
        if let [_] = weights.as_slice() {
            return (tail, first * poisson_density(first, scaled));
        }
        // Poisson probability of the shape at hand, by ratios; by logarithms
        // while it is too small to have ratios.
        let mut log = log_poisson_density(start, scaled);
        let mut probability = log.exp();
        let (mut sum, mut density) = (0.0, 0.0);
        let mut shape = start;
        let mut step = |weight: f64| {
            sum += weight * tail;
            density += weight * shape * probability;
            let ratio = match side {
                Side::Below => shape / scaled,
                Side::Above => scaled / (shape + 1.0),
            };
            match side {
                Side::Below => {
                    shape -= 1.0;
                    if probability > 1e-280 {
                        probability *= ratio;
                    } else {
                        log += ratio.ln();
                        probability = log.exp();
                    }
                    tail += probability;
                }
                Side::Above => {
                    tail += probability;
                    shape += 1.0;
                    if probability > 1e-280 {
                        probability *= ratio;
                    } else {
                        log += ratio.ln();
                        probability = log.exp();
                    }
                }
            }
        };
        match side {
            Side::Below => weights.iter().rev().for_each(|weight| step(*weight)),
            Side::Above => weights.iter().for_each(|weight| step(*weight)),
        }
        (sum, density)
    }

    /// Mean square about a centre.
    fn square_about(&self, centre: f64) -> f64 {
        self.count
            .probabilities
            .iter()
            .enumerate()
            .map(|(at, weight)| {
                let shape = self.shape + self.count.first as f64 + at as f64;
                let mean = shape / self.rate;
                weight * (shape / (self.rate * self.rate) + (mean - centre) * (mean - centre))
            })
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_and_exceedance_of_a_mixture_agree_with_its_parts() {
        let node = |weight: f64, shape: f64, rate: f64, first: u64, probabilities: &[f64]| Node {
            weight,
            shape,
            rate,
            count: TrueCount {
                first,
                probabilities: probabilities.to_vec(),
                log_marginal: 0.0,
            },
        };
        let mixture = GammaMixture {
            nodes: vec![
                node(0.7, 0.4, 10.0, 0, &[0.2, 0.5, 0.3]),
                node(0.3, 2.5, 30.0, 7, &[0.1, 0.9]),
            ],
        };
        let parts = [
            (0.7 * 0.2, 0.4, 10.0),
            (0.7 * 0.5, 1.4, 10.0),
            (0.7 * 0.3, 2.4, 10.0),
            (0.3 * 0.1, 9.5, 30.0),
            (0.3 * 0.9, 10.5, 30.0),
        ];
        let above = |x: f64| -> f64 { parts.iter().map(|(w, a, b)| w * upper(*a, b * x)).sum() };
        for x in [1e-4, 0.05, 0.3, 2.0] {
            assert!((mixture.above(x) - above(x)).abs() < 1e-14);
        }
        let mean: f64 = parts.iter().map(|(w, a, b)| w * a / b).sum();
        assert!((mixture.mean() - mean).abs() < 1e-15);
        let interval = mixture.interval(0.025);
        assert!((above(interval.low) - 0.975).abs() < 1e-12);
        assert!((above(interval.high) - 0.025).abs() < 1e-12);
    }
}
