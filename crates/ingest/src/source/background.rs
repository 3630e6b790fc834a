//! Sources whose readers borrow from themselves run in a thread of their own
//! and hand their chunks over.

use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::JoinHandle;

use super::{Chunk, Source};
use crate::IngestError;

/// Takes a chunk; `false` once nobody wants more.
pub(super) type Give<'g> = &'g mut dyn FnMut(Chunk) -> bool;

/// What makes the chunks.
type Make = Box<dyn FnOnce(Give<'_>) -> Result<(), IngestError> + Send>;

/// Chunks made by a thread, one ahead of the reader. The thread starts when
/// the first chunk is asked for.
pub(super) struct Background {
    columns: Vec<String>,
    state: State,
}

enum State {
    Waiting(Make),
    Running {
        chunks: Receiver<Chunk>,
        thread: JoinHandle<Result<(), IngestError>>,
    },
    Done,
}

impl Background {
    /// A source of these columns.
    pub(super) fn new(
        columns: Vec<String>,
        make: impl FnOnce(Give<'_>) -> Result<(), IngestError> + Send + 'static,
    ) -> Self {
        Self {
            columns,
            state: State::Waiting(Box::new(make)),
        }
    }
}

impl Source for Background {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn next_chunk(&mut self) -> Result<Option<Chunk>, IngestError> {
        let (chunks, thread) = match std::mem::replace(&mut self.state, State::Done) {
            State::Waiting(make) => {
                let (sender, chunks) = sync_channel(1);
                let thread =
                    std::thread::spawn(move || make(&mut |chunk| sender.send(chunk).is_ok()));
                (chunks, thread)
            }
            State::Running { chunks, thread } => (chunks, thread),
            State::Done => return Ok(None),
        };
        if let Ok(chunk) = chunks.recv() {
            self.state = State::Running { chunks, thread };
            return Ok(Some(chunk));
        }
        match thread.join() {
            Ok(finished) => finished.map(|()| None),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}
