//! Calls for metadata.

use arrow::array::RecordBatch;
use arrow_flight::FlightData;
use arrow_flight::sql::Command;
use arrow_flight::utils::batches_to_flight_data;
use bytes::Bytes;
use tonic::Status;

use super::{Caller, Service};
use crate::messages::schema_message;
use crate::metadata::{
    Listing, catalogs, foreign_keys, primary_keys, schemas, sql_info, table_types, tables,
    xdbc_types,
};
use crate::status;

/// A list as Arrow messages.
pub(super) struct Listed {
    /// Its columns.
    pub(super) schema: Bytes,
    /// All of it, the columns first.
    pub(super) data: Vec<FlightData>,
}

impl Service {
    /// Lists what a command asks for; a command that asks for no list, or that
    /// this server does not know, is not supported.
    pub(super) fn list(&self, caller: &Caller, command: Command) -> Result<Listed, Status> {
        let pool = &caller.who.pool;
        let listing = || Listing {
            tables: pool.tables(),
            release_id: pool.release_id(),
            texts: caller.texts,
        };
        let batch = match command {
            Command::CommandGetCatalogs(asked) => catalogs(asked),
            Command::CommandGetDbSchemas(asked) => schemas(&listing(), asked),
            Command::CommandGetTables(asked) => tables(&listing(), asked),
            Command::CommandGetTableTypes(asked) => table_types(asked),
            Command::CommandGetSqlInfo(asked) => sql_info(&pool.functions().0, asked),
            Command::CommandGetXdbcTypeInfo(asked) => xdbc_types(asked),
            Command::CommandGetPrimaryKeys(_) => Ok(primary_keys()),
            Command::CommandGetExportedKeys(_)
            | Command::CommandGetImportedKeys(_)
            | Command::CommandGetCrossReference(_) => Ok(foreign_keys()),
            _ => return Err(status::unsupported()),
        };
        let listed = |batch: RecordBatch| {
            let columns = batch.schema();
            Some(Listed {
                schema: schema_message(&columns).ok()?,
                data: batches_to_flight_data(&columns, vec![batch]).ok()?,
            })
        };
        batch.ok().and_then(listed).ok_or_else(|| {
            tracing::error!("a list of what there is cannot be written");
            status::internal()
        })
    }
}
