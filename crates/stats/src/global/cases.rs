//! Counts of cases and what is expected of them.

use rand::Rng;
use rand_distr::{Binomial, Distribution as _};

use crate::StatsError;
use crate::error::{check_length, check_not_negative};

/// The units whose cases and expectation are known and where cases can occur.
pub(super) struct Cases {
    /// Index of each in the input.
    pub(super) units: Vec<usize>,
    /// Cases.
    pub(super) observed: Vec<f64>,
    /// Share of all cases that is expected; above zero, sums to 1.
    pub(super) shares: Vec<f64>,
    /// All cases, above zero.
    pub(super) total: f64,
}

impl Cases {
    pub(super) fn new(
        method: &'static str,
        cases: &[Option<f64>],
        expected: &[Option<f64>],
    ) -> Result<Self, StatsError> {
        check_length("expected", expected.len(), cases.len())?;
        check_not_negative("cases", cases)?;
        check_not_negative("expected", expected)?;
        let (mut units, mut observed, mut shares) = (Vec::new(), Vec::new(), Vec::new());
        for (unit, (cases, expected)) in cases.iter().zip(expected).enumerate() {
            let (Some(cases), Some(expected)) = (cases, expected) else {
                continue;
            };
            if *expected > 0.0 {
                units.push(unit);
                observed.push(*cases);
                shares.push(*expected);
            } else if *cases > 0.0 {
                return Err(StatsError::Value {
                    what: "expected",
                    unit,
                    value: *expected,
                    expected: "more than zero where there are cases",
                });
            }
        }
        if units.len() < 2 {
            return Err(StatsError::TooFew {
                method,
                found: units.len(),
                least: 2,
            });
        }
        let (total, sum) = (observed.iter().sum::<f64>(), shares.iter().sum::<f64>());
        if total <= 0.0 || !total.is_finite() {
            return Err(StatsError::Parameter {
                what: "sum of cases",
                value: total,
                expected: "more than zero",
            });
        }
        if !sum.is_finite() {
            return Err(StatsError::Parameter {
                what: "sum of expected",
                value: sum,
                expected: "a finite number",
            });
        }
        for share in &mut shares {
            *share /= sum;
        }
        Ok(Self {
            units,
            observed,
            shares,
            total,
        })
    }

    /// All cases as a whole number, for simulation.
    pub(super) fn whole_total(&self) -> Result<u64, StatsError> {
        let broken = self
            .units
            .iter()
            .zip(&self.observed)
            .find(|(_, cases)| cases.fract() != 0.0);
        match broken {
            Some((unit, cases)) => Err(StatsError::Value {
                what: "cases",
                unit: *unit,
                value: *cases,
                expected: "a whole number; simulations draw whole cases",
            }),
            // Counts beyond 2⁵³ are not whole in f64 anyway.
            None if self.total <= 9e15 => Ok(self.total as u64),
            None => Err(StatsError::Parameter {
                what: "sum of cases",
                value: self.total,
                expected: "at most 9e15 for simulations",
            }),
        }
    }
}

/// Draws `total` cases over the shares: a binomial draw for each unit of what
/// is left.
pub(super) fn multinomial(
    random: &mut impl Rng,
    total: u64,
    shares: &[f64],
    counts: &mut Vec<f64>,
) {
    counts.clear();
    let mut left = total;
    let mut share_left: f64 = shares.iter().sum();
    for (at, share) in shares.iter().enumerate() {
        let drawn = if left == 0 {
            0
        } else if at + 1 == shares.len() {
            left
        } else {
            let p = (share / share_left).clamp(0.0, 1.0);
            Binomial::new(left, p)
                .expect("a share of what is left lies between 0 and 1")
                .sample(random)
                .min(left)
        };
        left -= drawn;
        share_left = (share_left - share).max(f64::MIN_POSITIVE);
        counts.push(drawn as f64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::stream;

    #[test]
    fn multinomial_draws_have_their_mean_and_covariance() {
        let shares = [0.5, 0.3, 0.15, 0.05];
        let (mut sums, mut product) = ([0.0; 4], 0.0);
        let mut counts = Vec::new();
        for number in 0..20_000 {
            multinomial(&mut stream(5, number), 40, &shares, &mut counts);
            assert_eq!(counts.iter().sum::<f64>(), 40.0);
            for (sum, count) in sums.iter_mut().zip(&counts) {
                *sum += count / 20_000.0;
            }
            product += (counts[0] - 20.0) * (counts[1] - 12.0) / 20_000.0;
        }
        for (sum, share) in sums.iter().zip(shares) {
            assert!((sum - 40.0 * share).abs() < 0.1, "{sums:?}");
        }
        assert!((product + 6.0).abs() < 0.5, "{product}");
    }
}
