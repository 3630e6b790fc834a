//! What each call does, and for whom.
//!
//! The calls are those of arrow-flight's `FlightService`. Its
//! `FlightSqlService`, which answers them in terms of SQL, is not used: it
//! answers four of them by itself and to anybody (it lists transactions,
//! savepoints and Substrait as actions whatever a server takes, and has no
//! schema to give), reads commands before it is asked who sends them, and tells
//! what was wrong with them in its own words.

use std::net::IpAddr;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use arrow_flight::flight_service_server::FlightService;
use arrow_flight::sql::{
    ActionClosePreparedStatementRequest, ActionCreatePreparedStatementRequest,
    ActionCreatePreparedStatementResult, Any, Command, CommandPreparedStatementQuery,
    CommandStatementQuery, DoPutPreparedStatementResult, ProstMessageExt, TicketStatementQuery,
};
use arrow_flight::{
    Action, ActionType, CancelFlightInfoRequest, CancelFlightInfoResult, CancelStatus, Criteria,
    Empty, FlightData, FlightDescriptor, FlightEndpoint, FlightInfo, HandshakeRequest,
    HandshakeResponse, PollInfo, PutResult, Result as ActionResult, SchemaResult, Ticket,
};
use bytes::Bytes;
use futures::stream;
use prost::Message as _;
use prost_types::Timestamp;
use safeground_server::{AppState, Denied, Knock, SqlCaller};
use safeground_sql::TextTypes;
use tokio::sync::OwnedSemaphorePermit;
use tonic::metadata::{MetadataMap, MetadataValue};
use tonic::{Code, Request, Response, Status, Streaming};

use crate::credentials;
use crate::grpc::{Answers, Client};
use crate::messages::Assembled;
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
}

#[tonic::async_trait]
impl FlightService for Service {
    type HandshakeStream = Answers<HandshakeResponse>;
    type ListFlightsStream = Answers<FlightInfo>;
    type DoGetStream = Answers<FlightData>;
    type DoPutStream = Answers<PutResult>;
    type DoExchangeStream = Answers<FlightData>;
    type DoActionStream = Answers<ActionResult>;
    type ListActionsStream = Answers<ActionType>;

    /// Checks a token, and says with which metadata calls are to come.
    async fn handshake(
        &self,
        request: Request<Streaming<HandshakeRequest>>,
    ) -> Result<Response<Answers<HandshakeResponse>>, Status> {
        let token = credentials::token(request.metadata());
        self.call("Handshake", knocking(&request), async |_| {
            let token = token.ok_or_else(status::no_credentials)?;
            let bearer = MetadataValue::try_from(format!("Bearer {token}"));
            let mut bearer = bearer.map_err(|_| status::malformed())?;
            bearer.set_sensitive(true);
            let answer = HandshakeResponse {
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
    async fn get_flight_info(
        &self,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<FlightInfo>, Status> {
        self.call("GetFlightInfo", knocking(&request), async |caller| {
            let descriptor = request.get_ref();
            let command = read(&descriptor.cmd).ok_or_else(status::unsupported)?;
            let (schema, ticket) = match self.statement_of(&caller, &command)? {
                Some(statement) => {
                    let described = self.describe(&caller, &statement).await?;
                    let ticket = self.ticket(&caller, statement)?;
                    (described.schema, ticket)
                }
                None => {
                    let listed = self.list(&caller, command)?;
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
                    ..FlightEndpoint::default()
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
    async fn get_schema(
        &self,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<SchemaResult>, Status> {
        self.call("GetSchema", knocking(&request), async |caller| {
            let command = read(&request.get_ref().cmd).ok_or_else(status::unsupported)?;
            let schema = match self.statement_of(&caller, &command)? {
                Some(statement) => self.describe(&caller, &statement).await?.schema,
                None => self.list(&caller, command)?.schema,
            };
            Ok(Response::new(SchemaResult { schema }))
        })
        .await
    }

    /// Runs a query, or lists what there is.
    async fn do_get(
        &self,
        request: Request<Ticket>,
    ) -> Result<Response<Answers<FlightData>>, Status> {
        self.call("DoGet", knocking(&request), async |caller| {
            let ticket = &request.get_ref().ticket;
            let command = read(ticket).ok_or_else(status::malformed)?;
            let answers = match command {
                Command::TicketStatementQuery(ticket) => {
                    let query = self.open(&caller, &ticket.statement_handle)?;
                    self.fetch(&caller, query).await?
                }
                // Only tickets are run: they say how long and for which release.
                Command::CommandStatementQuery(_) | Command::CommandPreparedStatementQuery(_) => {
                    return Err(status::malformed());
                }
                listed => {
                    let data = self.list(&caller, listed)?.data;
                    Box::pin(stream::iter(data.into_iter().map(Ok)))
                }
            };
            Ok(Response::new(answers))
        })
        .await
    }

    /// Binds values to a prepared statement. Nothing else can be sent.
    async fn do_put(
        &self,
        mut request: Request<Streaming<FlightData>>,
    ) -> Result<Response<Answers<PutResult>>, Status> {
        let knock = knocking(&request);
        let began = self.enter("DoPut", knock).await?;
        let done = async {
            let sent = request.get_mut();
            let first = sent.message().await?.ok_or_else(status::malformed)?;
            let command = first.flight_descriptor.as_ref();
            let command = command.and_then(|descriptor| read(&descriptor.cmd));
            let Some(Command::CommandPreparedStatementQuery(prepared)) = command else {
                return Err(status::unsupported());
            };
            let handle = prepared.prepared_statement_handle;
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
            let result = DoPutPreparedStatementResult {
                prepared_statement_handle: Some(handle),
            };
            Ok(Response::new(one(PutResult {
                app_metadata: result.encode_to_vec().into(),
            })))
        };
        let done = self.within_time(done).await;
        began.end(&self.state, done)
    }

    /// Prepares and forgets statements, and stops queries.
    async fn do_action(
        &self,
        request: Request<Action>,
    ) -> Result<Response<Answers<ActionResult>>, Status> {
        self.call("DoAction", knocking(&request), async |caller| {
            let Action { r#type, body } = request.get_ref();
            let answer = match r#type.as_str() {
                "CreatePreparedStatement" => Some(self.prepare(&caller, body).await?),
                "ClosePreparedStatement" => {
                    let asked = unpack::<ActionClosePreparedStatementRequest>(body);
                    let asked = asked.ok_or_else(status::malformed)?;
                    let handle = &asked.prepared_statement_handle;
                    let closed = self.statements.close(handle, &caller.who.owner);
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
    async fn list_actions(
        &self,
        request: Request<Empty>,
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

    async fn list_flights(
        &self,
        request: Request<Criteria>,
    ) -> Result<Response<Answers<FlightInfo>>, Status> {
        Err(self.refuse(request).await)
    }

    async fn poll_flight_info(
        &self,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<PollInfo>, Status> {
        Err(self.refuse(request).await)
    }

    async fn do_exchange(
        &self,
        request: Request<Streaming<FlightData>>,
    ) -> Result<Response<Answers<FlightData>>, Status> {
        Err(self.refuse(request).await)
    }
}

impl Service {
    /// Refuses a call that there is not, after asking who calls as for others.
    async fn refuse<T>(&self, request: Request<T>) -> Status {
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
            Command::CommandStatementQuery(CommandStatementQuery {
                transaction_id: Some(_),
                ..
            }) => Err(status::unsupported()),
            Command::CommandStatementQuery(query) => Ok(Some(Statement {
                owner: caller.who.owner,
                sql: query.query.clone(),
                row: None,
            })),
            Command::CommandPreparedStatementQuery(CommandPreparedStatementQuery {
                prepared_statement_handle: handle,
            }) => {
                let known = self
                    .statements
                    .of(handle, &caller.who.owner, Instant::now());
                known.map(Some).map_err(status::statement)
            }
            Command::TicketStatementQuery(_) => Err(status::malformed()),
            _ => Ok(None),
        }
    }

    async fn prepare(&self, caller: &Caller, body: &Bytes) -> Result<Bytes, Status> {
        let asked = unpack::<ActionCreatePreparedStatementRequest>(body);
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
        let result = ActionCreatePreparedStatementResult {
            prepared_statement_handle: handle.to_vec().into(),
            dataset_schema: described.schema,
            parameter_schema: described.parameters,
        };
        Ok(result.as_any().encode_to_vec().into())
    }

    fn cancel(&self, caller: &Caller, body: &Bytes) -> Result<Bytes, Status> {
        let asked = CancelFlightInfoRequest::decode(body.clone());
        let info = asked.ok().and_then(|asked| asked.info);
        let info = info.ok_or_else(status::malformed)?;
        let mut stopped = false;
        for ticket in info.endpoint.iter().filter_map(|end| end.ticket.as_ref()) {
            let Some(Command::TicketStatementQuery(ticket)) = read(&ticket.ticket) else {
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
        let ticket = TicketStatementQuery {
            statement_handle: sealed,
        };
        Ok(ticket.as_any().encode_to_vec().into())
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

/// The command in the bytes of a descriptor or ticket. `None` for one that is
/// not well-formed; one that is not of Flight SQL is unknown.
fn read(bytes: &Bytes) -> Option<Command> {
    Command::try_from(Any::decode(bytes.clone()).ok()?).ok()
}

/// A message out of the bytes of an action, where it is of this type.
fn unpack<M: ProstMessageExt>(bytes: &Bytes) -> Option<M> {
    Any::decode(bytes.clone()).ok()?.unpack().ok().flatten()
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
