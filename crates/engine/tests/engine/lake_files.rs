//! What undo and purge leave in the lake's files, and what the files tell.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use parquet::file::reader::{FileReader as _, SerializedFileReader};
use safeground_engine::lake::{Begun, LoadSummary, NewLoad, SAFE_AGE};
use safeground_schema::Table;

use crate::fixture::small_state;
use crate::lake::{incidents, lake, lake_of_small_files, load, new_load, number, rows_of};

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

pub fn parquet_below(folder: &Path) -> Vec<PathBuf> {
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
