//! Scan statistics: which groups of places have more events than chance gives.
//!
//! Windows of many positions and sizes are moved over the study area; the one
//! that one rate everywhere explains worst is the most likely cluster, and
//! its significance is judged against the best window of simulated data, so
//! that looking at many windows is paid for. Kulldorff (1997).

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
