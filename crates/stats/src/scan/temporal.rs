//! The purely temporal scan.

use super::cluster::{Scan, ScanParams};
use super::counts::SpaceTimeCounts;
use super::program::{Chain, Source};
use super::report::{Form, Task};
use super::time::TemporalLimits;
use crate::StatsError;

/// The temporal scan statistic, Poisson: windows are intervals that follow
/// each other, in all places together.
///
/// Naus (1965), *Journal of the American Statistical Association* 60, for a
/// window of fixed length; here of any length within the limits, with the
/// likelihood ratio and simulations of the space-time scan, Kulldorff (2001).
/// The members of the cluster are all places; it is the only one reported.
///
/// O(t² m) for t intervals and m simulations.
///
/// # Errors
/// [`StatsError`] if no window is within the limits.
pub fn temporal_scan(
    counts: &SpaceTimeCounts,
    time: &TemporalLimits,
    params: &ScanParams,
) -> Result<Scan, StatsError> {
    let spans = time.spans(counts.intervals())?;
    let (cases, expected) = counts.summed();
    let whole = SpaceTimeCounts::poisson(counts.intervals(), &cases, &expected)?;
    let field = whole.field();
    let mut scan = Task {
        source: &Everywhere,
        field: &field,
        times: counts.intervals(),
        spans: &spans,
        form: Form::Everywhere,
        screen: None,
        params,
    }
    .run()?;
    for cluster in &mut scan.clusters {
        cluster.members = (0..counts.places()).collect();
    }
    Ok(scan)
}

struct Everywhere;

impl Source for Everywhere {
    fn chains(&self) -> usize {
        1
    }

    fn chain(&self, _: usize) -> Chain {
        Chain {
            centre: 0,
            shape: 0,
            penalty: 1.0,
            places: vec![0],
            whole: vec![true],
            depths: Vec::new(),
        }
    }
}
