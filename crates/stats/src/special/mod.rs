//! Special functions and small solvers that several families stand on:
//! incomplete gamma and beta functions with their inverses, probabilities of
//! counts, sums of logarithms, Cholesky's factor, roots and maxima.
//!
//! No crate is used for the incomplete functions: those to be had form their
//! leading factor from differences of large logarithms, and stop the continued
//! fraction of the beta function after some hundred terms, which is not enough
//! for 10⁶ trials. Here the leading factor is Loader's saddle-point density,
//! good to the last few digits for any size.

pub(crate) mod beta;
pub(crate) mod cholesky;
pub(crate) mod count;
pub(crate) mod gamma;
pub(crate) mod maximum;
pub(crate) mod rising;
pub(crate) mod root;
