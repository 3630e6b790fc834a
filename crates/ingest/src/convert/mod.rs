//! Rows of a file to rows of a table.

mod batch;
mod column;
mod consistency;
pub(crate) mod date;
mod filter;
mod geometry;
pub(crate) mod key;
mod locate;
pub(crate) mod number;
mod place;
mod plan;
mod reject;
pub(crate) mod text;
mod totals;
pub(crate) mod value;

pub(crate) use batch::{Accepted, Converted, key_fields};
pub(crate) use locate::{Ending, Spelling};
pub(crate) use plan::{Plan, Worker};
pub(crate) use reject::{Cause, Reject};
pub(crate) use totals::{Figures, Sums};
