//! A statistic against its mean and variance under the null hypothesis.

use crate::normal;
use crate::significance::Alternative;

/// A statistic's moments under the null hypothesis and its distance from them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Deviate {
    /// Expected value.
    pub expected: f64,
    /// Variance.
    pub variance: f64,
    /// (value − expected)/√variance.
    pub z: f64,
}

impl Deviate {
    /// p-value under the normal approximation.
    ///
    /// `Directed` is the one-sided p-value on the side of z, as esda reports
    /// for G and C; `TwoSided` and `Folded` are the same by symmetry.
    #[must_use]
    pub fn p(&self, alternative: Alternative) -> f64 {
        p_of_z(self.z, alternative)
    }

    /// `None` where the variance is not above `least_variance`, below which
    /// it is rounding.
    pub(super) fn of(
        statistic: f64,
        expected: f64,
        variance: f64,
        least_variance: f64,
    ) -> Option<Self> {
        let z = (statistic - expected) / variance.sqrt();
        (variance > least_variance && z.is_finite()).then_some(Self {
            expected,
            variance,
            z,
        })
    }
}

pub(super) fn p_of_z(z: f64, alternative: Alternative) -> f64 {
    match alternative {
        // Φ(−z) rather than 1 − Φ(z), which loses the far tail.
        Alternative::Greater => normal::cumulative(-z),
        Alternative::Less => normal::cumulative(z),
        Alternative::TwoSided | Alternative::Folded => normal::two_sided(z),
        Alternative::Directed => normal::cumulative(-z.abs()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p_values_are_those_of_the_normal_tables() {
        let deviate = Deviate::of(1.959_963_984_540_054, 0.0, 1.0, 0.0).unwrap();
        let p = deviate.p(Alternative::TwoSided);
        assert!((p - 0.05).abs() < 1e-14, "{p}");
        assert!((deviate.p(Alternative::Greater) - 0.025).abs() < 1e-14);
        assert!((deviate.p(Alternative::Directed) - 0.025).abs() < 1e-14);
        assert!((deviate.p(Alternative::Less) - 0.975).abs() < 1e-14);
        assert!(Deviate::of(1.0, 0.0, 0.0, 0.0).is_none());
        assert!(Deviate::of(1.0, 0.0, f64::NAN, 0.0).is_none());
    }
}
