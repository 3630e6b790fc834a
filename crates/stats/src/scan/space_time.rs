//! Kulldorff's space-time scan with cylinders.

use super::cluster::{Scan, ScanParams};
use super::counts::SpaceTimeCounts;
use super::places::Places;
use super::rings::{Axes, scan_rings};
use super::time::TemporalLimits;
use crate::StatsError;
use crate::error::check_length;

/// The space-time scan statistic, Poisson.
///
/// Windows are cylinders: the places of a circle in some intervals that
/// follow each other. Retrospective: Kulldorff, Athas, Feuer, Miller & Key
/// (1998), *American Journal of Public Health* 88: 1377–1380. Prospective:
/// Kulldorff (2001), *Journal of the Royal Statistical Society A* 164: 61–72.
/// Likelihood ratio, secondary clusters and p-values as in
/// [`circular_scan`](super::circular_scan), with the expected cases of all
/// places and intervals of the cylinder. The limit of the population is that
/// of the circle over the whole period.
///
/// O(n² log n + n² t² m) for n places, t intervals and m simulations, a
/// bound instead of a likelihood ratio for most windows. Memory holds the
/// windows about one centre, some 20 bytes × n × t²: aggregate daily series
/// of years to weeks, or look at clusters that are alive only.
///
/// `SaTScan` weights intervals by their days; so do expected cases from
/// [`super::standardised_expected`].
///
/// # Errors
/// [`StatsError`] if counts and places differ in number or no window in time
/// is within the limits.
pub fn space_time_scan(
    places: &Places,
    counts: &SpaceTimeCounts,
    time: &TemporalLimits,
    params: &ScanParams,
) -> Result<Scan, StatsError> {
    check_length("counts", counts.places(), places.len())?;
    let spans = time.spans(counts.intervals())?;
    let field = counts.field();
    let axes = [Axes::circle(places)];
    scan_rings(places, &axes, &field, (counts.intervals(), &spans), params)
}
