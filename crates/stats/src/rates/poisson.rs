//! Intervals of a Poisson count.

use crate::error::check_level;
use crate::special::gamma::{lower, poisson_density, quantile, upper};
use crate::special::root::increasing_root;
use crate::{StatsError, normal};

/// Lower and upper limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Lower limit.
    pub low: f64,
    /// Upper limit.
    pub high: f64,
}

impl Interval {
    /// Both limits divided by the exposure, which must be above zero.
    pub(super) fn over(self, exposure: f64) -> Self {
        Self {
            low: self.low / exposure,
            high: self.high / exposure,
        }
    }
}

/// Exact central 95 % interval of the mean of a Poisson count.
///
/// Garwood (1936), *Biometrika* 28: the limits are the 2.5 % quantile of a
/// gamma distribution of shape `count` and the 97.5 % quantile of one of
/// shape `count + 1`, both with unit rate. The lower limit of zero is zero.
/// Divide by the exposure to get the interval of a rate.
#[must_use]
pub fn poisson_interval(count: u64) -> Interval {
    exact_interval(count as f64, 0.025)
}

/// How [`poisson_interval_at`] makes the interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PoissonMethod {
    /// Garwood's exact interval: never covers less than its level, often more.
    Exact,
    /// Exact with half the probability of the observed count in either tail:
    /// shorter, covers its level on average. Cohen & Yang (1994), *Statistics
    /// in Medicine* 13.
    MidP,
    /// Byar's approximation to the exact interval by a cube root. Breslow &
    /// Day (1987), *Statistical Methods in Cancer Research* II, eq. 2.13.
    Byar,
}

/// Central interval of the mean of a Poisson count at any level.
///
/// With α = 1 − level, the limits are the means μ for which
/// - exact: P(Y ≥ count; μ) = α/2 and P(Y ≤ count; μ) = α/2;
/// - mid-p: the same with ½·P(Y = count; μ) taken from the tail;
/// - Byar: y(1 − 1/9y − z/3√y)³ and the same with y + 1 and +z.
///
/// The lower limit of 0 is 0. O(√count) time.
///
/// # Errors
/// [`StatsError::Parameter`] unless the level is from 10⁻⁶ to 1 − 10⁻¹².
pub fn poisson_interval_at(
    count: u64,
    level: f64,
    method: PoissonMethod,
) -> Result<Interval, StatsError> {
    check_level("level", level)?;
    let tail = 0.5 * (1.0 - level);
    let y = count as f64;
    Ok(match method {
        PoissonMethod::Exact => exact_interval(y, tail),
        PoissonMethod::MidP => mid_p(y, tail),
        PoissonMethod::Byar => {
            let z = normal::quantile(1.0 - tail);
            let cube = |y: f64, z: f64| y * (1.0 - 1.0 / (9.0 * y) + z / (3.0 * y.sqrt())).powi(3);
            Interval {
                low: if count == 0 {
                    0.0
                } else {
                    cube(y, -z).max(0.0)
                },
                high: cube(y + 1.0, z),
            }
        }
    })
}

/// [`PoissonMethod::Exact`] for a count that need not be whole, with the
/// probability `tail` left out on either side.
pub(crate) fn exact_interval(y: f64, tail: f64) -> Interval {
    Interval {
        low: if y == 0.0 {
            0.0
        } else {
            quantile(y, 1.0, tail)
        },
        high: quantile(y + 1.0, 1.0, 1.0 - tail),
    }
}

fn mid_p(y: f64, tail: f64) -> Interval {
    if y == 0.0 {
        return Interval {
            low: 0.0,
            high: -(2.0 * tail).ln(),
        };
    }
    // Half a count is below the digits of so large a one.
    if y >= 1e15 {
        return exact_interval(y, tail);
    }
    // The mid-p limits lie inside the exact ones. Either tail changes with
    // the mean by the average of two neighbouring probabilities.
    let outer = exact_interval(y, tail);
    let slope = |mean: f64| 0.5 * (poisson_density(y - 1.0, mean) + poisson_density(y, mean));
    Interval {
        low: increasing_root(outer.low, y, outer.low, |mean| {
            (
                lower(y, mean) - 0.5 * poisson_density(y, mean) - tail,
                slope(mean),
            )
        }),
        high: increasing_root(y, outer.high, outer.high, |mean| {
            (
                tail - upper(y + 1.0, mean) + 0.5 * poisson_density(y, mean),
                slope(mean),
            )
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tabulated limits: Ulm (1990), *Am. J. Epidemiol.* 131, and standard
    /// tables of the chi-square distribution.
    #[test]
    fn limits_agree_with_the_published_table() {
        let table = [
            (0, 0.0, 3.689),
            (1, 0.0253, 5.572),
            (5, 1.6235, 11.668),
            (10, 4.7954, 18.390),
            (100, 81.364, 121.627),
        ];
        for (count, low, high) in table {
            let interval = poisson_interval(count);
            assert!((interval.low - low).abs() < 1e-3, "{count}: {interval:?}");
            assert!((interval.high - high).abs() < 1e-3, "{count}: {interval:?}");
            let byar = poisson_interval_at(count, 0.95, PoissonMethod::Byar).unwrap();
            assert!((byar.high - high).abs() < 0.02 * high, "{count}: {byar:?}");
        }
    }

    #[test]
    fn each_limit_leaves_its_tail() {
        for count in [0_u64, 1, 2, 9, 60, 4_000] {
            for level in [0.5, 0.9, 0.99] {
                let tail = 0.5 * (1.0 - level);
                let below = |mean: f64| upper(count as f64 + 1.0, mean);
                let at = |mean: f64| poisson_density(count as f64, mean);
                let exact = poisson_interval_at(count, level, PoissonMethod::Exact).unwrap();
                let mid = poisson_interval_at(count, level, PoissonMethod::MidP).unwrap();
                assert!((below(exact.high) - tail).abs() < 1e-11);
                assert!((below(mid.high) - 0.5 * at(mid.high) - tail).abs() < 1e-11);
                if count > 0 {
                    let above = |mean: f64| 1.0 - below(mean) + at(mean);
                    assert!((above(exact.low) - tail).abs() < 1e-11);
                    assert!((above(mid.low) - 0.5 * at(mid.low) - tail).abs() < 1e-11);
                    assert!(mid.low > exact.low);
                }
                assert!(mid.high < exact.high);
            }
        }
    }

    #[test]
    fn a_level_of_one_is_refused() {
        for level in [0.0, 1.0, 95.0, f64::NAN] {
            assert!(poisson_interval_at(3, level, PoissonMethod::Exact).is_err());
        }
    }
}
