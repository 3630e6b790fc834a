//! Who may run when: limits for each user and for all, and fair turns.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::refusal::{Limit, Refusal};

/// Limits on how many queries run and wait.
///
/// Nobody knows beforehand which query is small. So every query runs at once
/// for [`fresh_for`](Self::fresh_for), in a lane of its own that what runs
/// longer never takes; what has not ended by then goes on in the lane of
/// `running`, or waits for a turn there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turns {
    /// Most queries that run at a time, fresh ones not counted.
    pub running: usize,
    /// Most of them that are one user's, and as many of the fresh ones.
    pub running_of_one: usize,
    /// Most queries of one user, waiting ones included.
    pub queries_of_one: usize,
    /// Most queries that wait.
    pub waiting: usize,
    /// Longest wait, for either lane.
    pub wait: Duration,
    /// Most queries at a time that are fresh.
    pub fresh: usize,
    /// How long a query is fresh, where it has a processor to itself.
    pub fresh_for: Duration,
}

/// Where a turn is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lane {
    /// The first moments of every query.
    Fresh = 0,
    /// What takes longer.
    Long = 1,
}

const LANES: [Lane; 2] = [Lane::Fresh, Lane::Long];

/// Gives turns.
///
/// Users who wait take turns, whatever the number of queries each has sent: a
/// user with one query waits for at most one query of each other user. Within
/// one user's queries, the first comes first. Fresh turns go first to users who
/// have no long query, running or waiting: they wait for the first moments of
/// queries of others like them, and for nothing else.
///
/// A turn costs time linear in the number of users who wait.
#[derive(Debug)]
pub(super) struct Schedule {
    turns: Turns,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    lanes: [OfLane; 2],
    of: BTreeMap<String, OfOne>,
}

#[derive(Debug, Default)]
struct OfLane {
    running: usize,
    /// Users with waiting queries, the next first.
    order: VecDeque<String>,
}

/// One user's queries, by lane.
#[derive(Debug, Default)]
struct OfOne {
    running: [usize; 2],
    waiting: [VecDeque<oneshot::Sender<Turn>>; 2],
}

/// Leave to run one query. Dropping it gives the next a turn.
#[derive(Debug)]
pub(super) struct Turn {
    schedule: Arc<Schedule>,
    identity: String,
    lane: Lane,
}

impl Drop for Turn {
    fn drop(&mut self) {
        let unwanted = {
            let mut state = self.schedule.lock();
            state.end(self.lane, &self.identity);
            Schedule::give(&self.schedule, &mut state)
        };
        // Outside the lock, which dropping them takes again.
        drop(unwanted);
    }
}

impl Turn {
    /// Makes a fresh turn a long one, where one is free and nobody waits for
    /// it before this user. Returns whether it was.
    pub(super) fn lengthen(&mut self) -> bool {
        let schedule = Arc::clone(&self.schedule);
        let turns = &schedule.turns;
        let unwanted = {
            let mut state = schedule.lock();
            // Whoever could take a turn has been given it: what waits there
            // waits for a turn of its own user's to end.
            let taken = state.lanes[Lane::Long as usize].running;
            let of = state.of.entry(self.identity.clone()).or_default();
            let mine = of.running[Lane::Long as usize];
            if taken >= turns.running || mine >= turns.running_of_one {
                return false;
            }
            of.running[Lane::Long as usize] += 1;
            state.lanes[Lane::Long as usize].running += 1;
            state.end(self.lane, &self.identity);
            self.lane = Lane::Long;
            Schedule::give(&schedule, &mut state)
        };
        drop(unwanted);
        true
    }

    /// Gives a fresh turn back and waits for a long one.
    ///
    /// # Errors
    /// [`Limit::QueriesWaiting`], [`Limit::WaitSeconds`].
    pub(super) async fn again(self) -> Result<Self, Refusal> {
        let schedule = Arc::clone(&self.schedule);
        // It waits before it stops running, so that its user's count of
        // queries never shows one too few.
        let turn = schedule.line_up(&self.identity, Lane::Long)?;
        drop(self);
        schedule.wait(turn).await
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

    /// How long a query is fresh.
    pub(super) fn fresh_for(&self) -> Duration {
        self.turns.fresh_for
    }

    /// Waits for a fresh turn. Dropping the wait leaves the queue.
    ///
    /// # Errors
    /// [`Limit::QueriesOfOne`], [`Limit::QueriesWaiting`],
    /// [`Limit::WaitSeconds`].
    pub(super) async fn turn(self: &Arc<Self>, identity: &str) -> Result<Turn, Refusal> {
        let turn = self.line_up(identity, Lane::Fresh)?;
        self.wait(turn).await
    }

    /// A place in a lane's queue, and a turn at once where one is free. Only
    /// new queries, which are fresh, are held against the number of one user.
    fn line_up(
        self: &Arc<Self>,
        identity: &str,
        lane: Lane,
    ) -> Result<oneshot::Receiver<Turn>, Refusal> {
        let (most, of_one) = (self.turns.waiting, self.turns.queries_of_one);
        let mut state = self.lock();
        state.forget_gone();
        let mine = state.of.get(identity).map_or(0, OfOne::queries);
        if lane == Lane::Fresh && mine >= of_one {
            return Err(Refusal::Limit {
                limit: Limit::QueriesOfOne,
                most: of_one as u64,
            });
        }
        let (sender, turn) = oneshot::channel();
        let of = state.of.entry(identity.to_owned()).or_default();
        of.waiting[lane as usize].push_back(sender);
        let order = &mut state.lanes[lane as usize].order;
        if !order.iter().any(|waiting| waiting == identity) {
            order.push_back(identity.to_owned());
        }
        let unwanted = Self::give(self, &mut state);
        let full = state.waiting() > most;
        if full && let Some(of) = state.of.get_mut(identity) {
            // The one that came last is this one: it found no turn.
            of.waiting[lane as usize].pop_back();
            state.forget_gone();
        }
        drop(state);
        drop(unwanted);
        match full {
            true => Err(Refusal::Limit {
                limit: Limit::QueriesWaiting,
                most: most as u64,
            }),
            false => Ok(turn),
        }
    }

    async fn wait(&self, turn: oneshot::Receiver<Turn>) -> Result<Turn, Refusal> {
        match tokio::time::timeout(self.turns.wait, turn).await {
            Ok(Ok(turn)) => Ok(turn),
            Ok(Err(_)) => Err(Refusal::Unavailable),
            Err(_) => Err(Refusal::Limit {
                limit: Limit::WaitSeconds,
                most: self.turns.wait.as_secs(),
            }),
        }
    }

    /// Gives turns while there are any. Returns those whose taker left in the
    /// same moment; the caller drops them once the lock is free.
    fn give(schedule: &Arc<Self>, state: &mut State) -> Vec<Turn> {
        let mut unwanted = Vec::new();
        for lane in LANES {
            while let Some((identity, next)) = state.next(lane, &schedule.turns) {
                let turn = Turn {
                    schedule: Arc::clone(schedule),
                    identity,
                    lane,
                };
                if let Err(turn) = next.send(turn) {
                    unwanted.push(turn);
                }
            }
        }
        unwanted
    }
}

impl OfOne {
    /// Queries that run and wait.
    fn queries(&self) -> usize {
        self.running.iter().sum::<usize>() + self.waiting.iter().map(VecDeque::len).sum::<usize>()
    }

    /// Whether it has a long query, running or waiting.
    fn is_long(&self) -> bool {
        let long = Lane::Long as usize;
        self.running[long] > 0 || !self.waiting[long].is_empty()
    }
}

impl State {
    fn waiting(&self) -> usize {
        let waiting = self.of.values().flat_map(|of| &of.waiting);
        waiting.map(VecDeque::len).sum()
    }

    /// Counts the next turn of a lane as taken. Returns whose it is and who
    /// waits for it; `None` where there is no turn or nobody who may take it.
    fn next(&mut self, lane: Lane, turns: &Turns) -> Option<(String, oneshot::Sender<Turn>)> {
        self.forget_gone();
        let most = match lane {
            Lane::Fresh => turns.fresh,
            Lane::Long => turns.running,
        };
        let at = lane as usize;
        if self.lanes[at].running >= most {
            return None;
        }
        let of = &self.of;
        let may = |identity: &String| {
            of.get(identity)
                .is_some_and(|of| of.running[at] < turns.running_of_one)
        };
        let order = &self.lanes[at].order;
        let first = order
            .iter()
            .position(|identity| may(identity) && !of.get(identity).is_some_and(OfOne::is_long));
        let place = match lane {
            Lane::Fresh => first.or_else(|| order.iter().position(may)),
            Lane::Long => order.iter().position(may),
        };
        let identity = self.lanes[at].order.remove(place?)?;
        let of = self.of.get_mut(&identity)?;
        let next = of.waiting[at].pop_front()?;
        of.running[at] += 1;
        self.lanes[at].running += 1;
        if !of.waiting[at].is_empty() {
            self.lanes[at].order.push_back(identity.clone());
        }
        Some((identity, next))
    }

    /// A turn that ended.
    fn end(&mut self, lane: Lane, identity: &str) {
        self.lanes[lane as usize].running -= 1;
        if let Some(of) = self.of.get_mut(identity) {
            of.running[lane as usize] -= 1;
            if of.queries() == 0 {
                self.of.remove(identity);
            }
        }
    }

    /// Forgets queries that nobody waits for any more.
    fn forget_gone(&mut self) {
        for waiting in self.of.values_mut().flat_map(|of| &mut of.waiting) {
            waiting.retain(|waiting| !waiting.is_closed());
        }
        self.of.retain(|_, of| of.queries() > 0);
        let of = &self.of;
        for lane in LANES {
            let waits = |identity: &String| {
                of.get(identity)
                    .is_some_and(|of| !of.waiting[lane as usize].is_empty())
            };
            self.lanes[lane as usize].order.retain(waits);
        }
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
            // Most tests are about the lane that all queries pass.
            fresh: running,
            fresh_for: Duration::from_secs(1),
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
        assert_eq!(schedule.lock().lanes[0].running, 0);
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

    #[tokio::test]
    async fn a_long_query_leaves_the_lane_of_fresh_ones_to_others() {
        let schedule = Schedule::new(turns(1, 1));
        let mut long = schedule.turn("long").await.unwrap();
        let waits = wait(&schedule, "small").await;
        assert!(!waits.is_finished());
        assert!(long.lengthen());
        let small = waits.await.unwrap().unwrap();
        drop(small);
        // The lane of long ones is full: the next one waits there, and small
        // ones still pass.
        let mut second = schedule.turn("second").await.unwrap();
        assert!(!second.lengthen());
        let second = tokio::spawn(second.again());
        assert!(schedule.turn("small").await.is_ok());
        assert!(!second.is_finished());
        drop(long);
        let second = second.await.unwrap().unwrap();
        assert_eq!(second.lane, Lane::Long);
        drop(second);
        let state = schedule.lock();
        assert!(state.of.is_empty() && state.lanes.iter().all(|lane| lane.running == 0));
    }

    #[tokio::test]
    async fn who_has_no_long_query_goes_first_among_the_fresh() {
        let schedule = Schedule::new(turns(1, 1));
        let mut long = schedule.turn("many").await.unwrap();
        assert!(long.lengthen());
        let fresh = schedule.turn("many").await.unwrap();
        let again = wait(&schedule, "many").await;
        let single = wait(&schedule, "single").await;
        drop(fresh);
        let single = single.await.unwrap().unwrap();
        assert!(!again.is_finished());
        drop(single);
        assert!(again.await.unwrap().is_ok());
    }

    #[tokio::test]
    async fn a_query_that_waits_for_a_long_turn_counts_for_its_user() {
        let schedule = Schedule::new(turns(1, 1));
        let mut long = schedule.turn("other").await.unwrap();
        assert!(long.lengthen());
        let mut waiting = Vec::new();
        for _ in 0..4 {
            let turn = schedule.turn("many").await.unwrap();
            waiting.push(tokio::spawn(turn.again()));
            tokio::task::yield_now().await;
        }
        let refused = schedule.turn("many").await.unwrap_err();
        assert!(matches!(
            refused,
            Refusal::Limit {
                limit: Limit::QueriesOfOne,
                ..
            }
        ));
        waiting.iter().for_each(tokio::task::JoinHandle::abort);
    }
}
