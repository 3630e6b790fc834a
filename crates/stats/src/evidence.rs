//! What is known of numbers after protection: one vocabulary for all methods
//! that take protected input.
//!
//! A release gives [`CountEvidence`] of each count. Methods that model counts
//! take it as it is: [`poisson_gamma`](crate::rates::poisson_gamma()),
//! [`noisy_empirical_bayes`](crate::rates::noisy_empirical_bayes()),
//! [`GammaPrior`](crate::rates::GammaPrior),
//! [`protected_targeting`](crate::forecast::protected_targeting()). Methods on
//! any numbers take values with the variance of their noise
//! ([`CountEvidence::value_and_variance`]):
//! [`noisy_getis_ord`](crate::local::noisy_getis_ord()),
//! [`area_density`](crate::surface::area_density()); or bounds
//! ([`CountEvidence::bounds`]):
//! [`banded_getis_ord`](crate::local::banded_getis_ord()).

use crate::StatsError;
use crate::error::check_positive;

/// What is known of a count after protection.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum CountEvidence {
    /// The count itself.
    Exact(u64),
    /// The count plus noise of mean 0, discrete Laplace where the method does
    /// not say otherwise, not rounded and not cut at 0: it may be negative.
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
    /// Value and variance of the noise in it, 0 for a count that is exact, as
    /// [`noisy_getis_ord`](crate::local::noisy_getis_ord()) and
    /// [`AreaCounts`](crate::surface::AreaCounts) take them; `None` for a band.
    #[must_use]
    pub fn value_and_variance(&self) -> Option<(f64, f64)> {
        match *self {
            Self::Exact(count) => Some((count as f64, 0.0)),
            Self::Noisy { value, variance } => Some((value, variance)),
            Self::Band { .. } => None,
        }
    }

    /// Bounds of the count, as
    /// [`banded_getis_ord`](crate::local::banded_getis_ord()) takes them;
    /// `None` where there are none: for a noisy count and an open band.
    #[must_use]
    pub fn bounds(&self) -> Option<Band> {
        let (low, high) = match *self {
            Self::Exact(count) => (count, count),
            Self::Band { low, high } if high < u64::MAX => (low, high),
            Self::Band { .. } | Self::Noisy { .. } => return None,
        };
        Some(Band {
            low: low as f64,
            high: high as f64,
        })
    }

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
/// geometric mechanism).
///
/// # Errors
/// [`StatsError::Parameter`] unless both parameters are above zero and the
/// variance is finite.
pub fn discrete_laplace_variance(epsilon: f64, sensitivity: f64) -> Result<f64, StatsError> {
    check_positive("epsilon", epsilon)?;
    check_positive("sensitivity", sensitivity)?;
    let rate = epsilon / sensitivity;
    // 2q/(1 − q)² = 1/(cosh(rate) − 1), without cancellation.
    let half = (0.5 * rate).sinh();
    let variance = 0.5 / (half * half);
    if variance.is_finite() {
        Ok(variance)
    } else {
        Err(StatsError::Parameter {
            what: "epsilon",
            value: epsilon,
            expected: "so large beside the sensitivity that the variance is finite",
        })
    }
}

/// Bounds of a value, both included: `low` = `high` where it is exact, 0 to 4
/// where a count below 5 was withheld.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    /// Least possible value.
    pub low: f64,
    /// Largest possible value.
    pub high: f64,
}

/// Form of the noise that protects a count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoiseShape {
    /// Normal (discrete Gaussian) noise.
    Normal,
    /// Laplace (geometric) noise.
    Laplace,
}

/// Widest closed band, and with [`MOST_VARIANCE`] a bound on the counts that
/// have to be gone through for one unit.
const WIDEST_BAND: u64 = 1_000_000;
/// Largest variance of noise.
const MOST_VARIANCE: f64 = 1e8;
/// Largest count.
const MOST_COUNT: f64 = 1e15;
/// Fails unless each piece of evidence is possible.
pub(crate) fn check_evidence(evidence: &[Option<CountEvidence>]) -> Result<(), StatsError> {
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

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn evidence_gives_what_methods_on_numbers_take() {
        let exact = CountEvidence::Exact(7);
        let noisy = CountEvidence::Noisy {
            value: -2.0,
            variance: 3.0,
        };
        let band = |high| CountEvidence::Band { low: 1, high };
        assert_eq!(exact.value_and_variance(), Some((7.0, 0.0)));
        assert_eq!(noisy.value_and_variance(), Some((-2.0, 3.0)));
        assert_eq!(band(9).value_and_variance(), None);
        let bounds = |low, high| Some(Band { low, high });
        assert_eq!(exact.bounds(), bounds(7.0, 7.0));
        assert_eq!(band(9).bounds(), bounds(1.0, 9.0));
        assert_eq!(band(u64::MAX).bounds().or(noisy.bounds()), None);
        assert_eq!(
            [noisy, band(9), band(u64::MAX)].map(|e| e.midpoint()),
            [0.0, 5.0, 1.0]
        );
    }
}
