//! How much more than Poisson counts vary about their forecasts.

use super::predictive::{LEAST_SIZE, MOST_MEAN};
use super::{CountFamily, Predictive};

/// Moment estimate of a negative binomial's 1/size from counts and what they
/// were expected to be.
///
/// From Var y = μ + μ²/k: 1/k = Σ((y − μ)² − y) / Σμ², the regression through
/// the origin of Cameron & Trivedi (1990), *Journal of Econometrics* 46, with
/// weights that keep small means from ruling. Sums are taken in the order of
/// the pairs.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Dispersion {
    excess: f64,
    squares: f64,
}

/// Above this size the distribution is Poisson to more digits than counts can
/// tell.
const LARGEST_SIZE: f64 = 1e8;

impl Dispersion {
    pub(super) fn add(&mut self, count: f64, mean: f64) {
        self.excess += (count - mean).powi(2) - count;
        self.squares += mean * mean;
    }

    pub(super) fn merge(mut self, other: Self) -> Self {
        self.excess += other.excess;
        self.squares += other.squares;
        self
    }

    /// Size of the negative binomial, at least 10⁻¹²; `None` where Poisson does.
    pub(super) fn size(&self, family: CountFamily) -> Option<f64> {
        let size = self.squares / self.excess;
        (family == CountFamily::NegativeBinomial
            && self.excess > 0.0
            && size > 0.0
            && size < LARGEST_SIZE)
            .then_some(size.max(LEAST_SIZE))
    }
}

/// The distribution of a mean with the size found, if any. `None` for a mean
/// that is negative or above 10¹⁵: overflow is no forecast.
pub(super) fn predictive(mean: f64, size: Option<f64>) -> Option<Predictive> {
    if !(0.0..=MOST_MEAN).contains(&mean) {
        return None;
    }
    Some(match size {
        Some(size) => Predictive::NegativeBinomial { mean, size },
        None => Predictive::Poisson { mean },
    })
}

#[cfg(test)]
mod tests {
    use rand_distr::{Distribution as _, Gamma, Poisson};

    use super::*;

    #[test]
    fn the_size_of_a_gamma_mixture_is_found() {
        let mut random = crate::random::stream(3, 0);
        let mut dispersion = Dispersion::default();
        let mut equal = Dispersion::default();
        for i in 0..100_000 {
            let mean = 0.5 + f64::from(i % 10);
            let rate = Gamma::new(2.0, mean / 2.0).unwrap().sample(&mut random);
            let count = Poisson::new(rate.max(1e-12)).unwrap().sample(&mut random);
            dispersion.add(count, mean);
            equal.add(mean.round(), mean.round());
        }
        let size = dispersion.size(CountFamily::NegativeBinomial).unwrap();
        assert!((size - 2.0).abs() < 0.06, "{size}");
        assert_eq!(dispersion.size(CountFamily::Poisson), None);
        assert_eq!(equal.size(CountFamily::NegativeBinomial), None);
    }
}
