//! `weighted_quantile`: a quantile where rows stand for many.

use datafusion::common::Result;

use super::collected::{AggregateSpec, Columns, check_not_negative};

/// The aggregate.
pub(super) static SPEC: AggregateSpec = AggregateSpec {
    name: "weighted_quantile",
    description: "Smallest value at which the weight of the values so far reaches a share of all weight: the inverse of the weighted distribution function, no interpolation. Rows with a null are left out; null without positive weight.",
    columns: &[
        ("value", "Number."),
        ("weight", "Weight, from 0 up: the people a row stands for."),
    ],
    share: Some((
        "share",
        "Share of all weight, a constant from 0 to 1: 0.5 is the median.",
    )),
    from_zero: true,
    example: "SELECT weighted_quantile(rate, children, 0.5) FROM rates",
    finish,
};

/// O(n log n).
fn finish(columns: Columns, share: f64) -> Result<Option<f64>> {
    check_not_negative(SPEC.name, "weight", &columns[1])?;
    let mut rows: Vec<(f64, f64)> = columns[0]
        .iter()
        .copied()
        .zip(columns[1].iter().copied())
        .filter(|(_, weight)| *weight > 0.0)
        .collect();
    rows.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let total: f64 = rows.iter().map(|(_, weight)| weight).sum();
    let mut sum = 0.0;
    for (value, weight) in &rows {
        sum += weight;
        if sum >= share * total {
            return Ok(Some(*value));
        }
    }
    // Rounding may leave the sum below the total that it is.
    Ok(rows.last().map(|(value, _)| *value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_weighted_median_is_the_value_that_half_the_weight_reaches() {
        let columns = || {
            vec![
                vec![5.0, 4.0, 3.0, 1.0, 2.0],
                vec![10.0, 22.0, 9.0, 2.0, 5.0],
            ]
        };
        assert_eq!(finish(columns(), 0.5).unwrap(), Some(4.0));
        assert_eq!(finish(columns(), 0.0).unwrap(), Some(1.0));
        assert_eq!(finish(columns(), 1.0).unwrap(), Some(5.0));
    }

    #[test]
    fn without_weight_there_is_no_quantile() {
        assert_eq!(finish(vec![vec![], vec![]], 0.5).unwrap(), None);
        assert_eq!(finish(vec![vec![1.0], vec![0.0]], 0.5).unwrap(), None);
        assert!(finish(vec![vec![1.0], vec![-1.0]], 0.5).is_err());
    }

    proptest! {
        #[test]
        fn whole_weights_are_repetitions(
            rows in prop::collection::vec((-50_i32..50, 1_u8..5), 1..40),
            share in 0.0_f64..1.0,
        ) {
            let columns = vec![
                rows.iter().map(|(value, _)| f64::from(*value)).collect(),
                rows.iter().map(|(_, weight)| f64::from(*weight)).collect(),
            ];
            let mut repeated: Vec<f64> = rows
                .iter()
                .flat_map(|(value, weight)| vec![f64::from(*value); usize::from(*weight)])
                .collect();
            repeated.sort_by(f64::total_cmp);
            let place = (share * repeated.len() as f64).ceil().max(1.0) as usize - 1;
            prop_assert_eq!(finish(columns, share).unwrap(), Some(repeated[place]));
        }
    }
}
