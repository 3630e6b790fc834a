//! HTTP over releases: the map, features, tables and vector tiles.
//!
//! A [`Server`] opens release folders and nothing else. It never sees the
//! lake: the only way data come in is a release, every value it sends is one
//! that the release holds, and every form shows the same value.
//!
//! | module | subject |
//! |---|---|
//! | `view` | a release in memory, indexed |
//! | `geometry`, `tiles` | shapes and vector tiles |
//! | `items` | features, tables, pages |
//! | `routes` | addresses, and the OpenAPI document made from them |
//! | `middleware` | limits, headers, log, who may read what |
//! | `auth` | tokens |
//! | `caller` | who may ask in SQL, for ways in other than HTTP |
//! | `door` | listening, TLS and stopping, for all ways in |
//! | `dp` | questions with noise, handed to a process of their own |
//! | `plans` | campaign plans: a queue, threads, what was made |
//! | `problem` | every error a client sees |
//!
//! A plan is made from the released tables of the planning audience alone, by
//! `safeground-campaign`; it is kept in memory, for the token that asked.
//!
//! Deliberately absent: the lake, SQL, any computation of scores, any write
//! but that of the list of tokens.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod app;
mod auth;
mod caller;
mod config;
mod door;
mod dp;
mod error;
mod etag;
mod geometry;
mod items;
mod measure;
mod middleware;
mod plans;
mod problem;
mod progress;
mod query;
mod releases;
mod routes;
mod serve;
mod sql;
mod state;
mod tiles;
mod view;

pub use app::{addresses, app};
pub use auth::{NewToken, Scope, Secret, TokenRecord, TokenStore};
pub use caller::{Denied, DeniedKind, Knock, SqlCaller};
pub use config::Config;
pub use door::{Door, DoorError, Guest, Security};
pub use dp::{DpAnswer, DpBudget, DpOffer, DpRefusal, DpReply, DpRequest, MOST_REQUEST_BYTES};
pub use error::ServerError;
pub use progress::Progress;
pub use safeground_campaign::Limits as PlanLimits;
pub use safeground_privacy::Audience;
pub use serve::{Server, asked_to_stop};
pub use state::AppState;
