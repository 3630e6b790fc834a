//! The noise of public releases: its distribution, attacks on it, what it costs.

mod attacks;
mod audit;
mod consistency;
mod contribution;
mod distribution;
mod ledger;
mod utility;
mod world;
