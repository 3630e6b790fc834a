//! The plans that were asked for, in memory.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use safeground_campaign::document::plan_id;
use safeground_campaign::{Ask, Made, Stage};

use super::Fault;
use crate::auth::Holder;
use crate::config::Config;
use crate::view::View;

/// How much a desk takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DeskLimits {
    /// Plans made at once.
    pub(crate) at_once: usize,
    /// Plans that wait, of all.
    pub(crate) queued: usize,
    /// Plans that wait, of one token.
    pub(crate) queued_of_holder: usize,
    /// Plans kept, of all.
    pub(crate) kept: usize,
    /// Plans kept, of one token.
    pub(crate) kept_of_holder: usize,
}

impl DeskLimits {
    /// Those of a configuration.
    pub(crate) fn of(config: &Config) -> Self {
        Self {
            at_once: config.plans_at_once,
            queued: config.max_queued_plans,
            queued_of_holder: config.max_queued_plans_of_token,
            kept: config.max_plans,
            kept_of_holder: config.max_plans_of_token,
        }
    }
}

/// What a plan is made of.
#[derive(Debug, Clone)]
pub(crate) struct Work {
    /// What was asked.
    pub(crate) ask: Ask,
    /// The release; it stays the same however many come after it.
    pub(crate) view: Arc<View>,
}

/// A finished plan.
#[derive(Debug)]
pub(crate) struct Finished {
    /// The plan, and what planning the rest of it anew needs.
    pub(crate) made: Made,
    /// The document as JSON.
    pub(crate) json: Bytes,
}

/// What came of a request.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    /// A plan.
    Done(Arc<Finished>),
    /// What is wrong with the request.
    Refused(Arc<Vec<Fault>>),
    /// The independent checker refused the plan.
    Unchecked,
    /// A defect; the cause is in the log.
    Broken,
}

/// How far a plan has come.
#[derive(Debug, Clone)]
pub(crate) enum Progress {
    /// It waits behind so many others, of all tokens.
    Queued {
        /// Plans before it.
        ahead: usize,
    },
    /// It is being made.
    Running(Stage),
    /// It has ended.
    Ended(Outcome),
}

/// A plan as its owner sees it.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// Identifier.
    pub(crate) id: String,
    /// Title, as asked for.
    pub(crate) title: String,
    /// Release that it is made from.
    pub(crate) release_id: String,
    /// How far it has come.
    pub(crate) progress: Progress,
}

/// Whose plan, and which.
pub(crate) type Key = (Holder, String);

/// More plans wait than may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DeskFull;

#[derive(Debug)]
enum State {
    Queued(Box<Work>),
    Running(Stage),
    Ended(Outcome),
}

#[derive(Debug)]
struct Entry {
    /// Counts up with each request: the smaller, the older.
    number: u64,
    title: String,
    release_id: String,
    state: State,
}

#[derive(Debug, Default)]
struct Inner {
    entries: BTreeMap<Key, Entry>,
    queue: VecDeque<Key>,
    running: BTreeSet<Key>,
    asked: u64,
}

/// The plans of all tokens.
///
/// Work is handed out in the order in which it came, but never to a token that
/// has a plan running already: whoever asks for many waits for their own.
#[derive(Debug)]
pub(crate) struct Desk {
    limits: DeskLimits,
    inner: Mutex<Inner>,
}

impl Desk {
    /// A desk without plans.
    pub(crate) fn new(limits: DeskLimits) -> Self {
        Self {
            limits,
            inner: Mutex::default(),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a request, and returns the identifier of its plan. The same
    /// request on the same release is the plan that is there already, unless a
    /// defect kept it from being made.
    ///
    /// Where more would be kept than may be, the oldest plans that have ended
    /// go, of the same token first.
    pub(crate) fn ask(&self, holder: Holder, work: Work) -> Result<String, DeskFull> {
        let id = plan_id(&work.ask, work.view.release_id());
        let key = (holder, id.clone());
        let mut inner = self.inner();
        let is_broken = |entry: &Entry| matches!(entry.state, State::Ended(Outcome::Broken));
        if inner
            .entries
            .get(&key)
            .is_some_and(|entry| !is_broken(entry))
        {
            return Ok(id);
        }
        inner.entries.remove(&key);
        let of_holder = |(owner, _): &Key| *owner == holder;
        let waiting = inner.queue.iter().filter(|key| of_holder(key)).count();
        if inner.queue.len() >= self.limits.queued || waiting >= self.limits.queued_of_holder {
            return Err(DeskFull);
        }
        let kept = inner.entries.keys().filter(|key| of_holder(key)).count();
        if kept >= self.limits.kept_of_holder {
            inner.forget_oldest(of_holder)?;
        }
        if inner.entries.len() >= self.limits.kept {
            inner.forget_oldest(|_| true)?;
        }
        inner.asked += 1;
        let entry = Entry {
            number: inner.asked,
            title: work.ask.title.clone(),
            release_id: work.view.release_id().to_owned(),
            state: State::Queued(Box::new(work)),
        };
        inner.entries.insert(key.clone(), entry);
        inner.queue.push_back(key);
        Ok(id)
    }

    /// The next plan to make, if one more may be made now.
    pub(crate) fn next(&self) -> Option<(Key, Work)> {
        let mut inner = self.inner();
        if inner.running.len() >= self.limits.at_once {
            return None;
        }
        let is_busy = |holder: &Holder| inner.running.iter().any(|(owner, _)| owner == holder);
        let position = inner.queue.iter().position(|(owner, _)| !is_busy(owner))?;
        let key = inner.queue.remove(position)?;
        let entry = inner.entries.get_mut(&key)?;
        let begun = State::Running(Stage::Reading);
        let State::Queued(work) = std::mem::replace(&mut entry.state, begun) else {
            return None;
        };
        inner.running.insert(key.clone());
        Some((key, *work))
    }

    /// Notes how far a plan has come.
    pub(crate) fn reached(&self, key: &Key, stage: Stage) {
        if let Some(entry) = self.inner().entries.get_mut(key) {
            entry.state = State::Running(stage);
        }
    }

    /// Notes what came of a plan.
    pub(crate) fn end(&self, key: &Key, outcome: Outcome) {
        let mut inner = self.inner();
        inner.running.remove(key);
        if let Some(entry) = inner.entries.get_mut(key) {
            entry.state = State::Ended(outcome);
        }
    }

    /// A plan, if it is of this token.
    pub(crate) fn see(&self, holder: Holder, id: &str) -> Option<Seen> {
        let inner = self.inner();
        let key = (holder, id.to_owned());
        let entry = inner.entries.get(&key)?;
        Some(inner.seen(&key, entry))
    }

    /// The plans of a token, the latest first.
    pub(crate) fn all(&self, holder: Holder) -> Vec<Seen> {
        let inner = self.inner();
        let mut own: Vec<(&Key, &Entry)> = inner
            .entries
            .iter()
            .filter(|((owner, _), _)| *owner == holder)
            .collect();
        own.sort_by_key(|(_, entry)| std::cmp::Reverse(entry.number));
        own.iter()
            .map(|(key, entry)| inner.seen(key, entry))
            .collect()
    }
}

impl Inner {
    /// Forgets the oldest plan that has ended among those of certain keys.
    fn forget_oldest(&mut self, among: impl Fn(&Key) -> bool) -> Result<(), DeskFull> {
        let ended = self
            .entries
            .iter()
            .filter(|(key, entry)| among(key) && matches!(entry.state, State::Ended(_)));
        let oldest = ended.min_by_key(|(_, entry)| entry.number);
        let key = oldest.map(|(key, _)| key.clone()).ok_or(DeskFull)?;
        self.entries.remove(&key);
        Ok(())
    }

    fn seen(&self, key: &Key, entry: &Entry) -> Seen {
        Seen {
            id: key.1.clone(),
            title: entry.title.clone(),
            release_id: entry.release_id.clone(),
            progress: match &entry.state {
                State::Queued(_) => Progress::Queued {
                    ahead: self.queue.iter().take_while(|at| *at != key).count(),
                },
                State::Running(stage) => Progress::Running(*stage),
                State::Ended(outcome) => Progress::Ended(outcome.clone()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use safeground_privacy::Audience;
    use safeground_schema::release::Manifest;

    fn work(number: u64) -> Work {
        let mut ask = Ask::from_toml(Ask::EXAMPLE).unwrap();
        ask.seed = number;
        let manifest = serde_json::json!({
            "format": 1, "release_id": "r", "audience": "planning", "data_as_of": null,
            "code_version": "0", "seed": 7, "policy_sha256": "", "policy": {}, "inputs": [],
            "layers": [], "themes": [], "available": [], "methods": {}, "synthetic": true,
            "caveats": [], "files": [],
        });
        let manifest: Manifest = serde_json::from_value(manifest).unwrap();
        let view = View {
            audience: Audience::Planning,
            scope: String::new(),
            part: Default::default(),
            signed: manifest.clone(),
            manifest,
            layers: BTreeMap::new(),
            tables: None,
        };
        Work {
            ask,
            view: Arc::new(view),
        }
    }

    fn desk(kept_of_holder: usize) -> Desk {
        Desk::new(DeskLimits {
            at_once: 2,
            queued: 5,
            queued_of_holder: 3,
            kept: 100,
            kept_of_holder,
        })
    }

    const BROKEN: Outcome = Outcome::Broken;

    fn refused() -> Outcome {
        Outcome::Refused(Arc::new(Vec::new()))
    }

    #[test]
    fn one_plan_of_each_token_is_made_at_once_and_two_in_all() {
        let (a, b, c) = (Holder::of(1), Holder::of(2), Holder::of(3));
        let desk = desk(10);
        for (holder, number) in [(a, 1), (a, 2), (b, 3), (c, 4)] {
            desk.ask(holder, work(number)).unwrap();
        }
        let (first, _) = desk.next().unwrap();
        let (second, _) = desk.next().unwrap();
        assert_eq!(
            (first.0, second.0),
            (a, b),
            "the second of a waits for the first"
        );
        assert!(desk.next().is_none());
        desk.end(&second, refused());
        let (third, _) = desk.next().unwrap();
        assert_eq!(third.0, c);
        desk.end(&first, refused());
        assert_eq!(desk.next().unwrap().0.0, a);
        assert!(desk.next().is_none());
    }

    #[test]
    fn the_queue_is_bounded_for_each_token_and_for_all() {
        let desk = desk(10);
        let (a, b) = (Holder::of(1), Holder::of(2));
        for number in 0..3 {
            desk.ask(a, work(number)).unwrap();
        }
        assert_eq!(desk.ask(a, work(3)), Err(DeskFull));
        assert!(
            desk.ask(a, work(0)).is_ok(),
            "what waits already may be asked again"
        );
        desk.ask(b, work(3)).unwrap();
        desk.ask(b, work(4)).unwrap();
        assert_eq!(desk.ask(Holder::of(3), work(5)), Err(DeskFull));
    }

    #[test]
    fn the_oldest_that_has_ended_goes_first_and_what_runs_never() {
        let desk = desk(2);
        let a = Holder::of(1);
        let running = desk.ask(a, work(0)).unwrap();
        let (running_key, _) = desk.next().unwrap();
        let queued = desk.ask(a, work(1)).unwrap();
        assert_eq!(desk.ask(a, work(2)), Err(DeskFull), "nothing has ended");
        desk.end(&running_key, refused());
        let (key, _) = desk.next().unwrap();
        let next = desk.ask(a, work(2)).unwrap();
        assert!(desk.see(a, &running).is_none());
        assert!(desk.see(a, &queued).is_some() && desk.see(a, &next).is_some());
        desk.end(&key, refused());
        let ids: Vec<String> = desk.all(a).into_iter().map(|seen| seen.id).collect();
        assert_eq!(ids, [next, queued], "the latest first");
    }

    #[test]
    fn the_same_request_is_made_once_unless_a_defect_kept_it() {
        let desk = desk(10);
        let (a, b) = (Holder::of(1), Holder::of(2));
        let id = desk.ask(a, work(0)).unwrap();
        let (key, _) = desk.next().unwrap();
        desk.end(&key, refused());
        assert_eq!(desk.ask(a, work(0)).unwrap(), id);
        assert!(desk.next().is_none());
        desk.end(&key, BROKEN);
        assert_eq!(desk.ask(a, work(0)).unwrap(), id);
        assert!(desk.next().is_some());
        assert!(
            desk.see(b, &id).is_none(),
            "another token sees nothing of it"
        );
        assert_eq!(desk.ask(b, work(0)).unwrap(), id);
        assert!(matches!(
            desk.see(b, &id).unwrap().progress,
            Progress::Queued { ahead: 0 }
        ));
    }
}
