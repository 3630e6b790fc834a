//! A Mann-Kendall test over several series.

use rayon::prelude::*;

use crate::StatsError;
use crate::error::check_length;
use crate::normal;
use crate::special::gamma::chi_square_upper;

use super::autocorrelation::average_ranks;
use super::kendall_score::{KendallScore, kendall_score};
use super::mann_kendall::{NullDistribution, standard_deviate};

/// Whether the series of a combined test depend on each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dependence {
    /// Variances add: Hirsch, Slack & Smith (1982).
    Independent,
    /// Covariances of the scores are estimated and added too: Hirsch & Slack
    /// (1984), after Dietz & Killeen (1981).
    Correlated,
}

/// Parameters of [`seasonal_mann_kendall`](super::seasonal_mann_kendall()) and
/// [`regional_mann_kendall`](super::regional_mann_kendall).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CombinedParams {
    /// Whether seasons or places depend on each other.
    pub dependence: Dependence,
    /// Whether z has the continuity correction; an exact distribution is not
    /// known and counts as [`NullDistribution::NormalWithContinuity`].
    pub distribution: NullDistribution,
}

impl CombinedParams {
    /// Independent series with continuity correction: pymannkendall's
    /// `seasonal_test` and `regional_test`.
    #[must_use]
    pub fn independent() -> Self {
        Self {
            dependence: Dependence::Independent,
            distribution: NullDistribution::NormalWithContinuity,
        }
    }

    /// Correlated series without continuity correction: pymannkendall's
    /// `correlated_seasonal_test` and `correlated_multivariate_test`. Hirsch &
    /// Slack themselves correct for continuity.
    #[must_use]
    pub fn correlated() -> Self {
        Self {
            dependence: Dependence::Correlated,
            distribution: NullDistribution::Normal,
        }
    }
}

/// A Mann-Kendall test over several series.
#[derive(Debug, Clone, PartialEq)]
pub struct CombinedMannKendall {
    /// Sum of the scores.
    pub s: i64,
    /// Variance of the sum.
    pub variance: f64,
    /// S over the number of pairs within series.
    pub tau: f64,
    /// Standard deviate of S.
    pub z: f64,
    /// Two-sided p-value.
    pub p: f64,
    /// Score and variance of each series; `None` for one with fewer than two
    /// values or values that are all equal, which says nothing of a trend.
    pub series: Vec<Option<SeriesScore>>,
    /// Van Belle & Hughes (1984): do the trends differ between series?
    /// `None` with fewer than two series, or where they are correlated, which
    /// the test does not allow for.
    pub heterogeneity: Option<Heterogeneity>,
}

/// Score of one series of a combined test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SeriesScore {
    /// Kendall's S.
    pub s: i64,
    /// Its variance.
    pub variance: f64,
}

/// Test that all series have the same trend.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Heterogeneity {
    /// Σ z_g² − m z̄² over m series, z_g = S_g/√Var(S_g).
    pub chi_square: f64,
    /// m − 1.
    pub degrees_of_freedom: usize,
    /// Upper tail.
    pub p: f64,
}

/// The test over series of the same periods.
pub(super) fn combined(
    series: &[Vec<Option<f64>>],
    params: &CombinedParams,
    method: &'static str,
) -> Result<CombinedMannKendall, StatsError> {
    if let Some(first) = series.first() {
        for one in series {
            check_length("series", one.len(), first.len())?;
        }
    }
    let scores: Vec<KendallScore> = series
        .par_iter()
        .map(|one| kendall_score(&one.iter().flatten().copied().collect::<Vec<_>>()))
        .collect();
    let with_trend: Vec<usize> = (0..scores.len())
        .filter(|which| scores[*which].variance > 0.0 && scores[*which].n > 1)
        .collect();
    if with_trend.is_empty() {
        return Err(StatsError::TooFew {
            method,
            found: 0,
            least: 1,
        });
    }
    let s: i64 = scores.iter().map(|score| score.s).sum();
    let pairs: i64 = scores.iter().map(KendallScore::pairs).sum();
    let mut variance: f64 = scores.iter().map(|score| score.variance).sum();
    if params.dependence == Dependence::Correlated {
        let ranked: Vec<Ranked> = with_trend
            .iter()
            .map(|which| Ranked::of(&series[*which]))
            .collect();
        // Rows are summed in parallel, then added up in order, so that the
        // number of threads does not change the rounding.
        let rows: Vec<f64> = (0..ranked.len())
            .into_par_iter()
            .map(|g| (0..g).map(|h| covariance(&ranked[g], &ranked[h])).sum())
            .collect();
        variance += 2.0 * rows.iter().sum::<f64>();
        if variance.is_nan() || variance <= 0.0 {
            return Err(StatsError::Value {
                what: "variance of S with correlation",
                unit: 0,
                value: variance,
                expected: "a variance above zero; treat the series as independent",
            });
        }
    }
    let z = standard_deviate(s, variance, params.distribution);
    let heterogeneity = (params.dependence == Dependence::Independent && with_trend.len() > 1)
        .then(|| {
            let deviates: Vec<f64> = with_trend
                .iter()
                .map(|which| scores[*which].s as f64 / scores[*which].variance.sqrt())
                .collect();
            let mean = deviates.iter().sum::<f64>() / deviates.len() as f64;
            let chi_square: f64 = deviates.iter().map(|z| (z - mean).powi(2)).sum();
            let degrees_of_freedom = deviates.len() - 1;
            Heterogeneity {
                chi_square,
                degrees_of_freedom,
                p: chi_square_upper(chi_square, degrees_of_freedom as f64),
            }
        });
    Ok(CombinedMannKendall {
        s,
        variance,
        tau: s as f64 / pairs as f64,
        z,
        p: normal::two_sided(z),
        series: scores
            .iter()
            .map(|score| {
                (score.variance > 0.0 && score.n > 1).then_some(SeriesScore {
                    s: score.s,
                    variance: score.variance,
                })
            })
            .collect(),
        heterogeneity,
    })
}

/// A series with the ranks of Hirsch & Slack (1984).
struct Ranked {
    values: Vec<Option<f64>>,
    ranks: Vec<f64>,
    present: f64,
}

impl Ranked {
    fn of(values: &[Option<f64>]) -> Self {
        let present = values.iter().flatten().count() as f64;
        let ranks = average_ranks(values)
            .into_iter()
            .map(|rank| rank.unwrap_or((present + 1.0) / 2.0))
            .collect();
        Self {
            values: values.to_vec(),
            ranks,
            present,
        }
    }
}

fn covariance(g: &Ranked, h: &Ranked) -> f64 {
    let both: Vec<(f64, f64)> = g
        .values
        .iter()
        .zip(&h.values)
        .filter_map(|(x, y)| Some(((*x)?, (*y)?)))
        .collect();
    let mut agreeing = 0_i64;
    for (i, first) in both.iter().enumerate() {
        for later in &both[i + 1..] {
            let sign = |a: f64, b: f64| i64::from(b > a) - i64::from(b < a);
            agreeing += sign(first.0, later.0) * sign(first.1, later.1);
        }
    }
    let products: f64 = g.ranks.iter().zip(&h.ranks).map(|(r, q)| r * q).sum();
    let size = g.values.len() as f64;
    (agreeing as f64 + 4.0 * products - size * (g.present + 1.0) * (h.present + 1.0)) / 3.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_covariance_of_a_series_with_itself_is_its_variance() {
        for values in [
            vec![Some(1.0), Some(4.0), Some(2.0), Some(8.0), Some(5.0)],
            vec![Some(1.0), Some(1.0), Some(2.0), None, Some(2.0), Some(7.0)],
        ] {
            let present: Vec<f64> = values.iter().flatten().copied().collect();
            let ranked = Ranked::of(&values);
            let gap = covariance(&ranked, &ranked) - kendall_score(&present).variance;
            assert!(gap.abs() < 1e-12);
        }
    }
}
