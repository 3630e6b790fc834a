//! Noise of public releases, and questions about rows.
#![expect(clippy::unwrap_used, reason = "tests")]

mod noise;
mod query;
