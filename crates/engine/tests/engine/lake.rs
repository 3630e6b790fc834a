//! The lake: loads, and what reads see.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use object_store::memory::InMemory;
use safeground_engine::EngineError;
use safeground_engine::lake::{
    Begun, Committed, Lake, LakeOptions, LakeUrl, LoadRecord, LoadSummary, NewLoad,
};
use safeground_engine::release::{Input, ReleaseRequest, SCORES, Vault, run_on};
use safeground_engine::{Resources, count};
use safeground_privacy::{Audience, Policy};
use safeground_schema::Table;
use serde_json::json;

use crate::fixture::{Rows, small_state};
use crate::lake_files::parquet_below;

pub fn new_load(load_id: &str) -> NewLoad {
    NewLoad {
        load_id: load_id.to_owned(),
        files: vec![format!("{load_id}.csv")],
        content_sha256: format!("content of {load_id}"),
        mapping_sha256: "mapping".into(),
        part: None,
        loaded_on: "2026-01-02".parse().unwrap(),
    }
}

pub fn url(folder: &Path) -> LakeUrl {
    LakeUrl::local(&folder.join("lake")).unwrap()
}

pub async fn lake(folder: &Path) -> Lake {
    Lake::open_or_create(&url(folder), &LakeOptions::default())
        .await
        .unwrap()
}

/// Writes one batch as a load, whatever comes of it.
pub async fn load_batch(
    lake: &Lake,
    table: Table,
    load: NewLoad,
    batch: RecordBatch,
) -> Result<Committed, EngineError> {
    match lake.begin(table, load).await? {
        Begun::Already(record) => Ok(Committed::Already(*record)),
        Begun::New(mut writer) => {
            let summary = LoadSummary {
                read: batch.num_rows() as u64 + 2,
                quarantined: 2,
            };
            writer.write(batch).await?;
            writer.commit(summary).await
        }
    }
}

pub async fn load(lake: &Lake, table: Table, load_id: &str, rows: &Rows) -> LoadRecord {
    let batch = rows.batch_of(table, load_id);
    match load_batch(lake, table, new_load(load_id), batch).await {
        Ok(Committed::Loaded(record)) => record,
        other => panic!("not loaded: {other:?}"),
    }
}

/// A lake of files with few rows.
pub async fn lake_of_small_files(folder: &Path, rows_per_file: usize) -> Lake {
    let options = LakeOptions {
        rows_per_file,
        ..LakeOptions::default()
    };
    Lake::open_or_create(&url(folder), &options).await.unwrap()
}

/// Incidents of a load, `children` of them, all in one village.
pub fn incidents(prefix: &str, children: u32) -> Rows {
    let mut rows = Rows::default();
    for child in 0..children {
        rows.add(
            Table::Incidents,
            json!({"place_id": "village:1", "date": "2021-05-17", "partner": "p",
                   "child_key": format!("{prefix}-child-{child}"), "category": "missing",
                   "incident_key": format!("{prefix}-event-{child}"), "children": 1,
                   "detection_mode": "reported"}),
        );
    }
    rows
}

pub async fn rows_of(lake: &Lake, table: Table) -> i64 {
    number(
        &lake.input().await.unwrap(),
        &format!("SELECT COUNT(child_key) FROM {table}"),
    )
    .await
}

pub async fn number(input: &Input, sql: &str) -> i64 {
    let batches = input
        .session
        .sql(sql)
        .await
        .unwrap()
        .collect()
        .await
        .unwrap();
    batches[0].column(0).as_primitive::<Int64Type>().value(0)
}

#[tokio::test]
async fn a_missing_lake_says_what_to_run_and_a_new_one_has_every_table() {
    let folder = tempfile::tempdir().unwrap();
    let options = LakeOptions::default();
    let error = Lake::open(&url(folder.path()), &options).await.unwrap_err();
    assert!(error.to_string().contains("safeground ingest"), "{error}");
    assert!(!folder.path().join("lake").exists(), "a look makes nothing");

    let made = lake(folder.path()).await;
    let opened = Lake::open(&url(folder.path()), &options).await.unwrap();
    assert!(opened.secret() == made.secret());
    assert!(opened.loads().await.unwrap().is_empty());
    let input = opened.input().await.unwrap();
    assert_eq!(input.data_as_of, None);
    assert_eq!(input.inputs.len(), Table::ALL.len());
    for table in Table::ALL {
        let provider = input.session.table_provider(table.name()).await.unwrap();
        let stored = provider.schema();
        let known = table.arrow_schema();
        let shape = |schema: &arrow::datatypes::SchemaRef| -> Vec<_> {
            let fields = schema.fields().iter();
            fields
                .map(|f| (f.name().clone(), f.data_type().clone(), f.is_nullable()))
                .collect()
        };
        assert_eq!(shape(&stored), shape(&known), "{table}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let lake = folder.path().join("lake");
        assert_eq!(mode(&lake), 0o700);
        assert_eq!(mode(&lake.join("_safeground/secret")), 0o600);
    }
}

/// What the lake's calls give can be spawned.
#[tokio::test]
async fn every_call_may_move_between_threads() {
    fn movable<T: Send>(_: &T) {}
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(folder.path()).await;
    movable(&lake.loads());
    movable(&lake.find_load("a"));
    movable(&lake.undo("a"));
    movable(&lake.purge());
    movable(&lake.input());
    movable(&lake.gazetteer());
}

#[tokio::test(flavor = "multi_thread")]
async fn many_that_make_one_lake_get_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let url = url(folder.path());
    let makers = (0..4).map(|_| {
        let url = url.clone();
        tokio::spawn(async move { Lake::open_or_create(&url, &LakeOptions::default()).await })
    });
    let lakes: Vec<Lake> = futures::future::join_all(makers)
        .await
        .into_iter()
        .map(|lake| lake.unwrap().unwrap())
        .collect();
    for lake in &lakes {
        assert!(lake.secret() == lakes[0].secret());
        let versions = lake.input().await.unwrap().inputs;
        assert!(versions.iter().all(|input| input.delta_version == 0));
    }
}

#[tokio::test]
async fn a_release_of_the_lake_is_the_release_of_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = small_state();
    rows.0.extend(incidents("a", 40).0);
    let lake = lake(folder.path()).await;
    load(&lake, Table::Places, "places", &rows).await;
    load(&lake, Table::Incidents, "incidents", &rows).await;
    let mut stored = lake.input().await.unwrap();
    assert_eq!(stored.data_as_of.as_deref(), Some("2026-01-02"));
    let read: Vec<_> = stored
        .inputs
        .iter()
        .filter(|i| i.delta_version == 1)
        .collect();
    assert_eq!(read.len(), 2);
    assert!(stored.inputs.is_sorted_by(|a, b| a.table < b.table));
    stored.inputs.clear();
    let in_memory = Input {
        session: rows.session(),
        inputs: Vec::new(),
        data_as_of: stored.data_as_of.clone(),
        vault: Vault::new(
            Arc::new(InMemory::new()),
            "privacy".into(),
            lake.secret().as_bytes(),
        ),
    };
    let mut ids = Vec::new();
    for (input, name) in [(&stored, "stored"), (&in_memory, "memory")] {
        for threads in [1, 2] {
            let request = ReleaseRequest {
                policy: Policy::default(),
                seed: 7,
                today: "2026-03-05".parse().unwrap(),
                audiences: Audience::ALL.to_vec(),
                releases: folder.path().join(format!("{name}-{threads}")),
                resources: Resources {
                    threads,
                    ..Resources::default()
                },
            };
            let report = run_on(input, &request).await.unwrap();
            let releases = report.releases.into_iter().map(|release| {
                let scores = std::fs::read(release.folder.join(SCORES)).unwrap();
                (release.release_id, scores)
            });
            ids.push(releases.collect::<Vec<_>>());
        }
    }
    assert!(ids.iter().all(|releases| *releases == ids[0]));
}

#[tokio::test]
async fn the_same_load_again_is_told_and_another_mapping_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(folder.path()).await;
    let rows = incidents("a", 5);
    let record = load(&lake, Table::Incidents, "a1", &rows).await;
    assert_eq!((record.rows, record.read, record.quarantined), (5, 7, 2));
    assert_eq!(record.delta_version, 1);
    assert_eq!(lake.loads().await.unwrap(), std::slice::from_ref(&record));
    assert_eq!(lake.find_load("a1").await.unwrap(), Some(record.clone()));
    assert_eq!(lake.find_load("a2").await.unwrap(), None);

    let batch = rows.batch_of(Table::Incidents, "a1");
    let again = load_batch(&lake, Table::Incidents, new_load("a1"), batch.clone()).await;
    assert_eq!(again.unwrap(), Committed::Already(record));
    let other = NewLoad {
        mapping_sha256: "another".into(),
        ..new_load("a1")
    };
    let error = load_batch(&lake, Table::Incidents, other, batch)
        .await
        .unwrap_err();
    let message = error.to_string();
    assert!(
        message.contains("safeground undo a1") && message.contains("`part`"),
        "{message}"
    );
    assert_eq!(rows_of(&lake, Table::Incidents).await, 5);
}

#[tokio::test]
async fn loads_are_listed_oldest_first_whatever_their_table() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(folder.path()).await;
    let mut rows = small_state();
    rows.0.extend(incidents("a", 3).0);
    // Neither the order of tables, nor of identities, nor of the days given.
    for (table, load_id, day) in [
        (Table::Incidents, "c", "2026-01-02"),
        (Table::Places, "d", "2026-01-03"),
        (Table::Incidents, "b", "2026-01-01"),
        (Table::Places, "a", "2026-01-02"),
    ] {
        let new = NewLoad {
            loaded_on: day.parse().unwrap(),
            ..new_load(load_id)
        };
        let batch = rows.batch_of(table, load_id);
        load_batch(&lake, table, new, batch).await.unwrap();
        // Times of commits are kept to the millisecond.
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    let loads = lake.loads().await.unwrap();
    let order: Vec<&str> = loads.iter().map(|load| load.load_id.as_str()).collect();
    assert_eq!(order, ["c", "d", "b", "a"]);
}

#[tokio::test]
async fn what_is_no_load_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(folder.path()).await;
    for id in ["", "../up", "a b", &"a".repeat(65)] {
        let error = lake.begin(Table::Effort, new_load(id)).await.unwrap_err();
        assert!(matches!(error, EngineError::LoadId { .. }), "{error}");
    }
    let wrong = [
        incidents("a", 3).batch_of(Table::Incidents, "other"),
        incidents("a", 3).batch_of(Table::Campaigns, "a1"),
    ];
    for batch in wrong {
        let Begun::New(mut writer) = lake.begin(Table::Incidents, new_load("a1")).await.unwrap()
        else {
            panic!("nothing is there")
        };
        let error = writer.write(batch).await.unwrap_err();
        assert!(matches!(error, EngineError::Content { .. }), "{error}");
        writer.abort().await.unwrap();
    }
    assert!(lake.loads().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_load_without_rows_is_a_load() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(folder.path()).await;
    let record = load(&lake, Table::Incidents, "empty", &Rows::default()).await;
    assert_eq!((record.rows, record.stored_files), (0, 1));
    assert_eq!(lake.loads().await.unwrap().len(), 1);
    assert_eq!(rows_of(&lake, Table::Incidents).await, 0);
    lake.undo("empty").await.unwrap();
    assert!(lake.loads().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_one_load_by_many_exactly_one_wins_and_different_loads_all_arrive() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(folder.path()).await;
    let same = (0..6).map(|_| {
        let lake = lake.clone();
        tokio::spawn(async move {
            let batch = incidents("a", 5).batch_of(Table::Incidents, "a1");
            load_batch(&lake, Table::Incidents, new_load("a1"), batch).await
        })
    });
    let results: Vec<Committed> = futures::future::join_all(same)
        .await
        .into_iter()
        .map(|result| result.unwrap().unwrap())
        .collect();
    let won = results
        .iter()
        .filter(|r| matches!(r, Committed::Loaded(_)))
        .count();
    assert_eq!(won, 1);
    assert!(results.iter().all(|r| r.record() == results[0].record()));
    let stored = parquet_below(&folder.path().join("lake"));
    assert_eq!(stored.len(), 1, "those that lost clean up");
    assert_eq!(rows_of(&lake, Table::Incidents).await, 5);

    let different = (0..6).map(|n| {
        let lake = lake.clone();
        tokio::spawn(async move {
            let id = format!("b{n}");
            let batch = incidents(&id, 3).batch_of(Table::Incidents, &id);
            load_batch(&lake, Table::Incidents, new_load(&id), batch).await
        })
    });
    for result in futures::future::join_all(different).await {
        assert!(matches!(result.unwrap().unwrap(), Committed::Loaded(_)));
    }
    assert_eq!(rows_of(&lake, Table::Incidents).await, 5 + 18);
    let versions: Vec<u64> = lake
        .loads()
        .await
        .unwrap()
        .iter()
        .map(|l| l.delta_version)
        .collect();
    assert_eq!(versions, (1..=7).collect::<Vec<_>>());
}

#[tokio::test]
async fn more_loads_than_a_checkpoint_are_all_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(folder.path()).await;
    for n in 0..24 {
        load(
            &lake,
            Table::Incidents,
            &format!("a{n}"),
            &incidents("a", 1),
        )
        .await;
    }
    let checkpoints = parquet_below(&folder.path().join("lake/incidents/_delta_log"));
    assert_eq!(checkpoints.len(), 1);
    let loads = lake.loads().await.unwrap();
    assert_eq!(loads.len(), 24);
    assert_eq!(loads[5].files, ["a5.csv"]);
    assert_eq!(rows_of(&lake, Table::Incidents).await, 24);
}

/// One place as a load of its own.
async fn describe(lake: &Lake, load_id: &str, row: serde_json::Value) {
    let mut rows = Rows::default();
    rows.add(Table::Places, row);
    load(lake, Table::Places, load_id, &rows).await;
}

#[tokio::test]
async fn loads_together_describe_a_place_and_the_last_word_counts() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(folder.path()).await;
    // The identity sorts against the order of the loads on purpose.
    describe(
        &lake,
        "z",
        json!({"place_id": "district:2", "level": "district", "name": "Old",
        "geometry": "84,25,85,26", "lgd_code": "2"}),
    )
    .await;
    describe(
        &lake,
        "m",
        json!({"place_id": "district:2", "level": "district", "name": "New",
        "population": 1_000, "parent_id": "state:1"}),
    )
    .await;
    describe(
        &lake,
        "a",
        json!({"place_id": "district:1", "level": "district"}),
    )
    .await;
    describe(
        &lake,
        "b",
        json!({"place_id": "district:2", "level": "district",
        "latitude": 25.5, "longitude": 84.5}),
    )
    .await;

    let input = lake.input().await.unwrap();
    let places = count::Places::read(&input.session).await.unwrap();
    assert_eq!(places.ids, ["district:1", "district:2"]);
    assert_eq!(places.name[1].as_deref(), Some("New"));
    assert_eq!(
        (places.population[1], places.has_geometry[1]),
        (Some(1_000), true)
    );
    assert_eq!(
        (places.name[0].as_deref(), places.has_geometry[0]),
        (None, false)
    );

    let entries = lake.gazetteer().await.unwrap();
    assert_eq!(entries.len(), 2);
    assert_eq!(entries[1].name.as_deref(), Some("New"));
    assert_eq!(entries[1].lgd_code.as_deref(), Some("2"));
    assert_eq!(
        entries[1].parent_id.as_ref().unwrap().to_string(),
        "state:1"
    );
    assert_eq!(entries[1].latitude, Some(25.5));

    lake.undo("m").await.unwrap();
    let entries = lake.gazetteer().await.unwrap();
    assert_eq!(entries[1].name.as_deref(), Some("Old"));
    assert_eq!(entries[1].parent_id, None);
}

/// Villages in two loads, the second with the population of the first.
/// `ROWS` sets their number.
#[tokio::test(flavor = "multi_thread")]
async fn many_places_resolve_in_one_pass() {
    let villages: usize = std::env::var("ROWS").map_or(20_000, |n| n.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(folder.path()).await;
    let polygon = "84,25,85,26";
    for (id, of_load) in [("names", "name"), ("people", "population")] {
        let Begun::New(mut writer) = lake.begin(Table::Places, new_load(id)).await.unwrap() else {
            panic!("nothing is there")
        };
        for first in (0..villages).step_by(10_000) {
            let mut rows = Rows::default();
            for n in first..villages.min(first + 10_000) {
                let mut row = json!({"place_id": format!("village:{n:07}"), "level": "village"});
                row[of_load] = match of_load {
                    "name" => json!(format!("Village {n}")),
                    _ => json!(n),
                };
                if of_load == "name" && n % 1_000 == 0 {
                    row["geometry"] = json!(polygon);
                }
                rows.add(Table::Places, row);
            }
            writer
                .write(rows.batch_of(Table::Places, id))
                .await
                .unwrap();
        }
        writer.commit(LoadSummary::default()).await.unwrap();
    }
    let input = lake.input().await.unwrap();
    let places = count::Places::read(&input.session).await.unwrap();
    assert_eq!(places.len(), villages);
    assert!(places.ids.is_sorted());
    assert!((0..villages).all(|n| places.population[n] == Some(n as i64)));
    assert!((0..villages).all(|n| places.has_geometry[n] == (n % 1_000 == 0)));
    assert_eq!(
        places.name[villages - 1],
        Some(format!("Village {}", villages - 1))
    );
    assert_eq!(lake.gazetteer().await.unwrap().len(), villages);
}

#[tokio::test]
async fn rows_of_several_files_are_read_by_several_threads_and_add_up() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake_of_small_files(folder.path(), 10_000).await;
    let Begun::New(mut writer) = lake.begin(Table::Incidents, new_load("a1")).await.unwrap() else {
        panic!("nothing is there")
    };
    for n in 0..40 {
        let rows = incidents(&format!("a{n}"), 1_000);
        writer
            .write(rows.batch_of(Table::Incidents, "a1"))
            .await
            .unwrap();
    }
    let committed = writer.commit(LoadSummary::default()).await.unwrap();
    let record = committed.record();
    assert_eq!((record.rows, record.stored_files), (40_000, 4));
    let input = lake.input().await.unwrap();
    let sql = "SELECT SUM(children) FROM incidents WHERE category = 'missing'";
    assert_eq!(number(&input, sql).await, 40_000);
    let plan = input
        .session
        .sql(sql)
        .await
        .unwrap()
        .create_physical_plan()
        .await
        .unwrap();
    let text = datafusion::physical_plan::displayable(plan.as_ref())
        .indent(true)
        .to_string();
    let threads = std::thread::available_parallelism().unwrap();
    assert!(text.contains(&format!("{{{threads} groups")), "{text}");
    lake.undo("a1").await.unwrap();
    assert_eq!(lake.purge().await.unwrap().files, 4);
}

#[tokio::test]
async fn a_table_that_another_tool_rewrote_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(folder.path()).await;
    load(&lake, Table::Incidents, "a1", &incidents("a", 5)).await;
    let log = folder.path().join("lake/incidents/_delta_log");
    let commit = std::fs::read_to_string(log.join("00000000000000000001.json")).unwrap();
    let foreign: Vec<&str> = commit
        .lines()
        .filter(|line| line.contains("\"add\""))
        .collect();
    let foreign = foreign[0].replace("safeground.load", "another.tool");
    std::fs::write(log.join("00000000000000000002.json"), foreign).unwrap();
    let error = lake.loads().await.unwrap_err().to_string();
    assert!(
        error.contains("incidents") && error.contains("another tool"),
        "{error}"
    );
}

#[tokio::test]
async fn a_secret_that_is_not_the_lakes_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    lake(folder.path()).await;
    let file = folder.path().join("another");
    std::fs::write(&file, "ab".repeat(32)).unwrap();
    let options = LakeOptions {
        secret_file: Some(file),
        ..LakeOptions::default()
    };
    let error = Lake::open(&url(folder.path()), &options).await.unwrap_err();
    assert!(error.to_string().contains("not the secret"), "{error}");
    assert!(!error.to_string().contains("abab"), "{error}");
}
