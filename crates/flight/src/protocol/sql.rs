//! `arrow.flight.protocol.sql`.

use bytes::Bytes;
use prost::Message;

/// What the type of every message of Flight SQL begins with.
const TYPE: &str = "type.googleapis.com/arrow.flight.protocol.sql.";

/// `google.protobuf.Any`: a message and the name of its type.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct AnyMessage {
    #[prost(string, tag = "1")]
    pub(crate) type_url: String,
    #[prost(bytes = "bytes", tag = "2")]
    pub(crate) value: Bytes,
}

impl AnyMessage {
    /// The message of a type of Flight SQL in here.
    pub(crate) fn pack(name: &str, message: &impl Message) -> Self {
        Self {
            type_url: format!("{TYPE}{name}"),
            value: message.encode_to_vec().into(),
        }
    }

    /// Name of the type in Flight SQL; `None` for any other.
    pub(crate) fn name(&self) -> Option<&str> {
        self.type_url.strip_prefix(TYPE)
    }

    /// A message out of the bytes of an `Any`, where it is of this type.
    pub(crate) fn unpack<M: Message + Default>(bytes: &Bytes, name: &str) -> Option<M> {
        let any = Self::decode(bytes.clone()).ok()?;
        (any.name() == Some(name))
            .then(|| M::decode(any.value).ok())
            .flatten()
    }
}

/// What is asked of a server: the commands of Flight SQL that read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Command {
    Query(StatementQuery),
    Prepared(PreparedStatement),
    /// The ticket of a query.
    Ticket(StatementTicket),
    Catalogs,
    Schemas(GetSchemas),
    Tables(GetTables),
    TableTypes,
    SqlInfo(GetSqlInfo),
    XdbcTypeInfo(GetXdbcTypeInfo),
    PrimaryKeys,
    /// Exported, imported and across: all the same nothing.
    ForeignKeys,
}

impl Command {
    /// Reads the bytes of a command or ticket. `None` for one that is not
    /// known, or not well-formed.
    pub(crate) fn read(bytes: &Bytes) -> Option<Self> {
        let any = AnyMessage::decode(bytes.clone()).ok()?;
        let value = any.value.clone();
        Some(match any.name()? {
            "CommandStatementQuery" => Self::Query(Message::decode(value).ok()?),
            "CommandPreparedStatementQuery" => Self::Prepared(Message::decode(value).ok()?),
            "TicketStatementQuery" => Self::Ticket(Message::decode(value).ok()?),
            "CommandGetCatalogs" => Self::Catalogs,
            "CommandGetDbSchemas" => Self::Schemas(Message::decode(value).ok()?),
            "CommandGetTables" => Self::Tables(Message::decode(value).ok()?),
            "CommandGetTableTypes" => Self::TableTypes,
            "CommandGetSqlInfo" => Self::SqlInfo(Message::decode(value).ok()?),
            "CommandGetXdbcTypeInfo" => Self::XdbcTypeInfo(Message::decode(value).ok()?),
            "CommandGetPrimaryKeys" => Self::PrimaryKeys,
            "CommandGetExportedKeys" | "CommandGetImportedKeys" | "CommandGetCrossReference" => {
                Self::ForeignKeys
            }
            _ => return None,
        })
    }
}

/// A statement to be run.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct StatementQuery {
    #[prost(string, tag = "1")]
    pub(crate) query: String,
    #[prost(bytes = "bytes", optional, tag = "2")]
    pub(crate) transaction_id: Option<Bytes>,
}

/// The ticket of a statement.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct StatementTicket {
    #[prost(bytes = "bytes", tag = "1")]
    pub(crate) statement_handle: Bytes,
}

/// A prepared statement, by its handle.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct PreparedStatement {
    #[prost(bytes = "bytes", tag = "1")]
    pub(crate) handle: Bytes,
}

/// A statement that was prepared.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct PreparedStatementResult {
    #[prost(bytes = "bytes", tag = "1")]
    pub(crate) handle: Bytes,
    #[prost(bytes = "bytes", tag = "2")]
    pub(crate) dataset_schema: Bytes,
    #[prost(bytes = "bytes", tag = "3")]
    pub(crate) parameter_schema: Bytes,
}

/// Schemas of a catalog.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct GetSchemas {
    #[prost(string, optional, tag = "1")]
    pub(crate) catalog: Option<String>,
    #[prost(string, optional, tag = "2")]
    pub(crate) schema_pattern: Option<String>,
}

/// Tables of schemas.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct GetTables {
    #[prost(string, optional, tag = "1")]
    pub(crate) catalog: Option<String>,
    #[prost(string, optional, tag = "2")]
    pub(crate) schema_pattern: Option<String>,
    #[prost(string, optional, tag = "3")]
    pub(crate) table_pattern: Option<String>,
    #[prost(string, repeated, tag = "4")]
    pub(crate) table_types: Vec<String>,
    #[prost(bool, tag = "5")]
    pub(crate) include_schema: bool,
}

/// Facts about the server; all where none is named.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct GetSqlInfo {
    #[prost(uint32, repeated, tag = "1")]
    pub(crate) info: Vec<u32>,
}

/// Types of ODBC and JDBC; all where none is named.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct GetXdbcTypeInfo {
    #[prost(int32, optional, tag = "1")]
    pub(crate) data_type: Option<i32>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_that_write_and_malformed_ones_are_not_known() {
        let query = StatementQuery {
            query: "SELECT 1".into(),
            transaction_id: None,
        };
        let bytes = |name: &str| Bytes::from(AnyMessage::pack(name, &query).encode_to_vec());
        assert!(matches!(
            Command::read(&bytes("CommandStatementQuery")),
            Some(Command::Query(_))
        ));
        for name in [
            "CommandStatementUpdate",
            "CommandStatementSubstraitPlan",
            "CommandStatementIngest",
            "CommandPreparedStatementUpdate",
            "commandstatementquery",
            "",
        ] {
            assert_eq!(Command::read(&bytes(name)), None, "{name}");
        }
        assert_eq!(Command::read(&Bytes::from_static(b"SELECT 1")), None);
        assert_eq!(Command::read(&Bytes::new()), None);
    }
}
