//! What each call does, and for whom.

use std::net::IpAddr;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use futures::stream;
use prost::Message as _;
use safeground_server::{AppState, Denied, Knock, SqlCaller};
use safeground_sql::TextTypes;
use tokio::sync::OwnedSemaphorePermit;
use tonic::metadata::{MetadataMap, MetadataValue};
use tonic::{Code, Request, Response, Status, Streaming};

use crate::credentials;
use crate::grpc::{Answers, Client};
use crate::messages::Assembled;
use crate::protocol::{
    Action, ActionResult, ActionType, AnyMessage, CancelFlightInfoRequest, CancelFlightInfoResult,
    CancelStatus, Command, FlightData, FlightDescriptor, FlightEndpoint, FlightInfo, Handshake,
    Nothing, PreparedStatement, PreparedStatementResult, PutResult, SchemaResult, StatementQuery,
    StatementTicket, Ticket, Timestamp,
};
use crate::running::Running;
use crate::statements::{Statement, Statements};
use crate::status;
use crate::ticket::{LIFETIME_SECONDS, SealedQuery, Sealer, random};
use crate::{Options, ServeError};

mod ask;
mod lists;

pub(crate) use ask::Asked;

/// How the calls are named in the log and the metrics.
const PROTOCOL: &str = "flight";

/// Actions that there are.
const ACTIONS: [(&str, &str); 3] = [
    ("CreatePreparedStatement", "prepares a query"),
    ("ClosePreparedStatement", "forgets a prepared query"),
    ("CancelFlightInfo", "stops a query that runs"),
];

/// Answers calls.
pub(crate) struct Service {
    state: AppState,
    options: Options,
    sealer: Sealer,
    statements: Statements,
    running: Running,
}

/// Who calls, and how they want texts.
pub(crate) struct Caller {
    pub(crate) who: SqlCaller,
    pub(crate) texts: TextTypes,
}

impl Service {
    /// A service over the releases of a server.
    ///
    /// # Errors
    /// If the system gives no random numbers.
    pub(crate) fn new(state: AppState, options: Options) -> Result<Self, ServeError> {
        Ok(Self {
            state,
            options,
            sealer: Sealer::new()?,
            statements: Statements::default(),
            running: Running::default(),
        })
    }

    /// Checks a token, and says with which metadata calls are to come.
    pub(crate) async fn handshake(
        &self,
        request: Request<Streaming<Handshake>>,
    ) -> Result<Response<Answers<Handshake>>, Status> {
        let token = credentials::token(request.metadata());
        self.call("Handshake", knocking(&request), async |_| {
            let token = token.ok_or_else(status::no_credentials)?;
            let bearer = MetadataValue::try_from(format!("Bearer {token}"));
            let mut bearer = bearer.map_err(|_| status::malformed())?;
            bearer.set_sensitive(true);
            let answer = Handshake {
                protocol_version: 0,
                payload: token.into(),
            };
            let mut response = Response::new(one(answer));
            response.metadata_mut().insert("authorization", bearer);
            Ok(response)
        })
        .await
    }

    /// Says what a command gives and how to fetch it.
    pub(crate) async fn get_flight_info(
        &self,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<FlightInfo>, Status> {
        self.call("GetFlightInfo", knocking(&request), async |caller| {
            let descriptor = request.get_ref();
            let command = Command::read(&descriptor.cmd).ok_or_else(status::unsupported)?;
            let (schema, ticket) = match self.statement_of(&caller, &command)? {
                Some(statement) => {
                    let described = self.describe(&caller, &statement).await?;
                    let ticket = self.ticket(&caller, statement)?;
                    (described.schema, ticket)
                }
                None => {
                    let listed = self.list(&caller, &command)?;
                    (listed.schema, descriptor.cmd.clone())
                }
            };
            Ok(Response::new(FlightInfo {
                schema,
                flight_descriptor: Some(descriptor.clone()),
                endpoint: vec![FlightEndpoint {
                    ticket: Some(Ticket { ticket }),
                    expiration_time: Some(Timestamp {
                        seconds: i64::try_from(expiry()).unwrap_or(i64::MAX),
                        nanos: 0,
                    }),
                }],
                total_records: -1,
                total_bytes: -1,
                ordered: true,
                app_metadata: caller.who.release_id.into(),
            }))
        })
        .await
    }

    /// Says the columns of what a command gives.
    pub(crate) async fn get_schema(
        &self,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<SchemaResult>, Status> {
        self.call("GetSchema", knocking(&request), async |caller| {
            let command = Command::read(&request.get_ref().cmd);
            let command = command.ok_or_else(status::unsupported)?;
            let schema = match self.statement_of(&caller, &command)? {
                Some(statement) => self.describe(&caller, &statement).await?.schema,
                None => self.list(&caller, &command)?.schema,
            };
            Ok(Response::new(SchemaResult { schema }))
        })
        .await
    }

    /// Runs a query, or lists what there is.
    pub(crate) async fn do_get(
        &self,
        request: Request<Ticket>,
    ) -> Result<Response<Answers<FlightData>>, Status> {
        self.call("DoGet", knocking(&request), async |caller| {
            let ticket = &request.get_ref().ticket;
            let command = Command::read(ticket).ok_or_else(status::malformed)?;
            let answers = match command {
                Command::Ticket(ticket) => {
                    let query = self.open(&caller, &ticket.statement_handle)?;
                    self.fetch(&caller, query).await?
                }
                // Only tickets are run: they say how long and for which release.
                Command::Query(_) | Command::Prepared(_) => return Err(status::malformed()),
                listed => {
                    let messages = self.list(&caller, &listed)?.messages.into_iter();
                    let data = messages.map(|message| Ok(message.into_data()));
                    Box::pin(stream::iter(data.collect::<Vec<_>>()))
                }
            };
            Ok(Response::new(answers))
        })
        .await
    }

    /// Binds values to a prepared statement. Nothing else can be sent.
    pub(crate) async fn do_put(
        &self,
        mut request: Request<Streaming<FlightData>>,
    ) -> Result<Response<Answers<PutResult>>, Status> {
        let knock = knocking(&request);
        let began = self.enter("DoPut", knock).await?;
        let done = async {
            let sent = request.get_mut();
            let first = sent.message().await?.ok_or_else(status::malformed)?;
            let command = first.flight_descriptor.as_ref();
            let command = command.and_then(|descriptor| Command::read(&descriptor.cmd));
            let Some(Command::Prepared(PreparedStatement { handle })) = command else {
                return Err(status::unsupported());
            };
            let owner = &began.caller.who.owner;
            let known = self.statements.of(&handle, owner, Instant::now());
            known.map_err(status::statement)?;
            let most = Asked::most_row_bytes();
            let too_many = || status::too_many_values(most as u64);
            let mut row = Assembled::new(most);
            row.add(&first).ok_or_else(too_many)?;
            while let Some(data) = sent.message().await? {
                row.add(&data).ok_or_else(too_many)?;
            }
            let row = Bytes::from(row.finish());
            let bound = self.statements.bind(&handle, owner, row, Instant::now());
            bound.map_err(status::statement)?;
            let result = PreparedStatement { handle }.encode_to_vec();
            Ok(Response::new(one(PutResult {
                app_metadata: result.into(),
            })))
        };
        let done = self.within_time(done).await;
        began.end(&self.state, done)
    }

    /// Prepares and forgets statements, and stops queries.
    pub(crate) async fn do_action(
        &self,
        request: Request<Action>,
    ) -> Result<Response<Answers<ActionResult>>, Status> {
        self.call("DoAction", knocking(&request), async |caller| {
            let Action { r#type, body } = request.get_ref();
            let answer = match r#type.as_str() {
                "CreatePreparedStatement" => Some(self.prepare(&caller, body).await?),
                "ClosePreparedStatement" => {
                    let name = "ActionClosePreparedStatementRequest";
                    let asked = AnyMessage::unpack::<PreparedStatement>(body, name);
                    let handle = asked.ok_or_else(status::malformed)?.handle;
                    let closed = self.statements.close(&handle, &caller.who.owner);
                    closed.map_err(status::statement)?;
                    None
                }
                "CancelFlightInfo" => Some(self.cancel(&caller, body)?),
                _ => return Err(status::unsupported()),
            };
            let answers = answer.map(|body| Ok(ActionResult { body }));
            let answers: Answers<ActionResult> = Box::pin(stream::iter(answers));
            Ok(Response::new(answers))
        })
        .await
    }

    /// Lists the actions that there are.
    pub(crate) async fn list_actions(
        &self,
        request: Request<Nothing>,
    ) -> Result<Response<Answers<ActionType>>, Status> {
        self.call("ListActions", knocking(&request), async |_| {
            let actions = ACTIONS.map(|(name, description)| {
                Ok(ActionType {
                    r#type: name.into(),
                    description: description.into(),
                })
            });
            let actions: Answers<ActionType> = Box::pin(stream::iter(actions));
            Ok(Response::new(actions))
        })
        .await
    }

    /// Refuses a call that there is not, after asking who calls as for others.
    pub(crate) async fn refuse<T>(&self, request: Request<T>) -> Status {
        let refused: Result<(), Status> = self
            .call("other", knocking(&request), async |_| {
                Err(status::unsupported())
            })
            .await;
        refused.err().unwrap_or_else(status::unsupported)
    }

    /// The statement of a command; `None` for commands that list.
    fn statement_of(
        &self,
        caller: &Caller,
        command: &Command,
    ) -> Result<Option<Statement>, Status> {
        match command {
            Command::Query(StatementQuery {
                transaction_id: Some(_),
                ..
            }) => Err(status::unsupported()),
            Command::Query(query) => Ok(Some(Statement {
                owner: caller.who.owner,
                sql: query.query.clone(),
                row: None,
            })),
            Command::Prepared(PreparedStatement { handle }) => {
                let known = self
                    .statements
                    .of(handle, &caller.who.owner, Instant::now());
                known.map(Some).map_err(status::statement)
            }
            Command::Ticket(_) => Err(status::malformed()),
            _ => Ok(None),
        }
    }

    async fn prepare(&self, caller: &Caller, body: &Bytes) -> Result<Bytes, Status> {
        let name = "ActionCreatePreparedStatementRequest";
        let asked = AnyMessage::unpack::<StatementQuery>(body, name);
        let asked = asked.ok_or_else(status::malformed)?;
        if asked.transaction_id.is_some() {
            return Err(status::unsupported());
        }
        let statement = Statement {
            owner: caller.who.owner,
            sql: asked.query,
            row: None,
        };
        let described = self.describe(caller, &statement).await?;
        let handle = random::<32>().map_err(|_| status::internal())?;
        let kept = self.statements.keep(handle, statement, Instant::now());
        kept.map_err(status::statement)?;
        let result = PreparedStatementResult {
            handle: handle.to_vec().into(),
            dataset_schema: described.schema,
            parameter_schema: described.parameters,
        };
        let result = AnyMessage::pack("ActionCreatePreparedStatementResult", &result);
        Ok(result.encode_to_vec().into())
    }

    fn cancel(&self, caller: &Caller, body: &Bytes) -> Result<Bytes, Status> {
        let asked = CancelFlightInfoRequest::decode(body.clone());
        let info = asked.ok().and_then(|asked| asked.info);
        let info = info.ok_or_else(status::malformed)?;
        let mut stopped = false;
        for ticket in info.endpoint.iter().filter_map(|end| end.ticket.as_ref()) {
            let Some(Command::Ticket(ticket)) = Command::read(&ticket.ticket) else {
                continue;
            };
            let query = self.open(caller, &ticket.statement_handle)?;
            stopped |= self.running.stop(&query.id);
        }
        let status = match stopped {
            true => CancelStatus::Cancelled,
            false => CancelStatus::NotCancellable,
        };
        let result = CancelFlightInfoResult {
            status: status.into(),
        };
        Ok(result.encode_to_vec().into())
    }

    /// A ticket for a statement of a caller.
    fn ticket(&self, caller: &Caller, statement: Statement) -> Result<Bytes, Status> {
        let id = random::<16>().map_err(|_| status::internal())?;
        let sealed = self.sealer.seal(&SealedQuery {
            sql: statement.sql,
            row: statement.row,
            classic: caller.texts == TextTypes::Classic,
            owner: caller.who.owner.to_vec().into(),
            release_id: caller.who.release_id.clone(),
            expires: expiry(),
            id: id.to_vec().into(),
        });
        let ticket = StatementTicket {
            statement_handle: sealed,
        };
        let ticket = AnyMessage::pack("TicketStatementQuery", &ticket);
        Ok(ticket.encode_to_vec().into())
    }

    /// What is in a ticket: of this server, this caller, this release, and not
    /// expired.
    fn open(&self, caller: &Caller, ticket: &[u8]) -> Result<SealedQuery, Status> {
        let query = self.sealer.open(ticket).ok_or_else(status::no_ticket)?;
        let is_theirs = query.owner == caller.who.owner[..];
        let is_current = query.release_id == caller.who.release_id && now() < query.expires;
        match is_theirs && is_current {
            true => Ok(query),
            false => Err(status::no_ticket()),
        }
    }

    /// Does a call: finds out who calls, works within the time of a request,
    /// and logs and counts how it went.
    async fn call<T>(
        &self,
        name: &'static str,
        knocking: Knocking,
        work: impl AsyncFnOnce(Caller) -> Result<T, Status>,
    ) -> Result<T, Status> {
        let began = self.enter(name, knocking).await?;
        let caller = Caller {
            who: began.caller.who.clone(),
            texts: began.caller.texts,
        };
        let done = self.within_time(work(caller)).await;
        began.end(&self.state, done)
    }

    /// Lets a call in, or logs and counts that it was not.
    async fn enter(&self, name: &'static str, knocking: Knocking) -> Result<Began, Status> {
        let start = Instant::now();
        let entered = async {
            let permit = self.state.begin_call()?;
            let knock = Knock {
                audience: knocking.audience.as_deref(),
                token: knocking.token.as_deref(),
                address: knocking.address,
            };
            let who = self.state.sql_caller(knock).await?;
            Ok::<_, Denied>((permit, who))
        };
        match entered.await {
            Ok((permit, who)) => {
                let classic = knocking.classic.unwrap_or(self.options.classic_types);
                let texts = match classic {
                    true => TextTypes::Classic,
                    false => TextTypes::AsComputed,
                };
                Ok(Began {
                    name,
                    start,
                    caller: Caller { who, texts },
                    _permit: permit,
                })
            }
            Err(denied) => {
                let status = status::denied(&denied);
                let code = status::as_http(status.code());
                self.state
                    .end_call(name, PROTOCOL, code, start.elapsed(), None);
                Err(status)
            }
        }
    }

    async fn within_time<T>(
        &self,
        work: impl Future<Output = Result<T, Status>>,
    ) -> Result<T, Status> {
        let limit = self.state.config().request_timeout;
        let done = tokio::time::timeout(limit, work).await;
        done.unwrap_or_else(|_| Err(status::too_late(limit.as_secs())))
    }
}

/// What a request says of who sends it.
struct Knocking {
    audience: Option<String>,
    token: Option<String>,
    classic: Option<bool>,
    address: IpAddr,
}

fn knocking<T>(request: &Request<T>) -> Knocking {
    let metadata: &MetadataMap = request.metadata();
    let client = request.extensions().get::<Client>();
    Knocking {
        audience: credentials::audience(metadata).map(str::to_owned),
        token: credentials::token(metadata),
        classic: credentials::classic(metadata),
        // Without an address all failures count as one client's.
        address: client.map_or(IpAddr::from([0, 0, 0, 0]), |client| client.0.ip()),
    }
}

/// A call that was let in.
struct Began {
    name: &'static str,
    start: Instant,
    caller: Caller,
    /// Given back when the answer begins.
    _permit: OwnedSemaphorePermit,
}

impl Began {
    fn end<T>(self, state: &AppState, done: Result<T, Status>) -> Result<T, Status> {
        let code = done.as_ref().err().map_or(Code::Ok, Status::code);
        let (http, took) = (status::as_http(code), self.start.elapsed());
        state.end_call(self.name, PROTOCOL, http, took, Some(&self.caller.who));
        done
    }
}

/// A stream of one answer.
fn one<T: Send + 'static>(answer: T) -> Answers<T> {
    Box::pin(stream::iter([Ok(answer)]))
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

fn expiry() -> u64 {
    now().saturating_add(LIFETIME_SECONDS)
}
