//! What it costs to give every query a process of its own.
//!
//! A small query over a made-up release: with a worker that waits (warm), with
//! one that is started for it (cold), and in this process, without any wall, as
//! the figure to compare with.

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
fn main() {
    linux::main();
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs::File;
    use std::path::Path;
    use std::sync::Arc;
    use std::time::Duration;

    use arrow::array::{Float64Array, RecordBatch, StringArray};
    use arrow::datatypes::{DataType, Field, Schema};
    use criterion::Criterion;
    use datafusion::prelude::{ParquetReadOptions, SessionContext};
    use parquet::arrow::ArrowWriter;
    use safeground_privacy::Released;
    use safeground_schema::release::{Manifest, ManifestFile};
    use safeground_sql::pool::{Pool, PoolParams, Program, Query, Turns};
    use safeground_sql::{QueryLimits, ReleasedTables, WorkerLimits};
    use sha2::{Digest as _, Sha256};
    use tokio::runtime::Runtime;

    const SQL: &str = "SELECT theme, avg(rate) AS rate FROM scores GROUP BY theme ORDER BY theme";

    const ROWS: usize = 20_000;

    pub fn main() {
        let folder = tempfile::tempdir().expect("there is a folder for temporary files");
        let released = release(folder.path());
        let runtime = Runtime::new().expect("a runtime can be started");
        let mut criterion = Criterion::default()
            .sample_size(30)
            .measurement_time(Duration::from_secs(10))
            .configure_from_args();
        let mut group = criterion.benchmark_group("a small query");
        for (name, warm) in [("cold", 0), ("warm", 2)] {
            let pool = runtime.block_on(pool(warm, Arc::clone(&released)));
            group.bench_function(name, |bencher| {
                bencher.iter_custom(|times| {
                    let mut spent = Duration::ZERO;
                    for _ in 0..times {
                        spent += runtime.block_on(asked(&pool, warm > 0));
                    }
                    spent
                });
            });
        }
        let path = folder.path().join("scores.parquet");
        group.bench_function("without a process of its own", |bencher| {
            bencher.iter(|| runtime.block_on(unconfined(&path)));
        });
        group.finish();
        criterion.final_summary();
    }

    /// Time from the query to the last byte. A warm pool gets a moment before,
    /// as it has between the queries of people; that moment is not counted.
    async fn asked(pool: &Pool, pause: bool) -> Duration {
        if pause {
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        let began = std::time::Instant::now();
        let answer = pool.query("bench", Query::new(SQL)).await;
        let answer = answer.expect("the query passes").collect().await;
        assert_eq!(answer.expect("it is answered").1.rows, 3);
        began.elapsed()
    }

    async fn unconfined(path: &Path) {
        let context = SessionContext::new();
        let path = path.to_str().expect("the path is text");
        let table = context.register_parquet("scores", path, ParquetReadOptions::default());
        table.await.expect("the table is there");
        let rows = context.sql(SQL).await.expect("the query is planned");
        let rows = rows.collect().await.expect("it is answered");
        assert_eq!(rows.iter().map(RecordBatch::num_rows).sum::<usize>(), 3);
    }

    async fn pool(warm: usize, released: Arc<ReleasedTables>) -> Pool {
        let turns = Turns {
            running: 2,
            running_of_one: 2,
            queries_of_one: 8,
            waiting: 8,
            wait: Duration::from_secs(10),
        };
        let program = Program {
            path: env!("CARGO_BIN_EXE_safeground-sql-worker").into(),
            arguments: Vec::new(),
        };
        let (query, worker) = (QueryLimits::default(), WorkerLimits::default());
        let params = PoolParams::new(program, warm, turns, query, worker);
        let params = params.expect("these are limits");
        Pool::start(params, released)
            .await
            .expect("a worker starts")
    }

    fn release(folder: &Path) -> Arc<ReleasedTables> {
        let themes = ["child_labour", "missing", "trafficking"];
        let schema = Schema::new(vec![
            Field::new("theme", DataType::Utf8, false),
            Field::new("rate", DataType::Float64, false),
        ]);
        let theme = StringArray::from_iter_values((0..ROWS).map(|row| themes[row % 3]));
        let rate = Float64Array::from_iter_values((0..ROWS).map(|row| row as f64));
        let batch = RecordBatch::try_new(Arc::new(schema), vec![Arc::new(theme), Arc::new(rate)])
            .expect("the columns have the types of the schema");
        let path = folder.join("scores.parquet");
        let file = File::create(&path).expect("the folder can be written");
        let mut writer =
            ArrowWriter::try_new(file, batch.schema(), None).expect("the schema is supported");
        writer.write(&batch).expect("the file can be written");
        writer.close().expect("the file can be written");
        let bytes = std::fs::read(path).expect("the file was written");
        let digest = Sha256::digest(&bytes);
        let manifest = Manifest {
            format: 1,
            release_id: "0123456789abcdef".into(),
            audience: "research".into(),
            data_as_of: None,
            code_version: "bench".into(),
            seed: 1,
            policy_sha256: String::new(),
            policy: serde_json::Value::Null,
            looser_than_floor: None,
            inputs: Vec::new(),
            layers: Vec::new(),
            themes: Vec::new(),
            available: Vec::new(),
            methods: Default::default(),
            noise: None,
            synthetic: true,
            caveats: Vec::new(),
            files: vec![ManifestFile {
                name: "scores.parquet".into(),
                sha256: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
                bytes: bytes.len() as u64,
            }],
        };
        let manifest = Released::reopen(manifest, |_| Ok::<_, ()>(()));
        let manifest = manifest.expect("nothing refuses it");
        ReleasedTables::open(folder, &manifest).expect("the file is the one listed")
    }
}
