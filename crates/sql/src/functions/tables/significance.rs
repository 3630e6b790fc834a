//! Permutations, seed and correction, as functions share them.

use safeground_stats::multiple_testing::{Adjustment, adjust};
use safeground_stats::permutation::PermutationParams;

use super::call::{Argument, Call, Kind, optional};
use super::error::StatisticsError;

/// The arguments of a permutation test.
pub(super) const PERMUTATION_ARGUMENTS: &[Argument] = &[
    optional(
        "permutations",
        Kind::Integer,
        "0",
        "Permutations of the test, up to 99,999; 0 takes the analytic p-value.",
    ),
    optional(
        "seed",
        Kind::Integer,
        "1",
        "Seed of the permutations: the same seed gives the same p-values, whatever the number of threads.",
    ),
];

/// The argument of the correction for many tests, where results tell it.
pub(super) const CORRECTION_ARGUMENTS: &[Argument] = &[correction_argument(
    "Correction for many tests in p_adjusted: 'bh' (Benjamini & Hochberg), 'by' (Benjamini & Yekutieli), 'bonferroni', 'none'.",
)];

/// The argument of the correction for many tests.
pub(super) const fn correction_argument(description: &'static str) -> Argument {
    optional("correction", Kind::Word, "'bh'", description)
}

/// Number of permutations a call asks for and the seed; 0 for none.
pub(super) fn permutations(call: &Call) -> Result<(usize, u64), StatisticsError> {
    let count = call.integer("permutations", 0, 0..=99_999)?;
    let seed = call.integer("seed", 1, 0..=u64::MAX)?;
    Ok((count as usize, seed))
}

/// Parameters of conditional permutation, if a call asks for it.
pub(super) fn conditional(call: &Call) -> Result<Option<PermutationParams>, StatisticsError> {
    let (count, seed) = permutations(call)?;
    if count == 0 {
        return Ok(None);
    }
    PermutationParams::new(count, seed)
        .map(Some)
        .map_err(|source| StatisticsError::Statistic {
            function: call.function,
            source,
        })
}

/// How p-values are corrected; `None` leaves them as they are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Correction(pub(super) Option<Adjustment>);

impl Correction {
    /// The correction a call asks for.
    pub(super) fn bind(call: &Call) -> Result<Self, StatisticsError> {
        call.word(
            "correction",
            &[
                ("bh", Self(Some(Adjustment::BenjaminiHochberg))),
                ("by", Self(Some(Adjustment::BenjaminiYekutieli))),
                ("bonferroni", Self(Some(Adjustment::Bonferroni))),
                ("none", Self(None)),
            ],
        )
    }

    /// The corrected p-values.
    pub(super) fn of(self, p_values: &[Option<f64>]) -> Vec<Option<f64>> {
        match self.0 {
            Some(adjustment) => adjust(p_values, adjustment),
            None => p_values.to_vec(),
        }
    }
}
