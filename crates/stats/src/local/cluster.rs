//! Cluster maps: what kind of cluster a unit belongs to.

use super::Quadrant;

/// Class of a unit on a cluster map, as GeoDa labels them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClusterClass {
    /// The p-value is above the cut-off.
    NotSignificant,
    /// High among high: core of a hot spot.
    HighHigh,
    /// Low among low: core of a cold spot.
    LowLow,
    /// Low among high: spatial outlier.
    LowHigh,
    /// High among low: spatial outlier.
    HighLow,
    /// Local Geary: alike, but on different sides of the mean.
    OtherPositive,
    /// Local Geary: unlike the neighbours.
    Negative,
    /// No value, or the statistic is undefined.
    Undefined,
    /// No neighbour.
    Isolated,
}

impl ClusterClass {
    /// Class of local Moran's I: the quadrant where p is at most `cutoff`.
    #[must_use]
    pub fn of_moran(quadrant: Quadrant, p: f64, cutoff: f64) -> Self {
        if p.is_nan() || p > cutoff {
            return Self::NotSignificant;
        }
        match quadrant {
            Quadrant::HighHigh => Self::HighHigh,
            Quadrant::LowHigh => Self::LowHigh,
            Quadrant::LowLow => Self::LowLow,
            Quadrant::HighLow => Self::HighLow,
        }
    }

    /// Class of Gi or Gi*: hot or cold by the sign of z where p is at most
    /// `cutoff`.
    #[must_use]
    pub fn of_getis_ord(z: f64, p: f64, cutoff: f64) -> Self {
        match p {
            p if p.is_nan() || p > cutoff => Self::NotSignificant,
            _ if z > 0.0 => Self::HighHigh,
            _ => Self::LowLow,
        }
    }

    /// Class of local Geary's c with its expectation (GeoDa takes the mean of
    /// the permutations): below it neighbours are alike, and the quadrant
    /// says how; above it they are not.
    #[must_use]
    pub fn of_geary(
        statistic: f64,
        expectation: f64,
        quadrant: Quadrant,
        p: f64,
        cutoff: f64,
    ) -> Self {
        if p.is_nan() || p > cutoff {
            return Self::NotSignificant;
        }
        if statistic > expectation {
            return Self::Negative;
        }
        match quadrant {
            Quadrant::HighHigh => Self::HighHigh,
            Quadrant::LowLow => Self::LowLow,
            Quadrant::LowHigh | Quadrant::HighLow => Self::OtherPositive,
        }
    }

    /// Code in GeoDa's results for local Moran and local Geary. Gi and Gi*
    /// use 3 and 4 for undefined and isolated.
    #[must_use]
    pub fn geoda_code(self) -> u8 {
        match self {
            Self::NotSignificant => 0,
            Self::HighHigh => 1,
            Self::LowLow => 2,
            Self::LowHigh | Self::OtherPositive => 3,
            Self::HighLow | Self::Negative => 4,
            Self::Undefined => 5,
            Self::Isolated => 6,
        }
    }

    /// Label in GeoDa.
    #[must_use]
    pub fn geoda_label(self) -> &'static str {
        match self {
            Self::NotSignificant => "Not significant",
            Self::HighHigh => "High-High",
            Self::LowLow => "Low-Low",
            Self::LowHigh => "Low-High",
            Self::HighLow => "High-Low",
            Self::OtherPositive => "Other Positive",
            Self::Negative => "Negative",
            Self::Undefined => "Undefined",
            Self::Isolated => "Isolated",
        }
    }
}
