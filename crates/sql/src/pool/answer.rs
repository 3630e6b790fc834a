//! An answer as it comes.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

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
    frames: mpsc::Receiver<Bytes>,
    ended: Option<oneshot::Receiver<Ended>>,
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

    /// Rows and bytes, once the stream has ended well.
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
        if let Some(frame) = ready!(self.frames.poll_recv(context)) {
            return Poll::Ready(Some(Ok(frame)));
        }
        let Some(ended) = &mut self.ended else {
            return Poll::Ready(None);
        };
        let ended = ready!(Pin::new(ended).poll(context));
        self.ended = None;
        match ended.unwrap_or(Err(Refusal::Ended)) {
            Ok(summary) => {
                self.summary = Some(summary);
                Poll::Ready(None)
            }
            Err(refusal) => Poll::Ready(Some(Err(refusal))),
        }
    }
}

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
}

impl Asked {
    /// Waits for the answer to begin, then passes it on as it is read.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) async fn answered(mut self) -> Result<Answer, Refusal> {
        let first = tokio::time::timeout_at(self.kill_at, self.worker.next()).await;
        let started: Started = match first {
            Err(_) => {
                self.worker.kill().await;
                return Err(self.too_late);
            }
            Ok(Err(_)) => return Err(self.worker.cause().await),
            Ok(Ok((Kind::Started, told))) => match serde_json::from_slice(&told) {
                Ok(started) => started,
                Err(_) => return Err(Refusal::Ended),
            },
            Ok(Ok((Kind::Ended, told))) => {
                let refusal = match last_word(&told) {
                    Err(refusal) => refusal,
                    // An answer without a beginning is none.
                    Ok(_) => Refusal::Ended,
                };
                self.worker.leave().await;
                return Err(refusal);
            }
            Ok(Ok(_)) => return Err(Refusal::Ended),
        };
        let (sender, frames) = mpsc::channel(FRAMES_WAITING);
        let (told, ended) = oneshot::channel();
        let answer = Answer {
            started,
            format: self.format,
            release_id: self.release_id.clone(),
            worker_id: self.worker.id(),
            frames,
            ended: Some(ended),
            summary: None,
        };
        tokio::spawn(async move {
            let ended = self.pass_on(&sender).await;
            // A reader that left does not need to know.
            let _ = told.send(ended);
        });
        Ok(answer)
    }

    /// Passes frames on until the end. The turn ends when the process has.
    async fn pass_on(mut self, frames: &mpsc::Sender<Bytes>) -> Ended {
        let passed = tokio::select! {
            passed = pass_frames(&mut self.worker, frames) => passed,
            () = frames.closed() => Passed::Unwanted,
            () = tokio::time::sleep_until(self.kill_at) => Passed::TooLate,
        };
        let ended = match passed {
            Passed::Ended(ended) => {
                self.worker.leave().await;
                ended
            }
            Passed::Broken => Err(self.worker.cause().await),
            Passed::Unwanted => {
                self.worker.kill().await;
                Err(Refusal::Ended)
            }
            Passed::TooLate => {
                self.worker.kill().await;
                Err(self.too_late)
            }
        };
        drop(self.turn);
        ended
    }
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

async fn pass_frames(worker: &mut Worker, frames: &mpsc::Sender<Bytes>) -> Passed {
    loop {
        match worker.next().await {
            Ok((Kind::Data, bytes)) => {
                if frames.send(bytes).await.is_err() {
                    return Passed::Unwanted;
                }
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
