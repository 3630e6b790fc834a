//! `pai`: how much better than chance a ranking of places is.

use datafusion::common::{Result, exec_datafusion_err};
use safeground_stats::forecast::{TargetingParams, targeting};

use super::collected::{AggregateSpec, Columns};

/// The aggregate.
pub(super) static SPEC: AggregateSpec = AggregateSpec {
    name: "pai",
    description: "Prediction accuracy index (Chainey, Tompson & Uhlig 2008): the share of events in the places of highest priority that make up a share of all size, over that share. 1 is chance. Places of equal priority are taken together, in part where the cut goes through them. Rows with a null or without size are left out; null without events.",
    columns: &[
        (
            "priority",
            "What places are ranked by, highest first, per unit of size.",
        ),
        ("events", "Events that then happened."),
        (
            "size",
            "What a visit costs: area, population, effort; from 0 up.",
        ),
    ],
    share: Some((
        "share",
        "Share of all size that is visited, a constant above 0 and at most 1.",
    )),
    from_zero: false,
    example: "SELECT pai(score, cases_next_year, area_km2, 0.05) FROM forecasts",
    finish,
};

fn finish(columns: Columns, share: f64) -> Result<Option<f64>> {
    let invalid = |error| exec_datafusion_err!("{}: {error}", SPEC.name);
    let [priorities, events, sizes] =
        <[Vec<f64>; 3]>::try_from(columns).expect("three columns are declared");
    let mut rows: Vec<[f64; 3]> = (0..priorities.len())
        .map(|row| [priorities[row], events[row], sizes[row]])
        .collect();
    rows.sort_unstable_by(|a, b| {
        let fields = a.iter().zip(b).map(|(a, b)| a.total_cmp(b));
        fields.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
    });
    let column = |at: usize| rows.iter().map(|row| Some(row[at])).collect::<Vec<_>>();
    let params = TargetingParams::new(vec![share]).map_err(invalid)?;
    let result = targeting(&column(0), &column(1), None, &column(2), &params).map_err(invalid)?;
    Ok(result.first().and_then(|targeting| targeting.pai))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_is_the_hit_rate_over_the_share() {
        // The first place is a quarter of the area and has half of the events.
        let columns = vec![
            vec![9.0, 1.0, 1.0, 1.0],
            vec![5.0, 2.0, 2.0, 1.0],
            vec![1.0; 4],
        ];
        assert_eq!(finish(columns, 0.25).unwrap(), Some(2.0));
    }

    #[test]
    fn without_events_there_is_no_index() {
        assert_eq!(
            finish(vec![vec![1.0], vec![0.0], vec![1.0]], 0.5).unwrap(),
            None
        );
        assert_eq!(finish(vec![vec![], vec![], vec![]], 0.5).unwrap(), None);
        assert!(finish(vec![vec![1.0], vec![1.0], vec![-1.0]], 0.5).is_err());
    }
}
