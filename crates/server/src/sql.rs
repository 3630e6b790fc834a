//! SQL over the releases that are served: one pool of confined workers for
//! each audience, and one for each part of its release that a token opens,
//! started with its first query.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use std::time::Duration;

use safeground_engine::release::{ReleaseData, Store, open_trusted};
use safeground_privacy::{Audience, Released};
use safeground_sql::gate::GateLimits;
use safeground_sql::pool::{Pool, PoolError, PoolParams, Program, Turns};
use safeground_sql::{PartOfRelease, QueryLimits, ReleasedTables, WorkerLimits};
use tokio::sync::{Mutex, OnceCell};

use crate::auth::Peer;
use crate::error::ServerError;
use crate::problem::Problem;
use crate::view::{View, narrow_tables};

/// Most pools for parts of releases; one that is asked again is made again.
const MOST_PARTS: usize = 16;

/// Workers that wait ready for each audience.
const WARM: usize = 2;

/// Time on a processor in which small queries are answered: much more of it
/// where the build is not optimised.
const FRESH_FOR: Duration = Duration::from_millis(if cfg!(debug_assertions) { 2_000 } else { 150 });

/// Pools of workers by audience, and by part.
#[derive(Debug)]
pub(crate) struct SqlPools {
    program: Option<Program>,
    limits: QueryLimits,
    root: PathBuf,
    trusted_key: Option<String>,
    pools: Mutex<BTreeMap<Audience, Pool>>,
    parts: StdMutex<Parts>,
}

/// Audience, release and part.
type PartKey = (Audience, String, String);

/// Pools for parts, the one that was asked least recently first.
type Parts = Vec<(PartKey, Arc<OnceCell<Pool>>)>;

impl SqlPools {
    /// Pools over the releases of a folder; none takes queries without a
    /// program that workers are. `limits` are those of one query.
    pub(crate) fn new(
        root: PathBuf,
        trusted_key: Option<String>,
        program: Option<Program>,
        limits: QueryLimits,
    ) -> Self {
        Self {
            program,
            limits,
            root,
            trusted_key,
            pools: Mutex::default(),
            parts: StdMutex::default(),
        }
    }

    /// The pool of a view: of the release, or of the part of it that a scope
    /// opens, whose workers hold no row of the rest. A pool of an older release
    /// moves on to this one; its queries end as they began.
    ///
    /// Turns of all parts are counted with those of the whole.
    ///
    /// # Errors
    /// [`Problem::NoRoute`] where no queries are taken.
    pub(crate) async fn of(&self, view: &View) -> Result<Pool, Problem> {
        let program = self.program.as_ref().ok_or(Problem::NoRoute)?;
        let whole = self.whole(view, program).await?;
        if view.part.is_everything() {
            return Ok(whole);
        }
        let cell = self.part(view);
        let pool = cell.get_or_try_init(async || {
            let tables = self.tables(view).await?;
            whole
                .beside(tables)
                .await
                .map_err(|error| failed(view, &error))
        });
        pool.await.cloned()
    }

    /// The pool of the whole release of a view.
    async fn whole(&self, view: &View, program: &Program) -> Result<Pool, Problem> {
        let mut pools = self.pools.lock().await;
        let known = pools.get(&view.audience);
        if let Some(pool) = known.filter(|pool| pool.release_id() == view.release_id()) {
            return Ok(pool.clone());
        }
        let tables = self.opened(view, |folder, released| {
            ReleasedTables::open(folder, &released.map(|data| data.manifest))
                .map_err(|error| error.to_string())
        });
        let tables = tables.await?;
        if let Some(pool) = known {
            let replaced = pool.replace(tables).await;
            replaced.map_err(|error| failed(view, &error))?;
            return Ok(pool.clone());
        }
        let params = params(program.clone(), self.limits).map_err(|error| failed(view, &error))?;
        let pool = Pool::start(params, tables).await;
        let pool = pool.map_err(|error| failed(view, &error))?;
        pools.insert(view.audience, pool.clone());
        Ok(pool)
    }

    /// The place of the pool of a part. Parts of older releases of its audience
    /// are forgotten, and so is the one asked least recently where there are
    /// too many; queries that run there end as they began.
    fn part(&self, view: &View) -> Arc<OnceCell<Pool>> {
        let key = (
            view.audience,
            view.release_id().to_owned(),
            view.scope.clone(),
        );
        // Whole at every moment the lock is free.
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        parts.retain(|((audience, release, _), _)| *audience != key.0 || *release == key.1);
        let known = parts.iter().position(|(known, _)| *known == key);
        let entry = match known {
            Some(place) => parts.remove(place),
            None => (key, Arc::default()),
        };
        if parts.len() >= MOST_PARTS {
            parts.remove(0);
        }
        let cell = Arc::clone(&entry.1);
        parts.push(entry);
        cell
    }

    /// The tables of a part, cut as for all other routes before anything is
    /// handed to a worker.
    async fn tables(&self, view: &View) -> Result<Arc<ReleasedTables>, Problem> {
        let scope = view.part.clone();
        self.opened(view, move |_, released| {
            let part = released.map(|data| {
                let data = narrow_tables(data, &scope)?;
                let by_class = data.breakdowns.map(|rows| ("breakdowns", rows));
                let tables = [("places", data.places), ("scores", data.scores)];
                Ok::<_, ServerError>(PartOfRelease {
                    manifest: data.manifest,
                    tables: tables
                        .into_iter()
                        .chain(by_class)
                        .map(|(name, rows)| (name.to_owned(), rows))
                        .collect(),
                })
            });
            let part = part.transpose().map_err(|error| error.to_string())?;
            ReleasedTables::of_part(&part).map_err(|error| error.to_string())
        })
        .await
    }

    /// Opens the release of a view anew, checked against its signature, and
    /// takes tables from it.
    async fn opened(
        &self,
        view: &View,
        take: impl FnOnce(&Path, Released<ReleaseData>) -> Result<Arc<ReleasedTables>, String>
        + Send
        + 'static,
    ) -> Result<Arc<ReleasedTables>, Problem> {
        let (root, key) = (self.root.clone(), self.trusted_key.clone());
        let (audience, id) = (view.audience, view.release_id().to_owned());
        let opened = tokio::task::spawn_blocking(move || {
            let folder = Store::new(&root)
                .folder(audience.as_str(), &id)
                .map_err(|error| error.to_string())?;
            let released = open_trusted(&root, audience, &id, key.as_deref())
                .map_err(|error| error.to_string())?;
            take(&folder, released)
        });
        let opened = opened.await.map_err(|_| Problem::Internal)?;
        opened.map_err(|error| {
            tracing::error!(%audience, error, "the tables of a release cannot be opened");
            Problem::Internal
        })
    }
}

/// No worker starts.
fn failed(view: &View, error: &PoolError) -> Problem {
    tracing::error!(audience = %view.audience, %error, "no SQL can be answered");
    Problem::Sql(safeground_sql::Refusal::Unavailable)
}

/// Whose turns and limits count, by whatever way a query comes in: those of the
/// token, or of the client where none is needed.
pub(crate) fn identity(token: &str, peer: Peer) -> String {
    match token {
        "" => format!("{peer:?}"),
        token => format!("token {token}"),
    }
}

fn params(program: Program, limits: QueryLimits) -> Result<PoolParams, PoolError> {
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
    PoolParams::new(program, WARM, turns, limits, worker)
}
