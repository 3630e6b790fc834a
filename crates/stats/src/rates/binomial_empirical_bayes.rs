//! Empirical Bayes proportions by the method of moments.

use super::observed::{observed, pooled_rate};
use crate::StatsError;

/// Result of [`binomial_empirical_bayes`].
#[derive(Debug, Clone, PartialEq)]
pub struct BinomialEmpiricalBayes {
    /// Pooled proportion; `None` if nobody has exposure.
    pub prior_mean: Option<f64>,
    /// Shrunken proportion of each unit; `None` without count or exposure.
    pub proportions: Vec<Option<f64>>,
}

/// Empirical Bayes proportions of binomial counts by moments.
///
/// Martuzzi & Elliott (1996), *Statistics in Medicine* 15; `EBest` of spdep
/// with `family = "binomial"`. With counts y of x trials, pooled proportion b,
/// s² = Σ x(y/x − b)²/Σx and mean number of trials x̄,
/// ρ = x(s² − b(1−b)/x̄) / ((x − 1)s² + (1 − x/x̄)·b(1−b)), and the proportion is
/// ρ·y/x + (1 − ρ)·b. ρ is 0 where the counts vary no more than chance; spdep
/// lets it be negative there. For intervals see [`super::beta_binomial()`].
///
/// # Errors
/// [`StatsError`] if the lengths differ, a number is negative or not finite,
/// or a count exceeds its trials.
pub fn binomial_empirical_bayes(
    counts: &[Option<f64>],
    trials: &[Option<f64>],
) -> Result<BinomialEmpiricalBayes, StatsError> {
    let units = observed(counts, trials)?;
    for (unit, observed) in units.iter().enumerate() {
        if let Some((value, _)) = observed.filter(|(y, x)| y > x) {
            return Err(StatsError::Value {
                what: "count",
                unit,
                value,
                expected: "at most the number of trials",
            });
        }
    }
    let Some(mean) = pooled_rate(&units) else {
        return Ok(BinomialEmpiricalBayes {
            prior_mean: None,
            proportions: vec![None; counts.len()],
        });
    };
    let used = || units.iter().flatten();
    let total: f64 = used().map(|(_, x)| x).sum();
    let usual = total / used().count() as f64;
    let spread = used().map(|(y, x)| x * (y / x - mean).powi(2)).sum::<f64>() / total;
    let chance = mean * (1.0 - mean);
    let excess = spread - chance / usual;
    let proportion = |(y, x): (f64, f64)| {
        let share = x * excess / (x * excess + chance - spread);
        if excess > 0.0 && share.is_finite() {
            mean + share.clamp(0.0, 1.0) * (y / x - mean)
        } else {
            mean
        }
    };
    Ok(BinomialEmpiricalBayes {
        prior_mean: Some(mean),
        proportions: units.iter().map(|unit| unit.map(proportion)).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proportions_are_the_formula_of_spdep() {
        let (y, x) = ([8.0, 1.0, 20.0], [10.0, 30.0, 40.0]);
        let result = binomial_empirical_bayes(&y.map(Some), &x.map(Some)).unwrap();
        let b = 29.0 / 80.0;
        let s2: f64 = (0..3)
            .map(|i| x[i] * (y[i] / x[i] - b) * (y[i] / x[i] - b))
            .sum::<f64>()
            / 80.0;
        let middle = 80.0 / 3.0;
        for i in 0..3 {
            let rho = (x[i] * s2 - (x[i] / middle) * (b * (1.0 - b)))
                / ((x[i] - 1.0) * s2 + ((middle - x[i]) / middle) * (b * (1.0 - b)));
            let theirs = rho * y[i] / x[i] + (1.0 - rho) * b;
            assert!((result.proportions[i].unwrap() - theirs).abs() < 1e-14);
        }
    }

    #[test]
    fn equal_proportions_shrink_to_the_pooled_one() {
        let result =
            binomial_empirical_bayes(&[Some(2.0), Some(4.0)], &[Some(10.0), Some(20.0)]).unwrap();
        assert_eq!(result.proportions, [Some(0.2), Some(0.2)]);
        assert!(binomial_empirical_bayes(&[Some(2.0)], &[Some(1.0)]).is_err());
    }
}
