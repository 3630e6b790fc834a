//! Poisson regression by iteratively reweighted least squares.

use super::poisson_fit::Problem;
use crate::StatsError;

/// Parameters of [`poisson_regression`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PoissonRegressionParams {
    ridge: f64,
    most_iterations: usize,
}

impl PoissonRegressionParams {
    /// With a ridge penalty, `ridge/2 · Σ γ²` over the coefficients γ of
    /// columns brought to standard deviation 1; constant columns go free. 0 is
    /// maximum likelihood.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] unless the ridge is finite and not negative.
    pub fn new(ridge: f64) -> Result<Self, StatsError> {
        if ridge.is_finite() && ridge >= 0.0 {
            Ok(Self {
                ridge,
                most_iterations: 100,
            })
        } else {
            Err(StatsError::Parameter {
                what: "ridge",
                value: ridge,
                expected: "a finite number not below zero",
            })
        }
    }

    /// Maximum likelihood.
    #[must_use]
    pub fn maximum_likelihood() -> Self {
        Self {
            ridge: 0.0,
            most_iterations: 100,
        }
    }
}

/// How [`poisson_regression`] ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Convergence {
    /// At the maximum.
    Converged,
    /// The likelihood grows for ever with some coefficients (all counts are 0
    /// where a column is not): there is no maximum, and the coefficients are
    /// those of a ridge of 0.16, a prior of standard deviation 2.5.
    Separated,
    /// Not at the maximum after 100 iterations.
    NotConverged,
}

/// Result of [`poisson_regression`].
#[derive(Debug, Clone, PartialEq)]
pub struct PoissonRegression {
    /// Coefficient of each column.
    pub coefficients: Vec<f64>,
    /// Standard errors from the inverse of the (penalised) information; `None`
    /// where it has none.
    pub standard_errors: Option<Vec<f64>>,
    /// 2 Σ (y·ln(y/μ) − (y − μ)).
    pub deviance: f64,
    /// Iterations taken.
    pub iterations: usize,
    /// How it ended.
    pub convergence: Convergence,
}

/// Ridge used under separation: the variance of a prior of standard deviation
/// 2.5 on standardised columns, the scale of Gelman, Jakulin, Pittau & Su
/// (2008), *Annals of Applied Statistics* 2.
const SEPARATION_RIDGE: f64 = 0.16;

/// Poisson regression with log link and offset: μ = exp(offset + X β).
///
/// `design` has one row of `counts.len()` after the other; give the constant
/// column yourself. Counts need not be whole (quasi-likelihood).
///
/// 1. Columns are brought to mean 0 (if there is a constant column) and
///    standard deviation 1, so that the normal equations are well conditioned.
/// 2. Start: least squares on ln(y + 0.1) as R's `glm` has it.
/// 3. β ← β + (XᵀWX + ridge)⁻¹ (Xᵀ(y − μ) − ridge·β) with W = μ, McCullagh &
///    Nelder (1989), *Generalized Linear Models*, section 2.5, by Cholesky; a
///    step that worsens the penalised deviance is halved, up to 30 times.
/// 4. Until no linear predictor moves by 10⁻⁸. Where the deviance stands still
///    while predictors run away, the data are [separated](Convergence).
///
/// With a ridge of 0 this is what R's `glm(family = poisson)` fits; Dobson's
/// example in R's documentation comes out to the digits printed there.
/// O(rows · columns²) an iteration.
///
/// # Errors
/// [`StatsError`] if lengths differ, a number is not finite or above 10³⁰ in
/// size, an offset above 500, a count is negative or all are 0 (no rate to
/// speak of), there are more than 10
/// columns or fewer rows than columns, or a column is a linear combination of
/// those before it.
pub fn poisson_regression(
    counts: &[f64],
    design: &[f64],
    offsets: &[f64],
    params: &PoissonRegressionParams,
) -> Result<PoissonRegression, StatsError> {
    let problem = Problem::new(counts, design, offsets)?;
    let fit = problem.fit(params.ridge, params.most_iterations);
    if fit.convergence == Convergence::Separated {
        let ridge = params.ridge.max(SEPARATION_RIDGE);
        let again = problem.fit(ridge, params.most_iterations);
        return Ok(PoissonRegression {
            convergence: Convergence::Separated,
            ..problem.on_the_scale_of_the_columns(again)
        });
    }
    Ok(problem.on_the_scale_of_the_columns(fit))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fit(counts: &[f64], design: &[f64], offsets: &[f64]) -> PoissonRegression {
        let params = PoissonRegressionParams::maximum_likelihood();
        poisson_regression(counts, design, offsets, &params).unwrap()
    }

    /// Dobson (1990), *An Introduction to Generalized Linear Models*, p. 93: a
    /// randomised controlled trial with 3 outcomes and 3 treatments, the
    /// example of R's `help(glm)`: intercept 3.045, outcome2 −0.4543, outcome3
    /// −0.2930, treatments 0; residual deviance 5.1291.
    #[test]
    fn the_worked_example_of_dobson() {
        let counts = [18.0, 17.0, 15.0, 20.0, 10.0, 20.0, 25.0, 13.0, 12.0];
        let mut design = Vec::new();
        for i in 0..9 {
            let (outcome, treatment) = (i % 3, i / 3);
            let is = |yes: bool| f64::from(u8::from(yes));
            design.extend([
                1.0,
                is(outcome == 1),
                is(outcome == 2),
                is(treatment == 1),
                is(treatment == 2),
            ]);
        }
        let fit = fit(&counts, &design, &[0.0; 9]);
        assert_eq!(fit.convergence, Convergence::Converged);
        assert!((fit.deviance - 5.1291).abs() < 5e-5, "{}", fit.deviance);
        // In a balanced table the margins give the coefficients exactly.
        let expected = [
            21.0_f64.ln(),
            (40.0_f64 / 63.0).ln(),
            (47.0_f64 / 63.0).ln(),
            0.0,
            0.0,
        ];
        for (ours, theirs) in fit.coefficients.iter().zip(expected) {
            assert!((ours - theirs).abs() < 1e-10, "{ours} {theirs}");
        }
        let errors = [0.1709, 0.2022, 0.1927, 0.2, 0.2];
        for (ours, theirs) in fit.standard_errors.unwrap().iter().zip(errors) {
            assert!((ours - theirs).abs() < 5e-5, "{ours} {theirs}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Plain Newton in the columns as they are, to the same maximum.
        #[test]
        fn the_maximum_is_that_of_plain_newton(
            rows in prop::collection::vec((0u8..20, -1.0..1.0f64, 0.2..5.0f64), 8..60),
            shift in -50.0..50.0f64,
        ) {
            let counts: Vec<f64> = rows.iter().map(|r| f64::from(r.0)).collect();
            prop_assume!(counts.iter().filter(|y| **y > 0.0).count() > 4);
            let design: Vec<f64> = rows.iter().flat_map(|r| [1.0, r.1 + shift]).collect();
            let offsets: Vec<f64> = rows.iter().map(|r| r.2.ln()).collect();
            let ours = fit(&counts, &design, &offsets);
            prop_assert_eq!(ours.convergence, Convergence::Converged);
            let (mut a, mut b) = (0.0, 0.0);
            for _ in 0..200 {
                let (mut g0, mut g1, mut h00, mut h01, mut h11) = (0.0, 0.0, 0.0, 0.0, 0.0);
                for (y, x, e) in &rows {
                    let mu = e * (a + b * x).exp();
                    g0 += f64::from(*y) - mu;
                    g1 += (f64::from(*y) - mu) * x;
                    h00 += mu;
                    h01 += mu * x;
                    h11 += mu * x * x;
                }
                let det = h00 * h11 - h01 * h01;
                let (da, db) = ((h11 * g0 - h01 * g1) / det, (h00 * g1 - h01 * g0) / det);
                let damp = 1.0 / (1.0 + (da * da + db * db).sqrt());
                a += da * damp.max(if da.hypot(db) < 0.5 { 1.0 } else { 0.0 });
                b += db * damp.max(if da.hypot(db) < 0.5 { 1.0 } else { 0.0 });
            }
            prop_assert!((ours.coefficients[1] - b).abs() < 1e-7 * (1.0 + b.abs()));
            prop_assert!((ours.coefficients[0] + shift * b - a).abs() < 1e-5 * (1.0 + a.abs()));
        }
    }

    #[test]
    fn separation_is_seen_and_given_finite_coefficients() {
        // No count at all where the second column is 1.
        let counts = [3.0, 2.0, 4.0, 0.0, 0.0, 0.0];
        let design = [1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0];
        let fit = fit(&counts, &design, &[0.0; 6]);
        assert_eq!(fit.convergence, Convergence::Separated);
        assert!(fit.coefficients.iter().all(|b| b.is_finite()));
        assert!(fit.coefficients[1] < -2.0);
    }

    #[test]
    fn a_ridge_shrinks_and_leaves_the_mean() {
        let counts = [1.0, 2.0, 4.0, 9.0];
        let design = [1.0, 0.0, 1.0, 1.0, 1.0, 2.0, 1.0, 3.0];
        let free = fit(&counts, &design, &[0.0; 4]);
        let params = PoissonRegressionParams::new(5.0).unwrap();
        let shrunk = poisson_regression(&counts, &design, &[0.0; 4], &params).unwrap();
        assert!(shrunk.coefficients[1] < free.coefficients[1]);
        let fitted: f64 = (0..4)
            .map(|i| (shrunk.coefficients[0] + shrunk.coefficients[1] * f64::from(i)).exp())
            .sum();
        assert!((fitted - 16.0).abs() < 1e-6);
    }

    #[test]
    fn bad_designs_are_refused() {
        let params = PoissonRegressionParams::maximum_likelihood();
        let run = |counts: &[f64], design: &[f64]| {
            poisson_regression(counts, design, &vec![0.0; counts.len()], &params)
        };
        let twice = [1.0, 2.0, 1.0, 2.0, 1.0, 2.0];
        assert!(matches!(
            run(&[1.0, 2.0, 3.0], &twice),
            Err(StatsError::Parameter { .. })
        ));
        assert!(matches!(
            run(&[0.0; 3], &[1.0; 3]),
            Err(StatsError::Constant { .. })
        ));
        assert!(run(&[1.0], &[1.0, 2.0]).is_err());
        assert!(run(&[], &[]).is_err());
        assert!(run(&[f64::NAN, 1.0], &[1.0, 1.0]).is_err());
        assert!(PoissonRegressionParams::new(-1.0).is_err());
    }
}
