//! The questions of `queries/`, each run on a release.

use std::path::Path;

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::{DataType, Float64Type};
use datafusion::common::ScalarValue;
use datafusion::prelude::SessionContext;
use safeground_engine::release::open;
use safeground_privacy::Audience;

use crate::release::{busy_state, release};

/// Answer of a question on the research release of the busy state.
async fn answer(name: &str, parameters: &[(&str, &str)]) -> RecordBatch {
    let folder = tempfile::tempdir().unwrap();
    release(&busy_state(), folder.path(), 2).await;
    let data = open(folder.path(), Audience::Research).unwrap();
    let session = SessionContext::new();
    for (table, batch) in [
        ("scores", &data.get().scores),
        ("places", &data.get().places),
    ] {
        session.register_batch(table, batch.clone()).unwrap();
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../queries/{name}.sql"));
    let text = std::fs::read_to_string(file).unwrap();
    for part in ["Purpose", "Parameters", "Columns", "Units", "Caveats"] {
        assert!(
            text.contains(&format!("-- {part}:")),
            "{name} names no {part}"
        );
    }
    let values: Vec<(&str, ScalarValue)> = parameters
        .iter()
        .map(|(name, value)| (*name, ScalarValue::from(*value)))
        .collect();
    let frame = session.sql(&text).await.unwrap();
    let frame = frame.with_param_values(values).unwrap();
    let schema = frame.schema().as_arrow().clone().into();
    concat_batches(&schema, &frame.collect().await.unwrap()).unwrap()
}

fn texts(batch: &RecordBatch, column: &str) -> Vec<String> {
    let column = cast(&batch[column], &DataType::Utf8).unwrap();
    let column = column.as_string::<i32>();
    column.iter().map(|v| v.unwrap_or("").to_owned()).collect()
}

#[tokio::test]
async fn hotspots_come_highest_score_first() {
    let found = answer(
        "hotspots",
        &[
            ("layer", "block"),
            ("theme", "child_labour"),
            ("period", "2021"),
        ],
    )
    .await;
    // Blocks 0 to 2 have 42, 16 and 17 children of 2,100, 2,500 and 2,900;
    // block 3 has one, and block 2 is withheld because its district less it
    // would tell. All neighbour one another, so the rate decides.
    assert_eq!(texts(&found, "unit_id"), ["block:0", "block:1"]);
    let rates = found["eb_rate"].as_primitive::<Float64Type>();
    assert!(rates.values().is_sorted_by(|a, b| a >= b));
}

#[tokio::test]
async fn every_kind_of_nothing_is_counted() {
    let found = answer("kinds_of_nothing", &[("layer", "block")]).await;
    let statuses = texts(&found, "status");
    for status in ["available", "below_threshold", "not_observed"] {
        assert!(statuses.iter().any(|s| s == status), "no {status}");
    }
}

#[tokio::test]
async fn a_place_without_records_and_a_high_indicator_is_a_target_for_outreach() {
    let found = answer(
        "silent_places",
        &[
            ("layer", "district"),
            ("indicator", "indicator:cm_nfhs5"),
            ("theme", "sexual_abuse"),
            ("period", "2021"),
        ],
    )
    .await;
    // District 1 has the higher indicator and fewer than eleven children.
    assert_eq!(texts(&found, "unit_id"), ["district:1"]);
    assert_eq!(texts(&found, "status"), ["below_threshold"]);
}
