//! What is known of a count, and what it says of the true one.

use super::special::gamma::log_poisson_density;
use super::special::rising::rising;
use crate::StatsError;

/// What is known of a count after protection.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum CountEvidence {
    /// The count itself.
    Exact(u64),
    /// The count plus noise of the discrete Laplace distribution, not rounded
    /// and not cut at 0: it may be negative.
    Noisy {
        /// Noisy count.
        value: f64,
        /// Variance of the noise: 2q/(1 − q)² for noise with P(k) ∝ q^|k|,
        /// where q = e^(−ε/sensitivity). See [`discrete_laplace_variance`].
        variance: f64,
    },
    /// Only a range is known, both ends included; `u64::MAX` as upper end
    /// means that there is none. A count suppressed below 11 is a band from 0
    /// to 10.
    Band {
        /// Least count.
        low: u64,
        /// Largest count.
        high: u64,
    },
}

impl CountEvidence {
    /// Best guess without a model: the count, the noisy count but not below
    /// 0, the middle of the band, or the lower end of an open one.
    #[must_use]
    pub fn midpoint(&self) -> f64 {
        match *self {
            Self::Exact(count) => count as f64,
            Self::Noisy { value, .. } => value.max(0.0),
            Self::Band {
                low,
                high: u64::MAX,
            } => low as f64,
            Self::Band { low, high } => 0.5 * (low as f64 + high as f64),
        }
    }
}

/// Variance of discrete Laplace noise with P(k) ∝ e^(−ε|k|/sensitivity).
///
/// Ghosh, Roughgarden & Sundararajan (2012), *SIAM J. Comput.* 41 (there the
/// geometric mechanism). Both parameters must be above zero.
///
/// # Errors
/// [`StatsError::Parameter`] otherwise.
pub fn discrete_laplace_variance(epsilon: f64, sensitivity: f64) -> Result<f64, StatsError> {
    crate::error::check_positive("epsilon", epsilon)?;
    crate::error::check_positive("sensitivity", sensitivity)?;
    let rate = epsilon / sensitivity;
    // 2q/(1 − q)² = 1/(cosh(rate) − 1), without cancellation.
    let half = (0.5 * rate).sinh();
    Ok(0.5 / (half * half))
}

/// Widest closed band, and with [`MOST_VARIANCE`] a bound on the counts that
/// have to be gone through for one unit.
const WIDEST_BAND: u64 = 1_000_000;
/// Largest variance of noise.
const MOST_VARIANCE: f64 = 1e8;
/// Largest count.
const MOST_COUNT: f64 = 1e15;
/// Terms smaller than the largest by this factor (natural logarithm) are
/// nothing in double precision.
const NEGLIGIBLE: f64 = 37.0;
/// Counts farther than this from the most probable one are left out, so that a
/// prior of 10⁸ cases and more takes bounded time and memory.
const FARTHEST: usize = 1 << 22;

/// Fails unless each piece of evidence is possible.
pub(super) fn check_evidence(evidence: &[Option<CountEvidence>]) -> Result<(), StatsError> {
    for (unit, evidence) in evidence.iter().enumerate() {
        let fail = |what, value, expected| {
            Err(StatsError::Value {
                what,
                unit,
                value,
                expected,
            })
        };
        match evidence {
            Some(CountEvidence::Exact(count)) if *count as f64 > MOST_COUNT => {
                return fail("count", *count as f64, "at most 10^15");
            }
            Some(CountEvidence::Noisy { value, variance }) => {
                if value.is_nan() || value.abs() > MOST_COUNT {
                    return fail("noisy count", *value, "a number between -10^15 and 10^15");
                }
                if !(*variance > 0.0 && *variance <= MOST_VARIANCE) {
                    return fail(
                        "variance of the noise",
                        *variance,
                        "above 0 and at most 10^8; give a count without noise as exact",
                    );
                }
            }
            Some(CountEvidence::Band { low, high }) => {
                if high < low {
                    return fail(
                        "upper end of the band",
                        *high as f64,
                        "at least the lower end",
                    );
                }
                if *low as f64 > MOST_COUNT {
                    return fail("lower end of the band", *low as f64, "at most 10^15");
                }
                if *high != u64::MAX && high - low > WIDEST_BAND {
                    return fail(
                        "upper end of the band",
                        *high as f64,
                        "at most 10^6 above the lower end, or open",
                    );
                }
            }
            Some(CountEvidence::Exact(_)) | None => {}
        }
    }
    Ok(())
}

/// Distribution of the true count given its evidence and a negative binomial
/// prior.
pub(super) struct TrueCount {
    /// Least count with a probability.
    pub(super) first: u64,
    /// Probabilities of `first`, `first` + 1, …
    pub(super) probabilities: Vec<f64>,
    /// Logarithm of the probability of the evidence (of its density up to a
    /// factor that does not depend on the prior).
    pub(super) log_marginal: f64,
}

impl TrueCount {
    /// The prior of the count has mean `mean` = rate · exposure and variance
    /// mean + `dispersion`·mean².
    ///
    /// Bayes' rule over the counts that matter: those whose probability is
    /// within e⁻³⁷ of the largest. O(their number).
    pub(super) fn new(evidence: &CountEvidence, mean: f64, dispersion: f64) -> Self {
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

    /// Expected true count.
    pub(super) fn mean(&self) -> f64 {
        self.first as f64
            + self
                .probabilities
                .iter()
                .enumerate()
                .map(|(at, p)| at as f64 * p)
                .sum::<f64>()
    }
}

/// ln of the negative binomial probability; Poisson where `dispersion` is 0.
fn log_prior(count: u64, mean: f64, dispersion: f64) -> f64 {
    let y = count as f64;
    if dispersion == 0.0 {
        return log_poisson_density(y, mean);
    }
    let z = dispersion * mean;
    let spread = z.ln_1p();
    // Poisson probability times what the dispersion makes of it.
    log_poisson_density(y, mean) + mean - spread / dispersion - y * spread
        + rising(1.0, dispersion, count).log
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

    /// Bayes' rule over all counts to 6000.
    fn naive(likelihood: impl Fn(u64) -> f64, mean: f64, dispersion: f64) -> (f64, f64) {
        let log = |y: u64| log_prior(y, mean, dispersion) + likelihood(y);
        let top = (0..6000).map(log).fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = (0..6000).map(|y| (log(y) - top).exp()).sum();
        let first: f64 = (0..6000).map(|y| y as f64 * (log(y) - top).exp()).sum();
        (first / sum, top + sum.ln())
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
            prop_assert!((ours.log_marginal - log).abs() < 1e-8 * (1.0 + log.abs()));
            for high in [low + width, u64::MAX] {
                let inside = |y: u64| if (low..=high).contains(&y) { 0.0 } else { f64::NEG_INFINITY };
                let ours = TrueCount::new(&CountEvidence::Band { low, high }, mean, dispersion);
                let (first, log) = naive(inside, mean, dispersion);
                prop_assert!((ours.mean() - first).abs() < 1e-8 * (1.0 + first), "{} {}", ours.mean(), first);
                prop_assert!((ours.log_marginal - log).abs() < 1e-8 * (1.0 + log.abs()));
            }
        }
    }

    #[test]
    fn prior_probabilities_sum_to_one() {
        for (mean, dispersion) in [(0.3, 0.0), (5.0, 0.4), (20.0, 3.0), (2.0, 1e-7)] {
            let sum: f64 = (0..5_000)
                .map(|y| log_prior(y, mean, dispersion).exp())
                .sum();
            assert!((sum - 1.0).abs() < 1e-10, "{mean} {dispersion}: {sum}");
        }
    }

    #[test]
    fn impossible_evidence_is_refused() {
        let refused = |evidence| check_evidence(&[Some(evidence)]).is_err();
        assert!(refused(CountEvidence::Band { low: 5, high: 4 }));
        assert!(refused(CountEvidence::Noisy {
            value: 3.0,
            variance: 0.0
        }));
        assert!(refused(CountEvidence::Noisy {
            value: f64::NAN,
            variance: 1.0
        }));
        assert!(refused(CountEvidence::Exact(u64::MAX)));
        assert!(!refused(CountEvidence::Band {
            low: 5,
            high: u64::MAX
        }));
        assert!(!refused(CountEvidence::Noisy {
            value: -3.0,
            variance: 2.0
        }));
        assert!(discrete_laplace_variance(0.0, 1.0).is_err());
    }

    #[test]
    fn the_variance_of_the_noise_is_its_second_moment() {
        for epsilon in [0.3_f64, 1.0, 2.0] {
            let q = (-epsilon).exp();
            let moment: f64 = (1..2000).map(|k| 2.0 * f64::from(k * k) * q.powi(k)).sum();
            let direct = moment * (1.0 - q) / (1.0 + q);
            let variance = discrete_laplace_variance(epsilon, 1.0).unwrap();
            assert!((variance - direct).abs() < 1e-9 * direct, "{epsilon}");
        }
    }
}
