//! SQL as it is asked: what its functions answer, and what its walls hold.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

// Workers are confined by what Linux has.
#[cfg(target_os = "linux")]
mod attacks;
mod functions;
