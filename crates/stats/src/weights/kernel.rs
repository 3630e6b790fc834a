//! Kernel weights.

use super::SpatialWeights;
use super::positions::Place;
use super::rows::collect_weighted_rows;
use super::sites::Sites;
use crate::StatsError;
use crate::error::check_positive;

/// An adaptive bandwidth is this much more than the distance it is taken from,
/// so that the unit at that distance weighs more than 0. libpysal's `eps`.
const MARGIN: f64 = 1.000_000_1;

/// How the weight falls with z, the distance over the bandwidth.
///
/// Anselin & Rey (2014), *Modern Spatial Econometrics in Practice*, list the
/// same five with the same constants, and so do libpysal and GeoDa.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kernel {
    /// ½
    Uniform,
    /// 1 − z
    Triangular,
    /// ¾ (1 − z²); "quadratic" in libpysal.
    Epanechnikov,
    /// 15⁄16 (1 − z²)²; "biweight", "bisquare".
    Quartic,
    /// exp(−z²⁄2) ⁄ √(2π), cut at z = 1.
    Gaussian,
}

impl Kernel {
    /// The kernel at `z`, 0 to 1; beyond, 0.
    #[must_use]
    pub fn at(self, z: f64) -> f64 {
        if !(0.0..=1.0).contains(&z) {
            return 0.0;
        }
        let rest = (1.0 - z) * (1.0 + z);
        match self {
            Self::Uniform => 0.5,
            Self::Triangular => 1.0 - z,
            Self::Epanechnikov => 0.75 * rest,
            Self::Quartic => 15.0 / 16.0 * rest * rest,
            Self::Gaussian => (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt(),
        }
    }
}

/// Where the bandwidth comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bandwidth {
    /// The same for all, metres; everything within it is a neighbour.
    Fixed {
        /// Bandwidth, metres.
        bandwidth_m: f64,
    },
    /// The same for all: 1.0000001 times the largest distance of a unit to its
    /// k-th nearest other. The default of libpysal's `Kernel`, with k = 2.
    LargestNearest {
        /// Which nearest neighbour the distance is that of (k).
        neighbours: usize,
    },
    /// For each unit 1.0000001 times the distance to its k-th nearest other;
    /// those k are its neighbours. libpysal's `Kernel(fixed=False)`.
    Adaptive {
        /// Number of neighbours (k).
        neighbours: usize,
    },
}

/// Weight of a unit on itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KernelDiagonal {
    /// None.
    Absent,
    /// 1; libpysal's `diagonal=True`, GeoDa's default.
    One,
    /// The kernel at distance 0; libpysal's default, GeoDa's "use kernel for
    /// diagonal weights".
    AtZero,
}

/// Parameters of [`kernel_weights`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KernelParams {
    kernel: Kernel,
    bandwidth: Bandwidth,
    diagonal: KernelDiagonal,
}

impl KernelParams {
    /// Checked parameters.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] unless the bandwidth is finite and above zero,
    /// or the number of neighbours at least 1.
    pub fn new(
        kernel: Kernel,
        bandwidth: Bandwidth,
        diagonal: KernelDiagonal,
    ) -> Result<Self, StatsError> {
        match bandwidth {
            Bandwidth::Fixed { bandwidth_m } => check_positive("bandwidth_m", bandwidth_m)?,
            Bandwidth::LargestNearest { neighbours } | Bandwidth::Adaptive { neighbours } => {
                check_positive("neighbours", neighbours as f64)?;
            }
        }
        Ok(Self {
            kernel,
            bandwidth,
            diagonal,
        })
    }
}

/// Kernel weights and the bandwidths they were made with.
#[derive(Debug, Clone, PartialEq)]
pub struct KernelWeights {
    /// The weights, the diagonal as self-weights.
    pub weights: SpatialWeights,
    /// Bandwidth of each unit, metres; `None` without a position.
    pub bandwidths_m: Vec<Option<f64>>,
}

/// Kernel weights K(d ⁄ h) of the distance d to each neighbour and the
/// bandwidth h, as libpysal's `Kernel` and GeoDa.
///
/// 1. The bandwidth: fixed, or from the k-th nearest other units.
/// 2. The neighbours: with one bandwidth for all, every unit no further away
///    (the Gaussian kernel is cut there, too); with an adaptive one the k
///    nearest, equally near ones in order of index.
/// 3. The weights are neither scaled nor row-standardised.
///
/// With an adaptive bandwidth the weights are not symmetric in general. At
/// z = 1 exactly the triangular, Epanechnikov and quartic kernels are 0; such a
/// unit stays a link of weight 0. `None`, no position, is an island without a
/// self-weight. O(n log n + links).
///
/// # Errors
/// [`StatsError::Value`] for a position that is not finite or off the globe,
/// and for a bandwidth of 0 (the k nearest are at the unit's own place: ask for
/// more); [`StatsError::TooFew`] unless more than k units have a position.
pub fn kernel_weights<P: Place>(
    positions: &[Option<P>],
    params: &KernelParams,
) -> Result<KernelWeights, StatsError> {
    let sites = Sites::new(positions)?;
    let units = positions.len();
    let (distances, bandwidths) = match params.bandwidth {
        Bandwidth::Fixed { bandwidth_m } => (
            within(&sites, units, bandwidth_m)?,
            same(&sites, units, bandwidth_m),
        ),
        Bandwidth::LargestNearest { neighbours } => {
            let own = widths(&nearest(&sites, units, neighbours)?);
            let largest = own.iter().flatten().copied().fold(0.0, f64::max);
            check_width(0, largest)?;
            (
                within(&sites, units, largest)?,
                same(&sites, units, largest),
            )
        }
        Bandwidth::Adaptive { neighbours } => {
            let distances = nearest(&sites, units, neighbours)?;
            let own = widths(&distances);
            for (unit, width) in own.iter().enumerate() {
                check_width(unit, width.unwrap_or(f64::MAX))?;
            }
            (distances, own)
        }
    };
    let weights = distances.mapped(|unit, distance| {
        let z = bandwidths[unit].map_or(f64::NAN, |width| distance / width);
        params.kernel.at(z)
    });
    let own = match params.diagonal {
        KernelDiagonal::Absent => 0.0,
        KernelDiagonal::One => 1.0,
        KernelDiagonal::AtZero => params.kernel.at(0.0),
    };
    let own = bandwidths.iter().map(|h| h.map_or(0.0, |_| own)).collect();
    Ok(KernelWeights {
        weights: weights.with_self_weights(own)?,
        bandwidths_m: bandwidths,
    })
}

/// Distances to everything within a radius.
fn within<P: Place>(
    sites: &Sites<P>,
    units: usize,
    radius_m: f64,
) -> Result<SpatialWeights, StatsError> {
    collect_weighted_rows(
        units,
        || (),
        |(), unit, row| {
            sites.within(unit, radius_m, |other, distance| {
                row.push((other, distance))
            });
            Ok(())
        },
    )
}

/// Distances to the k nearest.
fn nearest<P: Place>(
    sites: &Sites<P>,
    units: usize,
    neighbours: usize,
) -> Result<SpatialWeights, StatsError> {
    if sites.located() <= neighbours {
        return Err(StatsError::TooFew {
            method: "a bandwidth from the nearest neighbours",
            found: sites.located(),
            least: neighbours.saturating_add(1),
        });
    }
    collect_weighted_rows(units, Vec::new, |found, unit, row| {
        sites.nearest(unit, neighbours, found);
        row.extend(found.iter().filter_map(|(_, other)| {
            let distance = sites.distance_m(unit, *other)?;
            Some((*other, distance))
        }));
        Ok(())
    })
}

fn same<P: Place>(sites: &Sites<P>, units: usize, bandwidth: f64) -> Vec<Option<f64>> {
    (0..units)
        .map(|unit| sites.has_place(unit).then_some(bandwidth))
        .collect()
}

/// Bandwidth of each unit from the furthest of its nearest.
fn widths(distances: &SpatialWeights) -> Vec<Option<f64>> {
    (0..distances.len())
        .map(|unit| {
            let row = distances.weighted(unit);
            row.map(|(_, distance)| distance * MARGIN).reduce(f64::max)
        })
        .collect()
}

fn check_width(unit: usize, width: f64) -> Result<(), StatsError> {
    if width > 0.0 {
        Ok(())
    } else {
        Err(StatsError::Value {
            what: "bandwidth",
            unit,
            value: width,
            expected: "above zero; the nearest units are at the same place: ask for more of them",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weights::PlanarPosition;

    fn points() -> Vec<Option<PlanarPosition>> {
        [
            (10.0, 10.0),
            (20.0, 10.0),
            (40.0, 10.0),
            (15.0, 20.0),
            (30.0, 20.0),
            (30.0, 30.0),
        ]
        .map(|(x_m, y_m)| Some(PlanarPosition { x_m, y_m }))
        .to_vec()
    }

    fn first_row(kernel: Kernel, bandwidth: Bandwidth) -> (KernelWeights, Vec<(usize, f64)>) {
        let params = KernelParams::new(kernel, bandwidth, KernelDiagonal::AtZero).unwrap();
        let result = kernel_weights(&points(), &params).unwrap();
        let mut row = vec![(0, result.weights.self_weight(0))];
        row.extend(result.weights.weighted(0));
        (result, row)
    }

    fn assert_close(ours: &[(usize, f64)], theirs: &[(usize, f64)]) {
        assert_eq!(ours.len(), theirs.len(), "{ours:?} {theirs:?}");
        for (ours, theirs) in ours.iter().zip(theirs) {
            assert_eq!(ours.0, theirs.0);
            assert!((ours.1 - theirs.1).abs() < 1e-13, "{ours:?} {theirs:?}");
        }
    }

    /// The worked examples in the documentation of libpysal's `Kernel`.
    #[test]
    fn the_worked_examples_of_libpysal_come_out_the_same() {
        let (all, row) = first_row(
            Kernel::Triangular,
            Bandwidth::LargestNearest { neighbours: 2 },
        );
        assert!((all.bandwidths_m[0].unwrap() - 20.000_002).abs() < 1e-12);
        let theirs = [
            (0, 1.0),
            (1, 0.500_000_049_999_995),
            (3, 0.440_983_061_526_746_5),
        ];
        assert_close(&row, &theirs);

        let bandwidth_m = 15.0;
        let (_, row) = first_row(Kernel::Triangular, Bandwidth::Fixed { bandwidth_m });
        let theirs = [
            (0, 1.0),
            (1, 0.333_333_333_333_333_37),
            (3, 0.254_644_007_500_070_1),
        ];
        assert_close(&row, &theirs);

        let adaptive = Bandwidth::Adaptive { neighbours: 2 };
        let (all, row) = first_row(Kernel::Triangular, adaptive);
        let theirs = [
            (0, 1.0),
            (1, 0.105_572_898_442_794_38),
            (3, 9.999_999_006_637_95e-8),
        ];
        assert_close(&row, &theirs);
        let bandwidths = [
            11.180_341_01,
            11.180_341_01,
            20.000_002,
            11.180_341_01,
            14.142_137_04,
            18.027_758_18,
        ];
        for (ours, theirs) in all.bandwidths_m.iter().zip(bandwidths) {
            assert!((ours.unwrap() - theirs).abs() < 5e-9);
        }

        let (_, row) = first_row(Kernel::Gaussian, adaptive);
        let theirs = [
            (0, 0.398_942_280_401_432_7),
            (1, 0.267_419_029_157_769_6),
            (3, 0.241_970_748_716_213_4),
        ];
        assert_close(&row, &theirs);
    }

    #[test]
    fn each_kernel_is_its_formula() {
        let z = 0.6_f64;
        assert_eq!(Kernel::Uniform.at(z), 0.5);
        assert_eq!(Kernel::Triangular.at(z), 1.0 - z);
        assert!((Kernel::Epanechnikov.at(z) - 0.75 * 0.64).abs() < 1e-15);
        assert!((Kernel::Quartic.at(z) - 0.9375 * 0.64 * 0.64).abs() < 1e-15);
        assert!((Kernel::Gaussian.at(1.0) - 0.241_970_724_519_143_37).abs() < 1e-15);
        assert_eq!(Kernel::Gaussian.at(1.1), 0.0);
        assert_eq!(Kernel::Uniform.at(f64::NAN), 0.0);
    }

    #[test]
    fn the_diagonal_is_as_asked_and_none_without_a_position() {
        let mut places = points();
        places.push(None);
        let own = |diagonal| {
            let bandwidth = Bandwidth::Fixed { bandwidth_m: 12.0 };
            let params = KernelParams::new(Kernel::Quartic, bandwidth, diagonal).unwrap();
            let weights = kernel_weights(&places, &params).unwrap().weights;
            (weights.self_weight(2), weights.self_weight(6))
        };
        assert_eq!(own(KernelDiagonal::Absent), (0.0, 0.0));
        assert_eq!(own(KernelDiagonal::One), (1.0, 0.0));
        assert_eq!(own(KernelDiagonal::AtZero), (0.9375, 0.0));
    }

    #[test]
    fn a_bandwidth_of_nothing_is_refused() {
        let same = vec![points()[0]; 4];
        let params = |neighbours| {
            let bandwidth = Bandwidth::Adaptive { neighbours };
            KernelParams::new(Kernel::Uniform, bandwidth, KernelDiagonal::Absent)
        };
        let zero = kernel_weights(&same, &params(2).unwrap()).unwrap_err();
        assert!(zero.to_string().contains("ask for more"), "{zero}");
        let few = kernel_weights(&same, &params(4).unwrap()).unwrap_err();
        assert!(matches!(few, StatsError::TooFew { least: 5, .. }));
        assert!(params(0).is_err());
    }
}
