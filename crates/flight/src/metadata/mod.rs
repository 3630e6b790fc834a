//! Answers to calls for metadata: what there is, in the shapes that
//! `FlightSql.proto` gives.

mod keys;
mod sql_info;
mod tables;
mod types;

pub(crate) use keys::{foreign_keys, primary_keys};
pub(crate) use sql_info::sql_info;
pub(crate) use tables::{Listing, catalogs, schemas, table_types, tables};
pub(crate) use types::xdbc_types;
