//! Moran correlogram.

use super::autocorrelation::{Autocorrelation, AutocorrelationParams};
use super::moran::moran_i;
use crate::StatsError;
use crate::error::{check_length, check_positive};
use crate::multiple_testing::{Adjustment, adjust};
use crate::significance::Alternative;
use crate::weights::{Position, SpatialWeights, distance_band};

/// Parameters of the correlograms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CorrelogramParams {
    /// Weights, islands and permutations of each class. spdep's
    /// `sp.correlogram` takes row-standardised weights and
    /// [`Islands::NotCounted`](super::Islands::NotCounted).
    pub autocorrelation: AutocorrelationParams,
    /// Alternative of the p-values; spdep prints two-sided ones.
    pub alternative: Alternative,
    /// Adjustment for the number of classes.
    pub adjustment: Adjustment,
}

impl CorrelogramParams {
    /// Two-sided p-values, adjusted by Bonferroni.
    #[must_use]
    pub fn new(autocorrelation: AutocorrelationParams) -> Self {
        Self {
            autocorrelation,
            alternative: Alternative::TwoSided,
            adjustment: Adjustment::Bonferroni,
        }
    }
}

/// One class of a correlogram.
#[derive(Debug, Clone, PartialEq)]
pub struct CorrelogramClass {
    /// Directed links in the class.
    pub links: usize,
    /// Moran's I; `None` if fewer than three units with a value have a link
    /// in the class.
    pub moran: Option<Autocorrelation>,
    /// p-value: of the permutation test if asked for, else under
    /// randomisation.
    pub p: Option<f64>,
    /// The same adjusted over the classes.
    pub p_adjusted: Option<f64>,
}

/// Moran's I for each of several classes of links.
///
/// Sokal & Oden (1978), *Biological Journal of the Linnean Society* 10: how
/// autocorrelation falls with distance. Each class gives I, its moments and
/// p-value as [`moran_i`] does; p-values are then adjusted, since the classes
/// are tested together. A class without enough links is `None` and does not
/// count as a test.
///
/// # Errors
/// [`StatsError`] if lengths differ, a value is not finite or all are equal.
pub fn correlogram(
    values: &[Option<f64>],
    classes: &[SpatialWeights],
    params: &CorrelogramParams,
) -> Result<Vec<CorrelogramClass>, StatsError> {
    let mut result = Vec::with_capacity(classes.len());
    for weights in classes {
        let moran = match moran_i(values, weights, &params.autocorrelation) {
            Ok(moran) => Some(moran),
            Err(StatsError::TooFew { .. } | StatsError::NoLinks { .. }) => None,
            // The few units of a class may be alike though not all are.
            Err(StatsError::Constant { .. }) if !constant(values) => None,
            Err(error) => return Err(error),
        };
        let p = moran.as_ref().and_then(|moran| {
            let permutation = moran.permutation.as_ref();
            permutation
                .map(|test| test.p(params.alternative))
                .or_else(|| Some(moran.randomisation?.p(params.alternative)))
        });
        result.push(CorrelogramClass {
            links: weights.links(),
            moran,
            p,
            p_adjusted: None,
        });
    }
    let p: Vec<Option<f64>> = result.iter().map(|class| class.p).collect();
    for (class, adjusted) in result.iter_mut().zip(adjust(&p, params.adjustment)) {
        class.p_adjusted = adjusted;
    }
    Ok(result)
}

fn constant(values: &[Option<f64>]) -> bool {
    let mut known = values.iter().flatten();
    let first = known.next();
    known.all(|value| Some(value) == first)
}

/// Correlogram by order of contiguity: class k holds the pairs whose shortest
/// way over links has exactly k steps, for k from 1 to `orders`. Orders that no
/// pair has are not in the result.
///
/// Links are followed in their direction, as `nblag` of spdep does. O(units ·
/// units within reach).
///
/// # Errors
/// As [`correlogram()`]; [`StatsError::Parameter`] for no orders.
pub fn correlogram_by_order(
    values: &[Option<f64>],
    weights: &SpatialWeights,
    orders: usize,
    params: &CorrelogramParams,
) -> Result<Vec<CorrelogramClass>, StatsError> {
    check_length("values", values.len(), weights.len())?;
    check_positive("orders", orders as f64)?;
    let mut lists: Vec<Vec<Vec<usize>>> = Vec::new();
    let mut seen_from = vec![usize::MAX; weights.len()];
    for unit in 0..weights.len() {
        seen_from[unit] = unit;
        let mut last = vec![unit];
        for order in 0..orders {
            let mut next = Vec::new();
            for neighbour in last.iter().flat_map(|reached| weights.neighbours(*reached)) {
                if seen_from[neighbour] != unit {
                    seen_from[neighbour] = unit;
                    next.push(neighbour);
                }
            }
            if next.is_empty() {
                break;
            }
            if lists.len() == order {
                lists.push(vec![Vec::new(); weights.len()]);
            }
            lists[order][unit].clone_from(&next);
            last = next;
        }
    }
    let classes = lists
        .into_iter()
        .map(SpatialWeights::from_lists)
        .collect::<Result<Vec<_>, _>>()?;
    correlogram(values, &classes, params)
}

/// Correlogram by great-circle distance: class k holds the pairs farther than
/// `upper_bounds_m[k − 1]` (0 at first, which takes in pairs in one place)
/// and at most `upper_bounds_m[k]` apart.
///
/// Units without a position have no links. O(pairs within the last bound) in
/// time and memory.
///
/// # Errors
/// As [`correlogram()`]; [`StatsError::Parameter`] for a bound that is not
/// finite, not above zero or not above the one before.
pub fn correlogram_by_distance(
    values: &[Option<f64>],
    positions: &[Option<Position>],
    upper_bounds_m: &[f64],
    params: &CorrelogramParams,
) -> Result<Vec<CorrelogramClass>, StatsError> {
    check_length("positions", positions.len(), values.len())?;
    let mut nearer: Option<SpatialWeights> = None;
    let mut classes = Vec::with_capacity(upper_bounds_m.len());
    let mut last = 0.0;
    for bound in upper_bounds_m {
        check_positive("upper bound", *bound)?;
        if *bound <= last {
            return Err(StatsError::Parameter {
                what: "upper bound",
                value: *bound,
                expected: "more than the bound before",
            });
        }
        last = *bound;
        let within = distance_band(positions, *bound)?;
        classes.push(match &nearer {
            None => within.clone(),
            Some(nearer) => without(&within, nearer)?,
        });
        nearer = Some(within);
    }
    correlogram(values, &classes, params)
}

/// The links of `weights` that `others` do not hold.
fn without(
    weights: &SpatialWeights,
    others: &SpatialWeights,
) -> Result<SpatialWeights, StatsError> {
    let lists = (0..weights.len())
        .map(|unit| {
            weights
                .neighbours(unit)
                .filter(|neighbour| others.weight(unit, *neighbour).is_none())
                .collect()
        })
        .collect();
    SpatialWeights::from_lists(lists)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_on_a_line_are_steps() {
        let n = 12;
        let lists = (0..n).map(|i: usize| {
            [i.checked_sub(1), (i + 1 < n).then_some(i + 1)]
                .into_iter()
                .flatten()
                .collect()
        });
        let weights = SpatialWeights::from_lists(lists.collect()).unwrap();
        let values: Vec<_> = (0..n).map(|i| Some(i as f64)).collect();
        let params = CorrelogramParams::new(AutocorrelationParams::row_standardised());
        let classes = correlogram_by_order(&values, &weights, 99, &params).unwrap();
        assert_eq!(classes.len(), n - 1);
        assert_eq!(classes[2].links, 2 * (n - 3));
        assert!(classes[10].moran.is_none() && classes[10].p_adjusted.is_none());
        let i: Vec<f64> = classes
            .iter()
            .filter_map(|class| Some(class.moran.as_ref()?.statistic))
            .collect();
        assert!(i[0] > 0.5 && i[0] > i[1] && i[1] > i[2], "{i:?}");
        assert!(correlogram_by_order(&values, &weights, 0, &params).is_err());
    }

    #[test]
    fn every_pair_is_in_one_distance_class() {
        let positions: Vec<_> = (0..30)
            .map(|i| {
                Some(Position {
                    latitude: f64::from(i % 6) * 0.1,
                    longitude: f64::from(i / 6) * 0.1,
                })
            })
            .collect();
        let values: Vec<_> = (0..30).map(|i| Some(f64::from(i % 6))).collect();
        let params = CorrelogramParams::new(AutocorrelationParams::as_given());
        let bounds = [12_000.0, 25_000.0, 1e6];
        let classes = correlogram_by_distance(&values, &positions, &bounds, &params).unwrap();
        let links: usize = classes.iter().map(|class| class.links).sum();
        assert_eq!(links, 30 * 29);
        assert_eq!(classes[0].links, 2 * (5 * 5 + 6 * 4));
        let swapped = [25_000.0, 12_000.0];
        assert!(correlogram_by_distance(&values, &positions, &swapped, &params).is_err());
    }
}
