//! Bands: a count shown as the range it lies in.

/// A range of counts, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Band {
    /// Least count of the band.
    pub low: u64,
    /// Greatest count; `None` where the band is open.
    pub high: Option<u64>,
}

/// The bands of planning above the threshold: 5–9, 10–19, 20–49, 50+. What is
/// below, zero included, is `below_threshold`.
pub const PLANNING_BANDS: [Band; 4] = [
    Band::closed(5, 9),
    Band::closed(10, 19),
    Band::closed(20, 49),
    Band::open(50),
];

/// The bands of planning for districts and states, whose counts are larger.
pub const WIDE_BANDS: [Band; 8] = [
    Band::closed(5, 9),
    Band::closed(10, 19),
    Band::closed(20, 49),
    Band::closed(50, 99),
    Band::closed(100, 199),
    Band::closed(200, 499),
    Band::closed(500, 999),
    Band::open(1_000),
];

impl Band {
    /// A band with two ends.
    #[must_use]
    pub const fn closed(low: u64, high: u64) -> Self {
        Self {
            low,
            high: Some(high),
        }
    }

    /// A band without an upper end.
    #[must_use]
    pub const fn open(low: u64) -> Self {
        Self { low, high: None }
    }

    /// Whether the band holds a count.
    #[must_use]
    pub fn contains(&self, count: u64) -> bool {
        self.low <= count && self.high.is_none_or(|high| count <= high)
    }

    /// The band of a count, `None` below the first.
    ///
    /// The lower end is raised to the threshold, since a reader knows that
    /// whatever is shown has reached it.
    #[must_use]
    pub fn of(count: u64, bands: &[Self], threshold: u64) -> Option<Self> {
        let band = bands.iter().find(|band| band.contains(count))?;
        Some(Self {
            low: band.low.max(threshold),
            high: band.high,
        })
    }
}

impl std::fmt::Display for Band {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.high {
            Some(high) => write!(f, "{}-{high}", self.low),
            None => write!(f, "{}+", self.low),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_count_from_the_threshold_on_has_one_band_and_none_below() {
        for count in 0..200 {
            let holding = PLANNING_BANDS.iter().filter(|b| b.contains(count)).count();
            assert_eq!(holding, usize::from(count >= 5), "{count}");
            let wide = WIDE_BANDS.iter().filter(|b| b.contains(count * 10));
            assert_eq!(wide.count(), usize::from(count > 0), "{count}");
        }
        assert_eq!(Band::of(4, &PLANNING_BANDS, 5), None);
        let texts = [5, 12, 49, 50].map(|n| Band::of(n, &PLANNING_BANDS, 5).unwrap().to_string());
        assert_eq!(texts, ["5-9", "10-19", "20-49", "50+"]);
    }

    #[test]
    fn a_band_never_starts_below_the_threshold() {
        let band = Band::of(12, &PLANNING_BANDS, 11).unwrap();
        assert_eq!(band, Band::closed(11, 19));
    }
}
