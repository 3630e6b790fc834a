//! A composite index with its parts.

use super::draws::ranks;
use crate::StatsError;
use crate::error::{check_finite, check_length, check_not_negative, check_positive};

/// One index from several normalised indicators.
///
/// `columns[j][i]` is indicator j at unit i, on a common scale
/// ([`super::normalise()`]); `weights[j]` its weight, divided by the sum.
///
/// - [`Aggregation::Linear`]: Σ w_j·x_j. A low value of one indicator is made
///   up for by a high one of another, in proportion to the weights.
/// - [`Aggregation::Geometric`]: Π max(x_j, floor)^w_j. A very low value can
///   not be made up for; only ratios count, so values must have a true zero.
///
/// OECD & JRC (2008), *Handbook on Constructing Composite Indicators*, steps 6
/// and 7. A unit is `None` where [`MissingParts`] says that too much is
/// missing. O(units·indicators + units·log units).
///
/// # Errors
/// [`StatsError`] if lengths differ, a value or weight is not finite, a weight
/// is negative, or all are zero.
pub fn composite_index(
    columns: &[Vec<Option<f64>>],
    weights: &[f64],
    params: &CompositeParams,
) -> Result<Vec<Option<CompositeScore>>, StatsError> {
    let shares = check(columns, weights)?;
    let scores = composite_scores(columns, &shares, params);
    let places = ranks(&scores);
    Ok(scores
        .into_iter()
        .zip(places)
        .enumerate()
        .map(|(unit, (score, rank))| {
            Some(CompositeScore {
                score: score?,
                rank,
                parts: parts(columns, &shares, params, unit),
            })
        })
        .collect())
}

/// Composite score of one unit.
#[derive(Debug, Clone, PartialEq)]
pub struct CompositeScore {
    /// The index.
    pub score: f64,
    /// 1 is the highest score; equal scores share the better rank.
    pub rank: u32,
    /// One part for each indicator, in order; `None` where it is missing.
    pub parts: Vec<Option<CompositePart>>,
}

/// What one indicator adds to a unit's score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CompositePart {
    /// Normalised value.
    pub value: f64,
    /// Weight it had for this unit: raised where others are missing.
    pub weight: f64,
    /// weight·value, of which the score is the sum; for a geometric mean
    /// weight·ln(max(value, floor)), of which ln(score) is the sum.
    pub contribution: f64,
}

/// How parts are put together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Aggregation {
    /// Weighted arithmetic mean.
    Linear,
    /// Weighted geometric mean. Values below the floor, zero and negative ones
    /// among them, count as the floor.
    Geometric {
        /// Smallest value, above zero.
        floor: f64,
    },
}

impl Aggregation {
    pub(crate) fn check(&self) -> Result<(), StatsError> {
        match self {
            Self::Linear => Ok(()),
            Self::Geometric { floor } => check_positive("floor", *floor),
        }
    }

    fn term(&self, value: f64) -> f64 {
        match self {
            Self::Linear => value,
            Self::Geometric { floor } => value.max(*floor).ln(),
        }
    }

    fn total(&self, sum: f64) -> f64 {
        match self {
            Self::Linear => sum,
            Self::Geometric { .. } => sum.exp(),
        }
    }
}

/// What is done where indicators are missing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MissingParts {
    /// A unit without all indicators (of a weight above zero) has no score.
    Undefined,
    /// The others share the weight, as long as they have at least this share
    /// of all weights. This is the same as imputing the unit's own mean.
    Reweighted {
        /// Least share of the weights, above 0 to 1.
        least_share: f64,
    },
}

/// Parameters of [`composite_index`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CompositeParams {
    aggregation: Aggregation,
    missing: MissingParts,
}

impl CompositeParams {
    /// Checked parameters.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] unless a floor is finite and above zero, and
    /// a least share lies above 0 and is at most 1.
    pub fn new(aggregation: Aggregation, missing: MissingParts) -> Result<Self, StatsError> {
        aggregation.check()?;
        if let MissingParts::Reweighted { least_share } = missing
            && !(least_share > 0.0 && least_share <= 1.0)
        {
            return Err(StatsError::Parameter {
                what: "least_share",
                value: least_share,
                expected: "a share above 0 and at most 1",
            });
        }
        Ok(Self {
            aggregation,
            missing,
        })
    }

    pub(crate) fn with_aggregation(self, aggregation: Aggregation) -> Self {
        Self {
            aggregation,
            ..self
        }
    }
}

/// Weights of sum one, if all is as it should be.
pub(crate) fn check(columns: &[Vec<Option<f64>>], weights: &[f64]) -> Result<Vec<f64>, StatsError> {
    check_length("weights", weights.len(), columns.len())?;
    for column in columns {
        check_length("indicator", column.len(), columns[0].len())?;
        check_finite("normalised indicator", column)?;
    }
    let values: Vec<_> = weights.iter().copied().map(Some).collect();
    check_not_negative("weight", &values)?;
    let total: f64 = weights.iter().sum();
    check_positive("sum of weights", total)?;
    Ok(weights.iter().map(|weight| weight / total).collect())
}

/// Scores for weights of sum one.
pub(crate) fn composite_scores(
    columns: &[Vec<Option<f64>>],
    shares: &[f64],
    params: &CompositeParams,
) -> Vec<Option<f64>> {
    let units = columns.first().map_or(0, Vec::len);
    (0..units)
        .map(|unit| {
            let known = known_share(columns, shares, params, unit)?;
            let sum: f64 = columns
                .iter()
                .zip(shares)
                .filter(|(_, share)| **share > 0.0)
                .filter_map(|(column, share)| Some(share * params.aggregation.term(column[unit]?)))
                .sum();
            Some(params.aggregation.total(sum / known))
        })
        .collect()
}

/// Share of the weights that a unit's known indicators have; `None` where that
/// is too little.
fn known_share(
    columns: &[Vec<Option<f64>>],
    shares: &[f64],
    params: &CompositeParams,
    unit: usize,
) -> Option<f64> {
    let (mut known, mut missing) = (0.0, 0.0);
    for (column, share) in columns.iter().zip(shares) {
        match column[unit] {
            Some(_) => known += share,
            None => missing += share,
        }
    }
    match params.missing {
        MissingParts::Undefined => (missing == 0.0 && known > 0.0).then_some(known),
        // A share that is met but for rounding is met.
        MissingParts::Reweighted { least_share } => {
            (known > 0.0 && known >= least_share * (1.0 - 1e-12)).then_some(known)
        }
    }
}

fn parts(
    columns: &[Vec<Option<f64>>],
    shares: &[f64],
    params: &CompositeParams,
    unit: usize,
) -> Vec<Option<CompositePart>> {
    let known = known_share(columns, shares, params, unit).unwrap_or(1.0);
    columns
        .iter()
        .zip(shares)
        .map(|(column, share)| {
            let value = column[unit]?;
            let weight = share / known;
            Some(CompositePart {
                value,
                weight,
                contribution: weight * params.aggregation.term(value),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LINEAR: CompositeParams = CompositeParams {
        aggregation: Aggregation::Linear,
        missing: MissingParts::Undefined,
    };

    #[test]
    fn missing_parts_are_reweighted_or_leave_the_unit_out() {
        let columns = [
            vec![Some(0.2), Some(0.8), None],
            vec![Some(0.6), None, None],
        ];
        let strict = composite_index(&columns, &[1.0, 3.0], &LINEAR).unwrap();
        assert!((strict[0].as_ref().unwrap().score - 0.5).abs() < 1e-15);
        assert!(strict[1].is_none() && strict[2].is_none());
        let lenient = CompositeParams::new(
            Aggregation::Linear,
            MissingParts::Reweighted { least_share: 0.25 },
        )
        .unwrap();
        let scores = composite_index(&columns, &[1.0, 3.0], &lenient).unwrap();
        let second = scores[1].as_ref().unwrap();
        assert_eq!((second.score, second.rank), (0.8, 1));
        assert_eq!(second.parts[0].unwrap().weight, 1.0);
        assert!(second.parts[1].is_none() && scores[2].is_none());
    }

    #[test]
    fn a_geometric_mean_is_held_by_its_floor() {
        let params = CompositeParams::new(
            Aggregation::Geometric { floor: 0.01 },
            MissingParts::Undefined,
        )
        .unwrap();
        let columns = [vec![Some(0.25), Some(0.0)], vec![Some(1.0), Some(1.0)]];
        let scores = composite_index(&columns, &[1.0, 1.0], &params).unwrap();
        assert!((scores[0].as_ref().unwrap().score - 0.5).abs() < 1e-15);
        assert!((scores[1].as_ref().unwrap().score - 0.1).abs() < 1e-15);
    }

    #[test]
    fn weights_that_cannot_be_used_are_errors() {
        let columns = [vec![Some(0.2)], vec![Some(0.6)]];
        for weights in [
            vec![1.0],
            vec![1.0, -0.5],
            vec![0.0, 0.0],
            vec![1.0, f64::NAN],
        ] {
            assert!(composite_index(&columns, &weights, &LINEAR).is_err());
        }
    }

    proptest! {
        #[test]
        fn parts_add_up_and_units_can_be_relabelled(
            rows in prop::collection::vec([0.0..1.0f64, 0.0..1.0, 0.0..1.0], 2..20),
            weights in [0.1..1.0f64, 0.1..1.0, 0.1..1.0],
            floor in 0.01..0.3f64,
        ) {
            let columns = |rows: &[[f64; 3]]| -> Vec<Vec<Option<f64>>> {
                (0..3).map(|j| rows.iter().map(|row| Some(row[j])).collect()).collect()
            };
            let geometric =
                CompositeParams::new(Aggregation::Geometric { floor }, MissingParts::Undefined)
                    .unwrap();
            for params in [LINEAR, geometric] {
                let scores = composite_index(&columns(&rows), &weights, &params).unwrap();
                let turned: Vec<_> = rows.iter().rev().copied().collect();
                let again = composite_index(&columns(&turned), &weights, &params).unwrap();
                for (score, again) in scores.iter().zip(again.iter().rev()) {
                    let score = score.as_ref().unwrap();
                    prop_assert_eq!(Some(score), again.as_ref());
                    let sum: f64 = score.parts.iter().flatten().map(|part| part.contribution).sum();
                    prop_assert!((params.aggregation.total(sum) - score.score).abs() < 1e-12);
                }
            }
        }
    }
}
