//! Queries: what they would give, and what they give.

use std::pin::pin;

use arrow::datatypes::{DataType, Field, Schema};
use arrow_flight::FlightData;
use bytes::Bytes;
use futures::{StreamExt as _, stream};
use safeground_sql::gate::GateLimits;
use safeground_sql::pool::{Answer, Query};
use safeground_sql::{ArrowRow, TextTypes};
use tonic::Status;

use super::{Caller, Service};
use crate::grpc::Answers;
use crate::messages::{Messages, StreamError, all, schema_message};
use crate::running::Run;
use crate::statements::Statement;
use crate::status;
use crate::ticket::SealedQuery;

/// What a query would give, as Arrow messages.
#[derive(Debug)]
pub(crate) struct Asked {
    /// Its columns.
    pub(crate) schema: Bytes,
    /// Its placeholders without a value.
    pub(crate) parameters: Bytes,
}

impl Asked {
    /// Most bytes of the values of a statement, with what surrounds them.
    pub(crate) fn most_row_bytes() -> usize {
        let most = ArrowRow::most_bytes(&GateLimits::default());
        usize::try_from(most).unwrap_or(usize::MAX)
    }
}

impl Service {
    /// Plans a statement without running it.
    pub(super) async fn describe(
        &self,
        caller: &Caller,
        statement: &Statement,
    ) -> Result<Asked, Status> {
        let mut query = query(&statement.sql, statement.row.as_ref(), caller.texts);
        query.describe = true;
        let who = &caller.who;
        let answer = who.pool.query(&who.identity, query).await;
        let answer = answer.map_err(|refusal| status::refused(&refusal))?;
        let parameters = parameters(&answer)?;
        let read = answer.collect().await;
        let (stream, _) = read.map_err(|refusal| status::refused(&refusal))?;
        let messages = all(&stream).map_err(broken)?;
        let schema = messages.into_iter().next().ok_or_else(status::internal)?;
        Ok(Asked {
            schema: schema.with_prefix,
            parameters,
        })
    }

    /// Runs a query. Rows come as the client takes them; when it leaves, or
    /// cancels, the worker is killed.
    pub(super) async fn fetch(
        &self,
        caller: &Caller,
        sealed: SealedQuery,
    ) -> Result<Answers<FlightData>, Status> {
        let texts = match sealed.classic {
            true => TextTypes::Classic,
            false => TextTypes::AsComputed,
        };
        let mut run = self.running.begin(sealed.id);
        let who = &caller.who;
        let query = query(&sealed.sql, sealed.row.as_ref(), texts);
        let answer = {
            let asked = pin!(who.pool.query(&who.identity, query));
            tokio::select! {
                answer = asked => answer.map_err(|refusal| status::refused(&refusal))?,
                () = run.stopped() => return Err(status::cancelled()),
            }
        };
        // The pool may have moved on to another release since the ticket was
        // looked at.
        if answer.release_id() != sealed.release_id {
            return Err(status::no_ticket());
        }
        let rows = Rows {
            answer,
            run,
            messages: Messages::default(),
        };
        let answers = stream::unfold(Some(rows), async |rows| {
            let mut rows = rows?;
            match rows.next().await {
                Ok(Some(data)) => Some((Ok(data), Some(rows))),
                Ok(None) => None,
                Err(status) => Some((Err(status), None)),
            }
        });
        Ok(Box::pin(answers))
    }
}

/// An answer as it is fetched.
struct Rows {
    answer: Answer,
    run: Run,
    messages: Messages,
}

impl Rows {
    async fn next(&mut self) -> Result<Option<FlightData>, Status> {
        loop {
            if let Some(message) = self.messages.next().map_err(broken)? {
                return Ok(Some(message.into_data()));
            }
            let part = tokio::select! {
                biased;
                () = self.run.stopped() => return Err(status::cancelled()),
                part = self.answer.next() => part,
            };
            match part {
                Some(Ok(part)) => self.messages.push(&part),
                Some(Err(refusal)) => return Err(status::refused(&refusal)),
                None if self.messages.is_whole() => return Ok(None),
                None => return Err(broken(StreamError::Malformed)),
            }
        }
    }
}

fn query(sql: &str, row: Option<&Bytes>, texts: TextTypes) -> Query {
    let mut query = Query::new(sql);
    query.row = row.map(|row| ArrowRow::new(row));
    query.texts = texts;
    query
}

/// The placeholders of a query as a schema: `$1` is the column `1`. A type that
/// the query does not say is null, which means any.
fn parameters(answer: &Answer) -> Result<Bytes, Status> {
    let mut placeholders: Vec<(&str, DataType)> = answer
        .started()
        .placeholders
        .iter()
        .map(|(name, data_type)| {
            let known = data_type.as_ref().and_then(|name| name.parse().ok());
            (
                name.trim_start_matches('$'),
                known.unwrap_or(DataType::Null),
            )
        })
        .collect();
    // By number where they are numbers, so that position 10 follows 9.
    placeholders.sort_by_key(|(name, _)| (name.parse::<u64>().unwrap_or(u64::MAX), *name));
    let fields = placeholders
        .into_iter()
        .map(|(name, data_type)| Field::new(name, data_type, true));
    let schema = Schema::new(fields.collect::<Vec<_>>());
    schema_message(&schema).map_err(|_| status::internal())
}

/// A worker wrote what is no stream, or a row larger than a message.
fn broken(error: StreamError) -> Status {
    match error {
        StreamError::TooLarge => status::too_large(),
        StreamError::Malformed => {
            tracing::error!(%error, "a worker's answer cannot be passed on");
            status::internal()
        }
    }
}
