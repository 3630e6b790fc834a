//! The lake through failures: stores that fail, lose replies or die, and
//! processes that are killed.

use std::io::{BufRead as _, BufReader};
use std::ops::Range;
use std::path::Path as FilePath;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt as _};
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use safeground_engine::lake::{Committed, DurableStore, Lake, LakeOptions, LakeUrl};
use safeground_schema::Table;

use crate::lake::{incidents, load_batch, new_load, rows_of, url};

/// How a store fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// One write is refused, as on a full disk.
    Refuses,
    /// One write is done and its reply lost.
    LosesReply,
    /// From one write on, nothing is done any more.
    DiesBefore,
    /// One write is done, and from then on nothing.
    DiesAfter,
}

/// A store that fails at the n-th write.
#[derive(Debug)]
struct FaultyStore {
    inner: Arc<dyn ObjectStore>,
    fault: Fault,
    left: AtomicI64,
    dead: AtomicBool,
}

impl FaultyStore {
    fn failure() -> object_store::Error {
        object_store::Error::Generic {
            store: "FaultyStore",
            source: "no reply".into(),
        }
    }

    fn alive(&self) -> Result<()> {
        if self.dead.load(Ordering::SeqCst) {
            return Err(Self::failure());
        }
        Ok(())
    }

    /// Whether the fault has come about.
    fn struck(&self) -> bool {
        self.left.load(Ordering::SeqCst) < 0
    }
}

impl std::fmt::Display for FaultyStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FaultyStore")
    }
}

#[async_trait]
impl ObjectStore for FaultyStore {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        opts: PutOptions,
    ) -> Result<PutResult> {
        self.alive()?;
        let strikes = self.left.fetch_sub(1, Ordering::SeqCst) == 0;
        if !strikes {
            return self.inner.put_opts(location, payload, opts).await;
        }
        if matches!(self.fault, Fault::DiesBefore | Fault::DiesAfter) {
            self.dead.store(true, Ordering::SeqCst);
        }
        if matches!(self.fault, Fault::LosesReply | Fault::DiesAfter) {
            self.inner.put_opts(location, payload, opts).await?;
        }
        Err(Self::failure())
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        opts: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.alive()?;
        self.inner.put_multipart_opts(location, opts).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.alive()?;
        self.inner.get_opts(location, options).await
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.alive()?;
        self.inner.get_ranges(location, ranges).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        if self.alive().is_err() {
            return stream::once(async { Err(Self::failure()) }).boxed();
        }
        self.inner.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        if self.alive().is_err() {
            return stream::once(async { Err(Self::failure()) }).boxed();
        }
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.alive()?;
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.alive()?;
        self.inner.copy_opts(from, to, options).await
    }
}

fn faulty(fault: Fault, after: i64) -> (Arc<FaultyStore>, LakeOptions) {
    let store = Arc::new(FaultyStore {
        inner: Arc::new(DurableStore::new()),
        fault,
        left: AtomicI64::new(after),
        dead: AtomicBool::new(false),
    });
    let options = LakeOptions {
        store: Some(Arc::clone(&store) as Arc<dyn ObjectStore>),
        ..LakeOptions::default()
    };
    (store, options)
}

const FAULTS: [Fault; 4] = [
    Fault::Refuses,
    Fault::LosesReply,
    Fault::DiesBefore,
    Fault::DiesAfter,
];

async fn load_a(lake: &Lake) -> std::result::Result<Committed, safeground_engine::EngineError> {
    let batch = incidents("a", 5).batch_of(Table::Incidents, "a1");
    load_batch(lake, Table::Incidents, new_load("a1"), batch).await
}

#[tokio::test]
async fn a_lake_whose_making_fails_at_any_write_is_made_by_a_second_try() {
    for fault in FAULTS {
        for after in [0, 1, 6, 12, 13] {
            let folder = tempfile::tempdir().unwrap();
            let url = url(folder.path());
            let (store, options) = faulty(fault, after);
            let first = Lake::open_or_create(&url, &options).await;
            assert!(store.struck(), "{fault:?} after {after}");
            let sound = LakeOptions::default();
            // Whoever is told of success can rely on it.
            if first.is_ok() {
                Lake::open(&url, &sound).await.unwrap();
            }
            let lake = Lake::open_or_create(&url, &sound).await.unwrap();
            let inputs = lake.input().await.unwrap().inputs;
            assert_eq!(inputs.len(), Table::ALL.len());
            assert!(
                inputs.iter().all(|input| input.delta_version == 0),
                "{fault:?} {after}"
            );
        }
    }
}

#[tokio::test]
async fn a_load_that_fails_at_any_write_is_whole_or_absent_and_may_be_tried_again() {
    for fault in FAULTS {
        let mut after = 0;
        loop {
            let folder = tempfile::tempdir().unwrap();
            let url = url(folder.path());
            let sound = Lake::open_or_create(&url, &LakeOptions::default())
                .await
                .unwrap();
            let (store, options) = faulty(fault, after);
            let lake = Lake::open(&url, &options).await.unwrap();
            let result = load_a(&lake).await;
            let rows = rows_of(&sound, Table::Incidents).await;
            let case = format!("{fault:?} after {after}: {result:?}");
            match &result {
                Ok(_) => assert_eq!(rows, 5, "acknowledged: {case}"),
                Err(_) => assert!(rows == 0 || rows == 5, "{case}"),
            }
            let again = load_a(&sound).await.unwrap();
            assert_eq!(matches!(again, Committed::Already(_)), rows == 5, "{case}");
            assert_eq!(rows_of(&sound, Table::Incidents).await, 5, "{case}");
            assert_eq!(sound.loads().await.unwrap().len(), 1, "{case}");
            if !store.struck() {
                assert!(after >= 2, "a load writes its rows and its commit");
                break;
            }
            if fault == Fault::LosesReply && after == 1 {
                assert!(matches!(result, Ok(Committed::Loaded(_))), "{case}");
            }
            after += 1;
        }
    }
}

#[tokio::test]
async fn an_undo_that_fails_at_any_write_is_done_or_not_and_may_be_tried_again() {
    for fault in FAULTS {
        let folder = tempfile::tempdir().unwrap();
        let url = url(folder.path());
        let sound = Lake::open_or_create(&url, &LakeOptions::default())
            .await
            .unwrap();
        load_a(&sound).await.unwrap();
        let (store, options) = faulty(fault, 0);
        let lake = Lake::open(&url, &options).await.unwrap();
        let result = lake.undo("a1").await;
        assert!(store.struck());
        let rows = rows_of(&sound, Table::Incidents).await;
        match result {
            Ok(_) => assert_eq!(rows, 0, "{fault:?}"),
            Err(_) => assert!(rows == 0 || rows == 5, "{fault:?}"),
        }
        assert_eq!(sound.undo("a1").await.is_ok(), rows == 5, "{fault:?}");
        assert_eq!(rows_of(&sound, Table::Incidents).await, 0);
    }
}

/// Names the lake to a child of this test.
const CHILD: &str = "SAFEGROUND_TEST_LAKE";

/// Loads one load after another until it is killed; does nothing unless it is
/// the child of the test below.
#[tokio::test(flavor = "multi_thread")]
async fn child_that_loads_until_it_is_killed() {
    let Ok(folder) = std::env::var(CHILD) else {
        return;
    };
    let url = LakeUrl::local(FilePath::new(&folder)).unwrap();
    let lake = Lake::open_or_create(&url, &LakeOptions::default())
        .await
        .unwrap();
    let mut number = lake.loads().await.unwrap().len();
    loop {
        let id = format!("k{number}");
        let batch = incidents(&id, 200).batch_of(Table::Incidents, &id);
        load_batch(&lake, Table::Incidents, new_load(&id), batch)
            .await
            .unwrap();
        // The parent trusts what it reads here to be in the lake.
        println!("\nACKNOWLEDGED {id}");
        number += 1;
    }
}

#[tokio::test]
async fn killed_at_any_moment_the_lake_holds_whole_loads_and_all_that_were_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("lake");
    let url = url(folder.path());
    let mut acknowledged = std::collections::BTreeSet::new();
    for round in 0..12 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "--nocapture",
                "lake_faults::child_that_loads_until_it_is_killed",
            ])
            .env(CHILD, &at)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let id_of = |line: String| line.strip_prefix("ACKNOWLEDGED ").map(str::to_owned);
        // Some rounds end while the child begins, some after a load or two.
        let wanted = round % 3;
        let seen = lines.by_ref().map_while(Result::ok).filter_map(id_of);
        acknowledged.extend(seen.take(wanted));
        std::thread::sleep(Duration::from_millis(round as u64 * 37 % 150));
        child.kill().unwrap();
        child.wait().unwrap();
        acknowledged.extend(lines.map_while(Result::ok).filter_map(id_of));
        let lake = Lake::open_or_create(&url, &LakeOptions::default())
            .await
            .unwrap();
        let loads = lake.loads().await.unwrap();
        assert!(loads.iter().all(|load| load.rows == 200));
        assert_eq!(
            rows_of(&lake, Table::Incidents).await,
            200 * loads.len() as i64
        );
        for id in &acknowledged {
            assert!(loads.iter().any(|load| load.load_id == *id), "{id} is lost");
        }
    }
    assert!(acknowledged.len() >= 12, "{acknowledged:?}");
}
