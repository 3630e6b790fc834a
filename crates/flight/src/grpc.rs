//! The calls of Flight as gRPC has them.

use std::convert::Infallible;
use std::net::SocketAddr;

use arrow_flight::flight_service_server::FlightServiceServer;
use futures::Stream;
use hyper::body::Incoming;
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::{Service as _, http};

use crate::service::Service;
use crate::status::unsupported;

/// Most bytes of one message of a client: a ticket with a query and its values.
const MOST_MESSAGE_BYTES: usize = 1 << 20;

/// What the paths of all calls begin with.
const SERVICE: &str = "/arrow.flight.protocol.FlightService/";

/// Calls that there are.
const CALLS: [&str; 10] = [
    "Handshake",
    "ListFlights",
    "GetFlightInfo",
    "PollFlightInfo",
    "GetSchema",
    "DoGet",
    "DoPut",
    "DoExchange",
    "DoAction",
    "ListActions",
];

/// Address of the client, as a call carries it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Client(pub(crate) SocketAddr);

/// Answers calls. Cloning shares what answers.
#[derive(Clone)]
pub(crate) struct Calls(FlightServiceServer<Service>);

impl Calls {
    /// The calls of a service.
    pub(crate) fn new(service: Service) -> Self {
        let calls = FlightServiceServer::new(service);
        Self(calls.max_decoding_message_size(MOST_MESSAGE_BYTES))
    }

    /// Answers one call.
    pub(crate) async fn answer(
        mut self,
        client: SocketAddr,
        mut request: http::Request<Incoming>,
    ) -> Result<http::Response<Body>, Infallible> {
        request.extensions_mut().insert(Client(client));
        let call = request.uri().path().strip_prefix(SERVICE);
        if !call.is_some_and(|call| CALLS.contains(&call)) {
            return Ok(unsupported().into_http());
        }
        self.0.call(request).await
    }
}

/// A stream of answers.
pub(crate) type Answers<T> = std::pin::Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;
