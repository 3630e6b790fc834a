//! Mixtures of gamma distributions, the posterior of a rate.

use super::Interval;
use super::evidence::TrueCount;
use super::special::gamma::{log_poisson_density, lower, poisson_density, quantile, upper};
use super::special::root::increasing_root;

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

    /// Probability that the rate is above `x`.
    pub(super) fn above(&self, x: f64) -> f64 {
        self.nodes
            .iter()
            .map(|node| node.weight * node.tail(x, Side::Above))
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
        let mean = self.mean();
        let square: f64 = self
            .nodes
            .iter()
            .map(|node| node.weight * node.square_about(mean))
            .sum();
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
                mass += node.weight * node.tail(x, side);
                density += node.weight * node.density_times_x(x);
            }
            // ln of the lower tail rises, ln of the upper one falls.
            match side {
                Side::Below => (mass.ln() - target, density / mass),
                Side::Above => (target - mass.ln(), density / mass),
            }
        };
        let (mut low, mut high) = (start.ln(), start.ln());
        let mut width = 0.1;
        while function(low).0 > 0.0 && low > -700.0 {
            low -= width;
            width *= 2.0;
        }
        width = 0.1;
        while function(high).0 < 0.0 && high < 700.0 {
            high += width;
            width *= 2.0;
        }
        increasing_root(low, high, start.ln(), function).exp()
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Side {
    Below,
    Above,
}

impl Node {
    /// Probability on one side of `x`.
    ///
    /// The tails of gamma distributions whose shapes differ by 1 differ by one
    /// Poisson probability, so that the incomplete gamma function is needed
    /// only once: at the largest shape going down, or the smallest going up,
    /// whichever way only adds.
    fn tail(&self, x: f64, side: Side) -> f64 {
        let scaled = x * self.rate;
        let weights = &self.count.probabilities;
        let first = self.shape + self.count.first as f64;
        if let [_] = weights.as_slice() {
            return match side {
                Side::Below => lower(first, scaled),
                Side::Above => upper(first, scaled),
            };
        }
        if scaled <= 0.0 {
            return if side == Side::Below { 0.0 } else { 1.0 };
        }
        let step = scaled.ln();
        let mut sum = 0.0;
        match side {
            Side::Below => {
                let mut shape = first + (weights.len() - 1) as f64;
                let mut tail = lower(shape, scaled);
                let mut log = log_poisson_density(shape, scaled);
                for weight in weights.iter().rev() {
                    sum += weight * tail;
                    log += shape.ln() - step;
                    shape -= 1.0;
                    tail += log.exp();
                }
            }
            Side::Above => {
                let mut shape = first;
                let mut tail = upper(shape, scaled);
                let mut log = log_poisson_density(shape, scaled);
                for weight in weights {
                    sum += weight * tail;
                    tail += log.exp();
                    shape += 1.0;
                    log += step - shape.ln();
                }
            }
        }
        sum
    }

    fn density_times_x(&self, x: f64) -> f64 {
        let scaled = x * self.rate;
        let first = self.shape + self.count.first as f64;
        if let [_] = self.count.probabilities.as_slice() {
            return first * poisson_density(first, scaled);
        }
        let step = scaled.ln();
        let mut shape = first;
        let mut log = log_poisson_density(shape, scaled);
        let mut sum = 0.0;
        for weight in &self.count.probabilities {
            sum += weight * shape * log.exp();
            shape += 1.0;
            log += step - shape.ln();
        }
        sum
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
