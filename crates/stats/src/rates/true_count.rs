//! What evidence says of a true count, given a prior.

use crate::evidence::CountEvidence;
use crate::special::count::log_probability;
use crate::special::rising::rising;

/// Terms smaller than the largest by this factor (natural logarithm) are
/// nothing in double precision.
const NEGLIGIBLE: f64 = 37.0;
/// Counts farther than this from the most probable one are left out, so that a
/// prior of 10⁸ cases and more takes bounded time and memory.
const FARTHEST: usize = 1 << 22;
/// Least probability of an open band that is formed as 1 less that of the
/// counts below it: what is left of 1 has lost three digits, derivatives and
/// moments as many.
const LEAST_REST: f64 = 1e-3;
/// The same where listing the counts of the band would take more than
/// [`MANY`] terms: three more digits for bounded time.
const LEAST_REST_OF_MANY: f64 = 1e-6;
/// Least lower tail of the rate that is formed as a difference from 1.
const LEAST_TAIL: f64 = 1e-6;
/// Terms of a list that are worth three digits.
const MANY: f64 = 1e5;

/// Distribution of the true count given its evidence and a negative binomial
/// prior.
pub(super) enum TrueCount {
    /// One of these.
    Among(CountList),
    /// Any but these: what an open band says. The prior reaches to 37 times
    /// its mean and further, while the counts below the band are few.
    Except {
        /// Distribution of the count if it were below the band.
        excluded: CountList,
        /// Odds under the prior of being below the band: P/(1 − P).
        odds: f64,
        /// Mean of the prior.
        mean: f64,
    },
}

impl TrueCount {
    /// The prior of the count has mean `mean` = rate · exposure and variance
    /// mean + `dispersion`·mean².
    ///
    /// An open band that the prior does not make unlikely is told by the counts
    /// below it, in O(its lower end); all other evidence by
    /// [`listed`](Self::listed).
    pub(super) fn new(evidence: &CountEvidence, mean: f64, dispersion: f64) -> Self {
        if let CountEvidence::Band {
            low,
            high: u64::MAX,
        } = *evidence
            && let Some(count) = Self::not_below(low, mean, dispersion)
        {
            return count;
        }
        Self::listed(evidence, mean, dispersion)
    }

    /// The same as a list of counts for any evidence.
    pub(super) fn listed(evidence: &CountEvidence, mean: f64, dispersion: f64) -> Self {
        Self::Among(CountList::new(evidence, mean, dispersion))
    }

    /// `None` where too few digits would be left, or the list below is cut.
    fn not_below(low: u64, mean: f64, dispersion: f64) -> Option<Self> {
        if low > FARTHEST as u64 {
            return None;
        }
        let excluded = match low.checked_sub(1) {
            None => CountList {
                first: 0,
                probabilities: Vec::new(),
                log_marginal: f64::NEG_INFINITY,
            },
            Some(high) => CountList::new(&CountEvidence::Band { low: 0, high }, mean, dispersion),
        };
        let share = excluded.log_marginal.exp();
        let rest = 1.0 - share;
        let least = if NEGLIGIBLE * (1.0 + dispersion * mean) > MANY {
            LEAST_REST_OF_MANY
        } else {
            LEAST_REST
        };
        (rest > least).then(|| Self::Except {
            excluded,
            odds: share / rest,
            mean,
        })
    }

    /// Whether a lower tail of the rate as small as `tail` is well above the
    /// rounding of what it is formed from: the tail of the prior less that of
    /// the counts left out, both up to 1 + odds.
    pub(super) fn resolves(&self, tail: f64) -> bool {
        match self {
            Self::Among(_) => true,
            Self::Except { odds, .. } => tail > LEAST_TAIL * (1.0 + odds),
        }
    }

    /// Expected true count.
    pub(super) fn mean(&self) -> f64 {
        match self {
            Self::Among(counts) => counts.mean(),
            Self::Except {
                excluded,
                odds,
                mean,
            } => mean + odds * (mean - excluded.mean()),
        }
    }
}

/// Counts with their probabilities.
pub(super) struct CountList {
    /// Least count with a probability.
    pub(super) first: u64,
    /// Probabilities of `first`, `first` + 1, …; they sum to 1.
    pub(super) probabilities: Vec<f64>,
    /// Logarithm of the probability of the evidence (of its density up to a
    /// factor that does not depend on the prior).
    pub(super) log_marginal: f64,
}

impl CountList {
    /// Bayes' rule over the counts that matter: those whose probability is
    /// within e⁻³⁷ of the largest. O(their number).
    fn new(evidence: &CountEvidence, mean: f64, dispersion: f64) -> Self {
        if let CountEvidence::Exact(count) = evidence {
            return Self {
                first: *count,
                probabilities: vec![1.0],
                log_marginal: log_prior(*count, mean, dispersion),
            };
        }
        let likelihood = Likelihood::new(evidence);
        // Ratio of neighbouring prior probabilities is
        // (1 + dispersion·y)/(y + 1) · odds.
        let odds = mean / (1.0 + dispersion * mean);
        let ratio =
            |y: u64| (1.0 + dispersion * y as f64) / (y as f64 + 1.0) * odds * likelihood.ratio(y);
        let mut peaks: Vec<(u64, f64)> = likelihood
            .peaks(odds, dispersion)
            .into_iter()
            .map(|y| (y, log_prior(y, mean, dispersion) + likelihood.log(y)))
            .collect();
        peaks.sort_by_key(|(y, _)| *y);
        let mut best = peaks[0];
        for peak in &peaks {
            if peak.1 > best.1 {
                best = *peak;
            }
        }
        let (top, height) = best;
        peaks.retain(|(_, log)| *log > height - NEGLIGIBLE);
        let least = (-NEGLIGIBLE).exp();
        // From the top outwards by ratios; at another peak the height is
        // taken anew, in case all digits were lost in the valley.
        let outermost = |last: bool| {
            let peak = if last { peaks.last() } else { peaks.first() };
            peak.map_or(top, |(y, _)| *y)
        };
        let anew = |y: u64, term: f64| {
            peaks
                .iter()
                .find(|(peak, _)| *peak == y)
                .map_or(term, |(_, log)| (log - height).exp())
        };
        let mut down = Vec::new();
        let (mut y, mut term) = (top, 1.0);
        while y > likelihood.low && (term > least || y > outermost(false)) && down.len() < FARTHEST
        {
            y -= 1;
            term = anew(y, term / ratio(y));
            down.push(term);
        }
        let first = y;
        let mut probabilities: Vec<f64> = down.into_iter().rev().collect();
        probabilities.push(1.0);
        let most = probabilities.len() + FARTHEST;
        (y, term) = (top, 1.0);
        while y < likelihood.high
            && (term > least || y < outermost(true))
            && probabilities.len() < most
        {
            term *= ratio(y);
            y += 1;
            term = anew(y, term);
            probabilities.push(term);
        }
        let sum: f64 = probabilities.iter().sum();
        for probability in &mut probabilities {
            *probability /= sum;
        }
        Self {
            first,
            probabilities,
            log_marginal: height + sum.ln(),
        }
    }

    /// Expected count.
    fn mean(&self) -> f64 {
        self.first as f64
            + self
                .probabilities
                .iter()
                .enumerate()
                .map(|(at, p)| at as f64 * p)
                .sum::<f64>()
    }
}

/// ln of the negative binomial probability of `count`.
///
/// Where the mean is far above the count and its dispersion not small, the
/// Poisson probability and what the dispersion makes of it are both of the
/// size of the mean and cancel, so that of a mean of 10⁹ no digit of a line
/// search would be left. The probability is then built on that of no case,
/// (1 + φμ)^(−1/φ), times Π (1 + φk)/(1 + k)·μ/(1 + φμ) over k below the count.
fn log_prior(count: u64, mean: f64, dispersion: f64) -> f64 {
    let y = count as f64;
    let size = dispersion * mean;
    if size < 1.0 || 100.0 * y > mean {
        return log_probability(count, mean, dispersion);
    }
    let spread = size.ln_1p();
    rising(1.0, dispersion, count).log - rising(1.0, 1.0, count).log + y * (mean.ln() - spread)
        - spread / dispersion
}

/// Probability of the evidence for each true count, up to a factor.
struct Likelihood {
    low: u64,
    high: u64,
    noise: Option<Noise>,
}

/// Noise of probability ∝ q^|k|.
struct Noise {
    /// Noisy count.
    value: f64,
    /// ln(1/q).
    rate: f64,
    q: f64,
}

impl Likelihood {
    fn new(evidence: &CountEvidence) -> Self {
        match *evidence {
            CountEvidence::Exact(count) => Self {
                low: count,
                high: count,
                noise: None,
            },
            CountEvidence::Band { low, high } => Self {
                low,
                high,
                noise: None,
            },
            CountEvidence::Noisy { value, variance } => {
                // q solves variance = 2q/(1 − q)².
                let q = variance / (variance + 1.0 + (2.0 * variance + 1.0).sqrt());
                Self {
                    low: 0,
                    high: u64::MAX,
                    noise: Some(Noise {
                        value,
                        rate: -q.ln(),
                        q,
                    }),
                }
            }
        }
    }

    fn log(&self, count: u64) -> f64 {
        self.noise.as_ref().map_or(0.0, |noise| {
            -noise.rate * (noise.value - count as f64).abs()
        })
    }

    /// Likelihood of `count` + 1 over that of `count`.
    fn ratio(&self, count: u64) -> f64 {
        self.noise.as_ref().map_or(1.0, |noise| {
            let below = noise.value - count as f64;
            if below >= 1.0 {
                1.0 / noise.q
            } else if below <= 0.0 {
                noise.q
            } else {
                (noise.rate * (2.0 * below - 1.0)).exp()
            }
        })
    }

    /// Counts where prior times likelihood may have a local maximum.
    ///
    /// On either side of the noisy count the ratio of neighbouring terms is
    /// (1 + φy)/(y + 1) times a constant c. For φ ≤ 1 it falls with y and
    /// crosses 1 where y = (c − 1)/(1 − φc); for φ > 1 it rises, so that a
    /// maximum can only be at an end.
    fn peaks(&self, odds: f64, dispersion: f64) -> Vec<u64> {
        let mode = |factor: f64| {
            let c = odds * factor;
            let at = (c - 1.0) / (1.0 - dispersion * c);
            if c <= 1.0 || at.is_nan() || at < 0.0 {
                // Falls from the start, or rises without end.
                if c <= 1.0 { 0.0 } else { f64::INFINITY }
            } else {
                at.ceil()
            }
        };
        let clamp = |y: f64, low: u64, high: u64| (y.max(0.0) as u64).clamp(low, high);
        match &self.noise {
            None => vec![self.low, clamp(mode(1.0), self.low, self.high.min(1 << 60))],
            Some(Noise { value, rate, .. }) => {
                let at = clamp(value.round(), 0, 1 << 60);
                vec![
                    0,
                    at,
                    clamp(mode(rate.exp()), 0, at),
                    clamp(mode((-*rate).exp()), at, 1 << 60),
                ]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::evidence::discrete_laplace_variance;

    fn log_marginal(count: &TrueCount) -> f64 {
        match count {
            TrueCount::Among(counts) => counts.log_marginal,
            TrueCount::Except { odds, .. } => -odds.ln_1p(),
        }
    }

    /// Bayes' rule over all counts to 6000.
    fn naive(likelihood: impl Fn(u64) -> f64, mean: f64, dispersion: f64) -> (f64, f64) {
        let log = |y: u64| log_probability(y, mean, dispersion) + likelihood(y);
        let top = (0..6000).map(log).fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = (0..6000).map(|y| (log(y) - top).exp()).sum();
        let first: f64 = (0..6000).map(|y| y as f64 * (log(y) - top).exp()).sum();
        (first / sum, top + sum.ln())
    }

    #[test]
    fn counts_far_below_their_mean_keep_all_digits() {
        // Geometric for a dispersion of 1: μʸ/(1 + μ)^(y + 1).
        for mean in [1e2, 1e5, 1e9, 1e13] {
            for y in [0_u32, 1, 3, 50, 900] {
                let geometric = -f64::from(y) * f64::ln_1p(1.0 / mean) - f64::ln_1p(mean);
                let ours = log_prior(u64::from(y), mean, 1.0);
                assert!(
                    (ours - geometric).abs() < 1e-12 * (1.0 + mean.ln() * f64::from(y)),
                    "{mean} {y}: {ours} {geometric}"
                );
            }
        }
        // On either side of where the form changes.
        for (count, mean, dispersion) in [(100, 1e4, 0.4), (3, 3e2, 7.0), (0, 20.0, 0.05)] {
            let [above, below] = [mean * (1.0 + 1e-13), mean * (1.0 - 1e-13)]
                .map(|mean| log_prior(count, mean, dispersion));
            assert!((above - below).abs() < 1e-11, "{above} {below}");
        }
    }

    proptest! {
        #[test]
        fn the_true_count_is_bayes_rule_written_out(
            mean in 0.01..60.0f64,
            dispersion in prop_oneof![Just(0.0), 0.001..3.0f64],
            value in -60.0..300.0f64,
            epsilon in 0.1..3.0f64,
            low in 0..60u64,
            width in 0..40u64,
        ) {
            let variance = discrete_laplace_variance(epsilon, 1.0).unwrap();
            let noisy = CountEvidence::Noisy { value: value.round(), variance };
            let ours = TrueCount::new(&noisy, mean, dispersion);
            let (first, log) = naive(|y| -epsilon * (value.round() - y as f64).abs(), mean, dispersion);
            prop_assert!((ours.mean() - first).abs() < 1e-8 * (1.0 + first));
            prop_assert!((log_marginal(&ours) - log).abs() < 1e-8 * (1.0 + log.abs()));
            for high in [low + width, u64::MAX] {
                let inside = |y: u64| if (low..=high).contains(&y) { 0.0 } else { f64::NEG_INFINITY };
                let ours = TrueCount::new(&CountEvidence::Band { low, high }, mean, dispersion);
                let (first, log) = naive(inside, mean, dispersion);
                prop_assert!((ours.mean() - first).abs() < 1e-8 * (1.0 + first), "{} {}", ours.mean(), first);
                prop_assert!((log_marginal(&ours) - log).abs() < 1e-8 * (1.0 + log.abs()));
            }
        }
    }
}
