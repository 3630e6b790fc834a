//! Spatial statistics on slices.
//!
//! One method, one file, under the name the field gives it: [`weights`] say
//! who is whose neighbour, [`rates`] turn counts into rates with intervals,
//! [`local`] finds hotspots, [`multiple_testing`] keeps chance in check, and
//! [`composite`] makes the one number that planners ask for, with its parts.
//!
//! Undefined is never zero: a value that cannot be computed is `None`.
//! Results do not depend on the number of threads; everything random takes a
//! seed. Deliberately absent: Arrow, files, SQL and async.
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
