//! Rates with their uncertainty.
//!
//! | question | method | file |
//! |---|---|---|
//! | what is the rate? | [`raw_rates()`], [`excess_risks()`] | `raw_rate.rs` |
//! | | [`freeman_tukey()`], of stable variance | `freeman_tukey.rs` |
//! | how sure is a count? | [`poisson_interval()`], [`poisson_interval_at()`]: exact, mid-p, Byar | `poisson.rs` |
//! | is a count surprising? | [`probability_map()`], with Choynowski's | `probability_map.rs` |
//! | standardised for age | [`standardised_ratios()`] | `standardised_ratio.rs` |
//! | | [`stratum_rates()`], [`expected_counts()`], indirectly | `indirect_standardisation.rs` |
//! | | [`directly_standardised_rates()`] | `direct_standardisation.rs` |
//! | shrunken, by moments | [`empirical_bayes()`] of Marshall | `empirical_bayes.rs` |
//! | | [`spatial_empirical_bayes()`], towards the neighbours | `spatial_empirical_bayes.rs` |
//! | | [`binomial_empirical_bayes()`], of proportions | `binomial_empirical_bayes.rs` |
//! | | [`noisy_empirical_bayes()`], noise taken out | `noisy_empirical_bayes.rs` |
//! | shrunken, by maximum likelihood | [`poisson_gamma()`], of exact, noisy and banded counts | `poisson_gamma.rs` |
//! | | [`beta_binomial()`] | `beta_binomial.rs` |
//! | with a prior given | [`GammaPrior`] | `gamma_prior.rs` |
//! | smoothed over neighbours | [`spatial_rates()`] | `spatial_rate.rs` |
//! | | [`spatial_median()`] | `spatial_median.rs` |
//! | | [`headbanging()`] | `headbanging.rs` |
//! | from surveys | [`survey_interval()`] | `survey.rs` |
//! | | [`fay_herriot()`], small areas with covariates | `fay_herriot.rs` |
//! | counts below a threshold | [`expected_below_threshold()`] | `censored.rs` |
//!
//! Protected counts come as [`CountEvidence`], which [`crate::evidence`]
//! defines for all families.
//!
//! Deliberately absent: models fitted by simulation, such as that of Besag,
//! York and Mollié.

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
