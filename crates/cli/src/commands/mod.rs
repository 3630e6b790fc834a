//! One module per command: arguments, checked request, run.

pub mod audit;
pub mod budget;
pub mod cite;
pub mod demo;
pub mod describe;
pub mod dp;
#[cfg(unix)]
pub mod dp_worker;
pub mod ingest;
pub mod lake;
pub mod loads;
pub mod mapping;
pub mod plan;
pub mod policy;
pub mod purge;
pub mod query;
pub mod release;
pub mod resources;
pub mod score;
pub mod serve;
pub mod sql;
pub mod steward;
pub mod synth;
pub mod token;
pub mod undo;
pub mod which;
pub mod who;
