//! The noise of public releases: its distribution, attacks on it, what it costs.
#![expect(clippy::unwrap_used, reason = "tests")]

mod attacks;
mod audit;
mod consistency;
mod contribution;
mod distribution;
mod ledger;
mod utility;
mod world;
