//! Global statistics against other packages, naive twins and simulated nulls.

mod calibration;
mod packages;
mod properties;

use safeground_stats::global::AutocorrelationParams;

type Column = Vec<Option<f64>>;

/// Two Monte Carlo p-values, `size` and 9,999 permutations, within four
/// standard errors of their difference.
fn near(what: &str, ours: f64, theirs: f64, size: f64) {
    let p = theirs.max(1.0 / size);
    let error = 4.0
        * (p * (1.0 - p) * (1.0 / size + 1.0 / 9999.0))
            .max(0.0)
            .sqrt()
        + 1.0 / size;
    assert!((ours - theirs).abs() <= error, "{what}: {ours} {theirs}");
}

fn row() -> AutocorrelationParams {
    AutocorrelationParams::row_standardised()
}

fn binary() -> AutocorrelationParams {
    AutocorrelationParams::as_given()
}

/// Units above the median.
fn high(values: &[Option<f64>]) -> Vec<Option<bool>> {
    let mut sorted: Vec<f64> = values.iter().flatten().copied().collect();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    let median = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2.0;
    values
        .iter()
        .map(|value| value.map(|value| value > median))
        .collect()
}
