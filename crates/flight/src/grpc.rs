//! The calls of Flight as gRPC has them.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use futures::Stream;
use hyper::body::Incoming;
use tonic::body::Body;
use tonic::codegen::http;
use tonic::server::Grpc;
use tonic::{Request, Response, Status, Streaming};
use tonic_prost::ProstCodec;
use tower::service_fn;

use crate::protocol::{Action, FlightData, FlightDescriptor, Handshake, Nothing, Ticket};
use crate::service::Service;
use crate::status::unsupported;

/// Most bytes of one message of a client: a ticket with a query and its values.
const MOST_MESSAGE_BYTES: usize = 1 << 20;

/// Address of the client, as a call carries it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Client(pub(crate) SocketAddr);

/// Answers one call.
pub(crate) async fn answer(
    service: Arc<Service>,
    client: SocketAddr,
    mut request: http::Request<Incoming>,
) -> Result<http::Response<Body>, Infallible> {
    request.extensions_mut().insert(Client(client));
    let path = request.uri().path().to_owned();
    let Some(call) = path.strip_prefix("/arrow.flight.protocol.FlightService/") else {
        return Ok(unsupported().into_http());
    };
    let response = match call {
        "Handshake" => {
            let call = service_fn(move |request: Request<Streaming<Handshake>>| {
                let service = Arc::clone(&service);
                async move { service.handshake(request).await }
            });
            grpc::<Handshake, Handshake>()
                .streaming(call, request)
                .await
        }
        "GetFlightInfo" => {
            let call = service_fn(move |request: Request<FlightDescriptor>| {
                let service = Arc::clone(&service);
                async move { service.get_flight_info(request).await }
            });
            grpc().unary(call, request).await
        }
        "GetSchema" => {
            let call = service_fn(move |request: Request<FlightDescriptor>| {
                let service = Arc::clone(&service);
                async move { service.get_schema(request).await }
            });
            grpc().unary(call, request).await
        }
        "DoGet" => {
            let call = service_fn(move |request: Request<Ticket>| {
                let service = Arc::clone(&service);
                async move { service.do_get(request).await }
            });
            grpc().server_streaming(call, request).await
        }
        "DoPut" => {
            let call = service_fn(move |request: Request<Streaming<FlightData>>| {
                let service = Arc::clone(&service);
                async move { service.do_put(request).await }
            });
            grpc().streaming(call, request).await
        }
        "DoAction" => {
            let call = service_fn(move |request: Request<Action>| {
                let service = Arc::clone(&service);
                async move { service.do_action(request).await }
            });
            grpc().server_streaming(call, request).await
        }
        "ListActions" => {
            let call = service_fn(move |request: Request<Nothing>| {
                let service = Arc::clone(&service);
                async move { service.list_actions(request).await }
            });
            grpc().server_streaming(call, request).await
        }
        "ListFlights" | "PollFlightInfo" | "DoExchange" => {
            let call = service_fn(move |request: Request<Streaming<Nothing>>| {
                let service = Arc::clone(&service);
                async move { Err::<Response<Refused>, _>(service.refuse(request).await) }
            });
            grpc::<Nothing, Nothing>().streaming(call, request).await
        }
        _ => unsupported().into_http(),
    };
    Ok(response)
}

/// A stream that there is not.
type Refused = futures::stream::Pending<Result<Nothing, Status>>;

fn grpc<Sent, Taken>() -> Grpc<ProstCodec<Sent, Taken>>
where
    Sent: prost::Message + Default + Send + 'static,
    Taken: prost::Message + Default + Send + 'static,
{
    Grpc::new(ProstCodec::default()).max_decoding_message_size(MOST_MESSAGE_BYTES)
}

/// A stream of answers.
pub(crate) type Answers<T> = std::pin::Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;
