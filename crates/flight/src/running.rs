//! Queries that run, so that they can be stopped by their tickets.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::watch;

/// Queries that run, by the identifier of their ticket.
#[derive(Debug, Clone, Default)]
pub(crate) struct Running(Arc<Mutex<HashMap<Bytes, watch::Sender<bool>>>>);

/// A query that runs, until it is dropped.
#[derive(Debug)]
pub(crate) struct Run {
    id: Bytes,
    stopped: watch::Receiver<bool>,
    running: Running,
}

impl Running {
    /// A query begins. A ticket that is used twice at a time is stopped twice
    /// at a time.
    pub(crate) fn begin(&self, id: Bytes) -> Run {
        let mut running = self.lock();
        let sender = running
            .entry(id.clone())
            .or_insert_with(|| watch::Sender::new(false));
        Run {
            id,
            stopped: sender.subscribe(),
            running: self.clone(),
        }
    }

    /// Stops the query of a ticket. False where none runs.
    pub(crate) fn stop(&self, id: &Bytes) -> bool {
        match self.lock().get(id) {
            Some(sender) => sender.send(true).is_ok(),
            None => false,
        }
    }

    /// Whole at every moment the lock is free.
    fn lock(&self) -> MutexGuard<'_, HashMap<Bytes, watch::Sender<bool>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Run {
    /// Done when the query is stopped; never, where it is not.
    pub(crate) async fn stopped(&mut self) {
        if self.stopped.wait_for(|stopped| *stopped).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let mut running = self.running.lock();
        // This one is still counted.
        let is_last = running
            .get(&self.id)
            .is_some_and(|sender| sender.receiver_count() <= 1);
        if is_last {
            running.remove(&self.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_query_is_stopped_while_it_runs_and_forgotten_afterwards() {
        let running = Running::default();
        let id = Bytes::from_static(b"a");
        assert!(!running.stop(&id));
        let (mut one, mut two) = (running.begin(id.clone()), running.begin(id.clone()));
        let other = running.begin(Bytes::from_static(b"b"));
        assert!(running.stop(&id));
        one.stopped().await;
        two.stopped().await;
        drop(one);
        assert!(running.stop(&id));
        drop(two);
        assert!(!running.stop(&id));
        drop(other);
        assert!(running.lock().is_empty());
    }
}
