//! `gini`: how unequally a total is spread.

use datafusion::common::Result;

use super::collected::{AggregateSpec, Columns, check_not_negative};

/// The aggregate.
pub(super) static SPEC: AggregateSpec = AggregateSpec {
    name: "gini",
    description: "Gini coefficient of the values: 0 where all are equal, near 1 where one has all. Half the mean difference over the mean, divisor n², so that it is at most 1 − 1/n. Nulls are left out; null without a value above 0.",
    columns: &[("value", "Number, from 0 up.")],
    share: None,
    from_zero: false,
    example: "SELECT gini(cases) FROM counts",
    finish,
};

/// G = Σᵢ (2i − n − 1) xᵢ / (n Σ x), the values in ascending order and i from
/// 1: the usual form of Σᵢ Σⱼ |xᵢ − xⱼ| / (2 n² x̄). O(n log n).
fn finish(columns: Columns, _: f64) -> Result<Option<f64>> {
    let [mut values] = <[Vec<f64>; 1]>::try_from(columns).expect("one column is declared");
    check_not_negative(SPEC.name, "value", &values)?;
    values.sort_unstable_by(f64::total_cmp);
    let count = values.len() as f64;
    let total: f64 = values.iter().sum();
    if total <= 0.0 {
        return Ok(None);
    }
    let spread: f64 = values
        .iter()
        .enumerate()
        .map(|(place, value)| (2.0 * place as f64 + 1.0 - count) * value)
        .sum();
    Ok(Some(spread / (count * total)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn equal_values_have_no_spread_and_one_holder_has_all_of_it() {
        assert_eq!(finish(vec![vec![3.0; 7]], 0.0).unwrap(), Some(0.0));
        assert_eq!(
            finish(vec![vec![0.0, 0.0, 0.0, 8.0]], 0.0).unwrap(),
            Some(0.75)
        );
    }

    #[test]
    fn nothing_to_spread_has_no_coefficient() {
        assert_eq!(finish(vec![vec![]], 0.0).unwrap(), None);
        assert_eq!(finish(vec![vec![0.0, 0.0]], 0.0).unwrap(), None);
        assert!(finish(vec![vec![1.0, -1.0]], 0.0).is_err());
    }

    proptest! {
        #[test]
        fn it_is_half_the_mean_difference_over_the_mean(
            values in prop::collection::vec(0.0_f64..100.0, 1..30),
        ) {
            let count = values.len() as f64;
            let total: f64 = values.iter().sum();
            prop_assume!(total > 0.0);
            let differences: f64 = values
                .iter()
                .flat_map(|a| values.iter().map(move |b| (a - b).abs()))
                .sum();
            let expected = differences / (2.0 * count * total);
            let found = finish(vec![values], 0.0).unwrap().unwrap();
            prop_assert!((found - expected).abs() < 1e-12);
        }
    }
}
