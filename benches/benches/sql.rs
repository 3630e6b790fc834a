//! What it costs to give every query a process of its own, and what others
//! notice of hostile ones.
//!
//! A small query over the demo's research release: with a worker that waits
//! (warm), with one that is started for it (cold), and in this process without
//! any wall, as the figure to compare with; then the same query, and the
//! server's health, while sixteen users ask what never ends: asked by somebody
//! else, and by one of them.
//!
//! Then what is promised, figure beside bar: where an optimised build misses
//! one, the bench fails. It is left out where a filter asks for something else
//! than `sql/bars`.
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
    linux::main()
}

#[cfg(target_os = "linux")]
mod linux {
    use std::path::Path;
    use std::process::ExitCode;
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
    use safeground_sql::{Limit, QueryLimits, Refusal, ReleasedTables, WorkerLimits};
    use tokio::task::JoinHandle;
    use tower::ServiceExt as _;

    /// The argument that makes this program a worker.
    pub const WORKER: &str = "sql-worker";

    const SMALL: &str = "SELECT theme, avg(eb_rate) AS rate FROM scores WHERE layer = 'district' \
                         GROUP BY theme ORDER BY theme";

    const HOSTILE: &str =
        "SELECT count(*) FROM scores a, scores b, scores c WHERE a.rate < b.rate + c.rate";

    const HOSTILE_USERS: usize = 16;

    /// Time that a query of this bench has.
    const DEADLINE: Duration = Duration::from_secs(2);

    /// The name by which a filter asks for [`bars`].
    const BARS: &str = "sql/bars";

    /// Small queries that a bar looks at, one after the other.
    const ASKED: usize = 200;

    /// Pause before each, as between the queries of people.
    const PAUSE: Duration = Duration::from_millis(100);

    /// How long hostile users ask before a bar counts: by then all of them are
    /// remembered as users of long queries.
    const REMEMBERED: Duration = Duration::from_secs(10);

    pub fn main() -> ExitCode {
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
        if !asks_for_bars() || demo.runtime.block_on(bars(&demo, &tables)) == 0 {
            return ExitCode::SUCCESS;
        }
        if cfg!(debug_assertions) {
            println!("bars count in optimised builds only");
            return ExitCode::SUCCESS;
        }
        ExitCode::FAILURE
    }

    /// Whether this is a bench, and no filter or option asks for something
    /// else.
    fn asks_for_bars() -> bool {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let (bench, others): (Vec<_>, Vec<_>) = arguments
            .iter()
            .partition(|argument| *argument == "--bench");
        !bench.is_empty()
            && others
                .into_iter()
                .all(|filter| BARS.contains(filter.as_str()))
    }

    /// Figures, each held against its bar.
    #[derive(Default)]
    struct Bars {
        missed: usize,
    }

    impl Bars {
        fn hold(&mut self, what: &str, figure: Duration, bar: Duration) {
            let is_missed = figure > bar;
            self.missed += usize::from(is_missed);
            println!(
                "{what:<64} {:>8.1} ms, bar {:>6.1} ms{}",
                milliseconds(figure),
                milliseconds(bar),
                if is_missed { ": MISSED" } else { "" }
            );
        }
    }

    fn milliseconds(time: Duration) -> f64 {
        time.as_secs_f64() * 1e3
    }

    /// Measures what is promised, and returns how many bars are missed.
    async fn bars(demo: &Demo, tables: &Arc<ReleasedTables>) -> usize {
        println!("\n{BARS}");
        let mut bars = Bars::default();
        let calm = pool(2, tables).await;
        let alone = small_ones(&calm, ASKED).await;
        bars.hold(
            "a small query, a worker waits: median",
            share_of(&alone, 0.5),
            Duration::from_millis(20),
        );
        let mut slowest = Duration::ZERO;
        for bomb in bombs() {
            for _ in 0..10 {
                tokio::time::sleep(PAUSE).await;
                slowest = slowest.max(refused(&calm, &bomb).await);
            }
        }
        bars.hold(
            "a statement too long or too deep is refused: slowest",
            slowest,
            Duration::from_millis(50),
        );
        for endless in ENDLESS {
            let took = killed(&calm, endless).await;
            let bar = DEADLINE + Duration::from_secs(1);
            bars.hold("a query without end is answered", took, bar);
        }
        drop(calm);

        let pool = pool(2, tables).await;
        let state = AppState::new(&demo.folder("releases"), Config::default());
        state.refresh().await;
        let app = app(state);
        let hostile = hostile_users(demo, &pool);
        let began = Instant::now();
        let mut at_first = Vec::new();
        while began.elapsed() < REMEMBERED {
            at_first.extend(small_ones(&pool, 1).await);
        }
        at_first.sort_unstable();
        let what = "a small query, sixteen users have just begun: 99 of 100";
        let figure = milliseconds(share_of(&at_first, 0.99));
        println!("{what:<64} {figure:>8.1} ms, no bar");
        let mut health = Duration::ZERO;
        for _ in 0..ASKED {
            let began = Instant::now();
            healthy(app.clone()).await;
            health = health.max(began.elapsed());
            tokio::time::sleep(PAUSE / 10).await;
        }
        let beside = small_ones(&pool, ASKED).await;
        hostile.iter().for_each(JoinHandle::abort);
        bars.hold(
            "health beside sixteen hostile users: slowest",
            health,
            Duration::from_millis(100),
        );
        bars.hold(
            "a small query beside them: 99 of 100, twice that of alone",
            share_of(&beside, 0.99),
            2 * share_of(&alone, 0.99),
        );
        bars.missed
    }

    /// Queries that end at their deadline.
    const ENDLESS: [&str; 2] = [
        HOSTILE,
        "SELECT sum(a.value * b.value) FROM generate_series(1, 1000000) a, \
         generate_series(1, 1000000) b",
    ];

    /// Statements that would overflow a stack or fill a memory while they are
    /// parsed or planned.
    fn bombs() -> [String; 6] {
        [
            format!("SELECT {}1", "1+".repeat(20_000)),
            format!("SELECT {}1", "1+".repeat(3_000)),
            format!("SELECT {}true", "true AND ".repeat(6_000)),
            format!("{}SELECT 1", "SELECT 1 UNION ALL ".repeat(3_000)),
            format!("SELECT {}1{}", "(".repeat(20_000), ")".repeat(20_000)),
            "EXPLAIN SELECT repeat('a', 2000000000)".to_owned(),
        ]
    }

    /// Times of small queries of somebody who asks nothing else, sorted.
    async fn small_ones(pool: &Pool, number: usize) -> Vec<Duration> {
        let mut times = Vec::with_capacity(number);
        for _ in 0..number {
            tokio::time::sleep(PAUSE).await;
            times.push(asked(pool, "small").await);
        }
        times.sort_unstable();
        times
    }

    /// The time that so many of all keep to.
    fn share_of(sorted: &[Duration], share: f64) -> Duration {
        let kept = (share * sorted.len() as f64).ceil() as usize;
        sorted[kept.clamp(1, sorted.len()) - 1]
    }

    async fn refused(pool: &Pool, sql: &str) -> Duration {
        let began = Instant::now();
        let answer = pool.query("bombs", Query::new(sql)).await;
        let took = began.elapsed();
        assert!(answer.is_err(), "a bomb passed");
        took
    }

    async fn killed(pool: &Pool, sql: &str) -> Duration {
        let began = Instant::now();
        let ended = match pool.query("endless", Query::new(sql)).await {
            Ok(answer) => answer.collect().await.map(|_| ()),
            Err(refusal) => Err(refusal),
        };
        let took = began.elapsed();
        let limit = Refusal::Limit {
            limit: Limit::Seconds,
            most: DEADLINE.as_secs(),
        };
        assert_eq!(ended, Err(limit), "{sql}");
        took
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
        let hostile = hostile_users(demo, &pool);
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
        hostile.iter().for_each(JoinHandle::abort);
    }

    /// Users who each ask what never ends, and ask again.
    fn hostile_users(demo: &Demo, pool: &Pool) -> Vec<JoinHandle<()>> {
        let users = (0..HOSTILE_USERS).map(|user| {
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
        });
        users.collect()
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
            deadline: DEADLINE,
            ..QueryLimits::default()
        };
        let params = PoolParams::new(program, warm, turns, query, WorkerLimits::default());
        let params = params.expect("these are limits");
        Pool::start(params, Arc::clone(tables))
            .await
            .expect("a worker starts")
    }
}
