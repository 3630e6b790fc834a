//! Counting: children, events and partners by unit × theme × period.
//!
//! One pass over each table counts for all layers and period kinds at once:
//! every row is spread over the numbered buckets it falls into, and
//! DataFusion aggregates by bucket, spilling where memory is short. Each
//! table has a file that says what a row counts as.
//!
//! What a layer contains, which periods exist and where cells lie depends on
//! the places and the span of the records alone, never on where something
//! happened, so that presence tells nothing.
//!
//! Deliberately absent: protection and rates. What comes out is exact and may
//! go nowhere but into [`crate::release`] or a steward's own folder.

mod bounded;
mod calendar;
mod campaigns;
mod cover;
mod effort;
mod exact;
pub mod exposure;
mod frame;
mod functions;
pub(crate) mod incidents;
pub mod indicators;
mod inside;
mod layer;
pub(crate) mod marriage_interventions;
mod places;
pub mod polygons;
mod run;
mod source;
mod units;
mod welfare_enrolments;

pub use bounded::{BoundedCount, BoundedTable, Bounds};
pub use calendar::Calendar;
pub(crate) use calendar::month_of;
pub use effort::Observed;
pub use exact::{ExactBlock, ExactCounts, Largest, breakdowns_of};
pub use frame::{Division, Frame, Pair};
pub(crate) use inside::places_of_cells;
pub use layer::LayerKey;
pub use places::Places;
pub(crate) use run::locate;
pub use run::{Count, Located, Wanted, count};
pub(crate) use source::Source;
pub use units::{Ground, Units};
