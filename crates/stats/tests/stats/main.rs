//! The statistics against values of other packages and real boundaries.
#![allow(clippy::unwrap_used)]

mod composite;
mod forecast;
mod global;
mod graphs;
mod hostile;
mod limits;
mod local;
mod oracle;
mod rates;
mod scan;
mod space_time;
mod surface;
mod threads;
mod uniform;
mod weights;
