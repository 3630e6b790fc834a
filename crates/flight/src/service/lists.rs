//! Calls for metadata.

use arrow::array::RecordBatch;
use bytes::Bytes;
use tonic::Status;

use super::{Caller, Service};
use crate::messages::{Message, all, stream_of};
use crate::metadata::{
    Listing, catalogs, foreign_keys, primary_keys, schemas, sql_info, table_types, tables,
    xdbc_types,
};
use crate::protocol::Command;
use crate::status;

/// A list as Arrow messages.
pub(super) struct Listed {
    /// Its columns.
    pub(super) schema: Bytes,
    /// All of it, the columns first.
    pub(super) messages: Vec<Message>,
}

impl Service {
    /// Lists what a command asks for.
    pub(super) fn list(&self, caller: &Caller, command: &Command) -> Result<Listed, Status> {
        let pool = &caller.who.pool;
        let listing = || Listing {
            tables: pool.tables(),
            release_id: pool.release_id(),
            texts: caller.texts,
        };
        let batch = match command {
            Command::Catalogs => catalogs(),
            Command::Schemas(asked) => schemas(&listing(), asked),
            Command::Tables(asked) => tables(&listing(), asked),
            Command::TableTypes => table_types(),
            Command::SqlInfo(asked) => sql_info(&pool.functions().0, &asked.info),
            Command::XdbcTypeInfo(asked) => xdbc_types(asked.data_type),
            Command::PrimaryKeys => Ok(primary_keys()),
            Command::ForeignKeys => Ok(foreign_keys()),
            Command::Query(_) | Command::Prepared(_) | Command::Ticket(_) => {
                return Err(status::malformed());
            }
        };
        let listed = batch.and_then(|batch: RecordBatch| stream_of(&batch));
        let messages = listed.ok().and_then(|stream| all(&stream).ok());
        let messages = messages.ok_or_else(|| {
            tracing::error!("a list of what there is cannot be written");
            status::internal()
        })?;
        let schema = messages.first().map(|first| first.with_prefix.clone());
        Ok(Listed {
            schema: schema.unwrap_or_default(),
            messages,
        })
    }
}
