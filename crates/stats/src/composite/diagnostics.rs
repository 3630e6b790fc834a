//! Do indicators hang together?

use super::normalise::{Divisor, moments};
use crate::StatsError;
use crate::error::{check_finite, check_length};

/// Cronbach's alpha of indicators that are to be added up.
///
/// α = k/(k − 1)·(1 − Σ var_j/var(sum)), over the units that have all
/// indicators. Cronbach (1951), *Psychometrika* 16; OECD & JRC Handbook
/// (2008), step 4. Indicators should be on one scale and in one direction.
/// It measures whether indicators rise and fall together, not whether the
/// index is right; k many weakly related ones reach high values too.
///
/// # Errors
/// [`StatsError`] if lengths differ, a value is not finite, there are fewer
/// than two indicators or three complete units, or the sum is constant.
pub fn cronbach_alpha(columns: &[Vec<Option<f64>>]) -> Result<CronbachAlpha, StatsError> {
    let rows = complete_rows(columns)?;
    if columns.len() < 2 || rows.len() < 3 {
        return Err(StatsError::TooFew {
            method: "Cronbach's alpha (3 units with all of at least 2 indicators)",
            found: if columns.len() < 2 {
                columns.len()
            } else {
                rows.len()
            },
            least: if columns.len() < 2 { 2 } else { 3 },
        });
    }
    let all: Vec<usize> = (0..columns.len()).collect();
    let alpha = alpha_of(&rows, &all).ok_or(StatsError::Constant {
        what: "the sum of the indicators",
        method: "Cronbach's alpha",
    })?;
    let without = all
        .iter()
        .map(|left_out| {
            let kept: Vec<usize> = all.iter().copied().filter(|j| j != left_out).collect();
            (kept.len() > 1).then(|| alpha_of(&rows, &kept)).flatten()
        })
        .collect();
    Ok(CronbachAlpha {
        alpha,
        without,
        units: rows.len(),
    })
}

/// Result of [`cronbach_alpha`].
#[derive(Debug, Clone, PartialEq)]
pub struct CronbachAlpha {
    /// Alpha of all indicators, at most 1.
    pub alpha: f64,
    /// Alpha without each indicator; higher than `alpha` for one that does not
    /// fit. `None` with only two indicators.
    pub without: Vec<Option<f64>>,
    /// Units that have all indicators.
    pub units: usize,
}

/// Pearson correlations of indicators, each over the units that have both;
/// `None` with fewer than three such units or a constant indicator.
///
/// # Errors
/// [`StatsError`] if lengths differ or a value is not finite.
pub fn correlations(columns: &[Vec<Option<f64>>]) -> Result<Vec<Vec<Option<f64>>>, StatsError> {
    check(columns)?;
    Ok(columns
        .iter()
        .map(|a| {
            columns
                .iter()
                .map(|b| {
                    let pairs: Vec<(f64, f64)> =
                        a.iter().zip(b).filter_map(|(a, b)| a.zip(*b)).collect();
                    (pairs.len() > 2).then(|| pearson(&pairs)).flatten()
                })
                .collect()
        })
        .collect())
}

fn pearson(pairs: &[(f64, f64)]) -> Option<f64> {
    let (a, b): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    let (mean_a, deviation_a) = moments(&a, Divisor::Population)?;
    let (mean_b, deviation_b) = moments(&b, Divisor::Population)?;
    let sum: f64 = pairs
        .iter()
        .map(|(a, b)| (a - mean_a) / deviation_a * ((b - mean_b) / deviation_b))
        .sum();
    Some((sum / pairs.len() as f64).clamp(-1.0, 1.0))
}

fn alpha_of(rows: &[Vec<f64>], kept: &[usize]) -> Option<f64> {
    let variance = |values: Vec<f64>| moments(&values, Divisor::Sample).map(|(_, s)| s * s);
    let sums = rows
        .iter()
        .map(|row| kept.iter().map(|j| row[*j]).sum())
        .collect();
    let total = variance(sums)?;
    let parts: f64 = kept
        .iter()
        .map(|j| variance(rows.iter().map(|row| row[*j]).collect()).unwrap_or(0.0))
        .sum();
    let k = kept.len() as f64;
    Some(k / (k - 1.0) * (1.0 - parts / total))
}

fn check(columns: &[Vec<Option<f64>>]) -> Result<(), StatsError> {
    for column in columns {
        check_length("indicator", column.len(), columns[0].len())?;
        check_finite("indicator value", column)?;
    }
    Ok(())
}

/// Units that have all indicators.
pub(crate) fn complete_rows(columns: &[Vec<Option<f64>>]) -> Result<Vec<Vec<f64>>, StatsError> {
    check(columns)?;
    let units = columns.first().map_or(0, Vec::len);
    Ok((0..units)
        .filter_map(|unit| columns.iter().map(|column| column[unit]).collect())
        .collect())
}

/// Correlation matrix of rows without gaps or constant columns.
pub(crate) fn correlation_of_rows(rows: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let columns = rows.first().map_or(0, Vec::len);
    (0..columns)
        .map(|i| {
            (0..columns)
                .map(|j| {
                    let pairs: Vec<_> = rows.iter().map(|row| (row[i], row[j])).collect();
                    if i == j {
                        1.0
                    } else {
                        pearson(&pairs).unwrap_or(0.0)
                    }
                })
                .collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alpha_is_the_definition_and_one_for_repeated_indicators() {
        let a: Vec<_> = [1.0, 2.0, 3.0, 4.0].map(Some).to_vec();
        let b: Vec<_> = [2.0, 1.0, 4.0, 3.0].map(Some).to_vec();
        let same = cronbach_alpha(&[a.clone(), a.clone(), a.clone()]).unwrap();
        assert!((same.alpha - 1.0).abs() < 1e-12);
        // Variances 5/3 each, correlation 0.6: alpha = 2r/(1 + r) = 0.75.
        let two = cronbach_alpha(&[a.clone(), b.clone()]).unwrap();
        assert!((two.alpha - 0.75).abs() < 1e-12);
        assert_eq!(two.without, [None, None]);
        let r = correlations(&[a, b]).unwrap();
        assert!((r[0][1].unwrap() - 0.6).abs() < 1e-12);
    }

    #[test]
    fn gaps_and_constants_are_undefined() {
        let a: Vec<_> = [1.0, 2.0, 3.0, 4.0].map(Some).to_vec();
        let b = vec![Some(1.0); 4];
        let c = vec![Some(1.0), None, None, Some(2.0)];
        let r = correlations(&[a.clone(), b.clone(), c.clone()]).unwrap();
        assert_eq!((r[0][1], r[0][2]), (None, None));
        assert!(cronbach_alpha(&[a.clone(), c]).is_err());
        assert!(cronbach_alpha(&[b.clone(), b]).is_err());
        assert!(cronbach_alpha(&[a]).is_err());
    }
}
