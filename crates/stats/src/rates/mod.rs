//! Rates with their uncertainty.
//!
//! - Raw: [`raw_rates`], [`excess_risks`], [`freeman_tukey`],
//!   [`standardised_ratios`], [`probability_map`], with [`poisson_interval_at`]
//!   for the interval of a count.
//! - Standardised for age: [`expected_counts`] (indirect),
//!   [`directly_standardised_rates`].
//! - Shrunken: [`empirical_bayes`] and [`spatial_empirical_bayes`] by moments,
//!   [`poisson_gamma`] and [`beta_binomial`] by maximum likelihood,
//!   [`binomial_empirical_bayes`] for proportions by moments.
//! - Smoothed over neighbours: [`spatial_rates`], [`spatial_median`],
//!   [`headbanging`].
//! - From surveys: [`survey_interval`], [`fay_herriot`].
//! - From protected counts: [`CountEvidence`] says what is known of a count;
//!   [`poisson_gamma`], [`noisy_empirical_bayes`] and [`GammaPrior`] take it;
//!   [`expected_below_threshold`] fills in what is only known to be small.

mod beta_binomial;
mod binomial_empirical_bayes;
mod censored;
mod direct_standardisation;
mod empirical_bayes;
mod fay_herriot;
mod freeman_tukey;
mod gamma_mixture;
mod gamma_prior;
mod headbanging;
mod indirect_standardisation;
mod noisy_empirical_bayes;
mod observed;
mod poisson;
mod poisson_gamma;
mod poisson_gamma_likelihood;
mod prior_uncertainty;
mod probability_map;
mod raw_rate;
mod regression;
mod spatial_empirical_bayes;
mod spatial_median;
mod spatial_rate;
mod standardised_ratio;
mod stratified;
mod survey;
mod true_count;
mod weighted_median;

pub use crate::evidence::{CountEvidence, discrete_laplace_variance};
pub use beta_binomial::{BetaBinomial, BetaPosterior, beta_binomial};
pub use binomial_empirical_bayes::{BinomialEmpiricalBayes, binomial_empirical_bayes};
pub use censored::{Censored, expected_below_threshold};
pub use direct_standardisation::{
    DirectRate, DirectStandardisationParams, GammaInterval, directly_standardised_rates,
};
pub use empirical_bayes::{EmpiricalBayes, GammaPosterior, empirical_bayes};
pub use fay_herriot::{
    AreaInterval, BetweenAreaVariance, FayHerriot, FayHerriotParams, SmallAreaEstimate,
    SurveyFigures, fay_herriot,
};
pub use freeman_tukey::freeman_tukey;
pub use gamma_prior::{GammaPrior, PosteriorQuery, RateEstimate};
pub use headbanging::{HeadbangingParams, PlanePoint, headbanging};
pub use indirect_standardisation::{expected_counts, stratum_rates};
pub use noisy_empirical_bayes::{NoisyEmpiricalBayes, noisy_empirical_bayes};
pub(crate) use poisson::exact_interval;
pub use poisson::{Interval, PoissonMethod, poisson_interval, poisson_interval_at};
pub use poisson_gamma::{
    PoissonGamma, PoissonGammaParams, PriorErrors, PriorUncertainty, poisson_gamma,
};
pub use probability_map::{CountProbability, probability_map};
pub use raw_rate::{excess_risks, raw_rates};
pub use spatial_empirical_bayes::{
    Deviations, LocalRate, PriorNeighbourhood, SpatialEmpiricalBayesParams, spatial_empirical_bayes,
};
pub use spatial_median::spatial_median;
pub use spatial_rate::spatial_rates;
pub use standardised_ratio::{StandardisedRatio, StandardisedRatioParams, standardised_ratios};
pub use survey::survey_interval;
