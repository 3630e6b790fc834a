//! The commands of the `safeground` binary, as a library for the benches and
//! tests that go the same way a user goes.
//!
//! Each command is one module under [`commands`]: arguments, checked request,
//! run. Deliberately absent: analysis of its own, and exit codes.

pub mod commands;
pub mod program;
