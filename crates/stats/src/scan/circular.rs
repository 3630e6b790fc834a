//! Kulldorff's spatial scan with circles.

use super::cluster::{Scan, ScanParams};
use super::counts::SpatialCounts;
use super::places::Places;
use super::rings::{Axes, scan_rings};
use crate::StatsError;
use crate::error::check_length;

/// The spatial scan statistic with circular windows.
///
/// Kulldorff (1997), *Communications in Statistics: Theory and Methods* 26:
/// 1481–1496; Poisson or Bernoulli, as the counts say.
///
/// 1. About each position windows grow by distance as long as the limits
///    allow. Places at the same distance enter together.
/// 2. Each window has a log likelihood ratio. Poisson, with c of C cases
///    where E are expected: c·ln(c/E) + (C−c)·ln((C−c)/(C−E)). Bernoulli,
///    with c cases among n of N individuals: c·ln(c/n) + (n−c)·ln((n−c)/n) +
///    the same of the complement − the same of all. It counts where the rate
///    is on the side looked for, and for high rates where c reaches the
///    minimum number of cases.
/// 3. The best window about each centre is a candidate; further clusters are
///    chosen from the candidates by
///    [`SecondaryClusters`](super::SecondaryClusters).
/// 4. p-values compare the ratio with the largest ratio of each simulated
///    data set, so that they are adjusted for the many windows.
///
/// O(n² log n) for the windows and O(n² m) additions of integers for m
/// simulations, sixteen side by side; a likelihood ratio is computed only for
/// windows that a bound does not rule out. Memory is bounded.
///
/// Differences: `SaTScan` adds places at the same distance one by one, in an
/// order of its own, and so looks at circles cut through; we do not. Radii on
/// the globe are those of `SaTScan` (sphere of 6,367 km). `smerc` and
/// `SpatialEpi` do not ask for two cases; `SpatialEpi` rounds expected counts
/// and its ratios are off by that. `smerc` takes secondary clusters from all
/// windows, not from the best of each centre, and so reports more.
///
/// # Errors
/// [`StatsError::Length`] if counts and places differ in number.
pub fn circular_scan(
    places: &Places,
    counts: &SpatialCounts,
    params: &ScanParams,
) -> Result<Scan, StatsError> {
    check_length("counts", counts.len(), places.len())?;
    let field = counts.field();
    let axes = [Axes::circle(places)];
    scan_rings(places, &axes, &field, (1, &[(0, 1)]), params)
}
