//! Rates against other packages, published examples and simulations.

mod coverage;
mod packages;
mod robustness;

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Beta, Binomial, Distribution as _, Gamma, Normal, Poisson};
use safeground_stats::rates::{
    AreaInterval, BetweenAreaVariance, CountEvidence, Deviations, DirectStandardisationParams,
    FayHerriotParams, GammaInterval, GammaPrior, Interval, PoissonGammaParams, PoissonMethod,
    PosteriorQuery, PriorNeighbourhood, PriorUncertainty, SpatialEmpiricalBayesParams,
    SurveyFigures, beta_binomial, directly_standardised_rates, discrete_laplace_variance,
    empirical_bayes, excess_risks, fay_herriot, freeman_tukey, noisy_empirical_bayes,
    poisson_gamma, poisson_interval_at, probability_map, raw_rates, spatial_empirical_bayes,
    spatial_rates,
};

use crate::oracle::{columns, neighbours, shared};
use crate::threads::on_any_threads;
use crate::uniform::gap_from_uniform;

/// P(k) ∝ e^(−ε|k|): the difference of two geometric variables.
fn discrete_laplace(random: &mut ChaCha8Rng, epsilon: f64) -> i64 {
    let mut geometric =
        || -> i64 { (-f64::ln(1.0 - random.random::<f64>()) / epsilon).floor() as i64 };
    geometric() - geometric()
}

fn query() -> PosteriorQuery {
    PosteriorQuery::new(0.95, None).unwrap()
}

/// What protection makes of a count.
type Protection = fn(&mut ChaCha8Rng, u64) -> CountEvidence;

fn noisy(random: &mut ChaCha8Rng, count: u64, epsilon: f64) -> CountEvidence {
    CountEvidence::Noisy {
        value: count as f64 + discrete_laplace(random, epsilon) as f64,
        variance: discrete_laplace_variance(epsilon, 1.0).unwrap(),
    }
}

fn band(count: u64) -> CountEvidence {
    let low = count / 5 * 5;
    CountEvidence::Band { low, high: low + 4 }
}
