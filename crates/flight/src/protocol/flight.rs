//! `arrow.flight.protocol`.

use bytes::Bytes;
use prost::{Enumeration, Message};

/// A step of a handshake, either way.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Handshake {
    #[prost(uint64, tag = "1")]
    pub(crate) protocol_version: u64,
    #[prost(bytes = "bytes", tag = "2")]
    pub(crate) payload: Bytes,
}

/// Nothing, and whatever is ignored.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Nothing {}

/// An action that the server knows.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct ActionType {
    #[prost(string, tag = "1")]
    pub(crate) r#type: String,
    #[prost(string, tag = "2")]
    pub(crate) description: String,
}

/// An action that is asked for.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Action {
    #[prost(string, tag = "1")]
    pub(crate) r#type: String,
    #[prost(bytes = "bytes", tag = "2")]
    pub(crate) body: Bytes,
}

/// What came of an action.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct ActionResult {
    #[prost(bytes = "bytes", tag = "1")]
    pub(crate) body: Bytes,
}

/// A schema as an Arrow IPC message.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct SchemaResult {
    #[prost(bytes = "bytes", tag = "1")]
    pub(crate) schema: Bytes,
}

/// What data are asked for.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct FlightDescriptor {
    /// 1: a path, 2: a command.
    #[prost(int32, tag = "1")]
    pub(crate) r#type: i32,
    #[prost(bytes = "bytes", tag = "2")]
    pub(crate) cmd: Bytes,
    #[prost(string, repeated, tag = "3")]
    pub(crate) path: Vec<String>,
}

/// How to get data.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct FlightInfo {
    #[prost(bytes = "bytes", tag = "1")]
    pub(crate) schema: Bytes,
    #[prost(message, optional, tag = "2")]
    pub(crate) flight_descriptor: Option<FlightDescriptor>,
    #[prost(message, repeated, tag = "3")]
    pub(crate) endpoint: Vec<FlightEndpoint>,
    /// -1 where it is not known.
    #[prost(int64, tag = "4")]
    pub(crate) total_records: i64,
    /// -1 where it is not known.
    #[prost(int64, tag = "5")]
    pub(crate) total_bytes: i64,
    #[prost(bool, tag = "6")]
    pub(crate) ordered: bool,
    #[prost(bytes = "bytes", tag = "7")]
    pub(crate) app_metadata: Bytes,
}

/// A part of the data. Without an address it is on this server.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct FlightEndpoint {
    #[prost(message, optional, tag = "1")]
    pub(crate) ticket: Option<Ticket>,
    #[prost(message, optional, tag = "3")]
    pub(crate) expiration_time: Option<Timestamp>,
}

/// `google.protobuf.Timestamp`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Timestamp {
    #[prost(int64, tag = "1")]
    pub(crate) seconds: i64,
    #[prost(int32, tag = "2")]
    pub(crate) nanos: i32,
}

/// What data are fetched with.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Ticket {
    #[prost(bytes = "bytes", tag = "1")]
    pub(crate) ticket: Bytes,
}

/// A part of a stream of Arrow data.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct FlightData {
    #[prost(message, optional, tag = "1")]
    pub(crate) flight_descriptor: Option<FlightDescriptor>,
    #[prost(bytes = "bytes", tag = "2")]
    pub(crate) data_header: Bytes,
    #[prost(bytes = "bytes", tag = "3")]
    pub(crate) app_metadata: Bytes,
    #[prost(bytes = "bytes", tag = "1000")]
    pub(crate) data_body: Bytes,
}

/// What came of data that were sent.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct PutResult {
    #[prost(bytes = "bytes", tag = "1")]
    pub(crate) app_metadata: Bytes,
}

/// Asks to stop a query.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct CancelFlightInfoRequest {
    #[prost(message, optional, tag = "1")]
    pub(crate) info: Option<FlightInfo>,
}

/// Whether it was stopped.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct CancelFlightInfoResult {
    #[prost(enumeration = "CancelStatus", tag = "1")]
    pub(crate) status: i32,
}

/// How stopping a query went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
pub(crate) enum CancelStatus {
    Unspecified = 0,
    Cancelled = 1,
    Cancelling = 2,
    NotCancellable = 3,
}
