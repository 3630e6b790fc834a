//! Forecasts of expected counts by place, and back-tests that tell whether
//! they help.
//!
//! What is forecast is the number of events expected in a PLACE in the next
//! periods. Nothing here takes, scores or predicts a person, and nothing can:
//! the input is a cube of counts, places × periods.
//!
//! A forecast steers visits, visits find cases, and cases feed the next
//! forecast (Lum & Isaac 2016, *Significance* 13). Three things keep that loop
//! in sight: an exposure can be the effort spent in a place, so that counts
//! are forecast per unit of effort; every [`backtest()`] sets a model beside the
//! plain [baselines](Baseline), and says so where it does not beat them
//! ([`Verdict`]); and targeting is measured on area, population or effort,
//! as the caller chooses.
//!
//! [`History`] is the cube; a [`ForecastModel`] turns it into a [`Forecast`], a
//! [`Predictive`] distribution for each place and period to come.
//!
//! | subject | methods | file |
//! |---|---|---|
//! | models | [`Ewma`] | `ewma.rs` |
//! | | [`SeasonalNaive`] | `seasonal_naive.rs` |
//! | | [`PoissonGlm`], on [`poisson_regression()`] | `poisson_glm.rs`, `poisson_regression.rs`, `poisson_fit.rs` |
//! | | [`SelfExciting`] | `self_exciting.rs`, `branching.rs` |
//! | do they help? | [`backtest()`], against a [`Baseline`] | `backtest.rs` |
//! | | [`paired_interval()`] | `comparison.rs` |
//! | how well are places chosen? | [`targeting()`]: hit rate, PAI, PEI, PEI*, RRI | `targeting.rs` |
//! | the same on noise and bands | [`protected_targeting()`] | `protected.rs`, `hidden_counts.rs` |
//! | how good are distributions? | [`scores()`]: log, ranked probability, Brier, PIT | `scores.rs` |
//! | do events repeat nearby? | [`knox()`] | `knox.rs` |
//!
//! Deliberately absent: machine learning on features of places, and anything
//! about persons.

mod backtest;
mod baseline;
mod branching;
mod comparison;
mod dispersion;
mod ewma;
mod hidden_counts;
mod history;
mod knox;
mod model;
mod neighbour_order;
mod normal_equations;
mod poisson_fit;
mod poisson_glm;
mod poisson_regression;
mod predictive;
mod protected;
mod scores;
mod seasonal_naive;
mod self_exciting;
mod targeting;

pub use crate::evidence::{CountEvidence, NoiseShape};
pub use backtest::{Backtest, BacktestParams, ModelReport, Role, backtest};
pub use baseline::Baseline;
pub use comparison::{
    Comparison, ComparisonParams, Measure, RatioInterval, Verdict, paired_interval,
};
pub use ewma::{Ewma, FittedEwma, Smoothing};
pub use history::History;
pub use knox::{Knox, KnoxCell, KnoxParams, knox};
pub use model::{Forecast, ForecastModel};
pub use poisson_glm::{FittedPoissonGlm, Past, PoissonGlm, Trend};
pub use poisson_regression::{
    Convergence, PoissonRegression, PoissonRegressionParams, poisson_regression,
};
pub use predictive::{CountFamily, Predictive};
pub use protected::{ProtectedIndex, ProtectedParams, ProtectedTargeting, protected_targeting};
pub use scores::{Scores, scores};
pub use seasonal_naive::SeasonalNaive;
pub use self_exciting::{FittedSelfExciting, SelfExciting};
pub use targeting::{Targeting, TargetingParams, targeting};
