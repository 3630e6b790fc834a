//! Disclosure control: the policy, the thresholds, and the wall around what
//! may leave the lake.
//!
//! [`suppression::protect_jointly()`] turns the exact counts of all tables of a
//! release into [`Protected`] ones, together; [`noise::publish()`] does so for
//! counts that were made private by noise. They are the only ways to get a [`Protection`]; a [`Released`] value can be
//! sealed only with one. [`query::Tally::finish()`] returns its answer sealed.
//! Whoever holds a `Released<T>` therefore knows that protection ran before.
//!
//! Thresholds: a finest level for each audience, zero included below them,
//! least events and partners, coarse periods. [`suppression`] holds all tables
//! of a release against them at once, so that no sum or difference gives a
//! withheld count away. Noise: [`mod@noise`], paid for in the [`ledger`].
//! [`query`] answers questions about rows, with noise and from the same ledger.
//! [`audit`] is what is written down of who did what with a lake.
//! Deliberately absent: files, Arrow, SQL and async, and any exact count after
//! it was consumed.
#![cfg_attr(test, allow(clippy::unwrap_used))]

/// Whether this is the test build whose releases show every count as it is,
/// so that attacks can be seen to work. The `safeground` program does not
/// compile with the feature that makes it so.
pub const UNPROTECTED: bool = cfg!(feature = "unprotected");

mod audience;
pub mod audit;
mod breakdowns;
pub mod chain;
mod concentration;
mod error;
mod floor;
pub mod ledger;
pub mod noise;
mod policy;
mod protect;
pub mod query;
mod released;
pub mod suppression;

pub use audience::Audience;
pub use breakdowns::BreakdownPolicy;
pub use concentration::ConcentrationPolicy;
pub use error::{NotSealed, PolicyError};
pub use floor::Loosened;
pub use policy::{AudiencePolicy, CalendarPeriod, CountsShown, Policy};
pub use protect::{ExactCount, Protected, Protection, Visibility};
pub use released::Released;
