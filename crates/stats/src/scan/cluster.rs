//! What a scan finds.

use std::ops::Range;

use super::limits::WindowLimits;
use super::monte_carlo::{MonteCarlo, SimulatedMaxima};

/// Which rates a scan looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rates {
    /// Windows with more cases than expected.
    High,
    /// Windows with fewer.
    Low,
    /// Either.
    Both,
}

/// Which clusters are reported beside the most likely one. Candidates are the
/// best window about each centre, from the largest ratio down, as in
/// `SaTScan`; each variant says which of them are left out. The exception is
/// [`SecondaryClusters::NoOverlapOfAnyWindow`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecondaryClusters {
    /// Those that share a place in the same interval of time with a reported
    /// one. The default.
    NoOverlap,
    /// Candidates are all windows, and those that share a place with a
    /// reported one, at whatever time, are left out, as in the R package
    /// `smerc`. It finds
    /// clusters that [`SecondaryClusters::NoOverlap`] misses because the best
    /// window about each of their places reaches into a more likely cluster.
    NoOverlapOfAnyWindow,
    /// Those whose centre lies in a reported one, at whatever time, or the
    /// other way round.
    NoCentreInOther,
    /// Those whose centre lies in a reported one.
    NoCentreInMoreLikely,
    /// Those that hold the centre of a reported one.
    NoCentreInLessLikely,
    /// Those where both centres lie in the other one.
    NoPairInEachOther,
    /// None: the best window about each centre.
    All,
    /// All of them: only the most likely cluster.
    None,
}

/// Parameters that all scans share. The parts check themselves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScanParams {
    /// How large windows may grow; default half of the population.
    pub limits: WindowLimits,
    /// High rates (default), low rates or both.
    pub rates: Rates,
    /// Which further clusters are reported; default those without overlap.
    pub secondary: SecondaryClusters,
    /// Least number of cases in a window with a high rate; default 2, as in
    /// `SaTScan`.
    pub minimum_cases: u32,
    /// How p-values are simulated.
    pub monte_carlo: MonteCarlo,
}

impl ScanParams {
    /// The defaults of `SaTScan`, with these simulations.
    #[must_use]
    pub fn new(monte_carlo: MonteCarlo) -> Self {
        Self {
            limits: WindowLimits::default(),
            rates: Rates::High,
            secondary: SecondaryClusters::NoOverlap,
            minimum_cases: 2,
            monte_carlo,
        }
    }
}

/// Whether a cluster has more or fewer cases than expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Excess {
    /// More.
    High,
    /// Fewer.
    Low,
}

/// The shape of a cluster in space.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shape {
    /// All places within `radius` of the centre, which is the distance of the
    /// farthest: unit of the coordinates on a plane, metres on the globe.
    Circle {
        /// Distance from the centre to the farthest member.
        radius: f64,
    },
    /// All places within an ellipse.
    Ellipse {
        /// Half of the shorter axis.
        minor_radius: f64,
        /// Longer axis over shorter axis.
        ratio: f64,
        /// From the first coordinate axis to the longer axis, against the
        /// clock.
        angle_degrees: f64,
    },
    /// Places linked with each other.
    Connected,
    /// The whole study area.
    Everywhere,
}

/// A group of places, in some time, with more or fewer cases than expected.
#[derive(Debug, Clone, PartialEq)]
pub struct Cluster {
    /// Place at the centre of the window. Places at the same position stand
    /// for each other: it is the first of them.
    pub centre: usize,
    /// Places of the cluster in order of distance from the centre; for
    /// connected places the order in which they were joined.
    pub members: Vec<usize>,
    /// Shape of the window.
    pub shape: Shape,
    /// Intervals of time; `None` in a scan of space alone.
    pub intervals: Option<Range<usize>>,
    /// More or fewer cases than expected.
    pub excess: Excess,
    /// Cases in the cluster.
    pub observed: u64,
    /// Cases expected under one rate everywhere.
    pub expected: f64,
    /// Rate inside over rate outside, `None` where the rate outside is zero.
    pub relative_risk: Option<f64>,
    /// Log likelihood ratio.
    pub log_likelihood_ratio: f64,
    /// What clusters are ranked and p-values computed by: the log likelihood
    /// ratio times the penalty of an elongated ellipse, else the ratio itself.
    pub statistic: f64,
    /// Monte Carlo p-value, adjusted for all windows looked at. `None`
    /// without simulations.
    pub p: Option<f64>,
    /// p-value by the Gumbel approximation, see
    /// [`SimulatedMaxima::p_gumbel`]. `SaTScan` reports it for high rates in
    /// Poisson and permutation scans; it is as good as the approximation is.
    pub p_gumbel: Option<f64>,
}

/// Clusters and the simulations that judge them.
#[derive(Debug, Clone, PartialEq)]
pub struct Scan {
    /// Clusters from the most likely down. Empty if no window has a rate on
    /// the side looked for and a log likelihood ratio above 0.001. Further
    /// clusters that every simulation reaches (p = 1) are left out.
    pub clusters: Vec<Cluster>,
    /// Largest log likelihood ratio of each simulated data set.
    pub simulated: SimulatedMaxima,
    /// Cases in all places and intervals.
    pub cases: u64,
}
