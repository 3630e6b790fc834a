//! The gate that personal data cannot pass unseen.
//!
//! One [`ColumnGate`] looks at the header and at every value of one column
//! and reports what kind of personal data the column seems to hold, with
//! counts and never with a value. It keeps counters only, so its memory does
//! not grow with the file, and gates of parts of a file can be merged.
//!
//! Strong detectors need one hit in a column of millions (an e-mail address,
//! a court's CNR number, a phone number inside text). Weak ones need a rate
//! above what chance gives (twelve digits with a valid check digit) or a
//! header that says so. What the mapping does with a column lifts the rules
//! that would be wrong for it: see [`ColumnRole`].
//!
//! Deliberately absent: the decision what to do. The mapping drops, hashes,
//! coarsens or allows a column; the gate only finds.

mod aadhaar;
mod case_number;
mod column;
mod context;
mod coordinate;
mod detector;
mod digest;
mod digit_places;
mod email;
mod header;
mod identifier;
mod memory;
mod name_list;
mod number;
mod number_words;
mod person_name;
mod phone;
mod prose;
mod signal;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_shared_data;
mod text;
mod variety;
mod verdict;
mod words;

pub use column::ColumnGate;
pub use context::{ColumnContext, ColumnRole};
pub use detector::{Detector, Evidence, Finding};
