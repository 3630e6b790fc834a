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

/// Largest gap between the empirical distribution of p-values and the uniform
/// one, times the root of their number; above 1.63 in 1 % of cases.
fn kolmogorov_smirnov(mut p_values: Vec<f64>) -> f64 {
    p_values.sort_unstable_by(f64::total_cmp);
    let n = p_values.len() as f64;
    let gap = p_values
        .iter()
        .enumerate()
        .map(|(i, p)| (p - i as f64 / n).max((i + 1) as f64 / n - p))
        .fold(0.0_f64, f64::max);
    gap * n.sqrt()
}

/// Runs the same work on one and on two threads.
fn on_one_and_two_threads<T: Send>(work: impl Fn() -> T + Sync) -> (T, T) {
    let run = |threads| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap()
            .install(&work)
    };
    (run(1), run(2))
}
