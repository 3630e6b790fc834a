//! Who may read which release: bearer tokens for one audience each.
//!
//! A token is 256 random bits; only its SHA-256 is stored, which suffices
//! because there is nothing to guess. The stored list is read again whenever
//! it may have changed, so that a revocation takes effect in a running server.

mod check;
mod failures;
mod peer;
mod scope;
mod store;
mod token;

pub(crate) use check::{Gate, Granted, Holder};
pub(crate) use peer::{Peer, peer};
pub use scope::Scope;
pub use store::{NewToken, TokenRecord, TokenStore};
pub use token::Secret;
pub(crate) use token::{hex, random};
