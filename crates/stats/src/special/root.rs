//! The root of an increasing function.

/// Root of an increasing function between `low` and `high`, by Newton's method
/// kept inside the bracket, with bisection where a step would leave it or
/// where the steps do not shrink. `function` returns value and slope; a poor
/// slope costs steps, never the root. NaN without a bracket.
pub(crate) fn increasing_root(
    mut low: f64,
    mut high: f64,
    start: f64,
    mut function: impl FnMut(f64) -> (f64, f64),
) -> f64 {
    if low.is_nan() || high.is_nan() || start.is_nan() || low > high {
        return f64::NAN;
    }
    let mut x = start.clamp(low, high);
    let mut previous = high - low;
    for _ in 0..300 {
        let (value, slope) = function(x);
        if value == 0.0 {
            return x;
        }
        if value < 0.0 {
            low = x;
        } else {
            high = x;
        }
        let newton = x - value / slope;
        let fits = newton > low && newton < high && (newton - x).abs() < 0.75 * previous;
        let next = if fits { newton } else { 0.5 * (low + high) };
        previous = (next - x).abs();
        if previous <= 4.0 * f64::EPSILON * x.abs() || next <= low || next >= high {
            return next;
        }
        x = next;
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_found_with_a_good_a_poor_and_no_slope() {
        for slope in [Some(1.0), Some(20.0), Some(0.01), None] {
            let root = increasing_root(0.0, 100.0, 50.0, |x| {
                (x * x * x - 8.0, slope.map_or(f64::NAN, |s| s * 3.0 * x * x))
            });
            assert!((root - 2.0).abs() < 1e-13, "{slope:?}: {root}");
        }
    }
}
