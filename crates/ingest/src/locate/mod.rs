//! Known places, and how a row's words or codes find one of them.
//!
//! [`Gazetteer`] holds the places and answers by identifier and by code.
//! [`PlaceMatcher`] finds places of one layer by name, inside a parent where
//! the file names one: exact spellings first, then near ones by a stated
//! threshold. What fits two places equally well is ambiguous and is never
//! guessed.
//!
//! Deliberately absent: which column holds what, and points in polygons.

mod candidates;
pub(crate) mod devanagari;
mod error;
mod gazetteer;
mod matcher;
mod name;
mod normalise;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_police_districts;

pub use error::{LocateError, NoMatch};
pub use gazetteer::Gazetteer;
pub use matcher::{Match, MatchKind, NameRule, ParentKey, PlaceMatcher, Within};
