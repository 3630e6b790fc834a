//! Who may run when: limits for each user and for all, and fair turns.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::refusal::{Limit, Refusal};

/// Limits on how many queries run and wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turns {
    /// Most queries that run at a time.
    pub running: usize,
    /// Most of them that are one user's.
    pub running_of_one: usize,
    /// Most queries of one user, waiting ones included.
    pub queries_of_one: usize,
    /// Most queries that wait.
    pub waiting: usize,
    /// Longest wait.
    pub wait: Duration,
}

/// Gives turns.
///
/// Users who wait take turns, whatever the number of queries each has sent: a
/// user with one query waits for at most one query of each other user. Within
/// one user's queries, the first comes first.
#[derive(Debug)]
pub(super) struct Schedule {
    turns: Turns,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    running: usize,
    of: BTreeMap<String, OfOne>,
    /// Users with waiting queries, the next first.
    order: VecDeque<String>,
}

#[derive(Debug, Default)]
struct OfOne {
    running: usize,
    waiting: VecDeque<oneshot::Sender<Turn>>,
}

/// Leave to run one query. Dropping it gives the next a turn.
#[derive(Debug)]
pub(super) struct Turn {
    schedule: Arc<Schedule>,
    identity: String,
}

impl Drop for Turn {
    fn drop(&mut self) {
        let unwanted = {
            let mut state = self.schedule.lock();
            state.running -= 1;
            if let Some(of) = state.of.get_mut(&self.identity) {
                of.running -= 1;
                if of.running == 0 && of.waiting.is_empty() {
                    state.of.remove(&self.identity);
                }
            }
            Schedule::give(&self.schedule, &mut state)
        };
        // Outside the lock, which dropping them takes again.
        drop(unwanted);
    }
}

impl Schedule {
    pub(super) fn new(turns: Turns) -> Arc<Self> {
        Arc::new(Self {
            turns,
            state: Mutex::default(),
        })
    }

    /// The state is whole at every moment the lock is free, panics included.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a turn. Dropping the wait leaves the queue.
    pub(super) async fn turn(self: &Arc<Self>, identity: &str) -> Result<Turn, Refusal> {
        let turns = &self.turns;
        let (turn, unwanted) = {
            let mut state = self.lock();
            state.forget_gone();
            let of = state.of.entry(identity.to_owned()).or_default();
            let mine = of.running + of.waiting.len();
            if mine >= turns.queries_of_one {
                state.forget_gone();
                return Err(Refusal::Limit {
                    limit: Limit::QueriesOfOne,
                    most: turns.queries_of_one as u64,
                });
            }
            let (sender, turn) = oneshot::channel();
            of.waiting.push_back(sender);
            if !state.order.iter().any(|waiting| waiting == identity) {
                state.order.push_back(identity.to_owned());
            }
            let unwanted = Self::give(self, &mut state);
            if state.waiting() > turns.waiting {
                // The one that came last is this one: it found no turn.
                if let Some(of) = state.of.get_mut(identity) {
                    of.waiting.pop_back();
                }
                state.forget_gone();
                drop(state);
                drop(unwanted);
                return Err(Refusal::Limit {
                    limit: Limit::QueriesWaiting,
                    most: turns.waiting as u64,
                });
            }
            (turn, unwanted)
        };
        drop(unwanted);
        match tokio::time::timeout(turns.wait, turn).await {
            Ok(Ok(turn)) => Ok(turn),
            Ok(Err(_)) => Err(Refusal::Unavailable),
            Err(_) => Err(Refusal::Limit {
                limit: Limit::WaitSeconds,
                most: turns.wait.as_secs(),
            }),
        }
    }

    /// Gives turns while there are any. Returns those whose taker left in the
    /// same moment; the caller drops them once the lock is free.
    fn give(schedule: &Arc<Self>, state: &mut State) -> Vec<Turn> {
        let turns = &schedule.turns;
        let mut unwanted = Vec::new();
        let mut passed = 0;
        while state.running < turns.running && passed < state.order.len() {
            let Some(identity) = state.order.pop_front() else {
                break;
            };
            let Some(of) = state.of.get_mut(&identity) else {
                continue;
            };
            of.waiting.retain(|waiting| !waiting.is_closed());
            if of.running >= turns.running_of_one {
                if !of.waiting.is_empty() {
                    state.order.push_back(identity);
                    passed += 1;
                }
                continue;
            }
            let Some(next) = of.waiting.pop_front() else {
                continue;
            };
            of.running += 1;
            state.running += 1;
            let turn = Turn {
                schedule: Arc::clone(schedule),
                identity: identity.clone(),
            };
            if let Err(turn) = next.send(turn) {
                unwanted.push(turn);
            }
            if !of.waiting.is_empty() {
                state.order.push_back(identity);
            }
            passed = 0;
        }
        unwanted
    }
}

impl State {
    fn waiting(&self) -> usize {
        self.of.values().map(|of| of.waiting.len()).sum()
    }

    /// Forgets queries that nobody waits for any more.
    fn forget_gone(&mut self) {
        for of in self.of.values_mut() {
            of.waiting.retain(|waiting| !waiting.is_closed());
        }
        self.of
            .retain(|_, of| of.running > 0 || !of.waiting.is_empty());
        let of = &self.of;
        self.order
            .retain(|identity| of.get(identity).is_some_and(|of| !of.waiting.is_empty()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turns(running: usize, running_of_one: usize) -> Turns {
        Turns {
            running,
            running_of_one,
            queries_of_one: 4,
            waiting: 6,
            wait: Duration::from_secs(60),
        }
    }

    /// Starts waiting, in the order of the calls.
    async fn wait(
        schedule: &Arc<Schedule>,
        identity: &'static str,
    ) -> tokio::task::JoinHandle<Result<Turn, Refusal>> {
        let schedule = Arc::clone(schedule);
        let waiting = tokio::spawn(async move { schedule.turn(identity).await });
        for _ in 0..8 {
            tokio::task::yield_now().await;
        }
        waiting
    }

    #[tokio::test]
    async fn a_user_with_one_query_waits_for_one_query_of_another() {
        let schedule = Schedule::new(turns(1, 1));
        let first = schedule.turn("many").await.unwrap();
        let second = wait(&schedule, "many").await;
        let third = wait(&schedule, "many").await;
        let single = wait(&schedule, "single").await;
        drop(first);
        let second = second.await.unwrap().unwrap();
        assert!(!third.is_finished() && !single.is_finished());
        drop(second);
        let single = single.await.unwrap().unwrap();
        assert!(!third.is_finished());
        drop(single);
        assert!(third.await.unwrap().is_ok());
    }

    #[tokio::test]
    async fn one_user_cannot_take_every_turn() {
        let schedule = Schedule::new(turns(2, 1));
        let _first = schedule.turn("many").await.unwrap();
        let second = wait(&schedule, "many").await;
        assert!(schedule.turn("single").await.is_ok());
        assert!(!second.is_finished());
    }

    #[tokio::test]
    async fn limits_are_told_by_name() {
        let schedule = Schedule::new(turns(1, 1));
        let _running = schedule.turn("a").await.unwrap();
        let mut waiting = Vec::new();
        for identity in ["a", "a", "a", "b", "b", "b"] {
            waiting.push(wait(&schedule, identity).await);
        }
        let of_one = schedule.turn("a").await.unwrap_err();
        assert_eq!(
            of_one,
            Refusal::Limit {
                limit: Limit::QueriesOfOne,
                most: 4
            }
        );
        let in_all = schedule.turn("c").await.unwrap_err();
        assert_eq!(
            in_all,
            Refusal::Limit {
                limit: Limit::QueriesWaiting,
                most: 6
            }
        );
    }

    #[tokio::test]
    async fn who_leaves_the_queue_frees_a_place_and_takes_no_turn() {
        let schedule = Schedule::new(turns(1, 1));
        let running = schedule.turn("a").await.unwrap();
        let left = wait(&schedule, "b").await;
        let stays = wait(&schedule, "c").await;
        left.abort();
        assert!(left.await.is_err());
        drop(running);
        assert!(stays.await.unwrap().is_ok());
        assert_eq!(schedule.lock().running, 0);
        assert!(schedule.turn("b").await.is_ok());
    }

    #[tokio::test]
    async fn waiting_ends_with_the_limit_of_waiting() {
        let wait = Duration::from_secs(1);
        let schedule = Schedule::new(Turns {
            wait,
            ..turns(1, 1)
        });
        let _running = schedule.turn("a").await.unwrap();
        let refusal = schedule.turn("b").await.unwrap_err();
        assert_eq!(
            refusal,
            Refusal::Limit {
                limit: Limit::WaitSeconds,
                most: 1
            }
        );
    }
}
