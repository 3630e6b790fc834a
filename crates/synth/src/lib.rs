//! The fictional state of the demo, with its planted truth.
//!
//! [`generate()`] writes the files that partners of a state would deliver, the
//! mappings that load them, and beside them the truth they were drawn from:
//! hotspots, under-reporting, seasons, a place nobody looks at, and negative
//! controls. Everything is synthetic and says so. One seed gives the same
//! bytes on every machine.
//!
//! Deliberately absent: loading. The files go through the same door as those
//! of real partners.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod burden;
mod calendar;
mod campaigns;
mod canaries;
mod effort;
mod error;
mod files;
mod generate;
mod geography;
mod incident_files;
mod incidents;
mod indicators;
mod interventions;
mod mappings;
mod names;
mod partners;
mod places;
mod planted;
mod population;
mod profiles;
mod random;
mod readme;
mod request;
mod truth;
mod truth_tables;
mod welfare;
mod world;

pub use error::SynthError;
pub use generate::generate;
pub use request::{SynthLoad, SynthReport, SynthRequest};
