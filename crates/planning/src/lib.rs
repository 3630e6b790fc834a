//! Campaign optimisation on slices: which places under a budget, team areas,
//! routes, and an independent checker. Empty so far; the crate stands so that
//! the check of the pure crates holds for it from the start.
//!
//! Deliberately absent: Arrow, files, SQL and async.
