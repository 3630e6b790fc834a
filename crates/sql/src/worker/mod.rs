//! The process that plans and runs one query.
//!
//! A worker is started by a [`crate::pool::Pool`], gets the open files of a
//! release over a socket, reads their footers, confines itself ([`confine()`]),
//! says that it is ready, answers one query and ends. It is never used twice:
//! a query may have found a fault in the engine, and what it left behind could
//! then change the answer of somebody else or tell somebody else's question. A
//! fresh process costs time that a warm pool hides; a clean bill for a used one
//! cannot be had at any price.
//!
//! Whoever starts the program it lives in calls [`run`] first of all, while
//! there is one thread: what a thread does to confine itself does not bind the
//! threads before it.

#[cfg(target_os = "linux")]
mod answer;
#[cfg(target_os = "linux")]
mod confine;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
mod syscalls;
pub(crate) mod wire;

#[cfg(target_os = "linux")]
pub use confine::confine;
#[cfg(target_os = "linux")]
pub(crate) use linux::MOST_TABLES;
pub use wire::{Confinement, Started, Summary};

use std::io;

/// Exit code of a worker that panicked.
pub(crate) const PANICKED: i32 = 70;

/// Why a worker could not begin. What goes wrong later is told to its parent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkerError {
    /// Workers need Linux.
    #[error("SQL workers need Linux (got {got}): queries cannot be confined elsewhere")]
    Platform {
        /// This platform.
        got: &'static str,
    },
    /// The process has other threads, which would not be confined.
    #[error("a worker must begin with one thread (got {got}): start it before any other")]
    Threads {
        /// Number of threads.
        got: usize,
    },
    /// Standard input is not the socket of a parent.
    #[error("a worker is started by its parent and not by hand")]
    NoParent(#[source] io::Error),
    /// The parent said something else than agreed.
    #[error("the parent and its worker differ in version: install the program again")]
    Version,
    /// The released tables cannot be read.
    #[error("the released tables cannot be opened: check the release")]
    Tables(#[source] datafusion::error::DataFusionError),
    /// The process cannot be confined.
    #[error("the worker cannot be confined ({step}): the kernel must allow seccomp and limits")]
    Confine {
        /// What failed.
        step: &'static str,
    },
}

/// Serves one query over the socket on standard input, then returns.
///
/// Call it before any thread is started, in a process whose only work it is.
///
/// # Errors
/// [`WorkerError`] where it cannot begin.
pub fn run() -> Result<(), WorkerError> {
    #[cfg(target_os = "linux")]
    return linux::run();
    #[cfg(not(target_os = "linux"))]
    Err(WorkerError::Platform {
        got: std::env::consts::OS,
    })
}
