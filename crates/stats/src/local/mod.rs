//! Local statistics: where values cluster.
//!
//! | question | method | file |
//! |---|---|---|
//! | where do high or low values gather? | [`getis_ord()`] (Gi*, Gi), [`getis_ord_ratio()`] | `getis_ord.rs` |
//! | | [`getis_ord_permutation()`] | `getis_ord_permutation.rs` |
//! | where are neighbours alike, and which units stand out? | [`local_moran()`], [`local_moran_permutation()`] | `local_moran.rs` |
//! | the same for rates | [`local_moran_rate()`], [`local_moran_rate_permutation()`], [`rate_deviates()`] | `local_moran_rate.rs` |
//! | where are differences small or large? | [`local_geary()`], [`local_geary_permutation()`] | `local_geary.rs` |
//! | where does an event gather? | [`local_join_count()`] | `local_join_count.rs` |
//! | where do two events, apart or together? | [`bivariate_local_join_count()`], [`local_co_location()`] | `local_join_count.rs` |
//! | where does x go with y around? | [`bivariate_local_moran()`] | `bivariate_local_moran.rs` |
//! | where do values scatter more than elsewhere? | [`losh()`], [`losh_permutation()`] | `losh.rs`, `losh_permutation.rs` |
//! | what of values with noise? | [`noisy_getis_ord()`] | `noisy_getis_ord.rs` |
//! | what of values known within bounds? | [`banded_getis_ord()`] | `banded_getis_ord.rs` |
//!
//! Results are put into words by [`HotspotClass`] (Gi*), [`ClusterClass`] and
//! [`Quadrant`] (Moran, Geary). All but the last two methods have pseudo
//! p-values by [conditional permutation](crate::permutation). One p-value for
//! each unit is many p-values: hand them to [`crate::multiple_testing`].
//!
//! Deliberately absent: local statistics of several variables (the
//! multivariate Geary, neighbour match) and of quantiles.

mod banded_getis_ord;
mod bivariate_local_moran;
mod class;
mod cluster;
mod getis_ord;
mod getis_ord_permutation;
mod local_geary;
mod local_join_count;
mod local_moran;
mod local_moran_moments;
mod local_moran_rate;
mod losh;
mod losh_permutation;
mod losh_residuals;
mod noisy_getis_ord;
mod quadrant;

pub use crate::evidence::Band;
pub use banded_getis_ord::{BandFill, BandedGetisOrd, BandedGetisOrdParams, banded_getis_ord};
pub use bivariate_local_moran::{BivariateLocalMoran, bivariate_local_moran};
pub use class::HotspotClass;
pub use cluster::ClusterClass;
pub use getis_ord::{
    GetisOrd, GetisOrdParams, GetisOrdRatio, SelfNeighbour, getis_ord, getis_ord_ratio,
};
pub use getis_ord_permutation::getis_ord_permutation;
pub use local_geary::{LocalGeary, LocalGearyParams, local_geary, local_geary_permutation};
pub use local_join_count::{
    LocalJoinCount, bivariate_local_join_count, local_co_location, local_join_count,
};
pub use local_moran::{
    LocalMoran, LocalMoranParams, VarianceDivisor, local_moran, local_moran_permutation,
};
pub use local_moran_moments::Moments;
pub use local_moran_rate::{local_moran_rate, local_moran_rate_permutation, rate_deviates};
pub use losh::{Losh, LoshParams, losh};
pub use losh_permutation::{LoshPermutationParams, LoshReference, losh_permutation};
pub use noisy_getis_ord::{NoisyGetisOrd, NoisyGetisOrdParams, noisy_getis_ord};
pub use quadrant::Quadrant;
