//! The decision on a request.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, header};
use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConditionallySelectable as _, ConstantTimeEq as _};

use super::failures::Failures;
use super::{Peer, Scope, Secret, TokenRecord, TokenStore};
use crate::problem::Problem;
use safeground_privacy::Audience;

/// Decides who may read which release.
#[derive(Debug)]
pub(crate) struct Gate {
    store: TokenStore,
    refresh: Duration,
    read: Mutex<Option<(Instant, Arc<Vec<Known>>)>>,
    failures: Failures,
}

/// A token that may be presented.
#[derive(Debug)]
struct Known {
    hash: [u8; 32],
    granted: Granted,
    expires: DateTime<Utc>,
}

/// Whoever holds a token of some scope, to tell whose something is. The
/// identifier of a token is too short for that.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Holder([u8; 32]);

impl Holder {
    /// The holder of the token of a hash. Another scope makes another holder:
    /// what was made of more must not be seen with less.
    fn new(hash: &[u8; 32], scope: &Scope) -> Self {
        let mut both = Sha256::new();
        both.update(hash);
        both.update(scope.fingerprint());
        Self(both.finalize().into())
    }

    /// Somebody, for tests.
    #[cfg(test)]
    pub(crate) fn of(number: u8) -> Self {
        Self([number; 32])
    }
}

impl Holder {
    /// Bytes that tell holders apart, and nothing of a token.
    pub(crate) fn bytes(&self) -> [u8; 32] {
        self.0
    }
}

impl std::fmt::Debug for Holder {
    /// Tells nothing: what is logged must not hold what tokens are made of.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Holder")
    }
}

/// What a request may read.
#[derive(Debug, Clone)]
pub(crate) struct Granted {
    /// Who asks.
    pub(crate) holder: Holder,
    /// Identifier of the token; empty where none is needed.
    pub(crate) token: Arc<str>,
    /// Release.
    pub(crate) audience: Audience,
    /// The part of it.
    pub(crate) scope: Arc<Scope>,
}

impl Granted {
    fn to_everyone() -> Self {
        Self {
            holder: Holder([0; 32]),
            token: "".into(),
            audience: Audience::Public,
            scope: Arc::default(),
        }
    }
}

impl Gate {
    /// A gate for the tokens of a store, read again when older than `refresh`.
    pub(crate) fn new(store: TokenStore, refresh: Duration) -> Self {
        Self {
            store,
            refresh,
            read: Mutex::new(None),
            failures: Failures::default(),
        }
    }

    /// What a request may read of the release of an audience.
    pub(crate) async fn check(
        &self,
        audience: Audience,
        headers: &HeaderMap,
        peer: Peer,
    ) -> Result<Granted, Problem> {
        let presented = headers.get(header::AUTHORIZATION).map(|value| {
            let scheme_and_token = value.to_str().ok().and_then(|text| text.split_once(' '));
            scheme_and_token
                .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
                .map_or("", |(_, token)| token.trim())
        });
        match audience {
            Audience::Public => Ok(Granted::to_everyone()),
            other => self.open(Some(other), presented, peer).await,
        }
    }

    /// What whoever presents a text as a token may read: of the release of an
    /// audience, or of the one that the token is for. Without either that is
    /// the public release.
    ///
    /// A text that is no token counts as a guess, whatever it was presented
    /// for.
    pub(crate) async fn open(
        &self,
        audience: Option<Audience>,
        presented: Option<&str>,
        peer: Peer,
    ) -> Result<Granted, Problem> {
        let is_public = audience.is_none_or(|audience| audience == Audience::Public);
        if presented.is_none() && is_public {
            return Ok(Granted::to_everyone());
        }
        if self.failures.blocked(peer, Instant::now()) {
            return Err(Problem::TooManyFailures);
        }
        let Some(presented) = presented else {
            return Err(Problem::Unauthorized { presented: false });
        };
        let granted = match Secret::parse(presented) {
            Some(secret) => find(&self.known().await, &secret.hash(), Utc::now()),
            None => None,
        };
        match granted {
            Some(granted) => match audience {
                None => Ok(granted),
                Some(audience) if granted.audience == audience => Ok(granted),
                Some(Audience::Public) => Ok(Granted::to_everyone()),
                Some(_) => Err(Problem::Forbidden),
            },
            None => {
                self.failures.record(peer, Instant::now());
                Err(Problem::Unauthorized { presented: true })
            }
        }
    }

    /// The tokens, read again if they may have changed. A list that cannot be
    /// read opens nothing.
    async fn known(&self) -> Arc<Vec<Known>> {
        let now = Instant::now();
        if let Some((at, known)) = &*self.read.lock().unwrap_or_else(PoisonError::into_inner)
            && now.duration_since(*at) < self.refresh
        {
            return Arc::clone(known);
        }
        let store = self.store.clone();
        let known = match tokio::task::spawn_blocking(move || store.list()).await {
            Ok(Ok(records)) => records.iter().filter_map(known).collect(),
            Ok(Err(error)) => {
                tracing::error!(%error, "no token is accepted until the list can be read");
                Vec::new()
            }
            Err(_) => Vec::new(),
        };
        let known = Arc::new(known);
        *self.read.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, Arc::clone(&known)));
        known
    }
}

fn known(record: &TokenRecord) -> Option<Known> {
    let mut hash = [0; 32];
    if record.sha256.len() != 64 || !record.sha256.is_ascii() {
        return None;
    }
    for (position, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&record.sha256[2 * position..2 * position + 2], 16).ok()?;
    }
    Some(Known {
        hash,
        granted: Granted {
            holder: Holder::new(&hash, &record.scope),
            token: record.id.as_str().into(),
            audience: record.audience,
            scope: Arc::new(record.scope.clone()),
        },
        expires: record.expires,
    })
}

/// What a token opens. Every token of the list is compared in
/// full and in constant time, found or not.
fn find(known: &[Known], hash: &[u8; 32], now: DateTime<Utc>) -> Option<Granted> {
    let mut found = u64::MAX;
    for (position, token) in known.iter().enumerate() {
        let valid = Choice::from(u8::from(now < token.expires));
        let same = token.hash.ct_eq(hash) & valid;
        found.conditional_assign(&(position as u64), same);
    }
    let position = usize::try_from(found).ok()?;
    known.get(position).map(|token| token.granted.clone())
}
