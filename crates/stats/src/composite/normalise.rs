//! Indicators on a common scale.

use super::draws::double_mid_rank;
use crate::StatsError;
use crate::error::{check_finite, check_positive};

/// Values of one indicator on a scale that others share, higher for a higher
/// score.
///
/// OECD & JRC (2008), *Handbook on Constructing Composite Indicators*, step 5.
///
/// 1. Transformation ([`Transformation`]); a value it is not defined for
///    becomes `None`.
/// 2. Scaling over the units with a value ([`Scaling`]).
/// 3. Direction ([`Direction`]).
///
/// Missing values stay missing and do not take part in means or ranks;
/// nothing is imputed. A result of `None` everywhere means that the scaling is
/// undefined: all values are equal. O(n log n).
///
/// # Errors
/// [`StatsError::Value`] if a value is not finite.
pub fn normalise(
    values: &[Option<f64>],
    params: &NormaliseParams,
) -> Result<Vec<Option<f64>>, StatsError> {
    check_finite("indicator value", values)?;
    let transformed: Vec<Option<f64>> = values
        .iter()
        .map(|value| value.and_then(|value| params.transformation.of(value)))
        .collect();
    Ok(params.scaling.of(&transformed, params.direction))
}

/// Parameters of [`normalise`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NormaliseParams {
    transformation: Transformation,
    scaling: Scaling,
    direction: Direction,
}

impl NormaliseParams {
    /// Checked parameters.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] unless a target is above zero, and goalposts
    /// are finite and low is below high.
    pub fn new(
        transformation: Transformation,
        scaling: Scaling,
        direction: Direction,
    ) -> Result<Self, StatsError> {
        match scaling {
            Scaling::DistanceToTarget { target } => check_positive("target", target)?,
            Scaling::Goalposts { low, high }
                if !(low.is_finite() && high.is_finite() && low < high) =>
            {
                return Err(StatsError::Parameter {
                    what: "high goalpost",
                    value: high,
                    expected: "a finite number above a finite low one",
                });
            }
            _ => {}
        }
        Ok(Self {
            transformation,
            scaling,
            direction,
        })
    }

    /// The same with another scaling, for comparing choices.
    ///
    /// # Errors
    /// As [`NormaliseParams::new`].
    pub fn with_scaling(&self, scaling: Scaling) -> Result<Self, StatsError> {
        Self::new(self.transformation, scaling, self.direction)
    }
}

/// What is done to values before scaling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transformation {
    /// Nothing.
    None,
    /// Natural logarithm, for values over several orders of magnitude; values
    /// not above zero become `None`.
    Log,
    /// ln(1 + x), for counts with zeros; values of −1 and below become `None`.
    LogOfOnePlus,
}

impl Transformation {
    fn of(self, value: f64) -> Option<f64> {
        match self {
            Self::None => Some(value),
            Self::Log => (value > 0.0).then(|| value.ln()),
            Self::LogOfOnePlus => (value > -1.0).then(|| value.ln_1p()),
        }
    }
}

/// A common scale.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scaling {
    /// (x − mean)/standard deviation, with the divisor given. Mean 0; extreme
    /// values stay extreme. Not for geometric means.
    ZScore {
        /// Divisor of the variance.
        divisor: Divisor,
    },
    /// (x − min)/(max − min), 0 to 1. Two extreme units set the scale.
    MinMax,
    /// Mid-rank percentile: the share of units below plus half the share
    /// equal, between 0 and 1. Distances are lost, extreme values harmless.
    PercentileRank,
    /// x/target, 1 on target; for an indicator that lowers the score
    /// target/x, `None` at or below zero. The Handbook's
    /// distance to a reference.
    DistanceToTarget {
        /// Target, above zero, on the transformed scale.
        target: f64,
    },
    /// (x − low)/(high − low), not below 0 or above 1: fixed goalposts, so
    /// that scores can be compared over years (UNDP, *Human Development
    /// Report*, technical notes).
    Goalposts {
        /// Value scored 0, on the transformed scale.
        low: f64,
        /// Value scored 1.
        high: f64,
    },
}

/// Divisor of a variance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Divisor {
    /// n, as for a whole population (`scipy.stats.zscore`, scikit-learn).
    Population,
    /// n − 1, as for a sample (R's `scale`, `COINr`).
    Sample,
}

/// Whether more of an indicator raises or lowers the score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// More is a higher score.
    Raises,
    /// More is a lower score: z-scores change sign, scales from 0 to 1 are
    /// turned around.
    Lowers,
}

impl Scaling {
    fn of(self, values: &[Option<f64>], direction: Direction) -> Vec<Option<f64>> {
        let known: Vec<f64> = values.iter().flatten().copied().collect();
        let turned = |centre: f64, value: f64| match direction {
            Direction::Raises => value,
            Direction::Lowers => centre - value,
        };
        let each = |scale: &dyn Fn(f64) -> Option<f64>| -> Vec<Option<f64>> {
            values.iter().map(|value| value.and_then(scale)).collect()
        };
        let nothing = vec![None; values.len()];
        let least = known.iter().copied().fold(f64::INFINITY, f64::min);
        let most = known.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        match self {
            Self::ZScore { divisor } => {
                let Some((mean, deviation)) = moments(&known, divisor) else {
                    return nothing;
                };
                each(&|value| Some(turned(0.0, (value - mean) / deviation)))
            }
            Self::MinMax if least < most => {
                each(&|value| Some(turned(1.0, (value - least) / (most - least))))
            }
            Self::PercentileRank if least < most => {
                let mut sorted = known.clone();
                sorted.sort_by(f64::total_cmp);
                let twice = (2 * sorted.len()) as f64;
                each(&|value| {
                    let share = double_mid_rank(&sorted, value) as f64 / twice;
                    Some(turned(1.0, share))
                })
            }
            Self::MinMax | Self::PercentileRank => nothing,
            Self::DistanceToTarget { target } => match direction {
                Direction::Raises => each(&|value| Some(value / target)),
                Direction::Lowers => each(&|value| (value > 0.0).then(|| target / value)),
            },
            Self::Goalposts { low, high } => each(&|value| {
                let share = ((value - low) / (high - low)).clamp(0.0, 1.0);
                Some(turned(1.0, share))
            }),
        }
    }
}

/// Mean and standard deviation; `None` for fewer than two values or a spread
/// that is rounding.
pub(crate) fn moments(values: &[f64], divisor: Divisor) -> Option<(f64, f64)> {
    let n = values.len() as f64;
    if values.len() < 2 {
        return None;
    }
    let first = values.iter().sum::<f64>() / n;
    // A second pass takes out what rounding left of the mean.
    let mean = first + values.iter().map(|x| x - first).sum::<f64>() / n;
    let squares: f64 = values.iter().map(|x| (x - mean).powi(2)).sum();
    let divisor = match divisor {
        Divisor::Population => n,
        Divisor::Sample => n - 1.0,
    };
    let deviation = (squares / divisor).sqrt();
    let largest = values.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
    (deviation > largest * 1e-14).then_some((mean, deviation))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scaled(values: &[Option<f64>], scaling: Scaling, direction: Direction) -> Vec<Option<f64>> {
        let params = NormaliseParams::new(Transformation::None, scaling, direction).unwrap();
        normalise(values, &params).unwrap()
    }

    const Z: Scaling = Scaling::ZScore {
        divisor: Divisor::Population,
    };

    #[test]
    fn each_scale_is_its_definition() {
        let values = [Some(2.0), Some(4.0), None, Some(4.0), Some(10.0)];
        let minmax = scaled(&values, Scaling::MinMax, Direction::Raises);
        assert_eq!(minmax, [Some(0.0), Some(0.25), None, Some(0.25), Some(1.0)]);
        let rank = scaled(&values, Scaling::PercentileRank, Direction::Lowers);
        assert_eq!(rank, [Some(0.875), Some(0.5), None, Some(0.5), Some(0.125)]);
        let z = scaled(&values, Z, Direction::Raises);
        assert_eq!(
            z,
            [
                Some(-1.0),
                Some(-1.0 / 3.0),
                None,
                Some(-1.0 / 3.0),
                Some(5.0 / 3.0)
            ]
        );
        let target = Scaling::DistanceToTarget { target: 5.0 };
        assert_eq!(scaled(&values, target, Direction::Lowers)[0], Some(2.5));
        let posts = Scaling::Goalposts {
            low: 3.0,
            high: 5.0,
        };
        let posts = scaled(&values, posts, Direction::Raises);
        assert_eq!(posts, [Some(0.0), Some(0.5), None, Some(0.5), Some(1.0)]);
    }

    #[test]
    fn equal_values_and_one_value_have_no_scale() {
        for scaling in [Z, Scaling::MinMax, Scaling::PercentileRank] {
            for values in [[Some(0.1); 7].as_slice(), &[Some(3.0)], &[None]] {
                let result = scaled(values, scaling, Direction::Raises);
                assert!(result.iter().all(Option::is_none), "{scaling:?}");
            }
        }
        assert!(
            NormaliseParams::new(
                Transformation::Log,
                Scaling::Goalposts {
                    low: 1.0,
                    high: 1.0
                },
                Direction::Raises
            )
            .is_err()
        );
    }

    proptest! {
        #[test]
        fn direction_turns_the_scale_and_units_of_measurement_do_not_matter(
            values in prop::collection::vec(-100.0..100.0f64, 3..40),
            factor in 0.01..1e4f64,
            offset in -1e6..1e6f64,
        ) {
            prop_assume!(values.iter().any(|value| (value - values[0]).abs() > 1.0));
            let plain: Vec<_> = values.iter().copied().map(Some).collect();
            let mirrored: Vec<_> = values.iter().map(|value| Some(-value)).collect();
            let moved: Vec<_> = values.iter().map(|value| Some(value * factor + offset)).collect();
            for scaling in [Z, Scaling::MinMax, Scaling::PercentileRank] {
                let up = scaled(&plain, scaling, Direction::Raises);
                let down = scaled(&mirrored, scaling, Direction::Lowers);
                let far = scaled(&moved, scaling, Direction::Raises);
                for ((up, down), far) in up.iter().zip(&down).zip(&far) {
                    prop_assert!((up.unwrap() - down.unwrap()).abs() < 1e-12);
                    // Values that differ by less than rounding of the offset
                    // may change rank.
                    if scaling != Scaling::PercentileRank {
                        prop_assert!((up.unwrap() - far.unwrap()).abs() < 1e-5);
                    }
                }
            }
        }
    }
}
