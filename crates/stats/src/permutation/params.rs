//! How many permutations, and how they are drawn.

use crate::StatsError;

/// Where the permutations of a unit come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DrawScheme {
    /// One table of random sequences serves all units, as in esda and in
    /// GeoDa's look-up method. Each unit's p-value is exact by itself; those
    /// of different units depend on the same luck. By far the fastest.
    Shared,
    /// Each unit draws for itself from its own random stream.
    PerUnit,
    /// Each unit draws for itself and stops on a side as soon as that side
    /// has seen this many draws as extreme as the observed value: where
    /// nothing is going on, a few dozen draws tell as much as thousands.
    /// Besag & Clifford (1991), *Biometrika* 78, 301–304.
    Sequential {
        /// Draws as extreme after which a side stops.
        exceedances: u32,
    },
}

/// Parameters of a conditional permutation test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PermutationParams {
    permutations: u32,
    seed: u64,
    scheme: DrawScheme,
}

impl PermutationParams {
    /// Largest number of permutations.
    pub const MOST: usize = crate::error::MOST_REPETITIONS;

    /// `permutations` draws by [`DrawScheme::Shared`]. 999 tell 0.001 apart.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] unless `permutations` is from 1 to
    /// [`PermutationParams::MOST`].
    pub fn new(permutations: usize, seed: u64) -> Result<Self, StatsError> {
        match u32::try_from(permutations) {
            Ok(count) if (1..=Self::MOST).contains(&permutations) => Ok(Self {
                permutations: count,
                seed,
                scheme: DrawScheme::Shared,
            }),
            _ => Err(StatsError::Parameter {
                what: "permutations",
                value: permutations as f64,
                expected: "a number from 1 to 10,000,000",
            }),
        }
    }

    /// The same by [`DrawScheme::PerUnit`].
    #[must_use]
    pub fn per_unit(self) -> Self {
        Self {
            scheme: DrawScheme::PerUnit,
            ..self
        }
    }

    /// The same by [`DrawScheme::Sequential`]; Besag & Clifford suggest 10 to
    /// 20 exceedances.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] if `exceedances` is 0.
    pub fn sequential(self, exceedances: u32) -> Result<Self, StatsError> {
        if exceedances == 0 {
            return Err(StatsError::Parameter {
                what: "exceedances",
                value: 0.0,
                expected: "a number above zero",
            });
        }
        Ok(Self {
            scheme: DrawScheme::Sequential { exceedances },
            ..self
        })
    }

    /// Number of permutations, for [`DrawScheme::Sequential`] the largest.
    #[must_use]
    pub fn permutations(&self) -> usize {
        self.permutations as usize
    }

    /// Seed of the draws.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// How permutations are drawn.
    #[must_use]
    pub fn scheme(&self) -> DrawScheme {
        self.scheme
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_permutation_and_no_exceedance_are_refused() {
        assert!(PermutationParams::new(0, 1).is_err());
        assert!(PermutationParams::new(usize::MAX, 1).is_err());
        let params = PermutationParams::new(99, 1).unwrap();
        assert!(params.sequential(0).is_err());
        assert_eq!(params.per_unit().scheme(), DrawScheme::PerUnit);
    }
}
