//! `concentration_share`: what share of a total the top few hold.

use datafusion::common::Result;

use super::collected::{AggregateSpec, Columns, check_not_negative};

/// The aggregate.
pub(super) static SPEC: AggregateSpec = AggregateSpec {
    name: "concentration_share",
    description: "Share of the total that the rows with the largest values hold: 0.8 of cases in the top 0.2 of places. Where the cut goes through a row, that part of it counts. Nulls are left out; null without a value above 0.",
    columns: &[("value", "Number, from 0 up.")],
    share: Some((
        "top",
        "Share of the rows, a constant above 0 and at most 1.",
    )),
    from_zero: false,
    example: "SELECT concentration_share(cases, 0.2) FROM counts",
    finish,
};

/// O(n log n).
fn finish(columns: Columns, top: f64) -> Result<Option<f64>> {
    let [mut values] = <[Vec<f64>; 1]>::try_from(columns).expect("one column is declared");
    check_not_negative(SPEC.name, "value", &values)?;
    values.sort_unstable_by(|a, b| b.total_cmp(a));
    let total: f64 = values.iter().sum();
    if total <= 0.0 {
        return Ok(None);
    }
    let rows = top * values.len() as f64;
    let held: f64 = values
        .iter()
        .enumerate()
        .map(|(place, value)| (rows - place as f64).clamp(0.0, 1.0) * value)
        .sum();
    Ok(Some((held / total).min(1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_top_fifth_holds_what_its_rows_hold() {
        let values = || vec![vec![1.0, 1.0, 6.0, 1.0, 1.0]];
        assert_eq!(finish(values(), 0.2).unwrap(), Some(0.6));
        assert_eq!(finish(values(), 0.1).unwrap(), Some(0.3));
        assert_eq!(finish(values(), 1.0).unwrap(), Some(1.0));
    }

    #[test]
    fn nothing_to_hold_has_no_share() {
        assert_eq!(finish(vec![vec![0.0]], 0.5).unwrap(), None);
    }

    proptest! {
        #[test]
        fn the_top_holds_at_least_its_own_share(
            values in prop::collection::vec(0.0_f64..100.0, 1..30),
            top in 0.01_f64..=1.0,
        ) {
            prop_assume!(values.iter().sum::<f64>() > 0.0);
            let held = finish(vec![values], top).unwrap().unwrap();
            prop_assert!(held >= top - 1e-12 && held <= 1.0);
        }
    }
}
