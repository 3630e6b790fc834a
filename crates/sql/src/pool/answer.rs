//! An answer as it comes.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::process::Worker;
use super::schedule::Turn;
use crate::format::Format;
use crate::refusal::{Limit, Refusal};
use crate::worker::wire::{Ended, Kind};
use crate::worker::{Started, Summary};

/// Frames that wait for a slow reader before the worker has to.
const FRAMES_WAITING: usize = 4;

/// How long a long query keeps its turn for a reader who takes nothing.
const READER_PAUSE: Duration = Duration::from_millis(250);

/// An answer to a query: a stream of bytes in its format.
///
/// The last item is an error if the answer is not whole: a limit was met or an
/// operation failed after the first rows. Dropping the answer kills its worker.
#[derive(Debug)]
pub struct Answer {
    started: Started,
    format: Format,
    release_id: String,
    worker_id: Option<u32>,
    /// What was read before it was handed out.
    beginning: VecDeque<Bytes>,
    /// What comes then, and how it ends; `None` where nothing does.
    rest: Option<(mpsc::Receiver<Bytes>, oneshot::Receiver<Ended>)>,
    summary: Option<Summary>,
}

impl Answer {
    /// Columns and placeholders.
    #[must_use]
    pub fn started(&self) -> &Started {
        &self.started
    }

    /// Format of the bytes.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// Release that it is computed from.
    #[must_use]
    pub fn release_id(&self) -> &str {
        &self.release_id
    }

    /// Process id of the worker, for who watches its memory.
    #[must_use]
    pub fn worker_id(&self) -> Option<u32> {
        self.worker_id
    }

    /// Rows and bytes, once the stream has ended well, or from the beginning
    /// where the answer was whole then.
    #[must_use]
    pub fn summary(&self) -> Option<Summary> {
        self.summary
    }

    /// Reads the whole answer into memory; its limit on bytes bounds it.
    ///
    /// # Errors
    /// Why it is not whole.
    pub async fn collect(mut self) -> Result<(Vec<u8>, Summary), Refusal> {
        let mut bytes = Vec::new();
        while let Some(part) = self.next().await {
            bytes.extend_from_slice(&part?);
        }
        let summary = self.summary.ok_or(Refusal::Ended)?;
        Ok((bytes, summary))
    }
}

impl Stream for Answer {
    type Item = Result<Bytes, Refusal>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(frame) = self.beginning.pop_front() {
            return Poll::Ready(Some(Ok(frame)));
        }
        let Some((frames, ended)) = &mut self.rest else {
            return Poll::Ready(None);
        };
        if let Some(frame) = ready!(frames.poll_recv(context)) {
            return Poll::Ready(Some(Ok(frame)));
        }
        let ended = ready!(Pin::new(ended).poll(context));
        self.rest = None;
        match ended.unwrap_or(Err(Refusal::Ended)) {
            Ok(summary) => {
                self.summary = Some(summary);
                Poll::Ready(None)
            }
            Err(refusal) => Poll::Ready(Some(Err(refusal))),
        }
    }
}

/// Bytes of an answer beyond which it is no small one.
const MOST_FRESH_BYTES: usize = 1 << 20;

/// How many times as long as on an idle machine a query may be fresh.
const MOST_FRESH_TIMES: u32 = 8;

/// A query that a worker has been asked.
pub(super) struct Asked {
    pub(super) worker: Worker,
    pub(super) turn: Turn,
    pub(super) format: Format,
    pub(super) release_id: String,
    /// When the worker is killed.
    pub(super) kill_at: Instant,
    /// What is said then.
    pub(super) too_late: Refusal,
    /// What has been read of the answer.
    pub(super) read: Beginning,
}

/// The beginning of an answer.
#[derive(Default)]
pub(super) struct Beginning {
    started: Option<Started>,
    frames: VecDeque<Bytes>,
}

/// What came of a query in its first moments.
pub(super) enum Fresh {
    /// It is answered.
    Answered(Answer),
    /// It goes on, with a long turn.
    Long(Box<Asked>),
    /// There was no long turn: its worker is gone, and nothing of its answer
    /// has been told, so it can be asked again.
    Displaced(Turn),
}

impl Asked {
    /// Reads the answer for as long as the query is fresh, and as long as it
    /// is small.
    ///
    /// It is fresh until so much time has passed, or longer on a busy machine,
    /// where it had less of the processors: up to [`MOST_FRESH_TIMES`] as long.
    ///
    /// # Errors
    /// Why there is no answer.
    pub(super) async fn fresh(mut self, fresh_for: Duration) -> Result<Fresh, Refusal> {
        let began = Instant::now();
        let most = self.kill_at.min(began + MOST_FRESH_TIMES * fresh_for);
        let mut until = most.min(began + fresh_for);
        let before = self.worker.computed();
        let mut bytes = 0;
        while bytes < MOST_FRESH_BYTES {
            let Ok(next) = tokio::time::timeout_at(until, self.worker.next()).await else {
                let computed = self.worker.computed().saturating_sub(before);
                let left = fresh_for.saturating_sub(computed);
                until = most.min(Instant::now() + left);
                if left.is_zero() || until <= Instant::now() {
                    break;
                }
                continue;
            };
            match next {
                Err(_) => return Err(self.worker.cause().await),
                Ok((Kind::Started, told)) => self.read.started = Some(started(&told)?),
                Ok((Kind::Data, frame)) => {
                    bytes += frame.len();
                    self.read.frames.push_back(frame);
                }
                Ok((Kind::Ended, told)) => return self.whole(&told).map(Fresh::Answered),
                Ok(_) => return Err(Refusal::Ended),
            }
        }
        if Instant::now() >= self.kill_at {
            self.worker.kill().await;
            return Err(self.too_late);
        }
        if self.turn.lengthen() {
            self.worker.give_way();
            return Ok(Fresh::Long(Box::new(self)));
        }
        self.worker.kill().await;
        Ok(Fresh::Displaced(self.turn))
    }

    /// An answer that has been read to its end.
    fn whole(self, told: &[u8]) -> Result<Answer, Refusal> {
        let ended = last_word(told);
        let (worker_id, turn) = (self.worker.id(), self.turn);
        // The answer does not wait until its worker's memory is free, the next
        // turn does.
        tokio::spawn(async move {
            self.worker.leave().await;
            drop(turn);
        });
        let summary = ended?;
        // An answer without a beginning is none.
        let started = self.read.started.ok_or(Refusal::Ended)?;
        Ok(Answer {
            started,
            format: self.format,
            release_id: self.release_id,
            worker_id,
            beginning: self.read.frames,
            rest: None,
            summary: Some(summary),
        })
    }

    /// Waits for the answer to begin, then passes it on as it is read.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) async fn answered(mut self) -> Result<Answer, Refusal> {
        if self.read.started.is_none() {
            let first = tokio::time::timeout_at(self.kill_at, self.worker.next()).await;
            match first {
                Err(_) => {
                    self.worker.kill().await;
                    return Err(self.too_late);
                }
                Ok(Err(_)) => return Err(self.worker.cause().await),
                Ok(Ok((Kind::Started, told))) => self.read.started = Some(started(&told)?),
                Ok(Ok((Kind::Ended, told))) => return self.whole(&told),
                Ok(Ok(_)) => return Err(Refusal::Ended),
            }
        }
        let read = std::mem::take(&mut self.read);
        let (sender, frames) = mpsc::channel(FRAMES_WAITING);
        let (told, ended) = oneshot::channel();
        let answer = Answer {
            started: read.started.ok_or(Refusal::Ended)?,
            format: self.format,
            release_id: self.release_id.clone(),
            worker_id: self.worker.id(),
            beginning: read.frames,
            rest: Some((frames, ended)),
            summary: None,
        };
        tokio::spawn(self.pass_on(sender, told));
        Ok(answer)
    }

    /// Passes frames on until the end, and tells how it came. The turn ends
    /// when the process has.
    async fn pass_on(mut self, frames: mpsc::Sender<Bytes>, told: oneshot::Sender<Ended>) {
        let passed = tokio::select! {
            passed = pass_frames(&mut self.worker, &mut self.turn, &frames) => passed,
            () = frames.closed() => Passed::Unwanted,
            () = tokio::time::sleep_until(self.kill_at) => Passed::TooLate,
        };
        drop(frames);
        // A reader that left does not need to know.
        match passed {
            Passed::Ended(ended) => {
                let _ = told.send(ended);
                self.worker.leave().await;
            }
            Passed::Broken => {
                let _ = told.send(Err(self.worker.cause().await));
            }
            Passed::Unwanted => self.worker.kill().await,
            Passed::TooLate => {
                self.worker.kill().await;
                let _ = told.send(Err(self.too_late));
            }
        }
        drop(self.turn);
    }
}

/// How a worker says that an answer begins.
fn started(told: &[u8]) -> Result<Started, Refusal> {
    serde_json::from_slice(told).map_err(|_| Refusal::Ended)
}

/// How passing frames on came to an end.
enum Passed {
    /// The worker said how the answer ended.
    Ended(Ended),
    /// It ended without a word, or with one that is not agreed.
    Broken,
    /// The reader left.
    Unwanted,
    /// The deadline passed.
    TooLate,
}

/// Passes frames on until the last one.
///
/// While the reader takes none, the worker can write no more and computes
/// nothing: then its turn is given to others, and taken again before it goes
/// on.
async fn pass_frames(worker: &mut Worker, turn: &mut Turn, frames: &mpsc::Sender<Bytes>) -> Passed {
    loop {
        match worker.next().await {
            Ok((Kind::Data, bytes)) => {
                let room = match tokio::time::timeout(READER_PAUSE, frames.reserve()).await {
                    Ok(room) => room,
                    Err(_) => {
                        turn.pause();
                        frames.reserve().await
                    }
                };
                let Ok(room) = room else {
                    return Passed::Unwanted;
                };
                if turn.resume().await.is_err() {
                    return Passed::Broken;
                }
                room.send(bytes);
            }
            Ok((Kind::Ended, told)) => return Passed::Ended(last_word(&told)),
            Ok(_) | Err(_) => return Passed::Broken,
        }
    }
}

/// How a worker says an answer ended. Its words are not trusted: names in them
/// are cut, and what cannot be read is an end without a reason.
fn last_word(told: &[u8]) -> Ended {
    let ended: Ended = serde_json::from_slice(told).unwrap_or(Err(Refusal::Ended));
    ended.map_err(Refusal::with_short_names)
}

/// What is said at the deadline.
pub(super) fn too_late(seconds: u64) -> Refusal {
    Refusal::Limit {
        limit: Limit::Seconds,
        most: seconds,
    }
}
