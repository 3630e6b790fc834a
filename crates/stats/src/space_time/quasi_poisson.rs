//! Quasi-Poisson regression with log link.

use crate::special::cholesky::Factor;

/// Share of a diagonal below which a term depends on those before it.
const INDEPENDENT: f64 = 1e-12;

/// Rows of a design matrix with what is regressed on it.
#[derive(Debug, Clone, Default)]
pub(super) struct Design {
    terms: usize,
    rows: Vec<f64>,
    counts: Vec<f64>,
    log_exposure: Vec<f64>,
}

/// A fitted model.
#[derive(Debug, Clone)]
pub(super) struct Fit {
    /// Coefficients on the log scale.
    pub coefficients: Vec<f64>,
    /// Inverse of XᵀWX, row by row: the covariance at dispersion 1.
    pub unscaled: Vec<f64>,
    /// Fitted means.
    pub means: Vec<f64>,
    /// Diagonal of the hat matrix.
    pub leverages: Vec<f64>,
    /// Pearson χ² over the degrees of freedom; NaN if there are none.
    pub dispersion: f64,
    /// Rows less terms.
    pub degrees_of_freedom: f64,
}

impl Fit {
    /// Variance, at dispersion 1, of the sum of `factors` × coefficients.
    pub fn variance_of(&self, factors: &[f64]) -> f64 {
        let terms = self.coefficients.len();
        let mut variance = 0.0;
        for (i, a) in factors.iter().enumerate() {
            if *a == 0.0 {
                continue;
            }
            for (j, b) in factors.iter().enumerate() {
                variance += a * b * self.unscaled[i * terms + j];
            }
        }
        variance.max(0.0)
    }
}

impl Design {
    pub fn new(terms: usize) -> Self {
        Self {
            terms,
            ..Self::default()
        }
    }

    pub fn push(&mut self, row: &[f64], count: f64, exposure: f64) {
        debug_assert_eq!(row.len(), self.terms);
        self.rows.extend_from_slice(row);
        self.counts.push(count);
        self.log_exposure.push(exposure.ln());
    }

    pub fn len(&self) -> usize {
        self.counts.len()
    }

    pub fn counts(&self) -> &[f64] {
        &self.counts
    }

    /// Maximum quasi-likelihood by iteratively reweighted least squares, a
    /// step being halved while the deviance does not fall: McCullagh & Nelder
    /// (1989), *Generalized Linear Models*, section 2.5. `weights` are prior
    /// weights. `None` if the terms are not independent or the fit runs away
    /// (all counts zero along a term).
    pub fn fit(&self, weights: &[f64]) -> Option<Fit> {
        let n = self.len();
        if n < self.terms || self.terms == 0 {
            return None;
        }
        let row = |i: usize| &self.rows[i * self.terms..(i + 1) * self.terms];
        let mut eta: Vec<f64> = self.counts.iter().map(|y| (y + 0.1).ln()).collect();
        let mut coefficients: Option<Vec<f64>> = None;
        let mut deviance = f64::INFINITY;
        let mut last_move = f64::INFINITY;
        for _ in 0..100 {
            // z = η + (y − μ)/μ less the offset, weighted by w μ.
            let mut normal = vec![0.0; self.terms * self.terms];
            let mut right = vec![0.0; self.terms];
            for i in 0..n {
                let mean = eta[i].exp();
                let weight = weights[i] * mean;
                let working = eta[i] - self.log_exposure[i] + (self.counts[i] - mean) / mean;
                accumulate(&mut normal, &mut right, row(i), weight, working);
            }
            let mut step = self.factor(&normal)?.solve(&right);
            let mut next = self.deviance(&step, weights);
            if let Some(current) = &coefficients {
                for _ in 0..30 {
                    if next.0 <= deviance * (1.0 + 1e-12) + 1e-12 {
                        break;
                    }
                    for (new, old) in step.iter_mut().zip(current) {
                        *new = 0.5 * (*new + old);
                    }
                    next = self.deviance(&step, weights);
                }
            }
            if !next.0.is_finite() {
                return None;
            }
            let moved = coefficients.as_ref().map_or(f64::INFINITY, |current| {
                step.iter().zip(current).fold(0.0_f64, |most, (a, b)| {
                    most.max((a - b).abs() / (1.0 + a.abs()))
                })
            });
            (deviance, eta) = next;
            coefficients = Some(step);
            last_move = moved;
            if moved < 1e-12 {
                break;
            }
        }
        if last_move > 1e-8 {
            return None;
        }
        self.summary(coefficients?, weights)
    }

    fn factor(&self, normal: &[f64]) -> Option<Factor> {
        Factor::new(self.terms, INDEPENDENT, |i, j| normal[i * self.terms + j]).ok()
    }

    /// Poisson deviance and linear predictors, the offset included.
    fn deviance(&self, coefficients: &[f64], weights: &[f64]) -> (f64, Vec<f64>) {
        let eta: Vec<f64> = self
            .rows
            .chunks_exact(self.terms)
            .zip(&self.log_exposure)
            .map(|(row, offset)| {
                offset
                    + row
                        .iter()
                        .zip(coefficients)
                        .map(|(x, b)| x * b)
                        .sum::<f64>()
            })
            .collect();
        let deviance = eta
            .iter()
            .zip(&self.counts)
            .zip(weights)
            .map(|((eta, y), w)| {
                let mean = eta.exp();
                let part = if *y > 0.0 { y * (y.ln() - eta) } else { 0.0 };
                2.0 * w * (part - (y - mean))
            })
            .sum();
        (deviance, eta)
    }

    fn summary(&self, coefficients: Vec<f64>, weights: &[f64]) -> Option<Fit> {
        let (_, eta) = self.deviance(&coefficients, weights);
        let means: Vec<f64> = eta.iter().map(|eta| eta.exp()).collect();
        let mut normal = vec![0.0; self.terms * self.terms];
        let mut unused = vec![0.0; self.terms];
        for (i, row) in self.rows.chunks_exact(self.terms).enumerate() {
            accumulate(&mut normal, &mut unused, row, weights[i] * means[i], 0.0);
        }
        let unscaled = self.factor(&normal)?.inverse().concat();
        let mut fit = Fit {
            coefficients,
            unscaled,
            leverages: Vec::new(),
            dispersion: f64::NAN,
            degrees_of_freedom: self.len() as f64 - self.terms as f64,
            means,
        };
        fit.leverages = self
            .rows
            .chunks_exact(self.terms)
            .enumerate()
            .map(|(i, row)| weights[i] * fit.means[i] * fit.variance_of(row))
            .collect();
        let pearson: f64 = self
            .counts
            .iter()
            .zip(&fit.means)
            .zip(weights)
            .map(|((y, mean), w)| w * (y - mean).powi(2) / mean)
            .sum();
        if fit.degrees_of_freedom > 0.0 {
            fit.dispersion = pearson / fit.degrees_of_freedom;
        }
        Some(fit)
    }
}

/// Adds a row to the lower half of XᵀWX and to XᵀWz.
fn accumulate(normal: &mut [f64], right: &mut [f64], row: &[f64], weight: f64, working: f64) {
    let terms = row.len();
    for (i, a) in row.iter().enumerate() {
        // Most terms of a seasonal level are zero.
        if *a == 0.0 {
            continue;
        }
        right[i] += weight * a * working;
        for (j, b) in row[..=i].iter().enumerate() {
            normal[i * terms + j] += weight * a * b;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Dobson (1990), *An Introduction to Generalized Linear Models*, p. 93,
    /// as in the help page of R's `glm`: counts of three treatments and three
    /// outcomes; deviance 5.1291 on 4 degrees of freedom.
    #[test]
    fn dobsons_counts_have_the_published_fit() {
        let counts = [18.0, 17.0, 15.0, 20.0, 10.0, 20.0, 25.0, 13.0, 12.0];
        let mut design = Design::new(5);
        for (i, count) in counts.iter().enumerate() {
            let is = |yes: bool| f64::from(u8::from(yes));
            let (outcome, treatment) = (i % 3, i / 3);
            design.push(
                &[
                    1.0,
                    is(outcome == 1),
                    is(outcome == 2),
                    is(treatment == 1),
                    is(treatment == 2),
                ],
                *count,
                1.0,
            );
        }
        let weights = [1.0; 9];
        let fit = design.fit(&weights).unwrap();
        for (ours, published) in fit.coefficients.iter().zip([3.0445, -0.4543, -0.2930]) {
            assert!((ours - published).abs() < 5e-5, "{ours} {published}");
        }
        for (term, error) in [(0, 0.1709), (1, 0.2022), (2, 0.1927), (3, 0.2), (4, 0.2)] {
            assert!((fit.unscaled[term * 5 + term].sqrt() - error).abs() < 5e-5);
        }
        let (deviance, _) = design.deviance(&fit.coefficients, &weights);
        assert!((deviance - 5.1291).abs() < 5e-5);
        assert!((fit.leverages.iter().sum::<f64>() - 5.0).abs() < 1e-10);
    }

    #[test]
    fn dependent_terms_have_no_fit() {
        let mut design = Design::new(2);
        for y in [1.0, 2.0, 3.0] {
            design.push(&[1.0, 2.0], y, 1.0);
        }
        assert!(design.fit(&[1.0; 3]).is_none());
    }
}
