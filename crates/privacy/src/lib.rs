//! Disclosure control: the policy, the thresholds, and the wall around what
//! may leave the lake.
//!
//! [`protect()`] turns exact counts into [`Protected`] ones and is the only way
//! to make a [`Protection`]; a [`Released`] value can be sealed only with one.
//! Whoever holds a `Released<T>` therefore knows that protection ran before.
//!
//! What is here today is the simple part: a finest level for each audience, a
//! threshold with zero included, least events and partners, coarse periods.
//! Deliberately absent: files, Arrow, SQL and async, and any exact count after
//! [`protect()`] has consumed it.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod audience;
mod error;
pub mod ledger;
pub mod noise;
mod policy;
mod protect;
mod released;

pub use audience::Audience;
pub use error::PolicyError;
pub use policy::{AudiencePolicy, CalendarPeriod, Policy};
pub use protect::{ExactCount, Protected, Protection, Visibility, protect};
pub use released::Released;
