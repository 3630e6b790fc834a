//! Spatial median smoothing of rates.

use rayon::prelude::*;

use super::weighted_median::{median, weighted_median};
use crate::StatsError;
use crate::error::{check_finite, check_length, check_not_negative, check_passes};
use crate::weights::SpatialWeights;

/// Spatial median: the median of a unit's value and its neighbours'.
///
/// Wall & Devine (2000), *Interactive analysis of the spatial distribution of
/// disease using a geographic information system*; `Spatial_Median_Rate` of
/// esda. With `exposures` the weighted median, each value weighing its
/// exposure. Repeated `iterations` times, each time from the last result; more
/// than one pass makes plateaus. Links count alike, whatever their weights.
/// O(iterations · links · log of the degree).
///
/// `None` for units without a value (they do not count as neighbours either)
/// and where nobody in the neighbourhood has exposure. An island keeps its
/// value.
///
/// # Errors
/// [`StatsError`] if the lengths differ, a value is not finite, or an exposure
/// is negative or not finite, or there are more than 10,000 iterations.
pub fn spatial_median(
    values: &[Option<f64>],
    exposures: Option<&[Option<f64>]>,
    weights: &SpatialWeights,
    iterations: usize,
) -> Result<Vec<Option<f64>>, StatsError> {
    check_length("values", values.len(), weights.len())?;
    check_finite("value", values)?;
    check_passes(iterations)?;
    if let Some(exposures) = exposures {
        check_length("exposures", exposures.len(), weights.len())?;
        check_not_negative("exposure", exposures)?;
    }
    let mut smooth = values.to_vec();
    for _ in 0..iterations {
        smooth = (0..smooth.len())
            .into_par_iter()
            .map(|unit| {
                smooth[unit]?;
                let near = std::iter::once(unit).chain(weights.neighbours(unit));
                match exposures {
                    None => median(&mut near.filter_map(|i| smooth[i]).collect::<Vec<_>>()),
                    Some(exposures) => weighted_median(
                        &mut near
                            .filter_map(|i| smooth[i].zip(exposures[i]))
                            .collect::<Vec<_>>(),
                    ),
                }
            })
            .collect();
    }
    Ok(smooth)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lone_peak_goes_and_an_edge_stays() {
        let path = |n: usize| {
            SpatialWeights::from_lists(
                (0..n)
                    .map(|i| (i.saturating_sub(1)..=(i + 1).min(n - 1)).collect())
                    .collect(),
            )
            .unwrap()
        };
        let values = [1.0, 1.0, 9.0, 1.0, 5.0, 5.0, 5.0].map(Some);
        let smooth = spatial_median(&values, None, &path(7), 1).unwrap();
        assert_eq!(smooth, [1.0, 1.0, 1.0, 5.0, 5.0, 5.0, 5.0].map(Some));
        let heavy = [1.0, 1.0, 100.0, 1.0, 1.0, 1.0, 1.0].map(Some);
        let smooth = spatial_median(&values, Some(&heavy), &path(7), 1).unwrap();
        assert_eq!(smooth[1..4], [Some(9.0), Some(9.0), Some(9.0)]);
        let gap = [Some(1.0), None, Some(3.0), Some(4.0), None, None, Some(2.0)];
        let smooth = spatial_median(&gap, None, &path(7), 2).unwrap();
        assert_eq!(smooth[0], Some(1.0));
        assert_eq!(smooth[1], None);
        assert_eq!(smooth[6], Some(2.0));
    }
}
