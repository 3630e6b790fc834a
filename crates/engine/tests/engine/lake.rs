//! The lake: loads, undo, purge, and what reads see.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use object_store::memory::InMemory;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use safeground_engine::EngineError;
use safeground_engine::lake::{
    Begun, Committed, Lake, LakeOptions, LakeUrl, LoadRecord, LoadSummary, NewLoad, SAFE_AGE,
};
use safeground_engine::release::{Input, ReleaseRequest, SCORES, Vault, run_on};
use safeground_engine::{Resources, count};
use safeground_privacy::{Audience, Policy};
use safeground_schema::Table;
use serde_json::json;

use crate::fixture::{Rows, small_state};

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

async fn load(lake: &Lake, table: Table, load_id: &str, rows: &Rows) -> LoadRecord {
    let batch = rows.batch_of(table, load_id);
    match load_batch(lake, table, new_load(load_id), batch).await {
        Ok(Committed::Loaded(record)) => record,
        other => panic!("not loaded: {other:?}"),
    }
}

/// A lake of files with few rows.
async fn lake_of_small_files(folder: &Path, rows_per_file: usize) -> Lake {
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

/// All files below a folder.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// Files below a folder that hold a text.
fn files_with(folder: &Path, text: &str) -> Vec<PathBuf> {
    let holds = |path: &PathBuf| {
        let bytes = std::fs::read(path).unwrap();
        bytes
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    };
    files_below(folder).into_iter().filter(holds).collect()
}

fn parquet_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = files_below(folder);
    files.retain(|path| path.extension().is_some_and(|e| e == "parquet"));
    files
}

/// Makes every file below a folder older than files of dead loads are kept.
fn age(folder: &Path) {
    let then = SystemTime::now() - SAFE_AGE - Duration::from_secs(60);
    for path in files_below(folder) {
        let file = std::fs::File::options().append(true).open(path).unwrap();
        file.set_modified(then).unwrap();
    }
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

#[tokio::test]
async fn undo_takes_exactly_one_load_and_the_same_may_come_again() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(folder.path()).await;
    load(&lake, Table::Incidents, "a1", &incidents("a", 5)).await;
    let kept = load(&lake, Table::Incidents, "b1", &incidents("b", 7)).await;
    let before = lake.input().await.unwrap();
    let undone = lake.undo("a1").await.unwrap();
    assert_eq!((undone.record.rows, undone.delta_version), (5, 3));
    assert!(undone.left.files == 1 && undone.left.bytes > 0);
    assert_eq!(rows_of(&lake, Table::Incidents).await, 7);
    assert_eq!(lake.loads().await.unwrap(), [kept]);
    let error = lake.undo("a1").await.unwrap_err();
    assert!(error.to_string().contains("a1"), "{error}");
    // A reader of the version before keeps what it has.
    let old = number(&before, "SELECT COUNT(child_key) FROM incidents").await;
    assert_eq!(old, 12);
    let again = load(&lake, Table::Incidents, "a1", &incidents("a", 5)).await;
    assert_eq!(again.delta_version, 4);
    assert_eq!(rows_of(&lake, Table::Incidents).await, 12);
}

#[tokio::test]
async fn after_a_purge_nothing_of_an_undone_load_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(folder.path()).await;
    let secret = NewLoad {
        files: vec!["canary-source.csv".into()],
        ..new_load("a1")
    };
    let batch = incidents("canary", 5).batch_of(Table::Incidents, "a1");
    let Begun::New(mut writer) = lake.begin(Table::Incidents, secret).await.unwrap() else {
        panic!("nothing is there")
    };
    std::fs::write(writer.quarantine(), "canary-quarantine").unwrap();
    writer.write(batch).await.unwrap();
    let committed = writer.commit(LoadSummary::default()).await.unwrap();
    let at = lake
        .quarantine_path(committed.record())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(std::fs::read(&at).unwrap(), b"canary-quarantine");
    load(&lake, Table::Incidents, "b1", &incidents("b", 7)).await;

    lake.undo("a1").await.unwrap();
    assert!(!Path::new(&at).exists(), "rejected rows go with the undo");
    let root = folder.path().join("lake");
    assert_eq!(parquet_below(&root).len(), 2);
    assert!(!files_with(&root, "canary-source").is_empty());
    let purged = lake.purge().await.unwrap();
    assert_eq!(purged.files, 1);
    assert!(purged.log_entries >= 3, "{purged:?}");
    for canary in ["canary-child", "canary-source", "canary-quarantine"] {
        assert_eq!(files_with(&root, canary), Vec::<PathBuf>::new(), "{canary}");
    }
    // What stays works on, and a second purge finds nothing.
    assert_eq!(rows_of(&lake, Table::Incidents).await, 7);
    let again = lake.purge().await.unwrap();
    assert_eq!((again.files, again.log_entries), (0, 0));
    load(&lake, Table::Incidents, "a1", &incidents("a", 5)).await;
    assert_eq!(rows_of(&lake, Table::Incidents).await, 12);
    assert_eq!(lake.loads().await.unwrap().len(), 2);
}

#[tokio::test]
async fn nothing_shows_before_the_commit_and_remains_are_swept_when_old() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("lake");
    let lake = lake_of_small_files(folder.path(), 10).await;
    let abandoned = |id: &'static str| {
        let lake = lake.clone();
        async move {
            let begun = lake.begin(Table::Incidents, new_load(id)).await.unwrap();
            let Begun::New(mut writer) = begun else {
                panic!("nothing is there")
            };
            std::fs::write(writer.quarantine(), "rejected").unwrap();
            // More files than threads: some are surely written before the end.
            let batch = incidents("a", 1_005).batch_of(Table::Incidents, id);
            writer.write(batch).await.unwrap();
            writer
        }
    };
    let writer = abandoned("a1").await;
    assert!(!parquet_below(&root).is_empty());
    assert_eq!(rows_of(&lake, Table::Incidents).await, 0);
    writer.abort().await.unwrap();
    assert_eq!(parquet_below(&root), Vec::<PathBuf>::new());
    assert_eq!(files_with(&root, "rejected"), Vec::<PathBuf>::new());

    drop(abandoned("a2").await);
    let staging = root.join("incidents/_delta_log/00000000000000000001.json#123");
    std::fs::write(&staging, "half a commit").unwrap();
    load(&lake, Table::Incidents, "b1", &incidents("b", 7)).await;
    assert!(
        parquet_below(&root).len() > 1 && staging.exists(),
        "what is young may be alive"
    );
    lake.undo("b1").await.unwrap();
    age(&root);
    load(&lake, Table::Incidents, "c1", &incidents("c", 7)).await;
    let left = parquet_below(&root);
    assert_eq!(
        left.len(),
        2,
        "what is referred to and what was undone stays"
    );
    assert!(!staging.exists());
    assert_eq!(rows_of(&lake, Table::Incidents).await, 7);
    lake.purge().await.unwrap();
    assert_eq!(parquet_below(&root.join("incidents/load-c1")).len(), 1);
    assert!(!root.join("incidents/load-b1").exists());
}

#[tokio::test]
async fn a_purge_at_the_version_of_a_checkpoint_keeps_the_other_loads() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(folder.path()).await;
    for n in 0..18 {
        load(
            &lake,
            Table::Incidents,
            &format!("a{n}"),
            &incidents("a", 1),
        )
        .await;
    }
    assert_eq!(lake.undo("a3").await.unwrap().delta_version, 19);
    let purged = lake.purge().await.unwrap();
    assert_eq!((purged.files, purged.log_entries), (1, 19));
    let loads = lake.loads().await.unwrap();
    assert_eq!(loads.len(), 17);
    assert_eq!(rows_of(&lake, Table::Incidents).await, 17);
    assert!(loads.iter().all(|load| load.load_id != "a3"));
}

#[tokio::test]
async fn no_file_holds_a_statistic_of_a_column() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("lake");
    let lake = lake(folder.path()).await;
    load(&lake, Table::Incidents, "a1", &incidents("canary", 5)).await;
    load(&lake, Table::Places, "p1", &small_state()).await;
    let files = parquet_below(&root);
    assert_eq!(files.len(), 2);
    for path in files {
        let reader = SerializedFileReader::new(std::fs::File::open(&path).unwrap()).unwrap();
        let metadata = reader.metadata();
        assert!(metadata.column_index().is_none());
        for group in metadata.row_groups() {
            for column in group.columns() {
                assert!(column.statistics().is_none(), "{}", path.display());
                assert_eq!(column.column_index_offset(), None);
                assert_eq!(column.bloom_filter_offset(), None);
            }
        }
    }
    for text in ["canary-child", "minValues", "maxValues", "nullCount"] {
        let logs: Vec<_> = files_with(&root, text)
            .into_iter()
            .filter(|path| path.to_string_lossy().contains("_delta_log"))
            .collect();
        assert_eq!(logs, Vec::<PathBuf>::new(), "{text}");
    }
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
