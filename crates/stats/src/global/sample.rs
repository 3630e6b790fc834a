//! The units that have a value, with the links between them.

use std::borrow::Cow;

use super::autocorrelation::{AutocorrelationParams, Islands, Standardisation};
use super::pairs::Pairs;
use crate::StatsError;
use crate::error::check_length;
use crate::weights::{SpatialWeights, WeightSums};

/// Values and links of the units that take part.
pub(super) struct Sample<'a, T> {
    /// Value of each unit that takes part.
    pub(super) values: Vec<T>,
    /// Their weights; self-weights may be there but are not read.
    pub(super) weights: Cow<'a, SpatialWeights>,
    /// Their pairs.
    pub(super) pairs: Pairs,
    /// Sums of their weights; S₀ is above zero.
    pub(super) sums: WeightSums,
    /// n of the formulas; below `values.len()` only with
    /// [`Islands::NotCounted`].
    pub(super) counted: usize,
}

impl<'a, T: Copy> Sample<'a, T> {
    pub(super) fn new(
        method: &'static str,
        values: &[Option<T>],
        weights: &'a SpatialWeights,
        params: &AutocorrelationParams,
    ) -> Result<Self, StatsError> {
        check_length("values", values.len(), weights.len())?;
        let mut keep: Vec<bool> = values.iter().map(Option::is_some).collect();
        if params.islands == Islands::LeftOut {
            let linked = linked(weights, &keep);
            for (keep, linked) in keep.iter_mut().zip(linked) {
                *keep &= linked;
            }
        }
        let kept: Vec<T> = values
            .iter()
            .zip(&keep)
            .filter_map(|(value, keep)| value.filter(|_| *keep))
            .collect();
        let weights =
            if kept.len() == values.len() && params.standardisation == Standardisation::AsGiven {
                Cow::Borrowed(weights)
            } else {
                Cow::Owned(among(weights, &keep, params.standardisation)?)
            };
        let counted = match params.islands {
            Islands::LeftOut | Islands::Counted => kept.len(),
            Islands::NotCounted => (0..weights.len())
                .filter(|unit| weights.cardinality(*unit) > 0)
                .count(),
        };
        if counted < 3 {
            return Err(StatsError::TooFew {
                method,
                found: counted,
                least: 3,
            });
        }
        let pairs = Pairs::of(&weights);
        let sums = pairs.sums();
        if sums.s0.is_nan() || sums.s0 <= 0.0 {
            return Err(StatsError::NoLinks { method });
        }
        Ok(Self {
            values: kept,
            weights,
            pairs,
            sums,
            counted,
        })
    }
}

/// Whether each kept unit has a link with another one, in either direction.
fn linked(weights: &SpatialWeights, keep: &[bool]) -> Vec<bool> {
    let mut linked = vec![false; keep.len()];
    for unit in (0..keep.len()).filter(|unit| keep[*unit]) {
        for neighbour in weights.neighbours(unit).filter(|other| keep[*other]) {
            linked[unit] = true;
            linked[neighbour] = true;
        }
    }
    linked
}

/// The weights among the kept units, without self-weights.
fn among(
    weights: &SpatialWeights,
    keep: &[bool],
    standardisation: Standardisation,
) -> Result<SpatialWeights, StatsError> {
    let mut next = 0;
    let index: Vec<usize> = keep
        .iter()
        .map(|keep| {
            let index = next;
            next += usize::from(*keep);
            index
        })
        .collect();
    let lists = (0..keep.len())
        .filter(|unit| keep[*unit])
        .map(|unit| {
            let mut list: Vec<(usize, f64)> = weights
                .weighted(unit)
                .filter(|(neighbour, _)| keep[*neighbour])
                .map(|(neighbour, weight)| (index[neighbour], weight))
                .collect();
            let sum: f64 = list.iter().map(|link| link.1).sum();
            if standardisation == Standardisation::Row && sum > 0.0 {
                for link in &mut list {
                    link.1 /= sum;
                }
            }
            list
        })
        .collect();
    SpatialWeights::from_weighted_lists(lists)
}

/// Deviations from the mean in units of the largest one, with the sums of
/// their powers.
pub(super) struct Centred {
    /// Deviations, the largest of size 1.
    pub(super) z: Vec<f64>,
    /// Mean in the same units.
    pub(super) mean: f64,
    /// Σz².
    pub(super) squares: f64,
    /// Σz³.
    pub(super) cubes: f64,
    /// Σz⁴.
    pub(super) fourths: f64,
}

impl Centred {
    /// # Errors
    /// [`StatsError::Constant`] where the values differ by no more than
    /// rounding.
    pub(super) fn of(method: &'static str, values: &[f64]) -> Result<Self, StatsError> {
        let largest = values
            .iter()
            .fold(0.0_f64, |largest, x| largest.max(x.abs()));
        // A power of two changes no digit and keeps squares within range.
        let power = if largest > 1e100 {
            2.0_f64.powi(-700)
        } else if largest < 1e-100 {
            2.0_f64.powi(700)
        } else {
            1.0
        };
        let n = values.len() as f64;
        let rough = values.iter().map(|x| x * power / n).sum::<f64>();
        let mut z: Vec<f64> = values.iter().map(|x| x * power - rough).collect();
        // What rounding left of the mean is small beside it, but perhaps not
        // beside the deviations.
        let rest = z.iter().sum::<f64>() / n;
        for z in &mut z {
            *z -= rest;
        }
        let mean = rough + rest;
        let widest = z.iter().fold(0.0_f64, |widest, z| widest.max(z.abs()));
        if widest <= 4.0 * f64::EPSILON * largest * power {
            return Err(StatsError::Constant {
                what: "value",
                method,
            });
        }
        for z in &mut z {
            *z /= widest;
        }
        Ok(Self {
            mean: mean / widest,
            squares: z.iter().map(|z| z * z).sum(),
            cubes: z.iter().map(|z| z * z * z).sum(),
            fourths: z.iter().map(|z| z.powi(4)).sum(),
            z,
        })
    }

    /// Kurtosis n Σz⁴/(Σz²)².
    pub(super) fn kurtosis(&self) -> f64 {
        self.z.len() as f64 * self.fourths / (self.squares * self.squares)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_without_a_value_leaves_rows_that_sum_to_one() {
        let weights =
            SpatialWeights::from_lists(vec![vec![1, 2], vec![0, 2], vec![0, 1, 3], vec![2]])
                .unwrap();
        let values = [Some(1.0), None, Some(3.0), Some(4.0)];
        let params = AutocorrelationParams::row_standardised();
        let sample = Sample::new("test", &values, &weights, &params).unwrap();
        assert_eq!(sample.values, [1.0, 3.0, 4.0]);
        assert_eq!(sample.weights.weight(1, 0), Some(0.5));
        assert_eq!(sample.sums.s0, 3.0);
        let lone = [Some(1.0), Some(2.0), None, Some(4.0)];
        assert!(matches!(
            Sample::new("test", &lone, &weights, &params),
            Err(StatsError::TooFew { found: 2, .. })
        ));
    }

    #[test]
    fn large_and_small_values_keep_their_spread() {
        for scale in [1e300, 1e-300] {
            let values = [1.0 * scale, 2.0 * scale, 4.0 * scale];
            let centred = Centred::of("test", &values).unwrap();
            assert!((centred.z[2] - 1.0).abs() < 1e-15);
            assert!((centred.z[0] + 0.8).abs() < 1e-15, "{:?}", centred.z);
        }
        assert!(Centred::of("test", &[0.1; 7]).is_err());
        assert!(Centred::of("test", &[0.0; 7]).is_err());
    }
}
