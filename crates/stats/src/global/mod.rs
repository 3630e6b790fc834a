//! Global statistics: whether values cluster at all.
//!
//! | of | method | file |
//! |---|---|---|
//! | values | [`moran_i()`] | `moran.rs` |
//! | | [`geary_c()`] | `geary.rs` |
//! | | [`getis_ord_g()`] | `getis_ord_g.rs` |
//! | | [`bivariate_moran_i()`] | `bivariate_moran.rs` |
//! | | [`correlogram()`], [`correlogram_by_distance()`], [`correlogram_by_order()`] | `correlogram.rs` |
//! | rates whose precision differs | [`eb_moran_i()`], [`eb_standardised_rates()`] | `eb_moran.rs` |
//! | two categories | [`join_counts()`] | `join_counts.rs` |
//! | any number of categories | [`join_counts_multi()`] | `join_counts_multi.rs` |
//! | cases in a population | [`tango_index()`], with [`exponential_closeness()`] | `tango.rs` |
//! | | [`rogerson_r()`] | `rogerson.rs` |
//! | | [`oden_i_pop()`] | `oden.rs` |
//! | | [`stone_test()`], about a source | `stone.rs` |
//! | | [`potthoff_whittinghill()`], without places | `potthoff_whittinghill.rs` |
//!
//! Each gives a value with its moments under the null hypothesis, so that any
//! alternative can be read off ([`Deviate::p`]), and if asked a permutation or
//! simulation test ([`PermutationTest::p`]). Self-weights count only where a
//! method says so (Tango, Rogerson, Oden).
//!
//! Deliberately absent: residuals of regressions (`lm.morantest`), exact and
//! saddle-point p-values of Moran's I, and the test of Cuzick & Edwards.

mod autocorrelation;
mod bivariate_moran;
mod cases;
mod correlogram;
mod count_form;
mod deviate;
mod eb_moran;
mod geary;
mod getis_ord_g;
mod join_counts;
mod join_counts_multi;
mod moran;
mod oden;
mod pairs;
mod permutation;
mod potthoff_whittinghill;
mod rogerson;
mod sample;
mod stone;
mod tango;

pub use autocorrelation::{Autocorrelation, AutocorrelationParams, Islands, Standardisation};
pub use bivariate_moran::bivariate_moran_i;
pub use correlogram::{
    CorrelogramClass, CorrelogramParams, correlogram, correlogram_by_distance, correlogram_by_order,
};
pub use count_form::CountForm;
pub use deviate::Deviate;
pub use eb_moran::{
    BetweenVariance, EbMoranParams, EbNumerator, eb_moran_i, eb_standardised_rates,
};
pub use geary::geary_c;
pub use getis_ord_g::getis_ord_g;
pub use join_counts::{JoinCount, JoinCountParams, JoinCounts, Sampling, join_counts};
pub use join_counts_multi::{JoinCountsMulti, join_counts_multi};
pub use moran::moran_i;
pub use oden::{OdenIPop, oden_i_pop};
pub use permutation::{PermutationTest, Permutations};
pub use potthoff_whittinghill::{PotthoffWhittinghill, potthoff_whittinghill};
pub use rogerson::rogerson_r;
pub use stone::{StoneTest, stone_test};
pub use tango::{exponential_closeness, tango_index};
