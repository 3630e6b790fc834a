//! SQL over the releases that are served: one pool of confined workers for
//! each audience, started with its first query.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use safeground_engine::release::{Store, open_trusted};
use safeground_privacy::Audience;
use safeground_sql::gate::GateLimits;
use safeground_sql::pool::{Pool, PoolParams, Program, Turns};
use safeground_sql::{QueryLimits, ReleasedTables, WorkerLimits};
use tokio::sync::Mutex;

use crate::auth::Peer;
use crate::problem::Problem;
use crate::view::View;

/// Workers that wait ready for each audience.
const WARM: usize = 2;

/// The most that one query may take: below the limit of requests, so that it
/// is the query's own limit that is told.
const QUERY: QueryLimits = QueryLimits {
    rows: 1_000_000,
    answer_bytes: 256 << 20,
    deadline: Duration::from_secs(25),
};

/// Time on a processor in which small queries are answered: much more of it
/// where the build is not optimised.
const FRESH_FOR: Duration = Duration::from_millis(if cfg!(debug_assertions) { 2_000 } else { 150 });

/// Pools of workers by audience.
#[derive(Debug)]
pub(crate) struct SqlPools {
    program: Option<Program>,
    root: PathBuf,
    trusted_key: Option<String>,
    pools: Mutex<BTreeMap<Audience, Pool>>,
}

impl SqlPools {
    /// Pools over the releases of a folder; none takes queries without a
    /// program that workers are.
    pub(crate) fn new(
        root: PathBuf,
        trusted_key: Option<String>,
        program: Option<Program>,
    ) -> Self {
        Self {
            program,
            root,
            trusted_key,
            pools: Mutex::default(),
        }
    }

    /// The pool of the release of a view. A pool of an older release moves on
    /// to this one; its queries end as they began.
    ///
    /// # Errors
    /// [`Problem::OutOfScope`] for a part of a release: a query may ask for
    /// anything in it. [`Problem::NoRoute`] where no queries are taken.
    pub(crate) async fn of(&self, view: &View) -> Result<Pool, Problem> {
        let program = self.program.as_ref().ok_or(Problem::NoRoute)?;
        if !view.scope.is_empty() {
            return Err(Problem::OutOfScope);
        }
        let mut pools = self.pools.lock().await;
        let known = pools.get(&view.audience);
        if let Some(pool) = known.filter(|pool| pool.release_id() == view.release_id()) {
            return Ok(pool.clone());
        }
        let tables = self.tables(view).await?;
        let failed = |error: safeground_sql::pool::PoolError| {
            tracing::error!(audience = %view.audience, %error, "no SQL can be answered");
            Problem::Sql(safeground_sql::Refusal::Unavailable)
        };
        if let Some(pool) = known {
            pool.replace(tables).await.map_err(failed)?;
            return Ok(pool.clone());
        }
        let params = params(program.clone()).map_err(failed)?;
        let pool = Pool::start(params, tables).await.map_err(failed)?;
        pools.insert(view.audience, pool.clone());
        Ok(pool)
    }

    /// Opens the tables of a release anew, checked against its signature.
    async fn tables(&self, view: &View) -> Result<Arc<ReleasedTables>, Problem> {
        let (root, key) = (self.root.clone(), self.trusted_key.clone());
        let (audience, id) = (view.audience, view.release_id().to_owned());
        let opened = tokio::task::spawn_blocking(move || {
            let folder = Store::new(&root)
                .folder(audience.as_str(), &id)
                .map_err(|error| error.to_string())?;
            let released = open_trusted(&root, audience, &id, key.as_deref())
                .map_err(|error| error.to_string())?;
            let manifest = released.map(|data| data.manifest);
            ReleasedTables::open(&folder, &manifest).map_err(|error| error.to_string())
        });
        let opened = opened.await.map_err(|_| Problem::Internal)?;
        opened.map_err(|error| {
            tracing::error!(%audience, error, "the tables of a release cannot be opened");
            Problem::Internal
        })
    }
}

/// Whose turns and limits count, by whatever way a query comes in: those of the
/// token, or of the client where none is needed.
pub(crate) fn identity(token: &str, peer: Peer) -> String {
    match token {
        "" => format!("{peer:?}"),
        token => format!("token {token}"),
    }
}

fn params(program: Program) -> Result<PoolParams, safeground_sql::pool::PoolError> {
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let turns = Turns {
        running: cores.max(2),
        running_of_one: cores.div_ceil(2).max(1),
        queries_of_one: 8,
        waiting: 64,
        wait: Duration::from_secs(10),
        fresh: cores.max(2),
        fresh_for: FRESH_FOR,
    };
    let worker = WorkerLimits::new(1 << 30, 30, 0, GateLimits::default())
        .expect("a gibibyte and half a minute are limits");
    PoolParams::new(program, WARM, turns, QUERY, worker)
}
