//! The privacy ledger: what was spent on whose rows, for ever.
//!
//! A pure state machine over a chain of entries. It decides; keeping the
//! entries on disk, in order and through a power cut, is the engine's part:
//!
//! 1. [`Ledger::replay`] what the file holds, with the heads that published
//!    releases name;
//! 2. [`Ledger::reserve`] proposes entries; append them and fsync;
//! 3. [`Ledger::accept`] them; only this gives a [`Charge`], and only a
//!    `Charge` lets [`crate::noise::PreparedDraw::draw`] run;
//! 4. draw and publish; then propose, append and accept [`Ledger::commit`].
//!
//! Whatever stops between 2 and 4 leaves the reservation spent. The same draw
//! may then run again at no cost, since the same name means the same bytes.
//! Nothing is refunded and no entry raises a cap.

mod chain;
mod error;
mod state;

pub use chain::{Entry, Event};
pub use error::LedgerError;
pub use state::{AccountView, Charge, Ledger, Proposal, Reservation};
