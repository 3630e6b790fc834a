//! Queries stopped by other connections, as the protocol has it.
//!
//! Each connection is told a number and a secret when it begins. Whoever shows
//! both stops the query that runs on it. Both are random: the number alone has
//! 31 bits, the secret 32, or 256 where the client knows long ones.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pgwire::messages::cancel::CancelRequest;
use pgwire::messages::startup::SecretKey;
use tokio::sync::watch;

/// Number and secret of a connection.
type Key = (i32, Vec<u8>);

/// Connections by number and secret.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cancels(Arc<Mutex<HashMap<Key, watch::Sender<u64>>>>);

/// A connection's place in the list, until it is dropped.
pub(crate) struct Cancel {
    key: Key,
    asked: watch::Receiver<u64>,
    cancels: Cancels,
}

impl Cancels {
    /// Enters a connection. `None` where the system gives no random numbers.
    pub(crate) fn enter(&self, long_secret: bool) -> Option<Cancel> {
        let mut number = [0; 4];
        let mut secret = vec![0; if long_secret { 32 } else { 4 }];
        let mut connections = self.lock();
        let key = loop {
            getrandom::fill(&mut number).ok()?;
            getrandom::fill(&mut secret).ok()?;
            // Clients take it for a process, which has no negative number.
            let key = (i32::from_be_bytes(number) & i32::MAX, secret.clone());
            if !connections.contains_key(&key) {
                break key;
            }
        };
        let (sender, asked) = watch::channel(0);
        connections.insert(key.clone(), sender);
        drop(connections);
        Some(Cancel {
            key,
            asked,
            cancels: self.clone(),
        })
    }

    /// Stops the query of a connection; nothing, where there is none.
    pub(crate) fn stop(&self, request: &CancelRequest) {
        let key = (request.pid, request.secret_key.to_bytes().to_vec());
        if let Some(sender) = self.lock().get(&key) {
            sender.send_modify(|asked| *asked = asked.wrapping_add(1));
        }
    }

    /// Whole at every moment the lock is free.
    fn lock(&self) -> MutexGuard<'_, HashMap<Key, watch::Sender<u64>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cancel {
    /// Number and secret as the client is told them.
    pub(crate) fn told(&self) -> (i32, SecretKey) {
        let secret = match <[u8; 4]>::try_from(self.key.1.as_slice()) {
            Ok(short) => SecretKey::I32(i32::from_be_bytes(short)),
            Err(_) => SecretKey::Bytes(self.key.1.clone().into()),
        };
        (self.key.0, secret)
    }

    /// A query begins: what was asked before does not count.
    pub(crate) fn begin(&mut self) {
        self.asked.mark_unchanged();
    }

    /// Done when the query is to stop; never, where it is not.
    pub(crate) async fn asked(&mut self) {
        if self.asked.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Cancel {
    fn drop(&mut self) {
        self.cancels.lock().remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_query_is_stopped_by_number_and_secret_together_and_by_nothing_else() {
        let cancels = Cancels::default();
        for long in [false, true] {
            let mut cancel = cancels.enter(long).unwrap();
            let (number, secret) = cancel.told();
            let wrong = SecretKey::I32(secret.as_i32().map_or(7, |secret| secret ^ 1));
            cancels.stop(&CancelRequest::new(number, wrong));
            cancels.stop(&CancelRequest::new(number ^ 1, secret.clone()));
            assert!(!cancel.asked.has_changed().unwrap());
            cancels.stop(&CancelRequest::new(number, secret.clone()));
            cancel.begin();
            assert!(!cancel.asked.has_changed().unwrap());
            cancels.stop(&CancelRequest::new(number, secret));
            cancel.asked().await;
            drop(cancel);
        }
        assert!(cancels.lock().is_empty());
    }
}
