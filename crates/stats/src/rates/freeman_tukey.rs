//! The Freeman-Tukey square-root transform of rates.

use super::observed::observed;
use crate::StatsError;
use crate::error::check_positive;

/// Freeman-Tukey square-root transform of rates.
///
/// √(per·y/n) + √(per·(y + 1)/n), with `per` 1000 for rates per thousand.
/// Freeman & Tukey (1950), *Annals of Mathematical Statistics* 21; Cressie &
/// Read (1989), who use it for the sudden infant deaths of North Carolina.
/// The variance of a transformed Poisson count is close to `per`/n whatever
/// the risk, so that n serves as a weight.
///
/// `None` where there is no count or no exposure.
///
/// # Errors
/// [`StatsError`] if the lengths differ, a number is negative or not finite,
/// or `per` is not above zero.
pub fn freeman_tukey(
    counts: &[Option<f64>],
    exposures: &[Option<f64>],
    per: f64,
) -> Result<Vec<Option<f64>>, StatsError> {
    check_positive("per", per)?;
    let units = observed(counts, exposures)?;
    Ok(units
        .iter()
        .map(|unit| unit.map(|(y, n)| (per * y / n).sqrt() + (per * (y + 1.0) / n).sqrt()))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_transform_of_none_keeps_the_exposure() {
        let result = freeman_tukey(&[Some(0.0), Some(3.0)], &[Some(250.0), None], 1000.0).unwrap();
        assert_eq!(result, [Some(2.0), None]);
    }
}
