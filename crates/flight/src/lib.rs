//! Arrow Flight SQL over releases.
//!
//! Tested with ADBC; other clients of Flight SQL should work and are not tested,
//! the JDBC driver among them.
//!
//! ```text
//! authorization: Bearer TOKEN      or Basic ANY:TOKEN; none for the public release
//! audience: research               or that of the token
//! classic-types: true              Utf8 and Binary in place of the view types
//! ```
//!
//! A [`Server`] is another way into what `safeground-server` serves: the same
//! releases, tokens and pools of confined workers, so that it lets through and
//! refuses the same statements as HTTP does. It never looks into rows: workers
//! write Arrow messages, and it puts them into those of Flight.
//!
//! | module | subject |
//! |---|---|
//! | `serve`, `grpc` | connections, with or without TLS; calls of Flight |
//! | `service` | what each call does, for whom |
//! | `credentials` | what a request says of who sends it |
//! | `ticket`, `statements`, `running` | sealed tickets, prepared statements, what can be cancelled |
//! | `messages` | Arrow IPC streams cut into messages |
//! | `metadata` | catalogs, tables, types, facts about the server |
//! | `status` | every error a client sees |
//!
//! Messages, calls and the shapes of metadata are those of `arrow-flight`.
//!
//! Deliberately absent: updates, uploads, transactions, sessions, plans in
//! Substrait, redirects to other addresses, any file.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod credentials;
mod grpc;
mod messages;
mod metadata;
mod running;
mod serve;
mod service;
mod statements;
mod status;
mod ticket;

pub use serve::{Options, ServeError, Server};
