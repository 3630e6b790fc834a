//! A campaign plan as files that people work with, and their results read
//! back.
//!
//! [`PlanDocument`] is a finished plan with all that its readers need, as
//! plain data. [`export`] turns it into bytes in a [`Language`]; [`results`]
//! reads the filled workbook; [`coverage`] says how much of each village was
//! reached. Nothing here computes a plan. [`words`] puts reasons into
//! sentences for whoever shows a plan otherwise.
//!
//! Deliberately absent: Arrow, SQL, async, the file system, the clock, and
//! anything about a person.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod coverage;
pub mod document;
pub mod export;
mod language;
pub mod results;
mod safe_text;
mod summary_lines;
mod table;
pub mod words;

pub use document::PlanDocument;
pub use export::ExportError;
pub use language::{Grouping, Language, LanguageError, WordFault};
