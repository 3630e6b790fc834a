//! The lake's tables as they were.

use chrono::Utc;
use safeground_engine::lake::{AsOf, Lake};
use safeground_schema::Table;

use crate::lake::{incidents, lake, load_batch, new_load, number, rows_of};

async fn rows_then(lake: &Lake, as_of: &AsOf) -> i64 {
    let input = lake.input_as_of(as_of).await.unwrap();
    number(&input, "SELECT COUNT(child_key) FROM incidents").await
}

fn version(version: u64) -> AsOf {
    AsOf {
        versions: [(Table::Incidents, version)].into(),
        ..AsOf::default()
    }
}

#[tokio::test]
async fn every_version_and_time_of_a_table_can_be_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(folder.path()).await;
    let made = Utc::now();
    let mut times = Vec::new();
    for (load, rows) in [("a1", 5), ("b1", 7)] {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        let batch = incidents(load, rows).batch_of(Table::Incidents, load);
        load_batch(&lake, Table::Incidents, new_load(load), batch)
            .await
            .unwrap();
        times.push(Utc::now());
    }
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    lake.undo("a1").await.unwrap();
    assert_eq!(rows_of(&lake, Table::Incidents).await, 7);
    for (at, rows) in [(0, 0), (1, 5), (2, 12), (3, 7)] {
        assert_eq!(rows_then(&lake, &version(at)).await, rows, "version {at}");
    }
    for (time, rows) in [(made, 0), (times[0], 5), (times[1], 12), (Utc::now(), 7)] {
        let as_of = AsOf {
            time: Some(time),
            ..AsOf::default()
        };
        assert_eq!(rows_then(&lake, &as_of).await, rows, "{time}");
    }
}

#[tokio::test]
async fn a_version_or_time_that_never_was_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(folder.path()).await;
    let error = lake
        .input_as_of(&version(9))
        .await
        .err()
        .unwrap()
        .to_string();
    assert!(
        error.contains("incidents") && error.contains("0 to 0"),
        "{error}"
    );
    let before = AsOf {
        time: Some(Utc::now() - chrono::Duration::days(1)),
        ..AsOf::default()
    };
    let error = lake.input_as_of(&before).await.err().unwrap().to_string();
    assert!(error.contains("it was made after"), "{error}");
}
