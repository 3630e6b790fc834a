//! What the statistics of autocorrelation share: parameters and result.

use super::deviate::Deviate;
use super::permutation::{PermutationTest, Permutations};

/// A global statistic of autocorrelation with its tests.
#[derive(Debug, Clone, PartialEq)]
pub struct Autocorrelation {
    /// Value of the statistic.
    pub statistic: f64,
    /// Number of units n in its formula.
    pub units: usize,
    /// Moments if the values are independent and normal; `None` where the
    /// method has no such moments or the variance is not above zero.
    pub normality: Option<Deviate>,
    /// Moments over all arrangements of the values; `None` with fewer than
    /// four units or where the variance is not above zero, for then every
    /// arrangement gives the same value.
    pub randomisation: Option<Deviate>,
    /// Permutation test, if asked for.
    pub permutation: Option<PermutationTest>,
}

/// What is made of units without a neighbour.
///
/// Packages differ, and so do their figures; without islands all three agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Islands {
    /// They are left out altogether, from n, mean and variance too: the only
    /// rule under which the moments are exact for the values that can be
    /// arranged.
    LeftOut,
    /// They count as units like any other: esda, and spdep with
    /// `adjust.n = FALSE`.
    Counted,
    /// They are left out of n but not of mean, variance and kurtosis: spdep
    /// with `adjust.n = TRUE`, its default. The moments are then those of
    /// neither set of units; it is here so that its figures can be had.
    NotCounted,
}

/// What is made of the weights before they are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standardisation {
    /// They are used as given.
    AsGiven,
    /// The weights of each unit are divided by their sum, after units without
    /// a value have been left out (as spdep does with subsets).
    Row,
}

/// Parameters of the statistics of autocorrelation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AutocorrelationParams {
    /// Standardisation of the weights.
    pub standardisation: Standardisation,
    /// Rule for units without a neighbour.
    pub islands: Islands,
    /// Permutation test; `None` for the analytical moments alone.
    pub permutations: Option<Permutations>,
}

impl AutocorrelationParams {
    /// Row-standardised weights, islands left out, no permutations.
    #[must_use]
    pub fn row_standardised() -> Self {
        Self {
            standardisation: Standardisation::Row,
            islands: Islands::LeftOut,
            permutations: None,
        }
    }

    /// Weights as given, islands left out, no permutations.
    #[must_use]
    pub fn as_given() -> Self {
        Self {
            standardisation: Standardisation::AsGiven,
            ..Self::row_standardised()
        }
    }

    /// The same with another rule for islands.
    #[must_use]
    pub fn with_islands(self, islands: Islands) -> Self {
        Self { islands, ..self }
    }

    /// The same with a permutation test.
    #[must_use]
    pub fn with_permutations(self, permutations: Permutations) -> Self {
        Self {
            permutations: Some(permutations),
            ..self
        }
    }
}
