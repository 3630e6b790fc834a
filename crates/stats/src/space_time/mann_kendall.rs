//! Mann-Kendall test for a monotonic trend.

use crate::StatsError;
use crate::error::check_finite;
use crate::normal;

use super::kendall_exact;
use super::kendall_score::{KendallScore, kendall_score};

const METHOD: &str = "the Mann-Kendall test";

/// Where the p-value of S is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NullDistribution {
    /// Normal, |S| reduced by 1 because S moves in steps of 2: Kendall (1975),
    /// pymannkendall, and R's `Kendall::MannKendall`.
    #[default]
    NormalWithContinuity,
    /// Normal without correction: scipy's `kendalltau` where it is asymptotic.
    Normal,
    /// The exact distribution where there are no ties and at most
    /// [`EXACT_LIMIT`](super::EXACT_LIMIT) values, as R's `cor.test` below 50
    /// values; [`NullDistribution::NormalWithContinuity`] elsewhere.
    Exact,
}

/// Parameters of [`mann_kendall`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MannKendallParams {
    /// Where the p-value is read.
    pub distribution: NullDistribution,
}

/// A Mann-Kendall test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MannKendall {
    /// Periods with a value.
    pub n: usize,
    /// Kendall's S: pairs that rise minus pairs that fall.
    pub s: i64,
    /// Variance of S under the null hypothesis.
    pub variance: f64,
    /// S over the number of pairs (`Tau` of pymannkendall).
    pub tau_a: f64,
    /// S over the geometric mean of all pairs and untied pairs (`tau` of R's
    /// Kendall and of scipy); time itself has no ties.
    pub tau_b: f64,
    /// Standard deviate of S, with the continuity correction unless
    /// [`NullDistribution::Normal`] was asked for.
    pub z: f64,
    /// Two-sided p-value.
    pub p: f64,
    /// Whether `p` comes from the exact distribution.
    pub exact: bool,
}

/// Mann-Kendall test of a series of equally spaced periods.
///
/// 1. S = Σ_{i<j} sgn(x_j − x_i) over the periods with a value; a missing
///    period (`None`) takes part in no pair.
/// 2. Var(S) = (n(n−1)(2n+5) − Σ t(t−1)(2t+5))/18 over groups of t ties.
/// 3. z = (S − sgn S)/√Var(S); p = 2Φ(−|z|).
///
/// Mann (1945), *Econometrica* 13; Kendall (1975), *Rank Correlation Methods*.
/// O(n log n) time and O(n) memory.
///
/// R's `Kendall::MannKendall` gives the same S and variance in single
/// precision. Its documentation promises the exact p-value without ties, but
/// its test for ties never lets that branch be reached, so that its p-value
/// is that of [`NullDistribution::NormalWithContinuity`] at any length.
/// pymannkendall computes p as 1 − Φ, which is 0 beyond |z| ≈ 8.3; ours keeps
/// its digits. A short series without ties deserves
/// [`NullDistribution::Exact`].
///
/// The test supposes that, without trend, the order of values is random;
/// serial correlation makes it reject too often: see
/// [`autocorrelated_mann_kendall`](super::autocorrelated_mann_kendall()).
///
/// # Errors
/// [`StatsError`] for a value that is not finite, fewer than 3 values, or
/// values that are all equal.
pub fn mann_kendall(
    values: &[Option<f64>],
    params: &MannKendallParams,
) -> Result<MannKendall, StatsError> {
    check_finite("value", values)?;
    let present: Vec<f64> = values.iter().flatten().copied().collect();
    let score = checked_score(&present, METHOD)?;
    Ok(from_score(&score, score.variance, params.distribution))
}

/// S of values of which there are enough, not all equal.
pub(super) fn checked_score(
    values: &[f64],
    method: &'static str,
) -> Result<KendallScore, StatsError> {
    if values.len() < 3 {
        return Err(StatsError::TooFew {
            method,
            found: values.len(),
            least: 3,
        });
    }
    let score = kendall_score(values);
    if score.tied_pairs == score.pairs() {
        return Err(StatsError::Constant {
            what: "the series",
            method,
        });
    }
    Ok(score)
}

/// The test from S and a variance above zero, possibly corrected.
pub(super) fn from_score(
    score: &KendallScore,
    variance: f64,
    distribution: NullDistribution,
) -> MannKendall {
    let pairs = score.pairs() as f64;
    let untied = (score.pairs() - score.tied_pairs) as f64;
    let s = score.s as f64;
    let z = standard_deviate(score.s, variance, distribution);
    let exact = distribution == NullDistribution::Exact
        && score.tied_pairs == 0
        && score.n <= kendall_exact::EXACT_LIMIT;
    MannKendall {
        n: score.n,
        s: score.s,
        variance,
        tau_a: s / pairs,
        tau_b: s / (pairs.sqrt() * untied.sqrt()),
        z,
        p: if exact {
            kendall_exact::two_sided(score.n, score.s)
        } else {
            normal::two_sided(z)
        },
        exact,
    }
}

/// z of S, with or without the continuity correction.
pub(super) fn standard_deviate(s: i64, variance: f64, distribution: NullDistribution) -> f64 {
    let numerator = match distribution {
        NullDistribution::Normal => s,
        _ => s - s.signum(),
    };
    numerator as f64 / variance.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_a_short_and_an_infinite_series_are_refused() {
        let test = |x: &[Option<f64>]| mann_kendall(x, &MannKendallParams::default());
        assert!(matches!(
            test(&[Some(2.0); 5]),
            Err(StatsError::Constant { .. })
        ));
        assert!(matches!(
            test(&[Some(2.0), None, Some(1.0)]),
            Err(StatsError::TooFew { found: 2, .. })
        ));
        assert!(matches!(
            test(&[Some(2.0), Some(f64::INFINITY), Some(1.0)]),
            Err(StatsError::Value { unit: 1, .. })
        ));
        assert!(test(&[]).is_err());
    }

    #[test]
    fn missing_periods_take_part_in_no_pair() {
        let gaps = [Some(1.0), None, Some(3.0), Some(2.0), None, Some(9.0)];
        let dense = [Some(1.0), Some(3.0), Some(2.0), Some(9.0)];
        let params = MannKendallParams::default();
        assert_eq!(
            mann_kendall(&gaps, &params).unwrap(),
            mann_kendall(&dense, &params).unwrap()
        );
    }

    #[test]
    fn ties_make_the_exact_p_value_fall_back() {
        let params = MannKendallParams {
            distribution: NullDistribution::Exact,
        };
        let tied = [Some(1.0), Some(1.0), Some(3.0), Some(4.0)];
        assert!(!mann_kendall(&tied, &params).unwrap().exact);
        let rising = [Some(1.0), Some(2.0), Some(3.0), Some(4.0)];
        let test = mann_kendall(&rising, &params).unwrap();
        assert!(test.exact);
        assert!((test.p - 2.0 / 24.0).abs() < 1e-15);
    }
}
