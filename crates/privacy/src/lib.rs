//! Disclosure control: the policy, the thresholds, and the wall around what
//! may leave the lake.
//!
//! [`protect()`] turns exact counts into [`Protected`] ones and is the only way
//! to make a [`Protection`]; a [`Released`] value can be sealed only with one.
//! Whoever holds a `Released<T>` therefore knows that protection ran before.
//!
//! [`suppression`] does the same for all tables of a release at once, so that
//! no sum or difference of them gives a withheld count away.
//!
//! Deliberately absent: files, Arrow, SQL and async, and any exact count after
//! [`protect()`] has consumed it.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod audience;
mod error;
mod policy;
mod protect;
mod released;
pub mod suppression;

pub use audience::Audience;
pub use error::PolicyError;
pub use policy::{AudiencePolicy, CalendarPeriod, Policy};
pub use protect::{ExactCount, Protected, Protection, Visibility, protect};
pub use released::Released;
