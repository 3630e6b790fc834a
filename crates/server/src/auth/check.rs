//! The decision on a request.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, header};
use chrono::{DateTime, Utc};
use subtle::{Choice, ConditionallySelectable as _, ConstantTimeEq as _};

use super::failures::Failures;
use super::{Peer, Secret, TokenRecord, TokenStore};
use crate::problem::Problem;
use safeground_privacy::Audience;

/// Whoever holds a token, known by its hash.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Holder([u8; 32]);

impl std::fmt::Debug for Holder {
    /// Tells nothing: what is logged must not tell tokens apart.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Holder")
    }
}

#[cfg(test)]
impl Holder {
    /// Somebody, for tests.
    pub(crate) fn of(number: u8) -> Self {
        Self([number; 32])
    }
}

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
    audience: Audience,
    expires: DateTime<Utc>,
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

    /// Whether a request may read the release of an audience.
    pub(crate) async fn check(
        &self,
        audience: Audience,
        headers: &HeaderMap,
        peer: Peer,
    ) -> Result<(), Problem> {
        if audience == Audience::Public {
            return Ok(());
        }
        self.identify(audience, headers, peer).await.map(|_| ())
    }

    /// Who asks, if the token that comes with the request opens the release of
    /// this very audience.
    pub(crate) async fn identify(
        &self,
        audience: Audience,
        headers: &HeaderMap,
        peer: Peer,
    ) -> Result<Holder, Problem> {
        if self.failures.blocked(peer, Instant::now()) {
            return Err(Problem::TooManyFailures);
        }
        let Some(presented) = headers.get(header::AUTHORIZATION) else {
            return Err(Problem::Unauthorized { presented: false });
        };
        let secret = presented
            .to_str()
            .ok()
            .and_then(|text| text.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .and_then(|(_, token)| Secret::parse(token.trim()));
        let granted = match secret {
            Some(secret) => {
                let hash = secret.hash();
                let granted = find(&self.known().await, &hash, Utc::now());
                granted.map(|granted| (granted, Holder(hash)))
            }
            None => None,
        };
        match granted {
            Some((granted, holder)) if granted == audience => Ok(holder),
            Some(_) => Err(Problem::Forbidden),
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
        audience: record.audience,
        expires: record.expires,
    })
}

/// The audience that a token opens. Every token of the list is compared in
/// full and in constant time, found or not.
fn find(known: &[Known], hash: &[u8; 32], now: DateTime<Utc>) -> Option<Audience> {
    let mut found = u64::MAX;
    for (position, token) in known.iter().enumerate() {
        let valid = Choice::from(u8::from(now < token.expires));
        let same = token.hash.ct_eq(hash) & valid;
        found.conditional_assign(&(position as u64), same);
    }
    let position = usize::try_from(found).ok()?;
    known.get(position).map(|token| token.audience)
}
