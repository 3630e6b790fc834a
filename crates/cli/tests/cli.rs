//! Tests of the binary as a user meets it, and of the generated files.
#![allow(clippy::unwrap_used)]

#[path = "cli/demo.rs"]
mod demo;
#[cfg(target_os = "linux")]
#[path = "cli/flight.rs"]
mod flight;
#[cfg(target_os = "linux")]
#[path = "cli/flight_client.rs"]
mod flight_client;
#[path = "cli/generated.rs"]
mod generated;
#[cfg(target_os = "linux")]
#[path = "cli/govern.rs"]
mod govern;
#[path = "cli/path.rs"]
mod path;
#[path = "cli/plan.rs"]
mod plan;
#[cfg(target_os = "linux")]
#[path = "cli/postgres.rs"]
mod postgres;
#[cfg(target_os = "linux")]
#[path = "cli/postgres_client.rs"]
mod postgres_client;
#[path = "cli/questions.rs"]
mod questions;
#[cfg(target_os = "linux")]
#[path = "cli/shell.rs"]
mod shell;
#[cfg(target_os = "linux")]
#[path = "cli/sql.rs"]
mod sql;
#[cfg(target_os = "linux")]
#[path = "cli/sql_part.rs"]
mod sql_part;
