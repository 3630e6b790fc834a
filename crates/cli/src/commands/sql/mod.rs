//! `safeground sql`: a release in SQL, once or in a shell.
//!
//! `ask` takes the arguments and asks one query; `shell` asks until the user
//! leaves, and shows the `progress` of each query, which knows from `received`
//! how much of the answer there is. `worker` is what answers, in a process of
//! its own.

mod ask;
mod progress;
mod received;
mod shell;
mod worker;

pub use ask::{Args, HowArgs, Output, run};
pub(super) use ask::{ask_once, table};
pub use worker::{WORKER, is_worker, work};
