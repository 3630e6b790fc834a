//! What an honest query gets.

use std::path::Path;
use std::time::Duration;

use arrow::array::AsArray as _;
use arrow::datatypes::{DataType, Float64Type};
use arrow::ipc::reader::StreamReader;
use futures::StreamExt as _;
use safeground_sql::gate::GateLimits;
use safeground_sql::pool::Query;
use safeground_sql::{
    AUDIENCE, Format, Limit, MANIFEST_LINK, Parameter, Parameters, QueryLimits, RELEASE_ID,
    Refusal, TypedParameter, WorkerLimits,
};
use serde_json::json;

use super::world::{LONG, PERIODS, PLACES, World, few, rows, with, workers};

#[tokio::test]
async fn rows_come_as_an_arrow_stream_that_names_its_release() {
    let world = World::new();
    let pool = world.pool(LONG, few()).await;
    let query = Query::new("SELECT unit_id, rate FROM scores ORDER BY rate DESC LIMIT 3");
    let answer = pool.query("somebody", query).await.unwrap();
    assert_eq!(answer.release_id(), "0123456789abcdef");
    let columns = &answer.started().columns;
    assert_eq!(columns[0], ("unit_id".into(), "Utf8".into(), false));
    let (bytes, summary) = answer.collect().await.unwrap();
    assert_eq!((summary.rows, summary.bytes), (3, bytes.len() as u64));
    let reader = StreamReader::try_new(&bytes[..], None).unwrap();
    let schema = reader.schema();
    assert_eq!(schema.metadata()[RELEASE_ID], "0123456789abcdef");
    assert_eq!(schema.metadata()[AUDIENCE], "research");
    assert_eq!(
        schema.metadata()[MANIFEST_LINK],
        "/v1/manifest?audience=research&release=0123456789abcdef"
    );
    assert_eq!(*schema.field(0).data_type(), DataType::Utf8);
    let batch = reader.map(Result::unwrap).next().unwrap();
    let highest = batch.column(1).as_primitive::<Float64Type>().value(0);
    assert!((highest - (PLACES * PERIODS - 1) as f64 / 7.0).abs() < 1e-9);
}

#[tokio::test]
async fn the_manifest_is_there_as_tables() {
    let world = World::new();
    let pool = world.pool(LONG, few()).await;
    let answer = rows(
        &pool,
        "SELECT l.title AS layer, t.title AS theme, count(*) AS periods FROM coverage c \
         JOIN layers l ON l.id = c.layer JOIN themes t ON t.code = c.theme GROUP BY 1, 2",
    );
    let expected = json!([{"layer": "Districts", "theme": "Trafficking", "periods": PERIODS}]);
    assert_eq!(answer.await.unwrap(), expected);
    let names: Vec<_> = pool.tables().into_iter().map(|table| table.name).collect();
    let expected = [
        "coverage", "layers", "places", "scores", "themes", "tables", "columns",
    ];
    assert_eq!(names, expected);
    let (functions, table_functions) = pool.functions();
    assert!(functions.iter().any(|name| name == "percentile_cont"));
    assert!(table_functions.iter().any(|name| name == "generate_series"));
}

#[tokio::test]
async fn values_are_bound_by_position_and_by_name_and_never_read_as_sql() {
    let world = World::new();
    let pool = world.pool(LONG, few()).await;
    let sql = "SELECT count(*) AS n FROM scores WHERE period = $1 AND count > $2";
    let values =
        Parameters::Positional(vec![Parameter::Text("2018".into()), Parameter::Integer(0)]);
    assert_eq!(
        with(&pool, sql, values).await.unwrap(),
        json!([{"n": PLACES}])
    );
    let sql = "SELECT $name AS name, $day AS day, $cell AS cell";
    let hostile = "'; DROP TABLE scores; --";
    let values = Parameters::Named(
        [
            ("name".to_owned(), Parameter::Text(hostile.into())),
            (
                "day".to_owned(),
                Parameter::Typed(TypedParameter::Date("2024-01-31".into())),
            ),
            (
                "cell".to_owned(),
                Parameter::Typed(TypedParameter::H3("8560925bfffffff".into())),
            ),
        ]
        .into(),
    );
    assert_eq!(
        with(&pool, sql, values).await.unwrap(),
        json!([{"name": hostile, "day": "2024-01-31", "cell": 0x0856_0925_bfff_ffff_u64.to_string()}])
    );
    let too_few = Parameters::Positional(vec![Parameter::Integer(1)]);
    let refused = with(&pool, "SELECT $1, $2", too_few).await.unwrap_err();
    assert_eq!(refused, Refusal::Parameters);
}

#[tokio::test]
async fn a_query_can_be_described_without_running_it() {
    let world = World::new();
    let pool = world.pool(LONG, few()).await;
    let mut query = Query::new("SELECT rate FROM scores WHERE period = $1");
    query.describe = true;
    let answer = pool.query("somebody", query).await.unwrap();
    let started = answer.started().clone();
    assert_eq!(started.columns, [("rate".into(), "Float64".into(), true)]);
    assert_eq!(started.placeholders.len(), 1);
    assert_eq!(started.placeholders[0].0, "$1");
    assert_eq!(answer.collect().await.unwrap().1.rows, 0);
    let mut query = Query::new("SELECT $1::BIGINT + 1 AS next");
    query.describe = true;
    let answer = pool.query("somebody", query).await.unwrap();
    let expected = [("$1".to_owned(), Some("Int64".to_owned()))];
    assert_eq!(answer.started().placeholders, expected);
}

#[tokio::test]
async fn a_worker_makes_vector_tiles() {
    let world = World::new();
    let pool = world.pool(LONG, few()).await;
    let sql = "SELECT st_asmvt(named_struct('geometry', st_asmvtgeom(st_transform( \
               st_point(70 + population / 1e6, 20.0), 3857), st_tileenvelope(0, 0, 0)), 'name', \
               name), 'places') AS tile FROM places";
    let answer = rows(&pool, sql).await.unwrap();
    // Bytes are hexadecimal in JSON; each place has its name in them.
    let tile = answer[0]["tile"].as_str().unwrap();
    assert!(tile.len() > 2 * 8 * PLACES, "{} digits", tile.len());
}

#[tokio::test]
async fn the_same_query_gives_the_same_bytes_in_every_format() {
    let world = World::new();
    let pool = world.pool(LONG, few()).await;
    let sql = "SELECT theme, period, sum(rate) AS rate, avg(rate) OVER () AS mean FROM \
               scores GROUP BY theme, period, rate";
    for format in Format::ALL {
        let mut answers = Vec::new();
        for _ in 0..2 {
            let mut query = Query::new(sql);
            query.format = format;
            let answer = pool.query("somebody", query).await.unwrap();
            answers.push(answer.collect().await.unwrap().0);
        }
        assert!(!answers[0].is_empty());
        assert!(answers[0] == answers[1], "{format:?}");
    }
}

#[tokio::test]
async fn too_many_rows_and_too_many_bytes_are_told_by_name() {
    let world = World::new();
    let pool = world.pool(LONG, few()).await;
    let mut query = Query::new("SELECT * FROM scores");
    query.limits.rows = 10;
    let refused = collected(&pool, query).await.unwrap_err();
    let expected = Refusal::Limit {
        limit: Limit::Rows,
        most: 10,
    };
    assert_eq!(refused, expected);
    let mut query = Query::new("SELECT * FROM scores");
    query.limits.answer_bytes = 100_000;
    let refused = collected(&pool, query).await.unwrap_err();
    let expected = Refusal::Limit {
        limit: Limit::AnswerBytes,
        most: 100_000,
    };
    assert_eq!(refused, expected);
    // A request cannot lift what the pool sets.
    let refused = collected(&pool, Query::new("SELECT a.rate FROM scores a, scores b"));
    assert!(matches!(refused.await.unwrap_err(), Refusal::Limit { .. }));
}

async fn collected(pool: &safeground_sql::pool::Pool, query: Query) -> Result<Vec<u8>, Refusal> {
    Ok(pool.query("somebody", query).await?.collect().await?.0)
}

/// Rows of [`MUCH_TO_SORT`].
const ROWS_TO_SORT: usize = 50 * PLACES * PERIODS;

/// Rows of which the engine counts a hundred megabytes until they are in order:
/// each with five texts and a number, and all of that twice. Without a limit on
/// rows, since the highest few of many are found without sorting them.
const MUCH_TO_SORT: &str = "SELECT a.unit_id, a.period, a.theme, a.layer, a.status, \
     a.rate * b.value AS weighted FROM generate_series(1, 50) b, scores a ORDER BY weighted";

/// Sorts it with 64 MiB for the engine and so much for temporary files. Gives
/// the answer, and the most bytes that were seen in temporary files.
async fn sorted(world: &World, temporary_bytes: u64) -> (Result<Vec<u8>, Refusal>, u64) {
    let worker = WorkerLimits::new(128 << 20, 60, temporary_bytes, GateLimits::default());
    let query = QueryLimits {
        rows: ROWS_TO_SORT as u64,
        answer_bytes: 256 << 20,
        deadline: LONG,
    };
    let pool = world.pool_of(few(), query, worker.unwrap()).await;
    let mut most = 0;
    let mut asked = std::pin::pin!(collected(&pool, Query::new(MUCH_TO_SORT)));
    loop {
        tokio::select! {
            answered = &mut asked => return (answered, most),
            () = tokio::time::sleep(Duration::from_millis(10)) => {
                most = most.max(bytes_below(world.temporary.path()));
            }
        }
    }
}

/// Bytes in the files below a folder.
fn bytes_below(folder: &Path) -> u64 {
    // What is gone between two looks has no bytes.
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(found) if found.is_dir() => bytes_below(&entry.path()),
            Ok(found) => found.len(),
            Err(_) => 0,
        })
        .sum()
}

/// Whether workers can have temporary files here.
async fn has_temporary_files(world: &World) -> bool {
    let has = world.pool(LONG, few()).await.confinement().temporary_files;
    if !has {
        eprintln!("skipped: without Landlock there are no temporary files");
    }
    has
}

#[tokio::test]
async fn what_does_not_fit_in_memory_is_sorted_on_disk() {
    let world = World::new();
    if !has_temporary_files(&world).await {
        return;
    }
    let (answered, most) = sorted(&world, 512 << 20).await;
    let bytes = answered.unwrap();
    let reader = StreamReader::try_new(&bytes[..], None).unwrap();
    let mut rows = 0;
    let mut before = f64::NEG_INFINITY;
    for batch in reader.map(Result::unwrap) {
        rows += batch.num_rows();
        let weighted = batch.column_by_name("weighted").unwrap();
        for value in weighted.as_primitive::<Float64Type>().values() {
            assert!(before <= *value, "{before} stands before {value}");
            before = *value;
        }
    }
    assert_eq!(rows, ROWS_TO_SORT);
    assert!(most > 1 << 20, "{most} bytes were seen on disk");
    // The folder of a worker goes with it, and the pool with its last query.
    let mut looks = 0;
    while std::fs::read_dir(world.temporary.path()).unwrap().count() > 0 {
        looks += 1;
        assert!(looks < 500, "a folder stays");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// This is how `safeground` runs workers; and the control of the test above.
#[tokio::test]
async fn what_does_not_fit_in_memory_is_refused_where_there_is_no_disk() {
    let world = World::new();
    let (answered, most) = sorted(&world, 0).await;
    let refused = answered.unwrap_err();
    assert!(
        matches!(
            refused,
            Refusal::Limit {
                limit: Limit::MemoryBytes,
                ..
            }
        ),
        "{refused}"
    );
    assert_eq!(most, 0);
}

#[tokio::test]
async fn what_does_not_fit_on_disk_either_is_refused_by_name() {
    let world = World::new();
    if !has_temporary_files(&world).await {
        return;
    }
    let (answered, most) = sorted(&world, 1 << 20).await;
    let expected = Refusal::Limit {
        limit: Limit::TemporaryBytes,
        most: 1 << 20,
    };
    assert_eq!(answered.unwrap_err(), expected);
    assert!(most <= 1 << 20, "{most} bytes were seen on disk");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_leaves_takes_its_worker_along() {
    let world = World::new();
    let pool = world.pool(LONG, few()).await;
    let query = Query::new("SELECT a.unit_id, b.rate FROM scores a, scores b");
    let mut answer = pool.query("somebody", query).await.unwrap();
    let id = answer.worker_id().unwrap();
    assert!(answer.next().await.unwrap().is_ok());
    assert!(workers().iter().any(|(worker, _)| *worker == id));
    drop(answer);
    let mut looks = 0;
    while workers().iter().any(|(worker, _)| *worker == id) {
        looks += 1;
        assert!(looks < 500, "the worker lives on");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pool_changes_to_another_release_and_ends_with_its_owner() {
    let (world, next) = (World::new(), World::beside("fedcba9876543210"));
    let pool = world.pool(LONG, few()).await;
    let before = pool.query("a", Query::new("SELECT 1")).await.unwrap();
    pool.replace(next.released.clone()).await.unwrap();
    let after = pool.query("a", Query::new("SELECT 1")).await.unwrap();
    assert_eq!(before.release_id(), "0123456789abcdef");
    assert_eq!(after.release_id(), "fedcba9876543210");
    assert_eq!(pool.release_id(), "fedcba9876543210");
    assert!(before.collect().await.is_ok() && after.collect().await.is_ok());
    // Each query took one worker, which ends a moment after it has answered;
    // nothing of the old release is left waiting.
    let old = world.folder.path().to_str().unwrap();
    let mut looks = 0;
    while let Some(held) = workers().iter().find_map(|(id, _)| held_below(*id, old)) {
        looks += 1;
        assert!(looks < 500, "{held:?} stays open");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A file below a folder that a process holds open.
fn held_below(process: u32, folder: &str) -> Option<std::path::PathBuf> {
    std::fs::read_dir(format!("/proc/{process}/fd"))
        .ok()?
        .flatten()
        .filter_map(|handle| std::fs::read_link(handle.path()).ok())
        .find(|held| held.starts_with(folder))
}

#[test]
fn a_table_that_is_not_the_one_listed_is_not_opened() {
    use safeground_privacy::Released;
    use safeground_sql::{ReleasedTables, ReleasedTablesError};
    let world = World::new();
    let path = world.folder.path().join("scores.parquet");
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let manifest = world.released.manifest().clone();
    let manifest = Released::reopen(manifest, |_| Ok::<_, ()>(())).unwrap();
    let refused = ReleasedTables::open(world.folder.path(), &manifest).unwrap_err();
    assert!(matches!(refused, ReleasedTablesError::Differs { .. }));
}
