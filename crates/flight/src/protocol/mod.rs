//! The messages of Arrow Flight and Flight SQL that this server reads and
//! writes.
//!
//! Field numbers and names are those of `Flight.proto` and `FlightSql.proto`
//! of Apache Arrow. They are written down here instead of taken from
//! `arrow-flight` because that crate cannot be had without `tonic`'s client and
//! server, whose features of `tower` and `hyper-util` are different from those
//! that everything else in the workspace is built with. What is not listed is
//! not understood, which is what a server that changes nothing wants.

mod flight;
mod sql;

pub(crate) use flight::*;
pub(crate) use sql::*;
