//! The standard normal distribution, to the last few digits.

use libm::erfc;

/// Φ(z): probability that a standard normal variable is at most `z`.
pub(crate) fn cumulative(z: f64) -> f64 {
    0.5 * erfc(-z / std::f64::consts::SQRT_2)
}

/// Two-sided p-value of `z`.
pub(crate) fn two_sided(z: f64) -> f64 {
    erfc(z.abs() / std::f64::consts::SQRT_2)
}

/// z with Φ(z) = `probability`; −∞ and ∞ at 0 and 1, NaN beyond.
///
/// 1. An approximation good to 5·10⁻⁴ in the tail that is at most a half:
///    Abramowitz & Stegun (1964), 26.2.23.
/// 2. Two of Halley's steps on [`cumulative`], each of which triples the
///    digits there are.
pub(crate) fn quantile(probability: f64) -> f64 {
    if probability.is_nan() || !(0.0..=1.0).contains(&probability) {
        return f64::NAN;
    }
    let tail = probability.min(1.0 - probability);
    if tail == 0.0 {
        return if probability == 0.0 {
            f64::NEG_INFINITY
        } else {
            f64::INFINITY
        };
    }
    let t = (-2.0 * tail.ln()).sqrt();
    let above = 2.515_517 + t * (0.802_853 + t * 0.010_328);
    let below = 1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308));
    let mut z = above / below - t;
    for _ in 0..2 {
        // Relative to the tail, so that nothing underflows before it does.
        let density = (-0.5 * z * z).exp() / std::f64::consts::TAU.sqrt();
        let step = (cumulative(z) - tail) / density;
        if step.is_finite() {
            z -= step / (1.0 + 0.5 * z * step);
        }
    }
    if probability <= 0.5 { z } else { -z }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// To 17 digits, of Wichura (1988), *Applied Statistics* 37 (AS 241), and
    /// of the tables.
    #[test]
    fn quantiles_have_all_their_digits() {
        for (p, z) in [
            (0.25, -0.674_489_750_196_081_7),
            (0.001, -3.090_232_306_167_813_5),
            (1e-20, -9.262_340_089_798_408),
            (0.975, 1.959_963_984_540_054),
            (0.5, 0.0),
        ] {
            let ours = quantile(p);
            assert!((ours - z).abs() <= 4e-16 * (1.0 + z.abs()), "{p}: {ours}");
        }
    }

    #[test]
    fn the_quantile_undoes_the_cumulative_probability() {
        for exponent in 1..300 {
            let p = 10.0_f64.powi(-exponent);
            let again = cumulative(quantile(p));
            // A rounding of z moves so small a tail by z² times as much.
            let room = 1e-15 * (1.0 + quantile(p).powi(2));
            assert!((again / p - 1.0).abs() <= room, "{p} {again}");
        }
        for step in 1..1000 {
            let p = f64::from(step) / 1000.0;
            assert!((cumulative(quantile(p)) - p).abs() <= 3e-16, "{p}");
            assert!((quantile(p) + quantile(1.0 - p)).abs() <= 1e-14);
        }
    }

    #[test]
    fn the_ends_and_what_is_no_probability() {
        assert_eq!(quantile(0.0), f64::NEG_INFINITY);
        assert_eq!(quantile(1.0), f64::INFINITY);
        for p in [-0.1, 1.1, f64::NAN] {
            assert!(quantile(p).is_nan());
        }
    }
}
