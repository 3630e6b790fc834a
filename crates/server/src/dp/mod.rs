//! Questions with noise, handed to a process of its own.
//!
//! The server opens no lake. A worker (`safeground dp-worker`) does, and
//! answers one line of JSON with one line of JSON on a Unix socket: [`wire`]
//! says what they hold, `worker` is the server's end.

mod wire;
mod worker;

pub use wire::{DpAnswer, DpBudget, DpOffer, DpRefusal, DpReply, DpRequest, MOST_REQUEST_BYTES};
pub(crate) use worker::put;
