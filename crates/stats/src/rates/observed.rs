//! Counts and exposures of the units that have both.

use crate::StatsError;
use crate::error::{check_length, check_not_negative};

/// Count and exposure of each unit; `None` where either is missing or the
/// exposure is 0.
pub(super) fn observed(
    counts: &[Option<f64>],
    exposures: &[Option<f64>],
) -> Result<Vec<Option<(f64, f64)>>, StatsError> {
    check_length("exposures", exposures.len(), counts.len())?;
    check_not_negative("count", counts)?;
    check_not_negative("exposure", exposures)?;
    Ok(counts
        .iter()
        .zip(exposures)
        .map(|(count, exposure)| Some(((*count)?, exposure.filter(|n| *n > 0.0)?)))
        .collect())
}

/// Σ counts / Σ exposures over the units that have both; `None` without any.
pub(super) fn pooled_rate(units: &[Option<(f64, f64)>]) -> Option<f64> {
    let count: f64 = units.iter().flatten().map(|(y, _)| y).sum();
    let exposure: f64 = units.iter().flatten().map(|(_, n)| n).sum();
    (exposure > 0.0).then(|| count / exposure)
}
