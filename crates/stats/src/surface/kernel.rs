//! Kernels: how the weight of an event falls off with distance.

use std::f64::consts::PI;

use crate::StatsError;
use crate::error::check_positive;

/// A radially symmetric kernel on the plane, K(u) with u = distance/bandwidth
/// and ∫K = 1.
///
/// For all but [`Kernel::Gaussian`] the bandwidth is the radius beyond which
/// the weight is zero (the search radius of ArcGIS, QGIS and `CrimeStat`).
/// spatstat gives every kernel by its standard deviation per axis instead:
/// multiply spatstat's `sigma` by 1/[`Kernel::standard_deviation`] to get the
/// bandwidth here.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kernel {
    /// 1/π for u ≤ 1: a moving circle.
    Uniform,
    /// (3/π)(1 − u): a cone.
    Conic,
    /// (2/π)(1 − u²).
    Epanechnikov,
    /// (3/π)(1 − u²)², also called biweight; the usual kernel of hotspot maps
    /// (Silverman 1986, *Density Estimation*, chapter 4).
    Quartic,
    /// (4/π)(1 − u²)³.
    Triweight,
    /// exp(−u²/2)/2π cut off at `truncation` bandwidths and divided by the
    /// share 1 − exp(−truncation²/2) that is left, so that it still integrates
    /// to one. The bandwidth is the standard deviation. At 5 the cut-off
    /// share is 4·10⁻⁶, at 8 it is 10⁻¹⁴.
    Gaussian {
        /// Bandwidths at which the kernel ends.
        truncation: f64,
    },
}

impl Kernel {
    /// Fails unless a truncation is finite and above zero.
    pub(crate) fn check(&self) -> Result<(), StatsError> {
        match self {
            Self::Gaussian { truncation } => check_positive("truncation", *truncation),
            _ => Ok(()),
        }
    }

    /// Weight at a squared distance of `squared` squared bandwidths.
    #[must_use]
    pub fn weight(&self, squared: f64) -> f64 {
        self.profile().weight(squared)
    }

    /// The kernel with its constant worked out once.
    pub(crate) fn profile(&self) -> Profile {
        let factor = match self {
            Self::Uniform => 1.0,
            Self::Conic | Self::Quartic => 3.0,
            Self::Epanechnikov => 2.0,
            Self::Triweight => 4.0,
            Self::Gaussian { .. } => 0.5 / self.kept(),
        };
        Profile {
            kernel: *self,
            factor: factor / PI,
            limit: self.reach() * self.reach(),
        }
    }

    /// Bandwidths beyond which the weight is zero.
    #[must_use]
    pub fn reach(&self) -> f64 {
        match self {
            Self::Gaussian { truncation } => *truncation,
            _ => 1.0,
        }
    }

    /// Standard deviation along one axis, in bandwidths: the square root of
    /// ∫x²K.
    #[must_use]
    pub fn standard_deviation(&self) -> f64 {
        match self {
            Self::Uniform => 0.5,
            Self::Conic => 0.15_f64.sqrt(),
            Self::Epanechnikov => (1.0_f64 / 6.0).sqrt(),
            Self::Quartic => 0.125_f64.sqrt(),
            Self::Triweight => 0.1_f64.sqrt(),
            Self::Gaussian { truncation } => {
                let half = truncation * truncation / 2.0;
                (1.0 - half * (-half).exp() / self.kept()).sqrt()
            }
        }
    }

    /// Roughness ∫K², in 1/bandwidth².
    #[must_use]
    pub fn roughness(&self) -> f64 {
        match self {
            Self::Uniform => 1.0 / PI,
            Self::Conic => 3.0 / (2.0 * PI),
            Self::Epanechnikov => 4.0 / (3.0 * PI),
            Self::Quartic => 9.0 / (5.0 * PI),
            Self::Triweight => 16.0 / (7.0 * PI),
            Self::Gaussian { truncation } => {
                -(-truncation * truncation).exp_m1() / (4.0 * PI * self.kept().powi(2))
            }
        }
    }

    /// Bandwidth of this kernel that smooths as much as a Gaussian of standard
    /// deviation `gaussian`: both are optimal for the same density, since the
    /// bandwidth of least mean integrated squared error goes as
    /// (∫K² / (∫x²K)²)^(1/6) in the plane (Silverman 1986, chapter 4; Marron &
    /// Nolan 1988, *Statistics & Probability Letters* 7). 2.78 for the quartic.
    #[must_use]
    pub fn as_smooth_as_gaussian(&self, gaussian: f64) -> f64 {
        let size = |kernel: &Self| {
            (kernel.roughness() / kernel.standard_deviation().powi(4)).powf(1.0 / 6.0)
        };
        let untruncated = Self::Gaussian { truncation: 40.0 };
        gaussian * size(self) / size(&untruncated)
    }

    /// Share of an untruncated Gaussian that is kept.
    fn kept(&self) -> f64 {
        match self {
            Self::Gaussian { truncation } => -(-0.5 * truncation * truncation).exp_m1(),
            _ => 1.0,
        }
    }
}

/// A kernel ready for many places.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Profile {
    kernel: Kernel,
    factor: f64,
    limit: f64,
}

impl Profile {
    pub(crate) fn weight(&self, squared: f64) -> f64 {
        if squared > self.limit {
            return 0.0;
        }
        let left = 1.0 - squared;
        self.factor
            * match self.kernel {
                Kernel::Uniform => 1.0,
                Kernel::Conic => 1.0 - squared.sqrt(),
                Kernel::Epanechnikov => left,
                Kernel::Quartic => left * left,
                Kernel::Triweight => left * left * left,
                Kernel::Gaussian { .. } => (-0.5 * squared).exp(),
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Kernel; 7] = [
        Kernel::Uniform,
        Kernel::Conic,
        Kernel::Epanechnikov,
        Kernel::Quartic,
        Kernel::Triweight,
        Kernel::Gaussian { truncation: 1.5 },
        Kernel::Gaussian { truncation: 8.0 },
    ];

    /// ∫ g(u)·2πu du over the kernel's reach by the midpoint rule.
    fn integral(kernel: &Kernel, g: impl Fn(f64) -> f64) -> f64 {
        let steps = 200_000;
        let step = kernel.reach() / f64::from(steps);
        (0..steps)
            .map(|i| (f64::from(i) + 0.5) * step)
            .map(|u| g(u) * 2.0 * PI * u * step)
            .sum()
    }

    #[test]
    fn mass_spread_and_roughness_are_what_the_formulas_say() {
        for kernel in ALL {
            let k = |u: f64| kernel.weight(u * u);
            assert!((integral(&kernel, k) - 1.0).abs() < 1e-8, "{kernel:?}");
            let variance = integral(&kernel, |u| u * u / 2.0 * k(u));
            assert!((variance.sqrt() - kernel.standard_deviation()).abs() < 1e-8);
            let roughness = integral(&kernel, |u| k(u) * k(u));
            assert!((roughness - kernel.roughness()).abs() < 1e-8, "{kernel:?}");
        }
    }

    #[test]
    fn a_quartic_needs_about_2_8_gaussian_bandwidths() {
        // R = 9/5π and variance 1/8 against 1/4π and 1: (64·9/5·4)^(1/6).
        let factor = Kernel::Quartic.as_smooth_as_gaussian(1.0);
        assert!((factor - 460.8_f64.powf(1.0 / 6.0)).abs() < 1e-9);
    }
}
