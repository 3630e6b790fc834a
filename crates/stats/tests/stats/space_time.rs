//! `space_time` against other packages and naive twins.

mod alarms;
mod calibration;
mod changepoints;
mod hotspots;
mod seasons;
mod trends;

/// The value is the other up to the relative tolerance.
fn assert_close(ours: f64, theirs: f64, relative: f64, what: &str) {
    let gap = (ours - theirs).abs();
    assert!(
        gap <= relative * theirs.abs().max(1e-300),
        "{what}: {ours} {theirs}"
    );
}

fn all_present(values: &[f64]) -> Vec<Option<f64>> {
    values.iter().copied().map(Some).collect()
}
