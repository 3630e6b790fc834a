//! Workers kept ready, handed out in fair turns, killed at the deadline.

mod answer;
mod process;
mod schedule;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::format::{Format, TextTypes};
use crate::gate::check_text;
use crate::limits::{QueryLimits, WorkerLimits};
use crate::refusal::Refusal;
use crate::release::ReleasedTables;
use crate::session::{ArrowRow, Parameters, TableEntry};
use crate::worker::Confinement;
use crate::worker::wire::{Ready, Request};

pub use answer::Answer;
use answer::{Asked, Beginning, Fresh, too_late};
pub use process::Program;
use process::Worker;
pub use schedule::Turns;
use schedule::{Schedule, Turn};

/// What a worker gets beyond its deadline to tell that it has passed.
const GRACE: Duration = Duration::from_millis(500);

/// Pause after a worker could not be started.
const START_AGAIN: Duration = Duration::from_secs(1);

/// How a pool works.
#[derive(Debug, Clone)]
pub struct PoolParams {
    program: Program,
    warm: usize,
    turns: Turns,
    query: QueryLimits,
    worker: WorkerLimits,
    temporary: Option<PathBuf>,
}

/// Why a pool cannot work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PoolError {
    /// A number that must not be zero.
    #[error("{what} must be at least 1 (got 0)")]
    Zero {
        /// Which.
        what: &'static str,
    },
    /// No time.
    #[error("the deadline of a query must be more than no time")]
    Deadline,
    /// The first worker did not get ready.
    #[error("no SQL worker can be started ({0}): check the program, the kernel and the release")]
    Start(#[source] std::io::Error),
}

impl PoolParams {
    /// A pool of workers that are `program`, of which `warm` wait ready beyond
    /// those at work, with turns and limits.
    ///
    /// Temporary files, if the limits of workers allow any, go to folders under
    /// `temporary`; without one there are none.
    ///
    /// # Errors
    /// [`PoolError::Zero`], [`PoolError::Deadline`].
    pub fn new(
        program: Program,
        warm: usize,
        turns: Turns,
        query: QueryLimits,
        worker: WorkerLimits,
    ) -> Result<Self, PoolError> {
        for (what, number) in [
            ("the number of queries that run", turns.running),
            (
                "the number of queries of one user that run",
                turns.running_of_one,
            ),
            ("the number of queries of one user", turns.queries_of_one),
            ("the number of fresh queries", turns.fresh),
        ] {
            if number == 0 {
                return Err(PoolError::Zero { what });
            }
        }
        if query.deadline.is_zero() {
            return Err(PoolError::Deadline);
        }
        Ok(Self {
            program,
            warm,
            turns,
            query,
            worker,
            temporary: None,
        })
    }

    /// Lets workers write temporary files to folders under this one, which
    /// must exist and be this user's alone.
    ///
    /// A worker then may open files, in its own folder; without this it may
    /// open none at all, which is how `safeground` runs them. What it wrote is
    /// as readable on the disk as the release is, and stays there if this
    /// process is killed.
    #[must_use]
    pub fn with_temporary(mut self, folder: PathBuf) -> Self {
        self.temporary = Some(folder);
        self
    }
}

/// A query with its values.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// Text, one statement.
    pub sql: String,
    /// Values for its placeholders.
    pub parameters: Parameters,
    /// Values that came as Arrow data, instead of `parameters`.
    pub row: Option<ArrowRow>,
    /// Format of the answer.
    pub format: Format,
    /// Types of texts in Arrow and Parquet.
    pub texts: TextTypes,
    /// Limits; the pool's where they are smaller.
    pub limits: QueryLimits,
    /// Plan only: the answer has columns, open placeholders and no rows.
    pub describe: bool,
}

impl Query {
    /// A query without values, answered as an Arrow stream within the limits
    /// of its pool.
    #[must_use]
    pub fn new(sql: impl Into<String>) -> Self {
        Self {
            sql: sql.into(),
            parameters: Parameters::default(),
            row: None,
            format: Format::Arrow,
            texts: TextTypes::Classic,
            limits: QueryLimits {
                rows: u64::MAX,
                answer_bytes: u64::MAX,
                deadline: Duration::MAX,
            },
            describe: false,
        }
    }
}

/// A pool of workers over the tables of one release.
///
/// Memory of the parent: a few frames of each answer. Cloning shares the pool;
/// dropping the last clone ends its idle workers.
#[derive(Debug, Clone)]
pub struct Pool {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    params: PoolParams,
    schedule: Arc<Schedule>,
    warm: Mutex<Warm>,
    refill: Notify,
}

/// Workers that wait, all of the release that is served.
#[derive(Debug)]
struct Warm {
    released: Arc<ReleasedTables>,
    ready: Arc<Ready>,
    workers: VecDeque<Worker>,
}

impl Pool {
    /// Starts a pool, and a first worker to see that it works.
    ///
    /// Call it on the runtime that serves; it keeps a task there.
    ///
    /// # Errors
    /// [`PoolError::Start`].
    pub async fn start(
        params: PoolParams,
        released: Arc<ReleasedTables>,
    ) -> Result<Self, PoolError> {
        let schedule = Schedule::new(params.turns);
        Self::start_on(params, schedule, released).await
    }

    /// Starts a pool over other tables whose queries take turns with those of
    /// this one, as if they were asked here: limits are counted over both.
    ///
    /// It keeps no worker ready beyond the first, since there may be many such
    /// pools, each for a few users.
    ///
    /// # Errors
    /// [`PoolError::Start`].
    pub async fn beside(&self, released: Arc<ReleasedTables>) -> Result<Self, PoolError> {
        let params = PoolParams {
            warm: 0,
            ..self.inner.params.clone()
        };
        Self::start_on(params, Arc::clone(&self.inner.schedule), released).await
    }

    async fn start_on(
        params: PoolParams,
        schedule: Arc<Schedule>,
        released: Arc<ReleasedTables>,
    ) -> Result<Self, PoolError> {
        let worker = new_worker(&params, &released).await;
        let worker = worker.map_err(PoolError::Start)?;
        let inner = Arc::new(Inner {
            schedule,
            params,
            warm: Mutex::new(Warm {
                released,
                ready: Arc::clone(&worker.ready),
                workers: VecDeque::from([worker]),
            }),
            refill: Notify::new(),
        });
        tokio::spawn(keep_warm(Arc::downgrade(&inner)));
        inner.refill.notify_one();
        Ok(Self { inner })
    }

    /// Serves another release from now on. Queries that run end with the
    /// release they began with.
    ///
    /// # Errors
    /// [`PoolError::Start`]; the pool goes on with the release it has.
    pub async fn replace(&self, released: Arc<ReleasedTables>) -> Result<(), PoolError> {
        let worker = new_worker(&self.inner.params, &released).await;
        let worker = worker.map_err(PoolError::Start)?;
        let new = Warm {
            released,
            ready: Arc::clone(&worker.ready),
            workers: VecDeque::from([worker]),
        };
        let old = std::mem::replace(&mut *self.inner.warm(), new);
        drop(old);
        self.inner.refill.notify_one();
        Ok(())
    }

    /// Tables that queries may name, those of `information_schema` last.
    #[must_use]
    pub fn tables(&self) -> Vec<TableEntry> {
        self.inner.warm().ready.tables.clone()
    }

    /// Functions that queries may call, sorted: those that make values, and
    /// those that make tables.
    #[must_use]
    pub fn functions(&self) -> (Vec<String>, Vec<String>) {
        let warm = self.inner.warm();
        (
            warm.ready.functions.clone(),
            warm.ready.table_functions.clone(),
        )
    }

    /// How far workers are confined on this machine.
    #[must_use]
    pub fn confinement(&self) -> Confinement {
        self.inner.warm().ready.confinement
    }

    /// Id of the release that is served.
    #[must_use]
    pub fn release_id(&self) -> String {
        self.inner.warm().released.release_id().to_owned()
    }

    /// Asks a query for somebody. `identity` is any text that stands for a user
    /// or a group of them: turns and limits are by it.
    ///
    /// 1. The text is checked here, without a worker.
    /// 2. It waits for its turn. Who had a long query in the last minute comes
    ///    after all others, leaves them a worker that is ready, and more of the
    ///    processors.
    /// 3. A worker plans it and computes. Most answers are whole after a
    ///    moment ([`Turns::fresh_for`]).
    /// 4. What takes longer goes on with less of the processors, where one of
    ///    the turns for such queries is free. Where none is, its worker is
    ///    killed, and another begins anew when its turn comes: nothing of its
    ///    answer has been told by then.
    /// 5. The answer comes as it is read. While it is not, others have the turn
    ///    of its query.
    ///
    /// The worker is killed half a second after the deadline, and at once when
    /// the returned future or answer is dropped.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn query(&self, identity: &str, query: Query) -> Result<Answer, Refusal> {
        let inner = &self.inner;
        let gate = inner.params.worker.gate();
        check_text(&query.sql, gate)?;
        query.parameters.check(gate)?;
        query.row.as_ref().map_or(Ok(()), |row| row.check(gate))?;
        let limits = query.limits.within(inner.params.query);
        let request = Request {
            sql: query.sql,
            parameters: query.parameters,
            row: query.row,
            format: query.format,
            texts: query.texts,
            limits,
            describe: query.describe,
        };
        let turn = inner.schedule.turn(identity).await?;
        let supply = match turn.is_of_long() {
            false => Supply::Warm,
            true => Supply::Spare,
        };
        let asked = inner.ask(turn, &request, supply).await?;
        if supply == Supply::Spare {
            asked.worker.give_some_way();
        }
        let asked = match asked.fresh(inner.schedule.fresh_for()).await? {
            Fresh::Answered(answer) => return Ok(answer),
            Fresh::Long(asked) => *asked,
            Fresh::Displaced(turn) => {
                let turn = turn.again().await?;
                let asked = inner.ask(turn, &request, Supply::New).await?;
                asked.worker.give_way();
                asked
            }
        };
        asked.answered().await
    }
}

/// Where the worker of a query comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Supply {
    /// Those that wait, if any do.
    Warm,
    /// Those that wait, but for the last one, which is for users whose queries
    /// are small.
    Spare,
    /// It is started for it: a long query need not take from small ones what
    /// makes them quick.
    New,
}

impl Inner {
    /// The state is whole at every moment the lock is free, panics included.
    fn warm(&self) -> MutexGuard<'_, Warm> {
        self.warm.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks a worker.
    async fn ask(&self, turn: Turn, request: &Request, supply: Supply) -> Result<Asked, Refusal> {
        let (mut worker, release_id) = self.worker(supply).await?;
        let limits = &request.limits;
        let kill_at = Instant::now() + limits.deadline + GRACE;
        let too_late = too_late(limits.deadline_seconds());
        match tokio::time::timeout_at(kill_at, worker.ask(request)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Err(worker.cause().await),
            Err(_) => return Err(too_late),
        }
        Ok(Asked {
            worker,
            turn,
            format: request.format,
            release_id,
            kill_at,
            too_late,
            read: Beginning::default(),
        })
    }

    /// A worker and its release.
    async fn worker(&self, supply: Supply) -> Result<(Worker, String), Refusal> {
        let released = {
            let mut warm = self.warm();
            self.refill.notify_one();
            let released = Arc::clone(&warm.released);
            let left = match supply {
                Supply::Warm => 0,
                Supply::Spare => 1,
                Supply::New => usize::MAX,
            };
            while warm.workers.len() > left
                && let Some(mut worker) = warm.workers.pop_front()
            {
                if worker.is_alive() {
                    return Ok((worker, released.release_id().to_owned()));
                }
            }
            released
        };
        let worker = new_worker(&self.params, &released).await;
        let worker = worker.map_err(|error| {
            tracing::error!(kind = ?error.kind(), "a SQL worker cannot be started");
            Refusal::Unavailable
        })?;
        Ok((worker, released.release_id().to_owned()))
    }
}

async fn new_worker(params: &PoolParams, released: &ReleasedTables) -> std::io::Result<Worker> {
    let temporary = params.temporary.as_ref();
    Worker::start(&params.program, released, &params.worker, temporary).await
}

/// Starts workers until enough wait, whenever one was taken.
async fn keep_warm(pool: Weak<Inner>) {
    loop {
        let Some(inner) = pool.upgrade() else {
            return;
        };
        let missing = {
            let warm = inner.warm();
            (warm.workers.len() < inner.params.warm).then(|| Arc::clone(&warm.released))
        };
        let Some(released) = missing else {
            // The pool must be free to go while nothing is missing.
            let waiting = tokio::time::timeout(START_AGAIN, inner.refill.notified());
            // Woken or not: look again.
            let _ = waiting.await;
            continue;
        };
        match new_worker(&inner.params, &released).await {
            Ok(worker) => {
                let mut warm = inner.warm();
                // Unless another release came meanwhile.
                if Arc::ptr_eq(&warm.released, &released) {
                    warm.workers.push_back(worker);
                }
            }
            Err(error) => {
                tracing::error!(kind = ?error.kind(), "a SQL worker cannot be started");
                drop(inner);
                tokio::time::sleep(START_AGAIN).await;
            }
        }
    }
}
