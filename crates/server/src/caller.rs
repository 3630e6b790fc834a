//! Who may ask in SQL, for ways in other than HTTP.
//!
//! Flight SQL and the like speak protocols of their own, in crates of their
//! own. Who a caller is, which release is theirs, whose turns their queries
//! take and which pool answers them is decided here and nowhere else, with the
//! tokens, the count of failures and the pools that HTTP uses.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use safeground_sql::pool::Pool;
use sha2::{Digest as _, Sha256};
use tokio::sync::OwnedSemaphorePermit;

use crate::auth::Peer;
use crate::problem::Problem;
use crate::sql::identity;
use crate::state::AppState;
use safeground_privacy::Audience;

/// What somebody shows at the door.
///
/// It has no `Debug`, since it holds the text of a token.
#[derive(Clone, Copy)]
pub struct Knock<'a> {
    /// Name of the audience whose release is asked for. Without one it is the
    /// release that the token is for, and the public one without a token.
    pub audience: Option<&'a str>,
    /// Text of a token.
    pub token: Option<&'a str>,
    /// Address of the client.
    pub address: IpAddr,
}

/// Somebody who may ask one release in SQL.
#[derive(Debug, Clone)]
pub struct SqlCaller {
    /// The pool that answers.
    pub pool: Pool,
    /// Whose turns and limits count.
    pub identity: String,
    /// Tells callers apart: of a token and its scope, or of a client where no
    /// token is needed. It cannot be turned back into either.
    pub owner: [u8; 32],
    /// Audience of the release.
    pub audience: Audience,
    /// Release that was current when they came in.
    pub release_id: String,
    /// Identifier of the token, for the log; empty where none is needed.
    pub token: Arc<str>,
}

/// Why somebody may not ask. Its text is constant.
#[derive(Debug, Clone)]
pub struct Denied(Problem);

/// Kinds of denials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeniedKind {
    /// What they asked for is not understood.
    Invalid,
    /// No valid token.
    Unauthenticated,
    /// A valid token for something else.
    Forbidden,
    /// Too many invalid tokens.
    TooManyFailures,
    /// There is nothing to ask, or no way now.
    Unavailable,
    /// A defect; the cause is in the log.
    Internal,
}

impl Denied {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> DeniedKind {
        match &self.0 {
            Problem::BadParameter { .. } => DeniedKind::Invalid,
            Problem::Unauthorized { .. } => DeniedKind::Unauthenticated,
            Problem::Forbidden | Problem::OutOfScope => DeniedKind::Forbidden,
            Problem::TooManyFailures => DeniedKind::TooManyFailures,
            Problem::NoRelease(_) | Problem::Busy | Problem::NoRoute | Problem::Sql(_) => {
                DeniedKind::Unavailable
            }
            _ => DeniedKind::Internal,
        }
    }

    /// Stable name, the one that ends the `type` of HTTP's problems.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.0.name()
    }
}

impl std::fmt::Display for Denied {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.0, self.0.detail())
    }
}

impl std::error::Error for Denied {}

impl From<Problem> for Denied {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl AppState {
    /// Decides whether somebody may ask in SQL, and what.
    ///
    /// 1. The audience is one that there is.
    /// 2. The token, if any, is valid and for that audience; ten invalid ones
    ///    in a minute close the door to a client, here and for HTTP together.
    /// 3. Of the release, it is the part that the token opens.
    /// 4. The release is served and its workers can be started.
    ///
    /// Unlike HTTP, which leaves a token unread where the public release is
    /// asked for, a token that is presented must be valid.
    ///
    /// # Errors
    /// [`Denied`], by the first of these that fails.
    pub async fn sql_caller(&self, knock: Knock<'_>) -> Result<SqlCaller, Denied> {
        let audience = knock.audience.map(|name| {
            let expected = "expected one of public, research, planning";
            name.parse::<Audience>()
                .map_err(|_| Problem::bad("audience", expected))
        });
        let peer = Peer::from(knock.address);
        let granted = self
            .gate()
            .open(audience.transpose()?, knock.token, peer)
            .await?;
        let view = self.part(granted.audience, &granted.scope).await?;
        let pool = self.sql().of(&view).await?;
        let identity = identity(&granted.token, peer);
        let mut owner = Sha256::new();
        owner.update(granted.holder.bytes());
        if granted.token.is_empty() {
            owner.update(&identity);
        }
        Ok(SqlCaller {
            pool,
            identity,
            owner: owner.finalize().into(),
            audience: granted.audience,
            release_id: view.release_id().to_owned(),
            token: granted.token,
        })
    }

    /// A place among the requests worked on at once, of all ways in together.
    ///
    /// # Errors
    /// [`Denied`] where all are taken.
    pub fn begin_call(&self) -> Result<OwnedSemaphorePermit, Denied> {
        let permit = Arc::clone(self.requests()).try_acquire_owned();
        permit.map_err(|_| Denied(Problem::Busy))
    }

    /// Logs and counts a call of another protocol as a request over HTTP is:
    /// by its name, its status and the identifier of the token, so that named
    /// users stay accountable. What was asked is not logged.
    pub fn end_call(
        &self,
        call: &'static str,
        protocol: &'static str,
        status: u16,
        took: Duration,
        caller: Option<&SqlCaller>,
    ) {
        self.metrics().request(call, protocol, status, took);
        tracing::info!(
            route = call,
            method = protocol,
            status,
            duration_ms = took.as_secs_f64() * 1000.0,
            release = caller.map_or("", |caller| &caller.release_id),
            token = caller.map_or("", |caller| &caller.token),
            "request"
        );
    }
}
