//! When rows are dealt, and to how many parts.

/// When rows are dealt to parts by their groups, and to how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DealSettings {
    pub(super) parts: usize,
    pub(super) looked_at: usize,
    pub(super) least_groups: usize,
}

/// Why these are no settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DealSettingsError {
    /// One part deals nothing; too many lose more by dealing than they gain.
    #[error("rows are dealt to between 2 and {most} parts (got {got})")]
    Parts {
        /// Parts asked for.
        got: usize,
        /// Most parts.
        most: usize,
    },
    /// More groups than rows are looked at.
    #[error(
        "among {looked_at} rows there are between 1 and {looked_at} groups (got {got}): ask for \
         fewer groups, or look at more rows"
    )]
    Groups {
        /// Groups asked for.
        got: usize,
        /// Rows looked at.
        looked_at: usize,
    },
}

impl DealSettings {
    /// Most parts.
    pub const MOST_PARTS: usize = 256;

    /// Rows are dealt to `parts` parts where the first `looked_at` rows have at
    /// least `least_groups` groups.
    ///
    /// # Errors
    /// [`DealSettingsError`].
    pub fn new(
        parts: usize,
        looked_at: usize,
        least_groups: usize,
    ) -> Result<Self, DealSettingsError> {
        if !(2..=Self::MOST_PARTS).contains(&parts) {
            return Err(DealSettingsError::Parts {
                got: parts,
                most: Self::MOST_PARTS,
            });
        }
        if !(1..=looked_at).contains(&least_groups) {
            return Err(DealSettingsError::Groups {
                got: least_groups,
                looked_at,
            });
        }
        Ok(Self {
            parts,
            looked_at,
            least_groups,
        })
    }
}

impl Default for DealSettings {
    /// 32 parts, where half of the first 65,536 rows begin a group.
    fn default() -> Self {
        Self {
            parts: 32,
            looked_at: 1 << 16,
            least_groups: 1 << 15,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_deals_nothing_or_never_is_refused() {
        assert!(DealSettings::new(2, 1, 1).is_ok());
        for (parts, looked_at, groups) in [(0, 8, 4), (1, 8, 4), (257, 8, 4), (2, 8, 9), (2, 8, 0)]
        {
            assert!(DealSettings::new(parts, looked_at, groups).is_err());
        }
    }
}
