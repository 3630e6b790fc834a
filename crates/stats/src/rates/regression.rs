//! Weighted least squares over areas, for the Fay-Herriot model.

use super::fay_herriot::{Sampled, SurveyFigures};
use crate::StatsError;
use crate::special::cholesky::Factor;

/// Rows of covariates, the intercept first; the others are put to mean 0 and
/// spread 1 over the sampled areas, so that their size does not matter.
pub(super) struct Columns {
    rows: Vec<Option<Vec<f64>>>,
    /// Mean and spread of each covariate.
    scales: Vec<(f64, f64)>,
}

impl Columns {
    /// The columns, and the areas that have all covariates and a direct
    /// estimate with its error.
    pub(super) fn new(figures: &SurveyFigures<'_>) -> Result<(Self, Vec<Sampled>), StatsError> {
        let raw: Vec<Option<Vec<f64>>> = (0..figures.estimates.len())
            .map(|area| {
                figures
                    .covariates
                    .iter()
                    .map(|column| column[area])
                    .collect()
            })
            .collect();
        let sampled: Vec<Sampled> = raw
            .iter()
            .enumerate()
            .filter_map(|(area, row)| {
                row.as_ref()?;
                let error = figures.standard_errors[area]?;
                Some(Sampled {
                    area,
                    estimate: figures.estimates[area]?,
                    variance: error * error,
                })
            })
            .collect();
        let values = |column: usize| {
            let raw = &raw;
            sampled
                .iter()
                .filter_map(move |s| raw[s.area].as_ref().map(|row| row[column]))
        };
        let count = sampled.len().max(1) as f64;
        let mut scales = Vec::with_capacity(figures.covariates.len());
        for column in 0..figures.covariates.len() {
            let mean = values(column).sum::<f64>() / count;
            let squares: f64 = values(column).map(|x| (x - mean) * (x - mean)).sum();
            let spread = (squares / count).sqrt();
            let largest = values(column).fold(0.0_f64, |most, x| most.max(x.abs()));
            if sampled.len() > 1 && spread <= 1e-12 * largest {
                return Err(StatsError::Collinear {
                    method: "fay-herriot estimate",
                });
            }
            scales.push((mean, if spread > 0.0 { spread } else { 1.0 }));
        }
        let rows = raw
            .into_iter()
            .map(|row| {
                row.map(|row| {
                    let scaled = row
                        .iter()
                        .zip(&scales)
                        .map(|(x, (mean, spread))| (x - mean) / spread);
                    std::iter::once(1.0).chain(scaled).collect()
                })
            })
            .collect();
        Ok((Self { rows, scales }, sampled))
    }

    /// Number of coefficients, the intercept included.
    pub(super) fn width(&self) -> usize {
        self.scales.len() + 1
    }

    pub(super) fn row(&self, area: usize) -> Option<&[f64]> {
        self.rows[area].as_deref()
    }

    /// Coefficients and their standard errors for the covariates as given.
    pub(super) fn coefficients(&self, fit: &Regression) -> (Vec<f64>, Vec<f64>) {
        // Each coefficient is a row of numbers times those of the scaled ones.
        let width = self.width();
        let mut back = vec![vec![0.0; width]; width];
        back[0][0] = 1.0;
        for (index, (mean, spread)) in self.scales.iter().enumerate() {
            back[0][index + 1] = -mean / spread;
            back[index + 1][index + 1] = 1.0 / spread;
        }
        back.iter()
            .map(|row| (fit.predict(row), fit.prediction_variance(row).sqrt()))
            .unzip()
    }
}

/// Least squares weighted with w = 1/(A + D).
pub(super) struct Regression {
    /// (X′WX)⁻¹.
    inverse: Vec<Vec<f64>>,
    coefficients: Vec<f64>,
    /// Variance between areas, A.
    variance: f64,
    /// Restricted ln likelihood up to a constant.
    log_likelihood: f64,
    /// Weight, residual and x(X′WX)⁻¹x′ of each sampled area.
    areas: Vec<(f64, f64, f64)>,
    /// X′W²X(X′WX)⁻¹ and X′W³X(X′WX)⁻¹, as traces: tr, tr of the square, tr.
    second_trace: f64,
    second_square_trace: f64,
    third_trace: f64,
}

impl Regression {
    pub(super) fn new(
        columns: &Columns,
        sampled: &[Sampled],
        variance: f64,
    ) -> Result<Self, StatsError> {
        Self::weighted(columns, sampled, variance, |s| {
            1.0 / (variance + s.variance)
        })
    }

    pub(super) fn unweighted(columns: &Columns, sampled: &[Sampled]) -> Result<Self, StatsError> {
        Self::weighted(columns, sampled, 0.0, |_| 1.0)
    }

    fn weighted(
        columns: &Columns,
        sampled: &[Sampled],
        variance: f64,
        weight: impl Fn(&Sampled) -> f64,
    ) -> Result<Self, StatsError> {
        let width = columns.width();
        let row = |s: &Sampled| {
            columns
                .row(s.area)
                .expect("a sampled area has all its covariates")
        };
        // Residuals from the mean first, so that a large offset costs nothing.
        let centre = sampled.iter().map(|s| s.estimate).sum::<f64>() / sampled.len() as f64;
        let mut products = [1, 2, 3].map(|_| vec![vec![0.0; width]; width]);
        let mut right = vec![0.0; width];
        for area in sampled {
            let (x, w) = (row(area), weight(area));
            for i in 0..width {
                right[i] += w * x[i] * (area.estimate - centre);
                for j in 0..width {
                    let cell = x[i] * x[j];
                    products[0][i][j] += w * cell;
                    products[1][i][j] += w * w * cell;
                    products[2][i][j] += w * w * w * cell;
                }
            }
        }
        let factor = Factor::new(width, 1e-12, |i, j| products[0][i][j]).map_err(|_| {
            StatsError::Collinear {
                method: "fay-herriot estimate",
            }
        })?;
        let (inverse, log_determinant) = (factor.inverse(), factor.log_determinant());
        let times = |matrix: &[Vec<f64>]| -> Vec<Vec<f64>> {
            (0..width)
                .map(|i| {
                    (0..width)
                        .map(|j| (0..width).map(|k| matrix[i][k] * inverse[k][j]).sum())
                        .collect()
                })
                .collect()
        };
        let second = times(&products[1]);
        let third = times(&products[2]);
        let mut coefficients: Vec<f64> = inverse.iter().map(|row| dot(row, &right)).collect();
        let areas: Vec<(f64, f64, f64)> = sampled
            .iter()
            .map(|area| {
                let x = row(area);
                let residual = area.estimate - centre - dot(x, &coefficients);
                (weight(area), residual, quadratic(&inverse, x))
            })
            .collect();
        coefficients[0] += centre;
        let log_likelihood = 0.5
            * (areas
                .iter()
                .map(|(w, r, _)| w.ln() - w * r * r)
                .sum::<f64>()
                - log_determinant);
        Ok(Self {
            variance,
            log_likelihood,
            second_trace: (0..width).map(|i| second[i][i]).sum(),
            second_square_trace: (0..width)
                .map(|i| (0..width).map(|j| second[i][j] * second[j][i]).sum::<f64>())
                .sum(),
            third_trace: (0..width).map(|i| third[i][i]).sum(),
            inverse,
            coefficients,
            areas,
        })
    }

    /// Variance between areas.
    pub(super) fn variance(&self) -> f64 {
        self.variance
    }

    /// Restricted ln likelihood up to a constant.
    pub(super) fn log_likelihood(&self) -> f64 {
        self.log_likelihood
    }

    pub(super) fn predict(&self, row: &[f64]) -> f64 {
        dot(row, &self.coefficients)
    }

    /// x(X′WX)⁻¹x′.
    pub(super) fn prediction_variance(&self, row: &[f64]) -> f64 {
        quadratic(&self.inverse, row)
    }

    pub(super) fn residual_squares(&self) -> f64 {
        self.areas.iter().map(|(_, r, _)| r * r).sum()
    }

    /// Σ w r².
    pub(super) fn weighted_residual_squares(&self) -> f64 {
        self.areas.iter().map(|(w, r, _)| w * r * r).sum()
    }

    /// Σ w² r², which is y′P²y.
    pub(super) fn weighted_square(&self) -> f64 {
        self.areas.iter().map(|(w, r, _)| w * w * r * r).sum()
    }

    /// Σ D(1 − h) of the unweighted regression, h being the leverage.
    pub(super) fn expected_sampling_squares(&self, sampled: &[Sampled]) -> f64 {
        self.areas
            .iter()
            .zip(sampled)
            .map(|((w, _, own), s)| s.variance * (1.0 - w * own))
            .sum()
    }

    /// Σ w.
    pub(super) fn weights_sum(&self) -> f64 {
        self.areas.iter().map(|(w, _, _)| w).sum()
    }

    /// Σ w².
    pub(super) fn weights_square_sum(&self) -> f64 {
        self.areas.iter().map(|(w, _, _)| w * w).sum()
    }

    /// tr P.
    pub(super) fn trace(&self) -> f64 {
        self.weights_sum() - self.second_trace
    }

    /// tr P².
    pub(super) fn trace_of_square(&self) -> f64 {
        self.weights_square_sum() - 2.0 * self.third_trace + self.second_square_trace
    }

    /// tr (X′WX)⁻¹X′W²X.
    pub(super) fn leverage_sum(&self) -> f64 {
        self.second_trace
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn quadratic(matrix: &[Vec<f64>], x: &[f64]) -> f64 {
    matrix
        .iter()
        .zip(x)
        .map(|(row, value)| value * dot(row, x))
        .sum()
}
