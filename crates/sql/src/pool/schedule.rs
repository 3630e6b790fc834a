//! Who may run when: limits for each user and for all, and fair turns.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

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
    /// Most queries that wait, for each lane.
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

/// How long a user is remembered for a long query.
const REMEMBERED: Duration = Duration::from_secs(60);

/// Most users that are remembered, the last ones.
const MOST_REMEMBERED: usize = 4_096;

/// Gives turns.
///
/// Users who wait take turns, whatever the number of queries each has sent: a
/// user with one query waits for at most one query of each other user. Within
/// one user's queries, the first comes first.
///
/// Users who have a long query, or had one in the last minute, are expected to
/// ask another. Fresh turns go first to all others; and of several turns one is
/// never theirs, so that others find it free.
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
    /// Queries that wait for their readers.
    paused: usize,
    /// Fresh turns of users who are expected to ask long queries.
    expected: usize,
    /// When users had a long query last.
    long: BTreeMap<String, Instant>,
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
    paused: usize,
}

/// Leave to run one query. Dropping it gives the next a turn.
#[derive(Debug)]
pub(super) struct Turn {
    schedule: Arc<Schedule>,
    identity: String,
    state: TurnState,
}

/// What a turn is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TurnState {
    /// Of the lane of fresh queries; whether its user is expected to ask a long
    /// one.
    Fresh { expected: bool },
    /// Of the lane of long ones.
    Long,
    /// None: the query waits for its reader.
    Paused,
}

impl Drop for Turn {
    fn drop(&mut self) {
        let unwanted = {
            let mut state = self.schedule.lock();
            state.end(self.state, &self.identity);
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
            state.end(self.state, &self.identity);
            state.remember(&self.identity);
            self.state = TurnState::Long;
            Schedule::give(&schedule, &mut state)
        };
        drop(unwanted);
        true
    }

    /// Whether it is a fresh turn of a user who has a long query or had one a
    /// short time ago.
    pub(super) fn is_of_long(&self) -> bool {
        self.state == TurnState::Fresh { expected: true }
    }

    /// Gives a long turn to others while its reader takes nothing. It is kept
    /// where as many queries are paused as may run, of one user or of all:
    /// each keeps the memory of its worker.
    pub(super) fn pause(&mut self) {
        let unwanted = {
            let mut state = self.schedule.lock();
            let turns = &self.schedule.turns;
            let mine = state.of.get(&self.identity).map_or(0, |of| of.paused);
            let full = state.paused >= turns.running || mine >= turns.running_of_one;
            if self.state != TurnState::Long || full {
                return;
            }
            state.paused += 1;
            state.of.entry(self.identity.clone()).or_default().paused += 1;
            state.end(self.state, &self.identity);
            self.state = TurnState::Paused;
            Schedule::give(&self.schedule, &mut state)
        };
        drop(unwanted);
    }

    /// Waits for a long turn again where it was given to others. Nothing limits
    /// how many of these wait but their own number.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`].
    pub(super) async fn resume(&mut self) -> Result<(), Refusal> {
        if self.state == TurnState::Paused {
            let turn = self.schedule.stand_in_line(&self.identity, Lane::Long);
            let turn = turn.await.map_err(|_| Refusal::Unavailable)?;
            *self = turn;
        }
        Ok(())
    }

    /// Gives a fresh turn back and waits for a long one.
    ///
    /// # Errors
    /// [`Limit::QueriesWaiting`], [`Limit::WaitSeconds`].
    pub(super) async fn again(self) -> Result<Self, Refusal> {
        let schedule = Arc::clone(&self.schedule);
        // It waits before it stops running, so that its user's count of
        // queries never shows one too few.
        schedule.lock().remember(&self.identity);
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
        let turn = state.wait(identity, lane);
        let unwanted = Self::give(self, &mut state);
        let full = state.waiting(lane) > most;
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

    /// A place in a lane's queue that no limit is held against.
    fn stand_in_line(self: &Arc<Self>, identity: &str, lane: Lane) -> oneshot::Receiver<Turn> {
        let mut state = self.lock();
        state.forget_gone();
        let turn = state.wait(identity, lane);
        let unwanted = Self::give(self, &mut state);
        drop(state);
        drop(unwanted);
        turn
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
            while let Some((identity, turn, next)) = state.next(lane, &schedule.turns) {
                let turn = Turn {
                    schedule: Arc::clone(schedule),
                    identity,
                    state: turn,
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
        let waiting = self.waiting.iter().map(VecDeque::len);
        self.running.iter().sum::<usize>() + waiting.sum::<usize>() + self.paused
    }

    /// Whether it has a long query, running or waiting.
    fn is_long(&self) -> bool {
        let long = Lane::Long as usize;
        self.running[long] > 0 || !self.waiting[long].is_empty() || self.paused > 0
    }
}

impl State {
    fn waiting(&self, lane: Lane) -> usize {
        let waiting = self.of.values().map(|of| of.waiting[lane as usize].len());
        waiting.sum()
    }

    /// A place at the end of a lane's queue.
    fn wait(&mut self, identity: &str, lane: Lane) -> oneshot::Receiver<Turn> {
        let (sender, turn) = oneshot::channel();
        let of = self.of.entry(identity.to_owned()).or_default();
        of.waiting[lane as usize].push_back(sender);
        let order = &mut self.lanes[lane as usize].order;
        if !order.iter().any(|waiting| waiting == identity) {
            order.push_back(identity.to_owned());
        }
        turn
    }

    /// Remembers that a user has a long query.
    fn remember(&mut self, identity: &str) {
        let now = Instant::now();
        self.long
            .retain(|_, last| now.saturating_duration_since(*last) < REMEMBERED);
        if self.long.len() >= MOST_REMEMBERED
            && let Some(oldest) = self.long.iter().min_by_key(|(_, last)| **last)
        {
            let oldest = oldest.0.clone();
            self.long.remove(&oldest);
        }
        self.long.insert(identity.to_owned(), now);
    }

    /// Whether a user is expected to ask a long query.
    fn expects_long(&self, identity: &str) -> bool {
        let remembered = self.long.get(identity);
        remembered.is_some_and(|last| last.elapsed() < REMEMBERED)
            || self.of.get(identity).is_some_and(OfOne::is_long)
    }

    /// Counts the next turn of a lane as taken. Returns whose it is, what it is
    /// and who waits for it; `None` where there is no turn or nobody who may
    /// take it.
    fn next(
        &mut self,
        lane: Lane,
        turns: &Turns,
    ) -> Option<(String, TurnState, oneshot::Sender<Turn>)> {
        self.forget_gone();
        let most = match lane {
            Lane::Fresh => turns.fresh,
            Lane::Long => turns.running,
        };
        let at = lane as usize;
        if self.lanes[at].running >= most {
            return None;
        }
        let may = |identity: &String| {
            let of = self.of.get(identity);
            of.is_some_and(|of| of.running[at] < turns.running_of_one)
        };
        let order = &self.lanes[at].order;
        let (place, turn) = match lane {
            Lane::Fresh => {
                let first = |identity: &String| may(identity) && !self.expects_long(identity);
                let expected = order.iter().position(first).is_none();
                let place = match expected {
                    false => order.iter().position(first),
                    true if self.expected + 1 < most.max(2) => order.iter().position(may),
                    true => None,
                };
                (place?, TurnState::Fresh { expected })
            }
            Lane::Long => (order.iter().position(may)?, TurnState::Long),
        };
        let identity = self.lanes[at].order.remove(place)?;
        let of = self.of.get_mut(&identity)?;
        let next = of.waiting[at].pop_front()?;
        of.running[at] += 1;
        self.lanes[at].running += 1;
        self.expected += usize::from(turn == TurnState::Fresh { expected: true });
        if !of.waiting[at].is_empty() {
            self.lanes[at].order.push_back(identity.clone());
        }
        Some((identity, turn, next))
    }

    /// A turn that ended.
    fn end(&mut self, turn: TurnState, identity: &str) {
        let lane = match turn {
            TurnState::Fresh { expected } => {
                self.expected -= usize::from(expected);
                Some(Lane::Fresh)
            }
            TurnState::Long => Some(Lane::Long),
            TurnState::Paused => {
                self.paused -= 1;
                None
            }
        };
        if let Some(lane) = lane {
            self.lanes[lane as usize].running -= 1;
        }
        if let Some(of) = self.of.get_mut(identity) {
            match lane {
                Some(lane) => of.running[lane as usize] -= 1,
                None => of.paused -= 1,
            }
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
mod tests;
