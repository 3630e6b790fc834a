//! Significance of clusters from simulated maxima.

use crate::StatsError;

/// How many data sets are simulated under the null hypothesis, from which
/// seed, and when to stop early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonteCarlo {
    pub(super) simulations: usize,
    pub(super) seed: u64,
    pub(super) stop_after: usize,
}

impl MonteCarlo {
    /// Always `simulations` data sets; 999 and 9,999 are usual, and scans
    /// refuse more than ten million. With 0 clusters have no p-value. Simulation k draws from stream k of the
    /// seed, so that results do not depend on the number of threads.
    #[must_use]
    pub fn new(simulations: usize, seed: u64) -> Self {
        Self {
            simulations,
            seed,
            stop_after: usize::MAX,
        }
    }

    /// Stops once this many simulations reach the most likely cluster
    /// (sequential Monte Carlo: Besag & Clifford 1991, *Biometrika* 78;
    /// `SaTScan` offers 50). With h of l simulations p is then h/l, else
    /// (r + 1)/(m + 1).
    ///
    /// # Errors
    /// [`StatsError::Parameter`] for zero.
    pub fn stop_after(self, exceedances: usize) -> Result<Self, StatsError> {
        crate::error::check_positive("simulations to stop after", exceedances as f64)?;
        Ok(Self {
            stop_after: exceedances,
            ..self
        })
    }
}

/// The largest log likelihood ratio of each simulated data set.
#[derive(Debug, Clone, PartialEq)]
pub struct SimulatedMaxima {
    pub(super) maxima: Vec<f64>,
    /// Whether simulation ended before the number asked for.
    pub(super) stopped: bool,
}

impl SimulatedMaxima {
    /// Keeps what a sequential test would have seen: simulations in their
    /// order up to the one that completes the exceedances. Says whether that
    /// happened.
    pub(super) fn stop(&mut self, observed: f64, plan: &MonteCarlo) -> bool {
        let mut exceedances = 0;
        for (index, maximum) in self.maxima.iter().enumerate() {
            exceedances += usize::from(reaches(*maximum, observed));
            if exceedances >= plan.stop_after && index + 1 < plan.simulations {
                self.maxima.truncate(index + 1);
                self.stopped = true;
                return true;
            }
        }
        false
    }

    /// Largest ratio of each simulation, in their order.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.maxima
    }

    /// Monte Carlo p-value of a log likelihood ratio, `None` without
    /// simulations. Ties are as extreme.
    #[must_use]
    pub fn p(&self, log_likelihood_ratio: f64) -> Option<f64> {
        let reached = self
            .maxima
            .iter()
            .filter(|maximum| reaches(**maximum, log_likelihood_ratio))
            .count();
        if self.maxima.is_empty() {
            None
        } else if self.stopped {
            Some(reached as f64 / self.maxima.len() as f64)
        } else {
            Some((reached + 1) as f64 / (self.maxima.len() + 1) as f64)
        }
    }

    /// p-value from a Gumbel distribution with the mean and variance of the
    /// simulated maxima: 1 − exp(−exp((μ − x)/β)), β = s√6/π, μ = x̄ − γβ.
    /// It resolves p-values far below 1/(m + 1). Abrams, Kulldorff & Kleinman
    /// (2010), *International Journal of Health Geographics* 9:61. s² has
    /// divisor m − 1. `None` with fewer than two simulations or where all
    /// maxima are equal.
    #[must_use]
    pub fn p_gumbel(&self, log_likelihood_ratio: f64) -> Option<f64> {
        const EULER: f64 = 0.577_215_664_901_532_9;
        let count = self.maxima.len() as f64;
        let mean = self.maxima.iter().sum::<f64>() / count;
        let squares: f64 = self.maxima.iter().map(|x| (x - mean).powi(2)).sum();
        let scale = (squares / (count - 1.0) * 6.0).sqrt() / std::f64::consts::PI;
        if scale.is_nan() || scale <= 0.0 {
            return None;
        }
        let place = mean - EULER * scale;
        Some(-(-((place - log_likelihood_ratio) / scale).exp()).exp_m1())
    }
}

/// Whether a simulated maximum is at least the observed ratio. Windows with
/// the same ratio by different sums may differ in the last digits.
fn reaches(maximum: f64, observed: f64) -> bool {
    maximum >= observed - 1e-9 * observed.abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn maxima(values: &[f64]) -> SimulatedMaxima {
        SimulatedMaxima {
            maxima: values.to_vec(),
            stopped: false,
        }
    }

    #[test]
    fn p_counts_ties_and_is_never_zero() {
        let simulated = maxima(&[1.0, 2.0, 3.0, 4.0]);
        assert_eq!(simulated.p(5.0), Some(0.2));
        assert_eq!(simulated.p(4.0), Some(0.4));
        assert_eq!(simulated.p(0.0), Some(1.0));
        assert_eq!(maxima(&[]).p(1.0), None);
    }

    #[test]
    fn early_stop_keeps_the_simulations_up_to_the_last_exceedance() {
        let plan = MonteCarlo::new(10, 0).stop_after(2).unwrap();
        let mut simulated = maxima(&[1.0, 5.0, 1.0, 5.0, 5.0, 1.0]);
        assert!(simulated.stop(4.0, &plan));
        assert_eq!(simulated.values().len(), 4);
        assert_eq!(simulated.p(4.0), Some(0.5));
        assert!(plan.stop_after(0).is_err());
    }

    #[test]
    fn p_gumbel_is_the_tail_of_its_moments() {
        // Quantiles of a Gumbel distribution with place 5 and scale 1.
        let values: Vec<f64> = (0..20_000)
            .map(|i| 5.0 - (-((f64::from(i) + 0.5) / 20_000.0).ln()).ln())
            .collect();
        let p = maxima(&values).p_gumbel(12.0).unwrap();
        let exact = -(-(-7.0_f64).exp()).exp_m1();
        assert!((p / exact - 1.0).abs() < 0.02, "{p} {exact}");
        assert_eq!(maxima(&[1.0, 1.0]).p_gumbel(2.0), None);
        assert_eq!(maxima(&[1.0]).p_gumbel(2.0), None);
        assert!(maxima(&values).p_gumbel(60.0).unwrap() > 0.0);
    }
}
