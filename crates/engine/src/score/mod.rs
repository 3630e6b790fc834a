//! Scoring: rates, hotspots and the hotspot score, of protected counts and of
//! published figures.
//!
//! The statistics are those of `safeground-stats`; this module decides what
//! enters them: which units are masked, what stands in for a withheld count,
//! who is whose neighbour.
//!
//! Deliberately absent: exact counts. [`CountBlock`] is made from protected
//! counts; the one exception is the steward's own table, which is never
//! served.

mod clusters;
mod counts;
mod figures;
mod map;
mod neighbours;
mod observation;
mod steward;
mod table;

pub use clusters::{BURDEN_WEIGHT, DRAWS};
pub use counts::score_counts;
pub use figures::score_figures;
pub use map::Map;
pub use neighbours::{NEAREST, NeighbourRule, neighbours};
pub use observation::{BlockOf, CountBlock, Observation};
pub use steward::{StewardRequest, steward};
pub use table::{ScoreBlock, to_batch};
