//! Scan statistics: which groups of places have more events than chance gives.
//!
//! Windows of many positions and sizes are moved over the study area; the one
//! that one rate everywhere explains worst is the most likely cluster, and
//! its significance is judged against the best window of simulated data, so
//! that looking at many windows is paid for. Kulldorff (1997).

mod circular;
mod cluster;
mod counts;
mod engine;
mod kernel;
mod likelihood;
mod limits;
mod monte_carlo;
mod places;
mod program;
mod report;
mod rings;
mod simulate;

pub use circular::circular_scan;
pub use cluster::{Cluster, Excess, Rates, Scan, ScanParams, SecondaryClusters, Shape};
pub use counts::{SpaceTimeCounts, SpatialCounts};
pub use limits::WindowLimits;
pub use monte_carlo::{MonteCarlo, SimulatedMaxima};
pub use places::{Places, PlanarPoint};
