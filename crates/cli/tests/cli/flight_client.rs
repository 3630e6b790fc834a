//! A client of Arrow Flight that sends whatever a test wants.
//!
//! Messages are written down here once more, and not taken from the server's
//! crate, so that a wrong number in one of the two shows.

use std::net::SocketAddr;

use bytes::Bytes;
use hyper_util::rt::{TokioExecutor, TokioIo};
use prost::Message;
use tonic::body::Body;
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::{Code, Request, Status};
use tonic_prost::ProstCodec;

#[derive(Clone, PartialEq, Message)]
pub struct Descriptor {
    #[prost(int32, tag = "1")]
    pub kind: i32,
    #[prost(bytes = "bytes", tag = "2")]
    pub command: Bytes,
}

#[derive(Clone, PartialEq, Message)]
pub struct Info {
    #[prost(bytes = "bytes", tag = "1")]
    pub schema: Bytes,
    #[prost(message, repeated, tag = "3")]
    pub endpoints: Vec<Endpoint>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Endpoint {
    #[prost(message, optional, tag = "1")]
    pub ticket: Option<OneBytes>,
}

/// A message of bytes alone: tickets, results, handles, empty ones.
#[derive(Clone, PartialEq, Message)]
pub struct OneBytes {
    #[prost(bytes = "bytes", tag = "1")]
    pub bytes: Bytes,
}

#[derive(Clone, PartialEq, Message)]
pub struct Data {
    #[prost(message, optional, tag = "1")]
    pub descriptor: Option<Descriptor>,
    #[prost(bytes = "bytes", tag = "2")]
    pub header: Bytes,
    #[prost(bytes = "bytes", tag = "1000")]
    pub body: Bytes,
}

/// A name and bytes: actions, and messages with their types.
#[derive(Clone, PartialEq, Message)]
pub struct Named {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(bytes = "bytes", tag = "2")]
    pub bytes: Bytes,
}

/// A text alone: a statement.
#[derive(Clone, PartialEq, Message)]
pub struct OneText {
    #[prost(string, tag = "1")]
    pub text: String,
}

#[derive(Clone, PartialEq, Message)]
pub struct Cancel {
    #[prost(message, optional, tag = "1")]
    pub info: Option<Info>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Cancelled {
    #[prost(int32, tag = "1")]
    pub status: i32,
}

/// A message of Flight SQL as it stands in descriptors, tickets and actions.
pub fn any(name: &str, message: &impl Message) -> Bytes {
    let named = Named {
        name: format!("type.googleapis.com/arrow.flight.protocol.sql.{name}"),
        bytes: message.encode_to_vec().into(),
    };
    named.encode_to_vec().into()
}

pub fn statement(sql: &str) -> Bytes {
    let text = sql.to_owned();
    any("CommandStatementQuery", &OneText { text })
}

/// The name of the problem that a status tells.
pub fn problem(status: &Status) -> &str {
    let name = status.metadata().get("safeground-problem");
    name.and_then(|name| name.to_str().ok())
        .unwrap_or_else(|| panic!("a status without a problem: {status:?}"))
}

/// A connection.
#[derive(Clone)]
pub struct Client {
    sender: hyper::client::conn::http2::SendRequest<Body>,
    origin: String,
    token: Option<String>,
}

impl Client {
    pub async fn connect(address: SocketAddr) -> Self {
        let stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let io = TokioIo::new(stream);
        let made = hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await;
        let (sender, connection) = made.unwrap();
        tokio::spawn(connection);
        Self {
            sender,
            origin: format!("http://{address}"),
            token: None,
        }
    }

    pub fn with_token(&self, token: &str) -> Self {
        Self {
            token: Some(token.to_owned()),
            ..self.clone()
        }
    }

    /// All answers to a call.
    pub async fn call<Sent, Got>(&self, name: &str, sent: Vec<Sent>) -> Result<Vec<Got>, Status>
    where
        Sent: Message + Send + Sync + 'static,
        Got: Message + Default + Send + Sync + 'static,
    {
        let sender = self.sender.clone();
        let service = tower::service_fn(move |request| {
            let mut sender = sender.clone();
            async move { sender.send_request(request).await }
        });
        let mut grpc = Grpc::with_origin(service, self.origin.parse().unwrap());
        grpc.ready()
            .await
            .map_err(|_| Status::new(Code::Unavailable, "no connection"))?;
        let path = format!("/arrow.flight.protocol.FlightService/{name}");
        let mut request = Request::new(futures::stream::iter(sent));
        if let Some(token) = &self.token {
            let bearer = format!("Bearer {token}").parse().unwrap();
            request.metadata_mut().insert("authorization", bearer);
        }
        let codec = ProstCodec::<Sent, Got>::default();
        let path: PathAndQuery = path.parse().unwrap();
        let mut answers = grpc.streaming(request, path, codec).await?.into_inner();
        let mut all = Vec::new();
        while let Some(answer) = answers.message().await? {
            all.push(answer);
        }
        Ok(all)
    }

    /// What a command gives and how to fetch it.
    pub async fn info(&self, command: Bytes) -> Result<Info, Status> {
        let descriptor = Descriptor { kind: 2, command };
        let mut answers = self.call("GetFlightInfo", vec![descriptor]).await?;
        Ok(answers.remove(0))
    }

    /// The ticket of a command.
    pub async fn ticket(&self, command: Bytes) -> Result<Bytes, Status> {
        let mut info = self.info(command).await?;
        Ok(info.endpoints.remove(0).ticket.unwrap().bytes)
    }

    /// What a ticket fetches.
    pub async fn get(&self, ticket: Bytes) -> Result<Vec<Data>, Status> {
        self.call("DoGet", vec![OneBytes { bytes: ticket }]).await
    }

    /// What a statement gives.
    pub async fn ask(&self, sql: &str) -> Result<Vec<Data>, Status> {
        self.get(self.ticket(statement(sql)).await?).await
    }

    /// What comes of an action.
    pub async fn act(&self, name: &str, bytes: Bytes) -> Result<Vec<OneBytes>, Status> {
        let name = name.to_owned();
        self.call("DoAction", vec![Named { name, bytes }]).await
    }

    /// What comes of data for a command.
    pub async fn put(&self, command: Bytes) -> Result<Vec<OneBytes>, Status> {
        let data = Data {
            descriptor: Some(Descriptor { kind: 2, command }),
            ..Data::default()
        };
        self.call("DoPut", vec![data]).await
    }
}
