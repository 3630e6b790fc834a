//! How often a client may present an invalid token.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Peer;

/// Invalid tokens in a window before a client has to wait.
const MAX_FAILURES: u32 = 10;
const WINDOW: Duration = Duration::from_secs(60);
/// Clients remembered at once, so that many addresses cannot fill the memory.
const MAX_PEERS: usize = 10_000;

/// Invalid tokens by client.
#[derive(Debug, Default)]
pub(crate) struct Failures(Mutex<HashMap<Peer, (Instant, u32)>>);

impl Failures {
    /// Whether the client has used up its attempts.
    pub(crate) fn blocked(&self, peer: Peer, now: Instant) -> bool {
        let failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        failures.get(&peer).is_some_and(|(start, count)| {
            *count >= MAX_FAILURES && now.duration_since(*start) < WINDOW
        })
    }

    /// Counts an invalid token.
    pub(crate) fn record(&self, peer: Peer, now: Instant) {
        let mut failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() >= MAX_PEERS && !failures.contains_key(&peer) {
            failures.retain(|_, (start, _)| now.duration_since(*start) < WINDOW);
            let oldest = failures.iter().min_by_key(|(_, (start, _))| *start);
            if failures.len() >= MAX_PEERS
                && let Some(oldest) = oldest.map(|(peer, _)| *peer)
            {
                failures.remove(&oldest);
            }
        }
        let entry = failures.entry(peer).or_insert((now, 0));
        if now.duration_since(entry.0) >= WINDOW {
            *entry = (now, 0);
        }
        entry.1 += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_failures_in_a_minute_block_a_client_until_the_minute_is_over() {
        let failures = Failures::default();
        let (peer, other) = (Peer::from([10, 0, 0, 1]), Peer::from([10, 0, 0, 2]));
        let start = Instant::now();
        for _ in 0..9 {
            failures.record(peer, start);
        }
        assert!(!failures.blocked(peer, start));
        failures.record(peer, start);
        assert!(failures.blocked(peer, start));
        assert!(!failures.blocked(other, start));
        let later = start + WINDOW;
        assert!(!failures.blocked(peer, later));
        failures.record(peer, later);
        assert!(!failures.blocked(peer, later));
    }

    #[test]
    fn the_number_of_clients_remembered_is_bounded() {
        let failures = Failures::default();
        let now = Instant::now();
        for n in 0..(MAX_PEERS as u32 + 100) {
            failures.record(Peer::from(n.to_be_bytes()), now);
        }
        assert!(failures.0.lock().unwrap().len() <= MAX_PEERS);
    }
}
