//! The SQL functions, called as users call them: in SQL.

mod aggregates;
mod catalogue;
mod geometry;
mod h3_oracle;
mod h3_properties;
mod h3_semantics;
mod session;
mod tables;
mod tables_errors;
mod tiles;
