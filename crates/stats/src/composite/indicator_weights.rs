//! Weights of indicators.

use super::diagnostics::{complete_rows, correlation_of_rows};
use super::eigen::symmetric_eigen;
use super::normalise::{Divisor, moments};
use crate::StatsError;

/// Weights of indicators, of sum one, in the order of the columns.
///
/// `columns[j][i]` is indicator j at unit i, normalised or not as the method
/// asks. Weights from data use the units that have all indicators.
/// O(units·indicators² + indicators³).
///
/// Weights from data say how indicators vary together, not how much they
/// matter; the Handbook (OECD & JRC 2008, step 6) warns of taking one for the
/// other.
///
/// # Errors
/// [`StatsError`] if lengths differ, there are fewer than three complete units
/// (none are needed for equal and given weights), an indicator is constant, or
/// the method's own conditions ([`Weighting`]) fail.
pub fn indicator_weights(
    columns: &[Vec<Option<f64>>],
    weighting: &Weighting,
) -> Result<Vec<f64>, StatsError> {
    if columns.is_empty() {
        return Err(StatsError::TooFew {
            method: "weights of indicators",
            found: 0,
            least: 1,
        });
    }
    let count = columns.len();
    let raw = match weighting {
        Weighting::Equal => vec![1.0; count],
        Weighting::Given(weights) => given(weights, count)?,
        Weighting::Entropy => entropy(&rows(columns)?)?,
        Weighting::PrincipalComponent => principal_component(&rows(columns)?)?,
        Weighting::InverseCovariance => inverse_covariance(&rows(columns)?)?,
    };
    let total: f64 = raw.iter().sum();
    Ok(raw.into_iter().map(|weight| weight / total).collect())
}

/// How indicators are weighed.
#[derive(Debug, Clone, PartialEq)]
pub enum Weighting {
    /// All alike.
    Equal,
    /// As given (a panel's judgement, a budget), divided by their sum; none
    /// below zero.
    Given(Vec<f64>),
    /// 1 − entropy of the indicator's shares among units, so that an indicator
    /// that hardly differs between units weighs little:
    /// E_j = −Σ_i p_ij·ln p_ij/ln n with p_ij = x_ij/Σ_i x_ij. Values must not
    /// be below zero, and E_j changes with an offset: use values with a true
    /// zero or on the 0 to 1 scale. Hwang & Yoon (1981), *Multiple Attribute
    /// Decision Making* (after Shannon).
    Entropy,
    /// Squared loadings of the first principal component of the correlation
    /// matrix. Undefined where the two largest eigenvalues are equal. The
    /// Handbook's version rotates several components; with one, the two agree.
    PrincipalComponent,
    /// Row sums of the inverse correlation matrix, so that indicators that
    /// repeat one another share one weight. Anderson (2008), *JASA* 103, whose
    /// index it is when indicators are standardised. Negative weights, which
    /// come from strongly collinear indicators, are an error.
    InverseCovariance,
}

fn given(weights: &[f64], count: usize) -> Result<Vec<f64>, StatsError> {
    crate::error::check_length("weights", weights.len(), count)?;
    let values: Vec<_> = weights.iter().copied().map(Some).collect();
    crate::error::check_not_negative("weight", &values)?;
    let total: f64 = weights.iter().sum();
    crate::error::check_positive("sum of weights", total)?;
    Ok(weights.to_vec())
}

fn rows(columns: &[Vec<Option<f64>>]) -> Result<Vec<Vec<f64>>, StatsError> {
    let rows = complete_rows(columns)?;
    if rows.len() < 3 {
        return Err(StatsError::TooFew {
            method: "weights from data (units with all indicators)",
            found: rows.len(),
            least: 3,
        });
    }
    for column in 0..columns.len() {
        let values: Vec<f64> = rows.iter().map(|row| row[column]).collect();
        if moments(&values, Divisor::Sample).is_none() {
            return Err(StatsError::Constant {
                what: "an indicator",
                method: "weights from data",
            });
        }
    }
    Ok(rows)
}

fn entropy(rows: &[Vec<f64>]) -> Result<Vec<f64>, StatsError> {
    let units = rows.len() as f64;
    (0..rows[0].len())
        .map(|column| {
            let mut total = 0.0;
            for (unit, row) in rows.iter().enumerate() {
                if row[column] < 0.0 {
                    return Err(StatsError::Value {
                        what: "indicator for entropy weights",
                        unit,
                        value: row[column],
                        expected: "a value not below zero",
                    });
                }
                total += row[column];
            }
            let entropy: f64 = rows
                .iter()
                .map(|row| row[column] / total)
                .filter(|share| *share > 0.0)
                .map(|share| -share * share.ln())
                .sum();
            // An entropy can pass ln n by rounding alone.
            Ok((1.0 - entropy / units.ln()).max(0.0))
        })
        .collect()
}

fn principal_component(rows: &[Vec<f64>]) -> Result<Vec<f64>, StatsError> {
    let (values, vectors) = symmetric_eigen(correlation_of_rows(rows));
    if values.len() > 1 && values[0] - values[1] < 1e-9 * values[0] {
        return Err(StatsError::Constant {
            what: "the two largest eigenvalues",
            method: "weights by the first principal component",
        });
    }
    Ok(vectors[0].iter().map(|loading| loading * loading).collect())
}

fn inverse_covariance(rows: &[Vec<f64>]) -> Result<Vec<f64>, StatsError> {
    let (values, vectors) = symmetric_eigen(correlation_of_rows(rows));
    let count = values.len();
    let least = values[count - 1];
    if least < 1e-10 {
        return Err(StatsError::Parameter {
            what: "smallest eigenvalue of the correlations",
            value: least,
            expected: "above 1e-10: drop an indicator that repeats others",
        });
    }
    let mut weights = vec![0.0; count];
    for (value, vector) in values.iter().zip(&vectors) {
        let sum: f64 = vector.iter().sum();
        for (weight, loading) in weights.iter_mut().zip(vector) {
            *weight += loading * sum / value;
        }
    }
    if let Some(unit) = weights.iter().position(|weight| *weight < 0.0) {
        return Err(StatsError::Value {
            what: "inverse-covariance weight",
            unit,
            value: weights[unit],
            expected: "not below zero: merge indicators that say the same",
        });
    }
    Ok(weights)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(rows: &[[f64; 3]]) -> Vec<Vec<Option<f64>>> {
        (0..3)
            .map(|j| rows.iter().map(|row| Some(row[j])).collect())
            .collect()
    }

    #[test]
    fn a_repeated_indicator_does_not_count_twice() {
        // Columns 0 and 1 nearly repeat each other; column 2 is uncorrelated.
        let data = columns(&[
            [1.0, 1.1, 1.0],
            [2.0, 1.9, -1.0],
            [3.0, 3.1, -1.0],
            [4.0, 3.9, 1.0],
        ]);
        let weights = indicator_weights(&data, &Weighting::InverseCovariance).unwrap();
        assert!((weights[2] - 0.5).abs() < 0.02, "{weights:?}");
        assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        let first = indicator_weights(&data, &Weighting::PrincipalComponent).unwrap();
        assert!(first[0] > 0.45 && first[1] > 0.45 && first[2] < 0.05);
    }

    #[test]
    fn entropy_weights_are_the_formula() {
        let data = columns(&[[1.0, 1.0, 0.0], [1.0, 2.0, 0.0], [1.1, 3.0, 5.0]]);
        let weights = indicator_weights(&data, &Weighting::Entropy).unwrap();
        let divergence = |shares: [f64; 3]| {
            1.0 + shares
                .iter()
                .filter(|p| **p > 0.0)
                .map(|p| p * p.ln())
                .sum::<f64>()
                / 3.0_f64.ln()
        };
        let expected = [
            divergence([1.0 / 3.1, 1.0 / 3.1, 1.1 / 3.1]),
            divergence([1.0 / 6.0, 2.0 / 6.0, 0.5]),
            1.0,
        ];
        let total: f64 = expected.iter().sum();
        for (ours, expected) in weights.iter().zip(expected) {
            assert!((ours - expected / total).abs() < 1e-12);
        }
    }

    #[test]
    fn weights_that_are_none_are_rejected() {
        let data = columns(&[[1.0, 2.0, 0.0], [1.0, 3.0, 0.0], [1.0, 4.0, 5.0]]);
        assert!(
            indicator_weights(&data, &Weighting::Entropy).is_err(),
            "constant"
        );
        for given in [vec![1.0, 2.0], vec![1.0, -1.0, 2.0], vec![0.0; 3]] {
            assert!(indicator_weights(&data, &Weighting::Given(given)).is_err());
        }
        let twice = columns(&[
            [1.0, 1.0, 2.0],
            [2.0, 2.0, 1.0],
            [3.0, 3.0, 5.0],
            [4.0, 4.0, 0.0],
        ]);
        assert!(indicator_weights(&twice, &Weighting::InverseCovariance).is_err());
    }
}
