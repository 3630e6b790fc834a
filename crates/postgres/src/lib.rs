//! The PostgreSQL wire protocol over releases, for psql, psycopg and whatever
//! else speaks it.
//!
//! ```text
//! postgresql://anybody:TOKEN@127.0.0.1:5432/research    the password is a token
//! postgresql://anybody@127.0.0.1:5432/public            the public release needs none
//! ```
//!
//! A [`Server`] is another way into what `safeground-server` serves: the same
//! releases, tokens and pools of confined workers, so that it lets through and
//! refuses the same statements as HTTP does. The name of the user is free; the
//! name of the database is that of an audience, or empty or the user's (which
//! clients send where none is given) for that of the token.
//!
//! | module | subject |
//! |---|---|
//! | `serve`, `entry` | connections, TLS, who comes in |
//! | `frames` | messages of clients, checked before anything reads them |
//! | `session`, `portals` | what each message does |
//! | `asking`, `rows` | queries, and their rows as they come |
//! | `values` | bound values |
//! | `commands`, `settings`, `words` | BEGIN, SET, SHOW and the like, answered here |
//! | `catalog` | what clients ask of `pg_catalog`, as far as it is answered |
//! | `cancel` | queries stopped by other connections |
//! | `fault` | every error a client sees |
//!
//! Messages and their encoding are those of `pgwire`, types and their encoding
//! those of `arrow-pg`. What happens on a connection is decided here and not by
//! the handlers of `pgwire` 0.41 (nor of 0.42): these read whole answers into memory before
//! they send a row, take memory for as many rows as an `Execute` names, keep
//! statements without limit, and panic on messages that are cut short.
//! `datafusion-postgres` (0.19) is not used: it plans and runs
//! statements on a `SessionContext` in its own process, which no gate looks at
//! and no limit of the system ends.
//!
//! Deliberately absent: COPY, updates, functions called by number, changes of
//! settings that would change answers, most of `pg_catalog`.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod asking;
mod cancel;
mod catalog;
mod commands;
mod entry;
mod fault;
mod frames;
mod outgoing;
mod portals;
mod rows;
mod serve;
mod session;
mod settings;
mod values;
mod words;

pub use serve::Server;
