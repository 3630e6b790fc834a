//! Spatial rates: pooled over a neighbourhood.

use rayon::prelude::*;

use super::observed::observed;
use crate::StatsError;
use crate::error::check_length;
use crate::weights::SpatialWeights;

/// Spatial rate: counts of the unit and its neighbours over their exposures.
///
/// Anselin, Lozano & Koschinsky (2006), *Rate Transformations and Smoothing*,
/// section 4.2; `Spatial_Rate` of esda and "spatial rate" of GeoDa. Every link
/// counts once, whatever its weight. O(units + links).
///
/// Units without count or exposure add nothing to a neighbourhood, but get a
/// rate where a neighbour has both. An island gets its own rate. `None` where
/// nobody in the neighbourhood has both.
///
/// # Errors
/// [`StatsError`] if the lengths differ or a number is negative or not finite.
pub fn spatial_rates(
    counts: &[Option<f64>],
    exposures: &[Option<f64>],
    weights: &SpatialWeights,
) -> Result<Vec<Option<f64>>, StatsError> {
    check_length("counts", counts.len(), weights.len())?;
    let units: Vec<(f64, f64)> = observed(counts, exposures)?
        .into_iter()
        .map(Option::unwrap_or_default)
        .collect();
    Ok((0..units.len())
        .into_par_iter()
        .map(|unit| {
            let (mut count, mut exposure) = units[unit];
            for neighbour in weights.row(unit).neighbours {
                let (y, n) = units[*neighbour as usize];
                count += y;
                exposure += n;
            }
            (exposure > 0.0).then(|| count / exposure)
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_neighbourhood_pools_what_its_units_have() {
        let weights =
            SpatialWeights::from_lists(vec![vec![1], vec![0, 2], vec![1], vec![]]).unwrap();
        let rates = spatial_rates(
            &[Some(1.0), None, Some(3.0), None],
            &[Some(10.0), Some(5.0), Some(10.0), Some(1.0)],
            &weights,
        )
        .unwrap();
        assert_eq!(rates, [Some(0.1), Some(0.2), Some(0.3), None]);
    }
}
