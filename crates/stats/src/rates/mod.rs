//! Rates with their uncertainty.

mod censored;
mod empirical_bayes;
mod poisson;
mod survey;

pub use censored::{Censored, expected_below_threshold};
pub use empirical_bayes::{EmpiricalBayes, GammaPosterior, empirical_bayes};
pub use poisson::{Interval, poisson_interval};
pub use survey::survey_interval;
