//! What it costs to give every query a process of its own, and what others
//! notice of hostile ones.
//!
//! A small query over the demo's research release: with a worker that waits
//! (warm), with one that is started for it (cold), and in this process without
//! any wall, as the figure to compare with; then the same query, and the
//! server's health, while sixteen users ask what never ends: asked by somebody
//! else, and by one of them.
//!
//! `SAFEGROUND_SQL_WORKER` names another program that is a worker, such as an
//! optimised `safeground-sql-worker` beside a bench that was built quickly;
//! without it workers are this program.

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    if std::env::args().nth(1).as_deref() == Some(linux::WORKER) {
        return match safeground_sql::worker::run() {
            Ok(()) => std::process::ExitCode::SUCCESS,
            Err(_) => std::process::ExitCode::FAILURE,
        };
    }
    linux::main();
    std::process::ExitCode::SUCCESS
}

#[cfg(target_os = "linux")]
mod linux {
    use std::path::Path;
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use axum::Router;
    use axum::body::Body;
    use axum::http::{Request, StatusCode};
    use criterion::Criterion;
    use datafusion::prelude::{ParquetReadOptions, SessionContext};
    use safeground_benches::Demo;
    use safeground_engine::release::{Store, open};
    use safeground_server::{AppState, Audience, Config, app};
    use safeground_sql::pool::{Pool, PoolParams, Program, Query, Turns};
    use safeground_sql::{QueryLimits, ReleasedTables, WorkerLimits};
    use tower::ServiceExt as _;

    /// The argument that makes this program a worker.
    pub const WORKER: &str = "sql-worker";

    const SMALL: &str = "SELECT theme, avg(eb_rate) AS rate FROM scores WHERE layer = 'district' \
                         GROUP BY theme ORDER BY theme";

    const HOSTILE: &str =
        "SELECT count(*) FROM scores a, scores b, scores c WHERE a.rate < b.rate + c.rate";

    const HOSTILE_USERS: usize = 16;

    pub fn main() {
        let demo = Demo::make(1.0).expect("the demo is made");
        let releases = demo.folder("releases");
        let release = open(&releases, Audience::Research).expect("the release opens");
        let manifest = release.map(|data| data.manifest);
        let folder = Store::new(&releases)
            .folder("research", &manifest.get().release_id)
            .expect("the release has a folder");
        let tables = ReleasedTables::open(&folder, &manifest).expect("its files are those listed");
        let mut criterion = Criterion::default()
            .sample_size(30)
            .measurement_time(Duration::from_secs(10))
            .configure_from_args();
        isolation(&mut criterion, &demo, &tables, &folder);
        beside_hostile_ones(&mut criterion, &demo, &tables);
        criterion.final_summary();
    }

    fn isolation(
        criterion: &mut Criterion,
        demo: &Demo,
        tables: &Arc<ReleasedTables>,
        folder: &Path,
    ) {
        let mut group = criterion.benchmark_group("sql/a small query");
        for (name, warm) in [("cold", 0), ("warm", 2)] {
            let pool = demo.runtime.block_on(pool(warm, tables));
            group.bench_function(name, |bencher| {
                bencher.iter_custom(|times| {
                    let mut spent = Duration::ZERO;
                    for _ in 0..times {
                        spent += demo.runtime.block_on(async {
                            // A warm pool gets a moment, as it has between the
                            // queries of people; it is not counted.
                            if warm > 0 {
                                tokio::time::sleep(Duration::from_millis(300)).await;
                            }
                            asked(&pool, "bench").await
                        });
                    }
                    spent
                });
            });
        }
        let path = folder.join("scores.parquet");
        group.bench_function("without a process of its own", |bencher| {
            bencher.iter(|| demo.runtime.block_on(unconfined(&path)));
        });
        group.finish();
    }

    fn beside_hostile_ones(criterion: &mut Criterion, demo: &Demo, tables: &Arc<ReleasedTables>) {
        let pool = demo.runtime.block_on(pool(2, tables));
        let state = AppState::new(&demo.folder("releases"), Config::default());
        demo.runtime.block_on(state.refresh());
        let app = app(state);
        let hostile: Vec<_> = (0..HOSTILE_USERS)
            .map(|user| {
                let pool = pool.clone();
                demo.runtime.spawn(async move {
                    let user = format!("hostile-{user}");
                    loop {
                        let answer = pool.query(&user, Query::new(HOSTILE));
                        if let Ok(answer) = answer.await {
                            // It ends at its deadline.
                            let _ = answer.collect().await;
                        }
                    }
                })
            })
            .collect();
        let mut group = criterion.benchmark_group("sql/beside sixteen hostile queries");
        group.bench_function("health", |bencher| {
            bencher.iter(|| demo.runtime.block_on(healthy(app.clone())));
        });
        group.sample_size(10);
        for (name, user) in [
            ("a small query of another user", "bench"),
            ("a small query of one of them", "hostile-0"),
        ] {
            group.bench_function(name, |bencher| {
                bencher.iter_custom(|times| {
                    (0..times)
                        .map(|_| demo.runtime.block_on(asked(&pool, user)))
                        .sum()
                });
            });
        }
        group.finish();
        hostile.iter().for_each(tokio::task::JoinHandle::abort);
    }

    /// Time from the query to the last byte.
    async fn asked(pool: &Pool, user: &str) -> Duration {
        let began = Instant::now();
        let answer = pool.query(user, Query::new(SMALL)).await;
        let answer = answer.expect("the query passes").collect().await;
        assert!(answer.expect("it is answered").1.rows > 3);
        began.elapsed()
    }

    async fn healthy(app: Router) {
        let request = Request::get("/health").body(Body::empty());
        let response = app.oneshot(request.expect("a valid request")).await;
        assert_eq!(
            response.expect("the application answers").status(),
            StatusCode::OK
        );
    }

    async fn unconfined(path: &Path) {
        let context = SessionContext::new();
        let path = path.to_str().expect("the path is text");
        let table = context.register_parquet("scores", path, ParquetReadOptions::default());
        table.await.expect("the table is there");
        let rows = context.sql(SMALL).await.expect("the query is planned");
        assert!(!rows.collect().await.expect("it is answered").is_empty());
    }

    async fn pool(warm: usize, tables: &Arc<ReleasedTables>) -> Pool {
        let turns = Turns {
            running: 2,
            running_of_one: 1,
            queries_of_one: 8,
            waiting: 64,
            wait: Duration::from_secs(60),
            fresh: 2,
            fresh_for: Duration::from_millis(150),
        };
        let program = match std::env::var_os("SAFEGROUND_SQL_WORKER") {
            Some(path) => Program {
                path: path.into(),
                arguments: Vec::new(),
            },
            None => Program::this([WORKER]).expect("this program has a path"),
        };
        let query = QueryLimits {
            deadline: Duration::from_secs(2),
            ..QueryLimits::default()
        };
        let params = PoolParams::new(program, warm, turns, query, WorkerLimits::default());
        let params = params.expect("these are limits");
        Pool::start(params, Arc::clone(tables))
            .await
            .expect("a worker starts")
    }
}
