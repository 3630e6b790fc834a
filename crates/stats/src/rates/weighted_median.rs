//! The median of weighted values.

/// Weighted median: the smallest value at which the weight of values so far
/// reaches half of all; halfway to the next value where it is exactly half.
/// The rule of esda. `None` without positive weight. Sorts in place.
pub(super) fn weighted_median(values: &mut [(f64, f64)]) -> Option<f64> {
    values.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let half = 0.5 * values.iter().map(|(_, weight)| weight).sum::<f64>();
    if half <= 0.0 {
        return None;
    }
    let mut sum = 0.0;
    for (at, (value, weight)) in values.iter().enumerate() {
        sum += weight;
        if sum >= half {
            return Some(match values.get(at + 1) {
                Some((next, _)) if sum == half => 0.5 * (value + next),
                _ => *value,
            });
        }
    }
    values.last().map(|(value, _)| *value)
}

/// Middle value, or halfway between the two middle ones. Sorts in place.
pub(super) fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    Some(if values.len().is_multiple_of(2) {
        0.5 * (values[middle - 1] + upper)
    } else {
        upper
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example in the documentation of `weighted_median` of esda.
    #[test]
    fn the_weighted_median_agrees_with_esda() {
        let mut values = [(5.0, 10.0), (4.0, 22.0), (3.0, 9.0), (1.0, 2.0), (2.0, 5.0)];
        assert_eq!(weighted_median(&mut values), Some(4.0));
    }

    #[test]
    fn medians_of_few_values() {
        assert_eq!(median(&mut []), None);
        assert_eq!(median(&mut [3.0, 1.0]), Some(2.0));
        assert_eq!(median(&mut [3.0, 1.0, 9.0]), Some(3.0));
        assert_eq!(weighted_median(&mut [(1.0, 0.0)]), None);
        assert_eq!(weighted_median(&mut [(1.0, 2.0), (5.0, 2.0)]), Some(3.0));
    }
}
