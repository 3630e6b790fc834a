//! Queries of a connection: who asks is found out anew for each, so that a
//! token that was revoked asks nothing more.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::datatypes::{DataType, SchemaRef};
use pgwire::api::portal::Format;
use safeground_server::{Denied, DeniedKind, Knock, SqlCaller};
use safeground_sql::pool::{Answer, Query};
use safeground_sql::{ArrowRow, TextTypes};
use tokio::sync::watch;

use crate::cancel::Cancel;
use crate::fault::{Failure, Fault};
use crate::rows::{Rows, schema_of};
use crate::serve::Shared;

/// How queries are named in the log and the metrics.
pub(crate) const PROTOCOL: &str = "postgres";

/// What a client said of itself. It has no `Debug`, since it holds the text of
/// a token.
pub(crate) struct Visitor {
    /// The audience that it named.
    pub(crate) audience: Option<String>,
    /// Its token.
    pub(crate) token: Option<String>,
    /// Where it comes from.
    pub(crate) address: IpAddr,
}

impl Visitor {
    /// What it shows at the door.
    pub(crate) fn knock(&self) -> Knock<'_> {
        Knock {
            audience: self.audience.as_deref(),
            token: self.token.as_deref(),
            address: self.address,
        }
    }
}

/// What a query would give.
#[derive(Debug)]
pub(crate) struct Described {
    /// Its columns.
    pub(crate) schema: SchemaRef,
    /// The types of `$1`, `$2` and so on, where the query says them.
    pub(crate) placeholders: Vec<Option<DataType>>,
}

/// Asks for one connection.
pub(crate) struct Asker {
    shared: Arc<Shared>,
    visitor: Visitor,
    cancel: Cancel,
    gone: watch::Receiver<bool>,
}

impl Asker {
    /// `gone` becomes true when the client goes away.
    pub(crate) fn new(
        shared: Arc<Shared>,
        visitor: Visitor,
        cancel: Cancel,
        gone: watch::Receiver<bool>,
    ) -> Self {
        Self {
            shared,
            visitor,
            cancel,
            gone,
        }
    }

    /// Plans a query without running it.
    ///
    /// # Errors
    /// Why it is refused.
    pub(crate) async fn describe(&mut self, sql: &str) -> Result<Described, Failure> {
        let mut query = query(sql, None, None);
        query.describe = true;
        self.call("Describe", async |who| {
            let answer = who.pool.query(&who.identity, query).await?;
            let placeholders = placeholders(&answer);
            let (stream, _) = answer.collect().await?;
            Ok(Described {
                schema: schema_of(stream)?,
                placeholders,
            })
        })
        .await
    }

    /// Runs a query: its columns and first rows.
    ///
    /// # Errors
    /// Why it is refused.
    pub(crate) async fn ask(
        &mut self,
        sql: &str,
        row: Option<ArrowRow>,
        timeout: Option<Duration>,
        formats: &Format,
    ) -> Result<Rows, Failure> {
        let query = query(sql, row, timeout);
        self.call("Query", async |who| {
            let answer = who.pool.query(&who.identity, query).await?;
            Rows::begin(answer, formats).await
        })
        .await
    }

    /// Fetches the next rows of an answer. False at its end.
    ///
    /// # Errors
    /// Why the answer is not whole.
    pub(crate) async fn fetch(&mut self, rows: &mut Rows) -> Result<bool, Failure> {
        until(&mut self.cancel, &mut self.gone, rows.fetch()).await
    }

    /// The pool of the release, for what it knows without a query.
    ///
    /// # Errors
    /// Why this client may not ask.
    pub(crate) async fn caller(&mut self) -> Result<SqlCaller, Failure> {
        self.call("Catalog", async |who| Ok(who)).await
    }

    /// Does something for whoever asks, within the time of a request, unless it
    /// is stopped; logs and counts how it went.
    async fn call<T>(
        &mut self,
        name: &'static str,
        work: impl AsyncFnOnce(SqlCaller) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let start = Instant::now();
        let Self {
            shared,
            visitor,
            cancel,
            gone,
        } = self;
        let state = &shared.state;
        let limit = state.config().request_timeout;
        let mut who = None;
        cancel.begin();
        let working = async {
            // Given back when the answer begins.
            let _permit = state.begin_call().map_err(denied)?;
            let caller = state.sql_caller(visitor.knock()).await.map_err(denied)?;
            let working = work(who.insert(caller).clone());
            let done = tokio::time::timeout(limit, working).await;
            done.unwrap_or_else(|_| Err(Fault::too_late(limit.as_secs()).into()))
        };
        let done = until(cancel, gone, working).await;
        let status = match &done {
            Ok(_) => 200,
            Err(Failure::Told(fault)) => fault.as_http(),
            Err(Failure::Gone) => 499,
        };
        state.end_call(name, PROTOCOL, status, start.elapsed(), who.as_ref());
        done
    }
}

/// Works unless the query is cancelled or the client goes away; then the work
/// is dropped, and its worker killed.
async fn until<T>(
    cancel: &mut Cancel,
    gone: &mut watch::Receiver<bool>,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    tokio::select! {
        biased;
        () = cancel.asked() => Err(Fault::cancelled().into()),
        _ = gone.wait_for(|gone| *gone) => Err(Failure::Gone),
        done = work => done,
    }
}

/// Whoever holds no valid token any more is shown out.
fn denied(denied: Denied) -> Failure {
    let fault = Fault::denied(&denied);
    let may_come_again = matches!(
        denied.kind(),
        DeniedKind::Unavailable | DeniedKind::Internal
    );
    Failure::Told(Fault {
        is_fatal: !may_come_again,
        ..fault
    })
}

fn query(sql: &str, row: Option<ArrowRow>, timeout: Option<Duration>) -> Query {
    let mut query = Query::new(sql);
    query.row = row;
    query.texts = TextTypes::AsComputed;
    if let Some(timeout) = timeout {
        query.limits.deadline = timeout;
    }
    query
}

/// The types of `$1` and so on. What has another name cannot be bound by this
/// protocol, and is told when the query runs.
fn placeholders(answer: &Answer) -> Vec<Option<DataType>> {
    let mut types = Vec::new();
    for (name, data_type) in &answer.started().placeholders {
        let number = name.trim_start_matches('$').parse::<usize>();
        let known = data_type.as_ref().and_then(|name| name.parse().ok());
        // A query has few; a number beyond them leaves some out.
        if let Ok(number @ 1..=256) = number {
            if types.len() < number {
                types.resize(number, None);
            }
            types[number - 1] = known;
        }
    }
    types
}
