//! SQL over released tables: H3 and statistics functions, and the gate that
//! queries pass.
//!
//! Anybody who may read a release may ask it any question in SQL. A question
//! comes from outside and is treated as such: [`gate`] lets through what is
//! listed and nothing else; a [`worker`] process that can open, connect and
//! start nothing plans and runs it, over files that were opened for it; a
//! [`pool`] keeps workers ready, gives turns, and kills what takes too long or
//! is no longer wanted. HTTP, Flight SQL, the PostgreSQL protocol and the shell
//! all ask a pool, so they decide alike.
//!
//! ```no_run
//! # #[cfg(target_os = "linux")]
//! # async fn example(
//! #     folder: &std::path::Path,
//! #     manifest: safeground_privacy::Released<safeground_schema::release::Manifest>,
//! # ) -> Result<(), Box<dyn std::error::Error>> {
//! use std::time::Duration;
//!
//! use futures::StreamExt as _;
//! use safeground_sql::pool::{Pool, PoolParams, Program, Query, Turns};
//! use safeground_sql::{Format, Parameter, Parameters, QueryLimits, ReleasedTables, WorkerLimits};
//!
//! let turns = Turns {
//!     running: 4,
//!     running_of_one: 2,
//!     queries_of_one: 8,
//!     waiting: 64,
//!     wait: Duration::from_secs(10),
//!     fresh: 4,
//!     fresh_for: Duration::from_millis(150),
//! };
//! let program = Program::this(["sql-worker"])?;
//! let (query, worker) = (QueryLimits::default(), WorkerLimits::default());
//! let params = PoolParams::new(program, 4, turns, query, worker)?;
//! let pool = Pool::start(params, ReleasedTables::open(folder, &manifest)?).await?;
//!
//! let mut query = Query::new("SELECT unit_id, rate FROM scores WHERE theme = $1 ORDER BY rate");
//! query.parameters = Parameters::Positional(vec![Parameter::Text("trafficking".into())]);
//! query.format = Format::Csv;
//! let mut answer = pool.query("researcher-7", query).await?;
//! while let Some(bytes) = answer.next().await {
//!     let _bytes = bytes?; // an error here: the answer is cut short, and why
//! }
//! # Ok(())
//! # }
//! ```
//!
//! The program named in [`pool::Program`] calls [`worker::run`] before it
//! starts any thread.
//!
//! [`LocalSession`] asks in the caller's own process, over tables that the caller
//! hands in: for the steward at the lake, and for no server.
//!
//! Deliberately absent: a session that anybody else could open, statements that
//! change anything, paths, sockets, and reuse of a worker.

#![cfg_attr(test, allow(clippy::unwrap_used))]
// Elsewhere there are no workers, and so nobody calls what they are made of.
#![cfg_attr(not(target_os = "linux"), allow(dead_code, unused_imports))]

pub mod format;
pub mod functions;
pub mod gate;
mod geoarrow;
pub mod grouping;
mod limits;
mod local;
#[cfg(target_os = "linux")]
mod part;
#[cfg(target_os = "linux")]
pub mod pool;
mod refusal;
mod release;
mod session;
pub mod worker;

pub use format::{Format, TextTypes};
pub use limits::{QueryLimits, WorkerLimits, WorkerLimitsError};
pub use local::{LocalError, LocalPlan, LocalSession};
#[cfg(target_os = "linux")]
pub use part::PartOfRelease;
pub use refusal::{Forbidden, Limit, Position, Refusal};
pub use release::{ReleasedTables, ReleasedTablesError};
pub use session::{
    AUDIENCE, ArrowRow, ColumnEntry, MANIFEST_LINK, Parameter, Parameters, RELEASE_ID, TableEntry,
    TypedParameter,
};
