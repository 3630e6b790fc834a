//! Scan statistics: which groups of places have more events than chance gives.
//!
//! Windows of many positions and sizes are moved over the study area; the one
//! that one rate everywhere explains worst is the most likely cluster, and
//! its significance is judged against the best window of simulated data, so
//! that looking at many windows is paid for. Kulldorff (1997).
//!
//! | windows | method | file |
//! |---|---|---|
//! | circles | [`circular_scan()`] | `circular.rs` |
//! | ellipses | [`elliptic_scan()`] | `elliptic.rs` |
//! | any connected shape | [`flexible_scan()`] of Tango & Takahashi | `flexible.rs` |
//! | cylinders | [`space_time_scan()`] | `space_time.rs` |
//! | cylinders, by cases alone | [`space_time_permutation_scan()`] | `permutation.rs` |
//! | spans of time | [`temporal_scan()`] | `temporal.rs` |
//! | the limit of size by Gini | [`gini_scan()`], [`gini_coefficient()`] | `gini.rs` |
//!
//! Counts are Poisson ([`SpatialCounts`], [`SpaceTimeCounts`]), Bernoulli
//! ([`SpatialCounts::bernoulli`]) or cases alone ([`StratifiedCases`]);
//! expected cases come from a census by
//! [`person_days()`] and [`standardised_expected()`]. Scans in time look back or
//! at clusters still alive ([`Outlook`]). Inside: `rings.rs` and
//! `flexible.rs` make windows, `engine.rs` and `kernel.rs` scan them with the
//! figures of `likelihood.rs`, `simulate.rs` draws data sets, `report.rs` makes
//! clusters of the best windows.
//!
//! Deliberately absent: Bernoulli scans in time, the ordinal, multinomial, exponential and normal models
//! of `SaTScan`, several data sets at once, and trees (`TreeScan`).

mod circular;
mod cluster;
mod counts;
mod elliptic;
mod engine;
mod flexible;
mod gini;
mod kernel;
mod likelihood;
mod limits;
mod monte_carlo;
mod permutation;
mod person_time;
mod places;
mod program;
mod report;
mod rings;
mod simulate;
mod space_time;
mod temporal;
mod time;

pub use circular::circular_scan;
pub use cluster::{Cluster, Excess, Rates, Scan, ScanParams, SecondaryClusters, Shape};
pub use counts::{SpaceTimeCounts, SpatialCounts};
pub use elliptic::{EllipseParams, EllipseShape, NonCompactness, elliptic_scan};
pub use flexible::{FlexibleParams, Restriction, flexible_scan};
pub use gini::{GiniParams, GiniScan, gini_coefficient, gini_scan};
pub use limits::WindowLimits;
pub use monte_carlo::{MonteCarlo, SimulatedMaxima};
pub use permutation::{StratifiedCases, space_time_permutation_scan};
pub use person_time::{CensusPopulation, person_days, standardised_expected};
pub use places::{Places, PlanarPoint};
pub use space_time::space_time_scan;
pub use temporal::temporal_scan;
pub use time::{Day, Outlook, TemporalLimits, TimeIntervals};
