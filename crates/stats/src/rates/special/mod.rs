//! Special functions of the rates: incomplete gamma and beta functions with
//! their inverses, sums of logarithms, and two small solvers.
//!
//! `statrs` has the incomplete functions too, but it forms their leading
//! factor from differences of large logarithms, and stops the continued
//! fraction of the beta function after 140 terms: with 10⁶ trials that is
//! not enough. Here the leading factor is Loader's saddle-point density, good
//! to the last few digits for any size.

pub(super) mod beta;
pub(super) mod cholesky;
pub(super) mod gamma;
pub(super) mod maximum;
pub(super) mod rising;
pub(super) mod root;
