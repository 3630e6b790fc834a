//! Classes of a hotspot map.

/// Class of a unit by the direction of its z-value and its adjusted p-value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HotspotClass {
    /// High values cluster, q < 0.01.
    Hot99,
    /// High values cluster, q < 0.05.
    Hot95,
    /// High values cluster, q < 0.10.
    Hot90,
    /// No clustering beyond chance.
    NotSignificant,
    /// Low values cluster, q < 0.10.
    Cold90,
    /// Low values cluster, q < 0.05.
    Cold95,
    /// Low values cluster, q < 0.01.
    Cold99,
}

impl HotspotClass {
    /// All classes, hottest first.
    pub const ALL: [Self; 7] = [
        Self::Hot99,
        Self::Hot95,
        Self::Hot90,
        Self::NotSignificant,
        Self::Cold90,
        Self::Cold95,
        Self::Cold99,
    ];

    /// Class of a z-value with its adjusted p-value (q).
    #[must_use]
    pub fn of(z: f64, q: f64) -> Self {
        let hot = z > 0.0;
        match q {
            q if q < 0.01 => [Self::Cold99, Self::Hot99][usize::from(hot)],
            q if q < 0.05 => [Self::Cold95, Self::Hot95][usize::from(hot)],
            q if q < 0.10 => [Self::Cold90, Self::Hot90][usize::from(hot)],
            _ => Self::NotSignificant,
        }
    }

    /// The text in `gi_class`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hot99 => "hot_99",
            Self::Hot95 => "hot_95",
            Self::Hot90 => "hot_90",
            Self::NotSignificant => "not_significant",
            Self::Cold90 => "cold_90",
            Self::Cold95 => "cold_95",
            Self::Cold99 => "cold_99",
        }
    }
}
