//! Predictive distributions of counts.

use crate::StatsError;
use crate::special::count;

/// Which distribution a model gives to its forecasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CountFamily {
    /// Poisson: the variance is the mean.
    Poisson,
    /// Negative binomial with a size estimated from the model's errors;
    /// Poisson where these vary no more than Poisson counts do.
    NegativeBinomial,
}

/// Distribution of a count to come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Predictive {
    /// Poisson.
    Poisson {
        /// Mean.
        mean: f64,
    },
    /// Negative binomial: variance mean + mean²/size.
    NegativeBinomial {
        /// Mean.
        mean: f64,
        /// Size: the smaller, the more the counts vary. R's `size`.
        size: f64,
    },
}

/// Largest mean: beyond, neighbouring counts are one number in the machine.
pub(super) const MOST_MEAN: f64 = 1e15;

/// Least size: a count is 0 but for one case in 10¹⁰ at any mean.
pub(super) const LEAST_SIZE: f64 = 1e-12;

impl Predictive {
    /// Poisson with a checked mean.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] unless the mean is from 0 to 10¹⁵.
    pub fn poisson(mean: f64) -> Result<Self, StatsError> {
        if (0.0..=MOST_MEAN).contains(&mean) {
            Ok(Self::Poisson { mean })
        } else {
            Err(StatsError::Parameter {
                what: "mean",
                value: mean,
                expected: "a number from 0 to 10^15",
            })
        }
    }

    /// Negative binomial with checked parameters.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] unless the mean is from 0 to 10¹⁵ and the size
    /// finite and at least 10⁻¹².
    pub fn negative_binomial(mean: f64, size: f64) -> Result<Self, StatsError> {
        Self::poisson(mean)?;
        if !(size.is_finite() && size >= LEAST_SIZE) {
            return Err(StatsError::Parameter {
                what: "size",
                value: size,
                expected: "a finite number of at least 10^-12",
            });
        }
        Ok(Self::NegativeBinomial { mean, size })
    }

    /// Expected count.
    #[must_use]
    pub fn mean(&self) -> f64 {
        match self {
            Self::Poisson { mean } | Self::NegativeBinomial { mean, .. } => *mean,
        }
    }

    /// Variance.
    #[must_use]
    pub fn variance(&self) -> f64 {
        match self {
            Self::Poisson { mean } => *mean,
            Self::NegativeBinomial { mean, size } => mean + mean * mean / size,
        }
    }

    /// Natural logarithm of the probability of exactly `count`.
    #[must_use]
    pub fn ln_probability(&self, count: u64) -> f64 {
        count::log_probability(count, self.mean(), self.dispersion())
    }

    /// Probability of at most `count`.
    #[must_use]
    pub fn cumulative(&self, count: u64) -> f64 {
        count::tails(count as f64, self.mean(), self.dispersion()).0
    }

    /// Whether mean and size are such as the constructors let pass.
    pub(super) fn is_possible(&self) -> bool {
        match *self {
            Self::Poisson { mean } => Self::poisson(mean).is_ok(),
            Self::NegativeBinomial { mean, size } => Self::negative_binomial(mean, size).is_ok(),
        }
    }

    /// Variance beyond that of Poisson counts, over the square of the mean.
    fn dispersion(&self) -> f64 {
        match self {
            Self::Poisson { .. } => 0.0,
            Self::NegativeBinomial { size, .. } => 1.0 / size,
        }
    }

    /// Probability of `count` + 1 over that of `count`.
    pub(super) fn growth(&self, count: u64) -> f64 {
        let y = count as f64;
        match self {
            Self::Poisson { mean } => mean / (y + 1.0),
            Self::NegativeBinomial { mean, size } => {
                (size + y) / (y + 1.0) * (mean / (size + mean))
            }
        }
    }

    /// Probability of less than `count`.
    #[must_use]
    pub fn below(&self, count: u64) -> f64 {
        count
            .checked_sub(1)
            .map_or(0.0, |last| self.cumulative(last))
    }

    /// Smallest count whose cumulative probability reaches `probability`;
    /// `None` unless that lies strictly between 0 and 1.
    #[must_use]
    pub fn quantile(&self, probability: f64) -> Option<u64> {
        if !(probability > 0.0 && probability < 1.0) {
            return None;
        }
        let reaches = |count: u64| self.cumulative(count) >= probability;
        let mut high = ((self.mean() + 2.0 * self.variance().sqrt()) as u64).saturating_add(1);
        while !reaches(high) {
            high = high.checked_mul(2)?;
        }
        let (mut low, mut high) = (0, high);
        while low < high {
            let middle = low + (high - low) / 2;
            if reaches(middle) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Some(low)
    }

    /// Central interval of at least the coverage asked for, both ends
    /// included; more than asked, since counts are whole.
    #[must_use]
    pub fn interval(&self, coverage: f64) -> Option<(u64, u64)> {
        let tail = (1.0 - coverage) / 2.0;
        Some((self.quantile(tail)?, self.quantile(1.0 - tail)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cases() -> Vec<Predictive> {
        [0.01, 0.7, 3.0, 42.0, 900.0]
            .into_iter()
            .flat_map(|mean| {
                [
                    Predictive::poisson(mean).unwrap(),
                    Predictive::negative_binomial(mean, 0.4).unwrap(),
                    Predictive::negative_binomial(mean, 1e9).unwrap(),
                ]
            })
            .collect()
    }

    #[test]
    fn probabilities_sum_to_the_cumulative_ones_and_to_the_moments() {
        for case in cases() {
            let (mut sum, mut mean) = (0.0, 0.0);
            for y in 0..60_000_u64 {
                let p = case.ln_probability(y).exp();
                sum += p;
                mean += y as f64 * p;
                if y % 97 == 0 {
                    assert!((case.cumulative(y) - sum).abs() < 1e-9, "{case:?} {y}");
                }
            }
            assert!((mean / case.mean() - 1.0).abs() < 1e-8, "{case:?} {mean}");
        }
    }

    /// R: `dnbinom(3, size = 2, mu = 5)` is (4 choose 3)·(2/7)²·(5/7)³.
    #[test]
    fn the_negative_binomial_is_that_of_the_textbook() {
        let case = Predictive::negative_binomial(5.0, 2.0).unwrap();
        let p = 4.0 * (2.0 / 7.0_f64).powi(2) * (5.0 / 7.0_f64).powi(3);
        assert!((case.ln_probability(3).exp() - p).abs() < 1e-14);
    }

    #[test]
    fn a_large_size_is_poisson() {
        let poisson = Predictive::poisson(4.0).unwrap();
        let nearly = Predictive::negative_binomial(4.0, 1e12).unwrap();
        for y in 0..30 {
            let gap = poisson.ln_probability(y) - nearly.ln_probability(y);
            assert!(gap.abs() < 1e-9);
        }
    }

    #[test]
    fn quantiles_invert_the_cumulative_probability() {
        for case in cases() {
            for p in [0.001, 0.025, 0.5, 0.975, 0.999] {
                let q = case.quantile(p).unwrap();
                assert!(case.cumulative(q) >= p && case.below(q) < p, "{case:?} {p}");
            }
            assert_eq!(case.quantile(1.0), None);
        }
        assert_eq!(Predictive::Poisson { mean: 0.0 }.quantile(0.9), Some(0));
    }
}
