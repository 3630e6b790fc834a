//! Whether p-values are uniform, as they must be where nothing is the matter.

/// Distance of Kolmogorov and Smirnov between the distribution of p-values and
/// the uniform one, times the root of their number: above 1.63 in 1 % of
/// cases, above 1.95 in 0.1 %.
pub(crate) fn gap_from_uniform(p: Vec<f64>) -> f64 {
    let n = p.len() as f64;
    gap(p, |rank, p| (p - rank / n).max((rank + 1.0) / n - p))
}

/// The same for p-values that come in steps, at the steps alone: how far the
/// share of p-values up to a step is from the step.
pub(crate) fn gap_at_steps(p: Vec<f64>) -> f64 {
    let n = p.len() as f64;
    gap(p, |rank, p| (p - (rank + 1.0) / n).abs())
}

fn gap(mut p: Vec<f64>, of: impl Fn(f64, f64) -> f64) -> f64 {
    p.sort_unstable_by(f64::total_cmp);
    let gaps = p.iter().enumerate().map(|(rank, p)| of(rank as f64, *p));
    (p.len() as f64).sqrt() * gaps.fold(0.0, f64::max)
}
