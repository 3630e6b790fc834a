//! Quadrants of the Moran scatterplot.

/// Where a unit and its neighbours lie relative to the mean. A value at the
/// mean counts as low, as in esda.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quadrant {
    /// High among high.
    HighHigh,
    /// Low among high.
    LowHigh,
    /// Low among low.
    LowLow,
    /// High among low.
    HighLow,
}

impl Quadrant {
    /// Quadrant of a unit's and its neighbours' deviation from the mean.
    #[must_use]
    pub fn of(own: f64, neighbours: f64) -> Self {
        match (own > 0.0, neighbours > 0.0) {
            (true, true) => Self::HighHigh,
            (false, true) => Self::LowHigh,
            (false, false) => Self::LowLow,
            (true, false) => Self::HighLow,
        }
    }

    /// Number of the quadrant in esda (`q`): HH 1, LH 2, LL 3, HL 4.
    #[must_use]
    pub fn esda_code(self) -> u8 {
        match self {
            Self::HighHigh => 1,
            Self::LowHigh => 2,
            Self::LowLow => 3,
            Self::HighLow => 4,
        }
    }
}
