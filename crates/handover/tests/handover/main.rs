//! Plans written as files, and their results read back.
#![allow(clippy::unwrap_used)]

mod clients;
mod document;
mod exports;
mod hostile;
#[cfg(feature = "planning")]
mod replanning;
mod results;
mod sample;
mod workbook;
