//! What happens around every request, from the outside in: the log, security
//! headers, panics, limits, compression; and for the routes of a release, who
//! may read it.

mod audience;
mod compression;
mod limits;
mod log;
mod security;

pub(crate) use audience::{ServedRelease, name_release, release_of_audience};
pub(crate) use compression::tag_codings;
pub(crate) use limits::{catch_panic, limit_size, limit_work};
pub(crate) use log::log_and_count;
pub(crate) use security::security_headers;
