//! Mixtures of gamma distributions, the posterior of a rate.

use super::Interval;
use super::true_count::{CountList, TrueCount};
use crate::special::gamma::{log_poisson_density, lower, poisson_density, quantile, upper};
use crate::special::root::increasing_root;

/// One node: gamma distributions of shape `shape` + y and common rate, mixed
/// over the true count y.
///
/// Where y may be any but a few counts, the mixture over all counts, which is
/// the prior of the rate, less that over the few: (1 + r)·prior − r·mixture
/// with their odds r. The prior knows no exposure: its rate is `prior_rate`.
/// Differences lose digits in proportion to 1 + r, which [`TrueCount`] keeps
/// below 1000 (10⁶ at the worst).
pub(super) struct Node {
    pub(super) weight: f64,
    /// Shape of the prior.
    pub(super) shape: f64,
    /// Rate of the prior.
    pub(super) prior_rate: f64,
    /// Rate of the posterior: that of the prior plus the exposure.
    pub(super) rate: f64,
    pub(super) count: TrueCount,
}

/// Logarithm below which a Poisson probability is taken as 0; above it has all
/// digits.
const NOTHING: f64 = -650.0;

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
            && let TrueCount::Among(counts) = &node.count
            && let [_] = counts.probabilities.as_slice()
        {
            let shape = node.shape + counts.first as f64;
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
            // A difference may leave less than nothing far out in the tail.
            let mass = mass.max(f64::MIN_POSITIVE);
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

/// First index below `length` where a condition holds that holds from there
/// on; `length` if none. O(1) if the ends tell, O(log length) otherwise.
fn first_where(length: usize, condition: impl Fn(usize) -> bool) -> usize {
    if length == 0 || condition(0) {
        return 0;
    }
    if !condition(length - 1) {
        return length;
    }
    let (mut not, mut holds) = (0, length - 1);
    while holds - not > 1 {
        let middle = not + (holds - not) / 2;
        if condition(middle) {
            holds = middle;
        } else {
            not = middle;
        }
    }
    holds
}

impl Node {
    /// Probability on one side of `x`, and x times the density there.
    ///
    /// Above x a difference keeps at least the share of digits that the whole
    /// has: a higher rate makes the counts left out less likely. Below x it
    /// keeps those that [`TrueCount::resolves`] tells.
    fn tail(&self, x: f64, side: Side) -> (f64, f64) {
        if x * self.rate <= 0.0 {
            return if side == Side::Below {
                (0.0, 0.0)
            } else {
                (1.0, 0.0)
            };
        }
        match &self.count {
            TrueCount::Among(counts) => self.tail_among(counts, x, side),
            TrueCount::Except { excluded, odds, .. } => {
                let scaled = x * self.prior_rate;
                let all = match side {
                    Side::Below => lower(self.shape, scaled),
                    Side::Above => upper(self.shape, scaled),
                };
                let all_density = self.shape * poisson_density(self.shape, scaled);
                if *odds == 0.0 {
                    return (all, all_density);
                }
                let (few, few_density) = self.tail_among(excluded, x, side);
                (
                    all + odds * (all - few),
                    all_density + odds * (all_density - few_density),
                )
            }
        }
    }

    /// The same over a list of counts, for x > 0.
    ///
    /// The tails of gamma distributions whose shapes differ by 1 differ by one
    /// Poisson probability, so that the incomplete gamma function is needed
    /// only once: at the largest shape going down, or the smallest going up,
    /// whichever way only adds. Shapes so far from x that these probabilities
    /// are nothing are passed over; from there on they go by their ratios.
    fn tail_among(&self, counts: &CountList, x: f64, side: Side) -> (f64, f64) {
        let scaled = x * self.rate;
        let weights = counts.probabilities.as_slice();
        let shape_at = |at: usize| self.shape + counts.first as f64 + at as f64;
        let is_nothing = |shape: f64| log_poisson_density(shape, scaled) < NOTHING;
        if let [_] = weights {
            let shape = shape_at(0);
            let tail = match side {
                Side::Below => lower(shape, scaled),
                Side::Above => upper(shape, scaled),
            };
            return (tail, shape * poisson_density(shape, scaled));
        }
        let (mut sum, mut density) = (0.0, 0.0);
        match side {
            Side::Below => {
                let high = |at| shape_at(at) > scaled && is_nothing(shape_at(at));
                let end = first_where(weights.len(), high);
                let Some(last) = end.checked_sub(1) else {
                    return (0.0, 0.0);
                };
                let mut shape = shape_at(last);
                let mut tail = lower(shape, scaled);
                let mut probability = poisson_density(shape, scaled);
                for weight in weights[..end].iter().rev() {
                    sum += weight * tail;
                    density += weight * shape * probability;
                    probability *= shape / scaled;
                    shape -= 1.0;
                    tail += probability;
                }
            }
            Side::Above => {
                let not_low = |at| shape_at(at) >= scaled || !is_nothing(shape_at(at));
                let start = first_where(weights.len(), not_low);
                if start == weights.len() {
                    return (0.0, 0.0);
                }
                let mut shape = shape_at(start);
                let mut tail = upper(shape, scaled);
                let mut probability = poisson_density(shape, scaled);
                for weight in &weights[start..] {
                    sum += weight * tail;
                    density += weight * shape * probability;
                    tail += probability;
                    shape += 1.0;
                    probability *= scaled / shape;
                }
            }
        }
        (sum, density)
    }

    /// Mean square about a centre.
    fn square_about(&self, centre: f64) -> f64 {
        let square = |shape: f64, rate: f64| {
            let mean = shape / rate;
            shape / (rate * rate) + (mean - centre) * (mean - centre)
        };
        let among = |counts: &CountList| -> f64 {
            counts
                .probabilities
                .iter()
                .enumerate()
                .map(|(at, weight)| {
                    let shape = self.shape + counts.first as f64 + at as f64;
                    weight * square(shape, self.rate)
                })
                .sum()
        };
        match &self.count {
            TrueCount::Among(counts) => among(counts),
            TrueCount::Except { excluded, odds, .. } => {
                let all = square(self.shape, self.prior_rate);
                all + odds * (all - among(excluded))
            }
        }
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
            prior_rate: 0.5 * rate,
            rate,
            count: TrueCount::Among(CountList {
                first,
                probabilities: probabilities.to_vec(),
                log_marginal: 0.0,
            }),
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

    #[test]
    fn tails_over_thousands_of_counts_are_those_of_their_parts() {
        // Counts so far apart that Poisson probabilities under- and recover.
        let shape = 2.5;
        let weight = |y: u32| (1.0 + f64::from(y % 7)) / 12_000.0;
        let probabilities: Vec<f64> = (0..3000).map(weight).collect();
        let node = Node {
            weight: 1.0,
            shape,
            prior_rate: 1.0,
            rate: 2.0,
            count: TrueCount::Among(CountList {
                first: 10,
                probabilities: probabilities.clone(),
                log_marginal: 0.0,
            }),
        };
        for x in [0.1, 30.0, 400.0, 1200.0, 3000.0] {
            for (side, part) in [
                (Side::Below, lower as fn(f64, f64) -> f64),
                (Side::Above, upper),
            ] {
                let (mut tail, mut density) = (0.0, 0.0);
                for (y, weight) in probabilities.iter().enumerate() {
                    let shape = shape + 10.0 + y as f64;
                    tail += weight * part(shape, 2.0 * x);
                    density += weight * shape * poisson_density(shape, 2.0 * x);
                }
                let ours = node.tail(x, side);
                assert!(
                    (ours.0 - tail).abs() <= 1e-10 * tail,
                    "{x}: {ours:?} {tail}"
                );
                assert!(
                    (ours.1 - density).abs() <= 1e-10 * density,
                    "{x}: {ours:?} {density}"
                );
            }
        }
    }
}
