//! Spatial statistics on slices.
//!
//! | family | what it answers |
//! |---|---|
//! | [`weights`] | who is whose neighbour, and by how much |
//! | [`rates`] | what rate a count stands for, and how sure that is |
//! | [`global`] | whether values or cases cluster at all |
//! | [`local`] | where they do |
//! | [`scan`] | which groups of places, of whatever size, have too many events |
//! | [`surface`] | how dense points lie, where risk is high, at which distances they cluster |
//! | [`space_time`] | trends, seasons, emerging hotspots, alarms |
//! | [`forecast`] | counts to come by place, and whether forecasting helps |
//! | [`composite`] | scores put together from indicators, with their parts |
//!
//! What they share: [`evidence`] (what is known of a protected number),
//! [`permutation`] (conditional permutation of local statistics),
//! [`significance`] (alternatives and pseudo p-values), [`multiple_testing`],
//! one [`StatsError`]; inside the crate `error` with its checks, `normal` and
//! `special` (distributions, small solvers) and `random` (a stream of random
//! numbers for each piece of work).
//!
//! One method, one file, under the name the field gives it. A method takes
//! slices with an entry for each unit, `None` where there is no value, and
//! checked parameters (`XParams::new`), in which the number of permutations,
//! simulations or draws comes before the `seed`, and the seed last. The
//! p-value of a result is `p`, a field where there is one, a method that takes
//! the alternative where there are several; what tells p-values apart stands
//! behind (`p_adjusted`, `p_gumbel`).
//!
//! Undefined is never zero: a value that cannot be computed is `None`.
//! Numbers must be finite and of at most 10³⁰ in size, counts and exposures 0
//! or from 10⁻⁵⁰ up, so that squares and ratios neither over- nor underflow;
//! others are refused. So is work without end: permutations, simulations,
//! passes, windows and horizons have limits, which each method states.
//! Results do not depend on the number of threads; everything random takes a
//! seed. Deliberately absent: Arrow, files, SQL and async; projections
//! of coordinates; models fitted by simulation (MCMC); anything that scores or
//! predicts a person.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod composite;
mod error;
pub mod evidence;
pub mod forecast;
pub mod global;
pub mod local;
pub mod multiple_testing;
mod normal;
pub mod permutation;
mod random;
pub mod rates;
pub mod scan;
pub mod significance;
pub mod space_time;
mod special;
pub mod surface;
#[cfg(test)]
mod testing;
pub mod weights;

pub use error::StatsError;
